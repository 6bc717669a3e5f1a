// Stereo and ping-pong echo with filters in the loop and a slow modulation. Wet only.
#pragma once

#include <cmath>

#include "mixwright/modulation.hpp"
#include "mixwright/return_eq.hpp"
#include "mixwright/ring.hpp"
#include "mixwright/simd.hpp"

namespace mixwright {

struct EchoSettings {
  double time_ms = 375, right_ratio = 1, feedback = 0.35, ping_pong = 0;
  double high_pass_hz = 150, low_pass_hz = 7000, width = 1;
  double modulation_ms = 0, modulation_hz = 0.5;
  template <class V>
  void visit(V&& v) {
    v("time_ms", time_ms);
    v("right_ratio", right_ratio);
    v("feedback", feedback);
    v("ping_pong", ping_pong);
    v("high_pass_hz", high_pass_hz);
    v("low_pass_hz", low_pass_hz);
    v("width", width);
    v("modulation_ms", modulation_ms);
    v("modulation_hz", modulation_hz);
  }
};

class Echo {
 public:
  static constexpr double kMinMs = 10, kMaxMs = 6000, kMaxModulationMs = 2, kMaxFeedback = 0.95;

  void prepare(double sample_rate) {
    rate_ = sample_rate;
    const double longest = (kMaxMs + kMaxModulationMs) * 0.001 * rate_;
    for (auto& ring : rings_) ring.prepare(static_cast<std::int64_t>(longest) + kWindow, kWindow);
    fade_length_ = kBlock * std::max(2, static_cast<int>(0.04 * rate_ / kBlock));  // whole blocks: fades begin and end with one
    reset();
    set(EchoSettings{});
  }

  void set(const EchoSettings& s) {
    settings_ = s;
    const double times[2] = {s.time_ms, s.time_ms * s.right_ratio};
    for (int c = 0; c < 2; ++c) wanted_[c] = static_cast<int>(std::floor(clamp(times[c], kMinMs, kMaxMs) * 0.001 * rate_ + 0.5));
    const double feedback = clamp(s.feedback, 0, kMaxFeedback), cross = clamp(s.ping_pong, 0, 1);
    gain_wanted_[0] = static_cast<float>(1 - cross);                 // input to its own side
    gain_wanted_[1] = static_cast<float>(0.5 * cross);               // both inputs to the left
    gain_wanted_[2] = static_cast<float>(feedback * (1 - cross));    // echo to its own side
    gain_wanted_[3] = static_cast<float>(feedback * cross);          // echo to the other side
    gain_wanted_[4] = static_cast<float>(0.5 * (1 + s.width));
    gain_wanted_[5] = static_cast<float>(0.5 * (1 - s.width));
    eq_.set(s.high_pass_hz, s.low_pass_hz, rate_);
  }

