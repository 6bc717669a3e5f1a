// What the waveform itself tells, in steps: peaks, roughness (for clicks), flat tops, mean and power.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "mixwright/simd.hpp"

namespace mixwright {

// Steps of `kStep` samples; the loudest channel counts. Roughness is the largest third difference, which a jump in the
// waveform raises far above what music has there.
class WaveformMeter {
 public:
  static constexpr int kStep = 256;
  static constexpr int kFlat = 3;  // so many equal samples at the top are no chance
  static constexpr float kClip = 0.9995f;

  void prepare(int channels) {
    channels_.assign(static_cast<std::size_t>(channels), Channel{});
    fill_ = 0;
    peak_ = rough_ = 0;
  }
  int channels() const { return static_cast<int>(channels_.size()); }

  // Appends a value per whole step to both curves.
  void add(const float* const* in, std::int64_t n, std::vector<float>& peaks, std::vector<float>& roughness) {
    for (std::int64_t done = 0; done < n;) {
      const int count = static_cast<int>(std::min<std::int64_t>(kStep - fill_, n - done));
      for (std::size_t c = 0; c < channels_.size(); ++c) measure(channels_[c], in[c] + done, count);
      fill_ += count;
      done += count;
      if (fill_ == kStep) finish(peaks, roughness);
    }
  }

  // As if silence followed the last samples.
  void finish(std::vector<float>& peaks, std::vector<float>& roughness) {
    if (!fill_) return;
    peaks.push_back(peak_);
    roughness.push_back(rough_);
    fill_ = 0;
    peak_ = rough_ = 0;
  }

  double sum(int c) const { return channels_[static_cast<std::size_t>(c)].sum; }
  double square(int c) const { return channels_[static_cast<std::size_t>(c)].square; }
  // Samples in runs of equal ones at the channel's highest or lowest value, whatever that is.
  std::int64_t flat(int c) const {
    const Channel& channel = channels_[static_cast<std::size_t>(c)];
    return channel.top.flat() + channel.bottom.flat();
  }
  // Samples at full scale that follow one there; a single one is no clipping.
  std::int64_t clipped(int c) const { return channels_[static_cast<std::size_t>(c)].clipped; }

 private:
  // Runs at the highest value so far; a higher one forgets them.
  struct Extreme {
    float value = 0;
    int run = 0;
    std::int64_t in_runs = 0;
    void reach(float x) {
      if (x > value) value = x, in_runs = 0, run = 0;
      ++run;
    }
    void leave() {
      if (run >= kFlat) in_runs += run;
      run = 0;
    }
    std::int64_t flat() const { return in_runs + (run >= kFlat ? run : 0); }
  };
  struct Channel {
    float last[3] = {};
    double sum = 0, square = 0;
    std::int64_t clipped = 0;
    Extreme top, bottom;
  };

  void measure(Channel& channel, const float* x, int n) {
    f32x8 highs = splat<f32x8>(0.0f), lows = highs, roughs = highs, sums = highs, squares = highs;
    int i = 0;
    for (; i + 8 <= n; i += 8) {
      const f32x8 v = load<f32x8>(x + i);
      highs = max(highs, v);
      lows = max(lows, splat<f32x8>(0.0f) - v);
      sums = sums + v;
      squares = squares + v * v;
    }
    float high = largest(highs), low = -largest(lows), sum = total(sums), square = total(squares);
    for (; i < n; ++i) {
      high = std::max(high, x[i]);
      low = std::min(low, x[i]);
      sum += x[i];
      square += x[i] * x[i];
    }
    float start[6], rough = 0;
    for (int k = 0; k < 3; ++k) start[k] = channel.last[k], start[3 + k] = k < n ? x[k] : 0.0f;
    for (i = 3; i < std::min(n, 3) + 3; ++i) rough = std::max(rough, std::abs(third(start + i)));
    for (i = 3; i + 8 <= n; i += 8) {
      const f32x8 inner = load<f32x8>(x + i - 1) - load<f32x8>(x + i - 2);
      roughs = max(roughs, abs(load<f32x8>(x + i) - splat<f32x8>(3.0f) * inner - load<f32x8>(x + i - 3)));
    }
    for (; i < n; ++i) rough = std::max(rough, std::abs(third(x + i)));
    rough = std::max(rough, largest(roughs));
    peak_ = std::max(peak_, std::max(high, -low));
    rough_ = std::max(rough_, rough);
    channel.sum += static_cast<double>(sum);
    channel.square += static_cast<double>(square);
    if (std::max(high, -low) >= kClip)
      for (i = 0; i < n; ++i) channel.clipped += std::abs(x[i]) >= kClip && std::abs(i ? x[i - 1] : channel.last[2]) >= kClip;
    runs(channel.top, x, n, high, 1.0f);
    runs(channel.bottom, x, n, -low, -1.0f);
    for (int k = 0; k < 3; ++k) {
      const int from = n - 3 + k;
      channel.last[k] = from >= 0 ? x[from] : channel.last[static_cast<std::size_t>(from + 3)];
    }
  }

  static float total(f32x8 v) {
    float lane[8];
    store(lane, v);
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }

  static float third(const float* x) { return x[0] - 3.0f * (x[-1] - x[-2]) - x[-3]; }

  // Only pieces that reach the extreme are looked through.
  static void runs(Extreme& extreme, const float* x, int n, float reached, float sign) {
    if (reached < extreme.value || !(reached > 0)) return extreme.leave();
    for (int i = 0; i < n; ++i) {
      const float value = sign * x[i];
      if (value >= extreme.value && value > 0) {
        if (value > extreme.value) extreme.leave();
        extreme.reach(value);
      } else {
        extreme.leave();
      }
    }
  }

  std::vector<Channel> channels_;
  int fill_ = 0;
  float peak_ = 0, rough_ = 0;
};

}  // namespace mixwright
