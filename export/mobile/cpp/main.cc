// waifu4x-cpp: enlarges one picture with one file of a bundle. See ../README.md.
#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "error.h"
#include "model_file.h"
#include "network.h"
#include "picture_file.h"
#include "waifu4x.h"

namespace {

constexpr char kUsage[] =
    "usage: waifu4x-cpp BUNDLE_DIR MODEL_FILE_NAME INPUT OUTPUT [--core N] [--threads N]\n"
    "\n"
    "  BUNDLE_DIR       folder that export.bundle wrote, with model.json\n"
    "  MODEL_FILE_NAME  a .tflite that model.json names\n"
    "  INPUT, OUTPUT    PGM, PPM or PAM; OUTPUT is a new file in the format of INPUT\n"
    "  --core N         largest edge of a tile without its overlap, in pixels; 0 = whole picture; 256 if absent\n"
    "  --threads N      of the network; all cores if absent\n";

struct Arguments {
  std::vector<std::string> words;
  int core = 256;
  int threads = 0;
};

int number(const std::string& option, const std::string& digits, int least) {
  const bool whole = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  if (!whole || digits.size() > 6 || std::stoi(digits) < least) {
    const std::string rule = option + " is a whole number from " + std::to_string(least) + " to 999999.";
    throw waifu4x::Error(rule, digits.empty() ? "nothing" : digits, "Leave it out.");
  }
  return std::stoi(digits);
}

Arguments parse(const std::vector<std::string>& given) {
  Arguments arguments;
  for (std::size_t index = 0; index < given.size(); ++index) {
    const std::string& word = given[index];
    if (word == "--core" || word == "--threads") {
      const std::string value = index + 1 < given.size() ? given[++index] : "";
      (word == "--core" ? arguments.core : arguments.threads) = number(word, value, word == "--core" ? 0 : 1);
    } else if (word.rfind("--", 0) == 0) {
      throw waifu4x::Error("An option is --core or --threads.", word, "See the usage without arguments.");
    } else {
      arguments.words.push_back(word);
    }
  }
  return arguments;
}

void run(const Arguments& arguments) {
  const auto& words = arguments.words;
  waifu4x::PictureFile file = waifu4x::readPicture(words[2]);
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int threads = arguments.threads > 0 ? arguments.threads : std::max(1, cores);
  waifu4x::Network network(waifu4x::readModelFile(words[0], words[1]), threads);
  file.picture = waifu4x::Upscaler(network, arguments.core).upscale(file.picture);
  waifu4x::writePicture(file, words[3]);
}

}  // namespace

// 0: the output is there. 1: it is not, and standard error says why. 2: the arguments are wrong.
int main(int count, char** given) {
  int failure = 2;
  try {
    const Arguments arguments = parse({given + 1, given + count});
    if (arguments.words.size() != 4) {
      std::cerr << kUsage;
      return failure;
    }
    failure = 1;
    run(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "waifu4x-cpp: error: " << error.what() << "\n";
    return failure;
  }
}
