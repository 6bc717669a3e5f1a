#include "check.hpp"
#include "mixwright/saturation.hpp"
#include "mixwright/soft_clip.hpp"

using namespace mixwright;

int main() {
  check::neutral_defaults_pass<Saturation, SaturationSettings>("Saturation");
  check::neutral_defaults_pass<SoftClip, SoftClipSettings>("SoftClip");
  check::keeps_the_laws<Saturation, SaturationSettings>("Saturation");
  check::keeps_the_laws<SoftClip, SoftClipSettings>("SoftClip");
}
