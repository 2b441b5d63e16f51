// Enlarges pictures of any size: tiles with surroundings, exact stitching, alpha, a band of rows at a time.
//
// Each tile carries as much of its surroundings as the network looks at, and outside the picture the pixels of its
// edge are repeated, so that the result does not depend on the size of the tiles.
#ifndef WAIFU4X_UPSCALER_H_
#define WAIFU4X_UPSCALER_H_

#include <cstdint>
#include <vector>

#include "model_file.h"
#include "network.h"
#include "picture_view.h"
#include "waifu4x.h"

namespace waifu4x {

// How a picture is cut into cores, all of one size; the last ones overlap their neighbours.
struct Cut {
  int coreWidth;
  int coreHeight;
  // Around a core on every side.
  int surround;
  std::vector<int> lefts;
  std::vector<int> tops;
  // No network enlarges a picture so thin: it would work on copies of its few pixels.
  bool isTooThin;

  std::int64_t tiles() const { return isTooThin ? 0 : static_cast<std::int64_t>(lefts.size()) * tops.size(); }
};

// `core` is the largest side of a core, 0 = the whole picture; a file of one size has its own.
Cut cutPicture(const ModelFile& file, int width, int height, int core);

// Throws Error where a picture, its result or a tile has no size that can be worked with.
void checkSize(const ModelFile& file, int width, int height, int channels, int core);

// How many rows of the result come at once.
int bandRows(const ModelFile& file, const Cut& cut, int height);

// Throws Error, also when a callback ends it.
void upscale(Network& network, const PictureView& picture, int core, const waifu4x_callbacks& callbacks);

}  // namespace waifu4x

#endif  // WAIFU4X_UPSCALER_H_
