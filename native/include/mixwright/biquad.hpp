// Biquad designs (bilinear, R. Bristow-Johnson's cookbook; Butterworth cascades) and a cascade that runs its
// sections side by side in vector lanes.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

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

// Up to kMaxSections biquads in series on one or two channels, transposed direct form 2 in double.
//
// A serial chain is a latency-bound recurrence. Here section j works on sample t - j while section 0 works on t, so
// all sections (and channels) of one step are independent and share vectors of four lanes. At the edges of a call
// the idle lanes are masked: each lane does the same arithmetic whatever the block size, hence equal bits.
class BiquadCascade {
 public:
  static constexpr int kMaxSections = 16;
  static constexpr int kMaxVectors = kMaxSections / 2;

  // The first `count` sections are used; the state of a section survives a change of its coefficients.
  void set(const Biquad* sections, int count, int channels) {
    std::array<std::array<double, 4>, kMaxSections> kept{};
    for (int j = 0; j < count_ && channels == channels_; ++j)
      for (int c = 0; c < channels_; ++c) {
        kept[j][c] = s1_[vector_of(j)][lane_of(j, c)];
        kept[j][2 + c] = s2_[vector_of(j)][lane_of(j, c)];
      }
    channels_ = channels;
    count_ = count;
    per_vector_ = 4 / channels;
    vectors_ = (count + per_vector_ - 1) / per_vector_;
    for (int j = 0; j < vectors_ * per_vector_; ++j) {
      const Biquad s = j < count ? sections[j] : Biquad{};
      for (int c = 0; c < channels_; ++c) {
        const int v = vector_of(j), lane = lane_of(j, c);
        b0_[v][lane] = s.b0, b1_[v][lane] = s.b1, b2_[v][lane] = s.b2;
        a1_[v][lane] = -s.a1, a2_[v][lane] = -s.a2;
        s1_[v][lane] = j < count ? kept[j][c] : 0;
        s2_[v][lane] = j < count ? kept[j][2 + c] : 0;
      }
    }
  }

  void reset() {
    s1_ = {};
    s2_ = {};
  }

  int count() const { return count_; }

  // `io`: interleaved doubles, `channels` per frame, in place.
  void process(double* io, int n) {
    if (count_ == 0 || n <= 0) return;
    if (channels_ == 2) {
      run_channels<2>(io, n);
    } else {
      run_channels<1>(io, n);
    }
  }

 private:
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

  MIXWRIGHT_INLINE static quad get(const std::array<double, 4>& lanes) { return load<quad>(lanes.data()); }

  // All lanes busy: the recurrences stay in registers, the coefficients come from memory.
  template <int C, int V>
  MIXWRIGHT_INLINE void steady(double* io, int from, int to, quad* y_io) {
    constexpr int kStages = V * 4 / C;
    quad s1[V], s2[V], y[V];
    for (int v = 0; v < V; ++v) s1[v] = get(s1_[v]), s2[v] = get(s2_[v]), y[v] = y_io[v];
    const double* in = io + C * from;
    double* out = io + C * (from - (kStages - 1));
    for (int t = from; t < to; ++t, in += C, out += C) {
      quad before;
      if constexpr (C == 2) {
        const f64x2 frame = load<f64x2>(in);
        before = join(frame, frame);
      } else {
        const f64x2 frame = splat<f64x2>(*in);
        before = join(frame, frame);
      }
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        const quad x = join_shifted<C>(before, y[v]);  // what each lane's section reads now
        before = y[v];
        y[v] = get(b0_[v]) * x + s1[v];
        s1[v] = (get(b1_[v]) * x + s2[v]) + get(a1_[v]) * y[v];
        s2[v] = get(b2_[v]) * x + get(a2_[v]) * y[v];
      }
      if constexpr (C == 2) {
        store(out, upper(y[V - 1]));
      } else {
        *out = upper(y[V - 1])[1];
      }
    }
    for (int v = 0; v < V; ++v) {
      store(s1_[v].data(), s1[v]);
      store(s2_[v].data(), s2[v]);
      y_io[v] = y[v];
    }
  }

  // A step in which some sections have no sample yet, or none any more: those keep their state.
  template <int C, int V>
  void partial(double* io, int t, int n, quad* y) {
    constexpr int kStages = V * 4 / C;
    f64x2 frame{};
    if (t < n) frame = C == 2 ? f64x2{io[C * t], io[C * t + C - 1]} : splat<f64x2>(io[t]);
    quad before = join(frame, frame);
    for (int v = 0; v < V; ++v) {
      const quad x = join_shifted<C>(before, y[v]);
      before = y[v];
      y[v] = get(b0_[v]) * x + get(s1_[v]);
      std::array<double, 4> s1, s2;
      store(s1.data(), (get(b1_[v]) * x + get(s2_[v])) + get(a1_[v]) * y[v]);
      store(s2.data(), get(b2_[v]) * x + get(a2_[v]) * y[v]);
      for (int lane = 0; lane < 4; ++lane) {
        const int sample = t - (v * (4 / C) + lane / C);
        if (sample >= 0 && sample < n) {
          s1_[v][lane] = s1[lane];
          s2_[v][lane] = s2[lane];
        }
      }
    }
    const int done = t - (kStages - 1);
    if (done < 0) return;
    const f64x2 out = upper(y[V - 1]);
    if constexpr (C == 2) io[2 * done] = out[0];
    io[C * done + C - 1] = out[1];
  }

  template <int C, int V>
  void run(double* io, int n) {
    constexpr int kRamp = V * 4 / C - 1;  // padded sections pass their input on
    const quad zero = join(f64x2{}, f64x2{});
    quad y[V];
    for (int v = 0; v < V; ++v) y[v] = zero;
    const int filled = std::min(kRamp, n);
    for (int t = 0; t < filled; ++t) partial<C, V>(io, t, n, y);
    steady<C, V>(io, filled, n, y);
    for (int t = n; t < n + kRamp; ++t) partial<C, V>(io, t, n, y);
  }

  int channels_ = 2, count_ = 0, per_vector_ = 2, vectors_ = 0;
  using Lanes4 = std::array<double, 4>;
  alignas(32) std::array<Lanes4, kMaxVectors> b0_{}, b1_{}, b2_{}, a1_{}, a2_{}, s1_{}, s2_{};
};

// Planar float blocks to interleaved doubles and back.
inline void interleave(const float* const* in, double* out, int channels, int n) {
  if (channels == 1) {
    for (int i = 0; i < n; ++i) out[i] = in[0][i];
    return;
  }
  for (int i = 0; i < n; ++i) {
    out[2 * i] = in[0][i];
    out[2 * i + 1] = in[1][i];
  }
}

inline void deinterleave(const double* in, float* const* out, int channels, int n) {
  if (channels == 1) {
    for (int i = 0; i < n; ++i) out[0][i] = static_cast<float>(in[i]);
    return;
  }
  for (int i = 0; i < n; ++i) {
    out[0][i] = static_cast<float>(in[2 * i]);
    out[1][i] = static_cast<float>(in[2 * i + 1]);
  }
}

}  // namespace mixwright
