package waifu4x

/** Reads one JSON value (RFC 8259): Map, List, String, Double, Boolean or null. Enough for model.json. */
internal class JsonReader private constructor(private val text: String) {
    private var position = 0

    private fun fail(what: String): Nothing =
        throw Waifu4xException("A model.json is one JSON value.", "$what at character $position", "Export it again.")

    private fun peek(): Char = if (position < text.length) text[position] else '\u0000'

    private fun skipSpace() {
        while (peek() in " \t\n\r") position++
    }

    private fun take(expected: String): Boolean {
        if (!text.startsWith(expected, position)) return false
        position += expected.length
        return true
    }

    private fun expect(expected: String) {
        skipSpace()
        if (!take(expected)) fail("no $expected")
    }

    private fun value(depth: Int): Any? {
        if (depth > DEEPEST) fail("too many levels")
        skipSpace()
        return when {
            take("{") -> members(depth)
            take("[") -> items(depth)
            take("\"") -> string()
            take("true") -> true
            take("false") -> false
            take("null") -> null
            else -> number()
        }
    }

    private fun members(depth: Int): Map<String, Any?> {
        val members = LinkedHashMap<String, Any?>()
        skipSpace()
        if (take("}")) return members
        do {
            expect("\"")
            val name = string()
            if (name in members) fail("\"$name\" twice")
            expect(":")
            members[name] = value(depth + 1)
            skipSpace()
        } while (take(","))
        expect("}")
        return members
    }

    private fun items(depth: Int): List<Any?> {
        val items = ArrayList<Any?>()
        skipSpace()
        if (take("]")) return items
        do {
            items.add(value(depth + 1))
            skipSpace()
        } while (take(","))
        expect("]")
        return items
    }

    private fun number(): Double {
        val match = NUMBER.matchAt(text, position) ?: fail("no value")
        position = match.range.last + 1
        return match.value.toDouble()
    }

    private fun string(): String {
        val result = StringBuilder()
        while (!take("\"")) {
            val next = peek()
            if (next < ' ') fail("a text without an end")
            position++
            result.append(if (next == '\\') escaped() else next)
        }
        return result.toString()
    }

    private fun escaped(): Char {
        val letter = peek()
        position++
        val index = "\"\\/bfnrt".indexOf(letter)
        if (index >= 0) return "\"\\/\b\u000c\n\r\t"[index]
        val digits = if (letter == 'u' && position + 4 <= text.length) text.substring(position, position + 4) else ""
        if (!HEXADECIMAL.matches(digits)) fail("an unknown escape")
        position += 4
        return digits.toInt(16).toChar()
    }

    companion object {
        // Nested deeper than this, a file is no model.json, and the reader's own stack is in danger.
        private const val DEEPEST = 64
        private val NUMBER = Regex("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?")
        private val HEXADECIMAL = Regex("[0-9a-fA-F]{4}")

        fun read(text: String): Any? {
            val reader = JsonReader(text)
            val value = reader.value(0)
            reader.skipSpace()
            if (reader.position != text.length) reader.fail("something after the end")
            return value
        }
    }
}
