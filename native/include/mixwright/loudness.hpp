// Loudness after ITU-R BS.1770-4, EBU R 128, Tech 3341 and Tech 3342, fed block by block.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "mixwright/simd.hpp"

namespace mixwright {

inline constexpr double kSilenceLufs = -200.0;  // stands for minus infinity, as in units.py

// One biquad of the K weighting; a0 is 1.
struct KStage {
  double b0, b1, b2, a1, a2;
};

// The two K-weighting stages for any sample rate, equal to the published coefficients at 48 kHz. The analogue prototypes
// behind those are mapped by the bilinear transform with their own frequency kept. The high-pass is scaled to its gain at
// 48 kHz: with the published numerator 1, -2, 1 its passband would rise by 0.05 dB at 22.05 kHz.
inline void k_weighting(double sample_rate, KStage& shelf, KStage& high_pass) {
  constexpr double pi = 3.14159265358979323846;
  {
    const double k = std::tan(pi * 1681.974450955533 / sample_rate);
    const double q = 0.7071752369554196;
    const double vh = std::pow(10.0, 3.999843853973347 / 20.0);
    const double vb = std::pow(vh, 0.4996667741545416);
    const double a0 = 1.0 + k / q + k * k;
    shelf = {(vh + vb * k / q + k * k) / a0, 2.0 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0,
             2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
  }
  {
    const double f = 38.13547087602444, q = 0.5003270373238773;
    const double k = std::tan(pi * f / sample_rate), k48 = std::tan(pi * f / 48000.0);
    const double a0 = 1.0 + k / q + k * k;
    const double scale = (1.0 + k48 / q + k48 * k48) / a0;
    high_pass = {scale, -2.0 * scale, scale, 2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0};
  }
}

inline double lufs_from_power(double power) {
  return power > 0 ? std::max(-0.691 + 10.0 * std::log10(power), kSilenceLufs) : kSilenceLufs;
}
inline double power_from_lufs(double lufs) { return std::pow(10.0, (lufs + 0.691) / 10.0); }

// Powers are summed over 10 ms pieces; momentary and short-term windows slide by one piece, so that their maxima hardly
// depend on where the sound starts. Gating and curves use every tenth window (100 ms). Memory: 16 bytes per 100 ms.
class LoudnessMeter {
 public:
  static constexpr int kMomentaryPieces = 40, kShortTermPieces = 300;

  void prepare(double sample_rate, const std::vector<double>& channel_weights) {
    rate_ = sample_rate;
    weights_ = channel_weights;
    k_weighting(sample_rate, shelf_, high_pass_);
    pairs_.assign((weights_.size() + 1) / 2, Pair{});
    pieces_.assign(kShortTermPieces, 0.0);
    reset();
  }

  void reset() {
    for (Pair& p : pairs_) p = Pair{};
    std::fill(pieces_.begin(), pieces_.end(), 0.0);
    position_ = 0;
    piece_ = 0;
    piece_end_ = boundary(1);
    momentary_ = short_term_ = momentary_max_ = short_term_max_ = 0;
    momentary_curve_.clear();
    short_term_curve_.clear();
  }

  int channels() const { return static_cast<int>(weights_.size()); }
  std::int64_t position() const { return position_; }

  void add(const float* const* in, std::int64_t n) {
    std::int64_t done = 0;
    while (done < n) {
      const std::int64_t step = std::min(n - done, piece_end_ - position_);
      const int channels = static_cast<int>(weights_.size());
      for (std::size_t p = 0; p < pairs_.size(); ++p) {
        const int left = static_cast<int>(2 * p);
        const int right = left + 1 < channels ? left + 1 : left;
        filter(pairs_[p], in[left] + done, in[right] + done, step);
      }
      position_ += step;
      done += step;
      if (position_ == piece_end_) close_piece();
    }
  }

  double momentary() const { return lufs_from_power(momentary_); }
  double short_term() const { return lufs_from_power(short_term_); }
  double momentary_max() const { return lufs_from_power(momentary_max_); }
  double short_term_max() const { return lufs_from_power(short_term_max_); }
  const std::vector<double>& momentary_curve() const { return momentary_curve_; }    // powers, one per 100 ms from 400 ms on
  const std::vector<double>& short_term_curve() const { return short_term_curve_; }  // powers, from 3 s on

  double integrated() const {
    const double gate = relative_gate(momentary_curve_, 10.0);
    return lufs_from_power(mean_at_least(momentary_curve_, gate));
  }

  // The relative gate of the integrated loudness in LUFS.
  double gate() const { return lufs_from_power(relative_gate(momentary_curve_, 10.0)); }

  double range() const {
    const double gate = relative_gate(short_term_curve_, 20.0);
    std::vector<double> kept;
    for (double power : short_term_curve_)
      if (power >= gate && power > 0) kept.push_back(power);
    if (kept.size() < 2) return 0;
    const auto percentile = [&](double p) {
      const auto at = static_cast<std::ptrdiff_t>(std::lround(p * static_cast<double>(kept.size() - 1)));
      std::nth_element(kept.begin(), kept.begin() + at, kept.end());
      return kept[static_cast<std::size_t>(at)];
    };
    const double low = percentile(0.10), high = percentile(0.95);
    return 10.0 * std::log10(high / low);
  }

 private:
  // Two channels through both stages at once: lanes are (left, right) of stage one and (left, right) of stage two. Stage two
  // works on the sample two before, so the two stages do not wait for one another.
  struct Pair {
    f64x4 s1 = splat<f64x4>(0.0), s2 = splat<f64x4>(0.0), y = splat<f64x4>(0.0), before = splat<f64x4>(0.0);
    f64x4 energy = splat<f64x4>(0.0);
  };

  // a - b * c, rounded once where there is an instruction for it: what takes part last is what the next step waits for.
  static MIXWRIGHT_INLINE f64x4 less_product(f64x4 a, f64x4 b, f64x4 c) {
#if defined(__FMA__)
    return (f64x4)_mm256_fnmadd_pd((__m256d)b, (__m256d)c, (__m256d)a);
#else
    return a - b * c;
#endif
  }

  std::int64_t boundary(std::int64_t piece) const {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(piece) * rate_ / 100.0 + 0.5));
  }

