// Biquad designs (bilinear, R. Bristow-Johnson's cookbook; Butterworth cascades) and a cascade that runs its
// sections side by side in vector lanes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "mixwright/simd.hpp"

namespace mixwright {

inline constexpr double kPi = 3.14159265358979323846;

struct Biquad {  // normalised: a0 = 1
  double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
};

// The highest usable design frequency: the bilinear transform ends at Nyquist.
inline double usable_frequency(double frequency_hz, double sample_rate) {
  return std::clamp(frequency_hz, 1.0, 0.49 * sample_rate);
}

namespace design {

struct Prototype {
  double cosine, alpha;
  Prototype(double frequency_hz, double q, double sample_rate) {
    const double w = 2 * kPi * usable_frequency(frequency_hz, sample_rate) / sample_rate;
    cosine = std::cos(w);
    alpha = std::sin(w) / (2 * q);
  }
};

inline Biquad normalised(double b0, double b1, double b2, double a0, double a1, double a2) {
  return {b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0};
}

inline Biquad low_pass(double frequency_hz, double q, double sample_rate) {
  const Prototype p(frequency_hz, q, sample_rate);
  const double b = 1 - p.cosine;
  return normalised(b / 2, b, b / 2, 1 + p.alpha, -2 * p.cosine, 1 - p.alpha);
}

inline Biquad high_pass(double frequency_hz, double q, double sample_rate) {
  const Prototype p(frequency_hz, q, sample_rate);
  const double b = 1 + p.cosine;
  return normalised(b / 2, -b, b / 2, 1 + p.alpha, -2 * p.cosine, 1 - p.alpha);
}

inline Biquad notch(double frequency_hz, double q, double sample_rate) {
  const Prototype p(frequency_hz, q, sample_rate);
  return normalised(1, -2 * p.cosine, 1, 1 + p.alpha, -2 * p.cosine, 1 - p.alpha);
}

inline Biquad bell(double frequency_hz, double q, double gain_db, double sample_rate) {
  const Prototype p(frequency_hz, q, sample_rate);
  const double a = std::pow(10.0, gain_db / 40);
  return normalised(1 + p.alpha * a, -2 * p.cosine, 1 - p.alpha * a, 1 + p.alpha / a, -2 * p.cosine, 1 - p.alpha / a);
}

inline Biquad shelf(double frequency_hz, double q, double gain_db, double sample_rate, double side) {
  // side +1: low shelf, -1: high shelf (the cookbook's two shelves mirror each other in the sign of cos w)
  const Prototype p(frequency_hz, q, sample_rate);
  const double a = std::pow(10.0, gain_db / 40), c = side * p.cosine, r = 2 * std::sqrt(a) * p.alpha;
  return normalised(a * ((a + 1) - (a - 1) * c + r), side * 2 * a * ((a - 1) - (a + 1) * c),
                    a * ((a + 1) - (a - 1) * c - r), (a + 1) + (a - 1) * c + r,
                    side * -2 * ((a - 1) + (a + 1) * c), (a + 1) + (a - 1) * c - r);
}

inline Biquad low_shelf(double frequency_hz, double q, double gain_db, double sample_rate) {
  return shelf(frequency_hz, q, gain_db, sample_rate, 1);
}

inline Biquad high_shelf(double frequency_hz, double q, double gain_db, double sample_rate) {
  return shelf(frequency_hz, q, gain_db, sample_rate, -1);
}

// Q of section `index` of a Butterworth filter made of `sections` biquads.
inline double butterworth_q(int index, int sections) {
  return 1 / (2 * std::cos(kPi * (2 * index + 1) / (4.0 * sections)));
}

}  // namespace design

// Up to kMaxSections biquads in series on one or two channels, direct form 2 in double. The sections' b0 are taken out,
// which spares a multiplication in each: their product is `gain()`, and the caller multiplies the input by it. What is left is
// w = x + d1 w1 + d2 w2 and, at the same time, y = x + n1 w1 + n2 w2 with d = -a and n = b / b0 - a.
//
// A serial chain is a latency-bound recurrence. Here section j works on sample t - 2 j while section 0 works on t, so
// all sections (and channels) of one step are independent and share vectors of four lanes, and what a section hands on
// has a whole step to arrive. At the edges of a call the idle lanes are masked: each lane does the same arithmetic
// whatever the block size, hence equal bits.
class BiquadCascade {
 public:
  static constexpr int kMaxSections = 16;
  static constexpr int kMaxVectors = kMaxSections / 2;

