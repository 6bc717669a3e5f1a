// Integer samples of uncompressed files to planar float32 and back: the reading and writing of every WAV passes here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "mixwright/simd.hpp"

namespace mixwright::pcm {

template <int Bits>
MIXWRIGHT_INLINE std::int32_t sample_at(const std::uint8_t* p) {  // in the upper bits of 32
  if constexpr (Bits == 16) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(p[0]) << 16 | static_cast<std::uint32_t>(p[1]) << 24);
  } else if constexpr (Bits == 24) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(p[0]) << 8 | static_cast<std::uint32_t>(p[1]) << 16 |
                                     static_cast<std::uint32_t>(p[2]) << 24);
  } else {
    std::int32_t value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
}

#if defined(__SSSE3__)
// Twelve bytes, four samples of 24 bits, in the order `index`, to the upper bits of 32; sixteen bytes are touched.
template <int... index>
MIXWRIGHT_INLINE i32x4 four_of_24(const std::uint8_t* p) {
  constexpr int at[4] = {index...};
  const __m128i order = _mm_setr_epi8(
      -1, 3 * at[0], 3 * at[0] + 1, 3 * at[0] + 2, -1, 3 * at[1], 3 * at[1] + 1, 3 * at[1] + 2,
      -1, 3 * at[2], 3 * at[2] + 1, 3 * at[2] + 2, -1, 3 * at[3], 3 * at[3] + 1, 3 * at[3] + 2);
  return (i32x4)_mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), order);
}

MIXWRIGHT_INLINE f32x8 eight_floats(i32x4 low, i32x4 high) {
  return to_float(__builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7)) * splat<f32x8>(0x1p-31f);
}

// As many whole groups of eight frames as can be read without going beyond the last one; how many frames that was.
inline std::size_t from_24(const std::uint8_t* p, int channels, int wanted, std::size_t frames, float* out, std::size_t row) {
  std::size_t i = 0;
  if (channels == 1) {
    for (; i + 10 <= frames; i += 8, p += 24) store(out + i, eight_floats(four_of_24<0, 1, 2, 3>(p), four_of_24<0, 1, 2, 3>(p + 12)));
  } else if (channels == 2) {
    for (; i + 9 <= frames; i += 8, p += 48) {
      const f32x8 a = eight_floats(four_of_24<0, 2, 1, 3>(p), four_of_24<0, 2, 1, 3>(p + 24));
      const f32x8 b = eight_floats(four_of_24<0, 2, 1, 3>(p + 12), four_of_24<0, 2, 1, 3>(p + 36));
      store(out + i, shuffle<0, 1, 8, 9, 4, 5, 12, 13>(a, b));
      if (wanted == 2) store(out + row + i, shuffle<2, 3, 10, 11, 6, 7, 14, 15>(a, b));
    }
  }
  return i;
}
#endif

// `frames` samples of the first `wanted` channels, full scale at -1; rows of `out` lie `row` apart.
template <int Bits>
void to_float(const std::uint8_t* raw, int channels, int wanted, std::size_t frames, float* out, std::size_t row) {
  constexpr int kBytes = Bits / 8;
  const std::size_t step = static_cast<std::size_t>(channels) * kBytes;
  std::size_t done = 0;
#if defined(__SSSE3__)
  if constexpr (Bits == 24) done = from_24(raw, channels, wanted, frames, out, row);
#endif
  for (int c = 0; c < wanted; ++c) {
    const std::uint8_t* p = raw + c * kBytes;
    float* y = out + static_cast<std::size_t>(c) * row;
    for (std::size_t i = done; i < frames; ++i) y[i] = static_cast<float>(sample_at<Bits>(p + i * step)) * 0x1p-31f;
  }
}

// Rounds to the nearest step (ties to even), clips at full scale, and interleaves. Bits is at most 24, so that float32 holds
// every step. Returns how many samples lay beyond full scale, which itself (+1) is not counted.
template <int Bits>
std::int64_t from_float(const float* const* in, int channels, std::size_t frames, std::uint8_t* out) {
  static_assert(Bits == 16 || Bits == 24);
  constexpr float kTop = static_cast<float>(1 << (Bits - 1));
  constexpr std::size_t kPiece = 512;
  std::int32_t whole[kPiece];
  std::int64_t beyond = 0;
  for (std::size_t at = 0; at < frames; at += kPiece) {
    const std::size_t count = std::min(kPiece, frames - at);
    for (int c = 0; c < channels; ++c) {
      const float* x = in[c] + at;
      int outside = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const float scaled = x[i] * kTop;
        outside += scaled > kTop || scaled < -kTop;
        const float clipped = scaled > kTop - 1 ? kTop - 1 : scaled < -kTop ? -kTop : scaled;
        whole[i] = static_cast<std::int32_t>(std::lrint(clipped));
      }
      beyond += outside;
      std::uint8_t* y = out + (at * static_cast<std::size_t>(channels) + static_cast<std::size_t>(c)) * (Bits / 8);
      for (std::size_t i = 0; i < count; ++i, y += channels * (Bits / 8)) {
        const auto value = static_cast<std::uint32_t>(whole[i]);
        y[0] = static_cast<std::uint8_t>(value);
        y[1] = static_cast<std::uint8_t>(value >> 8);
        if constexpr (Bits == 24) y[2] = static_cast<std::uint8_t>(value >> 16);
      }
    }
  }
  return beyond;
}

}  // namespace mixwright::pcm
