#include "check.hpp"
#include "mixwright/compressor.hpp"
#include "mixwright/dynamic_eq.hpp"
#include "mixwright/gate.hpp"

using namespace mixwright;

int main() {
  check::neutral_defaults_pass<Compressor, CompressorSettings>("Compressor");
  check::neutral_defaults_pass<Gate, GateSettings>("Gate");
  check::neutral_defaults_pass<DynamicEq, DynamicEqSettings>("DynamicEq");
  check::keeps_the_laws<Compressor, CompressorSettings, check::Keyed>("Compressor");
  check::keeps_the_laws<Gate, GateSettings, check::Keyed>("Gate");
  check::keeps_the_laws<DynamicEq, DynamicEqSettings, check::Keyed>("DynamicEq");
}
