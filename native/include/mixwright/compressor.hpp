// Feed-forward compressor in the log domain after Giannoulis, Massberg & Reiss, J. Audio Eng. Soc. 60(6), 2012.
#pragma once

#include <algorithm>
#include <cmath>

#include "mixwright/detector.hpp"
#include "mixwright/envelope.hpp"
#include "mixwright/lookahead.hpp"

namespace mixwright {

struct CompressorSettings {
  double threshold_db = 0, ratio = 1, knee_db = 6, attack_ms = 10, release_ms = 100;
  double detector = 0;  // peak, rms
  double lookahead_ms = 0, makeup_db = 0, range_db = 60, mix = 1, key_highpass_hz = 20, key_lowpass_hz = 20000;

  template <class V>
  void visit(V&& v) {
    v("threshold_db", threshold_db);
    v("ratio", ratio);
    v("knee_db", knee_db);
    v("attack_ms", attack_ms);
    v("release_ms", release_ms);
    v("detector", detector);
    v("lookahead_ms", lookahead_ms);
    v("makeup_db", makeup_db);
    v("range_db", range_db);
    v("mix", mix);
    v("key_highpass_hz", key_highpass_hz);
    v("key_lowpass_hz", key_lowpass_hz);
  }
  bool operator==(const CompressorSettings&) const = default;
};

// Gain reduction (0 or more) above a threshold, quadratic over the knee (eq. 4 of the paper, level minus output). Levels are
// in octaves of amplitude (1 = 6.02 dB), which spares the conversions.
class ReductionCurve {
 public:
  void set(double threshold_db, double ratio, double knee_db, double range_db) {
    const double octave = 1.0 / 6.020599913279624;
    const double knee = std::max(knee_db, 0.0) * octave;
    const double slope = 1.0 - 1.0 / std::max(ratio, 1.0);
    slope_ = splat<f32x8>(static_cast<float>(slope));
    knee_start_ = splat<f32x8>(static_cast<float>(threshold_db * octave - knee / 2));
    quiet_ = splat<f32x8>(static_cast<float>(0.999 * std::exp2(threshold_db * octave - knee / 2)));
    knee_ = splat<f32x8>(static_cast<float>(knee));
    bend_ = splat<f32x8>(static_cast<float>(knee > 1e-6 ? slope / (2 * knee) : 0.0));
    range_ = splat<f32x8>(static_cast<float>(range_db * octave));
  }
  MIXWRIGHT_INLINE f32x8 operator()(f32x8 level) const {
    const f32x8 zero = splat<f32x8>(0.0f);
    const f32x8 over = max(level - knee_start_, zero);
    const f32x8 inside = min(over, knee_);
    return min(inside * inside * bend_ + (over - inside) * slope_, range_);
  }

  // The same of an amplitude. Most sounds are below the knee most of the time: those need no logarithm.
  MIXWRIGHT_INLINE f32x8 of_amplitude(f32x8 x) const {
    if (lanes_set(x > quiet_) == 0) return splat<f32x8>(0.0f);
    return (*this)(fast_log2(x));
  }
  // Of the square of an amplitude.
  MIXWRIGHT_INLINE f32x8 of_power(f32x8 x) const {
    if (lanes_set(x > quiet_ * quiet_) == 0) return splat<f32x8>(0.0f);
    return (*this)(fast_log2(x) * 0.5f);
  }

 private:
  f32x8 knee_start_ = {}, quiet_ = {}, knee_ = {}, bend_ = {}, slope_ = {}, range_ = {};
};

class Compressor {
 public:
  static constexpr double kMaxLookaheadMs = 10.0, kRmsSeconds = 0.010;

  void prepare(double sample_rate) {
    sample_rate_ = sample_rate;
    key_filter_.prepare(sample_rate);
    lookahead_.prepare(static_cast<int>(std::ceil(kMaxLookaheadMs * 1e-3 * sample_rate)));
    mean_square_.kernel.set(one_pole_coefficient(kRmsSeconds, sample_rate));
    apply();
    reset();
  }

  void set(const CompressorSettings& settings) {
    if (settings == settings_) return;
    settings_ = settings;
    apply();
  }

  void reset() {
    key_filter_.reset();
    mean_square_.reset();
    follower_.reset();
    lookahead_.reset();
    reduction_ = 0;
  }

  int latency() const { return lookahead_.delay(); }

