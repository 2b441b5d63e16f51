// Runs one .tflite on the CPU through LiteRT. The only part that knows LiteRT.
#ifndef WAIFU4X_NETWORK_H_
#define WAIFU4X_NETWORK_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "litert_c.h"
#include "model_file.h"

namespace waifu4x {

class Network {
 public:
  // Takes the file's content; throws Error when it is not what model.json describes. `threads` is at least 1.
  Network(const ModelFile& file, std::vector<std::uint8_t> content, int threads);

  const ModelFile& file() const { return file_; }

  // A tile, uint8 RGB (height, width, 3), to uint8 RGB (height * scale, width * scale, 3). Floats are rounded to
  // the nearest level, halves to the even one.
  void run(const std::vector<std::uint8_t>& tile, int width, int height, std::vector<std::uint8_t>& pixels);

 private:
  template <auto destroy>
  struct Destroy {
    template <typename T>
    void operator()(T* object) const {
      destroy(object);
    }
  };
  using Buffer = std::unique_ptr<LiteRtTensorBufferT, Destroy<LiteRtDestroyTensorBuffer>>;

  void checkTensors();
  void resize(int width, int height);
  void write(const std::vector<std::uint8_t>& tile);
  void read(std::vector<std::uint8_t>& pixels) const;

  ModelFile file_;
  // LiteRT reads it in place.
  std::vector<std::uint8_t> content_;
  // Destroyed from the last to the first: each needs those above it.
  std::unique_ptr<LiteRtEnvironmentT, Destroy<LiteRtDestroyEnvironment>> environment_;
  std::unique_ptr<LiteRtModelT, Destroy<LiteRtDestroyModel>> model_;
  std::unique_ptr<LiteRtCompiledModelT, Destroy<LiteRtDestroyCompiledModel>> compiled_;
  LiteRtRankedTensorType input_type_{}, output_type_{};
  Buffer input_, output_;
  int width_ = 0, height_ = 0;
};

}  // namespace waifu4x

#endif  // WAIFU4X_NETWORK_H_
