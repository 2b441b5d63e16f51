#include "network.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "error.h"

namespace waifu4x {
namespace {

void check(LiteRtStatus status, const std::string& rule, const std::string& source) {
  if (status == 0) return;
  throw Error(WAIFU4X_WRONG_NETWORK, rule, source + ", LiteRT's status " + std::to_string(status),
              "Export the bundle again, and use LiteRT 2.2 or newer.");
}

// How to compile a model; not needed once it is compiled.
struct Options {
  explicit Options(int threads) {
    check(LiteRtCreateOptions(&handle), "LiteRT makes options.", "none");
    check(LiteRtSetOptionsHardwareAccelerators(handle, kLiteRtHwAcceleratorCpu), "LiteRT has a CPU.", "none");
    // The payload of these options is a line of TOML.
    const std::string line = "num_threads = " + std::to_string(threads) + "\n";
    char* payload = new char[line.size() + 1];
    std::memcpy(payload, line.c_str(), line.size() + 1);
    LiteRtOpaqueOptionsT* cpu = nullptr;
    check(LiteRtCreateOpaqueOptions("xnnpack", payload, [](void* text) { delete[] static_cast<char*>(text); }, &cpu),
          "LiteRT takes a number of threads.", line);
    check(LiteRtAddOpaqueOptions(handle, cpu), "LiteRT takes a number of threads.", line);
  }
  ~Options() { LiteRtDestroyOptions(handle); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  LiteRtOptionsT* handle = nullptr;
};

// A tensor buffer's memory while it is looked at.
class Locked {
 public:
  Locked(LiteRtTensorBufferT* buffer, int mode) : buffer_(buffer) {
    check(LiteRtLockTensorBuffer(buffer, &address_, mode), "LiteRT gives access to a tensor.", "none");
  }
  ~Locked() { LiteRtUnlockTensorBuffer(buffer_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  template <typename T>
  T* as() const {
    return static_cast<T*>(address_);
  }

 private:
  LiteRtTensorBufferT* buffer_;
  void* address_ = nullptr;
};

std::string describe(const LiteRtRankedTensorType& type) {
  std::string text = "type " + std::to_string(type.element_type) + " (";
  for (unsigned axis = 0; axis < type.layout.rank; ++axis) {
    text += (axis == 0 ? "" : ", ") + std::to_string(type.layout.dimensions[axis]);
  }
  return text + ")";
}

}  // namespace

Network::Network(const ModelFile& file, std::vector<std::uint8_t> content, int threads)
    : file_(file), content_(std::move(content)) {
  LiteRtEnvOption quiet[2] = {};
  quiet[0].tag = kLiteRtEnvOptionTagMinLoggerSeverity;
  quiet[0].value = {kLiteRtAnyTypeInt, kLiteRtLogSeverityError};
  quiet[1].tag = kLiteRtEnvOptionTagAutoRegisterAccelerators;
  quiet[1].value = {kLiteRtAnyTypeInt, kLiteRtHwAcceleratorCpu};
  LiteRtEnvironmentT* environment = nullptr;
  check(LiteRtCreateEnvironment(2, quiet, &environment), "LiteRT makes an environment.", "none");
  environment_.reset(environment);

  LiteRtModelT* model = nullptr;
  check(LiteRtCreateModelFromBuffer(environment, content_.data(), content_.size(), &model),
        "A model is a readable .tflite file.", file.name);
  model_.reset(model);
  checkTensors();

  const Options options(threads);
  LiteRtCompiledModelT* compiled = nullptr;
  check(LiteRtCreateCompiledModel(environment, model, options.handle, &compiled), "LiteRT runs the model on the CPU.",
        file.name);
  compiled_.reset(compiled);
}

void Network::checkTensors() {
  const std::string rule = "A file takes and gives one picture, as model.json says.";
  LiteRtSignatureT* signature = nullptr;
  check(LiteRtGetModelSignature(model_.get(), 0, &signature), rule, file_.name);
  std::size_t inputs = 0, outputs = 0;
  check(LiteRtGetNumSignatureInputs(signature, &inputs), rule, file_.name);
  check(LiteRtGetNumSignatureOutputs(signature, &outputs), rule, file_.name);
  if (inputs != 1 || outputs != 1) throw Error(WAIFU4X_WRONG_NETWORK, rule, file_.name, "Export the bundle again.");
  LiteRtTensorT *input = nullptr, *output = nullptr;
  check(LiteRtGetSignatureInputTensorByIndex(signature, 0, &input), rule, file_.name);
  check(LiteRtGetSignatureOutputTensorByIndex(signature, 0, &output), rule, file_.name);
  check(LiteRtGetRankedTensorType(input, &input_type_), rule, file_.name);
  check(LiteRtGetRankedTensorType(output, &output_type_), rule, file_.name);
  const int element_type = file_.isFloat ? kLiteRtElementTypeFloat32 : kLiteRtElementTypeUInt8;
  const int side = file_.side == 0 ? -1 : file_.side;
  for (const LiteRtRankedTensorType* type : {&input_type_, &output_type_}) {
    const LiteRtLayout& layout = type->layout;
    if (type->element_type != element_type || layout.rank != 4 || layout.dimensions[3] != 3 ||
        (type == &input_type_ && (layout.dimensions[1] != side || layout.dimensions[2] != side))) {
      throw Error(WAIFU4X_WRONG_NETWORK, rule, file_.name + " with " + describe(*type), "Export the bundle again.");
    }
  }
}

void Network::resize(int width, int height) {
  width_ = height_ = 0;
  const std::string rule = "A file runs on the tiles that model.json allows.";
  const std::string source = file_.name + " with " + std::to_string(width) + "x" + std::to_string(height) + " px";
  if (file_.side == 0) {
    const int dimensions[] = {1, height, width, 3};
    check(LiteRtCompiledModelResizeInputTensor(compiled_.get(), 0, 0, dimensions, 4), rule, source);
  } else if (width != file_.side || height != file_.side) {
    throw Error(WAIFU4X_WRONG_NETWORK, rule, source, "Cut the picture into tiles of " + std::to_string(file_.side) + " px.");
  }
  const LiteRtRankedTensorType input_type = {input_type_.element_type, {4, false, {1, height, width, 3}, {}}};
  LiteRtRankedTensorType output_type = output_type_;
  check(LiteRtGetCompiledModelOutputTensorLayouts(compiled_.get(), 0, 1, &output_type.layout, true), rule, source);
  if (output_type.layout.dimensions[1] != height * file_.scale ||
      output_type.layout.dimensions[2] != width * file_.scale) {
    throw Error(WAIFU4X_WRONG_NETWORK, "A network of scale " + std::to_string(file_.scale) + " gives that many times the tile.",
                source + " and an output of " + describe(output_type), "Export the bundle again.");
  }
  LiteRtTensorBufferRequirementsT *input_needs = nullptr, *output_needs = nullptr;
  check(LiteRtGetCompiledModelInputBufferRequirements(compiled_.get(), 0, 0, &input_needs), rule, source);
  check(LiteRtGetCompiledModelOutputBufferRequirements(compiled_.get(), 0, 0, &output_needs), rule, source);
  LiteRtTensorBufferT *input = nullptr, *output = nullptr;
  check(LiteRtCreateManagedTensorBufferFromRequirements(environment_.get(), &input_type, input_needs, &input), rule,
        source);
  input_.reset(input);
  check(LiteRtCreateManagedTensorBufferFromRequirements(environment_.get(), &output_type, output_needs, &output), rule,
        source);
  output_.reset(output);
  width_ = width;
  height_ = height;
}

void Network::run(const std::vector<std::uint8_t>& tile, int width, int height, std::vector<std::uint8_t>& pixels) {
  if (width != width_ || height != height_) resize(width, height);
  write(tile);
  LiteRtTensorBufferT *input = input_.get(), *output = output_.get();
  check(LiteRtRunCompiledModel(compiled_.get(), 0, 1, &input, 1, &output), "A network runs on a tile.", file_.name);
  read(pixels);
}

void Network::write(const std::vector<std::uint8_t>& tile) {
  const Locked memory(input_.get(), kLiteRtTensorBufferLockModeWrite);
  if (!file_.isFloat) {
    std::memcpy(memory.as<std::uint8_t>(), tile.data(), tile.size());
    return;
  }
  float* values = memory.as<float>();
  for (std::size_t index = 0; index < tile.size(); ++index) values[index] = tile[index] / 255.0f;
}

void Network::read(std::vector<std::uint8_t>& pixels) const {
  const Locked memory(output_.get(), kLiteRtTensorBufferLockModeRead);
  pixels.resize(std::size_t{3} * width_ * height_ * file_.scale * file_.scale);
  if (!file_.isFloat) {
    std::memcpy(pixels.data(), memory.as<std::uint8_t>(), pixels.size());
    return;
  }
  const float* values = memory.as<float>();
  for (std::size_t index = 0; index < pixels.size(); ++index) {
    const float value = values[index];
    if (!std::isfinite(value)) {
      throw Error(WAIFU4X_WRONG_NETWORK, "A network gives finite numbers.", "NaN or infinity from " + file_.name, "Use the int8 file.");
    }
    pixels[index] = static_cast<std::uint8_t>(std::nearbyint(std::min(std::max(value, 0.0f), 1.0f) * 255.0f));
  }
}

}  // namespace waifu4x
