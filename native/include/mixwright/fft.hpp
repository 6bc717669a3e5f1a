// Complex FFT of a power of two from 64 on; real and imaginary parts apart, no allocation after `prepare`.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "mixwright/simd.hpp"
#include "mixwright/transpose.hpp"

namespace mixwright {

// Self-sorting (Stockham) decimation in frequency: one pass of radix 8 whose lanes are neighbouring inputs, then passes of
// radix 4 (and one of 2 where needed) whose lanes are neighbouring results. Passes can be run one at a time.
// The inverse (unscaled) is the same transform with the parts exchanged.
class Fft {
 public:
  void prepare(int size) {
    size_ = size;
    const int m = size / 8;
    first_.resize(static_cast<std::size_t>(14 * m));  // in the order of use, lane by lane
    for (int j = 1; j < 8; ++j)
      for (int p = 0; p < m; ++p)
        turn(static_cast<double>(j) * p / size, &first_[static_cast<std::size_t>(14 * (p & ~7) + 8 * (2 * j - 2) + (p & 7))], 8);
    passes_.clear();
    for (int n = m, stride = 8; n > 1;) {
      const int radix = n % 4 == 0 ? 4 : 2;
      Pass pass{radix, n, stride, {}};
      for (int p = 0; p < n / radix; ++p)
        for (int j = 1; j < radix; ++j) {
          float w[2];
          turn(static_cast<double>(j) * p / n, w, 1);
          pass.twiddles.insert(pass.twiddles.end(), {w[0], w[1]});
        }
      passes_.push_back(pass);
      n /= radix;
      stride *= radix;
    }
  }

  int size() const { return size_; }
  int passes() const { return 1 + static_cast<int>(passes_.size()); }

  // Pass `index` from (xr, xi) to (yr, yi); the arrays must not overlap.
  void pass(int index, const float* xr, const float* xi, float* yr, float* yi) const {
    if (index == 0) {
      const int m = size_ / 8;
      return pass8([=](int place, int p) MIXWRIGHT_INLINE_LAMBDA { return at(xr, xi, place * m + p); },
                   [=](int p, f32x8* re, f32x8* im) MIXWRIGHT_INLINE_LAMBDA {
                     transpose(re);
                     transpose(im);
                     for (int j = 0; j < 8; ++j) put(yr, yi, 8 * (p + j), {re[j], im[j]});
                   });
    }
    const Pass& p = passes_[static_cast<std::size_t>(index - 1)];
    if (p.radix == 4) {
      pass4(p, xr, xi, yr, yi);
    } else {
      pass2(p, xr, xi, yr, yi);
    }
  }

  // A window in the order in which `eighths` reads it.
  std::vector<float> in_order(const std::vector<float>& window) const {
    std::vector<float> out(window.size());
    const std::size_t m = window.size() / 8;
    for (std::size_t i = 0; i < window.size(); ++i) {
      const std::size_t place = i / m, p = i % m;
      out[8 * (p & ~std::size_t{7}) + 8 * place + (p & 7)] = window[i];
    }
    return out;
  }

  // Takes the first step alone, of two signals (or of one, and silence) under a window: eight transforms of an eighth of the
  // size remain, each small enough for the first cache, and number j gives the bins 8 k + j. They begin `apart` samples after
  // one another.
  void eighths(const float* xr, const float* xi, const float* window, float* yr, float* yi, int apart) const {
    const int m = size_ / 8;
    const auto out = [=](int p, const f32x8* re, const f32x8* im) MIXWRIGHT_INLINE_LAMBDA {
      for (int j = 0; j < 8; ++j) put(yr, yi, j * apart + p, {re[j], im[j]});
    };
    if (xi) {
      pass8([=](int place, int p) MIXWRIGHT_INLINE_LAMBDA {
        const f32x8 w = load<f32x8>(window + 8 * (p + place));
        return Complex{load<f32x8>(xr + place * m + p) * w, load<f32x8>(xi + place * m + p) * w};
      }, out);
    } else {
      pass8([=](int place, int p) MIXWRIGHT_INLINE_LAMBDA {
        return Complex{load<f32x8>(xr + place * m + p) * load<f32x8>(window + 8 * (p + place)), splat<f32x8>(0.0f)};
      }, out);
    }
  }

