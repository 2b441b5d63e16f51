// What went wrong, for a person: the rule, what came, and the way out.
#ifndef WAIFU4X_ERROR_H_
#define WAIFU4X_ERROR_H_

#include <stdexcept>
#include <string>

namespace waifu4x {

class Error : public std::runtime_error {
 public:
  Error(const std::string& rule, const std::string& received, const std::string& way_out)
      : std::runtime_error(rule + " Received: " + received + ". " + way_out) {}
};

}  // namespace waifu4x

#endif  // WAIFU4X_ERROR_H_
