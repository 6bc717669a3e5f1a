// Powers of short Fourier transforms, summed into bands.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "mixwright/fft.hpp"
#include "mixwright/transpose.hpp"

namespace mixwright {

// Two signals (left and right, or two pieces of one) travel through one complex transform as its real and imaginary part.
class BandSpectra {
 public:
  // Band k holds the bins from edges[k] to before edges[k + 1]; the last edge is at most length / 2 + 1. The window is Hann's;
  // powers are mean squares.
  void prepare(int length, std::vector<int> edges) {
    length_ = length;
    edges_ = std::move(edges);
    plan_ = plan_of(length);
    apart_ = length / 8 + kApart;
    const auto size = static_cast<std::size_t>(length);
    room_ = length + (kTogether - 1) * length / 2;
    waiting_.assign(2 * static_cast<std::size_t>(room_ + 8 * kApart), 0.0f);
    filled_ = length / 2;
    work_.assign(32 * static_cast<std::size_t>(apart_), 0.0f);
    for (auto& a : power_) a.assign(size / 2 + 8, 0.0f);
    for (auto& a : sums_) a.assign(static_cast<std::size_t>(bands()), 0.0f);
  }

  int length() const { return length_; }
  int bands() const { return static_cast<int>(edges_.size()) - 1; }

  // Takes the next samples. Pieces lie half a length apart, the first one centred on the first sample, as if silence lay
  // before. They are measured ten at a time: `power` grows by (bands) values for each, summed over the channels, `each`
  // (channels, bands) and `cross` (bands) by the sums over them.
  void add(const float* const* in, int channels, std::int64_t n, std::vector<float>& power, double* each, double* cross) {
    for (std::int64_t done = 0; done < n;) {
      const int take = static_cast<int>(std::min<std::int64_t>(n - done, room_ - filled_));
      for (int c = 0; c < channels; ++c) std::copy(in[c] + done, in[c] + done + take, waiting(c) + filled_);
      filled_ += take;
      done += take;
      if (filled_ == room_) measure(channels, power, each, cross);
    }
  }

  // The pieces that are still waiting, as if silence followed.
  void finish(int channels, std::vector<float>& power, double* each, double* cross) {
    for (int left = length_; left > 0;) {  // so much that the last sample is the middle of a piece, or before it
      const int take = std::min(left, room_ - filled_);
      for (int c = 0; c < channels; ++c) std::fill(waiting(c) + filled_, waiting(c) + filled_ + take, 0.0f);
      filled_ += take;
      left -= take;
      if (filled_ == room_ || !left) measure(channels, power, each, cross);
    }
  }

 private:
  static constexpr int kTogether = 10;

  float* waiting(int c) { return waiting_.data() + c * (room_ + 8 * kApart); }

  // The whole pieces in what has come so far; one channel travels in pairs of pieces.
  void measure(int channels, std::vector<float>& power, double* each, double* cross) {
    const auto count = static_cast<std::size_t>(bands());
    const int hop = length_ / 2;
    int at = 0;
    while (at + length_ <= filled_) {
      const bool pair = channels == 1 && at + hop + length_ <= filled_;
      const float* first = waiting(0) + at;
      const float* second = channels == 2 ? waiting(1) + at : pair ? first + hop : nullptr;
      const std::size_t old = power.size(), pieces = pair ? 2 : 1;
      power.resize(old + pieces * count, 0.0f);
      at += pair ? 2 * hop : hop;
      if (silent(first) && (!second || silent(second))) continue;
      transform(first, second);
      sum_bands();
      float* out = power.data() + old;
      for (std::size_t b = 0; b < count; ++b) {
        out[b] = sums_[0][b];
        each[b] += static_cast<double>(sums_[0][b]);
        if (channels == 2) {
          out[b] += sums_[1][b];
          each[count + b] += static_cast<double>(sums_[1][b]);
          cross[b] += static_cast<double>(sums_[2][b]);
        } else if (pair) {
          out[count + b] = sums_[1][b];
          each[b] += static_cast<double>(sums_[1][b]);
        }
      }
    }
    for (int c = 0; c < channels; ++c) std::copy(waiting(c) + at, waiting(c) + filled_, waiting(c));
    filled_ -= at;
  }

  bool silent(const float* x) const {
    return std::all_of(x, x + length_, [](float v) { return v == 0.0f; });
  }

  // Arrays whose distance is a multiple of 4 KiB fall on the same lines of the first cache, and passes over them take half as
  // long again.
  static constexpr int kApart = 16;

  // What transforms of one length share.
  struct Plan {
    Fft whole, eighth;
    std::vector<float> window;
    float scale = 0;
  };

  static std::shared_ptr<const Plan> plan_of(int length) {
    static std::mutex guard;
    static std::map<int, std::shared_ptr<const Plan>> made;
    const std::lock_guard<std::mutex> lock(guard);
    auto& plan = made[length];
    if (!plan) plan = std::make_shared<const Plan>(new_plan(length));
    return plan;
  }

