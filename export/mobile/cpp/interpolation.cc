#include "interpolation.h"

#include <algorithm>
#include <cmath>

namespace waifu4x {
namespace {

constexpr double kReach = 2;

// Keys' cubic convolution with a = -0.5.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::fabs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

}  // namespace

Interpolation::Interpolation(int count, int scale) : taps_(static_cast<std::size_t>(count) * scale) {
  for (std::size_t position = 0; position < taps_.size(); ++position) {
    const double centre = (position + 0.5) / scale;
    Taps& taps = taps_[position];
    taps.first = std::max(0, static_cast<int>(centre - kReach + 0.5));
    taps.count = std::min(count, static_cast<int>(centre + kReach + 0.5)) - taps.first;
    double shares[5], sum = 0;
    for (int index = 0; index < taps.count; ++index) {
      shares[index] = cubic(index + taps.first - centre + 0.5);
      sum += shares[index];
    }
    for (int index = 0; index < taps.count; ++index) {
      const double share = shares[index] / sum * (1 << kShareBits);
      taps.shares[index] = static_cast<std::int32_t>(share < 0 ? share - 0.5 : share + 0.5);
    }
  }
}

}  // namespace waifu4x
