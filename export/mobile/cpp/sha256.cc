#include "sha256.h"

#include <cstring>

namespace waifu4x {
namespace {

constexpr std::size_t kBlock = 64;

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr std::uint32_t kRounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t turned(std::uint32_t value, int bits) { return (value >> bits) | (value << (32 - bits)); }

void addBlock(std::uint32_t state[8], const std::uint8_t* block) {
  std::uint32_t words[64];
  for (int index = 0; index < 16; ++index) {
    const std::uint8_t* bytes = block + 4 * index;
    words[index] = std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
  }
  for (int index = 16; index < 64; ++index) {
    const std::uint32_t early = words[index - 15], late = words[index - 2];
    words[index] = words[index - 16] + (turned(early, 7) ^ turned(early, 18) ^ (early >> 3)) + words[index - 7] +
                   (turned(late, 17) ^ turned(late, 19) ^ (late >> 10));
  }
  std::uint32_t v[8];
  std::memcpy(v, state, sizeof(v));
  for (int index = 0; index < 64; ++index) {
    const std::uint32_t chosen = (v[4] & v[5]) ^ (~v[4] & v[6]);
    const std::uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
    const std::uint32_t first =
        v[7] + (turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)) + chosen + kRounds[index] + words[index];
    const std::uint32_t second = (turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)) + majority;
    std::memmove(v + 1, v, 7 * sizeof(*v));
    v[4] += first;
    v[0] = first + second;
  }
  for (int index = 0; index < 8; ++index) state[index] += v[index];
}

}  // namespace

std::string sha256(const std::uint8_t* content, std::size_t bytes) {
  std::uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  const std::size_t whole = bytes / kBlock * kBlock, rest = bytes - whole;
  for (std::size_t start = 0; start < whole; start += kBlock) addBlock(state, content + start);
  std::uint8_t last[2 * kBlock] = {};
  if (rest > 0) std::memcpy(last, content + whole, rest);
  last[rest] = 0x80;
  const std::size_t padded = rest < kBlock - 8 ? kBlock : 2 * kBlock;
  const std::uint64_t bits = 8 * std::uint64_t{bytes};
  for (int index = 0; index < 8; ++index) last[padded - 1 - index] = static_cast<std::uint8_t>(bits >> (8 * index));
  for (std::size_t start = 0; start < padded; start += kBlock) addBlock(state, last + start);
  std::string digits;
  for (int index = 0; index < 64; ++index) digits += "0123456789abcdef"[state[index / 8] >> (28 - 4 * (index % 8)) & 15];
  return digits;
}

}  // namespace waifu4x
