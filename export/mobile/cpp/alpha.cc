#include "alpha.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace waifu4x {
namespace {

// Visible pixels count where a block of this side, or one beside it, has a transparent pixel.
constexpr int kBlockSide = 8;
// Colours are averaged so many times 2 x 2, and spread from there over so many pixels of that level.
constexpr int kLevels = 4;
constexpr int kRings = 3;

// One level of the pyramid that fills colours under transparency.
struct Level {
  int width;
  int height;
  // (height, width, 3), 0 to 255, and (height, width), 0 to 1: how much of the colour is known.
  std::vector<float> colour;
  std::vector<float> weight;
};

// A colour times its weight, and the weight.
struct Weighted {
  float values[4];
};

// Means of colours by weight, and the sums of their weights, at most 1: of each square of `step` pixels, with `margin`
// pixels more on every side. Outside the level nothing is known. read(x, y) gives a Weighted.
template <typename Read>
Level averaged(int fineWidth, int fineHeight, int step, int margin, const Read& read) {
  const int width = (fineWidth + step - 1) / step, height = (fineHeight + step - 1) / step;
  const std::size_t pixels = static_cast<std::size_t>(width) * height;
  Level coarse{width, height, std::vector<float>(3 * pixels), std::vector<float>(pixels)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int left = std::max(step * x - margin, 0), right = std::min(step * x + step + margin, fineWidth);
      const int top = std::max(step * y - margin, 0), bottom = std::min(step * y + step + margin, fineHeight);
      float sums[4] = {0, 0, 0, 0};
      // Each column's pixels first, then the columns: sums of floats depend on their order.
      for (int column = left; column < right; ++column) {
        float columnSums[4] = {0, 0, 0, 0};
        for (int row = top; row < bottom; ++row) {
          const Weighted pixel = read(column, row);
          for (int index = 0; index < 4; ++index) columnSums[index] += pixel.values[index];
        }
        for (int index = 0; index < 4; ++index) sums[index] += columnSums[index];
      }
      const std::size_t pixel = static_cast<std::size_t>(y) * width + x;
      for (int channel = 0; channel < 3; ++channel) {
        coarse.colour[3 * pixel + channel] = sums[channel] / std::max(sums[3], 1e-12f);
      }
      coarse.weight[pixel] = std::min(sums[3], 1.0f);
    }
  }
  return coarse;
}

Level averaged(const Level& fine, int step, int margin) {
  return averaged(fine.width, fine.height, step, margin, [&](int x, int y) {
    const std::size_t pixel = static_cast<std::size_t>(y) * fine.width + x;
    const float weight = fine.weight[pixel];
    const float* colour = &fine.colour[3 * pixel];
    return Weighted{{colour[0] * weight, colour[1] * weight, colour[2] * weight, weight}};
  });
}

// The neighbour beyond the nearest one, of an enlargement by two between pixel centres.
int beyond(int position, int count) {
  return std::min(std::max(position / 2 + (position % 2 == 1 ? 1 : -1), 0), count - 1);
}

// Three quarters of the nearest, a quarter of the one beyond.
float between(float near, float beyond) { return 0.75f * near + 0.25f * beyond; }

// One value of the bilinear enlargement of (height, width, 3) by two: rows first, then columns.
float doubledAt(const std::vector<float>& colour, int width, int height, int x, int y, int channel) {
  const float* near = &colour[std::size_t{3} * width * (y / 2)];
  const float* far = &colour[std::size_t{3} * width * beyond(y, height)];
  const std::size_t left = std::size_t{3} * (x / 2) + channel;
  const std::size_t right = std::size_t{3} * beyond(x, width) + channel;
  return between(between(near[left], far[left]), between(near[right], far[right]));
}

// What is known, by its weight, over what was guessed.
float over(float guess, float known, float weight) { return guess + (known - guess) * weight; }

