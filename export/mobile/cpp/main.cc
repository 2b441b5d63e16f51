// waifu4x-cpp: enlarges one picture with one file of a bundle, through waifu4x.h. See ../README.md.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "error.h"
#include "picture_file.h"
#include "waifu4x.h"

namespace {

constexpr char kUsage[] =
    "usage: waifu4x-cpp BUNDLE_DIR MODEL_FILE_NAME INPUT OUTPUT [--core N] [--threads N]\n"
    "\n"
    "  BUNDLE_DIR       folder that export.bundle wrote, with model.json\n"
    "  MODEL_FILE_NAME  a .tflite that model.json names\n"
    "  INPUT, OUTPUT    PGM, PPM or PAM; OUTPUT is a new file in the format of INPUT\n"
    "  --core N         largest side of a tile without its overlap, in pixels; 0 = whole picture; 256 if absent\n"
    "  --threads N      of the network; all cores if absent\n";

volatile std::sig_atomic_t interrupted = 0;

struct Arguments {
  std::vector<std::string> words;
  int core = WAIFU4X_USUAL_CORE;
  int threads = 0;
};

// What a run writes to, and whether something went wrong there.
struct Output {
  waifu4x::PictureWriter& writer;
  std::size_t rowBytes;
  std::exception_ptr error;
  bool showsProgress;
};

struct Free {
  void operator()(waifu4x_network* network) const { waifu4x_free(network); }
};

int number(const std::string& option, const std::string& digits, int least) {
  const bool whole = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  if (!whole || digits.size() > 6 || std::stoi(digits) < least) {
    const std::string rule = option + " is a whole number from " + std::to_string(least) + " to 999999.";
    throw waifu4x::Error(WAIFU4X_WRONG_ARGUMENT, rule, digits.empty() ? "nothing" : digits, "Leave it out.");
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
      throw waifu4x::Error(WAIFU4X_WRONG_ARGUMENT, "An option is --core or --threads.", word,
                           "See the usage without arguments.");
    } else {
      arguments.words.push_back(word);
    }
  }
  return arguments;
}

void check(waifu4x_status status) {
  if (status != WAIFU4X_OK) throw std::runtime_error(waifu4x_error_text());
}

int writeRows(void* user, int, int count, const std::uint8_t* rows) {
  Output& output = *static_cast<Output*>(user);
  try {
    output.writer.write(rows, count * output.rowBytes);
    return 0;
  } catch (...) {
    output.error = std::current_exception();
    return 1;
  }
}

void showProgress(void* user, std::int64_t done, std::int64_t total) {
  if (!static_cast<Output*>(user)->showsProgress) return;
  std::cerr << "\r" << 100 * done / total << " %" << (done == total ? "\n" : "") << std::flush;
}

void run(const Arguments& arguments) {
  const auto& words = arguments.words;
  waifu4x::checkOutput(words[3]);
  const waifu4x::PictureFile file = waifu4x::readPicture(words[2]);
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  const int threads = arguments.threads > 0 ? arguments.threads : std::max(1, cores);
  waifu4x_network* loaded = nullptr;
  check(waifu4x_load(words[0].c_str(), words[1].c_str(), threads, &loaded));
  const std::unique_ptr<waifu4x_network, Free> network(loaded);

  waifu4x_plan plan{};
  check(waifu4x_plan_of(loaded, file.width, file.height, file.channels, arguments.core, &plan));
  waifu4x::PictureWriter writer({plan.width, plan.height, file.channels, file.format, {}}, words[3]);
  Output output{writer, static_cast<std::size_t>(plan.width) * file.channels, nullptr, isatty(STDERR_FILENO) == 1};
  const std::size_t row_bytes = static_cast<std::size_t>(file.width) * file.channels;
  const waifu4x_picture picture{file.width, file.height, file.channels, row_bytes, file.pixels.data()};
  const waifu4x_callbacks callbacks{&output, writeRows, showProgress, [](void*) { return int{interrupted}; }};
  const waifu4x_status status = waifu4x_run(loaded, &picture, arguments.core, &callbacks);
  if (output.error) std::rethrow_exception(output.error);
  check(status);
  writer.finish();
}

}  // namespace

// 0: the output is there. 1: it is not, and standard error says why. 2: the arguments are wrong.
int main(int count, char** given) {
  int failure = 2;
  std::signal(SIGINT, [](int) { interrupted = 1; });
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