  // The first `count` sections are used, none with a b0 of 0. A change of coefficients keeps what a section holds in its
  // integrators (see Integrators), so that it makes no click.
  void set(const Biquad* sections, int count, int channels) {
    std::array<std::array<double, 4>, kMaxSections> kept{};  // w1 of the channels, w2 of the channels
    std::array<Integrators, kMaxSections> before{};
    const int old_count = channels == channels_ ? count_ : 0;
    for (int j = 0; j < old_count; ++j) {
      before[j] = integrators_[j];
      for (int c = 0; c < channels; ++c) {
        kept[j][c] = w1_[vector_of(j)][lane_of(j, c)];
        kept[j][2 + c] = w2_[vector_of(j)][lane_of(j, c)];
      }
    }
    channels_ = channels;
    count_ = count;
    per_vector_ = 4 / channels;
    vectors_ = (count + per_vector_ - 1) / per_vector_;
    gain_ = 1;
    for (int j = vectors_ * per_vector_ - 1; j >= 0; --j) {
      const Biquad s = j < count ? sections[j] : Biquad{};
      gain_ *= s.b0;
      integrators_[j] = Integrators(s, gain_);
      if (j < old_count && j < count) Integrators::carry_over(before[j], integrators_[j], channels, kept[j]);
      for (int c = 0; c < channels; ++c) {
        const int v = vector_of(j), lane = lane_of(j, c);
        d1_[v][lane] = -s.a1, d2_[v][lane] = -s.a2, n1_[v][lane] = s.b1 / s.b0 - s.a1, n2_[v][lane] = s.b2 / s.b0 - s.a2;
        w1_[v][lane] = j < count ? kept[j][c] : 0;
        w2_[v][lane] = j < count ? kept[j][2 + c] : 0;
      }
    }
  }

  void reset() {
    w1_ = {};
    w2_ = {};
  }

  // What the input has to be multiplied by.
  double gain() const { return gain_; }
  int count() const { return count_; }

  // `io`: interleaved doubles, `channels` per frame, in place; times gain() already.
  void process(double* io, int n) {
    if (count_ == 0 || n <= 0) return;
    if (channels_ == 2) {
      run_channels<2>(io, n);
    } else {
      run_channels<1>(io, n);
    }
  }

 private:
  // How w1 and w2 of a section relate to the states of the trapezoidal integrators that would do the same: one is
  // difference (w1 - w2), the other sum (w1 + w2); compare TwoPole::carry_over.
  struct Integrators {
    double difference = 1, sum = 1;
    Integrators() = default;
    Integrators(const Biquad& s, double gain) {
      const double low = 1 + s.a1 + s.a2, high = 1 - s.a1 + s.a2;
      difference = std::sqrt(low * high) / gain;
      sum = low / gain;
    }
    static void carry_over(const Integrators& from, const Integrators& to, int channels, std::array<double, 4>& w) {
      for (int c = 0; c < channels; ++c) {
        const double difference = (w[c] - w[2 + c]) * (from.difference / to.difference);
        const double sum = (w[c] + w[2 + c]) * (from.sum / to.sum);
        w[c] = 0.5 * (sum + difference);
        w[2 + c] = 0.5 * (sum - difference);
      }
    }
  };

  int vector_of(int section) const { return section / per_vector_; }
  int lane_of(int section, int channel) const { return (section % per_vector_) * channels_ + channel; }

  template <int C>
  void run_channels(double* io, int n) {
    switch (vectors_) {
      case 1: return run<C, 1>(io, n);
      case 2: return run<C, 2>(io, n);
      case 3: return run<C, 3>(io, n);
      case 4: return run<C, 4>(io, n);
      case 5: return run<C, 5>(io, n);
      case 6: return run<C, 6>(io, n);
      case 7: return run<C, 7>(io, n);
      default: return run<C, 8>(io, n);
    }
  }

  // f(0) .. f(count - 1) with the index a constant: arrays indexed by it become registers.
  template <int count, class F>
  MIXWRIGHT_INLINE static void each(F&& f) {
    [&]<int... index>(std::integer_sequence<int, index...>) MIXWRIGHT_INLINE_LAMBDA {
      (f(std::integral_constant<int, index>{}), ...);
    }(std::make_integer_sequence<int, count>{});
  }

  // `now` in the lanes whose section has a sample 0 .. n - 1, else `old`; `first` is the sample of the first section.
  template <int C>
  MIXWRIGHT_INLINE static quad keep_where(int first, int n, quad now, quad old) {
    alignas(32) static constexpr double kBehind[4] = {0, 1 / C * 2, 2 / C * 2, 3 / C * 2};
    const quad sample = quad_of(first) - load<quad>(kBehind);
    return where_between(sample, 0, n, now, old);
  }

  MIXWRIGHT_INLINE static quad get(const std::array<double, 4>& lanes) { return load<quad>(lanes.data()); }

  // The recurrences stay in registers, the coefficients come from memory.
  template <int V>
  struct State {
    quad w1[V], w2[V], x[V], next[V];  // `x`: what the sections read in this step, `next`: in the one after it
    quad last;                         // what came out of the last vector
  };

  // One step; `before` goes into the first sections two steps later. `keep(v, new, old)` chooses the new state.
  template <int C, int V, class Keep>
  MIXWRIGHT_INLINE void step(State<V>& z, quad before, Keep&& keep) const {
    each<V>([&](auto v) MIXWRIGHT_INLINE_LAMBDA {
      const quad x = z.x[v], w1 = z.w1[v], w2 = z.w2[v];
      const quad w = fused(get(d1_[v]), w1, fused(get(d2_[v]), w2, x));
      const quad y = fused(get(n1_[v]), w1, fused(get(n2_[v]), w2, x));
      z.w1[v] = keep(v, w, w1);
      z.w2[v] = keep(v, w1, w2);
      z.x[v] = z.next[v];
      z.next[v] = join_shifted<C>(before, y);
      before = y;
    });
    z.last = before;
  }

