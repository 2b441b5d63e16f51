// One .tflite of a bundle, as the bundle's model.json describes it.
#ifndef WAIFU4X_MODEL_FILE_H_
#define WAIFU4X_MODEL_FILE_H_

#include <string>

namespace waifu4x {

struct ModelFile {
  std::string name;
  // 64 lower-case hexadecimal digits.
  std::string sha256;
  // false: uint8 in and out, where a value is the pixel. true: float32 in and out, 0 to 1.
  bool isFloat;
  // How many times larger the output is.
  int scale;
  // How far one pixel of the output looks, in small pixels; a tile carries that much on each side of its core.
  int overlap;
  // Height and width that the file takes, when it takes no other; 0 = any.
  int side;
  // Whether the file repeats a picture's border itself.
  bool padsInside;
};

// What the text of a model.json says of the file `name`; throws Error, in which it is called `source`, when it does
// not, or says it wrongly.
ModelFile readModelFile(const std::string& text, const std::string& source, const std::string& name);

}  // namespace waifu4x

#endif  // WAIFU4X_MODEL_FILE_H_
