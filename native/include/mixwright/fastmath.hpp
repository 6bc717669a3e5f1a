// log2 and exp2 on eight float lanes, and the dB scales built on them.
#pragma once

#include "mixwright/simd.hpp"

namespace mixwright {

// log2 of x > 0; error below 3e-6 over all normal floats (0.00002 dB). Zero and what is no number give about -126.
MIXWRIGHT_INLINE f32x8 fast_log2(f32x8 x) {
  // x = 2^e (1 + t) with 1 + t in [sqrt(1/2), sqrt(2)); log2(1 + t) / t is a minimax polynomial.
  x = max(x, splat<f32x8>(1.17549435e-38f));
  const i32x8 exponent = (bits(x) - splat<i32x8>(0x3f3504f3)) & splat<i32x8>(~0x7fffff);  // e 2^23
  const f32x8 t = from_bits(bits(x) - exponent) - 1.0f;
  const f32x8 p = ((((t * -0.206589818f + 0.322154313f) * t - 0.367490262f) * t + 0.479348063f) * t - 0.721131861f) * t + 1.4427135f;
  return p * t + to_float(exponent) * 1.1920929e-7f;
}

// 2^x for -126 <= x <= 126; relative error below 3e-7, none at 0.
MIXWRIGHT_INLINE f32x8 fast_exp2(f32x8 x) {
  const f32x8 magic = splat<f32x8>(12582912.0f + 127);  // 1.5 * 2^23: adding it rounds to nearest; 127: the bias of exponents
  const f32x8 rounded = x + magic;
  const f32x8 f = x - (rounded - magic);
  const f32x8 p = ((((f * 1.32647273e-3f + 9.67151299e-3f) * f + 5.55073358e-2f) * f + 2.40222424e-1f) * f + 6.93147004e-1f) * f + 1.0f;
  return p * from_bits(bits(rounded) << 23);
}

inline constexpr float kDbPerLog2 = 6.02059991f;
inline constexpr float kLog2PerDb = 0.166096405f;

MIXWRIGHT_INLINE f32x8 db_from_amplitude(f32x8 x) { return fast_log2(x) * kDbPerLog2; }
MIXWRIGHT_INLINE f32x8 amplitude_from_db(f32x8 db) {  // within what a float can hold
  return fast_exp2(min(max(db * kLog2PerDb, splat<f32x8>(-126.0f)), splat<f32x8>(126.0f)));
}

}  // namespace mixwright
