// Enlarges pictures of any size with one file of a bundle: tiles with overlap, exact stitching, alpha.
//
// NEVER COMPILED OR RUN with LiteRT or on a phone by this project. Written for
// com.google.ai.edge.litert:litert:1.4.1, whose Interpreter takes files of dynamic size too; CompiledModel in
// LiteRT 2.1 cannot resize from Kotlin. What is compiled, run and held to load_upscaler(FILE, raw=True) in Python
// byte for byte is ../cpp; from coreEdge on, this file has the functions of ../cpp/waifu4x.cc in the same order, and
// its tiling agrees line for line (tests/export/test_mobile.py).
//
//     Network(readModelFile(bundle, "compact_int8_dynamic.tflite"), threads = 4).use { network ->
//         val large = Upscaler(network).upscale(Picture(width, height, rgb, alpha))
//     }
package waifu4x

import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder
import kotlin.math.max
import kotlin.math.min
import kotlin.math.round
import org.json.JSONException
import org.json.JSONObject
import org.tensorflow.lite.DataType
import org.tensorflow.lite.Interpreter

/** What went wrong, for a person: the rule, what came, and the way out. */
class Waifu4xException(rule: String, received: String, wayOut: String) :
    Exception("$rule Received: $received. $wayOut")

/**
 * A picture. On Android the bytes come from Bitmap.getPixels, which gives colours not multiplied by alpha.
 *
 * @property rgb (height, width, 3) bytes, 0 to 255. Grey pictures have the same value three times.
 * @property alpha (height, width) bytes, 0 transparent to 255 opaque; empty = no alpha channel.
 */
class Picture(val width: Int, val height: Int, val rgb: ByteArray, val alpha: ByteArray = ByteArray(0))

/**
 * One .tflite of a bundle, as the bundle's model.json describes it.
 *
 * @property isFloat false: uint8 in and out, where a value is the pixel. true: float32 in and out, 0 to 1.
 * @property scale How many times larger the answer is.
 * @property overlap How far one answered pixel looks; a tile carries that much on each side of its core.
 * @property edge Height and width that the file takes, when it takes no other; 0 = any.
 */
class ModelFile(val path: String, val isFloat: Boolean, val scale: Int, val overlap: Int, val edge: Int)

/** What folder/model.json says of the file [name]. */
fun readModelFile(folder: File, name: String): ModelFile {
    try {
        val files = JSONObject(File(folder, "model.json").readText()).getJSONArray("files")
        for (index in 0 until files.length()) {
            val file = files.getJSONObject(index)
            if (file.getString("file") != name) continue
            val type = file.getJSONObject("input").getString("type")
            val tile = file.getJSONObject("tile")
            val overlap = tile.getInt("overlap_px")
            val edge = if (tile.isNull("edge_px")) 0 else tile.getInt("edge_px")
            val good = type in setOf("uint8", "float32") && type == file.getJSONObject("output").getString("type")
            if (!good || overlap < file.getInt("receptive_radius") || (edge > 0 && edge <= 2 * overlap)) {
                throw Waifu4xException("A model.json describes its files.", "a wrong entry for $name", "Export again.")
            }
            return ModelFile(File(folder, name).path, type == "float32", file.getInt("scale"), overlap, edge)
        }
    } catch (error: JSONException) {
        throw Waifu4xException("A model.json describes its files.", "${error.message}", "Export it again.")
    } catch (error: IOException) {
        throw Waifu4xException("A bundle has a model.json.", "${error.message}", "Give the folder of export.bundle.")
    }
    throw Waifu4xException("A model file is one that model.json names.", name, "Give one of those.")
}

/** Runs one .tflite on the CPU. The only part that knows LiteRT; used by one thread at a time. */
class Network(val file: ModelFile, threads: Int) : AutoCloseable {
    private val interpreter = Interpreter(File(file.path), Interpreter.Options().setNumThreads(threads))
    private var input = ByteBuffer.allocateDirect(0)
    private var output = ByteBuffer.allocateDirect(0)
    private var width = 0
    private var height = 0

