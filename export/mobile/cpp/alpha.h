// Alpha: the colours under transparency, and what an enlarged alpha channel may hold. As waifu4x_tf/imaging/alpha.py,
// rounding where NumPy does.
#ifndef WAIFU4X_ALPHA_H_
#define WAIFU4X_ALPHA_H_

#include <cstdint>
#include <vector>

#include "picture_view.h"

namespace waifu4x {

// What all of a picture's alpha has in common.
struct AlphaRange {
  std::uint8_t least;
  std::uint8_t greatest;
  // Only 0 and 255 come.
  bool isBinary;
};

AlphaRange alphaRange(const PictureView& picture);

// The colours of fully transparent pixels, filled smoothly from visible ones near them: a network sees them.
class FilledColours {
 public:
  // With nothing to fill.
  FilledColours() = default;
  explicit FilledColours(const PictureView& picture);

  // Whether there is nothing to fill, or nothing to fill it from.
  bool isEmpty() const { return colour_.empty(); }
  std::uint8_t at(int x, int y, int channel) const;

 private:
  // Of half the picture's size: (height, width, 3).
  int width_ = 0;
  int height_ = 0;
  std::vector<float> colour_;
};

// The least and the greatest alpha of the 3 x 3 pixels around one.
struct Limits {
  std::uint8_t least;
  std::uint8_t greatest;
};

Limits limitsAround(const PictureView& picture, int x, int y);

}  // namespace waifu4x

#endif  // WAIFU4X_ALPHA_H_
