#include "binding.hpp"

namespace mixwright::binding {
void bind_dynamics(nb::module_& m);
void bind_console(nb::module_& m);
void bind_filters(nb::module_& m);
void bind_limiter(nb::module_& m);
void bind_meters(nb::module_& m);
void bind_pcm(nb::module_& m);
void bind_space(nb::module_& m);
}

NB_MODULE(MIXWRIGHT_MODULE, m) {
  using namespace mixwright::binding;
  m.def("cpu_has_avx2", [] {
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
  });
  bind_dynamics(m);
  bind_console(m);
  bind_filters(m);
  bind_limiter(m);
  bind_meters(m);
  bind_pcm(m);
  bind_space(m);
}