 private:
  struct Complex {
    f32x8 r, i;
    MIXWRIGHT_INLINE Complex operator+(Complex o) const { return {r + o.r, i + o.i}; }
    MIXWRIGHT_INLINE Complex operator-(Complex o) const { return {r - o.r, i - o.i}; }
    MIXWRIGHT_INLINE Complex operator*(Complex o) const { return {r * o.r - i * o.i, r * o.i + i * o.r}; }
  };
  struct Pass {
    int radix, n, stride;
    std::vector<float> twiddles;
  };

  static void turn(double turns, float* w, int apart) {
    const double angle = -2 * 3.14159265358979323846 * turns;
    w[0] = static_cast<float>(std::cos(angle));
    w[apart] = static_cast<float>(std::sin(angle));
  }
  static MIXWRIGHT_INLINE Complex at(const float* r, const float* i, int k) { return {load<f32x8>(r + k), load<f32x8>(i + k)}; }
  static MIXWRIGHT_INLINE void put(float* r, float* i, int k, Complex x) {
    store(r + k, x.r);
    store(i + k, x.i);
  }
  static MIXWRIGHT_INLINE Complex factor(const float* w) { return {splat<f32x8>(w[0]), splat<f32x8>(w[1])}; }

  static MIXWRIGHT_INLINE void four(Complex a, Complex b, Complex c, Complex d, Complex* y) {
    const Complex ac = a + c, bd = b + d, am = a - c, bm = b - d;
    y[0] = ac + bd;
    y[1] = {am.r + bm.i, am.i - bm.r};
    y[2] = ac - bd;
    y[3] = {am.r - bm.i, am.i + bm.r};
  }

  // Eight inputs of the places 0 to 7 from in(place, p), eight results to out(p, re, im).
  template <class Input, class Output>
  void pass8(Input in, Output out) const {
    const int m = size_ / 8;
    const float half = 0.70710678118654752f;
    for (int p = 0; p < m; p += 8) {
      Complex e[4], o[4], y[8];
      four(in(0, p), in(2, p), in(4, p), in(6, p), e);
      four(in(1, p), in(3, p), in(5, p), in(7, p), o);
      o[1] = {(o[1].r + o[1].i) * half, (o[1].i - o[1].r) * half};
      o[3] = {(o[3].i - o[3].r) * half, (o[3].r + o[3].i) * -half};
      for (int j = 0; j < 4; ++j) {
        y[j] = e[j] + o[j];
        y[j + 4] = e[j] - o[j];
      }
      y[2] = {e[2].r + o[2].i, e[2].i - o[2].r};
      y[6] = {e[2].r - o[2].i, e[2].i + o[2].r};
      f32x8 re[8] = {y[0].r}, im[8] = {y[0].i};
      for (int j = 1; j < 8; ++j) {
        const float* w = &first_[static_cast<std::size_t>(14 * p + 8 * (2 * j - 2))];
        const Complex turned = y[j] * at(w, w + 8, 0);
        re[j] = turned.r;
        im[j] = turned.i;
      }
      out(p, re, im);
    }
  }

  static void pass4(const Pass& pass, const float* xr, const float* xi, float* yr, float* yi) {
    const int s = pass.stride, m = pass.n / 4;
    const float* w = pass.twiddles.data();
    for (int p = 0; p < m; ++p, w += 6) {
      const Complex w1 = factor(w), w2 = factor(w + 2), w3 = factor(w + 4);
      for (int q = 0; q < s; q += 8) {
        Complex y[4];
        four(at(xr, xi, q + s * p), at(xr, xi, q + s * (p + m)), at(xr, xi, q + s * (p + 2 * m)), at(xr, xi, q + s * (p + 3 * m)), y);
        put(yr, yi, q + s * 4 * p, y[0]);
        put(yr, yi, q + s * (4 * p + 1), y[1] * w1);
        put(yr, yi, q + s * (4 * p + 2), y[2] * w2);
        put(yr, yi, q + s * (4 * p + 3), y[3] * w3);
      }
    }
  }

  static void pass2(const Pass& pass, const float* xr, const float* xi, float* yr, float* yi) {
    const int s = pass.stride, m = pass.n / 2;
    const float* w = pass.twiddles.data();
    for (int p = 0; p < m; ++p, w += 2) {
      const Complex w1 = factor(w);
      for (int q = 0; q < s; q += 8) {
        const Complex a = at(xr, xi, q + s * p), b = at(xr, xi, q + s * (p + m));
        put(yr, yi, q + s * 2 * p, a + b);
        put(yr, yi, q + s * (2 * p + 1), (a - b) * w1);
      }
    }
  }

  int size_ = 0;
  std::vector<float> first_;
  std::vector<Pass> passes_;
};

}  // namespace mixwright
