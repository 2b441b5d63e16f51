package waifu4x

/**
 * Pixels of 8 bits a channel, row by row.
 *
 * @property channels 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha, not multiplied into the colours.
 * @property pixels height * width * channels bytes.
 */
class Picture(val width: Int, val height: Int, val channels: Int, val pixels: ByteArray) {
    init {
        val isRight = width in 1..LONGEST_SIDE && height in 1..LONGEST_SIDE && channels in 1..4
        if (!isRight || width.toLong() * height * channels != pixels.size.toLong()) {
            throw Waifu4xException(
                "A picture has sides of 1 to $LONGEST_SIDE px, 1 to 4 channels, and a byte for each.",
                "$width x $height x $channels with ${pixels.size} bytes",
                "Give unpadded rows.",
            )
        }
    }

    val hasAlpha get() = channels % 2 == 0

    /** Red, green or blue; grey pictures have the same value three times. */
    fun colour(x: Int, y: Int, channel: Int): Int = at(x, y, if (channels < 3) 0 else channel)

    fun alpha(x: Int, y: Int): Int = at(x, y, channels - 1)

    private fun at(x: Int, y: Int, channel: Int) = pixels[(y * width + x) * channels + channel].toInt() and 255

    internal fun isGrey(): Boolean {
        if (channels < 3) return true
        for (pixel in 0 until width * height) {
            val start = pixel * channels
            if (pixels[start] != pixels[start + 1] || pixels[start] != pixels[start + 2]) return false
        }
        return true
    }

    companion object {
        const val LONGEST_SIDE = 1 shl 20
    }
}
