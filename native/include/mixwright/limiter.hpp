// Look-ahead true-peak limiter, stereo linked.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "mixwright/interpolation.hpp"
#include "mixwright/simd.hpp"

namespace mixwright {

struct LimiterSettings {
  double on = 0;
  double ceiling_dbtp = 0;
  double lookahead_ms = 2;
  double release_ms = 60;
  double auto_release = 1;
  template <class V>
  void visit(V&& v) {
    v("on", on);
    v("ceiling_dbtp", ceiling_dbtp);
    v("lookahead_ms", lookahead_ms);
    v("release_ms", release_ms);
    v("auto_release", auto_release);
  }
};

namespace limiter_detail {

inline constexpr int kGroup = 8;  // samples per step of the gain; one vector

// The newest values of a stream, addressed by absolute position; zeros lie before its start.
class Line {
 public:
  void prepare(int history, int room) {
    history_ = history;
    data_.assign(static_cast<std::size_t>(history + room + kGroup), 0.0f);  // whole vectors may read past the newest
    reset(0, 0.0f);
  }
  void reset(std::int64_t start, float before) {
    std::fill(data_.begin(), data_.end(), before);
    fill_ = history_;
    base_ = start - history_;
  }
  // Room for n more values; n is at most the room given to prepare.
  float* append(int n) {
    if (fill_ + n + kGroup > static_cast<int>(data_.size())) {
      std::copy(data_.begin() + (fill_ - history_), data_.begin() + fill_, data_.begin());
      base_ += fill_ - history_;
      fill_ = history_;
    }
    float* at = data_.data() + fill_;
    fill_ += n;
    return at;
  }
  const float* at(std::int64_t position) const { return data_.data() + (position - base_); }

 private:
  std::vector<float> data_;
  int history_ = 0, fill_ = 0;
  std::int64_t base_ = 0;
};

// Turns the gain each group may have at most into a smooth gain that is never above it: the least gain within reach, held,
// released slowly, and averaged with a raised-cosine window as long as the look-ahead. One value per group.
class GainPath {
 public:
  struct Shape {
    int attack = 1;     // groups of look-ahead, the length of the window
    int extra = 1;      // groups before and after a peak that share its gain
    int hold = 0;       // groups for which a gain is held
    double release = 1, slow_attack = 0, slow_release = 0;  // one-pole coefficients per group
    bool adaptive = false;
  };

  void prepare(int max_attack, int max_window, int room) {
    weights_.assign(static_cast<std::size_t>(max_attack), 0.0f);
    reductions_.prepare(max_attack + 8, room);
    std::size_t size = 1;
    while (size < static_cast<std::size_t>(max_window + 2)) size *= 2;
    ring_.assign(size, Entry{});
    shape_.attack = 0;
    reset();
  }

  void set(const Shape& shape) {
    const bool resized = shape.attack != shape_.attack || shape.extra != shape_.extra || shape.hold != shape_.hold;
    shape_ = shape;
    if (!resized) return;
    constexpr double pi = 3.14159265358979323846;
    std::fill(weights_.begin(), weights_.end(), 0.0f);
    double total = 0;
    for (int k = 0; k < shape.attack; ++k) total += 1 - std::cos(2 * pi * (k + 0.5) / shape.attack);
    for (int k = 0; k < shape.attack; ++k)
      weights_[static_cast<std::size_t>(k)] = static_cast<float>((1 - std::cos(2 * pi * (k + 0.5) / shape.attack)) / total);
    reset();
  }

  void reset() {
    reductions_.reset(0, 0.0f);
    head_ = tail_ = 0;
    index_ = 0;
    idle_ = 0;
    held_ = slow_ = 1;
  }

  // Groups between a target and the first value of the smooth gain that must obey it, counted from its start.
  int delay() const { return shape_.extra + shape_.attack - 1; }

  // Takes the targets of the next groups and gives as many gains, each at the start of the group `delay()` earlier.
  // Room for seven more gains must follow.
  void push(const float* targets, int count, float* gains) {
    const std::int64_t first = index_;
    float* reductions = reductions_.append(count);
    for (int i = 0; i < count; ++i) {
      const float least = slide(targets[i]);
      const double floor = shape_.adaptive ? slow_ : 1.0;
      slow_ += (least < slow_ ? shape_.slow_attack : shape_.slow_release) * (least - slow_);
      held_ = std::min<double>(least, std::max(held_, held_ + shape_.release * (floor - held_)));
      if (held_ > 1 - 1e-6) held_ = 1;
      reductions[i] = static_cast<float>(1 - held_);
      idle_ = held_ == 1 ? idle_ + 1 : 0;
    }
    if (idle_ >= count + shape_.attack) {
      std::fill(gains, gains + count, 1.0f);
      return;
    }
    const float* window = reductions_.at(first);
    for (int i = 0; i < count; i += 8) {
      f32x8 sum = splat<f32x8>(0.0f);  // of the reductions, not of the gains: exactly 0 where nothing is reduced
      for (int k = 0; k < shape_.attack; ++k) sum = sum + load<f32x8>(window + i - k) * weights_[static_cast<std::size_t>(k)];
      store(gains + i, splat<f32x8>(1.0f) - sum);
    }
  }

