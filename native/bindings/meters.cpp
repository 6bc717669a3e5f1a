#include "mixwright/band_spectra.hpp"
#include "mixwright/decimation.hpp"
#include "mixwright/loudness.hpp"
#include "mixwright/octaves.hpp"
#include "mixwright/true_peak.hpp"
#include "mixwright/waveform.hpp"

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

using Powers = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

struct SpectraMeter : BandSpectra {
  std::vector<double> each, cross;
  std::vector<float> power;
  int channels = 0;
};

// Rows may be parts of longer ones.
using Stretch = nb::ndarray<const float, nb::ndim<2>, nb::device::cpu>;

Powers taken_from(SpectraMeter& self) {
  const auto bands = static_cast<std::size_t>(self.bands());
  const std::size_t pieces = self.power.size() / bands;
  auto* data = new float[std::max<std::size_t>(1, self.power.size())];
  std::copy(self.power.begin(), self.power.end(), data);
  self.power.clear();
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return Powers(data, {pieces, bands}, owner);
}

Powers add_pieces(SpectraMeter& self, const Stretch& in) {
  if (static_cast<int>(in.shape(0)) != self.channels) throw nb::value_error("the meter was made for another number of channels");
  if (in.stride(1) != 1 && in.shape(1) > 1) throw nb::value_error("the rows of the audio must be packed");
  const float* from[2] = {in.data(), in.data() + (in.shape(0) - 1) * static_cast<std::size_t>(in.stride(0))};
  {
    nb::gil_scoped_release release;
    ScopedFlushDenormals flush;
    self.add(from, self.channels, static_cast<std::int64_t>(in.shape(1)), self.power, self.each.data(), self.cross.data());
  }
  return taken_from(self);
}

void bind_spectra(nb::module_& m) {
  nb::class_<SpectraMeter>(m, "BandSpectra")
      .def("__init__", [](SpectraMeter* self, int length, const std::vector<int>& edges, int channels) {
        if (length < 512 || (length & (length - 1))) throw nb::value_error("length must be a power of two from 512 on");
        if (channels < 1 || channels > 2) throw nb::value_error("one or two channels can be measured");
        if (edges.size() < 2 || edges.front() < 0 || edges.back() > length / 2 + 1 || !std::is_sorted(edges.begin(), edges.end()))
          throw nb::value_error("edges must rise from 0 to length / 2 + 1 at most");
        new (self) SpectraMeter();
        self->prepare(length, edges);
        self->channels = channels;
        self->each.assign(static_cast<std::size_t>(channels) * (edges.size() - 1), 0.0);
        self->cross.assign(edges.size() - 1, 0.0);
      }, nb::arg("length"), nb::arg("edges"), nb::arg("channels"))
      .def("add", &add_pieces, nb::arg("audio"), nb::rv_policy::automatic)
      .def("finish", [](SpectraMeter& self) {
        ScopedFlushDenormals flush;
        self.finish(self.channels, self.power, self.each.data(), self.cross.data());
        return taken_from(self);
      }, nb::rv_policy::automatic)
      .def_prop_ro("each", [](const SpectraMeter& self) { return self.each; })
      .def_prop_ro("cross", [](const SpectraMeter& self) { return self.cross; });
}

struct Waveform : WaveformMeter {
  std::vector<float> peaks, roughness;
  std::int64_t samples = 0;
};

nb::ndarray<nb::numpy, float, nb::ndim<1>> float_curve(const std::vector<float>& values) {
  auto* data = new float[std::max<std::size_t>(1, values.size())];
  std::copy(values.begin(), values.end(), data);
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return nb::ndarray<nb::numpy, float, nb::ndim<1>>(data, {values.size()}, owner);
}

