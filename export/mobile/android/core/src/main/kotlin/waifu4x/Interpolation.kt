package waifu4x

import kotlin.math.abs
import kotlin.math.max
import kotlin.math.min

/**
 * Bicubic interpolation of one side with Pillow's arithmetic, for pictures too thin for a network: of [count] small
 * pixels to count * scale.
 */
internal class Interpolation(count: Int, scale: Int) {
    private val firsts = IntArray(count * scale)
    private val shares = Array(count * scale) { position ->
        val centre = (position + 0.5) / scale
        firsts[position] = max(0, (centre - REACH + 0.5).toInt())
        val end = min(count, (centre + REACH + 0.5).toInt())
        val exact = DoubleArray(end - firsts[position]) { cubic(it + firsts[position] - centre + 0.5) }
        var sum = 0.0
        for (each in exact) sum += each
        IntArray(exact.size) {
            val share = exact[it] / sum * (1 shl SHARE_BITS)
            (if (share < 0) share - 0.5 else share + 0.5).toInt()
        }
    }

    /** The first small pixel of a large one. */
    fun first(position: Int): Int = firsts[position]

    /** The small pixel behind the last one of a large one. */
    fun end(position: Int): Int = firsts[position] + shares[position].size

    /** One large pixel, rounded and held to 0 to 255; [read] gives the small ones. */
    inline fun at(position: Int, read: (index: Int) -> Int): Int {
        var sum = 1 shl (SHARE_BITS - 1)
        val ours = sharesOf(position)
        for (index in ours.indices) sum += read(first(position) + index) * ours[index]
        return (sum shr SHARE_BITS).coerceIn(0, 255)
    }

    fun sharesOf(position: Int): IntArray = shares[position]

    companion object {
        // Pillow's: 32 bits less 8 of a pixel, less 2 for what bicubic interpolation overshoots.
        const val SHARE_BITS = 22
        private const val REACH = 2.0

        /** Keys' cubic convolution with a = -0.5. */
        private fun cubic(x: Double): Double {
            val a = -0.5
            val t = abs(x)
            if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1
            return if (t < 2) (((t - 5) * t + 8) * t - 4) * a else 0.0
        }
    }
}
