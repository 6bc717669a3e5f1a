// Runs a memoryless nonlinearity at four times the sample rate and adds what it changes to the delayed audio.
#pragma once

#include <algorithm>
#include <iterator>

#include "mixwright/simd.hpp"

namespace mixwright {

// Linear-phase half-band low-passes of 4 * Half - 1 taps: h[0], h[2], ... up to the middle (symmetric from there on; the
// centre is 1/2, all else zero). Equiripple (Parks-McClellan), sums exact at DC.
// First stage, at twice the rate fs of the audio: within 0.001 dB to 0.39 fs, 88 dB down from 0.61 fs.
inline constexpr float kHalfBand1[] = {
    -1.15525201e-04f, 3.95201181e-04f, -1.01572287e-03f, 2.19746946e-03f, -4.24291204e-03f, 7.55582669e-03f,
    -1.27011233e-02f, 2.05737602e-02f, -3.29066473e-02f, 5.40638256e-02f, -1.00082256e-01f, 3.16278104e-01f};
// Second stage, at four times: the same to 0.4 fs and from 1.6 fs.
inline constexpr float kHalfBand2[] = {
    -2.47047094e-03f, 1.69557030e-02f, -6.76695312e-02f, 3.03184299e-01f};

// How far interpolated samples can exceed the greatest of those around them.
template <int half>
constexpr float growth(const float (&taps)[half]) {
  float sum = 0;
  for (const float tap : taps) sum += tap < 0 ? -tap : tap;
  return 4 * sum;
}

// Polyphase throughout: each phase of an oversampled stream is an array of its own, so that all filters work on eight
// neighbouring frames at a time and nothing is ever interleaved. Outputs depend on inputs alone, not on how blocks are cut.
class Oversampled {
 public:
  static constexpr int kHalf1 = std::size(kHalfBand1), kHalf2 = std::size(kHalfBand2);
  static constexpr int kLatency = 2 * kHalf1 - 1 + kHalf2;
  static constexpr int kBlock = 128, kPast = 32;
  static constexpr int kWide = 2, kStep = 8 * kWide;  // vectors that share a tap

  void reset() {
    for (auto& channel : past_)
      for (auto& row : channel) std::fill(std::begin(row), std::end(row), 0.0f);
  }

  // Works on pieces of at most kBlock frames. For each, choose(limit, run) must call run(residual) once, where residual maps
  // f32x8 to f32x8, elementwise, and sees magnitudes up to `limit`. Then combine(channel, x, change, out, count) is called:
  // x is the audio and change what residual(x) makes, both late by kLatency; all may be used up to the next multiple of eight.
  template <class Choose, class Combine>
  void process(float* const* io, int channels, int n, Choose&& choose, Combine&& combine) {
    for (int start = 0; start < n; start += kBlock) {
      const int count = std::min(kBlock, n - start);
      for (int c = 0; c < channels; ++c) {
        alignas(32) Rows rows;  // the same place for all, near at hand
        for (int r = 0; r < kKept; ++r) std::copy_n(past_[c][r], kPast, rows[r]);
        std::copy_n(io[c] + start, count, rows[kInput] + kPast);
        std::fill_n(rows[kInput] + kPast + count, kStep, 0.0f);
        choose(kGrowth * peak(rows[kInput], kPast + count), [&](auto&& residual) { run(rows, count, residual); });
        const float* x = rows[kInput] + kPast - kLatency;
        if (count % 8 == 0) {
          combine(c, x, rows[kChange], io[c] + start, count);
        } else {
          float padded[kBlock + 8];
          combine(c, x, rows[kChange], padded, count);
          std::copy_n(padded, count, io[c] + start);
        }
        for (int r = 0; r < kKept; ++r) std::copy_n(rows[r] + count, kPast, past_[c][r]);
      }
    }
  }

 private:
  enum Row { kInput, kUp, kE0, kE1, kE2, kE3, kDown0, kDown1, kKept, kChange = kKept, kRows };
  using Rows = float[kRows][kPast + kBlock + kStep];
  static_assert(kPast >= 2 * kHalf1 && kPast >= kLatency);

  static constexpr float kGrowth = 1.001f * growth(kHalfBand1) * growth(kHalfBand2);

  static float peak(const float* x, int n) {  // may look at what follows up to the next vector
    f32x8 most = splat<f32x8>(0.0f);
    for (int i = 0; i < n; i += 8) most = max(abs(load<f32x8>(x + i)), most);
    float lanes[8];
    store(lanes, most);
    return *std::max_element(lanes, lanes + 8);
  }

