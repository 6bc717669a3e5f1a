// Vector types of the core. GCC and Clang lower them to the target's registers; elsewhere plain arrays do the same work.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__SSE2__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace mixwright {

#if defined(__GNUC__) || defined(__clang__)
using f32x8 = float __attribute__((vector_size(32)));
using i32x8 = std::int32_t __attribute__((vector_size(32)));
using f64x4 = double __attribute__((vector_size(32)));
using i64x4 = std::int64_t __attribute__((vector_size(32)));
using f32x4 = float __attribute__((vector_size(16)));
using i32x4 = std::int32_t __attribute__((vector_size(16)));
using f64x2 = double __attribute__((vector_size(16)));
#define MIXWRIGHT_INLINE inline __attribute__((always_inline))
#define MIXWRIGHT_INLINE_LAMBDA __attribute__((always_inline))

template <class V, class M>
MIXWRIGHT_INLINE V select(M mask, V yes, V no) {
  return mask ? yes : no;
}
MIXWRIGHT_INLINE i32x8 bits(f32x8 x) { return (i32x8)x; }
MIXWRIGHT_INLINE f32x8 from_bits(i32x8 x) { return (f32x8)x; }
MIXWRIGHT_INLINE f32x8 to_float(i32x8 x) { return __builtin_convertvector(x, f32x8); }
MIXWRIGHT_INLINE i32x8 to_int(f32x8 x) { return __builtin_convertvector(x, i32x8); }  // toward zero
#if defined(__AVX__)
MIXWRIGHT_INLINE f64x4 to_double(f32x4 x) { return (f64x4)_mm256_cvtps_pd((__m128)x); }  // gcc 12 makes five of it
#else
MIXWRIGHT_INLINE f64x4 to_double(f32x4 x) { return __builtin_convertvector(x, f64x4); }
#endif
MIXWRIGHT_INLINE f32x4 to_float(f64x4 x) { return __builtin_convertvector(x, f32x4); }

// Four doubles for shuffled recurrences. GCC lowers shuffles of 32-byte vectors badly where registers hold 16 bytes,
// so there the halves are kept apart.
#if defined(__AVX__)
using quad = f64x4;
MIXWRIGHT_INLINE quad join(f64x2 low, f64x2 high) { return __builtin_shufflevector(low, high, 0, 1, 2, 3); }
MIXWRIGHT_INLINE f64x2 lower(quad x) { return __builtin_shufflevector(x, x, 0, 1); }
MIXWRIGHT_INLINE f64x2 upper(quad x) { return __builtin_shufflevector(x, x, 2, 3); }
template <int Count>  // the last Count lanes of `a`, then the first of `b`
MIXWRIGHT_INLINE quad join_shifted(quad a, quad b) {
  if constexpr (Count == 2) return __builtin_shufflevector(a, b, 2, 3, 4, 5);
  return __builtin_shufflevector(a, b, 3, 4, 5, 6);
}
#else
struct quad {
  f64x2 low, high;
};
MIXWRIGHT_INLINE quad operator+(quad a, quad b) { return {a.low + b.low, a.high + b.high}; }
MIXWRIGHT_INLINE quad operator-(quad a, quad b) { return {a.low - b.low, a.high - b.high}; }
MIXWRIGHT_INLINE quad operator*(quad a, quad b) { return {a.low * b.low, a.high * b.high}; }
MIXWRIGHT_INLINE quad join(f64x2 low, f64x2 high) { return {low, high}; }
MIXWRIGHT_INLINE f64x2 lower(quad x) { return x.low; }
MIXWRIGHT_INLINE f64x2 upper(quad x) { return x.high; }
template <int Count>
MIXWRIGHT_INLINE quad join_shifted(quad a, quad b) {
  if constexpr (Count == 2) return {a.high, b.low};
  return {__builtin_shufflevector(a.high, b.low, 1, 2), __builtin_shufflevector(b.low, b.high, 1, 2)};
}
#endif