  void reset() {
    for (auto& ring : rings_) ring.reset();
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
  static bool neutral(const EchoSettings&) { return false; }

  // Seconds after the last input until the echoes lie `level_db` (say -100) below it.
  static double tail_s(const EchoSettings& s, double level_db) {
    const double longest = std::min(kMaxMs, s.time_ms * std::max(1.0, s.right_ratio)) * 0.001;
    const double feedback = clamp(s.feedback, 0, kMaxFeedback);
    const double rounds = feedback > 1e-6 ? std::ceil(std::min(0.0, level_db) / (20 * std::log10(feedback))) : 0;
    return longest * (1 + rounds) + 0.1;
  }

  // One channel: heard as left and right alike, returned as their mean.
  void process(float* const* io, int channels, int n) {
    for (int start = 0; start < n;) {
      const int phase = static_cast<int>(((position_ % kBlock) + kBlock) % kBlock);
      const int count = std::min(n - start, kBlock - phase);
      if (phase == 0 || fresh_) begin_block(phase);
      run(io[0] + start, io[channels - 1] + start, channels, phase, count);
      time_ += count;
      position_ += count;
      start += count;
    }
  }

 private:
  static constexpr int kBlock = 32, kPadded = kBlock + 8, kWindow = kBlock + 16, kGains = 6;

  static double clamp(double x, double low, double high) { return std::min(std::max(x, low), high); }

  double swing_at(std::int64_t position, int c) const {
    const double depth = clamp(settings_.modulation_ms, 0, kMaxModulationMs) * 0.001 * rate_;
    return depth > 0 ? depth * sine_of_turns(settings_.modulation_hz / rate_ * static_cast<double>(position) + 0.25 * c) : 0;
  }

  void begin_block(int phase) {
    if (fresh_) {
      for (int c = 0; c < 2; ++c) {
        swing_end_[c] = swing_at(position_ - phase, c);
        now_[c] = wanted_[c];
      }
      for (int k = 0; k < kGains; ++k) gain_end_[k] = gain_wanted_[k];
      fade_left_ = 0;
      fresh_ = false;
    }
    for (int k = 0; k < kGains; ++k) {
      gain_start_[k] = gain_end_[k];
      const float gap = gain_wanted_[k] - gain_end_[k];
      gain_end_[k] = std::abs(gap) <= 1e-5f ? gain_wanted_[k] : gain_end_[k] + 0.2f * gap;
    }
    for (int c = 0; c < 2; ++c) {
      swing_start_[c] = swing_end_[c];
      swing_end_[c] += clamp(swing_at(position_ - phase + kBlock, c) - swing_end_[c], -1.0, 1.0);
    }
    if (fade_left_ == 0 && (now_[0] != wanted_[0] || now_[1] != wanted_[1])) {
      for (int c = 0; c < 2; ++c) next_[c] = wanted_[c];
      fade_left_ = fade_length_;
    }
  }

  void run(float* left, float* right, int channels, int phase, int count) {
    alignas(32) float in[2][kPadded] = {}, echo[2][kPadded], heard[2][kPadded];
    copy_samples(in[0], left, count);
    copy_samples(in[1], right, count);
    for (int c = 0; c < 2; ++c) {
      read(c, now_[c], phase, count, echo[c]);
      if (fade_left_ > 0) {
        alignas(32) float next[kPadded];
        read(c, next_[c], phase, count, next);
        const float step = 1.0f / static_cast<float>(fade_length_), done = static_cast<float>(fade_length_ - fade_left_ + 1);
        for (int g = 0; g < count; g += 8) {
          const f32x8 old = load<f32x8>(&echo[c][g]);
          store(&echo[c][g], old + ramp(done + static_cast<float>(g)) * step * (load<f32x8>(next + g) - old));
        }
      }
    }
    eq_.process(echo[0], echo[1], count);
    f32x8 start[kGains], step[kGains];
    for (int k = 0; k < kGains; ++k) {
      start[k] = splat<f32x8>(gain_start_[k]);
      step[k] = splat<f32x8>((gain_end_[k] - gain_start_[k]) * (1.0f / kBlock));
    }
    for (int g = 0; g < count; g += 8) {
      const f32x8 at = ramp(static_cast<float>(phase + g));
      const f32x8 l = load<f32x8>(&in[0][g]), r = load<f32x8>(&in[1][g]);
      const f32x8 el = load<f32x8>(&echo[0][g]), er = load<f32x8>(&echo[1][g]);
      const f32x8 own = start[0] + at * step[0], both = start[1] + at * step[1];
      const f32x8 back = start[2] + at * step[2], cross = start[3] + at * step[3];
      const f32x8 same = start[4] + at * step[4], other = start[5] + at * step[5];
      f32x8 to_left = own * l, to_right = own * r;
      to_left += both * (l + r);
      to_left += back * el;
      to_left += cross * er;
      to_right += back * er;
      to_right += cross * el;
      f32x8 out_left = same * el, out_right = same * er;
      out_left += other * er;
      out_right += other * el;
      if (channels == 1) out_left = (out_left + out_right) * 0.5f;
      store(&in[0][g], to_left);
      store(&in[1][g], to_right);
      store(&heard[0][g], out_left);
      store(&heard[1][g], out_right);
    }
    for (int c = 0; c < 2; ++c) rings_[c].write_padded(time_, in[c], count);
    if (channels == 2) copy_samples(right, heard[1], count);
    copy_samples(left, heard[0], count);
    if (fade_left_ > 0 && (fade_left_ -= count) == 0)
      for (int c = 0; c < 2; ++c) now_[c] = next_[c];
  }

  // The delay runs in a straight line through a block of the grid.
  void read(int c, int delay, int phase, int count, float* out) const {
    if (swing_start_[c] == 0 && swing_end_[c] == 0) {
      const float* x = rings_[c].window(time_ - delay);
      for (int g = 0; g < count; g += 8) store(out + g, load<f32x8>(x + g));
      return;
    }
    const double whole = std::floor(0.5 * (swing_start_[c] + swing_end_[c]));
    const float first = static_cast<float>(swing_start_[c] - whole), step = static_cast<float>((swing_end_[c] - swing_start_[c]) / kBlock);
    const float* x = rings_[c].window(time_ - delay - static_cast<int>(whole) - 3) + 5;
    for (int g = 0; g < count; g += 8) {
      f32x8 weight[6], sum{};
      lagrange_weights(ramp(static_cast<float>(phase + g)) * step + first, weight);
      for (int k = 0; k < 6; ++k) sum += weight[k] * load<f32x8>(x + g - k);  // node k - 2
      store(out + g, sum);
    }
  }

  double rate_ = 48000;
  EchoSettings settings_;
  Ring rings_[2];
  ReturnEq eq_;
  int wanted_[2] = {}, now_[2] = {}, next_[2] = {};
  int fade_length_ = 1920, fade_left_ = 0;
  double swing_start_[2] = {}, swing_end_[2] = {};
  float gain_wanted_[kGains] = {}, gain_start_[kGains] = {}, gain_end_[kGains] = {};
  bool fresh_ = true;
  std::int64_t time_ = 0, position_ = 0;
};

}  // namespace mixwright
