// Reverberation by a feedback delay network of 16 lines: diffusion, early reflections, decay set per band, slow
// modulation. Wet only.
//
// Decay: an attenuation of rate(f) = 60 / T(f) dB per second is laid on every line according to its length
// (Jot, Chaigne, AES 90, 1991), by a low and a high shelf of first order whose gains at zero, middle and Nyquist are exact.
// Level: without correlation between lines, noise of power 1 in a line returns with power g^2 / (1 - g^2), g^2 the mean
// square gain of the lines at one frequency; its average over 20 Hz..20 kHz in octaves (pink noise) is divided out.
#pragma once

#include <algorithm>
#include <cmath>

#include "mixwright/modulation.hpp"
#include "mixwright/return_eq.hpp"
#include "mixwright/ring.hpp"
#include "mixwright/simd.hpp"
#include "mixwright/transpose.hpp"

namespace mixwright {

struct ReverbSettings {
  double size_m = 16, decay_s = 1.8;
  double low_decay = 1.1, low_crossover_hz = 200;
  double high_decay = 0.5, high_crossover_hz = 5000;
  double pre_delay_ms = 10, diffusion = 0.8, early = 0.2;
  double modulation_ms = 0.15, modulation_hz = 0.5;
  double width = 1, high_pass_hz = 20, low_pass_hz = 20000;
  template <class V>
  void visit(V&& v) {
    v("size_m", size_m);
    v("decay_s", decay_s);
    v("low_decay", low_decay);
    v("low_crossover_hz", low_crossover_hz);
    v("high_decay", high_decay);
    v("high_crossover_hz", high_crossover_hz);
    v("pre_delay_ms", pre_delay_ms);
    v("diffusion", diffusion);
    v("early", early);
    v("modulation_ms", modulation_ms);
    v("modulation_hz", modulation_hz);
    v("width", width);
    v("high_pass_hz", high_pass_hz);
    v("low_pass_hz", low_pass_hz);
  }
};

namespace reverb_detail {

inline int next_prime(int n) {
  for (n |= 1;; n += 2) {
    bool prime = true;
    for (int d = 3; d * d <= n && prime; d += 2) prime = n % d != 0;
    if (prime) return n;
  }
}

// Hadamard combinations of eight rows.
MIXWRIGHT_INLINE void hadamard(f32x8* v) {
  const f32x8 a0 = v[0] + v[1], a1 = v[0] - v[1], a2 = v[2] + v[3], a3 = v[2] - v[3];
  const f32x8 a4 = v[4] + v[5], a5 = v[4] - v[5], a6 = v[6] + v[7], a7 = v[6] - v[7];
  const f32x8 b0 = a0 + a2, b1 = a1 + a3, b2 = a0 - a2, b3 = a1 - a3;
  const f32x8 b4 = a4 + a6, b5 = a5 + a7, b6 = a4 - a6, b7 = a5 - a7;
  v[0] = b0 + b4, v[1] = b1 + b5, v[2] = b2 + b6, v[3] = b3 + b7;
  v[4] = b0 - b4, v[5] = b1 - b5, v[6] = b2 - b6, v[7] = b3 - b7;
}

}  // namespace reverb_detail

class Reverb {
 public:
  static constexpr int kLines = 16, kStages = 4, kEarlyTaps = 14, kOwnTaps = 10;
  static constexpr double kMaxSizeM = 50, kMaxPreDelayMs = 250, kMaxModulationMs = 0.5;

