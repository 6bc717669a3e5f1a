// Peaks and powers of a sound in octaves: a pyramid of binomial filters (Burt & Adelson, IEEE Trans. Commun. 31(4), 1983).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mixwright/interpolation.hpp"
#include "mixwright/simd.hpp"

namespace mixwright {

// Each step takes away what lies above about 0.13 of its rate (1 4 6 4 1, over 16), which is one octave of the result, and goes
// on with half the rate. At 44.1 kHz the octaves lie around 11, 5.5, 2.7, 1.4 kHz, 690, 340 and 170 Hz, and the rest below 90.
class OctavePeaks {
 public:
  static constexpr int kOctaves = 8;  // the last one is the rest

  // `skipped` halvings of the rate come first: for rates above those of compact discs.
  void prepare(int skipped) {
    skipped_ = skipped;
    steps_.assign(static_cast<std::size_t>(skipped + kOctaves), Step{});
    for (Step& step : steps_) step.samples.assign(kPiece + 32, 0.0f);
    peak_.fill(0.0f);
    energy_.fill(0.0);
    samples_ = 0;
  }

  // The mean of the channels counts.
  void add(const float* const* in, int channels, std::int64_t n) {
    const float share = 1.0f / static_cast<float>(channels);
    for (std::int64_t at = 0; at < n; at += kPiece) {
      const auto count = static_cast<std::size_t>(std::min<std::int64_t>(kPiece, n - at));
      float* fresh = steps_[0].end();
      const float *left = in[0] + at, *right = in[channels - 1] + at;
      if (channels == 2) {
        for (std::size_t i = 0; i < count; ++i) fresh[i] = 0.5f * (left[i] + right[i]);
      } else {
        for (std::size_t i = 0; i < count; ++i) fresh[i] = left[i] * share;
        for (int c = 1; c < channels; ++c)
          for (std::size_t i = 0; i < count; ++i) fresh[i] += in[c][static_cast<std::size_t>(at) + i] * share;
      }
      pass(0, count);
    }
    samples_ += n;
  }

  // Lets what is still on its way come through, as if silence followed.
  void finish() {
    for (std::size_t left = (std::size_t{32} << steps_.size()) / kPiece + 1; left > 0; --left) {
      std::fill(steps_[0].end(), steps_[0].end() + kPiece, 0.0f);
      pass(0, kPiece);
    }
  }

  // By octave from the lowest: the largest magnitude, and the mean square.
  float peak(int octave) const { return peak_[static_cast<std::size_t>(kOctaves - 1 - octave)]; }
  double power(int octave) const {
    const int halvings = skipped_ + kOctaves - 1 - octave;
    const double count = static_cast<double>(samples_) / static_cast<double>(std::int64_t{1} << halvings);
    return count > 0 ? energy_[static_cast<std::size_t>(kOctaves - 1 - octave)] / count : 0.0;
  }

 private:
  static constexpr std::size_t kPiece = 4096;

  struct Step {
    std::vector<float> samples;
    std::size_t count = 2;  // silence before the first one

    float* end() { return samples.data() + count; }
  };

  // Sixteen centres at a time; those that are left wait, with two samples before and two behind.
  void pass(std::size_t level, std::size_t fresh) {
    Step& step = steps_[level];
    step.count += fresh;
    const std::size_t centres = step.count < 4 ? 0 : (step.count - 4) / 16 * 16;
    if (!centres) return;
    const bool last = level + 1 == steps_.size();
    const float* s = step.samples.data();
    float* slower = last ? nullptr : steps_[level + 1].end();
    f32x8 peaks = splat<f32x8>(0.0f), squares = peaks;
    for (std::size_t i = 0; i < centres; i += 16) {
      f32x8 smooth[2];
      for (std::size_t half = 0; half < 2; ++half) {
        const float* x = s + i + 8 * half;
        const f32x8 centre = load<f32x8>(x + 2);
        const f32x8 sum = (load<f32x8>(x) + load<f32x8>(x + 4)) + (load<f32x8>(x + 1) + load<f32x8>(x + 3)) * 4.0f;
        smooth[half] = (sum + centre * 6.0f) * 0.0625f;
        const f32x8 kept = last ? centre : centre - smooth[half];
        peaks = max(peaks, abs(kept));
        squares = squares + kept * kept;
      }
      if (slower) store(slower + i / 2, shuffle<0, 2, 4, 6, 8, 10, 12, 14>(smooth[0], smooth[1]));
    }
    if (level >= static_cast<std::size_t>(skipped_)) collect(level - static_cast<std::size_t>(skipped_), peaks, squares);
    std::copy(s + centres, s + step.count, step.samples.data());
    step.count -= centres;
    if (slower) pass(level + 1, centres / 2);
  }

  void collect(std::size_t octave, f32x8 peaks, f32x8 squares) {
    float lanes[8];
    store(lanes, squares);
    for (const float lane : lanes) energy_[octave] += static_cast<double>(lane);
    peak_[octave] = std::max(peak_[octave], largest(peaks));
  }

  int skipped_ = 0;
  std::int64_t samples_ = 0;
  std::vector<Step> steps_;
  std::array<float, kOctaves> peak_{};
  std::array<double, kOctaves> energy_{};
};

}  // namespace mixwright
