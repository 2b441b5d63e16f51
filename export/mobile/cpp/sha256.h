// SHA-256 (FIPS 180-4), so that a damaged file is noticed before anything reads it.
#ifndef WAIFU4X_SHA256_H_
#define WAIFU4X_SHA256_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace waifu4x {

// 64 lower-case hexadecimal digits.
std::string sha256(const std::uint8_t* content, std::size_t bytes);

}  // namespace waifu4x

#endif  // WAIFU4X_SHA256_H_