  void prepare(double sample_rate) {
    rate_ = sample_rate;
    const double longest = kMaxSizeM / kSpeedOfSound * kLongestLine + 0.02;
    for (auto& ring : lines_) ring.prepare(static_cast<std::int64_t>(longest * rate_), kWindow);
    for (int c = 0; c < 2; ++c) {
      pre_[c].prepare(static_cast<std::int64_t>(kMaxPreDelayMs * 0.001 * rate_) + 8, kWindow);
      early_[c].prepare(static_cast<std::int64_t>(kMaxSizeM / kSpeedOfSound * kLongestEarly * rate_) + 8, kWindow);
      for (int s = 0; s < kStages; ++s) {
        const double ms = kDiffuserMs[s] * (c ? 1.0 : kDiffuserSkew[s]);
        stage_delay_[c][s] = reverb_detail::next_prime(std::max(kBlock + 9, static_cast<int>(ms * 0.001 * rate_)));
        stages_[c][s].prepare(stage_delay_[c][s], kWindow);
      }
    }
    fade_length_ = kBlock * std::max(2, static_cast<int>(0.02 * rate_ / kBlock));  // whole blocks: fades begin and end with one
    for (int k = 0; k < kBands; ++k) {
      const double hz = 20 * std::pow(2.0, k / 3.0);
      band_[k] = std::tan(kPi * std::min(hz / rate_, 0.499));
      band_on_[k] = hz < 0.49 * rate_;
    }
    interpolation_loss_db_ = interpolation_loss_db(2 * kPi * std::min(kTrueHz / rate_, 0.2));
    reset();
    set(ReverbSettings{});
  }

  void set(const ReverbSettings& s) {
    settings_ = s;
    const double shortest_decay = s.decay_s * std::min(1.0, std::min(s.low_decay, s.high_decay));
    const double metre = rate_ / kSpeedOfSound;  // samples per metre of sound path
    const double size = std::min(s.size_m, kSizePerDecay * s.decay_s);  // no room that large decays that fast
    const int least = kBlock + 8 + static_cast<int>(kMaxModulationMs * 0.001 * rate_);  // a block is read before it is written
    for (int i = 0; i < kLines; ++i) {
      int length = std::max(least, static_cast<int>(size * metre * line_ratio(kOrder[i])));
      do length = reverb_detail::next_prime(length + 1);
      while (std::find(length_, length_ + i, length) != length_ + i);
      length_[i] = length;
    }
    for (int c = 0; c < 2; ++c)
      for (int j = 0; j < kStages; ++j) {  // a diffuser must die away well before the tail does
        const double ring = std::pow(10.0, -3 * stage_delay_[c][j] / (0.4 * shortest_decay * rate_));
        stage_gain_[c][j] = static_cast<float>(std::min(0.75 * s.diffusion, ring));
      }
    set_decay(size);
    wanted_.pre = static_cast<int>(s.pre_delay_ms * 0.001 * rate_ + 0.5);
    for (int c = 0; c < 2; ++c)
      for (int k = 0; k < kEarlyTaps; ++k) wanted_.tap[c][k] = static_cast<int>(size * metre * kEarlyTime[c][k]);
    eq_.set(s.high_pass_hz, s.low_pass_hz, rate_);
  }

  void reset() {
    for (auto& ring : lines_) ring.reset();
    for (int c = 0; c < 2; ++c) {
      pre_[c].reset();
      early_[c].reset();
      for (auto& ring : stages_[c]) ring.reset();
    }
    for (int h = 0; h < 2; ++h) low_state_[h] = high_state_[h] = f32x8{};
    eq_.reset();
    time_ = 0;
    position_ = 0;
    fade_left_ = 0;
    fresh_ = true;
  }

  // Position in the song of the next sample: the modulation follows it.
  void seek(std::int64_t position) {
    if (position == position_) return;
    position_ = position;
    fresh_ = true;
  }

  int latency() const { return 0; }
  static bool neutral(const ReverbSettings&) { return false; }

  // Seconds after the last input until the tail lies `level_db` (say -100) below a steady input.
  static double tail_s(const ReverbSettings& s, double level_db = -100) {
    const double longest = s.decay_s * std::max(1.0, std::max(s.low_decay, s.high_decay));
    return s.pre_delay_ms * 0.001 + 2 * s.size_m / kSpeedOfSound + 0.05 + longest * (-level_db / 60);
  }

  // One channel: heard as left and right alike, returned as their sum at the same power.
  void process(float* const* io, int channels, int n) {
    for (int start = 0; start < n;) {
      const int phase = static_cast<int>(((position_ % kBlock) + kBlock) % kBlock);
      const int count = std::min(n - start, kBlock - phase);
      if (phase == 0 || fresh_) begin_block(phase);
      float* left = io[0] + start;
      float* right = io[channels - 1] + start;
      run(left, right, channels, phase, count);
      time_ += count;
      position_ += count;
      start += count;
    }
  }

