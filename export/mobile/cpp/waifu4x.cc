// ../kotlin/Waifu4x.kt and ../swift/Waifu4x.swift have the same functions in the same order; those of the tiling
// agree line for line.
#include "waifu4x.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "error.h"

namespace waifu4x {
namespace {

// The tiling ----------------------------------------------------------------------------------------------------

// The core's edge along one side: as few cores as `largest` allows, all of one size.
int coreEdge(int side, int largest) {
  if (largest == 0 || side <= largest) return side;
  const int count = (side + largest - 1) / largest;
  return (side + count - 1) / count;
}

// Where cores begin along one side; the last one ends with the side, so every tile has one shape.
std::vector<int> coreStarts(int side, int core) {
  std::vector<int> starts;
  for (int start = 0; start < side - core; start += core) starts.push_back(start);
  starts.push_back(std::max(0, side - core));
  return starts;
}

// A core with its overlap on every side; outside the picture the nearest pixel of its edge.
Bytes cutTile(const Bytes& rgb, int width, int height, int left, int top, int tileWidth, int tileHeight, int overlap) {
  Bytes tile(3 * tileWidth * tileHeight);
  for (int y = 0; y < tileHeight; ++y) {
    const int fromY = std::min(std::max(top + y - overlap, 0), height - 1);
    for (int x = 0; x < tileWidth; ++x) {
      const int fromX = std::min(std::max(left + x - overlap, 0), width - 1);
      for (int channel = 0; channel < 3; ++channel) {
        tile[3 * (y * tileWidth + x) + channel] = rgb[3 * (fromY * width + fromX) + channel];
      }
    }
  }
  return tile;
}

// An answer without its border, laid into the large picture; all measures are large pixels.
void placeCore(const Bytes& answer, int tileWidth, int border, Bytes& large, int width, int height, int left, int top,
               int coreWidth, int coreHeight) {
  const int rows = std::min(coreHeight, height - top);
  const int columns = std::min(coreWidth, width - left);
  for (int y = 0; y < rows; ++y) {
    const int from = 3 * ((y + border) * tileWidth + border);
    const int to = 3 * ((y + top) * width + left);
    for (int index = 0; index < 3 * columns; ++index) {
      large[to + index] = answer[from + index];
    }
  }
}

// Grey ----------------------------------------------------------------------------------------------------------

bool isGrey(const Bytes& rgb) {
  for (std::size_t index = 0; index < rgb.size(); index += 3) {
    if (rgb[index] != rgb[index + 1] || rgb[index] != rgb[index + 2]) return false;
  }
  return true;
}

// Every channel becomes the rounded mean of the three.
void makeGrey(Bytes& rgb) {
  for (std::size_t index = 0; index < rgb.size(); index += 3) {
    const int mean = (rgb[index] + rgb[index + 1] + rgb[index + 2] + 1) / 3;
    for (int channel = 0; channel < 3; ++channel) rgb[index + channel] = static_cast<std::uint8_t>(mean);
  }
}

// Alpha ---------------------------------------------------------------------------------------------------------

// Visible pixels count where a block of this edge, or one beside it, has a transparent pixel.
constexpr int kBlockEdge = 8;
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

// Means of colours by weight, and the sums of their weights, at most 1: of each square of `step` pixels, with `margin`
// pixels more on every side. Outside the level nothing is known.
Level averaged(const Level& fine, int step, int margin) {
  const int width = (fine.width + step - 1) / step;
  const int height = (fine.height + step - 1) / step;
  Level coarse{width, height, std::vector<float>(3 * width * height), std::vector<float>(width * height)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int left = std::max(step * x - margin, 0);
      const int right = std::min(step * x + step + margin, fine.width);
      const int top = std::max(step * y - margin, 0);
      const int bottom = std::min(step * y + step + margin, fine.height);
      float sums[4] = {0, 0, 0, 0};
      // Each column's pixels first, then the columns: sums of floats depend on their order.
      for (int column = left; column < right; ++column) {
        float columnSums[4] = {0, 0, 0, 0};
        for (int row = top; row < bottom; ++row) {
          const int pixel = row * fine.width + column;
          const float weight = fine.weight[pixel];
          for (int channel = 0; channel < 3; ++channel) {
            columnSums[channel] += fine.colour[3 * pixel + channel] * weight;
          }
          columnSums[3] += weight;
        }
        for (int index = 0; index < 4; ++index) sums[index] += columnSums[index];
      }
      const int pixel = y * width + x;
      for (int channel = 0; channel < 3; ++channel) {
        coarse.colour[3 * pixel + channel] = sums[channel] / std::max(sums[3], 1e-12f);
      }
      coarse.weight[pixel] = std::min(sums[3], 1.0f);
    }
  }
  return coarse;
}

// One value of the enlargement by two, between pixel centres: three quarters of the nearest, a quarter of the one
// beyond. `position` is the large pixel, `count` the small ones, `stride` the step from one to the next.
float between(const std::vector<float>& values, int offset, int position, int count, int stride) {
  const int near = position / 2;
  const int beyond = std::min(std::max(near + (position % 2 == 1 ? 1 : -1), 0), count - 1);
  return 0.75f * values[offset + near * stride] + 0.25f * values[offset + beyond * stride];
}

// The bilinear enlargement of a level's colours by two, cut to width x height: rows first, then columns.
std::vector<float> doubled(const Level& coarse, int width, int height) {
  std::vector<float> row(3 * coarse.width);
  std::vector<float> result(3 * width * height);
  for (int y = 0; y < height; ++y) {
    for (int index = 0; index < 3 * coarse.width; ++index) {
      row[index] = between(coarse.colour, index, y, coarse.height, 3 * coarse.width);
    }
    for (int index = 0; index < 3 * width; ++index) {
      result[3 * width * y + index] = between(row, index % 3, index / 3, coarse.width, 3);
    }
  }
  return result;
}

// Puts a level's colours over others, by their weights.
void overlay(const Level& level, std::vector<float>& colours) {
  for (std::size_t index = 0; index < colours.size(); ++index) {
    colours[index] += (level.colour[index] - colours[index]) * level.weight[index / 3];
  }
}

// The level's colours, spread ring by ring; beyond the rings 0.
std::vector<float> spread(Level level) {
  for (int ring = 0; ring < kRings; ++ring) {
    Level wider = averaged(level, 1, 1);
    overlay(level, wider.colour);
    level = wider;
  }
  return level.colour;
}

// The level's colours, where unknown those of the coarser levels.
std::vector<float> filled(const Level& level, int coarserLevels) {
  const bool known = std::all_of(level.weight.begin(), level.weight.end(), [](float weight) { return weight >= 1; });
  if (known || level.weight.size() == 1) return level.colour;
  if (coarserLevels == 0) return spread(level);
  Level coarse = averaged(level, 2, 0);
  coarse.colour = filled(coarse, coarserLevels - 1);
  std::vector<float> colours = doubled(coarse, level.width, level.height);
  overlay(level, colours);
  return colours;
}

// How much each pixel's colour counts, 0 to 1: by its alpha near transparent pixels, else not at all.
std::vector<float> weights(const Bytes& alpha, int width, int height) {
  const int columns = (width + kBlockEdge - 1) / kBlockEdge;
  const int rows = (height + kBlockEdge - 1) / kBlockEdge;
  Bytes counts(rows * columns);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (alpha[y * width + x] != 0) continue;
      const int blockY = y / kBlockEdge;
      const int blockX = x / kBlockEdge;
      for (int row = std::max(blockY - 1, 0); row <= std::min(blockY + 1, rows - 1); ++row) {
        for (int column = std::max(blockX - 1, 0); column <= std::min(blockX + 1, columns - 1); ++column) {
          counts[row * columns + column] = 1;
        }
      }
    }
  }
  std::vector<float> result(width * height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (counts[y / kBlockEdge * columns + x / kBlockEdge] == 0) continue;
      result[y * width + x] = alpha[y * width + x] / 255.0f;
    }
  }
  return result;
}

