import java.io.File
import java.io.FileOutputStream
import java.util.concurrent.CancellationException
import kotlin.system.exitProcess
import waifu4x.ModelFile
import waifu4x.Picture
import waifu4x.Runner
import waifu4x.Upscaler
import waifu4x.Waifu4xException

/** A network that can be computed by hand: each pixel is a sum of some around it, to the modulus of 256. */
class StandIn(private val file: ModelFile) : Runner {
    override fun run(tile: ByteArray, width: Int, height: Int): ByteArray {
        val scale = file.scale
        val reach = file.overlap
        val result = ByteArray(tile.size * scale * scale)
        fun at(x: Int, y: Int, channel: Int): Int {
            // Beyond a tile's border a network sees zeros, but for one that pads inside.
            val isOutside = x < 0 || y < 0 || x >= width || y >= height
            if (isOutside && !file.padsInside) return 0
            val pixel = y.coerceIn(0, height - 1) * width + x.coerceIn(0, width - 1)
            return tile[3 * pixel + channel].toInt() and 255
        }
        for (y in 0 until height) {
            for (x in 0 until width) {
                for (channel in 0 until 3) {
                    val sum = 3 * at(x, y, channel) + 5 * at(x - reach, y, channel) + 7 * at(x + reach, y, (channel + 1) % 3) +
                        11 * at(x, y - reach, channel) + 13 * at(x, y + reach, channel) + 17 * at(x + reach, y + reach, channel)
                    for (row in 0 until scale) {
                        for (column in 0 until scale) {
                            val target = ((y * scale + row) * width + x) * scale + column
                            result[3 * target + channel] = (sum + row * scale + column).toByte()
                        }
                    }
                }
            }
        }
        return result
    }
}

/** MODEL_JSON FILE_NAME CONTENT PIXELS WIDTH HEIGHT CHANNELS CORE OUTPUT [STOP_AFTER] */
fun main(arguments: Array<String>) {
    try {
        val file = ModelFile.read(File(arguments[0]).readText(), arguments[1])
        file.check(File(arguments[2]).readBytes())
        val (width, height, channels, core) = arguments.slice(4..7).map { it.toInt() }
        val picture = Picture(width, height, channels, File(arguments[3]).readBytes())
        val stopAfter = arguments.getOrNull(9)?.toLong() ?: -1
        var done = 0L
        var total = 0L
        FileOutputStream(arguments[8]).use { output ->
            Upscaler(file, StandIn(file), core).upscale(
                picture,
                progress = { now, all ->
                    done = now
                    total = all
                },
                isCancelled = { done == stopAfter },
            ) { _, rowCount, rows ->
                output.write(rows, 0, rowCount * width * file.scale * channels)
            }
        }
        println("$done of $total")
    } catch (error: Waifu4xException) {
        System.err.println(error.message)
        exitProcess(1)
    } catch (error: CancellationException) {
        System.err.println(error.message)
        exitProcess(3)
    }
}
