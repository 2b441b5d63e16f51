// The part of LiteRT's C API that network.cc calls, declared here because the ai-edge-litert wheel ships
// libLiteRt.so without headers.
//
// Holds for LiteRT 2.2 and 2.3 with GCC or Clang on 64-bit Linux; before 2.2 LiteRtCreateModelFromBuffer took no
// environment. Where LiteRT's own headers are at hand, include those instead of this file.
#ifndef WAIFU4X_LITERT_C_H_
#define WAIFU4X_LITERT_C_H_

#include <cstddef>
#include <cstdint>

extern "C" {

// Opaque handles.
struct LiteRtCompiledModelT;
struct LiteRtEnvironmentT;
struct LiteRtModelT;
struct LiteRtOpaqueOptionsT;
struct LiteRtOptionsT;
struct LiteRtSignatureT;
struct LiteRtTensorT;
struct LiteRtTensorBufferT;
struct LiteRtTensorBufferRequirementsT;

// 0 is success. Others met here: 1 invalid argument, 2 out of memory, 3 runtime failure, 500 file cannot be
// read, 501 not a .tflite.
using LiteRtStatus = int;

constexpr int kLiteRtHwAcceleratorCpu = 1;

constexpr int kLiteRtElementTypeFloat32 = 1;
constexpr int kLiteRtElementTypeUInt8 = 3;

constexpr int kLiteRtTensorBufferLockModeRead = 0;
constexpr int kLiteRtTensorBufferLockModeWrite = 1;

constexpr int kLiteRtAnyTypeInt = 2;
constexpr int kLiteRtEnvOptionTagAutoRegisterAccelerators = 24;
constexpr int kLiteRtEnvOptionTagMinLoggerSeverity = 25;
constexpr int kLiteRtLogSeverityError = 3;

// An option of the environment: a tag, and a tagged union of which only the integer is used here.
struct LiteRtEnvOption {
  int tag;
  struct {
    int type;
    std::int64_t int_value;
  } value;
};
static_assert(sizeof(LiteRtEnvOption) == 24, "LiteRT's ABI");

// A tensor's dimensions; those of unknown size are -1.
struct LiteRtLayout {
  unsigned rank : 7;
  bool has_strides : 1;
  std::int32_t dimensions[8];
  std::uint32_t strides[8];
};

struct LiteRtRankedTensorType {
  int element_type;
  LiteRtLayout layout;
};
static_assert(sizeof(LiteRtRankedTensorType) == 72, "LiteRT's ABI");

LiteRtStatus LiteRtCreateEnvironment(int count, const LiteRtEnvOption* options, LiteRtEnvironmentT** made);
void LiteRtDestroyEnvironment(LiteRtEnvironmentT*);

// The buffer stays the caller's and is read until the model is destroyed.
LiteRtStatus LiteRtCreateModelFromBuffer(LiteRtEnvironmentT*, const void* buffer, std::size_t bytes,
                                         LiteRtModelT** made);
void LiteRtDestroyModel(LiteRtModelT*);
LiteRtStatus LiteRtGetModelSignature(LiteRtModelT*, std::size_t index, LiteRtSignatureT**);
LiteRtStatus LiteRtGetNumSignatureInputs(LiteRtSignatureT*, std::size_t* count);
LiteRtStatus LiteRtGetNumSignatureOutputs(LiteRtSignatureT*, std::size_t* count);
LiteRtStatus LiteRtGetSignatureInputTensorByIndex(LiteRtSignatureT*, std::size_t index, LiteRtTensorT**);
LiteRtStatus LiteRtGetSignatureOutputTensorByIndex(LiteRtSignatureT*, std::size_t index, LiteRtTensorT**);
LiteRtStatus LiteRtGetRankedTensorType(LiteRtTensorT*, LiteRtRankedTensorType*);

LiteRtStatus LiteRtCreateOptions(LiteRtOptionsT** made);
void LiteRtDestroyOptions(LiteRtOptionsT*);
LiteRtStatus LiteRtSetOptionsHardwareAccelerators(LiteRtOptionsT*, int bits);
// The payload belongs to the new options, and these to those that they are added to.
LiteRtStatus LiteRtCreateOpaqueOptions(const char* identifier, void* payload, void (*destroy)(void*),
                                       LiteRtOpaqueOptionsT** made);
LiteRtStatus LiteRtAddOpaqueOptions(LiteRtOptionsT*, LiteRtOpaqueOptionsT* added);

LiteRtStatus LiteRtCreateCompiledModel(LiteRtEnvironmentT*, LiteRtModelT*, LiteRtOptionsT*,
                                       LiteRtCompiledModelT** made);
void LiteRtDestroyCompiledModel(LiteRtCompiledModelT*);
// Only dimensions of unknown size may change.
LiteRtStatus LiteRtCompiledModelResizeInputTensor(LiteRtCompiledModelT*, std::size_t signature,
                                                  std::size_t input, const int* dimensions,
                                                  std::size_t rank);
// With `allocate` the sizes that follow from the inputs' are worked out first.
LiteRtStatus LiteRtGetCompiledModelOutputTensorLayouts(LiteRtCompiledModelT*, std::size_t signature,
                                                       std::size_t count, LiteRtLayout*, bool allocate);
// The requirements belong to the compiled model and hold until the next resizing.
LiteRtStatus LiteRtGetCompiledModelInputBufferRequirements(LiteRtCompiledModelT*, std::size_t signature,
                                                           std::size_t input,
                                                           LiteRtTensorBufferRequirementsT**);
LiteRtStatus LiteRtGetCompiledModelOutputBufferRequirements(LiteRtCompiledModelT*, std::size_t signature,
                                                            std::size_t output,
                                                            LiteRtTensorBufferRequirementsT**);
LiteRtStatus LiteRtRunCompiledModel(LiteRtCompiledModelT*, std::size_t signature, std::size_t input_count,
                                    LiteRtTensorBufferT** inputs, std::size_t output_count,
                                    LiteRtTensorBufferT** outputs);

LiteRtStatus LiteRtCreateManagedTensorBufferFromRequirements(LiteRtEnvironmentT*,
                                                             const LiteRtRankedTensorType*,
                                                             LiteRtTensorBufferRequirementsT*,
                                                             LiteRtTensorBufferT** made);
void LiteRtDestroyTensorBuffer(LiteRtTensorBufferT*);
LiteRtStatus LiteRtGetTensorBufferPackedSize(LiteRtTensorBufferT*, std::size_t* bytes);
LiteRtStatus LiteRtLockTensorBuffer(LiteRtTensorBufferT*, void** address, int mode);
LiteRtStatus LiteRtUnlockTensorBuffer(LiteRtTensorBufferT*);

}  // extern "C"

#endif  // WAIFU4X_LITERT_C_H_