    init {
        val type = if (file.isFloat) DataType.FLOAT32 else DataType.UINT8
        if (interpreter.getInputTensor(0).dataType() != type || interpreter.getOutputTensor(0).dataType() != type) {
            throw Waifu4xException("A file is of the type that model.json says.", file.path, "Export it again.")
        }
    }

    /** A tile, RGB (height, width, 3), to its answer, RGB (height * scale, width * scale, 3). */
    fun run(tile: ByteArray, width: Int, height: Int): ByteArray {
        if (width != this.width || height != this.height) resize(width, height)
        write(tile)
        input.rewind()
        output.rewind()
        interpreter.run(input, output)
        return read()
    }

    override fun close() = interpreter.close()

    private fun resize(width: Int, height: Int) {
        if (file.edge == 0) interpreter.resizeInput(0, intArrayOf(1, height, width, 3))
        interpreter.allocateTensors()
        val expected = intArrayOf(1, height * file.scale, width * file.scale, 3)
        if (!interpreter.getOutputTensor(0).shape().contentEquals(expected)) {
            throw Waifu4xException("A network of scale ${file.scale} answers with that many times the tile.",
                "another answer from ${file.path}", "Export it again.")
        }
        input = ByteBuffer.allocateDirect(interpreter.getInputTensor(0).numBytes()).order(ByteOrder.nativeOrder())
        output = ByteBuffer.allocateDirect(interpreter.getOutputTensor(0).numBytes()).order(ByteOrder.nativeOrder())
        this.width = width
        this.height = height
    }

    private fun write(tile: ByteArray) {
        input.rewind()
        if (!file.isFloat) {
            input.put(tile)
            return
        }
        val values = FloatArray(tile.size) { index -> unsigned(tile[index]) / 255f }
        input.asFloatBuffer().put(values)
    }

    private fun read(): ByteArray {
        output.rewind()
        val answer = ByteArray(3 * width * height * file.scale * file.scale)
        if (!file.isFloat) {
            output.get(answer)
            return answer
        }
        val values = output.asFloatBuffer()
        for (index in answer.indices) {
            val value = values.get(index)
            if (!value.isFinite()) {
                throw Waifu4xException("A network gives finite numbers.", "NaN or infinity", "Use the int8 file.")
            }
            answer[index] = round(min(max(value, 0f), 1f) * 255f).toInt().toByte() // halves to the even level
        }
        return answer
    }
}

/** Kotlin's bytes are signed; pixels are not. */
private fun unsigned(value: Byte): Int = value.toInt() and 0xFF

// The tiling ------------------------------------------------------------------------------------------------------

/** The core's edge along one side: as few cores as [largest] allows, all of one size. */
private fun coreEdge(side: Int, largest: Int): Int {
    if (largest == 0 || side <= largest) return side
    val count = (side + largest - 1) / largest
    return (side + count - 1) / count
}

/** Where cores begin along one side; the last one ends with the side, so every tile has one shape. */
private fun coreStarts(side: Int, core: Int): List<Int> {
    val starts = mutableListOf<Int>()
    for (start in 0 until side - core step core) starts.add(start)
    starts.add(max(0, side - core))
    return starts
}

/** A core with its overlap on every side; outside the picture the nearest pixel of its edge. */
private fun cutTile(
    rgb: ByteArray, width: Int, height: Int, left: Int, top: Int, tileWidth: Int, tileHeight: Int, overlap: Int,
): ByteArray {
    val tile = ByteArray(3 * tileWidth * tileHeight)
    for (y in 0 until tileHeight) {
        val fromY = min(max(top + y - overlap, 0), height - 1)
        for (x in 0 until tileWidth) {
            val fromX = min(max(left + x - overlap, 0), width - 1)
            for (channel in 0 until 3) {
                tile[3 * (y * tileWidth + x) + channel] = rgb[3 * (fromY * width + fromX) + channel]
            }
        }
    }
    return tile
}

