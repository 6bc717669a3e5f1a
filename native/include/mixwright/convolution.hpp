// Convolution of a stereo signal with an impulse response, without latency.
//
// The first 128 taps are summed directly, the next by partitions of 128, then 1024, then 8192 taps (Gardner, JAES 43(3),
// 1995). The larger partitions leave one whole block of time for their work, which is spread evenly over it: each call
// costs nearly the same. The scheme is the same in every mode, so results do not depend on how audio is cut into blocks.
// Left and right travel through one complex transform as its real and imaginary part.
#pragma once

#include <algorithm>
#include <cstring>
#include <vector>

#include "mixwright/fft.hpp"
#include "mixwright/ring.hpp"
#include "mixwright/simd.hpp"

namespace mixwright {

namespace convolution_detail {

inline constexpr int kStep = 128;  // the grid of the work

MIXWRIGHT_INLINE f32x8 reversed(f32x8 x) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_shufflevector(x, x, 7, 6, 5, 4, 3, 2, 1, 0);
#else
  for (int i = 0; i < 4; ++i) std::swap(x[i], x[7 - i]);
  return x;
#endif
}

// Which responses lead where: responses 0 and 1 from left to left and right to right, 2 from left to right and 3 from
// right to left where the response is truly stereo.
struct Impulse {
  const float* taps[4];
  int paths;
  int length;
};

// All partitions of one size.
class Stage {
 public:
  // Taps from `offset` to `end`; with offset = 2 size the work may take a block, with offset = size it is done at once.
  void prepare(int size, int offset, int end, const Impulse& impulse) {
    size_ = size;
    spread_ = offset >= 2 * size;
    paths_ = impulse.paths;
    parts_ = (std::min(end, impulse.length) - offset + size - 1) / size;
    fft_.prepare(2 * size);
    const std::size_t row = static_cast<std::size_t>(size), all = row * static_cast<std::size_t>(parts_);
    for (auto& a : time_) a.assign(2 * row, 0.0f);
    for (auto& a : work_) a.assign(2 * row, 0.0f);
    for (auto& a : ready_) a.assign(row + 8, 0.0f);  // read in whole vectors
    for (auto& a : sum_) a.assign(row + 8, 0.0f);
    for (auto& a : input_) a.assign(all, 0.0f);
    for (int path = 0; path < paths_; ++path)
      for (int part = 0; part < 2; ++part) response_[2 * path + part].assign(all, 0.0f);
    for (int p = 0; p < parts_; ++p)
      for (int path = 0; path < paths_; path += 2) transform_response(impulse, path, p, offset + p * size);
    items_ = 2 * fft_.passes() + 2 + kMacs;
    reset();
  }

  void reset() {
    for (auto* set : {time_, work_, ready_, sum_, input_})
      for (int k = 0; k < (set == work_ || set == input_ || set == sum_ ? 4 : 2); ++k) std::fill(set[k].begin(), set[k].end(), 0.0f);
    newest_ = 0;
    done_ = items_;
  }

  int size() const { return size_; }

  // At the start of each step of the grid; `at` is its place in the block.
  void work(int at) {
    if (at == 0) {
      if (spread_) take_result();
      done_ = 0;
    }
    const int steps = spread_ ? size_ / kStep : 1, step = at / kStep;
    const int until = spread_ ? (items_ * (step + 1) + steps - 1) / steps : items_;
    if (spread_ || at == 0)
      while (done_ < until) item(done_++);
    if (at == 0) {
      for (auto& a : time_) std::memcpy(a.data(), a.data() + size_, sizeof(float) * static_cast<std::size_t>(size_));
      if (!spread_) take_result();
    }
  }

  void push(const float* const* in, int at, int n) {
    for (int c = 0; c < 2; ++c) copy_samples(&time_[c][static_cast<std::size_t>(size_ + at)], in[c], n);
  }
  const float* ready(int c, int at) const { return &ready_[c][static_cast<std::size_t>(at)]; }

 private:
  static constexpr int kMacs = 16;  // parts into which the multiplications are cut
  static constexpr int kBins = 32;  // enough sums at once to hide their latency

  float* work(int side, int part) { return work_[2 * side + part].data(); }
  int last_side() const { return (fft_.passes() + 1) & 1; }  // pass k writes to side k & 1

  void transform_response(const Impulse& impulse, int path, int p, int from) {
    for (auto& a : time_) std::fill(a.begin(), a.end(), 0.0f);
    const float scale = 1.0f / static_cast<float>(2 * size_);
    for (int k = 0; k < std::min(size_, impulse.length - from); ++k)
      for (int c = 0; c < 2; ++c) time_[c][static_cast<std::size_t>(k)] = impulse.taps[path + c][from + k] * scale;
    for (int k = 0; k < fft_.passes(); ++k) forward(k);
    unpack(&response_[2 * path][at_part(p)], &response_[2 * path + 1][at_part(p)], &response_[2 * path + 2][at_part(p)],
           &response_[2 * path + 3][at_part(p)]);
  }

  std::size_t at_part(int p) const { return static_cast<std::size_t>(p) * static_cast<std::size_t>(size_); }

