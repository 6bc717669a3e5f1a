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
    if (settings == settings_) return;  // groups are counted from the last change
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
    f32x8 deepest = splat<f32x8>(0.0f);
    const bool wide = channels == 2 || key_channels == 2;
    const int heard = std::max(key ? key_channels : channels, 1);
    for_padded_blocks(io, channels, key, key_channels, n, [&](float* const* audio, const float* const* side, int count) {
      Rows rows;
      const float* in[4] = {side[0], side[heard - 1], audio[0], audio[channels - 1]};
      const bool bell = settings_.kind == 0.0;
      if (!wide) bell ? filter_mono<false>(in, rows, count) : filter_mono<true>(in, rows, count);
      else if (key) bell ? filter<false, false>(in, rows, count) : filter<true, false>(in, rows, count);
      else bell ? filter<false, true>(in, rows, count) : filter<true, true>(in, rows, count);
      rows.clear(count);
      const float* detected[2] = {rows.row[0], rows.row[1]};
      const ReductionCurve curve = curve_;
      for (int i = 0; i < count; i += 8)
        store(rows.reduction + i, curve(fast_log2(linked_magnitude(detected, wide ? 2 : 1, i))));
      follower_.process(rows.reduction, rows.reduction, count);
      std::fill(rows.reduction + count, rows.reduction + ((count + 7) & ~7), 0.0f);
      deepest = max(deepest, settings_.kind == 0.0 ? move_bell(audio, channels, rows, count)
                                                   : move_shelf(audio, channels, rows, count));
    });
    reduction_ = 0;
    for (int i = 0; i < 8; ++i) reduction_ = std::max(reduction_, static_cast<double>(deepest[i]));
  }

 private:
  struct alignas(32) Rows {
    float row[6][kDynamicsRoom];  // detector left and right, audio's band left and right, audio's edge left and right
    float reduction[kDynamicsRoom];

    void clear(int n) {
      for (auto& r : row) std::fill(r + n, r + ((n + 7) & ~7), 0.0f);
    }
  };

  void apply() {
    const DynamicEqSettings& s = settings_;
    follower_.settle();
    follower_.kernel.set(one_pole_coefficient(s.attack_ms * 1e-3, sample_rate_),
                         one_pole_coefficient(s.release_ms * 1e-3, sample_rate_));
    curve_.set(s.threshold_db, s.ratio, kKneeDb, std::abs(s.range_db));
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
      gain_[lane] = detector ? heard_gain : moved.band_gain;
      c1_[lane] = detector && !bell ? edge : 0.0;
      c2_[lane] = detector && !bell ? 1.0 : -1.0;
      edge_[lane] = edge;
      edge_gain_[lane] = edge_gain;
    }
  }

  // Lanes: key left and right, audio left and right. Own: the audio is its own key.
  template <bool Shelf, bool Own>
  void filter(const float* const* in, Rows& rows, int n) {
    const quad d1 = load<quad>(d1_), d2 = load<quad>(d2_), gain = load<quad>(gain_), c1 = load<quad>(c1_),
               c2 = load<quad>(c2_), edge = load<quad>(edge_), edge_gain = load<quad>(edge_gain_);
    quad w1 = load<quad>(w1_), w2 = load<quad>(w2_);
    for (int i = 0; i < n; i += 4) {
      f32x4 x[4], band[4] = {}, outer[4] = {};
      for (int k = Own ? 2 : 0; k < 4; ++k) x[k] = finite(load<f32x4>(in[k] + i));
      if constexpr (Own) {
        const f32x4 low = shuffle<0, 4, 1, 5>(x[2], x[3]), high = shuffle<2, 6, 3, 7>(x[2], x[3]);
        x[0] = shuffle<0, 1, 0, 1>(low, low), x[1] = shuffle<2, 3, 2, 3>(low, low);
        x[2] = shuffle<0, 1, 0, 1>(high, high), x[3] = shuffle<2, 3, 2, 3>(high, high);
      } else {
        transpose(x);
      }
      const int frames = std::min(4, n - i);
      auto one_frame = [&](int f) MIXWRIGHT_INLINE_LAMBDA {
        const quad w = (widen(x[f]) + w2 * d2) + w1 * d1;
        if constexpr (Shelf) {
          band[f] = narrow(((w + w2 * c2) + w1 * c1) * gain);
          outer[f] = narrow(((w + w2) + w1 * edge) * edge_gain);
        } else {
          band[f] = narrow((w - w2) * gain);
        }
        w2 = w1;
        w1 = w;
      };
      if (frames == 4) {
        for (int f = 0; f < 4; ++f) one_frame(f);
      } else {
        for (int f = 0; f < frames; ++f) one_frame(f);
      }
      transpose(band);
      for (int k = 0; k < 4; ++k) store(rows.row[k] + i, band[k]);
      if constexpr (Shelf) {
        transpose(outer);
        store(rows.row[4] + i, outer[2]);
        store(rows.row[5] + i, outer[3]);
      }
    }
    store(w1_, w1), store(w2_, w2);
  }

  template <bool Shelf>
  void filter_mono(const float* const* in, Rows& rows, int n) {
    auto pair = [](const double* lanes) { return f64x2{lanes[0], lanes[2]}; };
    const f64x2 d1 = pair(d1_), d2 = pair(d2_), gain = pair(gain_), c1 = pair(c1_), c2 = pair(c2_);
    const double edge = edge_[2], edge_gain = edge_gain_[2];
    f64x2 w1 = pair(w1_), w2 = pair(w2_);
    const float *key = in[0], *audio = in[2];
    for (int i = 0; i < n; i += 4) {
      const f32x4 k = finite(load<f32x4>(key + i)), a = finite(load<f32x4>(audio + i));
      const quad x01 = widen(shuffle<0, 4, 1, 5>(k, a)), x23 = widen(shuffle<2, 6, 3, 7>(k, a));
      const f64x2 x[4] = {lower(x01), upper(x01), lower(x23), upper(x23)};
      f64x2 y[4] = {};
      auto one_frame = [&](int f) MIXWRIGHT_INLINE_LAMBDA {
        const f64x2 w = (x[f] + w2 * d2) + w1 * d1;
        if constexpr (Shelf) {
          y[f] = ((w + w2 * c2) + w1 * c1) * gain;
          rows.row[4][i + f] = static_cast<float>(((w[1] + w2[1]) + w1[1] * edge) * edge_gain);
        } else {
          y[f] = (w - w2) * gain;
        }
        w2 = w1;
        w1 = w;
      };
      if (n - i >= 4) {
        for (int f = 0; f < 4; ++f) one_frame(f);
      } else {
        for (int f = 0; f < n - i; ++f) one_frame(f);
      }
      const f32x4 y01 = narrow(join(y[0], y[1])), y23 = narrow(join(y[2], y[3]));
      store(rows.row[0] + i, shuffle<0, 2, 4, 6>(y01, y23));
      store(rows.row[2] + i, shuffle<1, 3, 5, 7>(y01, y23));
    }
    w1_[0] = w1_[1] = w1[0], w1_[2] = w1_[3] = w1[1];
    w2_[0] = w2_[1] = w2[0], w2_[2] = w2_[3] = w2[1];
  }

  f32x8 move_bell(float* const* audio, int channels, const Rows& rows, int n) const {
    f32x8 deepest = splat<f32x8>(0.0f);
    const f32x8 direction = splat<f32x8>(direction_);
    for (int i = 0; i < n; i += 8) {
      const f32x8 r = load<f32x8>(rows.reduction + i);
      deepest = max(deepest, r);
      const f32x8 change = fast_exp2(r * direction) - 1.0f;
      for (int c = 0; c < channels; ++c)
        store(audio[c] + i, load<f32x8>(audio[c] + i) + load<f32x8>(rows.row[2 + c] + i) * change);
    }
    return deepest;
  }

  f32x8 move_shelf(float* const* audio, int channels, const Rows& rows, int n) const {
    f32x8 deepest = splat<f32x8>(0.0f);
    const f32x8 half = splat<f32x8>(0.5f * direction_);
    for (int i = 0; i < n; i += 8) {
      const f32x8 r = load<f32x8>(rows.reduction + i);
      deepest = max(deepest, r);
      const f32x8 a = fast_exp2(r * half);
      const f32x8 band = a - 1.0f, outer = a * a - 1.0f;
      for (int c = 0; c < channels; ++c) {
        const f32x8 near = load<f32x8>(rows.row[2 + c] + i) * band + load<f32x8>(audio[c] + i);
        store(audio[c] + i, load<f32x8>(rows.row[4 + c] + i) * outer + near);
      }
    }
    return deepest;
  }

  // One bad sample must not stay in the filters for ever.
  MIXWRIGHT_INLINE static f32x4 finite(f32x4 x) {
    const f32x4 zero = splat<f32x4>(0.0f);
    x = select(x < splat<f32x4>(1e9f), x, zero);
    return select(x > splat<f32x4>(-1e9f), x, zero);
  }
  MIXWRIGHT_INLINE static void transpose(f32x4* r) {
    const f32x4 a = shuffle<0, 4, 1, 5>(r[0], r[1]), b = shuffle<2, 6, 3, 7>(r[0], r[1]);
    const f32x4 c = shuffle<0, 4, 1, 5>(r[2], r[3]), d = shuffle<2, 6, 3, 7>(r[2], r[3]);
    r[0] = shuffle<0, 1, 4, 5>(a, c), r[1] = shuffle<2, 3, 6, 7>(a, c);
    r[2] = shuffle<0, 1, 4, 5>(b, d), r[3] = shuffle<2, 3, 6, 7>(b, d);
  }

  double sample_rate_ = 48000;
  DynamicEqSettings settings_;
  TwoPole heard_ = TwoPole::from(0.1, 1.0), moved_ = heard_;
  double d1_[4] = {}, d2_[4] = {}, gain_[4] = {}, c1_[4] = {}, c2_[4] = {}, edge_[4] = {}, edge_gain_[4] = {};
  double w1_[4] = {}, w2_[4] = {};
  ReductionCurve curve_;
  Grouped<DecoupledFollower> follower_;
  float direction_ = 1;
  double reduction_ = 0;
};

}  // namespace mixwright