/** An answer without its border, laid into the large picture; all measures are large pixels. */
private fun placeCore(
    answer: ByteArray, tileWidth: Int, border: Int, large: ByteArray, width: Int, height: Int, left: Int, top: Int,
    coreWidth: Int, coreHeight: Int,
) {
    val rows = min(coreHeight, height - top)
    val columns = min(coreWidth, width - left)
    for (y in 0 until rows) {
        val from = 3 * ((y + border) * tileWidth + border)
        val to = 3 * ((y + top) * width + left)
        for (index in 0 until 3 * columns) {
            large[to + index] = answer[from + index]
        }
    }
}

// Grey ------------------------------------------------------------------------------------------------------------

private fun isGrey(rgb: ByteArray): Boolean {
    for (index in rgb.indices step 3) {
        if (rgb[index] != rgb[index + 1] || rgb[index] != rgb[index + 2]) return false
    }
    return true
}

/** Every channel becomes the rounded mean of the three. */
private fun makeGrey(rgb: ByteArray) {
    for (index in rgb.indices step 3) {
        val mean = (unsigned(rgb[index]) + unsigned(rgb[index + 1]) + unsigned(rgb[index + 2]) + 1) / 3
        for (channel in 0 until 3) rgb[index + channel] = mean.toByte()
    }
}

// Alpha -----------------------------------------------------------------------------------------------------------

/** Visible pixels count where a block of this edge, or one beside it, has a transparent pixel. */
private const val BLOCK_EDGE = 8

/** Colours are averaged so many times 2 x 2, and spread from there over so many pixels of that level. */
private const val LEVELS = 4
private const val RINGS = 3

/**
 * One level of the pyramid that fills colours under transparency.
 *
 * @property colour (height, width, 3), 0 to 255.
 * @property weight (height, width), 0 to 1: how much of the colour is known.
 */
private class Level(val width: Int, val height: Int, var colour: FloatArray, val weight: FloatArray)

/**
 * Means of colours by weight, and the sums of their weights, at most 1: of each square of [step] pixels, with [margin]
 * pixels more on every side. Outside the level nothing is known.
 */
private fun averaged(fine: Level, step: Int, margin: Int): Level {
    val width = (fine.width + step - 1) / step
    val height = (fine.height + step - 1) / step
    val coarse = Level(width, height, FloatArray(3 * width * height), FloatArray(width * height))
    for (y in 0 until height) {
        for (x in 0 until width) {
            val left = max(step * x - margin, 0)
            val right = min(step * x + step + margin, fine.width)
            val top = max(step * y - margin, 0)
            val bottom = min(step * y + step + margin, fine.height)
            val sums = FloatArray(4)
            // Each column's pixels first, then the columns: sums of floats depend on their order.
            for (column in left until right) {
                val columnSums = FloatArray(4)
                for (row in top until bottom) {
                    val pixel = row * fine.width + column
                    val weight = fine.weight[pixel]
                    for (channel in 0 until 3) {
                        columnSums[channel] += fine.colour[3 * pixel + channel] * weight
                    }
                    columnSums[3] += weight
                }
                for (index in 0 until 4) sums[index] += columnSums[index]
            }
            val pixel = y * width + x
            for (channel in 0 until 3) {
                coarse.colour[3 * pixel + channel] = sums[channel] / max(sums[3], 1e-12f)
            }
            coarse.weight[pixel] = min(sums[3], 1f)
        }
    }
    return coarse
}

/**
 * One value of the enlargement by two, between pixel centres: three quarters of the nearest, a quarter of the one
 * beyond. [position] is the large pixel, [count] the small ones, [stride] the step from one to the next.
 */
private fun between(values: FloatArray, offset: Int, position: Int, count: Int, stride: Int): Float {
    val near = position / 2
    val beyond = min(max(near + (if (position % 2 == 1) 1 else -1), 0), count - 1)
    return 0.75f * values[offset + near * stride] + 0.25f * values[offset + beyond * stride]
}

