// What the native tests share: a trap for allocations, random settings within the declared ranges, difficult signals,
// and the laws every processor keeps. One program per file; each includes this header once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "mixwright/simd.hpp"

namespace check {

inline std::string here;  // what is tested now, for messages
inline thread_local bool allocation_forbidden = false;

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "FAILED %s: %s\n", here.c_str(), what.c_str());
  std::exit(1);
}
inline void that(bool holds, const char* what) {
  if (!holds) fail(what);
}

inline void* allocate(std::size_t bytes, std::size_t alignment) {
  if (allocation_forbidden) {
    allocation_forbidden = false;  // the message allocates as well
    fail("allocates while processing");
  }
  void* p = alignment > alignof(std::max_align_t)
                ? std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)
                : std::malloc(bytes ? bytes : 1);
  if (!p) std::abort();
  return p;
}

class NoAllocation {
 public:
  NoAllocation() { allocation_forbidden = true; }
  ~NoAllocation() { allocation_forbidden = false; }
};

}  // namespace check

void* operator new(std::size_t n) { return check::allocate(n, 0); }
void* operator new[](std::size_t n) { return check::allocate(n, 0); }
void* operator new(std::size_t n, std::align_val_t a) { return check::allocate(n, static_cast<std::size_t>(a)); }
void* operator new[](std::size_t n, std::align_val_t a) { return check::allocate(n, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace check {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  std::uint64_t bits() {  // splitmix64
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  int below(int n) { return static_cast<int>(bits() % static_cast<std::uint64_t>(n)); }

 private:
  std::uint64_t state_;
};

struct Range {
  const char* settings;
  const char* name;
  double min, max;
  bool log, whole;
};
#include "ranges.inc"

inline double draw(const char* settings, const char* name, Random& random) {
  for (const Range& r : kRanges) {
    if (std::strcmp(r.settings, settings) != 0 || std::strcmp(r.name, name) != 0) continue;
    if (r.whole) return r.min + random.below(static_cast<int>(r.max - r.min) + 1);
    const int corner = random.below(8);
    if (corner < 2) return corner ? r.max : r.min;
    const double x = random.unit();
    return r.log ? r.min * std::pow(r.max / r.min, x) : r.min + (r.max - r.min) * x;
  }
  fail(std::string("no range is declared for ") + settings + "." + name);
}

template <class Settings>
Settings draw_settings(const char* name, Random& random) {
  Settings settings;
  settings.visit([&](const char* field, double& value) { value = draw(name, field, random); });
  return settings;
}

// Each channel in an allocation of exactly its length: a sanitizer sees any step beyond it.
class Audio {
 public:
  Audio(int channels, int n) : samples_(n), data_(static_cast<std::size_t>(channels), std::vector<float>(static_cast<std::size_t>(n))) {
    for (auto& row : data_) rows_.push_back(row.data());
  }
  Audio(const Audio& other) : Audio(other.channels(), other.samples()) { data_copy(other); }
  Audio& operator=(const Audio&) = delete;
  int channels() const { return static_cast<int>(data_.size()); }
  int samples() const { return samples_; }
  float* const* rows() { return rows_.data(); }
  const float* const* rows() const { return rows_.data(); }
  float* operator[](int c) { return rows_[static_cast<std::size_t>(c)]; }
  const float* operator[](int c) const { return rows_[static_cast<std::size_t>(c)]; }
  bool same_bits(const Audio& other) const {
    for (int c = 0; c < channels(); ++c)
      if (samples_ && std::memcmp((*this)[c], other[c], sizeof(float) * static_cast<std::size_t>(samples_)) != 0) return false;
    return true;
  }
  int first_difference(const Audio& other) const {
    for (int i = 0; i < samples_; ++i)
      for (int c = 0; c < channels(); ++c)
        if (std::memcmp(&(*this)[c][i], &other[c][i], sizeof(float)) != 0) return i;
    return -1;
  }

 private:
  void data_copy(const Audio& other) {
    for (int c = 0; c < channels(); ++c) std::copy_n(other[c], samples_, (*this)[c]);
  }
  int samples_;
  std::vector<std::vector<float>> data_;
  std::vector<float*> rows_;
};

// Noise in bursts, loud and quiet stretches, single impulses, full-scale squares, denormals, silence.
inline Audio difficult(int channels, int n, Random& random) {
  Audio audio(channels, n);
  int i = 0;
  while (i < n) {
    const int end = std::min(n, i + 1 + random.below(3000)), kind = random.below(7);
    const double level = std::pow(10.0, -5 * random.unit()) * 4;
    for (; i < end; ++i)
      for (int c = 0; c < channels; ++c) {
        const double noise = 2 * random.unit() - 1;
        const double shapes[7] = {0, noise, level * noise, 1e-41 * noise, i % 977 == 0 ? 4.0 : 0.0,
                                  (i / 37) % 2 ? 1.0 : -1.0, level * std::sin(0.05 * i + c)};
        audio[c][i] = static_cast<float>(shapes[kind]);
      }
  }
  return audio;
}

template <class Settings>
struct Step {  // these settings from this sample on
  int at;
  Settings settings;
};

// Runs a processor over the audio; `split` draws the block lengths, 0 takes whole stretches.
template <class Processor, class Settings, class Run>
void play(Processor& processor, const std::vector<Step<Settings>>& steps, int n, std::uint64_t split, Run&& run) {
  Random random(split);
  mixwright::ScopedFlushDenormals flush;
  NoAllocation guard;
  int at = 0;
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const int end = k + 1 < steps.size() ? steps[k + 1].at : n;
    processor.set(steps[k].settings);
    while (at < end) {
      const int most[5] = {1, 7, 64, 500, 5000};
      const int count = split ? std::min(end - at, random.below(most[random.below(5)] + 1)) : end - at;
      run(at, count);
      at += count;
    }
  }
}

inline void require_finite(const Audio& audio) {
  for (int c = 0; c < audio.channels(); ++c)
    for (int i = 0; i < audio.samples(); ++i)
      if (!std::isfinite(audio[c][i])) fail("gives no number at sample " + std::to_string(i));
}

inline constexpr double kRates[] = {22050, 44100, 48000, 88200, 96000, 192000};

// How a processor takes audio: in place, with or without a key.
struct InPlace {
  template <class Processor>
  static void run(Processor& p, float* const* io, int channels, const float* const*, int, int n) {
    p.process(io, channels, n);
  }
};
struct Keyed {
  template <class Processor>
  static void run(Processor& p, float* const* io, int channels, const float* const* key, int key_channels, int n) {
    p.process(io, channels, key, key_channels, n);
  }
};

template <class Settings>
std::string described(Settings settings) {
  std::string text;
  settings.visit([&](const char* name, double& value) { text += std::string(" ") + name + "=" + std::to_string(value); });
  return text;
}

// The laws every processor keeps: numbers in give numbers out; the same bits for any split into blocks, also while
// settings change; no allocation; reset forgets all; broken samples crash nothing; neutral settings do nothing.
template <class Processor, class Settings, class How = InPlace>
void keeps_the_laws(const char* name, int rounds = 4, int samples = 12000) {
  for (const double rate : kRates) {
    for (int round = 0; round < rounds; ++round) {
      Random random(static_cast<std::uint64_t>(rate) * 1000 + static_cast<std::uint64_t>(round));
      const int channels = 1 + random.below(2), key_channels = random.below(3);
      std::vector<Step<Settings>> steps = {{0, draw_settings<Settings>(name, random)}};
      for (int k = 0; k < round; ++k) {
        const int at = std::min(samples, steps.back().at + random.below(samples / 2));
        steps.push_back({at, draw_settings<Settings>(name, random)});
      }
      here = std::string(name) + " at " + std::to_string(static_cast<int>(rate)) + " Hz, round " + std::to_string(round) +
             (round == 0 ? described(steps[0].settings) : "");
      const Audio input = difficult(channels, samples, random), key = difficult(std::max(1, key_channels), samples, random);
      Processor processor;
      processor.prepare(rate);
      const auto render = [&](std::uint64_t split, Audio& audio) {
        play(processor, steps, samples, split, [&](int at, int count) {
          // Copies of exactly the block, so that reading past a block is seen too; made outside the trap.
          allocation_forbidden = false;
          Audio block(channels, count), key_block(std::max(1, key_channels), count);
          for (int c = 0; c < channels; ++c) std::copy_n(audio[c] + at, count, block[c]);
          for (int c = 0; c < key_channels; ++c) std::copy_n(key[c] + at, count, key_block[c]);
          allocation_forbidden = true;
          How::run(processor, block.rows(), channels, key_channels ? static_cast<const Audio&>(key_block).rows() : nullptr,
                   key_channels, count);
          allocation_forbidden = false;
          for (int c = 0; c < channels; ++c) std::copy_n(block[c], count, audio[c] + at);
          allocation_forbidden = true;
        });
      };
      Audio whole(input), parts(input), again(input);
      render(0, whole);
      require_finite(whole);
      {
        NoAllocation guard;
        processor.reset();
      }
      render(1 + static_cast<std::uint64_t>(round), parts);
      if (!whole.same_bits(parts))
        fail("block sizes change the sound from sample " + std::to_string(whole.first_difference(parts)));
      Audio broken(input);
      for (int k = 0; k < 40; ++k)
        broken[random.below(channels)][random.below(samples)] =
            k % 3 == 0 ? std::numeric_limits<float>::quiet_NaN() : (k % 3 == 1 ? 1.0f : -1.0f) * std::numeric_limits<float>::infinity();
      render(3, broken);
      processor.reset();
      render(0, again);
      if (!whole.same_bits(again))
        fail("reset leaves something behind, heard at sample " + std::to_string(whole.first_difference(again)));
    }
  }
  std::printf("  %s\n", name);
}

template <class Processor, class Settings>
void neutral_defaults_pass(const char* name) {
  here = std::string(name) + " at its defaults";
  that(Processor::neutral(Settings{}), "the defaults are not neutral");
}

}  // namespace check
