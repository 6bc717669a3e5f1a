// What every binding shares: planar float32 arrays in and out, settings by name, GIL released while processing.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "mixwright/simd.hpp"

namespace mixwright::binding {

namespace nb = nanobind;

using AudioIn = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using AudioInOut = nb::ndarray<float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using AudioOut = nb::ndarray<nb::numpy, float, nb::ndim<2>>;

inline std::vector<float*> rows(AudioInOut& a) {
  std::vector<float*> p(a.shape(0));
  for (std::size_t c = 0; c < p.size(); ++c) p[c] = a.data() + c * a.shape(1);
  return p;
}

inline std::vector<const float*> rows(const AudioIn& a) {
  std::vector<const float*> p(a.shape(0));
  for (std::size_t c = 0; c < p.size(); ++c) p[c] = a.data() + c * a.shape(1);
  return p;
}

// A new (channels, samples) array, a copy of `in` where given.
inline AudioOut new_audio(std::size_t channels, std::size_t samples, const float* from = nullptr) {
  auto* data = new float[std::max<std::size_t>(1, channels * samples)];
  if (from) std::copy(from, from + channels * samples, data);
  nb::capsule owner(data, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return AudioOut(data, {channels, samples}, owner);
}

// Fills settings from a dict; every name must be there and known, so Python and C++ cannot drift apart.
template <class Settings>
Settings settings_from(const nb::dict& values) {
  Settings settings;
  std::size_t used = 0;
  settings.visit([&](const char* name, double& field) {
    if (!values.contains(name)) throw nb::key_error((std::string("missing setting ") + name).c_str());
    field = nb::cast<double>(values[name]);
    ++used;
  });
  if (used != values.size()) {
    for (auto item : values) {
      const auto key = nb::cast<std::string>(item.first);
      bool known = false;
      settings.visit([&](const char* name, double&) { known = known || key == name; });
      if (!known) throw nb::key_error(("unknown setting " + key).c_str());
    }
  }
  return settings;
}

inline void require_channels(std::size_t channels) {
  if (channels < 1 || channels > 2) throw nb::value_error("audio must be (1 or 2 channels, samples)");
}

// Binds an in-place processor without a key as a Python class.
template <class Processor, class Settings>
nb::class_<Processor> bind_processor(nb::module_& m, const char* name) {
  return nb::class_<Processor>(m, name)
      .def("__init__", [](Processor* self, double rate) { new (self) Processor(); self->prepare(rate); }, nb::arg("sample_rate"))
      .def("set", [](Processor& self, const nb::dict& values) { self.set(settings_from<Settings>(values)); })
      .def("reset", &Processor::reset)
      .def_prop_ro("latency", &Processor::latency)
      .def_static("neutral", [](const nb::dict& values) { return Processor::neutral(settings_from<Settings>(values)); })
      .def("process", [](Processor& self, const AudioIn& in) {
        require_channels(in.shape(0));
        AudioOut out = new_audio(in.shape(0), in.shape(1), in.data());
        float* io[2] = {out.data(), out.data() + (in.shape(0) - 1) * in.shape(1)};
        {
          nb::gil_scoped_release release;
          ScopedFlushDenormals flush;
          self.process(io, static_cast<int>(in.shape(0)), static_cast<int>(in.shape(1)));
        }
        return out;
      });
}

// The same with an optional key (sidechain) input of one or two channels.
template <class Processor, class Settings>
nb::class_<Processor> bind_keyed_processor(nb::module_& m, const char* name) {
  return nb::class_<Processor>(m, name)
      .def("__init__", [](Processor* self, double rate) { new (self) Processor(); self->prepare(rate); }, nb::arg("sample_rate"))
      .def("set", [](Processor& self, const nb::dict& values) { self.set(settings_from<Settings>(values)); })
      .def("reset", &Processor::reset)
      .def_prop_ro("latency", &Processor::latency)
      .def_static("neutral", [](const nb::dict& values) { return Processor::neutral(settings_from<Settings>(values)); })
      .def("process", [](Processor& self, const AudioIn& in, const std::optional<AudioIn>& key) {
        require_channels(in.shape(0));
        std::vector<const float*> key_rows;
        if (key) {
          require_channels(key->shape(0));
          if (key->shape(1) != in.shape(1)) throw nb::value_error("the key must be as long as the audio");
          key_rows = rows(*key);
        }
        AudioOut out = new_audio(in.shape(0), in.shape(1), in.data());
        float* io[2] = {out.data(), out.data() + (in.shape(0) - 1) * in.shape(1)};
        {
          nb::gil_scoped_release release;
          ScopedFlushDenormals flush;
          self.process(io, static_cast<int>(in.shape(0)), key ? key_rows.data() : nullptr,
                       static_cast<int>(key_rows.size()), static_cast<int>(in.shape(1)));
        }
        return out;
      }, nb::arg("audio"), nb::arg("key") = nb::none());
}

}  // namespace mixwright::binding
