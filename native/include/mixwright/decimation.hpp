// The low end of a sound at a low rate: one long symmetric filter, computed only where a sample is kept.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mixwright/simd.hpp"

namespace mixwright {

// Mean of the channels below a corner frequency, every `step` samples; the first one is centred on sample 0. The filter is a
// sinc under Hann's window over six steps: with the corner at 0.36 of the new rate, images lie 45 dB down from 0.64 of it on.
class Decimator {
 public:
  void prepare(double sample_rate, double corner_hz, int step) {
    step_ = static_cast<std::size_t>(step);
    const int half = 3 * step;
    constexpr double pi = 3.14159265358979323846;
    double sum = 0;
    std::vector<double> exact;
    for (int k = -half; k <= half; ++k) {
      const double t = 2 * pi * corner_hz / sample_rate * k;
      exact.push_back((k ? std::sin(t) / t : 1.0) * (0.5 + 0.5 * std::cos(pi * k / (half + 1))));
      sum += exact.back();
    }
    taps_.assign((exact.size() + 7) / 8 * 8, 0.0f);
    for (std::size_t k = 0; k < exact.size(); ++k) taps_[k] = static_cast<float>(exact[k] / sum);
    reset();
  }

  void reset() { waiting_.assign(3 * step_, 0.0f); }

  void add(const float* const* in, int channels, std::int64_t n, std::vector<float>& out) {
    constexpr std::int64_t kPiece = 4096;
    const float share = 1.0f / static_cast<float>(channels);
    for (std::int64_t at = 0; at < n; at += kPiece) {
      const auto count = static_cast<std::size_t>(std::min(kPiece, n - at));
      const std::size_t old = waiting_.size();
      waiting_.resize(old + count);
      float* fresh = waiting_.data() + old;
      std::copy(in[0] + at, in[0] + at + count, fresh);
      for (int c = 1; c < channels; ++c)
        for (std::size_t i = 0; i < count; ++i) fresh[i] += in[c][static_cast<std::size_t>(at) + i];
      if (channels > 1)
        for (std::size_t i = 0; i < count; ++i) fresh[i] *= share;
      std::size_t first = 0;
      for (; first + taps_.size() <= waiting_.size(); first += step_) out.push_back(filtered(waiting_.data() + first));
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(first, waiting_.size())));
    }
  }

 private:
  float filtered(const float* x) const {
    f32x8 sums[2] = {};
    std::size_t k = 0;
    for (; k + 16 <= taps_.size(); k += 16)
      for (std::size_t j = 0; j < 2; ++j) sums[j] = sums[j] + load<f32x8>(x + k + 8 * j) * load<f32x8>(taps_.data() + k + 8 * j);
    if (k < taps_.size()) sums[0] = sums[0] + load<f32x8>(x + k) * load<f32x8>(taps_.data() + k);
    float lanes[8];
    store(lanes, sums[0] + sums[1]);
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
  }

  std::size_t step_ = 1;
  std::vector<float> taps_, waiting_;
};

}  // namespace mixwright
