// Pictures in files that need no library: PGM (P5), PPM (P6) and PAM (P7), all with 8 bits a channel.
#ifndef WAIFU4X_PICTURE_FILE_H_
#define WAIFU4X_PICTURE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace waifu4x {

// A picture and how its file held it.
struct PictureFile {
  int width;
  int height;
  // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.
  int channels;
  // '5' grey, '6' RGB, '7' any, with alpha too.
  char format;
  std::vector<std::uint8_t> pixels;
};

// Throws Error when the file is not exactly one such picture.
PictureFile readPicture(const std::string& path);

// Throws Error when there is such a file already.
void checkOutput(const std::string& path);

// Writes rows as they come into a file beside `path`, which takes its name when it is whole. One that is not finished
// leaves nothing behind. All throw Error where the file cannot be written.
class PictureWriter {
 public:
  // Of such a picture's size and format.
  PictureWriter(const PictureFile& picture, const std::string& path);
  ~PictureWriter();
  PictureWriter(const PictureWriter&) = delete;
  PictureWriter& operator=(const PictureWriter&) = delete;

  void write(const std::uint8_t* rows, std::size_t bytes);
  void finish();

 private:
  [[noreturn]] void fail();

  std::string path_, aside_;
  std::FILE* stream_ = nullptr;
};

}  // namespace waifu4x

#endif  // WAIFU4X_PICTURE_FILE_H_
