package waifu4x

import java.security.MessageDigest

/**
 * One .tflite of a bundle, as the bundle's model.json describes it.
 *
 * @property isFloat whether it takes and gives float32 from 0 to 1; else uint8, where a value is the pixel.
 * @property scale how many times larger the output is.
 * @property overlap how far one pixel of the output looks, in small pixels.
 * @property side height and width that it takes, when it takes no other; 0 = any.
 * @property padsInside whether it repeats a picture's border itself.
 */
class ModelFile(
    val name: String,
    val sha256: String,
    val isFloat: Boolean,
    val scale: Int,
    val overlap: Int,
    val side: Int,
    val padsInside: Boolean,
) {
    /** Throws [Waifu4xException] unless [content] is the file that model.json was written with. */
    fun check(content: ByteArray) {
        val digest = MessageDigest.getInstance("SHA-256").digest(content)
        val found = digest.joinToString("") { "%02x".format(it) }
        if (found != sha256) {
            throw Waifu4xException("A model file has the sha256 of model.json, $sha256.", "$name with $found", "Download it again.")
        }
    }

    companion object {
        private const val SCHEMA_VERSION = 1
        private const val LARGEST_SCALE = 16
        private const val LONGEST_SIDE = 32768
        private const val WAY_OUT = "Export the bundle again."

        /** What the text of a model.json says of a file; throws [Waifu4xException] when it does not, or wrongly. */
        fun read(modelJson: String, name: String): ModelFile {
            val root = Members(JsonReader.read(modelJson), "")
            root.whole("schema_version", SCHEMA_VERSION, SCHEMA_VERSION)
            val files = root.list("files").map { Members(it, "files.") }
            val file = files.find { it.text("file") == name } ?: fail("A model file is one that model.json names.", name)
            if (name.contains('/') || name.contains('\\')) fail("A model file lies beside its model.json.", name)
            val isFloat = isFloat(file.inner("input"))
            if (isFloat(file.inner("output")) != isFloat) fail("A file takes and gives the same type.", name)
            val tile = file.inner("tile")
            val overlap = tile.whole("overlap_px", file.whole("receptive_radius", 0, LONGEST_SIDE), LONGEST_SIDE)
            val side = if (tile.isNull("side_px")) 0 else tile.whole("side_px", 2 * overlap + 1, LONGEST_SIDE)
            val padding = file.text("padding")
            if (padding != "inside" && padding != "caller") fail("A file's padding is inside or caller.", padding)
            if (padding == "inside" && side > 0) fail("A file that pads inside takes any size.", "one of a fixed size")
            val scale = file.whole("scale", 1, LARGEST_SCALE)
            return ModelFile(name, file.text("sha256"), isFloat, scale, overlap, side, padding == "inside")
        }

        private fun fail(rule: String, received: String): Nothing = throw Waifu4xException(rule, received, WAY_OUT)

        private fun isFloat(tensor: Members): Boolean {
            val type = tensor.text("type")
            if (type != "uint8" && type != "float32") fail("A file takes and gives uint8 or float32.", type)
            if (tensor.text("layout") != "NHWC" || tensor.text("channels") != "RGB") {
                fail("A file takes and gives RGB in the layout NHWC.", "another")
            }
            val range = tensor.list("range")
            if (range != listOf(0.0, if (type == "uint8") 255.0 else 1.0)) fail("The range of $type is known.", "$range")
            return type == "float32"
        }
    }

    /** An object of model.json, whose members are read with a check of their kind. */
    private class Members(value: Any?, private val where: String) {
        private val members = value as? Map<*, *> ?: fail("A model.json's ${where}objects are objects.", "another kind")

        fun isNull(name: String) = member(name) == null

        fun text(name: String) = member(name) as? String ?: fail("A model.json's $where$name is a text.", "another kind")

        fun list(name: String) = member(name) as? List<*> ?: fail("A model.json's $where$name is a list.", "another kind")

        fun inner(name: String) = Members(member(name), "$name.")

        fun whole(name: String, least: Int, most: Int): Int {
            val value = member(name)
            val whole = (value as? Double)?.toInt()
            if (whole == null || whole.toDouble() != value || whole !in least..most) {
                fail("A model.json's $where$name is a whole number from $least to $most.", "$value")
            }
            return whole
        }

        private fun member(name: String): Any? {
            if (name !in members) fail("A model.json names $where$name.", "one without")
            return members[name]
        }
    }
}
