// A small, strict JSON reader (RFC 8259): enough for model.json, without a library.
#ifndef WAIFU4X_JSON_H_
#define WAIFU4X_JSON_H_

#include <string>
#include <utility>
#include <vector>

namespace waifu4x {

// One value. Only the field of its kind means anything.
struct Json {
  enum class Kind { null, boolean, number, text, list, object };

  Kind kind = Kind::null;
  bool boolean = false;
  double number = 0;
  std::string text;
  std::vector<Json> items;
  std::vector<std::pair<std::string, Json>> members;

  // The member of that name, or nullptr when there is none or this is no object.
  const Json* find(const std::string& name) const;
};

// `content` is one value in UTF-8; throws Error, with `source` in its message, when it is not.
Json parseJson(const std::string& content, const std::string& source);

}  // namespace waifu4x

#endif  // WAIFU4X_JSON_H_
