// Integer delay of the audio behind a detector that sees it early.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mixwright {

class Lookahead {
 public:
  static constexpr int kMaxBlock = 512;

  void prepare(int max_delay) {
    std::size_t size = 1;
    while (size < static_cast<std::size_t>(max_delay) + kMaxBlock) size *= 2;
    for (auto& b : buffer_) b.assign(size, 0.0f);
    mask_ = size - 1;
  }
  void set(int delay) { delay_ = delay; }
  int delay() const { return delay_; }
  void reset() {
    for (auto& b : buffer_) std::fill(b.begin(), b.end(), 0.0f);
    at_ = 0;
  }

  // Delays n <= kMaxBlock samples in place.
  void process(float* const* io, int channels, int n) {
    if (delay_ == 0) return;
    for (int c = 0; c < channels; ++c) {
      copy_in(buffer_[c].data(), io[c], n);
      copy_out(buffer_[c].data(), io[c], n);
    }
    at_ = (at_ + static_cast<std::size_t>(n)) & mask_;
  }

 private:
  void copy_in(float* ring, const float* from, int n) const {
    const int first = std::min<int>(n, static_cast<int>(mask_ + 1 - at_));
    std::copy_n(from, first, ring + at_);
    std::copy_n(from + first, n - first, ring);
  }
  void copy_out(const float* ring, float* to, int n) const {
    const std::size_t start = (at_ - static_cast<std::size_t>(delay_)) & mask_;
    const int first = std::min<int>(n, static_cast<int>(mask_ + 1 - start));
    std::copy_n(ring + start, first, to);
    std::copy_n(ring, n - first, to + first);
  }

  std::vector<float> buffer_[2];
  std::size_t mask_ = 0, at_ = 0;
  int delay_ = 0;
};

}  // namespace mixwright
