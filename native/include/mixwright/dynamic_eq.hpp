// One band of dynamic equalisation: a bell or shelf whose gain follows the level in its own region, or in a key's.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "mixwright/compressor.hpp"

namespace mixwright {

struct DynamicEqSettings {
  double kind = 0;  // bell, low_shelf, high_shelf
  double frequency_hz = 1000, q = 1, threshold_db = -30, ratio = 3, range_db = 0, attack_ms = 5, release_ms = 80;

  template <class V>
  void visit(V&& v) {
    v("kind", kind);
    v("frequency_hz", frequency_hz);
    v("q", q);
    v("threshold_db", threshold_db);
    v("ratio", ratio);
    v("range_db", range_db);
    v("attack_ms", attack_ms);
    v("release_ms", release_ms);
  }
  bool operator==(const DynamicEqSettings&) const = default;
};

// The audio's filter does not depend on the gain g, which therefore may move with every sample:
//   bell        y = x + (g - 1) band                       = (s^2 + g s/Q + 1) / (s^2 + s/Q + 1)
//   low shelf   y = x + (a - 1) band + (g - 1) low, g = a^2 = (s^2 + a s/Q + g) / (s^2 + s/Q + 1)
//   high shelf  the same with the high output.
// These are the cookbook's bell of Q / a and its shelves centred at f times or over sqrt(a). Q and f are chosen such that at
// full range the curve is the cookbook's with the Q and frequency asked for. The detector hears the key through a band-pass
// (bell), low-pass or high-pass (shelves) of that Q and frequency.
class DynamicEq {
 public:
  static constexpr double kKneeDb = 6.0;

  void prepare(double sample_rate) {
    sample_rate_ = sample_rate;
    apply();
    reset();
  }

  void set(const DynamicEqSettings& settings) {
    if (settings == settings_) return;
    settings_ = settings;
    apply();
  }

  void reset() {
    std::fill_n(w1_, 4, 0.0);
    std::fill_n(w2_, 4, 0.0);
    follower_.reset();
    reduction_ = 0;
  }

  int latency() const { return 0; }

  static bool neutral(const DynamicEqSettings& s) { return s.range_db == 0.0 || s.ratio <= 1.0; }

  // Gain farthest from 0 dB in the last call to process.
  double last_gain_db() const { return 6.020599913279624 * direction_ * reduction_; }

  void process(float* const* io, int channels, int n) { process(io, channels, nullptr, 0, n); }
  void process(float* const* io, int channels, const float* const* key, int key_channels, int n) {
    reduction_ = 0;
    run_alone(*this, io, channels, key, key_channels, n);
  }

  // See run_alone. The audio's band and edge wait aside, left and right.
  Following begin(float* const* audio, int channels, const float* const* side, int side_channels, int n, DynamicsScratch& s) {
    const float* in[4] = {side[0], side[side_channels - 1], audio[0], audio[channels - 1]};
    const bool bell = settings_.kind == 0.0, own = side[0] == audio[0] && side_channels == channels;
    if (own) bell ? filter<false, true>(in, n, s) : filter<true, true>(in, n, s);
    else bell ? filter<false, false>(in, n, s) : filter<true, false>(in, n, s);
    const ReductionCurve curve = curve_;
    for (int i = 0; i < n; i += 8) store(s.wanted + i, curve.of_amplitude(load<f32x8>(s.wanted + i)));
    return {&follower_, s.wanted, n, 0.0f};
  }
  void finish(float* const* audio, int channels, int n, DynamicsScratch& s) {
    reduction_ = std::max(reduction_, greatest(s.wanted, n));
    settings_.kind == 0.0 ? move<false>(audio, channels, n, s) : move<true>(audio, channels, n, s);
  }

