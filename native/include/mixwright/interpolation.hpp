// Largest magnitudes between samples: symmetric polyphase interpolators on eight positions at a time.
#pragma once

#include <cmath>

#include "mixwright/simd.hpp"

namespace mixwright {

// Interpolates at `Pairs` mirrored pairs of phases d and 1 - d and, with Middle, at one half. With the sums and differences
// of mirrored samples (E and O) the two phases of a pair are a + b and a - b, so their larger magnitude is |a| + |b| and costs
// half the multiplications.
template <int Taps, int Pairs, bool Middle>
class PeakInterpolator {
 public:
  static constexpr int kHalf = Taps / 2;
  static constexpr int kBefore = kHalf - 1, kAfter = kHalf;  // samples needed around the position

  // Sets pair `pair` from the taps of its earlier phase: tap k belongs to sample n - kBefore + k.
  void set_pair(int pair, const double* taps) {
    double bound = 0;
    for (int k = 0; k < kHalf; ++k) {
      even_[k][pair] = static_cast<float>(0.5 * (taps[k] + taps[Taps - 1 - k]));
      odd_[k][pair] = static_cast<float>(0.5 * (taps[k] - taps[Taps - 1 - k]));
      bound += std::abs(taps[k]) + std::abs(taps[Taps - 1 - k]);
    }
    bound_ = std::max(bound_, static_cast<float>(bound * 1.00001));
  }
  void set_middle(const double* taps) {
    double bound = 0;
    for (int k = 0; k < kHalf; ++k) {
      even_[k][Pairs] = static_cast<float>(taps[k]);
      bound += 2 * std::abs(taps[k]);
    }
    bound_ = std::max(bound_, static_cast<float>(bound * 1.00001));
  }

  // No interpolated magnitude exceeds this times the largest sample magnitude of the window.
  float bound() const { return bound_; }

  // Largest magnitudes at and after each of the eight samples x[0..7], before the next sample.
  MIXWRIGHT_INLINE f32x8 peaks(const float* x) const {
    f32x8 peak[1];
    const float* const at[1] = {x};
    peaks<1>(at, peak);
    return peak[0];
  }

  // The same at several places: each coefficient is fetched once for all.
  template <int Places>
  MIXWRIGHT_INLINE void peaks(const float* const* x, f32x8* peak) const {
    f32x8 a[Pairs + 1][Places], b[Pairs][Places];
    for (int i = 0; i < Places; ++i) {
      for (int p = 0; p <= Pairs; ++p) a[p][i] = splat<f32x8>(0.0f);
      for (int p = 0; p < Pairs; ++p) b[p][i] = splat<f32x8>(0.0f);
    }
    for (int k = 0; k < kHalf; ++k) {
      f32x8 even[Places], odd[Places];
      for (int i = 0; i < Places; ++i) {
        const f32x8 early = load<f32x8>(x[i] - kBefore + k), late = load<f32x8>(x[i] + kAfter - k);
        even[i] = early + late;
        odd[i] = early - late;
      }
      for (int p = 0; p < Pairs; ++p) {
        for (int i = 0; i < Places; ++i) a[p][i] = a[p][i] + even[i] * even_[k][p];
        for (int i = 0; i < Places; ++i) b[p][i] = b[p][i] + odd[i] * odd_[k][p];
      }
      if constexpr (Middle)
        for (int i = 0; i < Places; ++i) a[Pairs][i] = a[Pairs][i] + even[i] * even_[k][Pairs];
    }
    for (int i = 0; i < Places; ++i) {
      peak[i] = abs(load<f32x8>(x[i]));
      for (int p = 0; p < Pairs; ++p) peak[i] = max(peak[i], abs(a[p][i]) + abs(b[p][i]));
      if constexpr (Middle) peak[i] = max(peak[i], abs(a[Pairs][i]));
    }
  }

 private:
  float even_[kHalf][Pairs + 1] = {};
  float odd_[kHalf][Pairs > 0 ? Pairs : 1] = {};
  float bound_ = 1;
};

// Kaiser-windowed sinc at a position `delay` (0..1) after the sample with index taps / 2 - 1, unity gain at 0 Hz.
inline void windowed_sinc(int taps, double delay, double beta, double* out) {
  constexpr double pi = 3.14159265358979323846;
  const auto bessel_i0 = [](double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 60; ++k) sum += term *= (x / (2 * k)) * (x / (2 * k));
    return sum;
  };
  double total = 0;
  for (int k = 0; k < taps; ++k) {
    const double t = k - (taps / 2 - 1) - delay, r = t / (taps / 2);
    const double window = bessel_i0(beta * std::sqrt(std::max(0.0, 1 - r * r))) / bessel_i0(beta);
    total += out[k] = (std::abs(t) < 1e-12 ? 1.0 : std::sin(pi * t) / (pi * t)) * window;
  }
  for (int k = 0; k < taps; ++k) out[k] /= total;
}

// `Phases` times oversampling with `Taps` taps per phase; the samples themselves are phase zero.
template <int Phases, int Taps>
using Oversampler = PeakInterpolator<Taps, Phases / 2 - 1, true>;

template <int Phases, int Taps>
Oversampler<Phases, Taps> make_oversampler(double beta) {
  Oversampler<Phases, Taps> made;
  double taps[Taps];
  for (int p = 1; p < Phases / 2; ++p) {
    windowed_sinc(Taps, static_cast<double>(p) / Phases, beta, taps);
    made.set_pair(p - 1, taps);
  }
  windowed_sinc(Taps, 0.5, beta, taps);
  made.set_middle(taps);
  return made;
}

// The reference: 8 times, 64 taps per phase, flat within 0.01 dB to 0.46 of the sample rate.
using ReferenceInterpolator = Oversampler<8, 64>;
inline const ReferenceInterpolator& reference_interpolator() {
  static const ReferenceInterpolator made = make_oversampler<8, 64>(7.0);
  return made;
}

// The example filter of BS.1770-4, annex 2: 4 times, 12 taps, phases 1/8, 3/8, 5/8 and 7/8.
using Bs1770Interpolator = PeakInterpolator<12, 2, false>;
inline const Bs1770Interpolator& bs1770_interpolator() {
  static const Bs1770Interpolator made = [] {
    const double outer[12] = {-0.0083007812500, 0.0148925781250,  -0.0266113281250, 0.0476074218750,
                              -0.1022949218750, 0.9721679687500,  0.1373291015625,  -0.0594482421875,
                              0.0332031250000,  -0.0196533203125, 0.0109863281250,  0.0017089843750};
    const double inner[12] = {-0.0189208984375, 0.0330810546875,  -0.0582275390625, 0.1015625000000,
                              -0.2003173828125, 0.7797851562500,  0.4650878906250,  -0.1665039062500,
                              0.0891113281250,  -0.0517578125000, 0.0292968750000,  -0.0291748046875};
    Bs1770Interpolator m;
    m.set_pair(0, outer);
    m.set_pair(1, inner);
    return m;
  }();
  return made;
}

MIXWRIGHT_INLINE float largest(f32x8 v) {
  float x[8];
  store(x, v);
  const f32x4 half = max(load<f32x4>(x), load<f32x4>(x + 4));
  const float a = half[0] > half[1] ? half[0] : half[1], b = half[2] > half[3] ? half[2] : half[3];
  return a > b ? a : b;
}

}  // namespace mixwright
