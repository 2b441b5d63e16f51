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
  // Loads the file; throws Error when it is not the one that model.json describes. `threads` is at least 1.
  Network(const ModelFile& file, int threads);

  const ModelFile& file() const { return file_; }

  // A tile, uint8 RGB (height, width, 3), to its answer, uint8 RGB (height * scale, width * scale, 3). Answers
  // in floats are rounded to the nearest level, halves to the even one.
  std::vector<std::uint8_t> run(const std::vector<std::uint8_t>& tile, int width, int height);

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
  std::vector<std::uint8_t> read() const;

  ModelFile file_;
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