/** The bilinear enlargement of a level's colours by two, cut to width x height: rows first, then columns. */
private fun doubled(coarse: Level, width: Int, height: Int): FloatArray {
    val row = FloatArray(3 * coarse.width)
    val result = FloatArray(3 * width * height)
    for (y in 0 until height) {
        for (index in 0 until 3 * coarse.width) {
            row[index] = between(coarse.colour, index, y, coarse.height, 3 * coarse.width)
        }
        for (index in 0 until 3 * width) {
            result[3 * width * y + index] = between(row, index % 3, index / 3, coarse.width, 3)
        }
    }
    return result
}

/** Puts a level's colours over others, by their weights. */
private fun overlay(level: Level, colours: FloatArray) {
    for (index in colours.indices) {
        colours[index] += (level.colour[index] - colours[index]) * level.weight[index / 3]
    }
}

/** The level's colours, spread ring by ring; beyond the rings 0. */
private fun spread(coarsest: Level): FloatArray {
    var level = coarsest
    repeat(RINGS) {
        val wider = averaged(level, 1, 1)
        overlay(level, wider.colour)
        level = wider
    }
    return level.colour
}

/** The level's colours, where unknown those of the coarser levels. */
private fun filled(level: Level, coarserLevels: Int): FloatArray {
    val known = level.weight.all { weight -> weight >= 1f }
    if (known || level.weight.size == 1) return level.colour
    if (coarserLevels == 0) return spread(level)
    val coarse = averaged(level, 2, 0)
    coarse.colour = filled(coarse, coarserLevels - 1)
    val colours = doubled(coarse, level.width, level.height)
    overlay(level, colours)
    return colours
}

/** How much each pixel's colour counts, 0 to 1: by its alpha near transparent pixels, else not at all. */
private fun weights(alpha: ByteArray, width: Int, height: Int): FloatArray {
    val columns = (width + BLOCK_EDGE - 1) / BLOCK_EDGE
    val rows = (height + BLOCK_EDGE - 1) / BLOCK_EDGE
    val counts = BooleanArray(rows * columns)
    for (y in 0 until height) {
        for (x in 0 until width) {
            if (unsigned(alpha[y * width + x]) != 0) continue
            val blockY = y / BLOCK_EDGE
            val blockX = x / BLOCK_EDGE
            for (row in max(blockY - 1, 0)..min(blockY + 1, rows - 1)) {
                for (column in max(blockX - 1, 0)..min(blockX + 1, columns - 1)) {
                    counts[row * columns + column] = true
                }
            }
        }
    }
    val result = FloatArray(width * height)
    for (y in 0 until height) {
        for (x in 0 until width) {
            if (!counts[y / BLOCK_EDGE * columns + x / BLOCK_EDGE]) continue
            result[y * width + x] = unsigned(alpha[y * width + x]) / 255f
        }
    }
    return result
}

/** The colours with those under fully transparent pixels filled from visible ones near them: a network sees them. */
private fun bleed(picture: Picture): ByteArray {
    val hidden = picture.alpha.count { alpha -> unsigned(alpha) == 0 }
    if (hidden == 0 || hidden == picture.alpha.size) return picture.rgb
    val known = FloatArray(picture.rgb.size) { index -> unsigned(picture.rgb[index]).toFloat() }
    val weight = weights(picture.alpha, picture.width, picture.height)
    val coarse = averaged(Level(picture.width, picture.height, known, weight), 2, 0)
    coarse.colour = filled(coarse, LEVELS - 1)
    val colours = doubled(coarse, picture.width, picture.height)
    val rgb = picture.rgb.copyOf()
    for (index in rgb.indices) {
        if (unsigned(picture.alpha[index / 3]) == 0) rgb[index] = round(colours[index]).toInt().toByte()
    }
    return rgb
}

/**
 * Enlarges pictures with one network.
 *
 * @param core Largest edge of a tile without its overlap, in small pixels; 0 = the whole picture at once. Files of
 *     a fixed size have their own. Memory grows with it, the result does not change.
 */