  static Plan new_plan(int length) {
    Plan plan;
    plan.whole.prepare(length);
    plan.eighth.prepare(length / 8);
    double energy = 0;
    for (int i = 0; i < length; ++i) {
      const double w = 0.5 - 0.5 * std::cos(2 * 3.14159265358979323846 * i / length);
      plan.window.push_back(static_cast<float>(w));
      energy += w * w;
    }
    plan.window = plan.whole.in_order(plan.window);
    plan.scale = static_cast<float>(0.5 / (length * energy));  // 2 for both halves of the spectrum, a quarter from `split`
    return plan;
  }

  // Eight transforms of an eighth of the length, each of which stays in the first cache: number j gives the bins 8 k + j.
  void transform(const float* a, const float* b) {
    float *x = work_.data(), *y = x + 16 * apart_;  // of both: eight real parts, eight imaginary ones
    plan_->whole.eighths(a, b, plan_->window.data(), x, x + 8 * apart_, apart_);
    for (int j = 0; j < 8; ++j) {
      float *from = x + j * apart_, *to = y + j * apart_;
      for (int pass = 0; pass < plan_->eighth.passes(); ++pass) {
        plan_->eighth.pass(pass, from, from + 8 * apart_, to, to + 8 * apart_);
        std::swap(from, to);
      }
    }
    split(plan_->eighth.passes() % 2 ? y : x);
  }

  // Four times the powers of both signals and of their product, from the transform z of a + ib: with w = conj(z[-k]),
  // twice the spectra are z + w and (z - w) / i.
  void split(float* z) {
    const int m = length_ / 8;
    const auto real = [=, this](int j) MIXWRIGHT_INLINE_LAMBDA { return z + j * apart_; };
    const auto imaginary = [=, this](int j) MIXWRIGHT_INLINE_LAMBDA { return z + (8 + j) * apart_; };
    real(0)[m] = real(0)[0];  // bin 0 mirrors itself
    imaginary(0)[m] = imaginary(0)[0];
    for (int k = 0; k < m / 2; k += 8) {
      f32x8 powers[3][8];
      for (int j = 0; j < 8; ++j) {  // bin 8 k + j and its mirror, 8 (m - 1 - k) + 8 - j
        const int other = j ? 8 - j : 0, at = m - 7 - k - (j ? 1 : 0);
        each_power(load<f32x8>(real(j) + k), load<f32x8>(imaginary(j) + k), reversed(load<f32x8>(real(other) + at)),
                   reversed(load<f32x8>(imaginary(other) + at)), powers[0][j], powers[1][j], powers[2][j]);
      }
      for (int s = 0; s < 3; ++s) {
        transpose(powers[s]);
        for (int j = 0; j < 8; ++j) store(power_[s].data() + 8 * (k + j), powers[s][j]);
      }
    }
    const float r = real(0)[m / 2], i = imaginary(0)[m / 2];
    const auto half = static_cast<std::size_t>(length_ / 2);
    each_power(r, i, r, i, power_[0][half], power_[1][half], power_[2][half]);
  }

  template <class V>
  MIXWRIGHT_INLINE void each_power(V zr, V zi, V wr, V wi, V& a, V& b, V& both) const {
    const V ar = zr + wr, ai = zi - wi, br = zi + wi, bi = wr - zr;
    const float s = plan_->scale;
    a = (ar * ar + ai * ai) * s;
    b = (br * br + bi * bi) * s;
    both = (ar * br + ai * bi) * s;
  }

  static MIXWRIGHT_INLINE f32x8 reversed(f32x8 x) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_shufflevector(x, x, 7, 6, 5, 4, 3, 2, 1, 0);
#else
    return {x[7], x[6], x[5], x[4], x[3], x[2], x[1], x[0]};
#endif
  }

  // Four running sums of each of the three hide the latency of the addition.
  void sum_bands() {
    for (std::size_t band = 0; band + 1 < edges_.size(); ++band) {
      const int begin = edges_[band], end = edges_[band + 1];
      f32x4 parts[3] = {};
      float rest[3] = {};
      int k = begin;
      for (; k + 4 <= end; k += 4)
        for (int s = 0; s < 3; ++s) parts[s] = parts[s] + load<f32x4>(power_[s].data() + k);
      for (; k < end; ++k)
        for (std::size_t s = 0; s < 3; ++s) rest[s] += power_[s][static_cast<std::size_t>(k)];
      for (std::size_t s = 0; s < 3; ++s) sums_[s][band] = (parts[s][0] + parts[s][1]) + (parts[s][2] + parts[s][3]) + rest[s];
    }
  }

  int length_ = 0, apart_ = 0, room_ = 0, filled_ = 0;
  std::shared_ptr<const Plan> plan_;
  std::vector<int> edges_;
  std::vector<float> waiting_, work_, power_[3], sums_[3];
};

}  // namespace mixwright