 private:
  struct Entry {
    float value = 1;
    std::int64_t index = 0;
  };

  // Least of the last window's targets: the ring holds rising values only (Lemire 2006).
  float slide(float target) {
    const std::size_t mask = ring_.size() - 1;
    const std::int64_t window = 2 * shape_.extra + shape_.attack + shape_.hold + 1;
    while (head_ != tail_ && ring_[(tail_ - 1) & mask].value >= target) --tail_;
    ring_[tail_++ & mask] = {target, index_};
    if (ring_[head_ & mask].index <= index_ - window) ++head_;
    ++index_;
    return ring_[head_ & mask].value;
  }

  Shape shape_{};
  std::vector<float> weights_;
  Line reductions_;  // of the last groups, before averaging
  std::vector<Entry> ring_;
  std::size_t head_ = 0, tail_ = 0;  // both only ever rise
  std::int64_t index_ = 0, idle_ = 0;
  double held_ = 1, slow_ = 1;
};

using ScreenInterpolator = Oversampler<4, 24>;
inline const ScreenInterpolator& screen_interpolator() {
  static const ScreenInterpolator made = make_oversampler<4, 24>(4.0);
  return made;
}

}  // namespace limiter_detail

// Works in groups of eight samples. First stage: peaks by 4x oversampling, look-ahead, release. Its output can still exceed the
// ceiling a little between samples (the gain moves within the reach of the interpolation; 4x misses up to 0.7 dB near the top
// of the band), so correction stages measure it with the reference interpolator wherever the first estimate comes near the
// ceiling, and take out the rest with a short look-ahead of their own.
class Limiter {
  using Line = limiter_detail::Line;
  using GainPath = limiter_detail::GainPath;
  static constexpr int kGroup = limiter_detail::kGroup;

 public:
  static constexpr int kHistogramBins = 96;            // of 0.25 dB
  static constexpr double kHistogramStepDb = 0.25;

  void prepare(double sample_rate) {
    rate_ = sample_rate;
    const int max_attack = groups(kMaxLookaheadMs), max_hold = groups(kHoldMs);
    path_.prepare(max_attack, 2 + max_attack + max_hold + 2, kRoom);
    const int reach = max_attack + max_hold + 64;
    for (int c = 0; c < 2; ++c) {
      input_[c].prepare(kGroup * reach, kGroup * kRoom);
      peaks_[c].prepare(reach, kRoom);
    }
    gains_.prepare(reach, kRoom);
    for (Correction& correction : corrections_) correction.prepare(sample_rate);
    pending_.assign(2 * kGroup, 0.0f);
    ready_.assign(2 * kGroup, 0.0f);
    prepared_ = true;
    set(settings_);
    reset();
  }

  void set(const LimiterSettings& s) {
    settings_ = s;
    if (!prepared_) return;
    ceiling_ = s.on >= 0.5 ? static_cast<float>(std::pow(10.0, s.ceiling_dbtp / 20.0)) : 1e30f;
    const auto pole = [&](double ms) { return 1 - std::exp(-kGroup / (rate_ * 0.001 * std::max(ms, 0.1))); };
    GainPath::Shape shape;
    shape.attack = std::max(2, groups(std::clamp(s.lookahead_ms, 0.1, kMaxLookaheadMs)));
    shape.hold = groups(kHoldMs);
    shape.release = pole(s.release_ms);
    shape.adaptive = s.auto_release >= 0.5;
    shape.slow_attack = pole(6 * s.release_ms);
    shape.slow_release = pole(12 * s.release_ms);
    const bool moved = shape.attack != attack_;
    attack_ = shape.attack;
    path_.set(shape);
    if (moved) reset();
  }

