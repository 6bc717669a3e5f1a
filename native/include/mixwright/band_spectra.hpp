// Powers of short Fourier transforms, summed into bands.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "mixwright/fft.hpp"

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
    const auto size = static_cast<std::size_t>(length), apart = size + Fft::kApart;
    work_.assign(4 * apart, 0.0f);
    for (auto& a : power_) a.assign(size / 2 + 8, 0.0f);
    for (auto& a : sums_) a.assign(static_cast<std::size_t>(bands()), 0.0f);
  }

  int length() const { return length_; }
  int bands() const { return static_cast<int>(edges_.size()) - 1; }

  // Pieces every `hop` samples that lie wholly inside `n`; (n - length) / hop + 1 of them. `power` is (pieces, bands), summed
  // over the one or two channels; `each` (channels, bands) and `cross` (bands) grow by the sums over all pieces.
  void add(const float* const* in, int channels, std::int64_t n, int hop, float* power, double* each, double* cross) {
    const auto count = static_cast<std::size_t>(bands());
    for (std::int64_t at = 0; at + length_ <= n;) {
      const bool pair = channels == 1 && at + hop + length_ <= n;
      const float* second = channels == 2 ? in[1] + at : pair ? in[0] + at + hop : nullptr;
      transform(in[0] + at, second);
      sum_bands();
      for (std::size_t b = 0; b < count; ++b) {
        power[b] = sums_[0][b];
        each[b] += static_cast<double>(sums_[0][b]);
        if (channels == 2) {
          power[b] += sums_[1][b];
          each[count + b] += static_cast<double>(sums_[1][b]);
          cross[b] += static_cast<double>(sums_[2][b]);
        } else if (pair) {
          power[count + b] = sums_[1][b];
          each[b] += static_cast<double>(sums_[1][b]);
        }
      }
      power += pair ? 2 * count : count;
      at += pair ? 2 * hop : hop;
    }
  }

 private:
  // What transforms of one length share.
  struct Plan {
    Fft fft;
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
    plan.fft.prepare(length);
    double energy = 0;
    for (int i = 0; i < length; ++i) {
      const double w = 0.5 - 0.5 * std::cos(2 * 3.14159265358979323846 * i / length);
      plan.window.push_back(static_cast<float>(w));
      energy += w * w;
    }
    plan.scale = static_cast<float>(0.5 / (length * energy));  // 2 for both halves of the spectrum, a quarter from `split`
    return plan;
  }

  void transform(const float* a, const float* b) {
    const std::size_t apart = static_cast<std::size_t>(length_) + Fft::kApart;
    float *yr = work_.data(), *yi = yr + apart, *xr = yi + apart, *xi = xr + apart;
    plan_->fft.windowed_pass(a, b, plan_->window.data(), xr, xi);
    for (int pass = 1; pass < plan_->fft.passes(); ++pass) {
      plan_->fft.pass(pass, xr, xi, yr, yi);
      std::swap(xr, yr);
      std::swap(xi, yi);
    }
    split(xr, xi);
  }

  // Four times the powers of both signals and of their product, from the transform z of a + ib: with w = conj(z[-k]),
  // twice the spectra are z + w and (z - w) / i.
  void split(const float* r, const float* i) {
    const int half = length_ / 2;
    int k = 0;
    put<float>(k++, r[0], i[0], r[0], i[0]);
    for (; k + 8 <= half; k += 8)
      put(k, load<f32x8>(r + k), load<f32x8>(i + k), reversed(load<f32x8>(r + length_ - k - 7)),
          reversed(load<f32x8>(i + length_ - k - 7)));
    for (; k <= half; ++k) put<float>(k, r[k], i[k], r[length_ - k], i[length_ - k]);
  }

  template <class V>
  MIXWRIGHT_INLINE void put(int k, V zr, V zi, V wr, V wi) {
    const V ar = zr + wr, ai = zi - wi, br = zi + wi, bi = wr - zr;
    const float s = plan_->scale;
    const V powers[3] = {(ar * ar + ai * ai) * s, (br * br + bi * bi) * s, (ar * br + ai * bi) * s};
    for (int p = 0; p < 3; ++p) std::memcpy(power_[p].data() + k, &powers[p], sizeof(V));
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

  int length_ = 0;
  std::shared_ptr<const Plan> plan_;
  std::vector<int> edges_;
  std::vector<float> work_, power_[3], sums_[3];
};

}  // namespace mixwright
