// What went wrong: a status for programs, and for a person the rule, what came, and the way out.
#ifndef WAIFU4X_ERROR_H_
#define WAIFU4X_ERROR_H_

#include <stdexcept>
#include <string>

#include "waifu4x.h"

namespace waifu4x {

class Error : public std::runtime_error {
 public:
  Error(waifu4x_status status, const std::string& rule, const std::string& received, const std::string& way_out)
      : std::runtime_error(rule + " Received: " + received + ". " + way_out), status_(status) {}

  waifu4x_status status() const { return status_; }

 private:
  waifu4x_status status_;
};

}  // namespace waifu4x

#endif  // WAIFU4X_ERROR_H_
