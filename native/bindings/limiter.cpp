#include "mixwright/limiter.hpp"

#include <nanobind/stl/vector.h>

#include "binding.hpp"

namespace mixwright::binding {

void bind_limiter(nb::module_& m) {
  bind_processor<Limiter, LimiterSettings>(m, "Limiter")
      .def_prop_ro("gain_reduction_db", &Limiter::gain_reduction_db)
      .def_prop_ro("histogram", [](const Limiter& self) {
        return std::vector<std::int64_t>(self.histogram().begin(), self.histogram().end());
      });
}

}  // namespace mixwright::binding
