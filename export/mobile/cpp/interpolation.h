// Bicubic interpolation with Pillow's arithmetic, for pictures too thin for a network.
#ifndef WAIFU4X_INTERPOLATION_H_
#define WAIFU4X_INTERPOLATION_H_

#include <cstdint>
#include <vector>

namespace waifu4x {

// One side's enlargement: for each large pixel the small ones that it is made of, and their shares.
class Interpolation {
 public:
  // Of `count` small pixels to `count * scale`.
  Interpolation(int count, int scale);

  // The first small pixel of a large one, and how many there are.
  int first(int position) const { return taps_[position].first; }
  int count(int position) const { return taps_[position].count; }

  // One large pixel: read(index) gives the small ones. Rounded and held to 0 to 255.
  template <typename Read>
  std::uint8_t at(int position, const Read& read) const {
    const Taps& taps = taps_[position];
    std::int32_t sum = 1 << (kShareBits - 1);
    for (int index = 0; index < taps.count; ++index) sum += read(taps.first + index) * taps.shares[index];
    if (sum < 0) return 0;
    const std::int32_t level = sum >> kShareBits;
    return static_cast<std::uint8_t>(level > 255 ? 255 : level);
  }

 private:
  // Pillow's: 32 bits less 8 of a pixel, less 2 for what bicubic interpolation overshoots.
  static constexpr int kShareBits = 22;
  struct Taps {
    int first;
    int count;
    std::int32_t shares[5];
  };
  std::vector<Taps> taps_;
};

}  // namespace waifu4x

#endif  // WAIFU4X_INTERPOLATION_H_