 private:
  void apply() {
    const DynamicEqSettings& s = settings_;
    follower_.set(one_pole_coefficient(s.attack_ms * 1e-3, sample_rate_),
                  one_pole_coefficient(s.release_ms * 1e-3, sample_rate_));
    direction_ = s.range_db < 0 ? -1.0f : 1.0f;

    const double a = std::pow(10.0, s.range_db / 40), warped = warped_frequency(s.frequency_hz, sample_rate_);
    TwoPole heard = TwoPole::from(warped, s.q), moved = heard;
    if (s.kind == 0.0) moved = TwoPole::from(warped, s.q * a);
    if (s.kind == 1.0) moved = TwoPole::from(warped / std::sqrt(a), s.q);
    if (s.kind == 2.0) moved = TwoPole::from(warped * std::sqrt(a), s.q);
    for (int lane = 0; lane < 4; ++lane)
      TwoPole::carry_over(lane < 2 ? heard_ : moved_, lane < 2 ? heard : moved, w1_[lane], w2_[lane]);
    heard_ = heard, moved_ = moved;

    const double edge = s.kind == 2.0 ? -2.0 : 2.0;  // high-pass or low-pass
    const double edge_gain = s.kind == 2.0 ? moved.high_gain : moved.low_gain;
    const double heard_gain = s.kind == 0.0 ? heard.band_gain : s.kind == 2.0 ? heard.high_gain : heard.low_gain;
    const bool bell = s.kind == 0.0;
    for (int lane = 0; lane < 4; ++lane) {
      const bool detector = lane < 2;
      d1_[lane] = detector ? heard.d1 : moved.d1;
      d2_[lane] = detector ? heard.d2 : moved.d2;
      c1_[lane] = detector && !bell ? edge : 0.0;
      c2_[lane] = detector && !bell ? 1.0 : -1.0;
      edge_[lane] = edge;
    }
    // The filters' gains are left to the curve and to the gain that moves: one factor fewer per sample.
    curve_.set(s.threshold_db - 20 * std::log10(heard_gain), s.ratio, kKneeDb, std::abs(s.range_db));
    band_gain_ = static_cast<float>(moved.band_gain);
    edge_gain_ = static_cast<float>(edge_gain);
  }

  // Lanes: key left and right, audio left and right; one channel is both. Own: the audio is its own key. Leaves the linked
  // amplitude of the detectors in `wanted`.
  template <bool Shelf, bool Own>
  void filter(const float* const* in, int n, DynamicsScratch& s) {
    const quad d1 = load<quad>(d1_), d2 = load<quad>(d2_), c1 = load<quad>(c1_), c2 = load<quad>(c2_),
               edge = load<quad>(edge_);
    quad w1 = load<quad>(w1_), w2 = load<quad>(w2_);
    for (int i = 0; i < n; i += 8) {
      alignas(32) float x[4][8];  // frames 0 and 4, 1 and 5, 2 and 6, 3 and 7
      {
        const f32x8 left = finite(load<f32x8>(in[2] + i)), right = finite(load<f32x8>(in[3] + i));
        const f32x8 low = shuffle<0, 8, 1, 9, 4, 12, 5, 13>(left, right), high = shuffle<2, 10, 3, 11, 6, 14, 7, 15>(left, right);
        f32x8 key_low = low, key_high = high;
        if constexpr (!Own) {
          const f32x8 l = finite(load<f32x8>(in[0] + i)), r = finite(load<f32x8>(in[1] + i));
          key_low = shuffle<0, 8, 1, 9, 4, 12, 5, 13>(l, r), key_high = shuffle<2, 10, 3, 11, 6, 14, 7, 15>(l, r);
        }
        store(x[0], shuffle<0, 1, 8, 9, 4, 5, 12, 13>(key_low, low)), store(x[1], shuffle<2, 3, 10, 11, 6, 7, 14, 15>(key_low, low));
        store(x[2], shuffle<0, 1, 8, 9, 4, 5, 12, 13>(key_high, high)), store(x[3], shuffle<2, 3, 10, 11, 6, 7, 14, 15>(key_high, high));
      }
      MIXWRIGHT_READ_AGAIN();  // widening what lies in memory spares the shuffles that registers would need
      f32x4 band[8], outer[8];
      const auto one_frame = [&](int f) MIXWRIGHT_INLINE_LAMBDA {
        const quad w = fused(w1, d1, fused(w2, d2, widen(load<f32x4>(x[f & 3] + (f & 4)))));
        if constexpr (Shelf) {
          band[f] = narrow(fused(w1, c1, fused(w2, c2, w)));
          outer[f] = narrow(fused(w1, edge, w + w2));
        } else {
          band[f] = narrow(w - w2);
        }
        w2 = w1;
        w1 = w;
      };
      if (n - i >= 8) {
        MIXWRIGHT_UNROLL
        for (int f = 0; f < 8; ++f) one_frame(f);
      } else {
        for (int f = 0; f < n - i; ++f) one_frame(f);
        for (int f = n - i; f < 8; ++f) band[f] = outer[f] = splat<f32x4>(0.0f);
      }
      f32x8 row[4];
      columns(band, row);
      store(s.wanted + i, max(abs(row[1]), abs(row[0])));
      store(s.aside[0] + i, row[2]), store(s.aside[1] + i, row[3]);
      if constexpr (Shelf) {
        columns(outer, row);
        store(s.aside[2] + i, row[2]), store(s.aside[3] + i, row[3]);
      }
    }
    store(w1_, w1), store(w2_, w2);
  }

