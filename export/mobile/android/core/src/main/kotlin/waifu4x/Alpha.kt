package waifu4x

import kotlin.math.max
import kotlin.math.min

// As waifu4x_tf/imaging/alpha.py, rounding where NumPy does.

// Visible pixels count where a block of this side, or one beside it, has a transparent pixel.
private const val BLOCK_SIDE = 8

// Colours are averaged so many times 2 x 2, and spread from there over so many pixels of that level.
private const val LEVELS = 4
private const val RINGS = 3

/** What all of a picture's alpha has in common: the least, the greatest, and whether only 0 and 255 come. */
internal class AlphaRange(picture: Picture) {
    var least = 255
        private set
    var greatest = 0
        private set
    var isBinary = true
        private set

    init {
        for (y in 0 until picture.height) {
            for (x in 0 until picture.width) {
                val value = picture.alpha(x, y)
                least = min(least, value)
                greatest = max(greatest, value)
                isBinary = isBinary && (value == 0 || value == 255)
            }
        }
    }
}

/**
 * One level of the pyramid that fills colours under transparency.
 *
 * @property colour (height, width, 3), 0 to 255.
 * @property weight (height, width), 0 to 1: how much of the colour is known.
 */
private class Level(val width: Int, val height: Int) {
    val colour = FloatArray(3 * width * height)
    val weight = FloatArray(width * height)
}

/** The colours of fully transparent pixels, filled smoothly from visible ones near them: a network sees them. */
internal class FilledColours private constructor(private val half: Level) {
    fun at(x: Int, y: Int, channel: Int): Int = Math.rint(doubledAt(half, x, y, channel).toDouble()).toInt()

    companion object {
        /** Null where there is nothing to fill, or nothing to fill it from. */
        fun of(picture: Picture, range: AlphaRange): FilledColours? {
            if (range.least > 0 || range.greatest == 0) return null
            val columns = (picture.width + BLOCK_SIDE - 1) / BLOCK_SIDE
            val near = blocksNearHidden(picture, columns)
            val level = averaged(picture.width, picture.height, 2, 0) { x, y, out ->
                val counts = near[y / BLOCK_SIDE * columns + x / BLOCK_SIDE]
                out[3] = if (counts) picture.alpha(x, y) / 255f else 0f
                for (channel in 0 until 3) out[channel] = picture.colour(x, y, channel) * out[3]
            }
            return FilledColours(filled(level, LEVELS - 1))
        }
    }
}

/** Whether each block has a transparent pixel in it or in a block beside it. */
private fun blocksNearHidden(picture: Picture, columns: Int): BooleanArray {
    val rows = (picture.height + BLOCK_SIDE - 1) / BLOCK_SIDE
    val near = BooleanArray(rows * columns)
    for (y in 0 until picture.height) {
        for (x in 0 until picture.width) {
            if (picture.alpha(x, y) != 0) continue
            for (row in max(y / BLOCK_SIDE - 1, 0)..min(y / BLOCK_SIDE + 1, rows - 1)) {
                for (column in max(x / BLOCK_SIDE - 1, 0)..min(x / BLOCK_SIDE + 1, columns - 1)) {
                    near[row * columns + column] = true
                }
            }
        }
    }
    return near
}

/**
 * Means of colours by weight, and the sums of their weights, at most 1: of each square of [step] pixels, with [margin]
 * pixels more on every side. Outside the level nothing is known. [read] gives a colour times its weight, and the weight.
 */
private inline fun averaged(
    width: Int,
    height: Int,
    step: Int,
    margin: Int,
    read: (x: Int, y: Int, out: FloatArray) -> Unit,
): Level {
    val coarse = Level((width + step - 1) / step, (height + step - 1) / step)
    val pixel = FloatArray(4)
    val columnSums = FloatArray(4)
    val sums = FloatArray(4)
    for (y in 0 until coarse.height) {
        for (x in 0 until coarse.width) {
            sums.fill(0f)
            // Each column's pixels first, then the columns: sums of floats depend on their order.
            for (column in max(step * x - margin, 0) until min(step * x + step + margin, width)) {
                columnSums.fill(0f)
                for (row in max(step * y - margin, 0) until min(step * y + step + margin, height)) {
                    read(column, row, pixel)
                    for (index in 0 until 4) columnSums[index] += pixel[index]
                }
                for (index in 0 until 4) sums[index] += columnSums[index]
            }
            val target = y * coarse.width + x
            for (channel in 0 until 3) coarse.colour[3 * target + channel] = sums[channel] / max(sums[3], 1e-12f)
            coarse.weight[target] = min(sums[3], 1f)
        }
    }
    return coarse
}

private fun averaged(fine: Level, step: Int, margin: Int): Level =
    averaged(fine.width, fine.height, step, margin) { x, y, out ->
        val pixel = y * fine.width + x
        out[3] = fine.weight[pixel]
        for (channel in 0 until 3) out[channel] = fine.colour[3 * pixel + channel] * out[3]
    }

/** What is known, by its weight, over what was guessed. */
private fun over(guess: Float, known: Float, weight: Float): Float = guess + (known - guess) * weight

/** The level with every pixel coloured: where unknown from the coarser levels. */
private fun filled(level: Level, coarserLevels: Int): Level {
    if (level.weight.all { it >= 1f } || level.weight.size == 1) return level
    if (coarserLevels == 0) return spread(level)
    val coarse = filled(averaged(level, 2, 0), coarserLevels - 1)
    for (y in 0 until level.height) {
        for (x in 0 until level.width) {
            val pixel = y * level.width + x
            for (channel in 0 until 3) {
                val index = 3 * pixel + channel
                level.colour[index] = over(doubledAt(coarse, x, y, channel), level.colour[index], level.weight[pixel])
            }
        }
    }
    return level
}

/** The level's colours, spread ring by ring; beyond the rings 0. */
private fun spread(coarsest: Level): Level {
    var level = coarsest
    repeat(RINGS) {
        val wider = averaged(level, 1, 1)
        for (index in wider.colour.indices) {
            wider.colour[index] = over(wider.colour[index], level.colour[index], level.weight[index / 3])
        }
        level = wider
    }
    return level
}

/** One value of the bilinear enlargement of a level by two, between pixel centres: rows first, then columns. */
private fun doubledAt(level: Level, x: Int, y: Int, channel: Int): Float {
    val near = 3 * level.width * (y / 2)
    val far = 3 * level.width * beyond(y, level.height)
    val left = 3 * (x / 2) + channel
    val right = 3 * beyond(x, level.width) + channel
    val colour = level.colour
    return between(between(colour[near + left], colour[far + left]), between(colour[near + right], colour[far + right]))
}

private fun beyond(position: Int, count: Int) = (position / 2 + if (position % 2 == 1) 1 else -1).coerceIn(0, count - 1)

/** Three quarters of the nearest, a quarter of the one beyond. */
private fun between(near: Float, beyond: Float): Float = 0.75f * near + 0.25f * beyond