  static bool neutral(const CompressorSettings& s) {
    return s.mix == 0.0 || ((s.ratio <= 1.0 || s.range_db == 0.0) && s.makeup_db == 0.0);
  }

  // Deepest gain of the last call to process, in dB (0 or negative, without make-up).
  double last_gain_reduction_db() const { return -6.020599913279624 * reduction_; }

  static void gain_curve(const CompressorSettings& s, float* db, int n) {  // level to gain in place; padded to eight
    ReductionCurve curve;
    curve.set(s.threshold_db, s.ratio, s.knee_db, s.range_db);
    for (int i = 0; i < n; i += 8) store(db + i, curve(load<f32x8>(db + i) * kLog2PerDb) * -kDbPerLog2);
  }

  void process(float* const* io, int channels, int n) { process(io, channels, nullptr, 0, n); }
  void process(float* const* io, int channels, const float* const* key, int key_channels, int n) {
    forget_reduction();
    run_alone(*this, io, channels, key, key_channels, n);
  }

  // See run_alone. The deepest reduction is that since the last forget_reduction.
  void forget_reduction() { reduction_ = 0; }
  Following begin(float* const* audio, int channels, const float* const* side, int side_channels, int n, DynamicsScratch& s) {
    alignas(32) float filtered[2][kDynamicsRoom];
    const float* heard[2];
    hear_key(key_filter_, side, side_channels, n, lookahead_.delay() > 0, filtered, heard);
    lookahead_.process(audio, channels, n);
    const ReductionCurve curve = curve_;
    if (settings_.detector == 0.0) {  // no number counts as silence, see fast_log2
      for (int i = 0; i < n; i += 8) store(s.wanted + i, curve.of_amplitude(linked_magnitude(heard, side_channels, i)));
    } else {
      mean_power(heard, side_channels, s.wanted, n);
      for (int i = 0; i < n; i += 8) store(s.wanted + i, curve.of_power(load<f32x8>(s.wanted + i)));
    }
    return {&follower_, s.wanted, n, 0.0f};
  }
  void finish(float* const* audio, int channels, int n, DynamicsScratch& s) {
    reduction_ = std::max(reduction_, greatest(s.wanted, n));
    const f32x8 makeup = splat<f32x8>(makeup_), wet = splat<f32x8>(wet_), dry = splat<f32x8>(dry_);
    const f32x8 nothing = splat<f32x8>(makeup_ == 0 && wet_ + dry_ == 1 ? kNothing : -1.0f);
    apply_gain(audio, channels, n, s.wanted,
               [&](f32x8 r) MIXWRIGHT_INLINE_LAMBDA { return fast_exp2(makeup - r) * wet + dry; },
               [&](f32x8 r) MIXWRIGHT_INLINE_LAMBDA { return lanes_set(r > nothing) == 0; });
  }

 private:
  void apply() {
    const CompressorSettings& s = settings_;
    curve_.set(s.threshold_db, s.ratio, s.knee_db, s.range_db);
    follower_.set(one_pole_coefficient(s.attack_ms * 1e-3, sample_rate_),
                  one_pole_coefficient(s.release_ms * 1e-3, sample_rate_));
    key_filter_.set(s.key_highpass_hz, s.key_lowpass_hz);
    lookahead_.set(static_cast<int>(std::lround(std::clamp(s.lookahead_ms, 0.0, kMaxLookaheadMs) * 1e-3 * sample_rate_)));
    makeup_ = static_cast<float>(s.makeup_db / 6.020599913279624);
    wet_ = static_cast<float>(s.mix);
    dry_ = static_cast<float>(1.0 - s.mix);
  }

  void mean_power(const float* const* side, int channels, float* power, int n) {
    for (int i = 0; i < n; i += 8) {
      const f32x8 magnitude = linked_magnitude(side, channels, i);
      const f32x8 finite = min(max(magnitude, splat<f32x8>(0.0f)), splat<f32x8>(1e9f));
      store(power + i, finite * finite);
    }
    mean_square_.process(power, power, n);
  }

  double sample_rate_ = 48000;
  CompressorSettings settings_;
  KeyFilter key_filter_;
  ReductionCurve curve_;
  Grouped<OnePole> mean_square_;
  Follower follower_;
  Lookahead lookahead_;
  float makeup_ = 0, wet_ = 1, dry_ = 0;
  double reduction_ = 0;
};

}  // namespace mixwright
