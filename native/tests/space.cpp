#include "check.hpp"
#include "mixwright/convolution.hpp"
#include "mixwright/delay_line.hpp"
#include "mixwright/echo.hpp"
#include "mixwright/reverb.hpp"

using namespace mixwright;

namespace {

struct DelayMs {
  double delay_ms = 0;
  template <class V>
  void visit(V&& v) {
    v("delay_ms", delay_ms);
  }
};

template <bool Fractional>
struct Delay : DelayLine {
  void set(const DelayMs& s) { DelayLine::set({s.delay_ms, Fractional ? 1.0 : 0.0}); }
};

void convolution_keeps_the_laws() {
  for (const int length : {1, 7, 128, 129, 1000, 5000, 40000}) {
    for (const int paths : {1, 2, 4}) {
      check::here = "Convolution of " + std::to_string(length) + " samples, " + std::to_string(paths) + " paths";
      check::Random random(static_cast<std::uint64_t>(length * 10 + paths));
      check::Audio impulse(paths, length);
      for (int c = 0; c < paths; ++c)
        for (int i = 0; i < length; ++i) impulse[c][i] = static_cast<float>((2 * random.unit() - 1) * std::exp(-5.0 * i / length));
      const int samples = 20000;
      const check::Audio input = check::difficult(2, samples, random);
      Convolution convolution;
      convolution.prepare(static_cast<const check::Audio&>(impulse).rows(), paths, length);
      const auto render = [&](int longest, check::Audio& audio) {
        ScopedFlushDenormals flush;
        for (int at = 0; at < samples;) {
          const int n = std::min(samples - at, longest ? random.below(longest + 1) : samples);
          check::Audio block(2, n);
          for (int c = 0; c < 2; ++c) std::copy_n(audio[c] + at, n, block[c]);
          {
            check::NoAllocation guard;
            convolution.process(block.rows(), 2, n);
          }
          for (int c = 0; c < 2; ++c) std::copy_n(block[c], n, audio[c] + at);
          at += n;
        }
      };
      check::Audio whole(input), parts(input), small(input);
      render(0, whole);
      check::require_finite(whole);
      convolution.reset();
      render(3000, parts);
      check::that(whole.same_bits(parts), "block sizes change the sound");
      convolution.reset();
      render(40, small);
      check::that(whole.same_bits(small), "small blocks change the sound");
      for (int i = 0; i < samples; i += 997) {  // against the definition
        double sum = 0, magnitude = 1e-9;
        for (int k = 0; k <= std::min(i, length - 1); ++k) {
          // paths: one for both sides; left, right; left to left, right to right, left to right, right to left
          const double direct = static_cast<double>(impulse[0][k]) * input[0][i - k];
          const double crossed = paths == 4 ? static_cast<double>(impulse[3][k]) * input[1][i - k] : 0.0;
          sum += direct + crossed;
          magnitude += std::abs(direct) + std::abs(crossed);
        }
        if (paths != 4) check::that(std::abs(sum - whole[0][i]) < 1e-5 * magnitude + 1e-5, "is not the convolution");
      }
    }
  }
  std::printf("  Convolution\n");
}

}  // namespace

int main() {
  check::keeps_the_laws<Delay<false>, DelayMs>("Strip");
  check::keeps_the_laws<Delay<true>, DelayMs>("Strip");
  check::keeps_the_laws<Echo, EchoSettings>("Echo");
  check::keeps_the_laws<Reverb, ReverbSettings>("Reverb");
  convolution_keeps_the_laws();
}
