// Eight rows of eight floats become columns.
#pragma once

#include "mixwright/simd.hpp"

namespace mixwright {

// Transposes 8 x 8 floats between rows `from_stride` and `to_stride` apart.
#if defined(__GNUC__) || defined(__clang__)
#define MIXWRIGHT_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
MIXWRIGHT_INLINE void transpose(const float* from, int from_stride, float* to, int to_stride) {
  const f32x8 r0 = load<f32x8>(from), r1 = load<f32x8>(from + from_stride);
  const f32x8 r2 = load<f32x8>(from + 2 * from_stride), r3 = load<f32x8>(from + 3 * from_stride);
  const f32x8 r4 = load<f32x8>(from + 4 * from_stride), r5 = load<f32x8>(from + 5 * from_stride);
  const f32x8 r6 = load<f32x8>(from + 6 * from_stride), r7 = load<f32x8>(from + 7 * from_stride);
  const f32x8 t0 = MIXWRIGHT_SHUFFLE(r0, r1, 0, 8, 1, 9, 4, 12, 5, 13), t1 = MIXWRIGHT_SHUFFLE(r0, r1, 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 t2 = MIXWRIGHT_SHUFFLE(r2, r3, 0, 8, 1, 9, 4, 12, 5, 13), t3 = MIXWRIGHT_SHUFFLE(r2, r3, 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 t4 = MIXWRIGHT_SHUFFLE(r4, r5, 0, 8, 1, 9, 4, 12, 5, 13), t5 = MIXWRIGHT_SHUFFLE(r4, r5, 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 t6 = MIXWRIGHT_SHUFFLE(r6, r7, 0, 8, 1, 9, 4, 12, 5, 13), t7 = MIXWRIGHT_SHUFFLE(r6, r7, 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 u0 = MIXWRIGHT_SHUFFLE(t0, t2, 0, 1, 8, 9, 4, 5, 12, 13), u1 = MIXWRIGHT_SHUFFLE(t0, t2, 2, 3, 10, 11, 6, 7, 14, 15);
  const f32x8 u2 = MIXWRIGHT_SHUFFLE(t1, t3, 0, 1, 8, 9, 4, 5, 12, 13), u3 = MIXWRIGHT_SHUFFLE(t1, t3, 2, 3, 10, 11, 6, 7, 14, 15);
  const f32x8 u4 = MIXWRIGHT_SHUFFLE(t4, t6, 0, 1, 8, 9, 4, 5, 12, 13), u5 = MIXWRIGHT_SHUFFLE(t4, t6, 2, 3, 10, 11, 6, 7, 14, 15);
  const f32x8 u6 = MIXWRIGHT_SHUFFLE(t5, t7, 0, 1, 8, 9, 4, 5, 12, 13), u7 = MIXWRIGHT_SHUFFLE(t5, t7, 2, 3, 10, 11, 6, 7, 14, 15);
  store(to, MIXWRIGHT_SHUFFLE(u0, u4, 0, 1, 2, 3, 8, 9, 10, 11));
  store(to + to_stride, MIXWRIGHT_SHUFFLE(u1, u5, 0, 1, 2, 3, 8, 9, 10, 11));
  store(to + 2 * to_stride, MIXWRIGHT_SHUFFLE(u2, u6, 0, 1, 2, 3, 8, 9, 10, 11));
  store(to + 3 * to_stride, MIXWRIGHT_SHUFFLE(u3, u7, 0, 1, 2, 3, 8, 9, 10, 11));
  store(to + 4 * to_stride, MIXWRIGHT_SHUFFLE(u0, u4, 4, 5, 6, 7, 12, 13, 14, 15));
  store(to + 5 * to_stride, MIXWRIGHT_SHUFFLE(u1, u5, 4, 5, 6, 7, 12, 13, 14, 15));
  store(to + 6 * to_stride, MIXWRIGHT_SHUFFLE(u2, u6, 4, 5, 6, 7, 12, 13, 14, 15));
  store(to + 7 * to_stride, MIXWRIGHT_SHUFFLE(u3, u7, 4, 5, 6, 7, 12, 13, 14, 15));
}
#undef MIXWRIGHT_SHUFFLE
#else
inline void transpose(const float* from, int from_stride, float* to, int to_stride) {
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < 8; ++j) to[j * to_stride + i] = from[i * from_stride + j];
}
#endif

}  // namespace mixwright
