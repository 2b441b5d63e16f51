// Pictures in files that need no library: PGM (P5), PPM (P6) and PAM (P7), all with 8 bits a channel.
#ifndef WAIFU4X_PICTURE_FILE_H_
#define WAIFU4X_PICTURE_FILE_H_

#include <string>

#include "waifu4x.h"

namespace waifu4x {

// A picture and how its file held it.
struct PictureFile {
  Picture picture;
  // '5' grey, '6' RGB, '7' any, with alpha too.
  char format;
  // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  int channels;
};

// Throws Error when the file is not exactly one such picture.
PictureFile readPicture(const std::string& path);

// Writes beside `path` first and renames then, so that there is a whole file or none. Throws Error when there is
// such a file already or it cannot be written.
void writePicture(const PictureFile& file, const std::string& path);

}  // namespace waifu4x

#endif  // WAIFU4X_PICTURE_FILE_H_
