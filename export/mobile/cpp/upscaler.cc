#include "upscaler.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "alpha.h"
#include "error.h"
#include "interpolation.h"

namespace waifu4x {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr int kLongestSide = 1 << 20;
// LiteRT counts a tensor's values in 32 bits.
constexpr double kMostValues = 2147483647;
// Surroundings of so many pixels are nobody's concern, as in waifu4x_tf/inference/tiling.py.
constexpr std::int64_t kUncountedPixels = 1 << 17;
// Rows of a result that is interpolated are written so many small rows at a time.
constexpr int kThinRows = 64;

bool isTooThin(std::int64_t width, std::int64_t height, std::int64_t overlap) {
  const std::int64_t withSurroundings = (width + 2 * overlap) * (height + 2 * overlap);
  return withSurroundings > 2 * width * height + std::max(kUncountedPixels, 8 * overlap * overlap);
}

// The core's side: as few cores as `largest` allows, all of one size.
int coreSide(int side, int largest) {
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

bool isGrey(const PictureView& picture) {
  if (picture.channels() < 3) return true;
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < picture.width(); ++x) {
      const std::uint8_t* pixel = picture.pixel(x, y);
      if (pixel[0] != pixel[1] || pixel[0] != pixel[2]) return false;
    }
  }
  return true;
}

std::uint8_t mean(const std::uint8_t* rgb) { return static_cast<std::uint8_t>((rgb[0] + rgb[1] + rgb[2] + 1) / 3); }

class Run {
 public:
  Run(Network& network, const PictureView& picture, int core, const waifu4x_callbacks& callbacks)
      : network_(network),
        picture_(picture),
        callbacks_(callbacks),
        scale_(network.file().scale),
        cut_(cutPicture(network.file(), picture.width(), picture.height(), core)),
        isGrey_(waifu4x::isGrey(picture)),
        filled_(picture.hasAlpha() ? FilledColours(picture) : FilledColours()) {
    if (picture.hasAlpha()) range_ = alphaRange(picture);
    runsAlpha_ = picture.hasAlpha() && range_.least != range_.greatest;
    total_ = cut_.isTooThin ? picture.height() : cut_.tiles() * (runsAlpha_ ? 2 : 1);
  }

  void all() {
    if (cut_.isTooThin) {
      interpolateAll();
      return;
    }
    for (std::size_t index = 0; index < cut_.tops.size(); ++index) {
      const int top = cut_.tops[index];
      const int rows = std::min(cut_.coreHeight, picture_.height() - top);
      // The next band begins within this one when it is the last.
      const int end = index + 1 < cut_.tops.size() ? cut_.tops[index + 1] : top + rows;
      beginBand(top, rows);
      for (const int left : cut_.lefts) {
        runTile(left, top, false);
        if (runsAlpha_) runTile(left, top, true);
      }
      write(top, end - top);
    }
  }

 private:
  void beginBand(int top, int rows) {
    bandTop_ = top;
    bandRows_ = rows;
    const std::size_t rowBytes = static_cast<std::size_t>(picture_.width()) * scale_ * picture_.channels();
    band_.resize(rowBytes * rows * scale_);
    if (!picture_.hasAlpha() || runsAlpha_) return;
    for (std::size_t at = picture_.channels() - 1; at < band_.size(); at += picture_.channels()) band_[at] = range_.least;
  }

  std::uint8_t* bandPixel(int x, int y) {
    const std::size_t width = static_cast<std::size_t>(picture_.width()) * scale_;
    return &band_[(static_cast<std::size_t>(y) * width + x) * picture_.channels()];
  }

  std::uint8_t colourAt(int x, int y, int channel) const {
    const bool isFilled = !filled_.isEmpty() && picture_.alpha(x, y) == 0;
    return isFilled ? filled_.at(x, y, channel) : picture_.colour(x, y, channel);
  }

  void runTile(int left, int top, bool ofAlpha) {
    stopIfAsked();
    const int width = cut_.coreWidth + 2 * cut_.surround, height = cut_.coreHeight + 2 * cut_.surround;
    tile_.resize(std::size_t{3} * width * height);
    std::uint8_t* next = tile_.data();
    for (int y = 0; y < height; ++y) {
      const int fromY = std::min(std::max(top + y - cut_.surround, 0), picture_.height() - 1);
      for (int x = 0; x < width; ++x) {
        const int fromX = std::min(std::max(left + x - cut_.surround, 0), picture_.width() - 1);
        for (int channel = 0; channel < 3; ++channel) {
          *next++ = ofAlpha ? picture_.alpha(fromX, fromY) : colourAt(fromX, fromY, channel);
        }
      }
    }
    network_.run(tile_, width, height, output_);
    const int rows = bandRows_ * scale_;
    const int columns = std::min(cut_.coreWidth, picture_.width() - left) * scale_;
    const std::size_t border = static_cast<std::size_t>(cut_.surround) * scale_;
    for (int y = 0; y < rows; ++y) {
      const std::uint8_t* from = &output_[3 * ((y + border) * width * scale_ + border)];
      for (int x = 0; x < columns; ++x, from += 3) place(from, left * scale_ + x, y, ofAlpha);
    }
    step();
  }

  // One pixel of a network's output into the band.
  void place(const std::uint8_t* rgb, int x, int y, bool ofAlpha) {
    std::uint8_t* pixel = bandPixel(x, y);
    if (ofAlpha) {
      placeAlpha(mean(rgb), x, y);
    } else if (isGrey_) {
      std::fill_n(pixel, picture_.channels() < 3 ? 1 : 3, mean(rgb));
    } else {
      std::copy_n(rgb, 3, pixel);
    }
  }