  template <int C>
  MIXWRIGHT_INLINE static quad frame_at(const double* in) {
    const f64x2 frame = C == 2 ? load<f64x2>(in) : splat<f64x2>(*in);
    return join(frame, frame);
  }
  template <int C>
  MIXWRIGHT_INLINE static void put(double* out, quad last) {
    if constexpr (C == 2) {
      store(out, upper(last));
    } else {
      *out = upper(last)[1];
    }
  }

  template <int C, int V>
  void run(double* io, int n) {
    constexpr int kRamp = 2 * (V * 4 / C - 1);  // steps until all sections have work; padded ones pass their input on
    const quad zero = join(f64x2{}, f64x2{});
    State<V> z;
    each<V>([&](auto v) MIXWRIGHT_INLINE_LAMBDA { z.w1[v] = get(w1_[v]), z.w2[v] = get(w2_[v]), z.x[v] = z.next[v] = zero; });
    const auto frame = [&](int t) MIXWRIGHT_INLINE_LAMBDA { return t < n ? frame_at<C>(io + C * t) : zero; };
    z.x[0] = frame(0), z.next[0] = frame(1);
    // At both ends some sections have no sample yet, or none any more: those keep their state.
    const auto ends = [&](int from, int to) MIXWRIGHT_INLINE_LAMBDA {
      for (int t = from; t < to; ++t) {
        MIXWRIGHT_READ_AGAIN();
        step<C, V>(z, frame(t + 2), [&](auto v, quad now, quad old) MIXWRIGHT_INLINE_LAMBDA {
          return keep_where<C>(t - 2 * v * (4 / C), n, now, old);
        });
        if (t >= kRamp) put<C>(io + C * (t - kRamp), z.last);
      }
    };
    const int filled = std::min(kRamp, n);
    ends(0, filled);
    int t = filled;
    const auto one = [&](int at) MIXWRIGHT_INLINE_LAMBDA {
      MIXWRIGHT_READ_AGAIN();  // gcc would keep coefficients in registers and the recurrences on the stack
      step<C, V>(z, frame_at<C>(io + C * (at + 2)), [](auto, quad now, quad) MIXWRIGHT_INLINE_LAMBDA { return now; });
      put<C>(io + C * (at - kRamp), z.last);
    };
    for (; t + 4 <= n; t += 2) one(t), one(t + 1);
    ends(t, n + kRamp);
    each<V>([&](auto v) MIXWRIGHT_INLINE_LAMBDA { store(w1_[v].data(), z.w1[v]), store(w2_[v].data(), z.w2[v]); });
  }

  int channels_ = 2, count_ = 0, per_vector_ = 2, vectors_ = 0;
  double gain_ = 1;
  using Lanes4 = std::array<double, 4>;
  alignas(32) std::array<Lanes4, kMaxVectors> d1_{}, d2_{}, n1_{}, n2_{}, w1_{}, w2_{};
  std::array<Integrators, kMaxSections> integrators_{};
};

// Planar float blocks to interleaved doubles, times a gain, and back.
inline void interleave(const float* const* in, double gain, double* out, int channels, int n) {
  const quad gains = quad_of(gain);
  int i = 0;
  if (channels == 1) {
    for (; i + 4 <= n; i += 4) store(out + i, widen(load<f32x4>(in[0] + i)) * gains);
    for (; i < n; ++i) out[i] = in[0][i] * gain;
    return;
  }
  const float *left = in[0], *right = in[1];
  for (; i + 4 <= n; i += 4) {
    const f32x4 l = load<f32x4>(left + i), r = load<f32x4>(right + i);
    store(out + 2 * i, widen(shuffle<0, 4, 1, 5>(l, r)) * gains);
    store(out + 2 * i + 4, widen(shuffle<2, 6, 3, 7>(l, r)) * gains);
  }
  for (; i < n; ++i) out[2 * i] = left[i] * gain, out[2 * i + 1] = right[i] * gain;
}

inline void deinterleave(const double* in, float* const* out, int channels, int n) {
  int i = 0;
  if (channels == 1) {
    for (; i + 4 <= n; i += 4) store(out[0] + i, narrow(load<quad>(in + i)));
    for (; i < n; ++i) out[0][i] = static_cast<float>(in[i]);
    return;
  }
  float *left = out[0], *right = out[1];
  for (; i + 4 <= n; i += 4) {
    const f32x4 a = narrow(load<quad>(in + 2 * i)), b = narrow(load<quad>(in + 2 * i + 4));
    store(left + i, shuffle<0, 2, 4, 6>(a, b));
    store(right + i, shuffle<1, 3, 5, 7>(a, b));
  }
  for (; i < n; ++i) left[i] = static_cast<float>(in[2 * i]), right[i] = static_cast<float>(in[2 * i + 1]);
}

}  // namespace mixwright
