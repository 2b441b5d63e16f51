// NEVER BUILT: there was no Android SDK where this was written.
package waifu4x.android

import android.content.ContentResolver
import android.content.Context
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.ImageDecoder
import android.net.Uri
import androidx.activity.result.PickVisualMediaRequest
import androidx.activity.result.contract.ActivityResultContracts.PickVisualMedia
import waifu4x.Picture
import waifu4x.Upscaler

/** What to launch a `PickVisualMedia` contract with: one picture, without a permission. */
val pickOnePicture = PickVisualMediaRequest(PickVisualMedia.ImageOnly)

/** The picked picture, its alpha not multiplied into its colours. */
fun decode(resolver: ContentResolver, uri: Uri): Picture {
    val bitmap = ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, uri)) { decoder, _, _ ->
        decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
        decoder.isUnpremultipliedRequired = true
    }
    val channels = if (bitmap.hasAlpha()) 4 else 3
    val pixels = ByteArray(bitmap.width * bitmap.height * channels)
    val row = IntArray(bitmap.width)
    var next = 0
    for (y in 0 until bitmap.height) {
        bitmap.getPixels(row, 0, bitmap.width, 0, y, bitmap.width, 1)
        for (argb in row) {
            for (shift in intArrayOf(16, 8, 0)) pixels[next++] = (argb shr shift).toByte()
            if (channels == 4) pixels[next++] = (argb ushr 24).toByte()
        }
    }
    return Picture(bitmap.width, bitmap.height, channels, pixels)
}

/** Enlarges into a Bitmap, whose memory is not the heap's. Not for the main thread. */
fun Upscaler.toBitmap(
    picture: Picture,
    scale: Int,
    progress: (Long, Long) -> Unit,
    isCancelled: () -> Boolean,
): Bitmap {
    val width = picture.width * scale
    val bitmap = Bitmap.createBitmap(width, picture.height * scale, Bitmap.Config.ARGB_8888)
    bitmap.setHasAlpha(picture.hasAlpha)
    bitmap.isPremultiplied = false
    val row = IntArray(width)
    upscale(picture, progress, isCancelled) { firstRow, rowCount, rows ->
        for (y in 0 until rowCount) {
            for (x in 0 until width) {
                val start = (y * width + x) * picture.channels
                fun at(channel: Int) = rows[start + channel].toInt() and 255
                val alpha = if (picture.hasAlpha) at(3) else 255
                row[x] = (alpha shl 24) or (at(0) shl 16) or (at(1) shl 8) or at(2)
            }
            bitmap.setPixels(row, 0, width, 0, firstRow + y, width, 1)
        }
    }
    return bitmap
}

/** Hands a written PNG to other apps. */
fun share(context: Context, png: Uri) {
    val send = Intent(Intent.ACTION_SEND).setType("image/png").putExtra(Intent.EXTRA_STREAM, png)
    send.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
    context.startActivity(Intent.createChooser(send, null))
}
