// Runs a memoryless nonlinearity at four times the sample rate and adds what it changes to the delayed audio.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "mixwright/simd.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#define MIXWRIGHT_UNROLL _Pragma("GCC unroll 32")
#else
#define MIXWRIGHT_UNROLL
#endif

namespace mixwright {

// Side taps h[0], h[2], ... of a linear-phase half-band low-pass of 4 * Half - 1 taps (the centre is 1/2, all else zero),
// Kaiser window for 90 dB. Symmetric: the first Half of 2 * Half are kept.
template <int Half>
struct HalfBand {
  float taps[Half];

  HalfBand() {
    constexpr double beta = 9.0;
    constexpr int centre = 2 * Half - 1;
    double raw[Half], sum = 0;
    for (int j = 0; j < Half; ++j) {
      const double t = 2.0 * j - centre, r = t / (centre + 1.0);
      raw[j] = std::sin(std::numbers::pi * t / 2) / (std::numbers::pi * t) * bessel_i0(beta * std::sqrt(1 - r * r));
      sum += 2 * raw[j];
    }
    for (int j = 0; j < Half; ++j) taps[j] = static_cast<float>(0.5 * raw[j] / sum);  // both phases pass DC alike
  }

 private:
  static double bessel_i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 60; ++k) {
      term *= (x / (2 * k)) * (x / (2 * k));
      sum += term;
    }
    return sum;
  }
};

// Polyphase throughout: each phase of an oversampled stream is an array of its own, so that all filters work on eight
// neighbouring frames at a time and nothing is ever interleaved. Outputs depend on inputs alone, not on how blocks are cut.
class Oversampled {
 public:
  static constexpr int kHalf1 = 16, kHalf2 = 6;  // flat to 0.41, clean above 0.59 of the rate; second stage far wider
  static constexpr int kLatency = 2 * kHalf1 - 1 + kHalf2;
  static constexpr int kBlock = 256, kPast = 64;
  static constexpr int kWide = 2, kStep = 8 * kWide;  // vectors that share a tap

  void reset() {
    for (auto& channel : rows_)
      for (auto& row : channel) std::fill(std::begin(row), std::end(row), 0.0f);
  }

  // Calls combine(channel, x, change, out, count) for pieces of at most kBlock frames: x is the audio and change the
  // nonlinearity's residual(x), both late by kLatency; all may be used up to the next multiple of eight. `residual` maps
  // f32x8 to f32x8, elementwise.
  template <class Residual, class Combine>
  void process(float* const* io, int channels, int n, Residual&& residual, Combine&& combine) {
    for (int start = 0; start < n; start += kBlock) {
      const int count = std::min(kBlock, n - start);
      for (int c = 0; c < channels; ++c) {
        Rows& rows = rows_[c];
        std::copy_n(io[c] + start, count, rows[kInput] + kPast);
        run(rows, count, residual);
        const float* x = rows[kInput] + kPast - kLatency;
        if (count % 8 == 0) {
          combine(c, x, rows[kChange], io[c] + start, count);
        } else {
          float padded[kBlock + 8];
          combine(c, x, rows[kChange], padded, count);
          std::copy_n(padded, count, io[c] + start);
        }
        for (auto& row : rows) std::copy(row + count, row + count + kPast, row);
      }
    }
  }

 private:
  enum Row { kInput, kUp, kE0, kE1, kE2, kE3, kDown0, kDown1, kChange, kRows };
  using Rows = float[kRows][kPast + kBlock + kStep];

