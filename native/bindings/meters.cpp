#include "mixwright/loudness.hpp"
#include "mixwright/true_peak.hpp"

#include <nanobind/stl/vector.h>

#include "binding.hpp"

namespace mixwright::binding {

namespace {

using Curve = nb::ndarray<nb::numpy, double, nb::ndim<1>>;

Curve lufs_curve(const std::vector<double>& powers) {
  auto* data = new double[std::max<std::size_t>(1, powers.size())];
  std::transform(powers.begin(), powers.end(), data, lufs_from_power);
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<double*>(p); });
  return Curve(data, {powers.size()}, owner);
}

template <class Meter>
void add_audio(Meter& meter, const AudioIn& in) {
  if (static_cast<int>(in.shape(0)) != meter.channels()) throw nb::value_error("the meter was made for another number of channels");
  const auto in_rows = rows(in);
  nb::gil_scoped_release release;
  ScopedFlushDenormals flush;
  meter.add(in_rows.data(), static_cast<std::int64_t>(in.shape(1)));
}

void bind_loudness(nb::module_& m) {
  m.def("k_weighting", [](double sample_rate) {
    KStage s, h;
    k_weighting(sample_rate, s, h);
    return std::vector<std::vector<double>>{{s.b0, s.b1, s.b2, 1.0, s.a1, s.a2}, {h.b0, h.b1, h.b2, 1.0, h.a1, h.a2}};
  });
  nb::class_<LoudnessMeter>(m, "LoudnessMeter")
      .def("__init__", [](LoudnessMeter* self, double rate, const std::vector<double>& weights) {
        new (self) LoudnessMeter();
        self->prepare(rate, weights);
      }, nb::arg("sample_rate"), nb::arg("channel_weights"))
      .def("add", &add_audio<LoudnessMeter>)
      .def("reset", &LoudnessMeter::reset)
      .def_prop_ro("samples", &LoudnessMeter::position)
      .def_prop_ro("integrated", &LoudnessMeter::integrated)
      .def_prop_ro("gate", &LoudnessMeter::gate)
      .def_prop_ro("range", &LoudnessMeter::range)
      .def_prop_ro("momentary", &LoudnessMeter::momentary)
      .def_prop_ro("short_term", &LoudnessMeter::short_term)
      .def_prop_ro("momentary_max", &LoudnessMeter::momentary_max)
      .def_prop_ro("short_term_max", &LoudnessMeter::short_term_max)
      .def_prop_ro("momentary_curve", [](const LoudnessMeter& self) { return lufs_curve(self.momentary_curve()); },
                   nb::rv_policy::automatic)
      .def_prop_ro("short_term_curve", [](const LoudnessMeter& self) { return lufs_curve(self.short_term_curve()); },
                   nb::rv_policy::automatic);
}

template <class Interpolator>
void bind_true_peak(nb::module_& m, const char* name, const Interpolator& (*interpolator)()) {
  using Meter = TruePeakMeter<Interpolator>;
  const auto each_channel = [](const Meter& self, float (Meter::*reading)(int) const) {
    std::vector<float> peaks;
    for (int c = 0; c < self.channels(); ++c) peaks.push_back((self.*reading)(c));
    return peaks;
  };
  nb::class_<Meter>(m, name)
      .def("__init__", [interpolator](Meter* self, int channels) {
        new (self) Meter(interpolator());
        self->prepare(channels);
      }, nb::arg("channels"))
      .def("add", &add_audio<Meter>)
      .def("reset", &Meter::reset)
      .def_prop_ro("peaks", [each_channel](const Meter& self) { return each_channel(self, &Meter::peak); })
      .def_prop_ro("sample_peaks", [each_channel](const Meter& self) { return each_channel(self, &Meter::sample_peak); });
}

}  // namespace

void bind_meters(nb::module_& m) {
  bind_loudness(m);
  bind_true_peak(m, "TruePeakMeter", &reference_interpolator);
  bind_true_peak(m, "TruePeakMeterBs1770", &bs1770_interpolator);
}

}  // namespace mixwright::binding
