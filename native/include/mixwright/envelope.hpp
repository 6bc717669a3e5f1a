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
// Coefficients of a one-pole's scan.
struct Powers {
  quad in = {}, in_before = {}, one = {}, two = {}, carry = {};

  void set(double a) {  // what comes round at the bottom of a turned quad meets a zero
    const double b = 1.0 - a, a2 = a * a;
    in = quad_of(b);
    in_before = lanes(0.0, a * b, a * b, a * b);
    one = lanes(0.0, a, a, a);
    two = lanes(0.0, 0.0, a2, a2);
    carry = lanes(a, a2, a2 * a, a2 * a2);
  }

 private:
  static quad lanes(double w, double x, double y, double z) {
    const double v[4] = {w, x, y, z};
    return load<quad>(v);
  }
};
}  // namespace scan

// y = a y + (1 - a) x.
struct OnePole {
  static constexpr int kStates = 1;

  void set(double coefficient) { a_.set(coefficient); }

  // Four steps from the states (all lanes of one state equal); y[0] holds the results.
  MIXWRIGHT_INLINE void step(const quad* state, quad x, quad* y) const {
    quad s = turned_up<1>(x) * a_.in_before + x * a_.in;
    s = turned_up<2>(s) * a_.two + s;
    y[0] = state[0] * a_.carry + s;
  }

 private:
  scan::Powers a_;
};

// The smooth decoupled detector of Giannoulis, Massberg & Reiss (J. Audio Eng. Soc. 60(6), 2012, eq. 17), for x >= 0:
//   y1 = max(x, aR y1 + (1 - aR) x),  y = aA y + (1 - aA) y1.
// A step of the first line is y -> max(c, a y + b), and two such steps are one of the same form:
//   max(c2, a2 max(c1, a1 y + b1) + b2) = max(max(c2, a2 c1 + b2), a1 a2 y + (a2 b1 + b2)).
// The zeros that enter the scan are harmless because b <= c wherever x >= 0.
struct DecoupledFollower {
  static constexpr int kStates = 2;

  void set(double attack_coefficient, double release_coefficient) {
    attack_.set(attack_coefficient);
    a_.set(release_coefficient);
  }

  MIXWRIGHT_INLINE void step(const quad* state, quad x, quad* y) const {
    const quad before = turned_up<1>(x);
    quad b = x * a_.in;
    quad c = max(x, before * a_.one + b);
    b = before * a_.in_before + b;
    c = max(c, turned_up<2>(c) * a_.two + b);
    b = turned_up<2>(b) * a_.two + b;
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
    for (auto& s : state_) s = quad_of(state);
    filled_ = 0;
  }

  // Ends the group at the present sample; to be called before the kernel's coefficients change.
  void settle() {
    if (filled_ == 0) return;
    quad y[Kernel::kStates];
    kernel.step(state_, widen(load<f32x4>(pending_)), y);
    for (int k = 0; k < Kernel::kStates; ++k) {
      double lanes[4];
      store(lanes, y[k]);
      state_[k] = quad_of(lanes[filled_ - 1]);
    }
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
    quad state[Kernel::kStates], y[Kernel::kStates];
    for (int k = 0; k < Kernel::kStates; ++k) state[k] = state_[k];
    for (; i + 4 <= n; i += 4) {
      local.step(state, widen(load<f32x4>(in + i)), y);
      store(out + i, narrow(y[Kernel::kStates - 1]));
      for (int k = 0; k < Kernel::kStates; ++k) state[k] = last_lane(y[k]);
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
    quad y[Kernel::kStates];
    kernel.step(state_, widen(load<f32x4>(pending_)), y);
    float result[4];
    store(result, narrow(y[Kernel::kStates - 1]));
    for (int i = first; i < filled_; ++i) out[i - first] = result[i];
    if (filled_ < 4) return;
    for (int k = 0; k < Kernel::kStates; ++k) state_[k] = last_lane(y[k]);
    filled_ = 0;
  }

  quad state_[Kernel::kStates] = {};
  float pending_[4] = {};
  int filled_ = 0;
};

}  // namespace mixwright