  void reset() {
    if (!prepared_) return;
    for (int c = 0; c < 2; ++c) {
      input_[c].reset(0, 0.0f);
      peaks_[c].reset(-kScreenDelay, 0.0f);
    }
    path_.reset();
    gains_.reset(-kScreenDelay - path_.delay(), 1.0f);
    std::int64_t start = -kScreenDelay - path_.delay() - 1;
    for (Correction& correction : corrections_) start = correction.reset(start);
    group_ = 0;
    fill_ = 0;
    std::fill(ready_.begin(), ready_.end(), 0.0f);
    reduction_db_ = 0;
    histogram_.fill(0);
  }

  int latency() const {
    int total = kScreenDelay + path_.delay() + 1;
    for (const Correction& correction : corrections_) total += correction.delay();
    return kGroup * total + kGroup - 1;
  }

  static bool neutral(const LimiterSettings& s) { return s.on < 0.5; }

  // Deepest gain of the last call to process, in dB (0 or negative).
  double last_gain_reduction_db() const { return reduction_db_; }
  // Samples by depth of the reduction, in steps of 0.25 dB from 0; the last bin holds all that is above.
  const std::array<std::int64_t, kHistogramBins>& histogram() const { return histogram_; }

  void process(float* const* io, int channels, int n) {
    reduction_db_ = 0;
    float least = 1;
    for (int done = 0; done < n;) {
      if (fill_ == 0 && n - done >= kGroup) {  // whole groups, straight from and to the caller's arrays
        const int count = std::min((n - done) / kGroup, kRun);
        float* out[2];
        float hold[2][kGroup];
        for (int c = 0; c < channels; ++c) {
          float* x = io[c] + done;
          std::copy(x, x + count * kGroup, input_[c].append(count * kGroup));
          std::copy(ready_.begin() + c * kGroup + 1, ready_.begin() + (c + 1) * kGroup, x);  // the seven of the last group
          out[c] = output_[c];
        }
        least = std::min(least, run(out, channels, count));
        for (int c = 0; c < channels; ++c) {
          float* x = io[c] + done;
          const int m = count * kGroup;
          std::copy(output_[c], output_[c] + m - (kGroup - 1), x + kGroup - 1);
          std::copy(output_[c] + m - kGroup, output_[c] + m, hold[c]);
          std::copy(hold[c], hold[c] + kGroup, ready_.begin() + c * kGroup);
        }
        done += count * kGroup;
        continue;
      }
      const int step = std::min(n - done, kGroup - fill_);  // part of a group
      for (int c = 0; c < channels; ++c) {
        float* x = io[c] + done;
        float* in = &pending_[static_cast<std::size_t>(c * kGroup)];
        std::copy(x, x + step, in + fill_);
        const float* out = &ready_[static_cast<std::size_t>(c * kGroup)];
        for (int i = 0; i < step; ++i)
          if (fill_ + i < kGroup - 1) x[i] = out[fill_ + i + 1];
      }
      fill_ += step;
      done += step;
      if (fill_ == kGroup) {
        fill_ = 0;
        float* out[2];
        for (int c = 0; c < channels; ++c) {
          const float* in = &pending_[static_cast<std::size_t>(c * kGroup)];
          std::copy(in, in + kGroup, input_[c].append(kGroup));
          out[c] = &ready_[static_cast<std::size_t>(c * kGroup)];
        }
        least = std::min(least, run(out, channels, 1));
        for (int c = 0; c < channels; ++c) io[c][done - 1] = out[c][0];
      }
    }
    reduction_db_ = least < 1 ? 20 * std::log10(static_cast<double>(least)) : 0;
  }

 private:
  static constexpr double kMaxLookaheadMs = 5, kHoldMs = 8;
  static constexpr int kScreenDelay = 4;  // groups: the reference interpolation needs 32 samples after a group
  static constexpr int kCorrections = 1;
  static constexpr int kRun = 64, kRoom = 512;  // groups at a time, and kept before moving

  static constexpr float kMissed = 0.5f;  // share of the amplitude at half the sample rate that the first estimate may miss

  int groups(double ms) const { return std::max(1, static_cast<int>(std::lround(ms * 0.001 * rate_ / kGroup))); }

  static MIXWRIGHT_INLINE f32x8 ramp(float from, float to) {
    const f32x8 position = {0.0f, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f};
    return splat<f32x8>(from) + position * (to - from);
  }

