package waifu4x

import java.util.concurrent.CancellationException
import kotlin.math.max
import kotlin.math.min

/** Runs a network on one tile. */
fun interface Runner {
    /** uint8 RGB (height, width, 3) to uint8 RGB (height * scale, width * scale, 3); it may keep what it gives. */
    fun run(tile: ByteArray, width: Int, height: Int): ByteArray
}

/** Takes the result, a band of whole rows after the other, from the top to the bottom. */
fun interface RowSink {
    /** The first [rowCount] rows of [rows] are the result's rows from [firstRow] on; valid during the call. */
    fun write(firstRow: Int, rowCount: Int, rows: ByteArray)
}

/**
 * Enlarges pictures of any size: tiles with surroundings, exact stitching, alpha, a band of rows at a time.
 *
 * Each tile carries as much of its surroundings as the network looks at, and outside the picture the pixels of its edge
 * are repeated, so that the result does not depend on the size of the tiles. It is load_upscaler(FILE, raw=True) of the
 * Python library, byte for byte.
 *
 * @param core the largest side of a tile without its surroundings, in small pixels; 0 = the whole picture at once.
 * Files of one size have their own. Memory grows with it.
 */
class Upscaler(private val file: ModelFile, private val runner: Runner, private val core: Int = USUAL_CORE) {
    /**
     * Gives the picture [ModelFile.scale] times larger, of the same channels, to [sink].
     *
     * @param progress gets what is done and what there is, after each tile.
     * @param isCancelled is asked before each tile; then a [CancellationException] ends it.
     */
    fun upscale(
        picture: Picture,
        progress: (done: Long, total: Long) -> Unit = { _, _ -> },
        isCancelled: () -> Boolean = { false },
        sink: RowSink,
    ) = Run(picture, progress, isCancelled, sink).all()

