#include "binding.hpp"
#include "mixwright/equalizer.hpp"
#include "mixwright/fastmath.hpp"
#include "mixwright/stereo.hpp"

namespace mixwright::binding {

namespace {

template <class Function>
AudioOut elementwise(const AudioIn& in, Function f) {
  const std::size_t n = in.shape(0) * in.shape(1);
  AudioOut out = new_audio(in.shape(0), in.shape(1));
  std::vector<float> padded(n + 8);
  std::copy_n(in.data(), n, padded.data());
  for (std::size_t i = 0; i < n; i += 8) store(&padded[i], f(load<f32x8>(&padded[i])));
  std::copy_n(padded.data(), n, out.data());
  return out;
}

}  // namespace

void bind_filters(nb::module_& m) {
  m.def("amplitude_from_db", [](const AudioIn& in) { return elementwise(in, amplitude_from_db); });
  m.def("db_from_amplitude", [](const AudioIn& in) { return elementwise(in, db_from_amplitude); });
  m.def("pan_mono", [](double pan) { const auto g = pan_mono(pan); return nb::make_tuple(g.left, g.right); });
  m.def("balance_stereo", [](double pan) { const auto g = balance_stereo(pan); return nb::make_tuple(g.left, g.right); });
  m.def("design_band", [](const nb::dict& values, double sample_rate) {
    const Biquad s = Equalizer::design_band(settings_from<BandSettings>(values), sample_rate);
    return nb::make_tuple(s.b0, s.b1, s.b2, 1.0, s.a1, s.a2);
  });
  bind_processor<Equalizer, EqualizerSettings>(m, "Equalizer");
  m.def("mono_below", [](const AudioIn& in, double sample_rate, double frequency_hz) {
    if (in.shape(0) != 2) throw nb::value_error("audio must be stereo");
    AudioOut out = new_audio(2, in.shape(1), in.data());
    LowEndMono processor;
    processor.prepare(sample_rate);
    processor.set(frequency_hz);
    ScopedFlushDenormals flush;
    processor.process(out.data(), out.data() + in.shape(1), static_cast<int>(in.shape(1)));
    return out;
  });
}

}  // namespace mixwright::binding
