// State-variable filter with trapezoidal integrators (Zavalishin, The Art of VA Filter Design), and the filter of keys.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mixwright/simd.hpp"

namespace mixwright {

inline double warped_frequency(double hz, double sample_rate) {
  return std::tan(std::numbers::pi * std::min(hz, 0.49 * sample_rate) / sample_rate);
}

// Denominator and gains of one two-pole. It runs as w = x + d1 w1 + d2 w2 (four cycles per sample, half of what the
// integrators take); its outputs are
//   low = low_gain (w + 2 w1 + w2),  band = band_gain (w - w2),  high = high_gain (w - 2 w1 + w2),  x = low + band + high,
// where band has unity gain at the centre.
struct TwoPole {
  double warped = 1, q = 1, d1 = 0, d2 = 0, low_gain = 0, band_gain = 0, high_gain = 1;

  static TwoPole from(double warped_hz, double q) {
    TwoPole p;
    const double g = warped_hz, k = 1.0 / q, c = 1.0 / (1.0 + g * (g + k));
    p.warped = g, p.q = q;
    p.d1 = 2.0 * (1.0 - g * g) * c;
    p.d2 = -(1.0 - g * (k - g)) * c;
    p.low_gain = c * g * g, p.band_gain = c * g * k, p.high_gain = c;
    return p;
  }

  // w1 and w2 that mean the same integrator states under new coefficients, so that a change makes no click: the states are
  // 2 c g (w1 - w2) and 2 c g^2 (w1 + w2).
  static void carry_over(const TwoPole& from, const TwoPole& to, double& w1, double& w2) {
    const double difference = (w1 - w2) * (from.high_gain * from.warped) / (to.high_gain * to.warped);
    const double sum = (w1 + w2) * from.low_gain / to.low_gain;
    w1 = 0.5 * (sum + difference);
    w2 = 0.5 * (sum - difference);
  }
};

// High-pass then low-pass, 12 dB per octave each (Butterworth), on both channels of a detector's signal.
class KeyFilter {
 public:
  static constexpr double kOffLow = 20.0, kOffHigh = 20000.0;  // at these ends of their travel the filters are off

  void prepare(double sample_rate) { sample_rate_ = sample_rate; }
  void set(double highpass_hz, double lowpass_hz) {
    use_high_ = highpass_hz > kOffLow;
    use_low_ = lowpass_hz < kOffHigh && lowpass_hz < 0.49 * sample_rate_;
    change(high_, highpass_hz, state_);
    change(low_, lowpass_hz, state_ + 2);
  }
  bool active() const { return use_high_ || use_low_; }
  void reset() {
    for (auto& s : state_) s[0] = s[1] = 0.0;
  }

  void process(const float* const* in, float* const* out, int channels, int n) {
    if (use_high_ && use_low_) run<true, true>(in, out, channels, n);
    else if (use_high_) run<true, false>(in, out, channels, n);
    else run<false, true>(in, out, channels, n);
  }

 private:
  void change(TwoPole& filter, double hz, double (*state)[2]) {
    const TwoPole next = TwoPole::from(warped_frequency(hz, sample_rate_), std::numbers::sqrt2 / 2);
    for (int c = 0; c < 2; ++c) TwoPole::carry_over(filter, next, state[0][c], state[1][c]);
    filter = next;
  }

  template <bool High, bool Low>
  void run(const float* const* in, float* const* out, int channels, int n) {
    const TwoPole high = high_, low = low_;
    f64x2 h1 = load<f64x2>(state_[0]), h2 = load<f64x2>(state_[1]), l1 = load<f64x2>(state_[2]), l2 = load<f64x2>(state_[3]);
    const float *left = in[0], *right = in[channels - 1];
    float *left_out = out[0], *right_out = out[channels - 1];
    for (int i = 0; i < n; ++i) {
      f64x2 x = {finite(left[i]), finite(right[i])};
      if constexpr (High) {
        const f64x2 w = (x + h2 * high.d2) + h1 * high.d1;
        x = ((w + h2) - h1 * 2.0) * high.high_gain;
        h2 = h1, h1 = w;
      }
      if constexpr (Low) {
        const f64x2 w = (x + l2 * low.d2) + l1 * low.d1;
        x = ((w + l2) + l1 * 2.0) * low.low_gain;
        l2 = l1, l1 = w;
      }
      left_out[i] = static_cast<float>(x[0]);
      right_out[i] = static_cast<float>(x[1]);
    }
    store(state_[0], h1), store(state_[1], h2), store(state_[2], l1), store(state_[3], l2);
  }

  // One bad sample must not silence the detector for ever.
  static double finite(float x) { return std::abs(x) < 1e9f ? x : 0.0f; }

  double sample_rate_ = 48000;
  bool use_high_ = false, use_low_ = false;
  TwoPole high_, low_;
  double state_[4][2] = {};  // high w1, w2, low w1, w2; two channels each
};

}  // namespace mixwright