  template <bool Shelf>
  void move(float* const* audio, int channels, int n, const DynamicsScratch& s) const {
    const f32x8 direction = splat<f32x8>(Shelf ? 0.5f * direction_ : direction_), nothing = splat<f32x8>(kNothing);
    const f32x8 band_gain = splat<f32x8>(band_gain_), edge_gain = splat<f32x8>(edge_gain_);
    for (int i = 0; i < n; i += 8) {
      const f32x8 reduction = load<f32x8>(s.wanted + i);
      const auto moves = reduction > nothing;  // elsewhere the gain is 1 to the bit
      if (lanes_set(moves) == 0) continue;
      const f32x8 gain = fast_exp2(reduction * direction);  // of a shelf: its root
      const f32x8 band = gain * band_gain - band_gain, edge = gain * gain * edge_gain - edge_gain;
      for (int c = 0; c < channels; ++c) {
        const f32x8 x = load<f32x8>(audio[c] + i);
        f32x8 y = load<f32x8>(s.aside[c] + i) * band + x;
        if constexpr (Shelf) y = load<f32x8>(s.aside[2 + c] + i) * edge + y;
        store(audio[c] + i, select(moves, y, x));  // not even the sign of a zero depends on the neighbours
      }
    }
  }

  // One bad sample must not stay in the filters for ever.
  MIXWRIGHT_INLINE static f32x8 finite(f32x8 x) { return select(abs(x) < splat<f32x8>(1e9f), x, splat<f32x8>(0.0f)); }

  // Eight frames of four become four rows of eight.
  MIXWRIGHT_INLINE static void columns(const f32x4* frame, f32x8* row) {
    f32x8 r[4];
    for (int k = 0; k < 4; ++k) r[k] = join(frame[k], frame[k + 4]);
    const f32x8 a = shuffle<0, 8, 1, 9, 4, 12, 5, 13>(r[0], r[1]), b = shuffle<2, 10, 3, 11, 6, 14, 7, 15>(r[0], r[1]);
    const f32x8 c = shuffle<0, 8, 1, 9, 4, 12, 5, 13>(r[2], r[3]), d = shuffle<2, 10, 3, 11, 6, 14, 7, 15>(r[2], r[3]);
    row[0] = shuffle<0, 1, 8, 9, 4, 5, 12, 13>(a, c), row[1] = shuffle<2, 3, 10, 11, 6, 7, 14, 15>(a, c);
    row[2] = shuffle<0, 1, 8, 9, 4, 5, 12, 13>(b, d), row[3] = shuffle<2, 3, 10, 11, 6, 7, 14, 15>(b, d);
  }

  double sample_rate_ = 48000;
  DynamicEqSettings settings_;
  TwoPole heard_ = TwoPole::from(0.1, 1.0), moved_ = heard_;
  double d1_[4] = {}, d2_[4] = {}, c1_[4] = {}, c2_[4] = {}, edge_[4] = {};
  double w1_[4] = {}, w2_[4] = {};
  ReductionCurve curve_;
  Follower follower_;
  float direction_ = 1, band_gain_ = 0, edge_gain_ = 0;
  double reduction_ = 0;
};

}  // namespace mixwright