  void item(int k) {
    const int passes = fft_.passes();
    if (k < passes) return forward(k);
    k -= passes;
    if (k == 0) {
      newest_ = newest_ == 0 ? parts_ - 1 : newest_ - 1;
      const std::size_t p = at_part(newest_);
      return unpack(&input_[0][p], &input_[1][p], &input_[2][p], &input_[3][p]);
    }
    if (--k < kMacs) return multiply(k);
    if ((k -= kMacs) == 0) return pack();
    inverse(k - 1);
  }

  void forward(int k) {
    const int to = k & 1;
    if (k == 0) {
      fft_.pass(0, time_[0].data(), time_[1].data(), work(0, 0), work(0, 1));
    } else {
      fft_.pass(k, work(1 - to, 0), work(1 - to, 1), work(to, 0), work(to, 1));
    }
  }

  // `pack` leaves its result on side 1; the exchanged parts make the transform an inverse one.
  void inverse(int k) {
    const int to = k & 1;
    fft_.pass(k, work(1 - to, 1), work(1 - to, 0), work(to, 1), work(to, 0));
  }

  // Spectra of left and right, bins 0 .. size - 1; the real value at Nyquist stands as the imaginary part of bin 0.
  void unpack(float* lr, float* li, float* rr, float* ri) {
    const float* zr = work(last_side(), 0);
    const float* zi = work(last_side(), 1);
    const int n = 2 * size_;
    for (int k = 0; k < size_; k += 8) {
      f32x8 br, bi;  // bins n - k .. n - k - 7
      const f32x8 ar = load<f32x8>(zr + k), ai = load<f32x8>(zi + k);
      if (k == 0) {
        for (int j = 0; j < 8; ++j) br[j] = zr[(n - j) % n], bi[j] = zi[(n - j) % n];
      } else {
        br = reversed(load<f32x8>(zr + n - k - 7)), bi = reversed(load<f32x8>(zi + n - k - 7));
      }
      store(lr + k, (ar + br) * 0.5f);
      store(li + k, (ai - bi) * 0.5f);
      store(rr + k, (ai + bi) * 0.5f);
      store(ri + k, (br - ar) * 0.5f);
    }
    li[0] = zr[size_];
    ri[0] = zi[size_];
  }

  void pack() {
    float* zr = work(1, 0);
    float* zi = work(1, 1);
    const float *lr = sum_[0].data(), *li = sum_[1].data(), *rr = sum_[2].data(), *ri = sum_[3].data();
    const int n = 2 * size_;
    const float nyquist_l = li[0], nyquist_r = ri[0];
    sum_[1][0] = sum_[3][0] = 0;
    for (int k = 0; k < size_; k += 8) {
      const f32x8 a = load<f32x8>(lr + k), b = load<f32x8>(li + k), c = load<f32x8>(rr + k), d = load<f32x8>(ri + k);
      store(zr + k, a - d);
      store(zi + k, b + c);
      const f32x8 mr = a + d, mi = c - b;  // conj L + j conj R
      if (k == 0) {
        for (int j = 1; j < 8; ++j) zr[n - j] = mr[j], zi[n - j] = mi[j];
      } else {
        store(zr + n - k - 7, reversed(mr));
        store(zi + n - k - 7, reversed(mi));
      }
    }
    zr[size_] = nyquist_l;
    zi[size_] = nyquist_r;
  }

  // A range of bins through all partitions, sums held in registers.
  void multiply(int item) {
    const int width = std::max(kBins, size_ / kMacs), from = item * width;
    for (int k = from; k < std::min(from + width, size_); k += kBins) {
      for (auto& sum : sum_) std::fill(&sum[static_cast<std::size_t>(k)], &sum[static_cast<std::size_t>(k)] + kBins, 0.0f);
      for (int path = 0; path < paths_; ++path)
        multiply(response_[2 * path].data() + k, response_[2 * path + 1].data() + k, path == 0 || path == 2 ? 0 : 1, path == 0 || path == 3 ? 0 : 1, k);
    }
  }

  void multiply(const float* hr, const float* hi, int in, int out, int k) {
    f32x8 sr[kBins / 8] = {}, si[kBins / 8] = {};
    float dc = 0, nyquist = 0;
    const float *xr = input_[2 * in].data() + k, *xi = input_[2 * in + 1].data() + k;
    std::size_t slot = at_part(newest_);
    const std::size_t end = at_part(parts_), row = static_cast<std::size_t>(size_);
    for (std::size_t p = 0; p < end; p += row) {
      for (int v = 0; v < kBins / 8; ++v) {
        const f32x8 a = load<f32x8>(xr + slot + 8 * v), b = load<f32x8>(xi + slot + 8 * v);
        const f32x8 c = load<f32x8>(hr + p + 8 * v), d = load<f32x8>(hi + p + 8 * v);
        sr[v] += a * c;
        si[v] += a * d;
        sr[v] -= b * d;
        si[v] += b * c;
      }
      if (k == 0) {
        dc += xr[slot] * hr[p];
        nyquist += xi[slot] * hi[p];
      }
      slot += row;
      if (slot == end) slot = 0;
    }
    if (k == 0) sr[0][0] = dc, si[0][0] = nyquist;
    float* to[2] = {&sum_[2 * out][static_cast<std::size_t>(k)], &sum_[2 * out + 1][static_cast<std::size_t>(k)]};
    for (int v = 0; v < kBins / 8; ++v) {
      store(to[0] + 8 * v, load<f32x8>(to[0] + 8 * v) + sr[v]);
      store(to[1] + 8 * v, load<f32x8>(to[1] + 8 * v) + si[v]);
    }
  }

