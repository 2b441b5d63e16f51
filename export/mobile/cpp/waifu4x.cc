#include "waifu4x.h"

#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "error.h"
#include "model_file.h"
#include "network.h"
#include "picture_view.h"
#include "sha256.h"
#include "upscaler.h"

struct waifu4x_network {
  waifu4x::Network network;
};

namespace waifu4x {
namespace {

thread_local std::string error_text;

waifu4x_status failed(waifu4x_status status, const char* text) {
  try {
    error_text = text;
  } catch (...) {
    error_text.clear();
  }
  return status;
}

// Nothing that is thrown leaves the library: a caller in C could not catch it.
template <typename Work>
waifu4x_status guarded(const Work& work) {
  try {
    work();
    return WAIFU4X_OK;
  } catch (const Error& error) {
    return failed(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return failed(WAIFU4X_OUT_OF_MEMORY,
                  "A run fits into memory. Received: a system that has no more. Use a smaller core.");
  } catch (const std::length_error&) {
    return failed(WAIFU4X_OUT_OF_MEMORY, "A run fits into memory. Received: one that cannot. Use a smaller core.");
  } catch (const std::exception& error) {
    return failed(WAIFU4X_INTERNAL, error.what());
  } catch (...) {
    return failed(WAIFU4X_INTERNAL, "Something unknown was thrown. Report it.");
  }
}

void need(bool holds, const std::string& rule, const std::string& received) {
  if (!holds) throw Error(WAIFU4X_WRONG_ARGUMENT, rule, received, "See waifu4x.h.");
}

std::vector<std::uint8_t> readFile(const std::string& path, const std::string& rule) {
  std::ifstream stream(path, std::ios::binary);
  std::vector<std::uint8_t> content{std::istreambuf_iterator<char>(stream), {}};
  // A folder opens, and only reading fails.
  if (!stream) throw Error(WAIFU4X_UNREADABLE, rule, path, "Give the folder that export.bundle wrote.");
  return content;
}

void load(const std::vector<std::uint8_t>& description, const std::string& source, const std::string& name,
          std::vector<std::uint8_t> content, int threads, waifu4x_network** made) {
  const std::string text(description.begin(), description.end());
  const ModelFile file = readModelFile(text, source, name);
  const std::string found = sha256(content.data(), content.size());
  if (found != file.sha256) {
    throw Error(WAIFU4X_DAMAGED, "A model file is the one that model.json was written with, of sha256 " + file.sha256 + ".",
                name + " with " + found, "Copy or download it again.");
  }
  *made = new waifu4x_network{Network(file, std::move(content), threads)};
}

}  // namespace
}  // namespace waifu4x

using waifu4x::guarded;
using waifu4x::need;

const char* waifu4x_error_text(void) { return waifu4x::error_text.c_str(); }

waifu4x_status waifu4x_load(const char* folder, const char* file, int threads, waifu4x_network** made) {
  if (made != nullptr) *made = nullptr;
  return guarded([&] {
    need(folder != nullptr && file != nullptr && made != nullptr, "A file is loaded from a folder into a place.", "NULL");
    need(threads >= 1, "A network has at least 1 thread.", std::to_string(threads));
    const std::string source = std::string(folder) + "/model.json";
    const auto description = waifu4x::readFile(source, "A bundle has a model.json.");
    // Checked before it is opened: a name must not lead out of the folder.
    waifu4x::readModelFile(std::string(description.begin(), description.end()), source, file);
    const std::string path = std::string(folder) + "/" + file;
    auto content = waifu4x::readFile(path, "A model is a readable .tflite file.");
    waifu4x::load(description, source, file, std::move(content), threads, made);
  });
}

waifu4x_status waifu4x_load_memory(const char* model_json, size_t model_json_bytes, const char* file, const void* content,
                                   size_t content_bytes, int threads, waifu4x_network** made) {
  if (made != nullptr) *made = nullptr;
  return guarded([&] {
    need(model_json != nullptr && file != nullptr && content != nullptr && made != nullptr,
         "A file is loaded from memory into a place.", "NULL");
    need(threads >= 1, "A network has at least 1 thread.", std::to_string(threads));
    const auto* bytes = static_cast<const std::uint8_t*>(content);
    waifu4x::load({model_json, model_json + model_json_bytes}, "model.json", file, {bytes, bytes + content_bytes}, threads,
                  made);
  });
}

void waifu4x_free(waifu4x_network* network) { delete network; }

int waifu4x_scale(const waifu4x_network* network) { return network == nullptr ? 0 : network->network.file().scale; }

waifu4x_status waifu4x_plan_of(const waifu4x_network* network, int width, int height, int channels, int core,
                               waifu4x_plan* plan) {
  return guarded([&] {
    need(network != nullptr && plan != nullptr, "A plan is of a network.", "NULL");
    const waifu4x::ModelFile& file = network->network.file();
    waifu4x::checkSize(file, width, height, channels, core);
    const waifu4x::Cut cut = waifu4x::cutPicture(file, width, height, core);
    const std::int64_t passes = channels % 2 == 0 ? 2 : 1;
    const int rows = waifu4x::bandRows(file, cut, height);
    *plan = {width * file.scale, height * file.scale, cut.tiles() * passes, rows,
             static_cast<std::int64_t>(rows) * width * file.scale * channels};
  });
}

waifu4x_status waifu4x_run(waifu4x_network* network, const waifu4x_picture* picture, int core,
                           const waifu4x_callbacks* callbacks) {
  return guarded([&] {
    need(network != nullptr && picture != nullptr && callbacks != nullptr && callbacks->write_rows != nullptr,
         "A run has a network, a picture and a place for its rows.", "NULL");
    waifu4x::checkSize(network->network.file(), picture->width, picture->height, picture->channels, core);
    need(picture->pixels != nullptr, "A picture has pixels.", "NULL");
    need(picture->row_bytes >= static_cast<std::size_t>(picture->width) * picture->channels,
         "A row has width * channels bytes or more.", std::to_string(picture->row_bytes));
    waifu4x::upscale(network->network, waifu4x::PictureView(*picture), core, *callbacks);
  });
}