  void filter(Pair& pair, const float* left, const float* right, std::int64_t n) {
    const f64x4 b0 = {shelf_.b0, shelf_.b0, high_pass_.b0, high_pass_.b0};
    const f64x4 b1 = {shelf_.b1, shelf_.b1, high_pass_.b1, high_pass_.b1};
    const f64x4 b2 = {shelf_.b2, shelf_.b2, high_pass_.b2, high_pass_.b2};
    const f64x4 a1 = {shelf_.a1, shelf_.a1, high_pass_.a1, high_pass_.a1};
    const f64x4 a2 = {shelf_.a2, shelf_.a2, high_pass_.a2, high_pass_.a2};
    // The states from the states alone, so that a step waits for one product: s1 = b1 x - a1 y + s2 with y = b0 x + s1.
    const f64x4 k1 = b1 - a1 * b0, k2 = b2 - a2 * b0;
    f64x4 s1 = pair.s1, s2 = pair.s2, y = pair.y, before = pair.before, energy = pair.energy;
    const auto step = [&](f64x4 x) MIXWRIGHT_INLINE_LAMBDA {
      const f64x4 old = s1;
      before = y;
      y = b0 * x + old;
      s1 = less_product(k1 * x + s2, a1, old);
      s2 = less_product(k2 * x, a2, old);
      energy += y * y;
    };
    std::int64_t i = 0;
    for (; i + 4 <= n; i += 4) {
      const f64x4 l = to_double(load<f32x4>(left + i)), r = to_double(load<f32x4>(right + i));
      const f64x4 even = shuffle<0, 4, 2, 6>(l, r), odd = shuffle<1, 5, 3, 7>(l, r);
      step(shuffle<0, 1, 4, 5>(even, before));
      step(shuffle<0, 1, 4, 5>(odd, before));
      step(shuffle<2, 3, 4, 5>(even, before));
      step(shuffle<2, 3, 4, 5>(odd, before));
    }
    for (; i < n; ++i) step(f64x4{static_cast<double>(left[i]), static_cast<double>(right[i]), before[0], before[1]});
    pair.s1 = s1;
    pair.s2 = s2;
    pair.y = y;
    pair.before = before;
    pair.energy = energy;
  }

