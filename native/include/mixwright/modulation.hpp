// What moving delay lines share: a slow oscillator, six-point interpolation, counting lanes.
#pragma once

#include <cmath>

#include "mixwright/simd.hpp"

namespace mixwright {

// start, start + 1, ... start + 7
MIXWRIGHT_INLINE f32x8 ramp(float start) {
  return f32x8{0, 1, 2, 3, 4, 5, 6, 7} + start;
}

// A sine of x turns within 0.1 %, from parabolas: smooth enough for a modulation, and the same on every machine.
inline double sine_of_turns(double x) {
  x -= std::floor(x + 0.5);
  const double y = x * (8 - 16 * std::abs(x));
  return y * (0.775 + 0.225 * std::abs(y));
}

// Six-point Lagrange weights for the nodes -2..3 (Laakso et al., IEEE SPM 13(1), 1996, eq. 42).
MIXWRIGHT_INLINE void lagrange_weights(f32x8 f, f32x8* w) {
  const f32x8 a = f + 2.0f, b = f + 1.0f, c = f, d = f - 1.0f, e = f - 2.0f, g = f - 3.0f;
  const f32x8 ab = a * b, cd = c * d, eg = e * g, abc = ab * c, deg = d * eg;
  w[0] = b * cd * eg * (-1.0f / 120);
  w[1] = a * cd * eg * (1.0f / 24);
  w[2] = ab * deg * (-1.0f / 12);
  w[3] = abc * eg * (1.0f / 12);
  w[4] = abc * d * g * (-1.0f / 24);
  w[5] = abc * d * e * (1.0f / 120);
}

}  // namespace mixwright
