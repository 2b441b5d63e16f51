// NEVER BUILT: there was no Android SDK where this was written.
package waifu4x.android

import android.content.res.AssetManager
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import java.nio.ByteBuffer
import java.nio.ByteOrder
import org.tensorflow.lite.Interpreter
import waifu4x.ModelFile
import waifu4x.Runner

/** What model.json, an asset of the app beside the file, says of [name]; the file is held to its sha256. */
fun modelFile(assets: AssetManager, name: String): ModelFile {
    val file = ModelFile.read(assets.open("model.json").use { it.readBytes().decodeToString() }, name)
    file.check(assets.open(name).use { it.readBytes() })
    return file
}

/** Runs a file for tiles of one size on a GPU or an NPU, or on the CPU where [accelerator] says so. */
class TileNetwork(assets: AssetManager, private val file: ModelFile, accelerator: Accelerator) : Runner, AutoCloseable {
    private val model = CompiledModel.create(assets, file.name, CompiledModel.Options(accelerator))
    private val inputs = model.createInputBuffers()
    private val outputs = model.createOutputBuffers()

    override fun run(tile: ByteArray, width: Int, height: Int): ByteArray {
        if (!file.isFloat) {
            inputs[0].writeInt8(tile)
            model.run(inputs, outputs)
            return outputs[0].readInt8()
        }
        inputs[0].writeFloat(FloatArray(tile.size) { (tile[it].toInt() and 255) / 255f })
        model.run(inputs, outputs)
        val values = outputs[0].readFloat()
        return ByteArray(values.size) { level(values[it]) }
    }

    override fun close() {
        for (buffer in inputs + outputs) buffer.close()
        model.close()
    }
}

/** Runs a file for any size on the CPU. */
class AnySizeNetwork(assets: AssetManager, private val file: ModelFile, threads: Int) : Runner, AutoCloseable {
    private val interpreter = Interpreter(direct(assets.open(file.name).use { it.readBytes() }),
        Interpreter.Options().setNumThreads(threads))

    override fun run(tile: ByteArray, width: Int, height: Int): ByteArray {
        val bytes = if (file.isFloat) 4 else 1
        val input = direct(if (file.isFloat) ByteArray(0) else tile, tile.size * bytes)
        if (file.isFloat) for (value in tile) input.putFloat((value.toInt() and 255) / 255f)
        input.rewind()
        val output = direct(ByteArray(0), tile.size * file.scale * file.scale * bytes)
        interpreter.resizeInput(0, intArrayOf(1, height, width, 3))
        interpreter.allocateTensors()
        interpreter.run(input, output)
        output.rewind()
        val result = ByteArray(tile.size * file.scale * file.scale)
        if (file.isFloat) for (index in result.indices) result[index] = level(output.float) else output.get(result)
        return result
    }

    override fun close() = interpreter.close()
}

private fun direct(content: ByteArray, size: Int = content.size): ByteBuffer {
    val buffer = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder())
    buffer.put(content)
    buffer.rewind()
    return buffer
}

/** A value from 0 to 1 as the nearest level, halves as the even one. */
private fun level(value: Float): Byte = Math.rint((value.coerceIn(0f, 1f) * 255f).toDouble()).toInt().toByte()