// Lanes of a and b by index: those of b count on from those of a.
template <int... index, class V>
MIXWRIGHT_INLINE V shuffle(V a, V b) {
  return __builtin_shufflevector(a, b, index...);
}
#else
#define MIXWRIGHT_INLINE inline
#define MIXWRIGHT_INLINE_LAMBDA
template <class T, int N>
struct Lanes {
  T v[N];
  T& operator[](int i) { return v[i]; }
  const T& operator[](int i) const { return v[i]; }
#define MIXWRIGHT_OP(op)                                                                        \
  friend Lanes operator op(Lanes a, Lanes b) {                                                  \
    for (int i = 0; i < N; ++i) a.v[i] = static_cast<T>(a.v[i] op b.v[i]);                      \
    return a;                                                                                   \
  }                                                                                             \
  friend Lanes operator op(Lanes a, T b) {                                                      \
    for (int i = 0; i < N; ++i) a.v[i] = static_cast<T>(a.v[i] op b);                           \
    return a;                                                                                   \
  }                                                                                             \
  friend Lanes operator op(T a, Lanes b) {                                                      \
    for (int i = 0; i < N; ++i) b.v[i] = static_cast<T>(a op b.v[i]);                           \
    return b;                                                                                   \
  }                                                                                             \
  Lanes& operator op##=(Lanes b) { return *this = *this op b; }
  MIXWRIGHT_OP(+) MIXWRIGHT_OP(-) MIXWRIGHT_OP(*) MIXWRIGHT_OP(/)
#undef MIXWRIGHT_OP
};
template <class T, int N>
struct LaneMask {
  bool v[N];
};
#define MIXWRIGHT_COMPARE(op)                                             \
  template <class T, int N>                                               \
  LaneMask<T, N> operator op(Lanes<T, N> a, Lanes<T, N> b) {              \
    LaneMask<T, N> m{};                                                   \
    for (int i = 0; i < N; ++i) m.v[i] = a.v[i] op b.v[i];                \
    return m;                                                             \
  }
MIXWRIGHT_COMPARE(<) MIXWRIGHT_COMPARE(>) MIXWRIGHT_COMPARE(<=) MIXWRIGHT_COMPARE(>=) MIXWRIGHT_COMPARE(==)
#undef MIXWRIGHT_COMPARE
using f32x8 = Lanes<float, 8>;
using i32x8 = Lanes<std::int32_t, 8>;
using f64x4 = Lanes<double, 4>;
using i64x4 = Lanes<std::int64_t, 4>;
using f32x4 = Lanes<float, 4>;
using i32x4 = Lanes<std::int32_t, 4>;
using f64x2 = Lanes<double, 2>;
template <class T, int N>
Lanes<T, N> select(LaneMask<T, N> m, Lanes<T, N> yes, Lanes<T, N> no) {
  for (int i = 0; i < N; ++i) no.v[i] = m.v[i] ? yes.v[i] : no.v[i];
  return no;
}
template <int... index, class T, int N>
Lanes<T, N> shuffle(Lanes<T, N> a, Lanes<T, N> b) {
  const int from[N] = {index...};
  Lanes<T, N> y{};
  for (int i = 0; i < N; ++i) y.v[i] = from[i] < N ? a.v[from[i]] : b.v[from[i] - N];
  return y;
}
template <int N>
Lanes<std::int32_t, N> operator&(Lanes<std::int32_t, N> a, Lanes<std::int32_t, N> b) {
  for (int i = 0; i < N; ++i) a.v[i] &= b.v[i];
  return a;
}
template <int N>
Lanes<std::int32_t, N> operator<<(Lanes<std::int32_t, N> a, int by) {
  for (auto& lane : a.v) lane = static_cast<std::int32_t>(static_cast<std::uint32_t>(lane) << by);
  return a;
}
template <int N>
Lanes<std::int32_t, N> operator>>(Lanes<std::int32_t, N> a, int by) {
  for (auto& lane : a.v) lane >>= by;
  return a;
}
template <class To, class From>
To convert_lanes(From x) {
  To y{};
  for (unsigned i = 0; i < sizeof(x.v) / sizeof(x.v[0]); ++i) y.v[i] = static_cast<decltype(y.v[0] + 0)>(x.v[i]);
  return y;
}
inline i32x8 bits(f32x8 x) { i32x8 y; std::memcpy(&y, &x, sizeof y); return y; }
inline f32x8 from_bits(i32x8 x) { f32x8 y; std::memcpy(&y, &x, sizeof y); return y; }
inline f32x8 to_float(i32x8 x) { return convert_lanes<f32x8>(x); }
inline i32x8 to_int(f32x8 x) { return convert_lanes<i32x8>(x); }
inline f64x4 to_double(f32x4 x) { return convert_lanes<f64x4>(x); }
inline f32x4 to_float(f64x4 x) { return convert_lanes<f32x4>(x); }
using quad = f64x4;
inline quad join(f64x2 low, f64x2 high) { return {low[0], low[1], high[0], high[1]}; }
inline f64x2 lower(quad x) { return {x[0], x[1]}; }
inline f64x2 upper(quad x) { return {x[2], x[3]}; }
template <int Count>
inline quad join_shifted(quad a, quad b) {
  quad y{};
  for (int i = 0; i < 4; ++i) y[i] = i < Count ? a[4 - Count + i] : b[i - Count];
  return y;
}
#endif