  template <class Residual>
  void run(Rows& rows, int n, Residual& residual) {
    float* x = rows[kInput] + kPast;
    float* up = rows[kUp] + kPast;
    float *e0 = rows[kE0] + kPast, *e1 = rows[kE1] + kPast, *e2 = rows[kE2] + kPast, *e3 = rows[kE3] + kPast;
    float *v0 = rows[kDown0] + kPast, *v1 = rows[kDown1] + kPast;
    const int whole = (n + kStep - 1) / kStep * kStep;
    std::fill(x + n, x + whole, 0.0f);
    f32x8 y[kWide];

    // Twice the rate: s[2i] = up[i], s[2i + 1] = x[i - (kHalf1 - 1)].
    for (int i = 0; i < whole; i += kStep) {
      symmetric<kHalf1>(first_.taps, x + i, y);
      for (int k = 0; k < kWide; ++k) store(up + i + 8 * k, y[k] * 2.0f);
    }
    const float* odd = x - (kHalf1 - 1);

    // Four times: t[4i] and t[4i + 2] are filtered from s, t[4i + 1] and t[4i + 3] are s[2i - 5] and s[2i - 4].
    static_assert(kHalf2 % 2 == 0);
    constexpr int kBack = kHalf2 / 2;
    for (int i = 0; i < whole; i += kStep) {
      mixed<kHalf2>(second_.taps, up + i, odd + i - 1, y);
      for (int k = 0; k < kWide; ++k) store(e0 + i + 8 * k, residual(y[k] * 2.0f));
      mixed<kHalf2>(second_.taps, odd + i, up + i, y);
      for (int k = 0; k < kWide; ++k) store(e2 + i + 8 * k, residual(y[k] * 2.0f));
    }
    for (int i = 0; i < whole; i += 8) {
      store(e1 + i, residual(load<f32x8>(odd + i - kBack)));
      store(e3 + i, residual(load<f32x8>(up + i - kBack + 1)));
    }

    // Back to twice the rate, w[n] = sum h[2j] t[2n - 2j] + t[2n - 2 kHalf2 + 1] / 2; v1[i] = w[2i], v0[i] = w[2i + 1].
    for (int i = 0; i < whole; i += kStep) {
      mixed<kHalf2>(second_.taps, e0 + i, e2 + i - 1, y);
      for (int k = 0; k < kWide; ++k)
        store(v1 + i + 8 * k, load<f32x8>(e1 + i + 8 * k - kBack) * 0.5f + y[k]);
      mixed<kHalf2>(second_.taps, e2 + i, e0 + i, y);
      for (int k = 0; k < kWide; ++k)
        store(v0 + i + 8 * k, load<f32x8>(e3 + i + 8 * k - kBack) * 0.5f + y[k]);
    }
    // And to the rate of the audio, one sample of the doubled rate later, which makes the latency whole.
    for (int i = 0; i < whole; i += kStep) {
      symmetric<kHalf1>(first_.taps, v0 + i - 1, y);
      for (int k = 0; k < kWide; ++k)
        store(rows[kChange] + i + 8 * k, load<f32x8>(v1 + i + 8 * k - kHalf1) * 0.5f + y[k]);
    }
  }

  // y[i] = sum over j < 2 Half of h[2j] x[i - j].
  template <int Half>
  MIXWRIGHT_INLINE static void symmetric(const float* taps, const float* x, f32x8* y) {
    for (int k = 0; k < kWide; ++k) y[k] = splat<f32x8>(0.0f);
    MIXWRIGHT_UNROLL
    for (int j = 0; j < Half; ++j) {
      const f32x8 tap = splat<f32x8>(taps[j]);
      for (int k = 0; k < kWide; ++k)
        y[k] = (load<f32x8>(x + 8 * k - j) + load<f32x8>(x + 8 * k - (2 * Half - 1 - j))) * tap + y[k];
    }
  }

  // y = sum over j < 2 Half of h[2j] s[n - j], where s[n], s[n - 2], ... are near[0], near[-1], ... and s[n - 1], s[n - 3],
  // ... are far[0], far[-1], ...
  template <int Half>
  MIXWRIGHT_INLINE static void mixed(const float* taps, const float* near, const float* far, f32x8* y) {
    for (int k = 0; k < kWide; ++k) y[k] = splat<f32x8>(0.0f);
    MIXWRIGHT_UNROLL
    for (int j = 0; j < Half; ++j) {
      const int mirror = 2 * Half - 1 - j;  // of the other parity
      const float* a = (j % 2 == 0 ? near : far) - j / 2;
      const float* b = (mirror % 2 == 0 ? near : far) - mirror / 2;
      const f32x8 tap = splat<f32x8>(taps[j]);
      for (int k = 0; k < kWide; ++k) y[k] = (load<f32x8>(a + 8 * k) + load<f32x8>(b + 8 * k)) * tap + y[k];
    }
  }

  HalfBand<kHalf1> first_;
  HalfBand<kHalf2> second_;
  alignas(32) Rows rows_[2] = {};
};

}  // namespace mixwright
