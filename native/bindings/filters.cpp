#include "binding.hpp"
#include "mixwright/fastmath.hpp"

namespace mixwright::binding {

void bind_filters(nb::module_& m) {
  m.def("amplitude_from_db", [](const AudioIn& in) {
    const std::size_t n = in.shape(0) * in.shape(1);
    AudioOut out = new_audio(in.shape(0), in.shape(1));
    std::vector<float> padded(n + 8);
    std::copy(in.data(), in.data() + n, padded.begin());
    for (std::size_t i = 0; i < n; i += 8) store(&padded[i], amplitude_from_db(load<f32x8>(&padded[i])));
    std::copy(padded.begin(), padded.begin() + n, out.data());
    return out;
  });
  m.def("db_from_amplitude", [](const AudioIn& in) {
    const std::size_t n = in.shape(0) * in.shape(1);
    AudioOut out = new_audio(in.shape(0), in.shape(1));
    std::vector<float> padded(n + 8);
    std::copy(in.data(), in.data() + n, padded.begin());
    for (std::size_t i = 0; i < n; i += 8) store(&padded[i], db_from_amplitude(load<f32x8>(&padded[i])));
    std::copy(padded.begin(), padded.begin() + n, out.data());
    return out;
  });
}

}  // namespace mixwright::binding
