// What went wrong: a status for programs, and for a person the rule, what came, and the way out.
#ifndef WAIFU4X_ERROR_H_
#define WAIFU4X_ERROR_H_

#include <cstddef>
#include <stdexcept>
#include <string>

#include "waifu4x.h"

namespace waifu4x {

// A text from a file as a message can show it: printable UTF-8 of at most 200 bytes, everything else as "?".
inline std::string shown(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    if (result.size() > 200) return result + "...";
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    bool isWhole = length > 0 && at + length <= text.size() && lead >= 0x20 && lead != 0x7F;
    for (std::size_t next = 1; isWhole && next < length; ++next) isWhole = (text[at + next] & 0xC0) == 0x80;
    result += isWhole ? text.substr(at, length) : "?";
    at += isWhole ? length : 1;
  }
  return result;
}

class Error : public std::runtime_error {
 public:
  Error(waifu4x_status status, const std::string& rule, const std::string& received, const std::string& way_out)
      : std::runtime_error(rule + " Received: " + shown(received) + ". " + way_out), status_(status) {}

  waifu4x_status status() const { return status_; }

 private:
  waifu4x_status status_;
};

}  // namespace waifu4x

#endif  // WAIFU4X_ERROR_H_