    private inner class Run(
        private val picture: Picture,
        private val progress: (Long, Long) -> Unit,
        private val isCancelled: () -> Boolean,
        private val sink: RowSink,
    ) {
        private val scale = file.scale
        private val isGrey = picture.isGrey()
        private val range = if (picture.hasAlpha) AlphaRange(picture) else null
        private val filled = range?.let { FilledColours.of(picture, it) }
        private val runsAlpha = range != null && range.least != range.greatest
        private val coreWidth = if (file.side > 0) file.side - 2 * file.overlap else coreSide(picture.width, core)
        private val coreHeight = if (file.side > 0) file.side - 2 * file.overlap else coreSide(picture.height, core)
        private val lefts = coreStarts(picture.width, coreWidth)
        private val tops = coreStarts(picture.height, coreHeight)

        // A file that pads inside needs nothing around a whole picture.
        private val surround = if (file.padsInside && lefts.size == 1 && tops.size == 1) 0 else file.overlap
        private val isThin = isTooThin(picture.width, picture.height, file.overlap)
        private val rowBytes = picture.width * scale * picture.channels
        private val bandHeight = min(picture.height, if (isThin) THIN_ROWS else coreHeight)
        private val band = ByteArray(Math.multiplyExact(rowBytes, bandHeight * scale))
        private var bandTop = 0
        private var done = 0L

        fun all() {
            if (isThin) return interpolateAll()
            val tile = ByteArray(3 * (coreWidth + 2 * surround) * (coreHeight + 2 * surround))
            for ((index, top) in tops.withIndex()) {
                val rows = min(coreHeight, picture.height - top)
                // The next band begins within this one when it is the last.
                val end = if (index + 1 < tops.size) tops[index + 1] else top + rows
                beginBand(top)
                for (left in lefts) {
                    runTile(tile, left, top, rows, false)
                    if (runsAlpha) runTile(tile, left, top, rows, true)
                }
                write(top, end - top)
            }
        }

        private fun beginBand(top: Int) {
            bandTop = top
            if (range == null || runsAlpha) return
            for (at in picture.channels - 1 until band.size step picture.channels) band[at] = range.least.toByte()
        }

        private fun colourAt(x: Int, y: Int, channel: Int): Int =
            if (filled != null && picture.alpha(x, y) == 0) filled.at(x, y, channel) else picture.colour(x, y, channel)

        private fun runTile(tile: ByteArray, left: Int, top: Int, rows: Int, ofAlpha: Boolean) {
            stopIfAsked()
            val width = coreWidth + 2 * surround
            val height = coreHeight + 2 * surround
            var next = 0
            for (y in 0 until height) {
                val fromY = (top + y - surround).coerceIn(0, picture.height - 1)
                for (x in 0 until width) {
                    val fromX = (left + x - surround).coerceIn(0, picture.width - 1)
                    for (channel in 0 until 3) {
                        val value = if (ofAlpha) picture.alpha(fromX, fromY) else colourAt(fromX, fromY, channel)
                        tile[next++] = value.toByte()
                    }
                }
            }
            val output = runner.run(tile, width, height)
            if (output.size != tile.size * scale * scale) {
                val received = "${output.size} bytes for a tile of ${tile.size}"
                throw Waifu4xException("A network of scale $scale gives that many times the tile.", received, "Export it again.")
            }
            val columns = min(coreWidth, picture.width - left) * scale
            for (y in 0 until rows * scale) {
                var from = 3 * ((y + surround * scale) * width * scale + surround * scale)
                for (x in 0 until columns) {
                    place(output, from, left * scale + x, y, ofAlpha)
                    from += 3
                }
            }
            step(1)
        }

        /** One pixel of RGB into the band. */
        private fun place(rgb: ByteArray, from: Int, x: Int, y: Int, ofAlpha: Boolean) {
            val target = y * rowBytes + x * picture.channels
            if (!isGrey && !ofAlpha) {
                for (channel in 0 until 3) band[target + channel] = rgb[from + channel]
                return
            }
            val sum = (rgb[from].toInt() and 255) + (rgb[from + 1].toInt() and 255) + (rgb[from + 2].toInt() and 255)
            val mean = (sum + 1) / 3
            if (ofAlpha) {
                band[target + picture.channels - 1] = heldAlpha(mean, x / scale, bandTop + y / scale).toByte()
            } else {
                for (channel in 0 until min(3, if (picture.channels < 3) 1 else 3)) band[target + channel] = mean.toByte()
            }
        }

        /**
         * Held between the least and the greatest of the 3 x 3 small pixels around it, so that what is transparent or
         * opaque stays so and no outline rings.
         */
        private fun heldAlpha(value: Int, x: Int, y: Int): Int {
            var least = 255
            var greatest = 0
            for (row in max(y - 1, 0)..min(y + 1, picture.height - 1)) {
                for (column in max(x - 1, 0)..min(x + 1, picture.width - 1)) {
                    val alpha = picture.alpha(column, row)
                    least = min(least, alpha)
                    greatest = max(greatest, alpha)
                }
            }
            val decided = if (range!!.isBinary) (if (value >= 128) 255 else 0) else value
            return decided.coerceIn(least, greatest)
        }

        private fun write(top: Int, rows: Int) {
            stopIfAsked()
            sink.write(top * scale, rows * scale, band)
        }

        private fun step(count: Int) {
            done += count
            val tiles = lefts.size.toLong() * tops.size * if (runsAlpha) 2 else 1
            progress(done, if (isThin) picture.height.toLong() else tiles)
        }

        private fun stopIfAsked() {
            if (isCancelled()) throw CancellationException("A run goes on until its caller stops it.")
        }

        /** A picture too thin for a network, rows first, then columns, as Pillow does it. */
        private fun interpolateAll() {
            val across = Interpolation(picture.width, scale)
            val down = Interpolation(picture.height, scale)
            for (top in 0 until picture.height step THIN_ROWS) {
                val rows = min(THIN_ROWS, picture.height - top)
                stopIfAsked()
                beginBand(top)
                interpolateBand(across, down, rows, false)
                if (runsAlpha) interpolateBand(across, down, rows, true)
                write(top, rows)
                step(rows)
            }
        }

        private fun interpolateBand(across: Interpolation, down: Interpolation, rows: Int, ofAlpha: Boolean) {
            val first = down.first(bandTop * scale)
            val width = picture.width * scale
            val wide = ByteArray(3 * width * (down.end((bandTop + rows) * scale - 1) - first))
            for (index in wide.indices) {
                val y = first + index / (3 * width)
                wide[index] = across.at(index / 3 % width) { x ->
                    if (ofAlpha) picture.alpha(x, y) else colourAt(x, y, index % 3)
                }.toByte()
            }
            val rgb = ByteArray(3)
            for (y in 0 until rows * scale) {
                for (x in 0 until width) {
                    for (channel in 0 until 3) {
                        rgb[channel] = down.at(bandTop * scale + y) { row ->
                            wide[3 * ((row - first) * width + x) + channel].toInt() and 255
                        }.toByte()
                    }
                    place(rgb, 0, x, y, ofAlpha)
                }
            }
        }
    }

    companion object {
        /** Suits most devices. */
        const val USUAL_CORE = 128

        // Rows of a result that is interpolated are written so many small rows at a time.
        private const val THIN_ROWS = 64

        // Surroundings of so many pixels are nobody's concern, as in waifu4x_tf/inference/tiling.py.
        private const val UNCOUNTED_PIXELS = 1L shl 17

        private fun isTooThin(width: Int, height: Int, overlap: Int): Boolean {
            val withSurroundings = (width + 2L * overlap) * (height + 2L * overlap)
            return withSurroundings > 2L * width * height + max(UNCOUNTED_PIXELS, 8L * overlap * overlap)
        }

        /** The core's side: as few cores as [largest] allows, all of one size. */
        private fun coreSide(side: Int, largest: Int): Int {
            if (largest == 0 || side <= largest) return side
            val count = (side + largest - 1) / largest
            return (side + count - 1) / count
        }

        /** Where cores begin along one side; the last one ends with the side, so every tile has one shape. */
        private fun coreStarts(side: Int, core: Int): List<Int> =
            (0 until side - core step core).toList() + max(0, side - core)
    }
}
