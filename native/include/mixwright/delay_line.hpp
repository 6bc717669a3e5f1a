// Delay by whole samples (a copy) or by fractions (a 64-tap windowed sinc, flat to 0.9 Nyquist).
#pragma once

#include <cmath>

#include "mixwright/ring.hpp"
#include "mixwright/simd.hpp"

namespace mixwright {

struct DelayLineSettings {
  double delay_ms = 0;
  double fractional = 0;
  template <class V>
  void visit(V&& v) {
    v("delay_ms", delay_ms);
    v("fractional", fractional);
  }
};

inline constexpr int kSincTaps = 64;
inline constexpr int kSincLatency = kSincTaps / 2 - 1;

// Modified Bessel function of the first kind, order 0, for the Kaiser window.
inline double bessel_i0(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

// Taps h[j] = s(j - kSincLatency - fraction), s a sinc under a Kaiser window of 90 dB that moves with the fraction.
inline void fractional_delay_taps(double fraction, float* taps) {
  const double pi = 3.14159265358979323846, beta = 0.1102 * (90 - 8.7), half = kSincTaps / 2;
  const double norm = 1 / bessel_i0(beta), sine = std::sin(pi * fraction);
  double exact[kSincTaps], sum = 0;
  for (int j = 0; j < kSincTaps; ++j) {
    const double x = j - kSincLatency - fraction;
    const double window = norm * bessel_i0(beta * std::sqrt(std::max(0.0, 1 - (x / half) * (x / half))));
    // sin(pi x) is +-sin(pi fraction): exact zeros where the fraction is zero
    const double sinc = std::abs(x) < 1e-9 ? 1.0 : ((j - kSincLatency) % 2 ? 1.0 : -1.0) * sine / (pi * x);
    exact[j] = sinc * window;
    sum += exact[j];
  }
  for (int j = 0; j < kSincTaps; ++j) taps[j] = static_cast<float>(exact[j] / sum);
}

class DelayLine {
 public:
  static constexpr double kMaxMs = 500;

  void prepare(double sample_rate) { prepare(sample_rate, static_cast<int>(std::ceil(sample_rate * kMaxMs / 1000))); }
  void prepare(double sample_rate, int max_delay_samples) {
    sample_rate_ = sample_rate;
    max_delay_ = max_delay_samples;
    fade_length_ = std::max(8, static_cast<int>(sample_rate * 0.005));
    for (auto& ring : rings_) ring.prepare(max_delay_ + kSincTaps, kBlock + kSincTaps);
    reset();
  }

  void set(const DelayLineSettings& s) { set_delay(s.delay_ms * sample_rate_ / 1000, s.fractional != 0); }

  // The delay in samples; later changes cross-fade over 5 ms.
  void set_delay(double samples, bool fractional) {
    samples = std::min(std::max(samples, 0.0), static_cast<double>(max_delay_));
    wanted_ = fractional ? samples : std::floor(samples + 0.5);
    fractional_ = fractional;
    if (fresh_) tune(now_);
  }

  void reset() {
    for (auto& ring : rings_) ring.reset();
    time_ = 0;
    fade_left_ = 0;
    fresh_ = true;
    tune(now_);
  }

  // The sinc's own; the delay asked for comes on top.
  int latency() const { return fractional_ ? kSincLatency : 0; }
  static bool neutral(const DelayLineSettings& s) { return s.delay_ms == 0 && s.fractional == 0; }

  void process(float* const* io, int channels, int n) {
    for (int start = 0; start < n;) {
      if (fade_left_ == 0 && (now_.delay != wanted_ || now_.fractional != fractional_)) {
        if (fresh_) {
          tune(now_);
        } else {
          tune(next_);
          fade_left_ = fade_length_;
        }
      }
      fresh_ = false;
      int count = std::min(n - start, kBlock);
      if (fade_left_ > 0) count = std::min(count, fade_left_);
      for (int c = 0; c < channels; ++c) {
        float* x = io[c] + start;
        rings_[c].write(time_, x, count);
        alignas(32) float a[kBlock + 8], b[kBlock + 8];
        read(rings_[c], now_, count, a);
        if (fade_left_ > 0) {
          read(rings_[c], next_, count, b);
          const float step = 1.0f / static_cast<float>(fade_length_), done = static_cast<float>(fade_length_ - fade_left_);
          for (int i = 0; i < count; i += 8) {
            f32x8 w = splat<f32x8>(done + static_cast<float>(i + 1));
            for (int k = 0; k < 8; ++k) w[k] += static_cast<float>(k);
            const f32x8 from = load<f32x8>(a + i), to = load<f32x8>(b + i);
            store(a + i, from + (w * step) * (to - from));
          }
        }
        copy_samples(x, a, count);
      }
      time_ += count;
      start += count;
      if (fade_left_ > 0 && (fade_left_ -= count) == 0) now_ = next_;
    }
  }

 private:
  static constexpr int kBlock = 64;
  struct Tap {
    double delay = 0;
    std::int64_t whole = 0;
    bool fractional = false;
    float taps[kSincTaps] = {};
  };

  void tune(Tap& tap) const {
    tap.delay = wanted_;
    tap.fractional = fractional_;
    tap.whole = static_cast<std::int64_t>(std::floor(wanted_));
    if (fractional_) fractional_delay_taps(wanted_ - static_cast<double>(tap.whole), tap.taps);
  }

  void read(const Ring& ring, const Tap& tap, int count, float* out) const {
    if (!tap.fractional) {
      copy_samples(out, ring.window(time_ - tap.whole), count);
      return;
    }
    const float* x = ring.window(time_ - tap.whole - (kSincTaps - 1));
    for (int i = 0; i < count; i += 32) {  // four vectors at once hide the latency of the sums
      f32x8 sum[4] = {};
      for (int j = kSincTaps - 1; j >= 0; --j) {
        const f32x8 h = splat<f32x8>(tap.taps[j]);
        const float* p = x + i + (kSincTaps - 1 - j);
        for (int v = 0; v < 4; ++v) sum[v] += h * load<f32x8>(p + 8 * v);
      }
      for (int v = 0; v < 4; ++v) store(out + i + 8 * v, sum[v]);
    }
  }

  double sample_rate_ = 48000, wanted_ = 0;
  int max_delay_ = 0, fade_length_ = 240, fade_left_ = 0;
  bool fractional_ = false, fresh_ = true;
  std::int64_t time_ = 0;
  Tap now_, next_;
  Ring rings_[2];
};

}  // namespace mixwright