// The colours with those under fully transparent pixels filled from visible ones near them: a network sees them.
Bytes bleed(const Picture& picture) {
  const auto hidden = std::count(picture.alpha.begin(), picture.alpha.end(), 0);
  if (hidden == 0 || hidden == static_cast<std::ptrdiff_t>(picture.alpha.size())) return picture.rgb;
  const Level level{picture.width, picture.height, {picture.rgb.begin(), picture.rgb.end()},
                    weights(picture.alpha, picture.width, picture.height)};
  Level coarse = averaged(level, 2, 0);
  coarse.colour = filled(coarse, kLevels - 1);
  const std::vector<float> colours = doubled(coarse, picture.width, picture.height);
  Bytes rgb = picture.rgb;
  for (std::size_t index = 0; index < rgb.size(); ++index) {
    if (picture.alpha[index / 3] == 0) rgb[index] = static_cast<std::uint8_t>(std::nearbyint(colours[index]));
  }
  return rgb;
}

}  // namespace

// uint8 (height, width, 3) to (height * scale, width * scale, 3), tile by tile.
Bytes Upscaler::enlarge(const Bytes& rgb, int width, int height, bool grey) {
  const int scale = network_.file().scale;
  const int overlap = network_.file().overlap;
  const int edge = network_.file().edge;
  const int coreWidth = edge > 0 ? edge - 2 * overlap : coreEdge(width, core_);
  const int coreHeight = edge > 0 ? edge - 2 * overlap : coreEdge(height, core_);
  const int tileWidth = coreWidth + 2 * overlap;
  const int tileHeight = coreHeight + 2 * overlap;
  Bytes large(3 * width * scale * height * scale);
  for (int top : coreStarts(height, coreHeight)) {
    for (int left : coreStarts(width, coreWidth)) {
      const Bytes tile = cutTile(rgb, width, height, left, top, tileWidth, tileHeight, overlap);
      Bytes answer = network_.run(tile, tileWidth, tileHeight);
      if (grey) makeGrey(answer);
      placeCore(answer, tileWidth * scale, overlap * scale, large, width * scale, height * scale, left * scale,
                top * scale, coreWidth * scale, coreHeight * scale);
    }
  }
  return large;
}

