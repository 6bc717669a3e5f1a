// Gate and downward expander with hysteresis and hold.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>

#include "mixwright/detector.hpp"
#include "mixwright/envelope.hpp"
#include "mixwright/lookahead.hpp"

namespace mixwright {

struct GateSettings {
  double threshold_db = -60, ratio = 10, range_db = 0, attack_ms = 1, hold_ms = 20, release_ms = 100, hysteresis_db = 4;
  double lookahead_ms = 0, key_highpass_hz = 20, key_lowpass_hz = 20000;

  template <class V>
  void visit(V&& v) {
    v("threshold_db", threshold_db);
    v("ratio", ratio);
    v("range_db", range_db);
    v("attack_ms", attack_ms);
    v("hold_ms", hold_ms);
    v("release_ms", release_ms);
    v("hysteresis_db", hysteresis_db);
    v("lookahead_ms", lookahead_ms);
    v("key_highpass_hz", key_highpass_hz);
    v("key_lowpass_hz", key_lowpass_hz);
  }
  bool operator==(const GateSettings&) const = default;
};

// It opens when the level reaches the threshold and stays open until the level has been below threshold - hysteresis for the
// hold time. Closed, the gain falls by (ratio - 1) dB per dB below the threshold, down to -range. The opening (range less
// reduction, in octaves) goes through the same follower as a compressor's reduction: attack opens, release closes.
class Gate {
 public:
  static constexpr double kMaxLookaheadMs = 10.0;

  void prepare(double sample_rate) {
    sample_rate_ = sample_rate;
    key_filter_.prepare(sample_rate);
    lookahead_.prepare(static_cast<int>(std::ceil(kMaxLookaheadMs * 1e-3 * sample_rate)));
    apply();
    reset();
  }

  void set(const GateSettings& settings) {
    if (settings == settings_) return;
    settings_ = settings;
    apply();
  }

  void reset() {
    key_filter_.reset();
    follower_.reset();
    lookahead_.reset();
    open_for_ = 0;
    reduction_ = 0;
  }

  int latency() const { return lookahead_.delay(); }

  static bool neutral(const GateSettings& s) { return s.range_db == 0.0 || s.ratio <= 1.0; }

  // Deepest gain of the last call to process, in dB (0 or negative).
  double last_gain_reduction_db() const { return -6.020599913279624 * reduction_; }

  void process(float* const* io, int channels, int n) { process(io, channels, nullptr, 0, n); }
  void process(float* const* io, int channels, const float* const* key, int key_channels, int n) {
    reduction_ = 0;
    run_alone(*this, io, channels, key, key_channels, n);
  }

  // See run_alone.
  Following begin(float* const* audio, int channels, const float* const* side, int side_channels, int n, DynamicsScratch& s) {
    alignas(32) float filtered[2][kDynamicsRoom];
    const float* heard[2];
    hear_key(key_filter_, side, side_channels, n, lookahead_.delay() > 0, filtered, heard);
    lookahead_.process(audio, channels, n);
    for (int i = 0; i < n; i += 8)
      store(s.wanted + i, wanted_opening(linked_magnitude(heard, side_channels, i), std::min(8, n - i)));
    return {&follower_, s.wanted, n, range_};
  }
  void finish(float* const* audio, int channels, int n, DynamicsScratch& s) {
    const f32x8 range = splat<f32x8>(range_), nothing = splat<f32x8>(kNothing);
    f32x8 narrowest = range;
    for (int i = 0; i < n; i += 8) narrowest = min(narrowest, load<f32x8>(s.wanted + i));
    float lanes[8];
    store(lanes, narrowest);
    reduction_ = std::max(reduction_, static_cast<double>(range_ - *std::min_element(lanes, lanes + 8)));
    apply_gain(audio, channels, n, s.wanted,
               [&](f32x8 opening) MIXWRIGHT_INLINE_LAMBDA {
                 return fast_exp2(min(opening - range, splat<f32x8>(0.0f)));  // the range may just have become smaller
               },
               [&](f32x8 opening) MIXWRIGHT_INLINE_LAMBDA { return lanes_set(range - opening > nothing) == 0; });
  }

