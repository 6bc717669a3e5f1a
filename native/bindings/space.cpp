#include "binding.hpp"
#include "mixwright/convolution.hpp"
#include "mixwright/delay_line.hpp"
#include "mixwright/echo.hpp"
#include "mixwright/reverb.hpp"

namespace mixwright::binding {

namespace {

// An effect whose modulation follows the song position and whose end is heard after the input's.
template <class Effect, class Settings>
void bind_return_effect(nb::module_& m, const char* name) {
  bind_processor<Effect, Settings>(m, name)
      .def("seek", &Effect::seek, nb::arg("position"))
      .def_static("tail_s", [](const nb::dict& values, double level_db) { return Effect::tail_s(settings_from<Settings>(values), level_db); },
                  nb::arg("settings"), nb::arg("level_db"));
}

void prepare(Convolution& self, const AudioIn& impulse) {
  const std::size_t channels = impulse.shape(0);
  if (channels != 1 && channels != 2 && channels != 4) throw nb::value_error("an impulse response has 1, 2 or 4 channels");
  if (impulse.shape(1) < 1 || impulse.shape(1) > (std::size_t{1} << 24)) throw nb::value_error("an impulse response has 1 to 2^24 samples");
  const auto taps = rows(impulse);
  self.prepare(taps.data(), static_cast<int>(channels), static_cast<int>(impulse.shape(1)));
}

// The same for the console: works in its buffers, whose rows may be longer than the block.
struct ConvolutionNode : Convolution {};

}  // namespace

void bind_space(nb::module_& m) {
  bind_processor<DelayLine, DelayLineSettings>(m, "DelayLine");
  bind_return_effect<Echo, EchoSettings>(m, "Echo");
  bind_return_effect<Reverb, ReverbSettings>(m, "Reverb");

  nb::class_<Convolution>(m, "Convolution")
      .def("__init__", [](Convolution* self, const AudioIn& impulse) {
        new (self) Convolution();
        prepare(*self, impulse);
      }, nb::arg("impulse"))
      .def("reset", &Convolution::reset)
      .def_prop_ro("latency", &Convolution::latency)
      .def("process", [](Convolution& self, const AudioIn& in) {
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

  using Rows = nb::ndarray<float, nb::ndim<2>, nb::device::cpu>;
  nb::class_<ConvolutionNode>(m, "ConvolutionNode")
      .def("__init__", [](ConvolutionNode* self, double, const AudioIn& impulse) {
        new (self) ConvolutionNode();
        prepare(*self, impulse);
      }, nb::arg("sample_rate"), nb::arg("impulse"))
      .def_prop_ro("latency", &ConvolutionNode::latency)
      .def("process", [](ConvolutionNode& self, const Rows& io, std::int64_t, int n) {
        if (io.stride(1) != 1 || io.shape(0) != 2 || static_cast<int>(io.shape(1)) < n)
          throw nb::value_error("a buffer must be float32 (2 channels, at least n samples) with packed rows");
        float* at[2] = {io.data(), io.data() + io.stride(0)};
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.process(at, 2, n);
      }, nb::arg("io"), nb::arg("position"), nb::arg("n"));
}

}  // namespace mixwright::binding
