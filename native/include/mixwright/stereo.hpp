// Stereo image: pan laws, mid/side width, mono low end.
#pragma once

#include <algorithm>
#include <cmath>

#include "mixwright/biquad.hpp"

namespace mixwright {

struct StereoGain {
  double left = 1, right = 1;
};

// Equal power: -3.01 dB on both sides in the centre, 0 dB at a hard side. pan -1..1.
inline StereoGain pan_mono(double pan) {
  const double angle = (pan + 1) * kPi / 4;
  return {std::cos(angle), std::sin(angle)};
}

// Balance of a stereo track, Ardour's law: 0 dB in the centre, the far side fades linearly.
inline StereoGain balance_stereo(double pan) { return {std::min(1.0, 1 - pan), std::min(1.0, 1 + pan)}; }

// Takes the side signal out below a frequency (24 dB/oct high-pass on the side), so that the low end is mono.
class LowEndMono {
 public:
  void prepare(double sample_rate) {
    sample_rate_ = sample_rate;
    reset();
  }
  void reset() { cascade_.reset(); }
  void set(double frequency_hz) {
    Biquad s[2];
    for (int i = 0; i < 2; ++i) s[i] = design::high_pass(frequency_hz, design::butterworth_q(i, 2), sample_rate_);
    cascade_.set(s, 2, 1);
  }
  void process(float* left, float* right, int n) {
    alignas(32) double side[256], mid[256];
    while (n > 0) {
      const int k = std::min(n, 256);
      for (int i = 0; i < k; ++i) {
        mid[i] = 0.5 * (static_cast<double>(left[i]) + right[i]);
        side[i] = 0.5 * (static_cast<double>(left[i]) - right[i]);
      }
      cascade_.process(side, k);
      for (int i = 0; i < k; ++i) {
        left[i] = static_cast<float>(mid[i] + side[i]);
        right[i] = static_cast<float>(mid[i] - side[i]);
      }
      left += k, right += k, n -= k;
    }
  }

 private:
  double sample_rate_ = 48000;
  BiquadCascade cascade_;
};

}  // namespace mixwright
