#include "binding.hpp"
#include "mixwright/compressor.hpp"
#include "mixwright/dynamic_eq.hpp"
#include "mixwright/gate.hpp"
#include "mixwright/saturation.hpp"
#include "mixwright/soft_clip.hpp"

namespace mixwright::binding {

void bind_dynamics(nb::module_& m) {
  bind_keyed_processor<Compressor, CompressorSettings>(m, "Compressor")
      .def_prop_ro("last_gain_reduction_db", &Compressor::last_gain_reduction_db);
  bind_keyed_processor<DynamicEq, DynamicEqSettings>(m, "DynamicEq").def_prop_ro("last_gain_db", &DynamicEq::last_gain_db);
  bind_keyed_processor<Gate, GateSettings>(m, "Gate")
      .def_prop_ro("last_gain_reduction_db", &Gate::last_gain_reduction_db);
  bind_processor<Saturation, SaturationSettings>(m, "Saturation");
  bind_processor<SoftClip, SoftClipSettings>(m, "SoftClip");
  m.def("compressor_gain_curve", [](const AudioIn& level_db, const nb::dict& values) {
    const auto settings = settings_from<CompressorSettings>(values);
    const std::size_t n = level_db.shape(0) * level_db.shape(1);
    std::vector<float> padded(n + 8);
    std::copy(level_db.data(), level_db.data() + n, padded.begin());
    Compressor::gain_curve(settings, padded.data(), static_cast<int>(n));
    return new_audio(level_db.shape(0), level_db.shape(1), padded.data());
  });
}

}  // namespace mixwright::binding
