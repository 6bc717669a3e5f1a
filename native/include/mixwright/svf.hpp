// State-variable filter in its trapezoidal form (Zavalishin, The Art of VA Filter Design; Simper 2013), and the filter of keys.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mixwright/simd.hpp"

namespace mixwright {

struct SvfCoefficients {
  double g = 0, k = 1, a1 = 1, a2 = 0, a3 = 0;

  // `warped` is tan(pi f / fs), 1/k the Q.
  static SvfCoefficients from(double warped, double q) {
    SvfCoefficients c;
    c.g = warped;
    c.k = 1.0 / q;
    c.a1 = 1.0 / (1.0 + c.g * (c.g + c.k));
    c.a2 = c.g * c.a1;
    c.a3 = c.g * c.a2;
    return c;
  }
};

inline double warped_frequency(double hz, double sample_rate) {
  return std::tan(std::numbers::pi * std::min(hz, 0.49 * sample_rate) / sample_rate);
}

// High-pass then low-pass, 12 dB per octave each (Butterworth), on both channels of a detector's signal.
class KeyFilter {
 public:
  static constexpr double kOffLow = 20.0, kOffHigh = 20000.0;  // at these ends of their travel the filters are off

  void prepare(double sample_rate) { sample_rate_ = sample_rate; }
  void set(double highpass_hz, double lowpass_hz) {
    use_high_ = highpass_hz > kOffLow;
    use_low_ = lowpass_hz < kOffHigh && lowpass_hz < 0.49 * sample_rate_;
    high_ = SvfCoefficients::from(warped_frequency(highpass_hz, sample_rate_), std::numbers::sqrt2 / 2);
    low_ = SvfCoefficients::from(warped_frequency(lowpass_hz, sample_rate_), std::numbers::sqrt2 / 2);
  }
  bool active() const { return use_high_ || use_low_; }
  void reset() {
    for (auto& s : state_) s = splat<f64x2>(0.0);
  }

  void process(const float* const* in, float* const* out, int channels, int n) {
    f64x2 h1 = state_[0], h2 = state_[1], l1 = state_[2], l2 = state_[3];
    const int second = channels - 1;
    for (int i = 0; i < n; ++i) {
      f64x2 x = splat<f64x2>(finite(in[0][i]));
      x[1] = finite(in[second][i]);
      if (use_high_) {
        const f64x2 v3 = x - h2;
        const f64x2 v1 = h1 * high_.a1 + v3 * high_.a2;
        const f64x2 v2 = h2 + h1 * high_.a2 + v3 * high_.a3;
        h1 = v1 * 2.0 - h1;
        h2 = v2 * 2.0 - h2;
        x = x - v1 * high_.k - v2;
      }
      if (use_low_) {
        const f64x2 v3 = x - l2;
        const f64x2 v1 = l1 * low_.a1 + v3 * low_.a2;
        const f64x2 v2 = l2 + l1 * low_.a2 + v3 * low_.a3;
        l1 = v1 * 2.0 - l1;
        l2 = v2 * 2.0 - l2;
        x = v2;
      }
      out[0][i] = static_cast<float>(x[0]);
      if (second) out[1][i] = static_cast<float>(x[1]);
    }
    state_[0] = h1, state_[1] = h2, state_[2] = l1, state_[3] = l2;
  }

 private:
  // One bad sample must not silence the detector for ever.
  static double finite(float x) { return std::abs(x) < 1e9f ? x : 0.0; }

  double sample_rate_ = 48000;
  bool use_high_ = false, use_low_ = false;
  SvfCoefficients high_, low_;
  f64x2 state_[4] = {};
};

}  // namespace mixwright
