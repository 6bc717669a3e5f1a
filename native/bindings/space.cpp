#include "binding.hpp"
#include "mixwright/delay_line.hpp"
#include "mixwright/reverb.hpp"

namespace mixwright::binding {

void bind_space(nb::module_& m) {
  bind_processor<DelayLine, DelayLineSettings>(m, "DelayLine");
  bind_processor<Reverb, ReverbSettings>(m, "Reverb")
      .def("seek", &Reverb::seek, nb::arg("position"))
      .def_static("tail_s", [](const nb::dict& values, double level_db) { return Reverb::tail_s(settings_from<ReverbSettings>(values), level_db); },
                  nb::arg("settings"), nb::arg("level_db"));
}

}  // namespace mixwright::binding