 private:
  static constexpr int kSwinging = 8;
  static constexpr int kBlock = 64;   // grid of the modulation on the song position
  static constexpr int kPadded = kBlock + 8;
  static constexpr int kWindow = kBlock + 16;
  static constexpr int kBands = 30;  // third octaves from 20 Hz
  static constexpr double kPi = 3.14159265358979323846, kSpeedOfSound = 343;
  static constexpr double kShortestLine = 0.30, kLongestLine = 1.6, kLongestEarly = 1.6;
  static constexpr double kSizePerDecay = 40, kTrueHz = 9000;
  static constexpr double kSlew = 0.01;  // a changed delay glides by at most 1 % (17 cents)
  static constexpr double kDiffuserMs[kStages] = {2.31, 3.89, 6.71, 11.3};
  static constexpr double kDiffuserSkew[kStages] = {1.11, 0.93, 1.07, 0.95};
  // Sound paths of the early reflections in units of the size; the last four come from the other side.
  static constexpr double kEarlyTime[2][kEarlyTaps] = {
      {0.073, 0.192, 0.287, 0.431, 0.523, 0.688, 0.841, 0.953, 1.127, 1.391, 0.243, 0.617, 0.902, 1.263},
      {0.091, 0.167, 0.319, 0.402, 0.571, 0.659, 0.797, 1.009, 1.187, 1.337, 0.261, 0.587, 0.877, 1.301}};
  static constexpr float kEarlySign[2][kEarlyTaps] = {
      {1, 1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, 1, 1}, {1, -1, 1, 1, 1, -1, 1, 1, -1, -1, -1, 1, 1, 1}};
  static constexpr int kLeftRow = 5, kRightRow = 10;  // rows of the matrix that are heard
  static constexpr float kInSign[kLines] = {1, 1, -1, 1, 1, -1, -1, -1, 1, -1, -1, 1, 1, 1, -1, 1};

  struct Front {
    int pre = 0;
    int tap[2][kEarlyTaps] = {};
    bool operator==(const Front& o) const {
      return pre == o.pre && std::memcmp(tap, o.tap, sizeof tap) == 0;
    }
  };

  // Lengths spread evenly in the logarithm, shifted a little so that no simple ratios arise.
  static double line_ratio(int i) {
    static constexpr double jitter[kLines] = {0.00, 0.31, -0.22, 0.17, -0.35, 0.28, 0.05, -0.19, 0.37, -0.11, 0.23, -0.30, 0.13, -0.07, 0.33, 0.00};
    return kShortestLine * std::pow(kLongestLine / kShortestLine, (i + jitter[i]) / (kLines - 1));
  }
  // Neighbours in length go to different sides and different rows of the matrix.
  static constexpr int kOrder[kLines] = {0, 9, 4, 13, 2, 11, 6, 15, 1, 8, 5, 12, 3, 10, 7, 14};