class Upscaler(private val network: Network, private val core: Int = 256) {
    /** RGB (height, width, 3) to (height * scale, width * scale, 3), tile by tile. */
    private fun enlarge(rgb: ByteArray, width: Int, height: Int, grey: Boolean): ByteArray {
        val scale = network.file.scale
        val overlap = network.file.overlap
        val edge = network.file.edge
        val coreWidth = if (edge > 0) edge - 2 * overlap else coreEdge(width, core)
        val coreHeight = if (edge > 0) edge - 2 * overlap else coreEdge(height, core)
        val tileWidth = coreWidth + 2 * overlap
        val tileHeight = coreHeight + 2 * overlap
        val large = ByteArray(3 * width * scale * height * scale)
        for (top in coreStarts(height, coreHeight)) {
            for (left in coreStarts(width, coreWidth)) {
                val tile = cutTile(rgb, width, height, left, top, tileWidth, tileHeight, overlap)
                val answer = network.run(tile, tileWidth, tileHeight)
                if (grey) makeGrey(answer)
                placeCore(answer, tileWidth * scale, overlap * scale, large, width * scale, height * scale,
                    left * scale, top * scale, coreWidth * scale, coreHeight * scale)
            }
        }
        return large
    }

    /**
     * Alpha goes through the network as a grey picture. Each answered pixel is held between the least and the
     * greatest of the 3 x 3 small pixels around it, so that what is transparent or opaque stays so and no edge
     * rings.
     */
    private fun enlargeAlpha(alpha: ByteArray, width: Int, height: Int): ByteArray {
        val scale = network.file.scale
        if (alpha.all { value -> value == alpha[0] }) return ByteArray(width * scale * height * scale) { alpha[0] }
        val grey = ByteArray(3 * alpha.size) { index -> alpha[index / 3] }
        val enlarged = enlarge(grey, width, height, true)
        val binary = alpha.all { value -> unsigned(value) == 0 || unsigned(value) == 255 }
        val large = ByteArray(width * scale * height * scale)
        for (y in 0 until height) {
            for (x in 0 until width) {
                var low = 255
                var high = 0
                for (row in max(y - 1, 0)..min(y + 1, height - 1)) {
                    for (column in max(x - 1, 0)..min(x + 1, width - 1)) {
                        low = min(low, unsigned(alpha[row * width + column]))
                        high = max(high, unsigned(alpha[row * width + column]))
                    }
                }
                for (row in y * scale until (y + 1) * scale) {
                    for (column in x * scale until (x + 1) * scale) {
                        val pixel = row * width * scale + column
                        var value = unsigned(enlarged[3 * pixel])
                        if (binary) value = if (value >= 128) 255 else 0
                        large[pixel] = min(max(value, low), high).toByte()
                    }
                }
            }
        }
        return large
    }

    /** The picture `scale` times larger. Grey stays grey, alpha of 0 and 255 alone stays so. */
    fun upscale(picture: Picture): Picture {
        val width = picture.width
        val height = picture.height
        val scale = network.file.scale
        // Indices are Ints: neither the result nor a tile's answer may be larger.
        val margin = max(network.file.edge, 2 * network.file.overlap).toDouble()
        val bytes = 3.0 * (width + margin) * scale * (height + margin) * scale
        if (width < 1 || height < 1 || bytes > Int.MAX_VALUE) {
            throw Waifu4xException("A picture has pixels, enlarged at most 2 GiB.", "$width x $height", "Cut it up.")
        }
        val pixels = width * height
        if (picture.rgb.size != 3 * pixels || (picture.alpha.isNotEmpty() && picture.alpha.size != pixels)) {
            throw Waifu4xException("A picture has 3 bytes a pixel, and 1 of alpha or none.",
                "${picture.rgb.size} and ${picture.alpha.size} for $pixels", "Give unpadded rows.")
        }
        val grey = isGrey(picture.rgb)
        if (picture.alpha.isEmpty()) {
            return Picture(width * scale, height * scale, enlarge(picture.rgb, width, height, grey))
        }
        val rgb = enlarge(bleed(picture), width, height, grey)
        return Picture(width * scale, height * scale, rgb, enlargeAlpha(picture.alpha, width, height))
    }
}
