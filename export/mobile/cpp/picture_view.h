// A caller's picture, looked at pixel by pixel.
#ifndef WAIFU4X_PICTURE_VIEW_H_
#define WAIFU4X_PICTURE_VIEW_H_

#include <cstddef>
#include <cstdint>

#include "waifu4x.h"

namespace waifu4x {

class PictureView {
 public:
  explicit PictureView(const waifu4x_picture& picture) : picture_(picture) {}

  int width() const { return picture_.width; }
  int height() const { return picture_.height; }
  int channels() const { return picture_.channels; }
  bool hasAlpha() const { return picture_.channels % 2 == 0; }

  const std::uint8_t* pixel(int x, int y) const {
    return picture_.pixels + y * picture_.row_bytes + static_cast<std::size_t>(x) * picture_.channels;
  }
  // Red, green or blue; grey pictures have the same value three times.
  std::uint8_t colour(int x, int y, int channel) const { return pixel(x, y)[picture_.channels < 3 ? 0 : channel]; }
  std::uint8_t alpha(int x, int y) const { return pixel(x, y)[picture_.channels - 1]; }

 private:
  waifu4x_picture picture_;
};

}  // namespace waifu4x

#endif  // WAIFU4X_PICTURE_VIEW_H_