  void set_decay(double size) {
    const ReverbSettings& s = settings_;
    const double low_k = std::tan(kPi * std::min(s.low_crossover_hz / rate_, 0.45));
    // The bilinear transform bends the high shelf; corner and end are set so that it is right at two frequencies.
    const double upper = std::min(kTrueHz, 0.4 * rate_), lower = upper / 2.25;
    const double xa = std::tan(kPi * lower / rate_), xb = std::tan(kPi * upper / rate_), fh = s.high_crossover_hz;
    const double wa = 1 / (1 + (fh / lower) * (fh / lower)), wb = 1 / (1 + (fh / upper) * (fh / upper)), ratio = wa / wb;
    const double high_k = xa * xb * std::sqrt((1 - ratio) / (ratio * xb * xb - xa * xa));
    const double bend = wb * (1 + (high_k / xb) * (high_k / xb));
    // A third of what the interpolation takes is given back: more would lift the octave below too far.
    const double xc = std::tan(kPi * std::min(kTrueHz / rate_, 0.2));
    const double lift = s.modulation_ms > 0 ? 0.35 / 20 * interpolation_loss_db_ * (1 + (high_k / xc) * (high_k / xc)) : 0;
    double mean_square[kBands] = {};
    for (int i = 0; i < kLines; ++i) {
      const double loss = -3 * length_[i] / (s.decay_s * rate_);
      const double middle = std::pow(10.0, loss);
      const double low = std::pow(10.0, loss * (1 / s.low_decay - 1));
      const double high = std::pow(10.0, std::min(loss * (1 / s.high_decay - 1) * bend + (i < kSwinging ? lift : 0), -0.5 * loss));
      // low shelf (s + k sqrt(G)) / (s + k / sqrt(G)), high shelf (sqrt(G) s + k) / (s / sqrt(G) + k), s bilinear
      const double la = low_k * std::sqrt(low), lc = low_k / std::sqrt(low);
      shelf(1 + la, la - 1, 1 + lc, lc - 1, 0.25 * middle, low_, i);  // with the factor of the matrix
      const double ha = std::sqrt(high), hc = 1 / ha;
      shelf(ha + high_k, high_k - ha, hc + high_k, high_k - hc, 1, high_, i);
      for (int k = 0; k < kBands; ++k) {
        const double xl = band_[k] / low_k, xh = band_[k] / high_k;
        const double low_power = (xl * xl + low) / (xl * xl + 1 / low);
        const double high_power = (xh * xh * high + 1) / (xh * xh / high + 1);
        mean_square[k] += middle * middle * low_power * high_power / kLines;
      }
    }
    double gain = 0, bands = 0;
    for (int k = 0; k < kBands; ++k)
      if (band_on_[k]) {
        gain += mean_square[k] / (1 - mean_square[k]);
        bands += 1;
      }
    const double side = std::sqrt(2 / (1 + s.width * s.width));  // the width leaves the power of a decorrelated pair as it is
    // Small rooms have few modes in the bass and miss some of the power (measured).
    const double sparse = std::pow(10.0, 0.14 * std::pow(2 / size, 0.75));
    const double late = std::sqrt((1 - s.early) * sparse * bands / gain), early = std::sqrt(s.early / kEarlyTaps);
    gain_wanted_[0] = static_cast<float>(late);
    gain_wanted_[1] = static_cast<float>(early);
    gain_wanted_[2] = static_cast<float>(0.5 * side * (1 + s.width));
    gain_wanted_[3] = static_cast<float>(0.5 * side * (1 - s.width));
  }

  struct Shelf {  // y = direct x + tail u, u a one-pole mean of the past: little noise even in float
    float direct[kLines], tail[kLines], pole[kLines], feed[kLines];
  };
  static void shelf(double b0, double b1, double a0, double a1, double gain, Shelf& to, int i) {
    b0 /= a0;
    b1 /= a0;
    const double pole = -a1 / a0;
    const float p = static_cast<float>(pole);
    to.direct[i] = static_cast<float>(gain * b0);
    to.tail[i] = static_cast<float>(gain * (b1 + b0 * pole) / (1 - pole));
    to.pole[i] = p;
    to.feed[i] = static_cast<float>(1 - static_cast<double>(p));
  }

  // Mean loss of the six-point interpolation over all fractions, at an angular frequency.
  static double interpolation_loss_db(double angle) {
    f32x8 w[6];
    lagrange_weights((ramp(0) + 0.5f) * 0.125f, w);
    double loss = 0;
    for (int lane = 0; lane < 8; ++lane) {
      double re = 0, im = 0;
      for (int k = 0; k < 6; ++k) {
        re += w[k][lane] * std::cos(angle * k);
        im += w[k][lane] * std::sin(angle * k);
      }
      loss -= 10 * std::log10(re * re + im * im) / 8;
    }
    return loss;
  }

  // Delays of all lines at a song position; the first half of them swings.
  void delays_at(std::int64_t position, double* delay) const {
    static constexpr double speed[kSwinging] = {1.0, 0.7861, 1.2361, 0.618, 0.9149, 1.1318, 0.7071, 0.8541};
    const double depth = std::min(settings_.modulation_ms, kMaxModulationMs) * 0.001 * rate_;
    const double turns = settings_.modulation_hz / rate_ * static_cast<double>(position);
    for (int i = 0; i < kLines; ++i) delay[i] = length_[i];
    if (depth > 0)
      for (int i = 0; i < kSwinging; ++i) delay[i] += depth * sine_of_turns(turns * speed[i] + i / 8.0);
  }

