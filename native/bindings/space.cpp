#include "binding.hpp"
#include "mixwright/delay_line.hpp"
#include "mixwright/echo.hpp"
#include "mixwright/reverb.hpp"

namespace mixwright::binding {

namespace {

// An effect whose modulation follows the song position and whose end is heard after the input's.
template <class Effect, class Settings>
void bind_return_effect(nb::module_& m, const char* name) {
  bind_processor<Effect, Settings>(m, name)
      .def("seek", &Effect::seek, nb::arg("position"))
      .def_static("tail_s", [](const nb::dict& values, double level_db) { return Effect::tail_s(settings_from<Settings>(values), level_db); },
                  nb::arg("settings"), nb::arg("level_db"));
}

}  // namespace

void bind_space(nb::module_& m) {
  bind_processor<DelayLine, DelayLineSettings>(m, "DelayLine");
  bind_return_effect<Echo, EchoSettings>(m, "Echo");
  bind_return_effect<Reverb, ReverbSettings>(m, "Reverb");
}

}  // namespace mixwright::binding
