// True-peak meters: the example filter of BS.1770-4 (4x, 12 taps) and the project's own reference (8x, 64 taps per phase).
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mixwright/interpolation.hpp"

namespace mixwright {

// Silence is taken to lie before and after the sound. Audio that cannot raise the reading is passed over unmeasured.
template <class Interpolator>
class TruePeakMeter {
 public:
  explicit TruePeakMeter(const Interpolator& interpolator) : interpolator_(&interpolator) {}

  void prepare(int channels) { channels_.assign(static_cast<std::size_t>(channels), Channel{}), reset(); }

  void reset() {
    for (Channel& c : channels_) {
      c.buffer.assign(kWindow + kChunk + 8, 0.0f);
      c.fill = kBefore;
      c.peak = c.sample_peak = 0;
    }
  }

  int channels() const { return static_cast<int>(channels_.size()); }

  void add(const float* const* in, std::int64_t n) {
    for (std::size_t c = 0; c < channels_.size(); ++c) {
      Channel& channel = channels_[c];
      for (std::int64_t done = 0; done < n;) {
        const int room = kWindow + kChunk - channel.fill;
        const int step = static_cast<int>(std::min<std::int64_t>(room, n - done));
        std::copy(in[c] + done, in[c] + done + step, channel.buffer.begin() + channel.fill);
        channel.fill += step;
        done += step;
        if (channel.fill == kWindow + kChunk) measure(channel);
      }
    }
  }

  // Linear; as if silence followed.
  float peak(int c) const {
    Channel tail = channels_[static_cast<std::size_t>(c)];
    std::fill(tail.buffer.begin() + tail.fill, tail.buffer.end(), 0.0f);
    measure(tail);
    const int left = kWindow;  // what `measure` has kept: the last samples, now at the front
    std::fill(tail.buffer.begin() + left, tail.buffer.end(), 0.0f);
    measure(tail);
    return tail.peak;
  }
  float sample_peak(int c) const {
    const Channel& channel = channels_[static_cast<std::size_t>(c)];
    float peak = channel.sample_peak;
    for (int i = 0; i < channel.fill; ++i) peak = std::max(peak, std::abs(channel.buffer[static_cast<std::size_t>(i)]));
    return peak;
  }

 private:
  static constexpr int kBefore = Interpolator::kBefore, kAfter = Interpolator::kAfter, kWindow = kBefore + kAfter;
  static constexpr int kChunk = 1024, kStep = 64;

  struct Channel {
    std::vector<float> buffer;
    int fill = 0;
    float peak = 0, sample_peak = 0;
  };

  // Measures the positions kBefore .. kBefore + kChunk and moves what is needed again to the front.
  void measure(Channel& c) const {
    const float* x = c.buffer.data() + kBefore;
    for (int start = 0; start < kChunk; start += kStep) {
      const float window = magnitude(x + start - kBefore, kWindow + kStep);
      if (window * interpolator_->bound() <= c.peak) continue;
      f32x8 peak = splat<f32x8>(0.0f);
      for (int i = start; i < start + kStep; i += 8) peak = max(peak, interpolator_->peaks(x + i));
      c.peak = std::max(c.peak, largest(peak));
    }
    c.sample_peak = std::max(c.sample_peak, magnitude(c.buffer.data(), kWindow + kChunk));
    std::copy(c.buffer.begin() + kChunk, c.buffer.begin() + kChunk + kWindow, c.buffer.begin());
    c.fill = kWindow;
  }

  static float magnitude(const float* x, int n) {
    f32x8 m = splat<f32x8>(0.0f);
    int i = 0;
    for (; i + 8 <= n; i += 8) m = max(m, abs(load<f32x8>(x + i)));
    float largest_magnitude = largest(m);
    for (; i < n; ++i) largest_magnitude = std::max(largest_magnitude, std::abs(x[i]));
    return largest_magnitude;
  }

  const Interpolator* interpolator_;
  std::vector<Channel> channels_;
};

}  // namespace mixwright