  // Stage two owes two samples at the end of a piece: compute them without moving the state, and leave them out of the next.
  void close_piece() {
    double power = 0;
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      Pair& pair = pairs_[p];
      for (int side = 0; side < 2; ++side) {
        const std::size_t channel = 2 * p + static_cast<std::size_t>(side);
        const KStage& h = high_pass_;
        const double first = h.b0 * pair.before[side] + pair.s1[2 + side];
        const double second = h.b0 * pair.y[side] + h.b1 * pair.before[side] - h.a1 * first + pair.s2[2 + side];
        const double owed = first * first + second * second;
        if (channel < weights_.size()) power += weights_[channel] * std::max(pair.energy[2 + side] + owed, 0.0);
        pair.energy[side] = 0;
        pair.energy[2 + side] = -owed;
      }
    }
    pieces_[static_cast<std::size_t>(piece_ % kShortTermPieces)] = power;
    ++piece_;
    piece_end_ = boundary(piece_ + 1);
    slide();
  }

  void slide() {
    const bool on_grid = piece_ % 10 == 0;
    if (piece_ >= kMomentaryPieces) {
      momentary_ = mean_of_last(kMomentaryPieces);
      momentary_max_ = std::max(momentary_max_, momentary_);
      if (on_grid) momentary_curve_.push_back(momentary_);
    }
    if (piece_ >= kShortTermPieces) {
      short_term_ = mean_of_last(kShortTermPieces);
      short_term_max_ = std::max(short_term_max_, short_term_);
      if (on_grid) short_term_curve_.push_back(short_term_);
    }
  }

  // Summed afresh each time: a running sum would keep rounding errors of loud passages.
  double mean_of_last(int count) const {
    double sums[4] = {0, 0, 0, 0};
    std::size_t at = static_cast<std::size_t>((piece_ + kShortTermPieces - count) % kShortTermPieces);
    for (int i = 0; i < count; i += 4) {  // both counts are multiples of four, and so is the ring; `at` may not be
      for (int j = 0; j < 4; ++j) {
        sums[j] += pieces_[at];
        at = at + 1 == static_cast<std::size_t>(kShortTermPieces) ? 0 : at + 1;
      }
    }
    const double samples = static_cast<double>(boundary(piece_) - boundary(piece_ - count));
    return (sums[0] + sums[1] + sums[2] + sums[3]) / samples;
  }

  static double mean_at_least(const std::vector<double>& powers, double gate) {
    double sum = 0;
    std::size_t count = 0;
    for (double power : powers)
      if (power >= gate) sum += power, ++count;
    return count ? sum / static_cast<double>(count) : 0.0;
  }

  // Power of the relative gate, `below_lu` under the mean of what passes the absolute gate of -70 LUFS (at least that gate).
  static double relative_gate(const std::vector<double>& powers, double below_lu) {
    const double absolute = power_from_lufs(-70.0);
    return std::max(absolute, mean_at_least(powers, absolute) * std::pow(10.0, -below_lu / 10.0));
  }

  double rate_ = 0;
  std::vector<double> weights_;
  KStage shelf_{}, high_pass_{};
  std::vector<Pair> pairs_;
  std::vector<double> pieces_;  // weighted energies of the last 3 s
  std::int64_t position_ = 0, piece_ = 0, piece_end_ = 0;
  double momentary_ = 0, short_term_ = 0, momentary_max_ = 0, short_term_max_ = 0;
  std::vector<double> momentary_curve_, short_term_curve_;
};

}  // namespace mixwright
