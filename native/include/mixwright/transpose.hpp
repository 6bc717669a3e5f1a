// Eight rows of eight floats become columns.
#pragma once

#include "mixwright/simd.hpp"

namespace mixwright {

#if defined(__GNUC__) || defined(__clang__)
#define MIXWRIGHT_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
MIXWRIGHT_INLINE void transpose(f32x8* r) {
  const f32x8 t0 = MIXWRIGHT_SHUFFLE(r[0], r[1], 0, 8, 1, 9, 4, 12, 5, 13), t1 = MIXWRIGHT_SHUFFLE(r[0], r[1], 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 t2 = MIXWRIGHT_SHUFFLE(r[2], r[3], 0, 8, 1, 9, 4, 12, 5, 13), t3 = MIXWRIGHT_SHUFFLE(r[2], r[3], 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 t4 = MIXWRIGHT_SHUFFLE(r[4], r[5], 0, 8, 1, 9, 4, 12, 5, 13), t5 = MIXWRIGHT_SHUFFLE(r[4], r[5], 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 t6 = MIXWRIGHT_SHUFFLE(r[6], r[7], 0, 8, 1, 9, 4, 12, 5, 13), t7 = MIXWRIGHT_SHUFFLE(r[6], r[7], 2, 10, 3, 11, 6, 14, 7, 15);
  const f32x8 u0 = MIXWRIGHT_SHUFFLE(t0, t2, 0, 1, 8, 9, 4, 5, 12, 13), u1 = MIXWRIGHT_SHUFFLE(t0, t2, 2, 3, 10, 11, 6, 7, 14, 15);
  const f32x8 u2 = MIXWRIGHT_SHUFFLE(t1, t3, 0, 1, 8, 9, 4, 5, 12, 13), u3 = MIXWRIGHT_SHUFFLE(t1, t3, 2, 3, 10, 11, 6, 7, 14, 15);
  const f32x8 u4 = MIXWRIGHT_SHUFFLE(t4, t6, 0, 1, 8, 9, 4, 5, 12, 13), u5 = MIXWRIGHT_SHUFFLE(t4, t6, 2, 3, 10, 11, 6, 7, 14, 15);
  const f32x8 u6 = MIXWRIGHT_SHUFFLE(t5, t7, 0, 1, 8, 9, 4, 5, 12, 13), u7 = MIXWRIGHT_SHUFFLE(t5, t7, 2, 3, 10, 11, 6, 7, 14, 15);
  r[0] = MIXWRIGHT_SHUFFLE(u0, u4, 0, 1, 2, 3, 8, 9, 10, 11);
  r[1] = MIXWRIGHT_SHUFFLE(u1, u5, 0, 1, 2, 3, 8, 9, 10, 11);
  r[2] = MIXWRIGHT_SHUFFLE(u2, u6, 0, 1, 2, 3, 8, 9, 10, 11);
  r[3] = MIXWRIGHT_SHUFFLE(u3, u7, 0, 1, 2, 3, 8, 9, 10, 11);
  r[4] = MIXWRIGHT_SHUFFLE(u0, u4, 4, 5, 6, 7, 12, 13, 14, 15);
  r[5] = MIXWRIGHT_SHUFFLE(u1, u5, 4, 5, 6, 7, 12, 13, 14, 15);
  r[6] = MIXWRIGHT_SHUFFLE(u2, u6, 4, 5, 6, 7, 12, 13, 14, 15);
  r[7] = MIXWRIGHT_SHUFFLE(u3, u7, 4, 5, 6, 7, 12, 13, 14, 15);
}
#undef MIXWRIGHT_SHUFFLE
#else
inline void transpose(f32x8* r) {
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < i; ++j) {
      const float x = r[i][j];
      r[i][j] = r[j][i];
      r[j][i] = x;
    }
}
#endif

}  // namespace mixwright