  void begin_block(int phase) {
    if (fresh_) {
      delays_at(position_ - phase, delay_);
      now_ = wanted_;
      fade_left_ = 0;
      for (int k = 0; k < 4; ++k) gain_end_[k] = gain_wanted_[k];
      fresh_ = false;
    }
    for (int k = 0; k < 4; ++k) {
      gain_start_[k] = gain_end_[k];
      const float gap = gain_wanted_[k] - gain_end_[k];
      gain_end_[k] = std::abs(gap) <= 1e-5f * std::abs(gain_wanted_[k]) ? gain_wanted_[k] : gain_end_[k] + 0.2f * gap;
    }
    if (fade_left_ == 0 && !(now_ == wanted_)) {
      next_ = wanted_;
      fade_left_ = fade_length_;
    }
    double target[kLines];
    delays_at(position_ - phase + kBlock, target);
    alignas(32) float from[kLines], to[kLines];
    double moving[2] = {0, 0};
    for (int i = 0; i < kLines; ++i) {
      const double step = std::min(std::max(target[i] - delay_[i], -kSlew * kBlock), kSlew * kBlock);
      const double whole = std::floor(delay_[i]);
      whole_[i] = static_cast<int>(whole);
      const double fraction = delay_[i] - whole;
      from[i] = static_cast<float>(fraction);
      to[i] = static_cast<float>(fraction + step);
      delay_[i] += step;
      moving[i >> 3] += std::abs(step) + fraction;
    }
    for (int h = 0; h < 2; ++h) still_[h] = moving[h] == 0;
    for (int h = 0; h < kLines; h += 8) {
      if (still_[h >> 3]) continue;
      f32x8 a[6], b[6];
      lagrange_weights(load<f32x8>(from + h), a);
      lagrange_weights(load<f32x8>(to + h), b);
      for (int k = 0; k < 6; ++k) {
        store(&weight_[k][h], a[k]);
        store(&weight_step_[k][h], (b[k] - a[k]) * (1.0f / kBlock));
      }
    }
  }

  void run(float* left, float* right, int channels, int phase, int count) {
    alignas(32) float in[2][kPadded], wet[2][kPadded], reflections[2][kPadded];
    front(left, right, count, in, reflections);

    alignas(32) float moved[kLines][kPadded];
    const float* from[kLines];
    float* to[kLines];
    for (int i = 0; i < kLines; ++i) {
      from[i] = still_[i >> 3] ? lines_[i].window(time_ - whole_[i]) : interpolate(i, phase, count, moved[i]);
      to[i] = lines_[i].place(time_);
    }
    for (int g = 0; g < count; g += 8) {
      f32x8 low[8], high[8];  // lines 0-7 and 8-15, time in lanes
      absorb(from, 0, g, std::min(8, count - g), low);
      absorb(from, 1, g, std::min(8, count - g), high);
      const f32x8 in_left = load<f32x8>(&in[0][g]), in_right = load<f32x8>(&in[1][g]);
      for (int i = 0; i < 8; ++i) {  // the last step of the 16 x 16 matrix
        const f32x8 a = low[i] + high[i], b = low[i] - high[i], x = i & 1 ? in_right : in_left;
        if (i == kLeftRow) store(&wet[0][g], a);
        if (i + 8 == kRightRow) store(&wet[1][g], b);
        store(to[i] + g, a + x * kInSign[i]);
        store(to[i + 8] + g, b + x * kInSign[i + 8]);
      }
    }
    for (int i = 0; i < kLines; ++i) lines_[i].written(time_, count);

    f32x8 gain[4], step[4];
    for (int k = 0; k < 4; ++k) {
      step[k] = splat<f32x8>((gain_end_[k] - gain_start_[k]) * (1.0f / kBlock));
      gain[k] = splat<f32x8>(gain_start_[k]);
    }
    for (int g = 0; g < count; g += 8) {
      const f32x8 at = ramp(static_cast<float>(phase + g));
      const f32x8 late = gain[0] + at * step[0], early = gain[1] + at * step[1];
      const f32x8 same = gain[2] + at * step[2], other = gain[3] + at * step[3];
      f32x8 l = late * load<f32x8>(&wet[0][g]), r = late * load<f32x8>(&wet[1][g]);
      l += early * load<f32x8>(&reflections[0][g]);
      r += early * load<f32x8>(&reflections[1][g]);
      f32x8 wide_l = same * l, wide_r = same * r;
      wide_l += other * r;
      wide_r += other * l;
      store(&wet[0][g], wide_l);
      store(&wet[1][g], wide_r);
    }
    eq_.process(wet[0], wet[1], count);
    if (channels == 1) {
      for (int g = 0; g < count; g += 8)
        store(&wet[0][g], (load<f32x8>(&wet[0][g]) + load<f32x8>(&wet[1][g])) * 0.70710678f);
    } else {
      copy_samples(right, wet[1], count);
    }
    copy_samples(left, wet[0], count);
  }

