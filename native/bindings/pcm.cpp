// Integer samples of uncompressed files to planar float32: the reading of every WAV passes here.
#include <cstdint>
#include <cstring>

#include "binding.hpp"

namespace mixwright::binding {

namespace {

template <int Bits>
MIXWRIGHT_INLINE std::int32_t sample_at(const std::uint8_t* p) {  // in the upper bits of 32
  if constexpr (Bits == 16) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(p[0]) << 16 | static_cast<std::uint32_t>(p[1]) << 24);
  } else if constexpr (Bits == 24) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(p[0]) << 8 | static_cast<std::uint32_t>(p[1]) << 16 |
                                     static_cast<std::uint32_t>(p[2]) << 24);
  } else {
    std::int32_t value;
    std::memcpy(&value, p, sizeof value);
    return value;
  }
}

template <int Bits>
void convert(const std::uint8_t* raw, int channels, int wanted, std::size_t frames, float* out, std::size_t row) {
  constexpr int kBytes = Bits / 8;
  const std::size_t step = static_cast<std::size_t>(channels) * kBytes;
  for (int c = 0; c < wanted; ++c) {
    const std::uint8_t* p = raw + c * kBytes;
    float* y = out + static_cast<std::size_t>(c) * row;
    for (std::size_t i = 0; i < frames; ++i) y[i] = static_cast<float>(sample_at<Bits>(p + i * step)) * 0x1p-31f;
  }
}

}  // namespace

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
      case 16: return convert<16>(from, channels, rows, frames, to, row);
      case 24: return convert<24>(from, channels, rows, frames, to, row);
      default: return convert<32>(from, channels, rows, frames, to, row);
    }
  }, nb::arg("raw"), nb::arg("bits"), nb::arg("channels"), nb::arg("out"));
}

}  // namespace mixwright::binding
