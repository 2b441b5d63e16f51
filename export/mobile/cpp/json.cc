#include "json.h"

#include <cctype>
#include <cstdlib>

#include "error.h"

namespace waifu4x {
namespace {

// Nested deeper than this, a file is no model.json, and the parser's own stack is in danger.
constexpr int kDeepest = 64;

class Parser {
 public:
  Parser(const std::string& content, const std::string& source) : content_(content), source_(source) {}

  Json document() {
    const Json value = parseValue(0);
    skipSpace();
    if (position_ != content_.size()) fail("something after the end");
    return value;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(WAIFU4X_WRONG_DESCRIPTION, "A model.json is one JSON value.",
                source_ + " with " + what + " at byte " + std::to_string(position_), "Export it again.");
  }

  char peek() const { return position_ < content_.size() ? content_[position_] : '\0'; }

  void skipSpace() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++position_;
  }

  bool take(const std::string& expected) {
    if (content_.compare(position_, expected.size(), expected) != 0) return false;
    position_ += expected.size();
    return true;
  }

  void expect(const std::string& expected) {
    skipSpace();
    if (!take(expected)) fail("no " + expected);
  }

  Json parseValue(int depth) {
    if (depth > kDeepest) fail("too many levels");
    skipSpace();
    Json value;
    if (peek() == '{') {
      value.kind = Json::Kind::object;
      parseMembers(value, depth);
    } else if (peek() == '[') {
      value.kind = Json::Kind::list;
      parseItems(value, depth);
    } else if (peek() == '"') {
      value.kind = Json::Kind::text;
      value.text = parseText();
    } else if (peek() == 't' || peek() == 'f') {
      value.kind = Json::Kind::boolean;
      value.boolean = take("true");
      if (!value.boolean) expect("false");
    } else if (!take("null")) {
      value.kind = Json::Kind::number;
      value.number = parseNumber();
    }
    return value;
  }

  void parseMembers(Json& object, int depth) {
    expect("{");
    skipSpace();
    if (take("}")) return;
    do {
      skipSpace();
      const std::string name = parseText();
      if (object.find(name) != nullptr) fail("\"" + name + "\" twice");
      expect(":");
      object.members.emplace_back(name, parseValue(depth + 1));
      skipSpace();
    } while (take(","));
    expect("}");
  }

  void parseItems(Json& list, int depth) {
    expect("[");
    skipSpace();
    if (take("]")) return;
    do {
      list.items.push_back(parseValue(depth + 1));
      skipSpace();
    } while (take(","));
    expect("]");
  }

  double parseNumber() {
    const std::size_t start = position_;
    take("-");
    if (!take("0")) takeDigits();
    if (take(".")) takeDigits();
    if (peek() == 'e' || peek() == 'E') {
      ++position_;
      if (!take("+")) take("-");
      takeDigits();
    }
    return std::strtod(content_.substr(start, position_ - start).c_str(), nullptr);
  }

  void takeDigits() {
    if (peek() < '0' || peek() > '9') fail("no value");
    while (peek() >= '0' && peek() <= '9') ++position_;
  }

  std::string parseText() {
    if (!take("\"")) fail("no text");
    std::string text;
    while (!take("\"")) {
      const unsigned char next = static_cast<unsigned char>(peek());
      if (next < 0x20) fail("a text without an end");
      ++position_;
      if (next == '\\') {
        parseEscape(text);
      } else {
        text += static_cast<char>(next);
      }
    }
    return text;
  }

  void parseEscape(std::string& text) {
    const std::string letters = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    const std::size_t index = letters.find(peek());
    if (index != std::string::npos) {
      ++position_;
      text += meanings[index];
      return;
    }
    unsigned code = parseUnit();
    if (code >= 0xD800 && code < 0xDC00) {
      expect("\\");
      const unsigned low = parseUnit();
      if (low < 0xDC00 || low > 0xDFFF) fail("half a character");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000) {
      fail("half a character");
    }
    appendUtf8(text, code);
  }

  unsigned parseUnit() {
    if (!take("u")) fail("an unknown escape");
    unsigned code = 0;
    for (int digit = 0; digit < 4; ++digit) {
      const char letter = peek();
      if (!std::isxdigit(static_cast<unsigned char>(letter))) fail("an unknown escape");
      const int value = letter <= '9' ? letter - '0' : (letter | 0x20) - 'a' + 10;
      code = 16 * code + static_cast<unsigned>(value);
      ++position_;
    }
    return code;
  }

  static void appendUtf8(std::string& text, unsigned code) {
    if (code < 0x80) {
      text += static_cast<char>(code);
      return;
    }
    const int following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    const unsigned leads[] = {0, 0xC0, 0xE0, 0xF0};
    text += static_cast<char>(leads[following] | (code >> (6 * following)));
    for (int index = following - 1; index >= 0; --index) {
      text += static_cast<char>(0x80 | ((code >> (6 * index)) & 0x3F));
    }
  }

  const std::string& content_;
  const std::string& source_;
  std::size_t position_ = 0;
};

}  // namespace

const Json* Json::find(const std::string& name) const {
  for (const auto& member : members) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

Json parseJson(const std::string& content, const std::string& source) {
  return Parser(content, source).document();
}

}  // namespace waifu4x
