// Envelope followers as scans: four samples per step, so that the latency of the recurrence is paid once for four.
#pragma once

#include <cmath>

#include "mixwright/simd.hpp"

namespace mixwright {

// Coefficient of a one-pole that covers 63 % of a step in the given time.
inline double one_pole_coefficient(double seconds, double sample_rate) {
  return seconds <= 0.0 ? 0.0 : std::exp(-1.0 / (seconds * sample_rate));
}

namespace scan {
// Lanes moved up by one or two; what comes round at the bottom meets a zero coefficient.
MIXWRIGHT_INLINE f64x4 up1(f64x4 v) { return shuffle<3, 0, 1, 2>(v, v); }
MIXWRIGHT_INLINE f64x4 up2(f64x4 v) { return shuffle<2, 3, 0, 1>(v, v); }
MIXWRIGHT_INLINE f64x4 last(f64x4 v) { return shuffle<3, 3, 3, 3>(v, v); }

// Coefficients of a one-pole's scan.
struct Powers {
  f64x4 in = splat<f64x4>(1.0), in_before = {}, one = {}, two = {}, carry = {};

  void set(double a) {
    in = splat<f64x4>(1.0 - a);
    for (int i = 0; i < 4; ++i) {
      in_before[i] = i < 1 ? 0.0 : a * (1.0 - a);
      one[i] = i < 1 ? 0.0 : a;
      two[i] = i < 2 ? 0.0 : a * a;
      carry[i] = i == 0 ? a : carry[i - 1] * a;
    }
  }
};
}  // namespace scan

// y = a y + (1 - a) x.
struct OnePole {
  static constexpr int kStates = 1;

  void set(double coefficient) { a_.set(coefficient); }

  // Four steps from the states (all lanes of one state equal); y[0] holds the results.
  MIXWRIGHT_INLINE void step(const f64x4* state, f64x4 x, f64x4* y) const {
    f64x4 s = scan::up1(x) * a_.in_before + x * a_.in;
    s = scan::up2(s) * a_.two + s;
    y[0] = state[0] * a_.carry + s;
  }

 private:
  scan::Powers a_;
};

// The smooth decoupled detector of Giannoulis, Massberg & Reiss (J. Audio Eng. Soc. 60(6), 2012, eq. 17), for x >= 0:
//   y1 = max(x, aR y1 + (1 - aR) x),  y = aA y + (1 - aA) y1.
// A step of the first line is y -> max(c, a y + b), and two such steps are one of the same form:
//   max(c2, a2 max(c1, a1 y + b1) + b2) = max(max(c2, a2 c1 + b2), a1 a2 y + (a2 b1 + b2)).
// Zeros moved into the scan are harmless because b <= c wherever x >= 0.
struct DecoupledFollower {
  static constexpr int kStates = 2;

  void set(double attack_coefficient, double release_coefficient) {
    attack_.set(attack_coefficient);
    a_.set(release_coefficient);
  }

  MIXWRIGHT_INLINE void step(const f64x4* state, f64x4 x, f64x4* y) const {
    const f64x4 before = scan::up1(x);
    f64x4 b = x * a_.in;
    f64x4 c = max(x, before * a_.one + b);
    b = before * a_.in_before + b;
    c = max(c, scan::up2(c) * a_.two + b);
    b = scan::up2(b) * a_.two + b;
    y[0] = max(c, state[0] * a_.carry + b);
    attack_.step(state + 1, y[0], y + 1);
  }

 private:
  OnePole attack_;
  scan::Powers a_;
};

// Runs a four-at-a-time kernel over blocks of any length. Groups of four are counted from the last settle(), and an
// unfinished group is computed again when more of it arrives: the results do not depend on how blocks are cut.
template <class Kernel>
class Grouped {
 public:
  Kernel kernel;

  void reset(double state = 0.0) {
    for (auto& s : state_) s = splat<f64x4>(state);
    filled_ = 0;
  }

  // Ends the group at the present sample; to be called before the kernel's coefficients change.
  void settle() {
    if (filled_ == 0) return;
    f64x4 y[Kernel::kStates];
    kernel.step(state_, to_double(load<f32x4>(pending_)), y);
    for (int k = 0; k < Kernel::kStates; ++k) state_[k] = splat<f64x4>(static_cast<double>(y[k][filled_ - 1]));
    filled_ = 0;
  }

  // Both arrays must have room for a whole number of groups.
  void process(const float* in, float* out, int n) {
    int i = 0;
    while (i < n && filled_ > 0) {
      const int first = filled_;
      while (filled_ < 4 && i < n) pending_[filled_++] = in[i++];
      partial(out + i - (filled_ - first), first);
    }
    const Kernel local = kernel;  // kept in registers: nothing can alias it
    f64x4 state[Kernel::kStates], y[Kernel::kStates];
    for (int k = 0; k < Kernel::kStates; ++k) state[k] = state_[k];
    for (; i + 4 <= n; i += 4) {
      local.step(state, to_double(load<f32x4>(in + i)), y);
      store(out + i, to_float(y[Kernel::kStates - 1]));
      for (int k = 0; k < Kernel::kStates; ++k) state[k] = scan::last(y[k]);
    }
    for (int k = 0; k < Kernel::kStates; ++k) state_[k] = state[k];
    if (i < n) {
      while (i < n) pending_[filled_++] = in[i++];
      partial(out + i - filled_, 0);
    }
  }

 private:
  void partial(float* out, int first) {
    for (int i = filled_; i < 4; ++i) pending_[i] = 0.0f;
    f64x4 y[Kernel::kStates];
    kernel.step(state_, to_double(load<f32x4>(pending_)), y);
    float result[4];
    store(result, to_float(y[Kernel::kStates - 1]));
    for (int i = first; i < filled_; ++i) out[i - first] = result[i];
    if (filled_ < 4) return;
    for (int k = 0; k < Kernel::kStates; ++k) state_[k] = scan::last(y[k]);
    filled_ = 0;
  }

  f64x4 state_[Kernel::kStates] = {};
  float pending_[4] = {};
  int filled_ = 0;
};

}  // namespace mixwright
