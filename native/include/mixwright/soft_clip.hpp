// Soft clipper of the master: untouched below the threshold, a smooth knee up to the ceiling, at four times the rate.
#pragma once

#include <algorithm>
#include <cmath>

#include "mixwright/oversample.hpp"
#include "mixwright/saturation.hpp"

namespace mixwright {

struct SoftClipSettings {
  double on = 0, threshold_db = -3, ceiling_db = 0;

  template <class V>
  void visit(V&& v) {
    v("on", on);
    v("threshold_db", threshold_db);
    v("ceiling_db", ceiling_db);
  }
  bool operator==(const SoftClipSettings&) const = default;
};

// Above the threshold t the magnitude becomes t + (c - t) f((|x| - t) / (c - t)), f a SmoothStep of order 2: level, slope and
// curvature are continuous, and the ceiling c is reached at t + 15/8 (c - t).
class SoftClip {
 public:
  static constexpr double kNarrowest = 0.02;  // of the ceiling: a knee is never sharper

  void prepare(double) { apply(), reset(); }
  void set(const SoftClipSettings& settings) {
    if (settings == settings_) return;
    settings_ = settings;
    apply();
  }
  void reset() { oversampled_.reset(); }
  int latency() const { return Oversampled::kLatency; }
  static bool neutral(const SoftClipSettings& s) { return s.on == 0.0; }

  void process(float* const* io, int channels, int n) {
    const f32x8 zero = splat<f32x8>(0.0f), threshold = splat<f32x8>(threshold_), scale = splat<f32x8>(1.0f / width_);
    const f32x8 limit = splat<f32x8>(limit_), c0 = splat<f32x8>(c_[0]), c1 = splat<f32x8>(c_[1]), c2 = splat<f32x8>(c_[2]),
                width = splat<f32x8>(width_), amount = splat<f32x8>(static_cast<float>(settings_.on));
    oversampled_.process(
        io, channels, n,
        [&](float highest, auto&& run) {
          if (highest <= threshold_) {
            run([=](f32x8) MIXWRIGHT_INLINE_LAMBDA { return zero; });
            return;
          }
          run([=](f32x8 x) MIXWRIGHT_INLINE_LAMBDA {
            const f32x8 over = max(abs(x) - threshold, zero);
            const f32x8 u = over * scale;
            const f32x8 v = min(u, limit);
            const f32x8 s = v * v;
            const f32x8 change = (((c2 * s + c1) * s + c0) * v - u) * width;
            return select(x < zero, zero - change, change);
          });
        },
        [=](int, const float* x, const float* change, float* out, int count) {
          for (int i = 0; i < count; i += 8) store(out + i, load<f32x8>(change + i) * amount + load<f32x8>(x + i));
        });
  }

 private:
  void apply() {
    const SmoothStep f = SmoothStep::of_order(2);
    const double ceiling = std::pow(10.0, settings_.ceiling_db / 20);
    const double threshold = std::min(std::pow(10.0, settings_.threshold_db / 20), ceiling * (1 - kNarrowest));
    threshold_ = static_cast<float>(threshold);
    width_ = static_cast<float>(ceiling - threshold);
    limit_ = static_cast<float>(f.limit);
    for (int k = 0; k < 3; ++k) c_[k] = static_cast<float>(f.c[k]);
  }

  SoftClipSettings settings_;
  Oversampled oversampled_;
  float threshold_ = 1, width_ = 1, limit_ = 1, c_[3] = {};
};

}  // namespace mixwright