  template <class Residual>
  static void run(Rows& rows, int n, Residual&& residual) {
    float* x = rows[kInput] + kPast;
    float* up = rows[kUp] + kPast;
    float *e0 = rows[kE0] + kPast, *e1 = rows[kE1] + kPast, *e2 = rows[kE2] + kPast, *e3 = rows[kE3] + kPast;
    float *v0 = rows[kDown0] + kPast, *v1 = rows[kDown1] + kPast;
    f32x8 taps[kHalf1], y[kWide];
    n = (n + kStep - 1) / kStep * kStep;

    // Twice the rate: s[2i] = up[i], s[2i + 1] = x[i - (kHalf1 - 1)].
    for (int j = 0; j < kHalf1; ++j) taps[j] = splat<f32x8>(2.0f * kHalfBand1[j]);
    for (int i = 0; i < n; i += kStep) {
      symmetric(taps, x + i, y);
      for (int k = 0; k < kWide; ++k) store(up + i + 8 * k, y[k]);
    }
    const float* odd = x - (kHalf1 - 1);

    // Four times: t[4i] and t[4i + 2] are filtered from s, t[4i + 1] = s[2i + 1 - kHalf2], t[4i + 3] = s[2i + 2 - kHalf2].
    static_assert(kHalf2 % 2 == 0);
    constexpr int kBack = kHalf2 / 2;
    for (int j = 0; j < kHalf2; ++j) taps[j] = splat<f32x8>(2.0f * kHalfBand2[j]);
    for (int i = 0; i < n; i += 8) {
      f32x8 t0, t2;
      alternating(taps, up + i, odd + i, t0, t2);
      store(e0 + i, residual(t0));
      store(e1 + i, residual(load<f32x8>(odd + i - kBack)));
      store(e2 + i, residual(t2));
      store(e3 + i, residual(load<f32x8>(up + i - kBack + 1)));
    }

    // Back to twice the rate, w[n] = sum h[2j] t[2n - 2j] + t[2n - 2 kHalf2 + 1] / 2; v1[i] = w[2i], v0[i] = w[2i + 1].
    for (int j = 0; j < kHalf2; ++j) taps[j] = splat<f32x8>(kHalfBand2[j]);
    for (int i = 0; i < n; i += 8) {
      f32x8 w0, w1;
      alternating(taps, e0 + i, e2 + i, w0, w1);
      store(v1 + i, load<f32x8>(e1 + i - kBack) * 0.5f + w0);
      store(v0 + i, load<f32x8>(e3 + i - kBack) * 0.5f + w1);
    }
    // And to the rate of the audio, one sample of the doubled rate later, which makes the latency whole.
    for (int j = 0; j < kHalf1; ++j) taps[j] = splat<f32x8>(kHalfBand1[j]);
    for (int i = 0; i < n; i += kStep) {
      symmetric(taps, v0 + i - 1, y);
      for (int k = 0; k < kWide; ++k)
        store(rows[kChange] + i + 8 * k, load<f32x8>(v1 + i + 8 * k - kHalf1) * 0.5f + y[k]);
    }
  }

  // y[i] = sum over j < 2 kHalf1 of h[2j] x[i - j].
  MIXWRIGHT_INLINE static void symmetric(const f32x8* taps, const float* x, f32x8* y) {
    for (int k = 0; k < kWide; ++k) y[k] = splat<f32x8>(0.0f);
    MIXWRIGHT_UNROLL
    for (int j = 0; j < kHalf1; ++j)
      for (int k = 0; k < kWide; ++k)
        y[k] = (load<f32x8>(x + 8 * k - j) + load<f32x8>(x + 8 * k - (2 * kHalf1 - 1 - j))) * taps[j] + y[k];
  }

  // Of a stream with the phases even and odd, sum over j < 2 kHalf2 of h[2j] s[n - j] at n = 2i (y0) and n = 2i + 1 (y1).
  MIXWRIGHT_INLINE static void alternating(const f32x8* taps, const float* even, const float* odd, f32x8& y0, f32x8& y1) {
    auto tap = [&](int j) MIXWRIGHT_INLINE_LAMBDA { return taps[j < kHalf2 ? j : 2 * kHalf2 - 1 - j]; };
    y0 = y1 = splat<f32x8>(0.0f);
    MIXWRIGHT_UNROLL
    for (int k = 0; k <= kHalf2; ++k) {
      if (k < kHalf2) {
        const f32x8 x = load<f32x8>(even - k);
        y0 = x * tap(2 * k) + y0;
        y1 = x * tap(2 * k + 1) + y1;
      }
      const f32x8 x = load<f32x8>(odd - k);
      if (k > 0) y0 = x * tap(2 * k - 1) + y0;
      if (k < kHalf2) y1 = x * tap(2 * k) + y1;
    }
  }

  float past_[2][kKept][kPast] = {};
};

}  // namespace mixwright
