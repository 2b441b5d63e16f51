#include "picture_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "error.h"

namespace waifu4x {
namespace {

constexpr char kTupleTypes[][16] = {"GRAYSCALE", "GRAYSCALE_ALPHA", "RGB", "RGB_ALPHA"};
constexpr int kLongestSide = 1 << 20;

class HeaderReader {
 public:
  HeaderReader(const std::string& content, const std::string& path) : content_(content), path_(path) {}

  PictureFile header() {
    PictureFile file{};
    if (content_.size() < 3 || content_[0] != 'P' || content_[1] < '5' || content_[1] > '7') fail("another kind");
    file.format = content_[1];
    position_ = 2;
    if (file.format == '7') {
      readFields(file);
    } else {
      file.width = number(kLongestSide);
      file.height = number(kLongestSide);
      file.channels = file.format == '5' ? 1 : 3;
      if (number(65535) != 255) fail("a maximum other than 255");
      ++position_;
    }
    return file;
  }

  // Where the pixels begin, once the header is read.
  std::size_t position() const { return position_; }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(WAIFU4X_UNREADABLE, "A picture is one PGM (P5), PPM (P6) or PAM (P7) file with 8 bits a channel.", path_ + " with " + what,
                "Convert it, as export/mobile/README.md shows.");
  }

 private:
  void readFields(PictureFile& file) {
    int maximum = 0;
    for (std::string name = word(); name != "ENDHDR"; name = word()) {
      if (name == "WIDTH") {
        file.width = number(kLongestSide);
      } else if (name == "HEIGHT") {
        file.height = number(kLongestSide);
      } else if (name == "DEPTH") {
        file.channels = number(4);
      } else if (name == "MAXVAL") {
        maximum = number(65535);
      } else if (name == "TUPLTYPE") {
        tuple_type_ = word();
      } else {
        fail("the unknown field " + name);
      }
    }
    ++position_;
    if (file.width == 0 || file.height == 0 || file.channels == 0) fail("a size missing");
    if (maximum != 255) fail("a maximum other than 255");
    if (!tuple_type_.empty() && tuple_type_ != kTupleTypes[file.channels - 1]) {
      fail("the tuple type " + tuple_type_ + " of depth " + std::to_string(file.channels));
    }
  }

  bool atSpace() const { return std::isspace(static_cast<unsigned char>(content_[position_])) != 0; }

  // The next word of the header; a comment lasts from # to the end of its line.
  std::string word() {
    while (position_ < content_.size() && (atSpace() || content_[position_] == '#')) {
      if (content_[position_] == '#') position_ = std::min(content_.find('\n', position_), content_.size() - 1);
      ++position_;
    }
    const std::size_t start = position_;
    while (position_ < content_.size() && !atSpace()) ++position_;
    if (position_ >= content_.size()) fail("an unfinished header");
    return content_.substr(start, position_ - start);
  }

  int number(int greatest) {
    const std::string digits = word();
    int value = 0;
    for (const char digit : digits) {
      if (digit < '0' || digit > '9' || value > greatest) fail("the number " + digits);
      value = 10 * value + (digit - '0');
    }
    if (value < 1 || value > greatest) fail("the number " + digits);
    return value;
  }

  const std::string& content_;
  const std::string& path_;
  std::string tuple_type_;
  std::size_t position_ = 0;
};

std::string headerText(const PictureFile& file) {
  const std::string width = std::to_string(file.width), height = std::to_string(file.height);
  if (file.format != '7') return std::string("P") + file.format + "\n" + width + " " + height + "\n255\n";
  return "P7\nWIDTH " + width + "\nHEIGHT " + height + "\nDEPTH " + std::to_string(file.channels) +
         "\nMAXVAL 255\nTUPLTYPE " + kTupleTypes[file.channels - 1] + "\nENDHDR\n";
}

}  // namespace

PictureFile readPicture(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw Error(WAIFU4X_UNREADABLE, "A picture is a file that can be read.", path, "Check the path.");
  HeaderReader reader(content, path);
  PictureFile file = reader.header();
  const std::size_t expected = static_cast<std::size_t>(file.width) * file.height * file.channels;
  const std::size_t bytes = content.size() - reader.position();
  if (bytes != expected) {
    reader.fail(std::to_string(bytes) + " bytes of pixels instead of " + std::to_string(expected));
  }
  file.pixels.assign(content.begin() + static_cast<std::ptrdiff_t>(reader.position()), content.end());
  return file;
}

void checkOutput(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) {
    throw Error(WAIFU4X_WRONG_ARGUMENT, "An output is a new file.", path + ", which exists",
                "Remove it or give another name.");
  }
}

PictureWriter::PictureWriter(const PictureFile& picture, const std::string& path)
    : path_(path), aside_(path + ".partial-" + std::to_string(getpid())) {
  const int descriptor = open(aside_.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (descriptor >= 0) stream_ = fdopen(descriptor, "wb");
  if (stream_ == nullptr) fail();
  const std::string header = headerText(picture);
  write(reinterpret_cast<const std::uint8_t*>(header.data()), header.size());
}

PictureWriter::~PictureWriter() {
  if (stream_ == nullptr) return;
  std::fclose(stream_);
  std::remove(aside_.c_str());
}

void PictureWriter::write(const std::uint8_t* rows, std::size_t bytes) {
  if (std::fwrite(rows, 1, bytes, stream_) != bytes) fail();
}

void PictureWriter::finish() {
  const bool isWhole = std::fflush(stream_) == 0;
  // A link, unlike a new name, never replaces what came there meanwhile.
  if (!isWhole || link(aside_.c_str(), path_.c_str()) != 0) fail();
}

void PictureWriter::fail() {
  throw Error(WAIFU4X_UNREADABLE, "An output is a new file in a folder that can be written to.", path_,
              "Check the folder and the space on the disk.");
}

}  // namespace waifu4x
