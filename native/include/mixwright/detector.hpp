// What dynamics processors share: blocks padded to whole vectors, the linked level of a key, gains applied to audio.
#pragma once

#include <algorithm>

#include "mixwright/envelope.hpp"
#include "mixwright/fastmath.hpp"
#include "mixwright/svf.hpp"

namespace mixwright {

inline constexpr int kDynamicsBlock = 256;
inline constexpr int kDynamicsRoom = kDynamicsBlock + 8;

// Calls body(io, key, count) on pieces of at most kDynamicsBlock frames whose arrays may be read and written up to the next
// multiple of eight; one code path for every length keeps the arithmetic of each sample the same. Without a key, key is io.
template <class Body>
void for_padded_blocks(float* const* io, int channels, const float* const* key, int key_channels, int n, Body&& body) {
  for (int start = 0; start < n; start += kDynamicsBlock) {
    const int count = std::min(kDynamicsBlock, n - start);
    float* audio[2] = {io[0] + start, io[channels - 1] + start};
    const float* side[2] = {audio[0], audio[1]};
    if (key) side[0] = key[0] + start, side[1] = key[key_channels - 1] + start;
    if (count % 8 == 0) {
      body(audio, side, count);
      continue;
    }
    float padded[2][kDynamicsRoom], padded_key[2][kDynamicsRoom];
    float* p[2] = {padded[0], padded[1]};
    const float* k[2] = {padded[0], padded[1]};
    const int end = (count + 7) & ~7;
    for (int c = 0; c < channels; ++c) std::fill(std::copy_n(audio[c], count, padded[c]), padded[c] + end, 0.0f);
    if (key) {
      for (int c = 0; c < key_channels; ++c) std::fill(std::copy_n(side[c], count, padded_key[c]), padded_key[c] + end, 0.0f);
      k[0] = padded_key[0], k[1] = padded_key[1];
    }
    body(p, k, count);
    for (int c = 0; c < channels; ++c) std::copy_n(padded[c], count, audio[c]);
  }
}

// Greatest magnitude of the channels.
MIXWRIGHT_INLINE f32x8 linked_magnitude(const float* const* x, int channels, int i) {
  const f32x8 first = abs(load<f32x8>(x[0] + i));
  return channels == 2 ? max(abs(load<f32x8>(x[1] + i)), first) : first;
}

// The key as a detector hears it: in `scratch` where it is filtered or has to outlast a change of the audio. Rows may be
// read to the next multiple of 8.
inline void hear_key(KeyFilter& filter, const float* const* side, int channels, int n, bool keep,
                     float (*scratch)[kDynamicsRoom], const float** heard) {
  heard[0] = side[0], heard[1] = side[channels - 1];
  if (!filter.active() && !keep) return;
  float* filtered[2] = {scratch[0], scratch[1]};
  if (filter.active()) {
    filter.process(side, filtered, channels, n);
  } else {
    for (int c = 0; c < channels; ++c) std::copy_n(side[c], n, scratch[c]);
  }
  for (int c = 0; c < channels; ++c) std::fill(scratch[c] + n, scratch[c] + ((n + 7) & ~7), 0.0f);
  heard[0] = scratch[0], heard[1] = scratch[channels - 1];
}

// Between the two steps of a dynamics processor: the row that its follower smooths, and what else `finish` needs.
struct DynamicsScratch {
  alignas(32) float wanted[kDynamicsRoom], aside[4][kDynamicsRoom];
};

// Dynamics come in two steps, so that a channel's follower can run beside those of other channels: `begin` says what has
// to be followed, `finish` applies it. Here one processor runs on its own.
template <class Processor>
void run_alone(Processor& p, float* const* io, int channels, const float* const* key, int key_channels, int n) {
  for_padded_blocks(io, channels, key, key_channels, n, [&](float* const* audio, const float* const* side, int count) {
    DynamicsScratch scratch;
    Following following = p.begin(audio, channels, side, key ? key_channels : channels, count, scratch);
    follow(&following, 1);
    p.finish(audio, channels, count, scratch);
  });
}

// Times what `gain` makes of the smoothed row, eight samples at a time; `idle` tells where that would be 1 in all of them.
template <class Gain, class Idle>
MIXWRIGHT_INLINE void apply_gain(float* const* audio, int channels, int n, const float* smoothed, Gain&& gain, Idle&& idle) {
  for (int i = 0; i < n; i += 8) {
    const f32x8 y = load<f32x8>(smoothed + i);
    if (idle(y)) continue;
    const f32x8 g = gain(y);
    const auto as_it_is = g == splat<f32x8>(1.0f);  // multiplying would flush denormals, which idle stretches let pass
    for (int c = 0; c < channels; ++c) {
      const f32x8 x = load<f32x8>(audio[c] + i);
      store(audio[c] + i, select(as_it_is, x, x * g));
    }
  }
}

// A reduction (octaves) below which fast_exp2 gives 1.
inline constexpr float kNothing = 2.9e-8f;

// Greatest of n samples, and of 0; the row goes on with something no greater up to a multiple of eight.
inline double greatest(const float* row, int n) {
  f32x8 most = splat<f32x8>(0.0f);
  for (int i = 0; i < n; i += 8) most = max(most, load<f32x8>(row + i));
  float lanes[8];
  store(lanes, most);
  return *std::max_element(lanes, lanes + 8);
}

}  // namespace mixwright
