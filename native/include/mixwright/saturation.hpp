// Saturation: what a smooth polynomial curve changes, computed at four times the rate and added to the untouched audio.
#pragma once

#include <algorithm>
#include <cmath>

#include "mixwright/envelope.hpp"
#include "mixwright/oversample.hpp"

namespace mixwright {

struct SaturationSettings {
  double kind = 0;  // tape, tube, solid
  double drive_db = 0, mix = 1;

  template <class V>
  void visit(V&& v) {
    v("kind", kind);
    v("drive_db", drive_db);
    v("mix", mix);
  }
  bool operator==(const SaturationSettings&) const = default;
};

// The integral of (1 - (x/s)^2)^n, an odd polynomial with slope 1 at the origin that reaches 1, flat, at x = s; beyond it
// stays there. Up to the limit s a sine makes no harmonic above 2n + 1, so that four times the rate leaves nothing to alias.
struct SmoothStep {
  double limit = 1, c[5] = {1, 0, 0, 0, 0};  // x (c0 + c1 x^2 + ...)

  static SmoothStep of_order(int n) {
    SmoothStep f;
    double binomial = 1, area = 0;
    for (int k = 0; k <= n; ++k) {
      f.c[k] = (k % 2 ? -binomial : binomial) / (2 * k + 1);
      area += f.c[k];
      binomial = binomial * (n - k) / (k + 1);
    }
    f.limit = 1 / area;
    for (int k = 1; k <= n; ++k) f.c[k] *= std::pow(area, 2 * k);
    return f;
  }
  double operator()(double x) const {
    x = std::clamp(x, -limit, limit);
    const double s = x * x;
    return x * (c[0] + s * (c[1] + s * (c[2] + s * (c[3] + s * c[4]))));
  }
  double slope(double x) const {
    if (std::abs(x) >= limit) return 0;
    const double s = x * x;
    return c[0] + s * (3 * c[1] + s * (5 * c[2] + s * (7 * c[3] + s * 9 * c[4])));
  }
};

// y = gain (f(d x + b) - f(b)) / (d f'(b)) with d = 10^(drive/20) - 1: soft sounds keep their shape, no drive is no change.
class Saturation {
 public:
  static constexpr double kTubeBias = 0.35;
  static constexpr double kLeastDrive = 0.02;  // below it the mix shrinks instead: the division would amplify rounding
  static constexpr double kReferenceRms = 0.12589254117941673;  // -18 dBFS: where the output keeps its level

  void prepare(double sample_rate) {
    for (auto& mean : mean_) mean.kernel.set(one_pole_coefficient(1.0 / (2 * 3.141592653589793 * 8.0), sample_rate));
    apply();
    reset();
  }
  void set(const SaturationSettings& settings) {
    if (settings == settings_) return;
    settings_ = settings;
    apply();
  }
  void reset() {
    oversampled_.reset();
    for (auto& mean : mean_) mean.reset();
  }
  int latency() const { return Oversampled::kLatency; }
  static bool neutral(const SaturationSettings& s) { return s.drive_db == 0.0 || s.mix == 0.0; }

  void process(float* const* io, int channels, int n) {
    const f32x8 direct = splat<f32x8>(direct_);
    const bool bent = bias_ != 0.0f;
    oversampled_.process(
        io, channels, n,
        [&](float limit, auto&& run) {
          const bool clamped = limit + std::abs(bias_) > limit_;
          if (bent) clamped ? run(residual<true, true>()) : run(residual<true, false>());
          else clamped ? run(residual<false, true>()) : run(residual<false, false>());
        },
        [&](int c, const float* x, const float* change, float* out, int count) {
          if (!bent) {
            for (int i = 0; i < count; i += 8) store(out + i, load<f32x8>(x + i) * direct + load<f32x8>(change + i));
            return;
          }
          float mean[Oversampled::kBlock + 8];  // a bent curve moves the rest position: that shift is taken away
          mean_[c].process(change, mean, count);
          for (int i = 0; i < count; i += 8)
            store(out + i, load<f32x8>(x + i) * direct + (load<f32x8>(change + i) - load<f32x8>(mean + i)));
        });
  }

  // Gain that keeps the power of Gaussian noise at kReferenceRms.
  static double compensation(const SmoothStep& f, double drive, double bias) {
    const double rest = f(bias), unit = drive * f.slope(bias);
    double weight = 0, mean = 0, power = 0;
    for (int i = -32; i <= 32; ++i) {
      const double z = i / 8.0, w = std::exp(-z * z / 2), y = (f(drive * kReferenceRms * z + bias) - rest) / unit;
      weight += w, mean += w * y, power += w * y * y;
    }
    mean /= weight;
    return kReferenceRms / std::sqrt(power / weight - mean * mean);
  }

 private:
  // What the curve changes: v (c0 + c1 v^2 + ...) - linear (w - v) - rest with w = x + bias, v = w held within the limit; c0 is
  // without the linear part. Where nothing is held, w - v is 0 and adds nothing to any bit.
  template <bool Bent, bool Clamped>
  auto residual() const {
    const f32x8 bias = splat<f32x8>(bias_), high = splat<f32x8>(limit_), low = splat<f32x8>(-limit_), rest = splat<f32x8>(rest_);
    const f32x8 linear = splat<f32x8>(linear_), c0 = splat<f32x8>(c_[0]), c1 = splat<f32x8>(c_[1]), c2 = splat<f32x8>(c_[2]),
                c3 = splat<f32x8>(c_[3]), c4 = splat<f32x8>(c_[4]);
    return [=](f32x8 x) MIXWRIGHT_INLINE_LAMBDA {
      const f32x8 w = Bent ? x + bias : x;
      const f32x8 v = Clamped ? min(max(w, low), high) : w;
      const f32x8 s = v * v;
      f32x8 y = ((((c4 * s + c3) * s + c2) * s + c1) * s + c0) * v;
      if constexpr (Bent) y = y - rest;
      if constexpr (Clamped) y = y - linear * (w - v);
      return y;
    };
  }

  void apply() {
    const SmoothStep f = SmoothStep::of_order(settings_.kind == 2.0 ? 2 : 4);
    const double wanted = std::pow(10.0, settings_.drive_db / 20) - 1.0, drive = std::max(wanted, kLeastDrive);
    const double mix = settings_.mix * std::min(wanted / kLeastDrive, 1.0);
    const double bias = settings_.kind == 1.0 ? kTubeBias : 0.0, slope = f.slope(bias);
    const double gain = compensation(f, drive, bias), scale = mix * gain / (drive * slope);
    direct_ = static_cast<float>(1.0 - mix + mix * gain);
    // The curve over the audio itself: the drive goes into the powers, the bias is counted in units of the audio.
    const double linear = scale * drive * slope;
    bias_ = static_cast<float>(bias / drive);
    limit_ = static_cast<float>(f.limit / drive);
    linear_ = static_cast<float>(linear);
    rest_ = static_cast<float>(scale * f(bias) - linear * bias / drive);
    for (int k = 0; k < 5; ++k) c_[k] = static_cast<float>(scale * f.c[k] * std::pow(drive, 2 * k + 1) - (k == 0 ? linear : 0.0));
  }

  SaturationSettings settings_;
  Oversampled oversampled_;
  Grouped<OnePole> mean_[2];
  float direct_ = 1, bias_ = 0, limit_ = 1, linear_ = 0, rest_ = 0, c_[5] = {};
};

}  // namespace mixwright
