// A ring of past samples that hands out contiguous windows, so that delay lines can be read with whole vectors.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "mixwright/simd.hpp"

namespace mixwright {

// Few samples at a time: quicker than the start of a general memcpy.
MIXWRIGHT_INLINE void copy_samples(float* to, const float* from, int n) {
  int i = 0;
  for (; i + 8 <= n; i += 8) store(to + i, load<f32x8>(from + i));
  for (; i < n; ++i) to[i] = from[i];
}

class Ring {
 public:
  // Keeps at least `past` samples; windows and writes are at most `longest` samples long. Allocates.
  void prepare(std::int64_t past, int longest) {
    std::int64_t size = 1024;  // rarely at its end, even where the delay is short
    while (size < past + 2 * longest) size *= 2;
    mask_ = size - 1;
    longest_ = longest;
    data_.assign(static_cast<std::size_t>(size + longest), 0.0f);
  }

  void reset() { std::fill(data_.begin(), data_.end(), 0.0f); }

  // Stores samples time .. time + n - 1.
  void write(std::int64_t time, const float* from, int n) {
    const std::int64_t at = time & mask_;
    copy_samples(&data_[static_cast<std::size_t>(at)], from, n);
    repeat(at, at + n);
  }

  // The same with whole vectors: reads up to seven samples more, and spoils as many of the oldest.
  MIXWRIGHT_INLINE void write_padded(std::int64_t time, const float* from, int n) {
    float* to = place(time);
    for (int i = 0; i < n; i += 8) store(to + i, load<f32x8>(from + i));
    written(time, n);
  }

  // Where whole vectors from `time` on may be put, up to `longest` samples; `written` then makes them part of the ring.
  float* place(std::int64_t time) { return &data_[static_cast<std::size_t>(time & mask_)]; }
  MIXWRIGHT_INLINE void written(std::int64_t time, int n) {
    const std::int64_t at = time & mask_, end = at + ((n + 7) & ~7);
    if (end > mask_ + 1 || at < longest_) repeat(at, end);
  }

  // Samples time .. time + longest - 1; what was not yet written holds anything finite.
  const float* window(std::int64_t time) const { return &data_[static_cast<std::size_t>(time & mask_)]; }

 private:
  void repeat(std::int64_t at, std::int64_t end) {
    const std::int64_t size = mask_ + 1;
    float* data = data_.data();
    if (end > size) std::copy(data + size, data + end, data);
    if (at < longest_) {  // the first samples are repeated behind the last, so a window never wraps
      const std::int64_t stop = std::min<std::int64_t>(end, longest_);
      std::copy(data + at, data + stop, data + size + at);
    }
  }

  std::vector<float> data_;
  std::int64_t mask_ = 0;
  int longest_ = 0;
};

}  // namespace mixwright