template <class V, class T>
MIXWRIGHT_INLINE V load(const T* p) {  // any alignment
  V v;
  std::memcpy(&v, p, sizeof(V));
  return v;
}
template <class V, class T>
MIXWRIGHT_INLINE void store(T* p, V v) {
  std::memcpy(p, &v, sizeof(V));
}
template <class V, class T>
MIXWRIGHT_INLINE V splat(T x) {  // in one expression: gcc makes a broadcast of it, and a chain of inserts of a loop
  constexpr auto lanes = sizeof(V) / sizeof(T);
  static_assert(lanes == 2 || lanes == 4 || lanes == 8);
  if constexpr (lanes == 8) return V{x, x, x, x, x, x, x, x};
  if constexpr (lanes == 4) return V{x, x, x, x};
  if constexpr (lanes == 2) return V{x, x};
}
// a > b ? a : b per lane; b where one of them is no number.
template <class V>
MIXWRIGHT_INLINE V max(V a, V b) {
  return select(a > b, a, b);
}
template <class V>
MIXWRIGHT_INLINE V min(V a, V b) {
  return select(a < b, a, b);
}
#if defined(__AVX__)  // gcc finds one instruction for a plain select only by chance
template <>
MIXWRIGHT_INLINE f32x8 max(f32x8 a, f32x8 b) { return (f32x8)_mm256_max_ps((__m256)a, (__m256)b); }
template <>
MIXWRIGHT_INLINE f32x8 min(f32x8 a, f32x8 b) { return (f32x8)_mm256_min_ps((__m256)a, (__m256)b); }
template <>
MIXWRIGHT_INLINE f64x4 max(f64x4 a, f64x4 b) { return (f64x4)_mm256_max_pd((__m256d)a, (__m256d)b); }
template <>
MIXWRIGHT_INLINE f64x4 min(f64x4 a, f64x4 b) { return (f64x4)_mm256_min_pd((__m256d)a, (__m256d)b); }
#elif defined(__SSE2__)
namespace halves {
template <class V, class H, class F>
MIXWRIGHT_INLINE V both(V a, V b, F f) {
  H a2[2], b2[2];
  std::memcpy(a2, &a, sizeof a);
  std::memcpy(b2, &b, sizeof b);
  a2[0] = f(a2[0], b2[0]), a2[1] = f(a2[1], b2[1]);
  std::memcpy(&a, a2, sizeof a);
  return a;
}
}  // namespace halves
template <>
MIXWRIGHT_INLINE f32x8 max(f32x8 a, f32x8 b) {
  return halves::both<f32x8, __m128>(a, b, [](__m128 x, __m128 y) { return _mm_max_ps(x, y); });
}
template <>
MIXWRIGHT_INLINE f32x8 min(f32x8 a, f32x8 b) {
  return halves::both<f32x8, __m128>(a, b, [](__m128 x, __m128 y) { return _mm_min_ps(x, y); });
}
template <>
MIXWRIGHT_INLINE f64x4 max(f64x4 a, f64x4 b) {
  return halves::both<f64x4, __m128d>(a, b, [](__m128d x, __m128d y) { return _mm_max_pd(x, y); });
}
template <>
MIXWRIGHT_INLINE f64x4 min(f64x4 a, f64x4 b) {
  return halves::both<f64x4, __m128d>(a, b, [](__m128d x, __m128d y) { return _mm_min_pd(x, y); });
}
#endif
#if defined(__GNUC__) || defined(__clang__)
MIXWRIGHT_INLINE f32x8 abs(f32x8 x) { return from_bits(bits(x) & 0x7fffffff); }
#else
MIXWRIGHT_INLINE f32x8 abs(f32x8 x) { return max(x, splat<f32x8>(0.0f) - x); }
#endif

// One bit per lane of a comparison, the first lane lowest.
#if defined(__AVX__)
MIXWRIGHT_INLINE unsigned lanes_set(i32x8 mask) { return static_cast<unsigned>(_mm256_movemask_ps((__m256)mask)); }
#elif defined(__SSE2__) && (defined(__GNUC__) || defined(__clang__))
MIXWRIGHT_INLINE unsigned lanes_set(i32x8 mask) {
  __m128 half[2];
  std::memcpy(half, &mask, sizeof mask);
  return static_cast<unsigned>(_mm_movemask_ps(half[0]) | _mm_movemask_ps(half[1]) << 4);
}
#else
template <class M>
unsigned lanes_set(M mask) {
  unsigned set = 0;
#if defined(__GNUC__) || defined(__clang__)
  for (int i = 0; i < 8; ++i) set |= static_cast<unsigned>(mask[i] != 0) << i;
#else
  for (int i = 0; i < 8; ++i) set |= static_cast<unsigned>(mask.v[i]) << i;
#endif
  return set;
}
#endif

#if defined(__GNUC__) || defined(__clang__)
MIXWRIGHT_INLINE f32x8 join(f32x4 low, f32x4 high) { return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7); }
#else
inline f32x8 join(f32x4 low, f32x4 high) { return {low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]}; }
#endif

