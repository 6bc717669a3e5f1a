// Envelope followers. What smooths a reduction runs side by side with its like, one in each lane; a lone average runs as a
// scan of four samples per step. Either way the latency of the recurrence is paid once for four.
#pragma once

#include <algorithm>
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
class Follower {
 public:
  void set(double attack_coefficient, double release_coefficient) {
    attack_ = attack_coefficient;
    release_ = release_coefficient;
  }
  void reset() { held_ = smooth_ = 0.0; }

 private:
  friend class FollowerLanes;
  double attack_ = 0, release_ = 0, held_ = 0, smooth_ = 0;
};

// A follower and the row of n samples it has to smooth in place; past n, up to the next multiple of eight, the row becomes
// `rest`. The row starts at a multiple of eight floats in memory and has room for that.
struct Following {
  Follower* follower = nullptr;
  float* row = nullptr;
  int n = 0;
  float rest = 0;
};

// Four followers to a vector. Lanes know nothing of each other: company changes no bit.
class FollowerLanes {
 public:
  static constexpr int kMost = 8, kLongest = 256;

  // Runs up to kMost of them, all of the same length, at most kLongest.
  static void run(const Following* all, int count) {
    if (count > 4) {
      run_vectors<2>(all, count);
    } else {
      run_vectors<1>(all, count);
    }
  }

 private:
  template <int Vectors>
  static void run_vectors(const Following* all, int count) {
    constexpr int kLanes = 4 * Vectors;
    const int n = all[0].n;
    alignas(32) float nothing[kLongest];
    alignas(32) double attack[kLanes] = {}, release[kLanes] = {}, held[kLanes] = {}, smooth[kLanes] = {};
    float* row[kLanes];
    if (count < kLanes) std::fill_n(nothing, (n + 3) & ~3, 0.0f);
    for (int k = 0; k < kLanes; ++k) {
      row[k] = k < count ? all[k].row : nothing;
      if (k >= count) continue;
      const Follower& f = *all[k].follower;
      attack[k] = f.attack_, release[k] = f.release_, held[k] = f.held_, smooth[k] = f.smooth_;
    }
    quad a[Vectors], b[Vectors], rise[Vectors], fall[Vectors], y1[Vectors], y[Vectors];
    for (int v = 0; v < Vectors; ++v) {
      a[v] = load<quad>(attack + 4 * v), b[v] = load<quad>(release + 4 * v);
      fall[v] = quad_of(1.0) - b[v], rise[v] = quad_of(1.0) - a[v];
      y1[v] = load<quad>(held + 4 * v), y[v] = load<quad>(smooth + 4 * v);
    }
    for (int i = 0; i < n; i += 4) {
      alignas(32) float x[4][kLanes];
      for (int v = 0; v < Vectors; ++v) turn(row + 4 * v, i, x, v);
      MIXWRIGHT_READ_AGAIN();  // widening what lies in memory spares shuffles
      f32x4 out[Vectors][4];
      const auto one = [&](int t) MIXWRIGHT_INLINE_LAMBDA {
        for (int v = 0; v < Vectors; ++v) {
          const quad now = widen(load<f32x4>(x[t] + 4 * v));
          y1[v] = max(fused(b[v], y1[v], fall[v] * now), now);
          y[v] = fused(a[v], y[v], rise[v] * y1[v]);
          out[v][t] = narrow(y[v]);
        }
      };
      if (n - i >= 4) {
        one(0), one(1), one(2), one(3);
      } else {
        for (int t = 0; t < 4; ++t)
          for (int v = 0; v < Vectors; ++v) out[v][t] = f32x4{};
        for (int t = 0; t < n - i; ++t) one(t);
      }
      for (int v = 0; v < Vectors; ++v) turn_back(out[v], row + 4 * v, i);
    }
    for (int v = 0; v < Vectors; ++v) store(held + 4 * v, y1[v]), store(smooth + 4 * v, y[v]);
    for (int k = 0; k < count; ++k) {
      all[k].follower->held_ = held[k], all[k].follower->smooth_ = smooth[k];
      std::fill(row[k] + n, row[k] + ((n + 7) & ~7), all[k].rest);
    }
  }

  // Four samples of four rows become four frames of four lanes, and back.
  template <int Lanes>
  MIXWRIGHT_INLINE static void turn(float* const* row, int i, float (*x)[Lanes], int v) {
    f32x4 r[4];
    for (int k = 0; k < 4; ++k) r[k] = load<f32x4>(row[k] + i);
    transpose(r);
    for (int t = 0; t < 4; ++t) store(x[t] + 4 * v, r[t]);
  }
  MIXWRIGHT_INLINE static void turn_back(f32x4* r, float* const* row, int i) {
    transpose(r);
    for (int k = 0; k < 4; ++k) store(row[k] + i, r[k]);
  }
  MIXWRIGHT_INLINE static void transpose(f32x4* r) {
    const f32x4 p = shuffle<0, 4, 1, 5>(r[0], r[1]), q = shuffle<2, 6, 3, 7>(r[0], r[1]);
    const f32x4 s = shuffle<0, 4, 1, 5>(r[2], r[3]), u = shuffle<2, 6, 3, 7>(r[2], r[3]);
    r[0] = shuffle<0, 1, 4, 5>(p, s), r[1] = shuffle<2, 3, 6, 7>(p, s);
    r[2] = shuffle<0, 1, 4, 5>(q, u), r[3] = shuffle<2, 3, 6, 7>(q, u);
  }
};

// Runs any number of followers, as many side by side as are of one length; changes their order.
inline void follow(Following* all, int count) {
  for (Following* const end = all + count; all != end;) {
    const int n = all->n;
    const auto same = std::partition(all, end, [n](const Following& f) { return f.n == n; });
    while (all != same) {
      const int lanes = std::min(FollowerLanes::kMost, static_cast<int>(same - all));
      FollowerLanes::run(all, lanes);
      all += lanes;
    }
  }
}

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