void bind_waveform(nb::module_& m) {
  const auto each = [](const Waveform& self, auto reading) {
    std::vector<decltype(reading(self, 0))> out;
    for (int c = 0; c < self.channels(); ++c) out.push_back(reading(self, c));
    return out;
  };
  nb::class_<Waveform>(m, "WaveformMeter")
      .def("__init__", [](Waveform* self, int channels) {
        if (channels < 1) throw nb::value_error("at least one channel is needed");
        new (self) Waveform();
        self->prepare(channels);
      }, nb::arg("channels"))
      .def("add", [](Waveform& self, const AudioIn& in) {
        if (static_cast<int>(in.shape(0)) != self.channels()) throw nb::value_error("the meter was made for another number of channels");
        const auto in_rows = rows(in);
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.samples += static_cast<std::int64_t>(in.shape(1));
        self.add(in_rows.data(), static_cast<std::int64_t>(in.shape(1)), self.peaks, self.roughness);
      })
      .def("finish", [](Waveform& self) { self.finish(self.peaks, self.roughness); })
      .def_ro("samples", &Waveform::samples)
      .def_prop_ro("peaks", [](const Waveform& self) { return float_curve(self.peaks); }, nb::rv_policy::automatic)
      .def_prop_ro("roughness", [](const Waveform& self) { return float_curve(self.roughness); }, nb::rv_policy::automatic)
      .def_prop_ro("sums", [each](const Waveform& self) { return each(self, [](const Waveform& w, int c) { return w.sum(c); }); })
      .def_prop_ro("squares", [each](const Waveform& self) { return each(self, [](const Waveform& w, int c) { return w.square(c); }); })
      .def_prop_ro("flat", [each](const Waveform& self) { return each(self, [](const Waveform& w, int c) { return w.flat(c); }); })
      .def_prop_ro("clipped", [each](const Waveform& self) { return each(self, [](const Waveform& w, int c) { return w.clipped(c); }); })
      .def_prop_ro_static("step", [](nb::handle) { return WaveformMeter::kStep; });
}

struct LowEnd : Decimator {
  std::vector<float> samples;
};

void bind_decimator(nb::module_& m) {
  nb::class_<LowEnd>(m, "Decimator")
      .def("__init__", [](LowEnd* self, double rate, double corner_hz, int step) {
        if (step < 1) throw nb::value_error("the step must be at least 1");
        new (self) LowEnd();
        self->prepare(rate, corner_hz, step);
      }, nb::arg("sample_rate"), nb::arg("corner_hz"), nb::arg("step"))
      .def("add", [](LowEnd& self, const AudioIn& in) {
        const auto in_rows = rows(in);
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.add(in_rows.data(), static_cast<int>(in.shape(0)), static_cast<std::int64_t>(in.shape(1)), self.samples);
      })
      .def_prop_ro("samples", [](const LowEnd& self) { return float_curve(self.samples); }, nb::rv_policy::automatic);
}

void bind_octaves(nb::module_& m) {
  nb::class_<OctavePeaks>(m, "OctavePeaks")
      .def("__init__", [](OctavePeaks* self, int skipped) {
        if (skipped < 0 || skipped > 8) throw nb::value_error("0 to 8 halvings can be skipped");
        new (self) OctavePeaks();
        self->prepare(skipped);
      }, nb::arg("skipped"))
      .def("add", [](OctavePeaks& self, const AudioIn& in) {
        const auto in_rows = rows(in);
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.add(in_rows.data(), static_cast<int>(in.shape(0)), static_cast<std::int64_t>(in.shape(1)));
      })
      .def("finish", &OctavePeaks::finish)
      .def_prop_ro("peaks", [](const OctavePeaks& self) {
        std::vector<double> out;
        for (int k = 0; k < OctavePeaks::kOctaves; ++k) out.push_back(static_cast<double>(self.peak(k)));
        return out;
      })
      .def_prop_ro("powers", [](const OctavePeaks& self) {
        std::vector<double> out;
        for (int k = 0; k < OctavePeaks::kOctaves; ++k) out.push_back(self.power(k));
        return out;
      });
}

}  // namespace

void bind_meters(nb::module_& m) {
  bind_loudness(m);
  bind_true_peak(m, "TruePeakMeter", &reference_interpolator);
  bind_true_peak(m, "TruePeakMeterBs1770", &bs1770_interpolator);
  bind_spectra(m);
  bind_waveform(m);
  bind_decimator(m);
  bind_octaves(m);
}

}  // namespace mixwright::binding
