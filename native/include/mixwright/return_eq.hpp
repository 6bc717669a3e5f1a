// High-pass and low-pass (12 dB/oct, Butterworth) of a wet signal; left and right are the lanes.
#pragma once

#include <cmath>

#include "mixwright/simd.hpp"

namespace mixwright {

class ReturnEq {
 public:
  // At the ends of their ranges (high-pass 20 Hz, low-pass 20 kHz or above 0.49 of the rate) the filters are off.
  static constexpr double kOffLowHz = 20, kOffHighHz = 20000;

  void set(double high_pass_hz, double low_pass_hz, double sample_rate) {
    high_on_ = high_pass_hz > kOffLowHz;
    low_on_ = low_pass_hz < kOffHighHz && low_pass_hz < 0.49 * sample_rate;
    if (high_on_) high_ = section(high_pass_hz / sample_rate, true);
    if (low_on_) low_ = section(low_pass_hz / sample_rate, false);
  }
  void reset() { high_state_[0] = high_state_[1] = low_state_[0] = low_state_[1] = f64x2{}; }
  bool off() const { return !high_on_ && !low_on_; }

  void process(float* left, float* right, int n) {
    if (off()) return;
    for (int i = 0; i < n; ++i) {
      f64x2 x{left[i], right[i]};
      x = tick(x);
      left[i] = static_cast<float>(x[0]);
      right[i] = static_cast<float>(x[1]);
    }
  }

  MIXWRIGHT_INLINE f64x2 tick(f64x2 x) {
    if (high_on_) x = run(high_, high_state_, x);
    if (low_on_) x = run(low_, low_state_, x);
    return x;
  }

 private:
  struct Section {
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
  };
  static Section section(double frequency, bool high) {
    const double pi = 3.14159265358979323846, k = std::tan(pi * std::min(frequency, 0.49)), norm = 1 / (1 + std::sqrt(2.0) * k + k * k);
    Section s;
    s.b0 = s.b2 = (high ? 1 : k * k) * norm;
    s.b1 = (high ? -2 : 2) * s.b0;
    s.a1 = 2 * (k * k - 1) * norm;
    s.a2 = (1 - std::sqrt(2.0) * k + k * k) * norm;
    return s;
  }
  static MIXWRIGHT_INLINE f64x2 run(const Section& s, f64x2* z, f64x2 x) {
    const f64x2 y = x * s.b0 + z[0];
    z[0] = (x * s.b1 + z[1]) - y * s.a1;
    z[1] = x * s.b2 - y * s.a2;
    return y;
  }
  Section high_, low_;
  f64x2 high_state_[2] = {}, low_state_[2] = {};
  bool high_on_ = false, low_on_ = false;
};

}  // namespace mixwright