// Lanes of a quad turned upwards by Count, those that fall off come in below; all lanes equal to the last; and conversions.
#if (defined(__GNUC__) || defined(__clang__)) && !defined(__AVX__)
template <int Count>
MIXWRIGHT_INLINE quad turned_up(quad a) {
  if constexpr (Count == 2) return {a.high, a.low};
  return {__builtin_shufflevector(a.high, a.low, 1, 2), __builtin_shufflevector(a.low, a.high, 1, 2)};
}
MIXWRIGHT_INLINE quad last_lane(quad a) {
  const f64x2 h = __builtin_shufflevector(a.high, a.high, 1, 1);
  return {h, h};
}
MIXWRIGHT_INLINE quad max(quad a, quad b) { return {a.low > b.low ? a.low : b.low, a.high > b.high ? a.high : b.high}; }
MIXWRIGHT_INLINE quad quad_of(double x) { return {f64x2{x, x}, f64x2{x, x}}; }
#if defined(__SSE2__)
MIXWRIGHT_INLINE quad widen(f32x4 x) { return {(f64x2)_mm_cvtps_pd((__m128)x), (f64x2)_mm_cvtps_pd(_mm_movehl_ps((__m128)x, (__m128)x))}; }
MIXWRIGHT_INLINE f32x4 narrow(quad x) {
  return (f32x4)_mm_movelh_ps(_mm_cvtpd_ps((__m128d)x.low), _mm_cvtpd_ps((__m128d)x.high));
}
#else
MIXWRIGHT_INLINE quad widen(f32x4 x) { return {f64x2{x[0], x[1]}, f64x2{x[2], x[3]}}; }
MIXWRIGHT_INLINE f32x4 narrow(quad x) {
  return f32x4{float(x.low[0]), float(x.low[1]), float(x.high[0]), float(x.high[1])};
}
#endif
#else
template <int Count>
MIXWRIGHT_INLINE quad turned_up(quad a) {
  if constexpr (Count == 2) return shuffle<2, 3, 0, 1>(a, a);
  return shuffle<3, 0, 1, 2>(a, a);
}
MIXWRIGHT_INLINE quad last_lane(quad a) { return shuffle<3, 3, 3, 3>(a, a); }
MIXWRIGHT_INLINE quad quad_of(double x) { return splat<quad>(x); }
MIXWRIGHT_INLINE quad widen(f32x4 x) { return to_double(x); }
MIXWRIGHT_INLINE f32x4 narrow(quad x) { return to_float(x); }
#endif

// a * b + c, rounded once where the build has an instruction for it: never left to the compiler's choice of two products.
MIXWRIGHT_INLINE quad fused(quad a, quad b, quad c) {
#if defined(__FMA__)
  return (quad)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
  return a * b + c;
#endif
}

// `yes` in the lanes where low <= x < high, else `no`.
MIXWRIGHT_INLINE quad where_between(quad x, double low, double high, quad yes, quad no) {
#if (defined(__GNUC__) || defined(__clang__)) && !defined(__AVX__)
  const auto half = [&](f64x2 at, f64x2 a, f64x2 b) MIXWRIGHT_INLINE_LAMBDA { return at >= low ? (at < high ? a : b) : b; };
  return {half(x.low, yes.low, no.low), half(x.high, yes.high, no.high)};
#else
  return select(x >= quad_of(low), select(x < quad_of(high), yes, no), no);
#endif
}

// Values in memory count as changed here: what a loop reads again and again then stays an operand in memory, and the
// registers are left to what the loop carries on.
#if defined(__GNUC__) || defined(__clang__)
#define MIXWRIGHT_READ_AGAIN() asm volatile("" ::: "memory")
#else
#define MIXWRIGHT_READ_AGAIN() ((void)0)
#endif

#if defined(__GNUC__) && !defined(__clang__)
#define MIXWRIGHT_UNROLL _Pragma("GCC unroll 32")
#else
#define MIXWRIGHT_UNROLL
#endif

// Asks for memory that is needed soon.
inline void prefetch(const float* from, int n) {
#if defined(__GNUC__) || defined(__clang__)
  for (int i = 0; i < n; i += 16) __builtin_prefetch(from + i);
#else
  (void)from, (void)n;
#endif
}

// Flushes denormals to zero while in scope: decaying filters otherwise slow down a hundredfold.
class ScopedFlushDenormals {
 public:
#if defined(__SSE2__) || defined(_M_X64)
  ScopedFlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040u); }
  ~ScopedFlushDenormals() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#elif defined(__aarch64__)
  ScopedFlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" ::"r"(saved_ | (1ull << 24)));
  }
  ~ScopedFlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(saved_)); }

 private:
  std::uint64_t saved_;
#else
  ScopedFlushDenormals() {}
  ~ScopedFlushDenormals() {}
#endif
  ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
  ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;
};

}  // namespace mixwright
