// Automation curves: pure functions of the song position, so that any block split gives the same samples.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace mixwright {

// Breakpoints at sample positions. Linear between them, or holding with a short ramp into each new value.
class Curve {
 public:
  Curve(std::vector<std::int64_t> at, std::vector<double> value, bool hold, std::int64_t ramp)
      : at_(std::move(at)), value_(std::move(value)), hold_(hold), ramp_(std::max<std::int64_t>(1, ramp)) {}

  double evaluate(std::int64_t t) const {
    const auto after = std::upper_bound(at_.begin(), at_.end(), t) - at_.begin();
    if (after == 0) return value_.front();
    const std::size_t i = static_cast<std::size_t>(after) - 1;
    if (hold_) {
      if (i == 0) return value_[0];
      const double share = std::min(1.0, static_cast<double>(t - at_[i]) / static_cast<double>(ramp_end(i) - at_[i]));
      return value_[i - 1] + (value_[i] - value_[i - 1]) * share;
    }
    if (i + 1 == at_.size()) return value_.back();
    const double share = static_cast<double>(t - at_[i]) / static_cast<double>(at_[i + 1] - at_[i]);
    return value_[i] + (value_[i + 1] - value_[i]) * share;
  }

  void add_breaks(std::vector<std::int64_t>& breaks) const {
    for (std::size_t i = 0; i < at_.size(); ++i) {
      breaks.push_back(at_[i]);
      if (hold_ && i > 0) breaks.push_back(ramp_end(i));
    }
  }

 private:
  std::int64_t ramp_end(std::size_t i) const {
    return i + 1 < at_.size() ? std::min(at_[i] + ramp_, at_[i + 1]) : at_[i] + ramp_;
  }

  std::vector<std::int64_t> at_;
  std::vector<double> value_;
  bool hold_;
  std::int64_t ramp_;
};

// Settings that curves move. Between two steps of the grid (and breakpoints) gains run linearly, filters stay.
template <class Settings>
class Automated {
 public:
  static constexpr std::int64_t kGrid = 32;

  void set(const Settings& settings) {
    base_ = settings;
    from_ = settings;
    to_ = settings;
  }
  const Settings& settings() const { return base_; }

  void clear() {
    curves_.clear();
    breaks_.clear();
  }

  // False when the settings have no such field. Allocates: call it outside of processing.
  bool add(const std::string& name, Curve curve) {
    int index = -1, k = 0;
    base_.visit([&](const char* field, double&) {
      if (name == field) index = k;
      ++k;
    });
    if (index < 0) return false;
    curve.add_breaks(breaks_);
    std::sort(breaks_.begin(), breaks_.end());
    breaks_.erase(std::unique(breaks_.begin(), breaks_.end()), breaks_.end());
    curves_.push_back({field(from_, index), field(to_, index), std::move(curve)});
    return true;
  }

  bool empty() const { return curves_.empty(); }

  // Calls part(from, to, offset, length, count) for each stretch of [position, position + n): the settings at the ends
  // of the whole stretch, where the part lies in it, the stretch's length and the part's.
  template <class F>
  void segments(std::int64_t position, int n, F&& part) {
    const std::int64_t end = position + n;
    while (position < end) {
      const Stretch s = stretch(position);
      const int count = static_cast<int>(std::min<std::int64_t>(s.length - s.offset, end - position));
      part(from_, to_, s.offset, s.length, count);
      position += count;
    }
  }

  // The stretch around a position: where in it the position lies, and how long it is. `from` and `to` then hold the settings
  // at its ends, until the next call.
  struct Stretch {
    int offset, length;
  };
  Stretch stretch(std::int64_t position) {
    const auto next = std::upper_bound(breaks_.begin(), breaks_.end(), position);
    std::int64_t a = position - ((position % kGrid) + kGrid) % kGrid, b = a + kGrid;
    if (next != breaks_.begin()) a = std::max(a, *(next - 1));
    if (next != breaks_.end()) b = std::min(b, *next);
    for (Bound& bound : curves_) {
      *bound.from = bound.curve.evaluate(a);
      *bound.to = bound.curve.evaluate(b);
    }
    return {static_cast<int>(position - a), static_cast<int>(b - a)};
  }
  const Settings& from() const { return from_; }
  const Settings& to() const { return to_; }

 private:
  struct Bound {
    double* from;
    double* to;
    Curve curve;
  };
  static double* field(Settings& settings, int index) {
    double* found = nullptr;
    int k = 0;
    settings.visit([&](const char*, double& f) {
      if (k++ == index) found = &f;
    });
    return found;
  }

  Settings base_{}, from_{}, to_{};
  std::vector<Bound> curves_;
  std::vector<std::int64_t> breaks_;
};

// A straight run of a gain through a stretch; equal samples whatever part of the stretch is asked for.
struct Ramp {
  double from = 1, to = 1;
  double at(int offset, int length) const { return from + (to - from) * offset / length; }
  bool still() const { return from == to; }
};

inline void scale(const float* in, float* out, Ramp gain, int offset, int length, int n) {
  if (gain.still()) {
    if (gain.from == 1 && in == out) return;
    const float g = static_cast<float>(gain.from);
    for (int i = 0; i < n; ++i) out[i] = in[i] * g;
    return;
  }
  for (int i = 0; i < n; ++i) out[i] = static_cast<float>(in[i] * gain.at(offset + i, length));
}

// Side gain of a width: 0 mono, 1 unchanged, 2 side at +6 dB.
inline void set_width(float* left, float* right, Ramp width, int offset, int length, int n) {
  for (int i = 0; i < n; ++i) {
    const double mid = 0.5 * (static_cast<double>(left[i]) + right[i]);
    const double side = 0.5 * (static_cast<double>(left[i]) - right[i]) * (width.still() ? width.from : width.at(offset + i, length));
    left[i] = static_cast<float>(mid + side);
    right[i] = static_cast<float>(mid - side);
  }
}

inline double fader_gain(double db) { return db <= -90 ? 0.0 : std::pow(10.0, db / 20); }  // OFF_DB closes it

}  // namespace mixwright
