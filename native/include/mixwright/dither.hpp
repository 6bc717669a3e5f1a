// Triangular dither and rounding to whole steps. The noise is a function of seed, channel and absolute position alone.
#pragma once

#include <cmath>
#include <cstdint>

namespace mixwright {

// Every bit of the counter reaches every bit of the result (splitmix64: Steele, Lea, Flood, OOPSLA 2014).
inline std::uint64_t hash_counter(std::uint64_t counter) {
  counter *= 0x9e3779b97f4a7c15ull;
  counter = (counter ^ (counter >> 30)) * 0xbf58476d1ce4e5b9ull;
  counter = (counter ^ (counter >> 27)) * 0x94d049bb133111ebull;
  return counter ^ (counter >> 31);
}

// Rounds to multiples of 2^(1 - bits) after adding triangular noise of -1..1 step. Exact zeros stay zeros: only silence has
// them, and it shall stay silent. Values beyond full scale are not clipped. One counter serves two channels: each takes the
// difference of two of its four 16-bit numbers.
inline void dither(const float* const* in, float* const* out, int channels, std::int64_t n, int bits, std::int64_t position,
                   std::uint64_t seed) {
  const double steps = std::ldexp(1.0, bits - 1), step = 1.0 / steps;
  const auto rounded = [=](float x, std::uint32_t random) {
    const int triangular = static_cast<int>(random >> 16) - static_cast<int>(random & 0xffff);
    const double y = std::floor(static_cast<double>(x) * steps + static_cast<double>(triangular) * 0x1p-16 + 0.5) * step;
    return x == 0.0f ? 0.0f : static_cast<float>(y);
  };
  for (int c = 0; c < channels; c += 2) {
    const std::uint64_t first = hash_counter(hash_counter(seed) + static_cast<std::uint64_t>(c) + 1) + static_cast<std::uint64_t>(position);
    const float *left = in[c], *right = in[c + 1 < channels ? c + 1 : c];
    float *left_out = out[c], *right_out = c + 1 < channels ? out[c + 1] : nullptr;
    for (std::int64_t i = 0; i < n; ++i) {
      const std::uint64_t random = hash_counter(first + static_cast<std::uint64_t>(i));
      left_out[i] = rounded(left[i], static_cast<std::uint32_t>(random));
      if (right_out) right_out[i] = rounded(right[i], static_cast<std::uint32_t>(random >> 32));
    }
  }
}

}  // namespace mixwright
