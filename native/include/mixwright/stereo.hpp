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

// Takes the side signal out below a frequency (24 dB/oct high-pass on the side), so that the low end is mono. At 0 Hz it
// does nothing; while it runs it fades in and out within 10 ms.
class LowEndMono {
 public:
  void prepare(double sample_rate) {
    sample_rate_ = sample_rate;
    fade_length_ = std::max(1, static_cast<int>(0.01 * sample_rate));
    reset();
  }
  void reset() {
    cascade_.reset();
    running_ = false;
  }
  void set(double frequency_hz) {
    on_ = frequency_hz > 0;
    if (!on_ || frequency_hz == frequency_hz_) return;  // a filter on its way out stays as it was
    frequency_hz_ = frequency_hz;
    Biquad s[2];
    for (int i = 0; i < 2; ++i) s[i] = design::high_pass(frequency_hz, design::butterworth_q(i, 2), sample_rate_);
    cascade_.set(s, 2, 1);
  }
  void process(float* left, float* right, int n) {
    if (!running_) share_ = on_ ? fade_length_ : 0;
    running_ = true;
    alignas(32) double side[256], mid[256], filtered[256];
    while (n > 0 && (on_ || share_ > 0)) {
      const int k = std::min({n, 256, on_ ? 256 : share_});
      for (int i = 0; i < k; ++i) {
        mid[i] = 0.5 * (static_cast<double>(left[i]) + right[i]);
        side[i] = 0.5 * (static_cast<double>(left[i]) - right[i]);
      }
      for (int i = 0; i < k; ++i) filtered[i] = side[i] * cascade_.gain();
      cascade_.process(filtered, k);
      for (int i = 0; i < k && !(on_ && share_ == fade_length_); ++i) {
        share_ += on_ ? 1 : -1;
        if (share_ < fade_length_) filtered[i] = side[i] + (filtered[i] - side[i]) * share_ / fade_length_;
      }
      for (int i = 0; i < k; ++i) {
        left[i] = static_cast<float>(mid[i] + filtered[i]);
        right[i] = static_cast<float>(mid[i] - filtered[i]);
      }
      left += k, right += k, n -= k;
      if (share_ == 0) cascade_.reset();
    }
  }

 private:
  double sample_rate_ = 48000, frequency_hz_ = 0;
  BiquadCascade cascade_;
  bool on_ = false, running_ = false;
  int share_ = 0, fade_length_ = 480;  // how far it is faded in
};

}  // namespace mixwright