// The level's colours, spread ring by ring; beyond the rings 0.
Level spread(Level level) {
  for (int ring = 0; ring < kRings; ++ring) {
    Level wider = averaged(level, 1, 1);
    for (std::size_t index = 0; index < wider.colour.size(); ++index) {
      wider.colour[index] = over(wider.colour[index], level.colour[index], level.weight[index / 3]);
    }
    level = std::move(wider);
  }
  return level;
}

// The level with every pixel coloured: where unknown from the coarser levels.
Level filled(Level level, int coarserLevels) {
  const bool known = std::all_of(level.weight.begin(), level.weight.end(), [](float weight) { return weight >= 1; });
  if (known || level.weight.size() == 1) return level;
  if (coarserLevels == 0) return spread(std::move(level));
  const Level coarse = filled(averaged(level, 2, 0), coarserLevels - 1);
  for (int y = 0; y < level.height; ++y) {
    for (int x = 0; x < level.width; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y) * level.width + x;
      for (int channel = 0; channel < 3; ++channel) {
        float& colour = level.colour[3 * pixel + channel];
        const float guess = doubledAt(coarse.colour, coarse.width, coarse.height, x, y, channel);
        colour = over(guess, colour, level.weight[pixel]);
      }
    }
  }
  return level;
}

// Blocks with a transparent pixel in them or in a block beside them: 1, others 0.
std::vector<std::uint8_t> blocksNearHidden(const PictureView& picture, int columns, int rows) {
  std::vector<std::uint8_t> near(static_cast<std::size_t>(columns) * rows);
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      if (picture.alpha(x, y) != 0) continue;
      const int blockX = x / kBlockSide, blockY = y / kBlockSide;
      for (int row = std::max(blockY - 1, 0); row <= std::min(blockY + 1, rows - 1); ++row) {
        for (int column = std::max(blockX - 1, 0); column <= std::min(blockX + 1, columns - 1); ++column) {
          near[static_cast<std::size_t>(row) * columns + column] = 1;
        }
      }
    }
  }
  return near;
}

}  // namespace

AlphaRange alphaRange(const PictureView& picture) {
  AlphaRange range{255, 0, true};
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      const std::uint8_t value = picture.alpha(x, y);
      range.least = std::min(range.least, value);
      range.greatest = std::max(range.greatest, value);
      range.isBinary = range.isBinary && (value == 0 || value == 255);
    }
  }
  return range;
}

FilledColours::FilledColours(const PictureView& picture) {
  const AlphaRange range = alphaRange(picture);
  if (range.least > 0 || range.greatest == 0) return;
  const int columns = (picture.width() + kBlockSide - 1) / kBlockSide;
  const int rows = (picture.height() + kBlockSide - 1) / kBlockSide;
  const std::vector<std::uint8_t> near = blocksNearHidden(picture, columns, rows);
  const auto read = [&](int x, int y) {
    const bool counts = near[static_cast<std::size_t>(y / kBlockSide) * columns + x / kBlockSide] != 0;
    const float weight = counts ? picture.alpha(x, y) / 255.0f : 0.0f;
    Weighted pixel{{0, 0, 0, weight}};
    for (int channel = 0; channel < 3; ++channel) pixel.values[channel] = picture.colour(x, y, channel) * weight;
    return pixel;
  };
  Level level = filled(averaged(picture.width(), picture.height(), 2, 0, read), kLevels - 1);
  width_ = level.width;
  height_ = level.height;
  colour_ = std::move(level.colour);
}

std::uint8_t FilledColours::at(int x, int y, int channel) const {
  return static_cast<std::uint8_t>(std::nearbyint(doubledAt(colour_, width_, height_, x, y, channel)));
}

Limits limitsAround(const PictureView& picture, int x, int y) {
  Limits limits{255, 0};
  for (int row = std::max(y - 1, 0); row <= std::min(y + 1, picture.height() - 1); ++row) {
    for (int column = std::max(x - 1, 0); column <= std::min(x + 1, picture.width() - 1); ++column) {
      limits.least = std::min(limits.least, picture.alpha(column, row));
      limits.greatest = std::max(limits.greatest, picture.alpha(column, row));
    }
  }
  return limits;
}

}  // namespace waifu4x
