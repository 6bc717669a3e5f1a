#include "check.hpp"
#include "mixwright/equalizer.hpp"
#include "mixwright/stereo.hpp"

using namespace mixwright;

namespace {

struct MonoBelow {
  double mono_below_hz = 0;
  template <class V>
  void visit(V&& v) {
    v("mono_below_hz", mono_below_hz);
  }
};

// The mono low end of the master, in the shape of the other processors; it is stereo alone.
struct LowEnd {
  LowEndMono processor;
  void prepare(double rate) { processor.prepare(rate); }
  void reset() { processor.reset(); }
  void set(const MonoBelow& s) { processor.set(s.mono_below_hz); }
  void process(float* const* io, int channels, int n) {
    if (channels == 2) processor.process(io[0], io[1], n);
  }
};

void pan_keeps_power() {
  check::here = "pan";
  for (int i = -100; i <= 100; ++i) {
    const StereoGain g = pan_mono(i / 100.0);
    check::that(std::abs(g.left * g.left + g.right * g.right - 1) < 1e-12, "power changes");
    const StereoGain mirrored = pan_mono(-i / 100.0);
    check::that(std::abs(g.left - mirrored.right) < 1e-12, "left and right are not alike");
  }
}

}  // namespace

int main() {
  pan_keeps_power();
  check::neutral_defaults_pass<Equalizer, EqualizerSettings>("Equalizer");
  check::keeps_the_laws<Equalizer, EqualizerSettings>("Equalizer");
  check::keeps_the_laws<LowEnd, MonoBelow>("Master");
}