  // A second look at what a stage has left above the ceiling.
  class Correction {
   public:
    void prepare(double rate) {
      const auto groups = [&](double ms) { return static_cast<int>(std::lround(ms * 0.001 * rate / kGroup)); };
      GainPath::Shape shape;
      shape.attack = std::max(3, groups(0.6));
      shape.hold = groups(2);
      shape.release = 1 - std::exp(-kGroup / (rate * 0.020));
      path_.prepare(shape.attack, shape.attack + shape.hold + 4, kRoom);
      path_.set(shape);
      const int reach = path_.delay() + kExactDelay + 8;
      for (int c = 0; c < 2; ++c) {
        audio_[c].prepare(kGroup * reach, kGroup * kRoom);
        estimates_[c].prepare(reach, kRoom);
      }
      totals_.prepare(reach, kRoom);
    }

    int delay() const { return kExactDelay + path_.delay() + 1; }

    // `start` is the group that comes in first; returns the one that goes out first.
    std::int64_t reset(std::int64_t start) {
      for (int c = 0; c < 2; ++c) {
        audio_[c].reset(start * kGroup, 0.0f);
        estimates_[c].reset(start, 0.0f);
      }
      totals_.reset(start, 1.0f);
      path_.reset();
      next_ = start;
      gain_ = 1;
      return start - delay();
    }

    // What the stage before writes for its next groups: audio, estimated peaks and gains so far.
    float* audio(int c, int count) { return audio_[c].append(count * kGroup); }
    float* estimates(int c, int count) { return estimates_[c].append(count); }
    float* totals(int count) { return totals_.append(count); }

    // Corrects `count` groups, `delay()` groups late; estimates and totals of them go on where given.
    void run(float* const* out, float* const* estimates_out, float* totals_out, int channels, int count, float ceiling) {
      const auto& exact = reference_interpolator();
      float targets[kRun], knots[kRun + 8];
      const std::int64_t first = next_ - kExactDelay, done = first - path_.delay() - 1;
      next_ += count;
      for (int i = 0; i < count; ++i) {
        float peak = 0;
        for (int c = 0; c < channels; ++c)
          if (*estimates_[c].at(first + i) > ceiling * kNear)
            peak = std::max(peak, largest(exact.peaks(audio_[c].at((first + i) * kGroup))));
        targets[i] = peak > ceiling ? ceiling / peak : 1.0f;
      }
      knots[0] = gain_;
      path_.push(targets, count, knots + 1);
      gain_ = knots[count];
      for (int c = 0; c < channels; ++c) {
        const float* x = audio_[c].at(done * kGroup);
        for (int i = 0; i < count; ++i) store(out[c] + i * kGroup, load<f32x8>(x + i * kGroup) * ramp(knots[i], knots[i + 1]));
        if (!estimates_out[c]) continue;
        const float* estimates = estimates_[c].at(done);
        for (int i = 0; i < count; ++i) estimates_out[c][i] = estimates[i] * std::max(knots[i], knots[i + 1]);
      }
      const float* totals = totals_.at(done);
      for (int i = 0; i < count; ++i) totals_out[i] = totals[i] * std::min(knots[i], knots[i + 1]);
    }

    static constexpr float kNear = 0.93f;  // how near (-1.1 dB) an estimate must come to be looked at closely

   private:
    static constexpr int kExactDelay = 4;  // groups: the reference interpolation needs 32 samples after a group
    GainPath path_;
    Line audio_[2], estimates_[2], totals_;
    std::int64_t next_ = 0;
    float gain_ = 1;
  };

  // Takes in `count` groups that lie in the input lines and puts out as many; returns the least gain among them.
  float run(float* const* out, int channels, int count) {
    const std::int64_t first = group_ - kScreenDelay;
    group_ += count;
    float targets[kRun], gains[kRun + 8];
    if (channels == 2)
      find_targets<2>(first, count, targets);
    else
      find_targets<1>(first, count, targets);
    path_.push(targets, count, gains);
    std::copy(gains, gains + count, gains_.append(count));

    const std::int64_t done = first - path_.delay() - 1;  // the first group whose gain is known at both ends
    const float* knots = gains_.at(done);
    float* totals = corrections_[0].totals(count);
    for (int i = 0; i < count; ++i) totals[i] = std::min(knots[i], knots[i + 1]);
    for (int c = 0; c < channels; ++c) {
      const float* x = input_[c].at(done * kGroup);
      const float* peaks = peaks_[c].at(done);
      float* y = corrections_[0].audio(c, count);
      float* estimates = corrections_[0].estimates(c, count);
      for (int i = 0; i < count; ++i) {
        store(y + i * kGroup, load<f32x8>(x + i * kGroup) * ramp(knots[i], knots[i + 1]));
        estimates[i] = peaks[i] * std::max(knots[i], knots[i + 1]);
      }
    }
    float final_totals[kRun];
    for (std::size_t k = 0; k < std::size_t{kCorrections}; ++k) {
      const bool last = k + 1 == std::size_t{kCorrections};
      float *to[2] = {nullptr, nullptr}, *estimates[2] = {nullptr, nullptr};
      for (int c = 0; c < channels; ++c) {
        to[c] = last ? out[c] : corrections_[k + 1].audio(c, count);
        if (!last) estimates[c] = corrections_[k + 1].estimates(c, count);
      }
      float* totals_to = last ? final_totals : corrections_[k + 1].totals(count);
      corrections_[k].run(to, estimates, totals_to, channels, count, ceiling_);
    }
    return count_reductions(final_totals, count);
  }

