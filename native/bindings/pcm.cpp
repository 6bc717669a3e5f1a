#include "mixwright/pcm.hpp"

#include "binding.hpp"

namespace mixwright::binding {

void bind_pcm(nb::module_& m) {
  m.def("pcm_to_float", [](const nb::ndarray<const std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>& raw, int bits,
                           int channels, const nb::ndarray<float, nb::ndim<2>, nb::device::cpu>& out) {
    const std::size_t frames = out.shape(1), wanted = out.shape(0);
    const std::size_t needed = frames * static_cast<std::size_t>(channels) * static_cast<std::size_t>(bits / 8);
    if (channels < 1 || wanted > static_cast<std::size_t>(channels) || raw.shape(0) < needed)
      throw nb::value_error("too few bytes for the samples asked for");
    if (out.stride(1) != 1 && frames > 1) throw nb::value_error("the rows of the output must be packed");
    const std::uint8_t* from = raw.data();
    float* to = out.data();
    const std::size_t row = static_cast<std::size_t>(out.stride(0));
    const int rows = static_cast<int>(wanted);
    nb::gil_scoped_release release;
    switch (bits) {
      case 16: return pcm::to_float<16>(from, channels, rows, frames, to, row);
      case 24: return pcm::to_float<24>(from, channels, rows, frames, to, row);
      default: return pcm::to_float<32>(from, channels, rows, frames, to, row);
    }
  }, nb::arg("raw"), nb::arg("bits"), nb::arg("channels"), nb::arg("out"));

  m.def("float_to_pcm", [](const AudioIn& in, int bits, const nb::ndarray<std::uint8_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>& out) {
    if (bits != 16 && bits != 24) throw nb::value_error("16 or 24 bits can be written");
    const std::size_t frames = in.shape(1);
    if (out.shape(0) != frames * in.shape(0) * static_cast<std::size_t>(bits / 8)) throw nb::value_error("the output has another size");
    const auto from = rows(in);
    const int channels = static_cast<int>(in.shape(0));
    std::uint8_t* to = out.data();
    nb::gil_scoped_release release;
    return bits == 16 ? pcm::from_float<16>(from.data(), channels, frames, to) : pcm::from_float<24>(from.data(), channels, frames, to);
  }, nb::arg("audio"), nb::arg("bits"), nb::arg("out"));
}

}  // namespace mixwright::binding
