#include "mixwright/pcm.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <cerrno>
#include <unistd.h>
#define MIXWRIGHT_HAS_PREAD
#endif

#include "binding.hpp"

namespace mixwright::binding {

namespace {

void convert(int bits, const std::uint8_t* from, int channels, int wanted, std::size_t frames, float* to, std::size_t row) {
  switch (bits) {
    case 16: return pcm::to_float<16>(from, channels, wanted, frames, to, row);
    case 24: return pcm::to_float<24>(from, channels, wanted, frames, to, row);
    default: return pcm::to_float<32>(from, channels, wanted, frames, to, row);
  }
}

#if defined(MIXWRIGHT_HAS_PREAD)
// Frames from a byte position of an open file, in pieces that stay in the cache between the system and the samples. Returns
// how many frames there were.
std::int64_t read_frames(int file, std::int64_t offset, int bits, int channels, int wanted, std::size_t frames, float* to, std::size_t row) {
  constexpr std::size_t kPiece = 4096;
  const std::size_t step = static_cast<std::size_t>(channels) * static_cast<std::size_t>(bits / 8);
  std::vector<std::uint8_t> raw(std::min(frames, kPiece) * step);
  for (std::size_t at = 0; at < frames; at += kPiece) {
    const std::size_t bytes = std::min(kPiece, frames - at) * step;
    std::size_t done = 0;
    while (done < bytes) {
      const auto place = static_cast<off_t>(offset + static_cast<std::int64_t>(at * step + done));
      const ssize_t count = ::pread(file, raw.data() + done, bytes - done, place);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return -errno;
      if (count == 0) return static_cast<std::int64_t>(at + done / step);
      done += static_cast<std::size_t>(count);
    }
    convert(bits, raw.data(), channels, wanted, bytes / step, to + at, row);
  }
  return static_cast<std::int64_t>(frames);
}
#endif

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
    convert(bits, from, channels, rows, frames, to, row);
  }, nb::arg("raw"), nb::arg("bits"), nb::arg("channels"), nb::arg("out"));

#if defined(MIXWRIGHT_HAS_PREAD)
  m.def("read_pcm", [](int file, std::int64_t offset, int bits, int channels, const nb::ndarray<float, nb::ndim<2>, nb::device::cpu>& out) {
    const std::size_t frames = out.shape(1), wanted = out.shape(0);
    if (channels < 1 || wanted > static_cast<std::size_t>(channels) || (bits != 16 && bits != 24 && bits != 32))
      throw nb::value_error("no such samples can be read");
    if (out.stride(1) != 1 && frames > 1) throw nb::value_error("the rows of the output must be packed");
    float* to = out.data();
    const std::size_t row = static_cast<std::size_t>(out.stride(0));
    nb::gil_scoped_release release;
    return read_frames(file, offset, bits, channels, static_cast<int>(wanted), frames, to, row);
  }, nb::arg("file"), nb::arg("offset"), nb::arg("bits"), nb::arg("channels"), nb::arg("out"));
#endif

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
