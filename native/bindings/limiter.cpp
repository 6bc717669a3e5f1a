#include "mixwright/dither.hpp"
#include "mixwright/limiter.hpp"

#include <nanobind/stl/vector.h>

#include "binding.hpp"

namespace mixwright::binding {

void bind_limiter(nb::module_& m) {
  bind_processor<Limiter, LimiterSettings>(m, "Limiter")
      .def_prop_ro("last_gain_reduction_db", &Limiter::last_gain_reduction_db)
      .def_prop_ro("reduction_histogram", [](const Limiter& self) {
        return std::vector<std::int64_t>(self.histogram().begin(), self.histogram().end());
      });
  m.def("dither", [](const AudioIn& in, int bits, std::int64_t position, std::uint64_t seed) {
    AudioOut out = new_audio(in.shape(0), in.shape(1));
    const auto in_rows = rows(in);
    std::vector<float*> out_rows;
    for (std::size_t c = 0; c < in.shape(0); ++c) out_rows.push_back(out.data() + c * in.shape(1));
    {
      nb::gil_scoped_release release;
      dither(in_rows.data(), out_rows.data(), static_cast<int>(in.shape(0)), static_cast<std::int64_t>(in.shape(1)), bits, position, seed);
    }
    return out;
  }, nb::arg("audio"), nb::arg("bits"), nb::arg("position"), nb::arg("seed"));
}

}  // namespace mixwright::binding