// Alpha goes through the network as a grey picture. Each answered pixel is held between the least and the greatest
// of the 3 x 3 small pixels around it, so that what is transparent or opaque stays so and no edge rings.
Bytes Upscaler::enlargeAlpha(const Bytes& alpha, int width, int height) {
  const int scale = network_.file().scale;
  const auto [least, greatest] = std::minmax_element(alpha.begin(), alpha.end());
  if (*least == *greatest) return Bytes(width * scale * height * scale, alpha[0]);
  Bytes grey(3 * alpha.size());
  for (std::size_t index = 0; index < grey.size(); ++index) grey[index] = alpha[index / 3];
  const Bytes enlarged = enlarge(grey, width, height, true);
  const bool binary = std::all_of(alpha.begin(), alpha.end(), [](int value) { return value == 0 || value == 255; });
  Bytes large(width * scale * height * scale);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      int low = 255;
      int high = 0;
      for (int row = std::max(y - 1, 0); row <= std::min(y + 1, height - 1); ++row) {
        for (int column = std::max(x - 1, 0); column <= std::min(x + 1, width - 1); ++column) {
          low = std::min<int>(low, alpha[row * width + column]);
          high = std::max<int>(high, alpha[row * width + column]);
        }
      }
      for (int row = y * scale; row < (y + 1) * scale; ++row) {
        for (int column = x * scale; column < (x + 1) * scale; ++column) {
          const int pixel = row * width * scale + column;
          int value = enlarged[3 * pixel];
          if (binary) value = value >= 128 ? 255 : 0;
          large[pixel] = static_cast<std::uint8_t>(std::min(std::max(value, low), high));
        }
      }
    }
  }
  return large;
}

Picture Upscaler::upscale(const Picture& picture) {
  const int width = picture.width;
  const int height = picture.height;
  const int scale = network_.file().scale;
  // Indices are ints: neither the result nor a tile's answer may be larger.
  const double margin = std::max(network_.file().edge, 2 * network_.file().overlap);
  const double bytes = 3.0 * (width + margin) * scale * (height + margin) * scale;
  if (width < 1 || height < 1 || bytes > INT32_MAX) {
    throw Error("A picture has pixels, enlarged at most 2 GiB.",
                std::to_string(width) + " x " + std::to_string(height), "Cut it up.");
  }
  const std::size_t pixels = static_cast<std::size_t>(width) * height;
  if (picture.rgb.size() != 3 * pixels || (!picture.alpha.empty() && picture.alpha.size() != pixels)) {
    throw Error("A picture has 3 bytes a pixel, and 1 of alpha or none.",
                std::to_string(picture.rgb.size()) + " and " + std::to_string(picture.alpha.size()) + " for " +
                    std::to_string(pixels),
                "Give unpadded rows.");
  }
  Picture large{width * scale, height * scale, {}, {}};
  const bool grey = isGrey(picture.rgb);
  if (picture.alpha.empty()) {
    large.rgb = enlarge(picture.rgb, width, height, grey);
  } else {
    large.rgb = enlarge(bleed(picture), width, height, grey);
    large.alpha = enlargeAlpha(picture.alpha, width, height);
  }
  return large;
}

}  // namespace waifu4x