  // Pre-delay, diffusers and early reflections; `in` receives what enters the lines.
  void front(const float* left, const float* right, int count, float (*in)[kPadded], float (*reflections)[kPadded]) {
    const float fade_step = 1.0f / static_cast<float>(fade_length_), faded = static_cast<float>(fade_length_ - fade_left_ + 1);
    const bool fading = fade_left_ > 0;
    auto weight = [&](int g) { return min(ramp(faded + static_cast<float>(g)) * fade_step, splat<f32x8>(1.0f)); };
    const float* sources[2] = {left, right};
    for (int c = 0; c < 2; ++c) {
      pre_[c].write(time_, sources[c], count);
      const float* a = pre_[c].window(time_ - now_.pre);
      const float* b = fading ? pre_[c].window(time_ - next_.pre) : a;
      for (int g = 0; g < count; g += 8) {
        f32x8 x = load<f32x8>(a + g);
        if (fading) x += weight(g) * (load<f32x8>(b + g) - x);
        store(&in[c][g], x);
      }
      for (int s = 0; s < 2; ++s) diffuse(c, s, count, in[c]);
      early_[c].write_padded(time_, in[c], count);
    }
    for (int c = 0; c < 2; ++c) {
      reflect(now_, c, count, reflections[c]);
      if (fading) {
        alignas(32) float next[kPadded];
        reflect(next_, c, count, next);
        for (int g = 0; g < count; g += 8) {
          const f32x8 old = load<f32x8>(&reflections[c][g]);
          store(&reflections[c][g], old + weight(g) * (load<f32x8>(next + g) - old));
        }
      }
      for (int s = 2; s < kStages; ++s) diffuse(c, s, count, in[c]);
    }
    for (int g = 0; g < count; g += 8) {  // both sides into all lines: twice the echoes
      const f32x8 l = load<f32x8>(&in[0][g]) * 0.70710678f, r = load<f32x8>(&in[1][g]) * 0.70710678f;
      store(&in[0][g], l + r);
      store(&in[1][g], l - r);
    }
    if (fading) {
      fade_left_ -= count;
      if (fade_left_ == 0) now_ = next_;
    }
  }

  void reflect(const Front& front, int c, int count, float* out) const {
    const float* taps[kEarlyTaps];
    for (int k = 0; k < kEarlyTaps; ++k) taps[k] = early_[k < kOwnTaps ? c : 1 - c].window(time_ - front.tap[c][k]);
    for (int g = 0; g < count; g += 32) {  // four sums hide each other's latency
      f32x8 sum[4] = {};
      for (int k = 0; k < kEarlyTaps; ++k) {
        const f32x8 sign = splat<f32x8>(kEarlySign[c][k]);
        for (int v = 0; v < 4; ++v) sum[v] += load<f32x8>(taps[k] + g + 8 * v) * sign;
      }
      for (int v = 0; v < 4; ++v) store(out + g + 8 * v, sum[v]);
    }
  }

