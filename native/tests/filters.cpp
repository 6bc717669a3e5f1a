#include "check.hpp"
#include "mixwright/equalizer.hpp"
#include "mixwright/stereo.hpp"

using namespace mixwright;

int main() {
  check::neutral_defaults_pass<Equalizer, EqualizerSettings>("Equalizer");
  check::keeps_the_laws<Equalizer, EqualizerSettings>("Equalizer");
}