  // Peaks of the groups by the first estimate, and the gain each may have at most.
  template <int Channels>
  void find_targets(std::int64_t first, int count, float* targets) {
    const auto& screen = limiter_detail::screen_interpolator();
    const auto& exact = reference_interpolator();
    const float quiet = ceiling_ * Correction::kNear / screen.bound();
    constexpr int kReach = 2;  // groups before and after that the interpolation reaches
    const float* x[Channels];
    float* peaks[Channels];
    for (int c = 0; c < Channels; ++c) {
      x[c] = input_[c].at(first * kGroup);
      peaks[c] = peaks_[c].append(count);
      for (int i = 0; i < count + 2 * kReach; ++i) {
        const float* at = x[c] + (i - kReach) * kGroup;
        const f32x8 now = load<f32x8>(at);
        const f32x8 outer = now + load<f32x8>(at - 4), inner = load<f32x8>(at - 1) + load<f32x8>(at - 3);
        magnitude_[c][i] = abs(now);
        treble_[c][i] = abs(outer - inner * 4.0f + load<f32x8>(at - 2) * 6.0f);
      }
    }
    for (int i = 0; i < count; ++i) {
      // Where all samples in reach are so small that nothing between them matters, they need no interpolation.
      f32x8 near = magnitude_[0][i];
      for (int c = 0; c < Channels; ++c)
        for (int g = 0; g <= 2 * kReach; ++g) near = max(near, magnitude_[c][i + g]);
      float loudest = largest(near);
      if (loudest <= quiet) {
        for (int c = 0; c < Channels; ++c) peaks[c][i] = loudest;
      } else {
        f32x8 peak[Channels];
        screen.template peaks<Channels>(x, peak);
        loudest = 0;
        for (int c = 0; c < Channels; ++c) {
          // The estimate is blind close to half the sample rate, where the fourth difference (1 there, 0.01 at a tenth of
          // the rate) sees: what it may have missed counts as possible, and where it matters the reference looks.
          f32x8 treble = treble_[c][i];
          for (int g = 1; g <= 2 * kReach; ++g) treble = max(treble, treble_[c][i + g]);
          const float estimate = largest(peak[c]), missed = kMissed / 16 * largest(treble);
          float found = estimate;
          if (estimate + missed > ceiling_ && missed > 0.08f * estimate) {
            found = largest(exact.peaks(x[c]));
            peaks[c][i] = found;
          } else {
            peaks[c][i] = estimate + missed;
          }
          loudest = std::max(loudest, found);
        }
      }
      targets[i] = loudest > ceiling_ ? ceiling_ / loudest : 1.0f;
      for (int c = 0; c < Channels; ++c) x[c] += kGroup;
    }
  }

  float count_reductions(const float* totals, int count) {
    float least = 1;
    for (int i = 0; i < count; ++i) {
      int bin = 0;
      if (totals[i] < 0.97163f) {  // a quarter of a dB
        const double db = -20 * std::log10(static_cast<double>(totals[i]));
        bin = static_cast<int>(std::min(kHistogramBins - 1.0, db / kHistogramStepDb));  // infinite where the gain is 0
      }
      histogram_[static_cast<std::size_t>(bin)] += kGroup;
      least = std::min(least, totals[i]);
    }
    return least;
  }

  double rate_ = 48000;
  bool prepared_ = false;
  LimiterSettings settings_;
  float ceiling_ = 1;
  int attack_ = -1;
  Line input_[2], peaks_[2], gains_;
  GainPath path_;
  Correction corrections_[kCorrections];
  std::int64_t group_ = 0;
  std::vector<float> pending_, ready_;  // a group not yet whole; the last group put out
  float output_[2][kRun * kGroup];
  f32x8 magnitude_[2][kRun + 4], treble_[2][kRun + 4];
  int fill_ = 0;
  double reduction_db_ = 0;
  std::array<std::int64_t, kHistogramBins> histogram_{};
};

}  // namespace mixwright