  // Held between the least and the greatest of the 3 x 3 small pixels around it, so that what is transparent or opaque
  // stays so and no outline rings.
  void placeAlpha(std::uint8_t value, int x, int y) {
    if (range_.isBinary) value = value >= 128 ? 255 : 0;
    const Limits limits = limitsAround(picture_, x / scale_, bandTop_ + y / scale_);
    bandPixel(x, y)[picture_.channels() - 1] = std::min(std::max(value, limits.least), limits.greatest);
  }

  void write(int top, int rows) {
    stopIfAsked();
    if (callbacks_.write_rows(callbacks_.user, top * scale_, rows * scale_, band_.data()) != 0) stop();
  }

  void step(std::int64_t count = 1) {
    done_ += count;
    if (callbacks_.progress != nullptr) callbacks_.progress(callbacks_.user, done_, total_);
  }

  void stopIfAsked() const {
    if (callbacks_.is_cancelled != nullptr && callbacks_.is_cancelled(callbacks_.user) != 0) stop();
  }

  [[noreturn]] static void stop() {
    throw Error(WAIFU4X_CANCELLED, "A run goes on until its caller stops it.", "a callback that did", "Start it again.");
  }

  // A picture too thin for a network, rows first, then columns, as Pillow does it.
  void interpolateAll() {
    const Interpolation across(picture_.width(), scale_), down(picture_.height(), scale_);
    for (int top = 0; top < picture_.height(); top += kThinRows) {
      const int rows = std::min(kThinRows, picture_.height() - top);
      stopIfAsked();
      beginBand(top, rows);
      interpolateBand(across, down, false);
      if (runsAlpha_) interpolateBand(across, down, true);
      write(top, rows);
      step(rows);
    }
  }

  void interpolateBand(const Interpolation& across, const Interpolation& down, bool ofAlpha) {
    const int first = down.first(bandTop_ * scale_), last = (bandTop_ + bandRows_) * scale_ - 1;
    const int rows = down.first(last) + down.count(last) - first, width = picture_.width() * scale_;
    Bytes wide(std::size_t{3} * width * rows);
    for (int y = 0; y < rows; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int channel = 0; channel < 3; ++channel) {
          wide[3 * (static_cast<std::size_t>(y) * width + x) + channel] = across.at(x, [&](int column) -> int {
            return ofAlpha ? picture_.alpha(column, first + y) : colourAt(column, first + y, channel);
          });
        }
      }
    }
    for (int y = 0; y < bandRows_ * scale_; ++y) {
      for (int x = 0; x < width; ++x) {
        std::uint8_t rgb[3];
        for (int channel = 0; channel < 3; ++channel) {
          rgb[channel] = down.at(bandTop_ * scale_ + y, [&](int row) -> int {
            return wide[3 * (static_cast<std::size_t>(row - first) * width + x) + channel];
          });
        }
        place(rgb, x, y, ofAlpha);
      }
    }
  }

  Network& network_;
  const PictureView picture_;
  const waifu4x_callbacks callbacks_;
  const int scale_;
  const Cut cut_;
  const bool isGrey_;
  const FilledColours filled_;
  AlphaRange range_{255, 255, false};
  bool runsAlpha_ = false;
  std::int64_t done_ = 0, total_ = 0;
  int bandTop_ = 0, bandRows_ = 0;
  Bytes tile_, output_, band_;
};

}  // namespace

Cut cutPicture(const ModelFile& file, int width, int height, int core) {
  Cut cut{};
  cut.isTooThin = isTooThin(width, height, file.overlap);
  if (cut.isTooThin) return cut;
  cut.coreWidth = file.side > 0 ? file.side - 2 * file.overlap : coreSide(width, core);
  cut.coreHeight = file.side > 0 ? file.side - 2 * file.overlap : coreSide(height, core);
  cut.lefts = coreStarts(width, cut.coreWidth);
  cut.tops = coreStarts(height, cut.coreHeight);
  // A file that pads inside needs nothing around a whole picture.
  cut.surround = file.padsInside && cut.tiles() == 1 ? 0 : file.overlap;
  return cut;
}

void checkSize(const ModelFile& file, int width, int height, int channels, int core) {
  const std::string received =
      std::to_string(width) + " x " + std::to_string(height) + " with " + std::to_string(channels) + " channels";
  if (width < 1 || height < 1 || width > kLongestSide || height > kLongestSide || channels < 1 || channels > 4) {
    throw Error(WAIFU4X_WRONG_ARGUMENT, "A picture has sides of 1 to 1048576 px and 1 to 4 channels.", received,
                "Cut it up.");
  }
  if (core < 0) {
    throw Error(WAIFU4X_WRONG_ARGUMENT, "A core is 1 px or more, or 0 for the whole picture.", std::to_string(core),
                "Use WAIFU4X_USUAL_CORE.");
  }
  const Cut cut = cutPicture(file, width, height, core);
  const double scale = file.scale, around = 2.0 * file.overlap;
  if (3.0 * (cut.coreWidth + around) * (cut.coreHeight + around) * scale * scale > kMostValues) {
    throw Error(WAIFU4X_WRONG_ARGUMENT, "A tile, enlarged, has at most 2 GiB.", received, "Use WAIFU4X_USUAL_CORE.");
  }
}

int bandRows(const ModelFile& file, const Cut& cut, int height) {
  return std::min(height, cut.isTooThin ? kThinRows : cut.coreHeight) * file.scale;
}

void upscale(Network& network, const PictureView& picture, int core, const waifu4x_callbacks& callbacks) {
  checkSize(network.file(), picture.width(), picture.height(), picture.channels(), core);
  Run(network, picture, core, callbacks).all();
}

}  // namespace waifu4x