  void take_result() {
    for (int c = 0; c < 2; ++c) std::memcpy(ready_[c].data(), work(last_side(), c) + size_, sizeof(float) * static_cast<std::size_t>(size_));
  }

  int size_ = 0, parts_ = 0, paths_ = 2, items_ = 0, done_ = 0, newest_ = 0;
  bool spread_ = false;
  Fft fft_;
  std::vector<float> time_[2], work_[4], ready_[2], sum_[4], input_[4], response_[8];
};

}  // namespace convolution_detail

class Convolution {
 public:
  // `channels` responses of `length` taps: 1 for both sides, 2 for left and right, or 4 (left to left, left to right,
  // right to left, right to right).
  void prepare(const float* const* impulse, int channels, int length) {
    convolution_detail::Impulse all{{impulse[0], impulse[channels > 1 ? 1 : 0], nullptr, nullptr}, 2, length};
    if (channels == 4) all = {{impulse[0], impulse[3], impulse[1], impulse[2]}, 4, length};
    paths_ = all.paths;
    for (int path = 0; path < paths_; ++path) {
      std::fill(head_[path], head_[path] + kStep, 0.0f);
      std::copy(all.taps[path], all.taps[path] + std::min(length, kStep), head_[path]);
    }
    for (auto& ring : rings_) ring.prepare(2 * kStep, 3 * kStep);
    static constexpr int sizes[3] = {kStep, 1024, 8192}, offsets[4] = {kStep, 2048, 16384, 1 << 30};
    used_ = 0;
    for (int k = 0; k < 3; ++k)
      if (length > offsets[k]) stages_[used_++].prepare(sizes[k], offsets[k], offsets[k + 1], all);
    reset();
  }

  void reset() {
    for (auto& ring : rings_) ring.reset();
    for (int k = 0; k < used_; ++k) stages_[k].reset();
    time_ = 0;
  }

  int latency() const { return 0; }

  // One channel: heard as left and right alike, returned as their mean.
  void process(float* const* io, int channels, int n) {
    for (int start = 0; start < n;) {
      const int phase = static_cast<int>(time_ % kStep), count = std::min(n - start, kStep - phase);
      if (phase == 0)
        for (int k = 0; k < used_; ++k) stages_[k].work(static_cast<int>(time_ % stages_[k].size()));
      const float* in[2] = {io[0] + start, io[channels - 1] + start};
      for (int c = 0; c < 2; ++c) rings_[c].write(time_, in[c], count);
      for (int k = 0; k < used_; ++k) stages_[k].push(in, static_cast<int>(time_ % stages_[k].size()), count);
      alignas(32) float out[2][kStep + 64];
      for (int c = 0; c < 2; ++c) {
        direct(c, count, out[c]);
        for (int k = 0; k < used_; ++k) {
          const float* late = stages_[k].ready(c, static_cast<int>(time_ % stages_[k].size()));
          for (int i = 0; i < count; i += 8) store(out[c] + i, load<f32x8>(out[c] + i) + load<f32x8>(late + i));
        }
      }
      if (channels == 1) {
        for (int i = 0; i < count; ++i) out[0][i] = 0.5f * (out[0][i] + out[1][i]);
      } else {
        copy_samples(io[1] + start, out[1], count);
      }
      copy_samples(io[0] + start, out[0], count);
      time_ += count;
      start += count;
    }
  }

 private:
  static constexpr int kStep = convolution_detail::kStep;

  void direct(int c, int count, float* out) const {
    const float* x = rings_[c].window(time_ - (kStep - 1));
    const float* other = rings_[1 - c].window(time_ - (kStep - 1));
    for (int i = 0; i < count; i += 64) {
      f32x8 sum[8] = {};
      add(head_[c], x + i, sum);
      if (paths_ == 4) add(head_[c ? 2 : 3], other + i, sum);
      for (int v = 0; v < 8; ++v) store(out + i + 8 * v, sum[v]);
    }
  }
  static MIXWRIGHT_INLINE void add(const float* taps, const float* x, f32x8* sum) {
    for (int j = kStep - 1; j >= 0; --j) {
      const f32x8 h = splat<f32x8>(taps[j]);
      const float* p = x + (kStep - 1 - j);
      for (int v = 0; v < 8; ++v) sum[v] += h * load<f32x8>(p + 8 * v);
    }
  }

  int paths_ = 2, used_ = 0;
  float head_[4][kStep] = {};
  Ring rings_[2];
  convolution_detail::Stage stages_[3];
  std::int64_t time_ = 0;
};

}  // namespace mixwright