 private:
  void apply() {
    const GateSettings& s = settings_;
    const double octave = 1.0 / 6.020599913279624;
    follower_.set(one_pole_coefficient(s.attack_ms * 1e-3, sample_rate_),
                  one_pole_coefficient(s.release_ms * 1e-3, sample_rate_));
    const double threshold = s.threshold_db * octave, slope = std::max(s.ratio, 1.0) - 1.0;
    const double range = std::max(s.range_db, 0.0) * octave;
    threshold_ = static_cast<float>(threshold);
    slope_ = static_cast<float>(slope);
    range_ = static_cast<float>(range);
    opening_ = static_cast<float>(std::exp2(threshold));
    closing_ = static_cast<float>(std::exp2((s.threshold_db - std::max(s.hysteresis_db, 0.0)) * octave));
    const double shut = slope > 0 ? threshold - range / slope : -1000.0;
    shut_ = shut > -60 && slope > 0.1 ? static_cast<float>(0.999 * std::exp2(shut)) : -1.0f;
    hold_ = static_cast<int>(std::lround(s.hold_ms * 1e-3 * sample_rate_));
    key_filter_.set(s.key_highpass_hz, s.key_lowpass_hz);
    lookahead_.set(static_cast<int>(std::lround(std::clamp(s.lookahead_ms, 0.0, kMaxLookaheadMs) * 1e-3 * sample_rate_)));
  }

  // Of eight amplitudes, of which `count` are there. Where all are open, or shut to the full range, no logarithm is needed.
  MIXWRIGHT_INLINE f32x8 wanted_opening(f32x8 amplitude, int count) {
    const f32x8 range = splat<f32x8>(range_), zero = splat<f32x8>(0.0f);
    const unsigned opens = lanes_set(amplitude >= splat<f32x8>(opening_)), stays = lanes_set(amplitude >= splat<f32x8>(closing_));
    const unsigned open = advance(opens, stays, count);
    if (open == 0xffu) return range;
    f32x8 closed = zero;
    if (lanes_set(amplitude <= splat<f32x8>(shut_)) != 0xffu)
      closed = max(range - max(splat<f32x8>(threshold_) - fast_log2(amplitude), zero) * splat<f32x8>(slope_), zero);
    if (open == 0) return closed;
    alignas(32) float lanes[8];
    store(lanes, closed);
    for (unsigned left = open; left; left &= left - 1) lanes[std::countr_zero(left)] = range_;
    return load<f32x8>(lanes);
  }

  // Runs the state over `count` samples of comparisons; bit i tells whether sample i is open.
  MIXWRIGHT_INLINE unsigned advance(unsigned opens, unsigned stays, int count) {
    if (count == 8) {
      if (open_for_ == 0 && opens == 0) return 0;
      if (open_for_ > 0 && stays == 0xffu) {
        open_for_ = hold_ + 1;
        return 0xffu;
      }
      if (open_for_ > 8 && hold_ >= 7) {  // open to the end, whatever is heard in between
        open_for_ = stays ? hold_ + 1 - (std::countl_zero(stays) - 24) : open_for_ - 8;
        return 0xffu;
      }
    }
    unsigned open = 0;
    for (int i = 0; i < count; ++i) {
      const unsigned heard = (open_for_ > 0 ? stays : opens) >> i & 1u;
      open_for_ = heard ? hold_ + 1 : std::max(open_for_ - 1, 0);
      open |= static_cast<unsigned>(open_for_ > 0) << i;
    }
    return open;
  }

  double sample_rate_ = 48000;
  GateSettings settings_;
  KeyFilter key_filter_;
  Follower follower_;
  Lookahead lookahead_;
  float threshold_ = 0, slope_ = 0, range_ = 0;       // octaves
  float opening_ = 0, closing_ = 0, shut_ = -1;       // amplitudes; below `shut_` it is closed by the full range
  int hold_ = 0, open_for_ = 0;  // samples it stays open without being heard again
  double reduction_ = 0;
};

}  // namespace mixwright