  // Schroeder all-pass: v = x - g v', y = g v + v'.
  void diffuse(int c, int s, int count, float* x) {
    alignas(32) float kept[kPadded];
    const float* past = stages_[c][s].window(time_ - stage_delay_[c][s]);
    const float gain = stage_gain_[c][s];
    for (int g = 0; g < count; g += 8) {
      const f32x8 old = load<f32x8>(past + g), v = load<f32x8>(x + g) - old * gain;
      store(kept + g, v);
      store(x + g, old + v * gain);
    }
    stages_[c][s].write_padded(time_, kept, count);
  }

  const float* interpolate(int i, int phase, int count, float* out) const {
    const float* x = lines_[i].window(time_ - whole_[i] - 3) + 5;
    const float first = static_cast<float>(phase);
    for (int g = 0; g < count; g += 16) {
      const f32x8 t = ramp(first + static_cast<float>(g)), t2 = t + 8.0f;
      f32x8 sum{}, sum2{};
      for (int k = 0; k < 6; ++k) {  // node k - 2 lies at x[-k]
        const f32x8 step = splat<f32x8>(weight_step_[k][i]), start = splat<f32x8>(weight_[k][i]);
        sum += (t * step + start) * load<f32x8>(x + g - k);
        sum2 += (t2 * step + start) * load<f32x8>(x + g + 8 - k);
      }
      store(out + g, sum);
      store(out + g + 8, sum2);
    }
    return out;
  }

  // Both shelves of eight lines (lines in lanes, frame after frame) and the first steps of the Hadamard matrix.
  MIXWRIGHT_INLINE void absorb(const float* const* from, int half, int g, int frames, f32x8* out) {
    const int first = 8 * half;
    for (int i = 0; i < 8; ++i) out[i] = load<f32x8>(from[first + i] + g);
    transpose(out);
    alignas(32) float x[8][8];
    for (int k = 0; k < 8; ++k) store(x[k], out[k]);
    const f32x8 ld = load<f32x8>(&low_.direct[first]), lt = load<f32x8>(&low_.tail[first]);
    const f32x8 lp = load<f32x8>(&low_.pole[first]), lf = load<f32x8>(&low_.feed[first]);
    const f32x8 hd = load<f32x8>(&high_.direct[first]), ht = load<f32x8>(&high_.tail[first]);
    const f32x8 hp = load<f32x8>(&high_.pole[first]), hf = load<f32x8>(&high_.feed[first]);
    f32x8 low = low_state_[half], high = high_state_[half];
    for (int k = 0; k < frames; ++k) {
      const f32x8 in = load<f32x8>(x[k]);
      f32x8 mid = lt * low;
      mid += ld * in;
      const f32x8 low_in = lf * in;
      low = lp * low + low_in;
      f32x8 y = ht * high;
      y += hd * mid;
      const f32x8 high_in = hf * mid;
      high = hp * high + high_in;
      store(x[k], y);
    }
    low_state_[half] = low;
    high_state_[half] = high;
    for (int k = 0; k < 8; ++k) out[k] = load<f32x8>(x[k]);
    transpose(out);
    reverb_detail::hadamard(out);
  }

  double rate_ = 48000;
  ReverbSettings settings_;
  Ring lines_[kLines], pre_[2], early_[2], stages_[2][kStages];
  int stage_delay_[2][kStages] = {};
  float stage_gain_[2][kStages] = {};
  double length_[kLines] = {}, delay_[kLines] = {}, interpolation_loss_db_ = 0;
  int whole_[kLines] = {};
  bool still_[2] = {true, true}, fresh_ = true;
  alignas(32) float weight_[6][kLines] = {};
  alignas(32) float weight_step_[6][kLines] = {};
  Shelf low_{}, high_{};
  f32x8 low_state_[2] = {}, high_state_[2] = {};
  float gain_wanted_[4] = {}, gain_start_[4] = {}, gain_end_[4] = {};
  Front now_, next_, wanted_;
  int fade_length_ = 960, fade_left_ = 0;
  double band_[kBands] = {};
  bool band_on_[kBands] = {};
  ReturnEq eq_;
  std::int64_t time_ = 0, position_ = 0;
};

}  // namespace mixwright
