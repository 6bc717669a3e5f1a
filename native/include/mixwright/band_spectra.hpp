// Powers of short Fourier transforms, summed into bands.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
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
    fft_.prepare(length);
    const auto size = static_cast<std::size_t>(length);
    window_.resize(size);
    double energy = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const double w = 0.5 - 0.5 * std::cos(2 * 3.14159265358979323846 * static_cast<double>(i) / length);
      window_[i] = static_cast<float>(w);
      energy += w * w;
    }
    scale_ = static_cast<float>(0.5 / (length * energy));  // 2 for both halves of the spectrum, a quarter from `split`
    for (auto& a : time_) a.assign(size, 0.0f);
    for (auto& a : work_) a.assign(size, 0.0f);
    for (auto& a : power_) a.assign(size / 2 + 1, 0.0f);
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
      for (int s = 0; s < 3; ++s) sum(power_[s].data(), sums_[s].data());
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
  void transform(const float* a, const float* b) {
    const auto size = static_cast<std::size_t>(length_);
    for (std::size_t i = 0; i < size; ++i) time_[0][i] = a[i] * window_[i];
    for (std::size_t i = 0; i < size; ++i) time_[1][i] = b ? b[i] * window_[i] : 0.0f;
    float *xr = time_[0].data(), *xi = time_[1].data(), *yr = work_[0].data(), *yi = work_[1].data();
    for (int pass = 0; pass < fft_.passes(); ++pass) {
      fft_.pass(pass, xr, xi, yr, yi);
      std::swap(xr, yr);
      std::swap(xi, yi);
    }
    split(xr, xi);
  }

  // Four times the powers of both signals and of their product, from the transform z of a + ib: with w = conj(z[-k]),
  // twice the spectra are z + w and (z - w) / i.
  void split(const float* r, const float* i) {
    const std::size_t half = static_cast<std::size_t>(length_) / 2;
    const float s = scale_;
    put(0, r[0], i[0], r[0], i[0]);
    const float *rr = r + length_, *ri = i + length_;
    float *a = power_[0].data(), *b = power_[1].data(), *c = power_[2].data();
    for (std::size_t k = 1; k <= half; ++k) {
      const float wr = *(rr - k), wi = *(ri - k);
      const float ar = r[k] + wr, ai = i[k] - wi, br = i[k] + wi, bi = wr - r[k];
      a[k] = s * (ar * ar + ai * ai);
      b[k] = s * (br * br + bi * bi);
      c[k] = s * (ar * br + ai * bi);
    }
  }

  void put(std::size_t k, float zr, float zi, float wr, float wi) {
    const float ar = zr + wr, ai = zi - wi, br = zi + wi, bi = wr - zr;
    power_[0][k] = scale_ * (ar * ar + ai * ai);
    power_[1][k] = scale_ * (br * br + bi * bi);
    power_[2][k] = scale_ * (ar * br + ai * bi);
  }

  // Four running sums hide the latency of the addition.
  void sum(const float* power, float* out) const {
    for (std::size_t band = 0; band + 1 < edges_.size(); ++band) {
      int k = edges_[band];
      const int end = edges_[band + 1];
      float part[4] = {};
      for (; k + 4 <= end; k += 4)
        for (int j = 0; j < 4; ++j) part[j] += power[k + j];
      for (; k < end; ++k) part[0] += power[k];
      out[band] = (part[0] + part[1]) + (part[2] + part[3]);
    }
  }

  int length_ = 0;
  float scale_ = 0;
  Fft fft_;
  std::vector<int> edges_;
  std::vector<float> window_, time_[2], work_[2], power_[3], sums_[3];
};

}  // namespace mixwright
