// Enlarges pictures of any size with one file of a bundle: tiles with overlap, exact stitching, alpha.
//
// The answer is that of load_upscaler(FILE, raw=True) in Python, byte for byte, whatever the size of the tiles: each
// tile carries as much of its surroundings as the network looks at, and outside the picture the pixels of its edge
// are repeated.
#ifndef WAIFU4X_WAIFU4X_H_
#define WAIFU4X_WAIFU4X_H_

#include <cstdint>
#include <vector>

#include "network.h"

namespace waifu4x {

using Bytes = std::vector<std::uint8_t>;

struct Picture {
  int width;
  int height;
  // (height, width, 3): red, green, blue. Grey pictures have the same value three times.
  Bytes rgb;
  // (height, width): 0 transparent to 255 opaque, not multiplied into the colours; empty = no alpha channel.
  Bytes alpha;
};

class Upscaler {
 public:
  // `core` is the largest edge of a tile without its overlap, in small pixels; 0 = the whole picture at once.
  // Files of a fixed size have their own. Memory grows with it, the result does not change.
  explicit Upscaler(Network& network, int core = 256) : network_(network), core_(core) {}

  // The picture `scale` times larger. Grey stays grey, alpha of 0 and 255 alone stays so. Throws Error.
  Picture upscale(const Picture& picture);

 private:
  Bytes enlarge(const Bytes& rgb, int width, int height, bool grey);
  Bytes enlargeAlpha(const Bytes& alpha, int width, int height);

  Network& network_;
  int core_;
};

}  // namespace waifu4x

#endif  // WAIFU4X_WAIFU4X_H_
