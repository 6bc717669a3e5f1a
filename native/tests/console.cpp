#include "check.hpp"
#include "mixwright/channel.hpp"
#include "mixwright/limiter.hpp"
#include "mixwright/master.hpp"

using namespace mixwright;

namespace {

// A channel in the shape of the other processors: its post-fader output stands for all, the rest must only be sound.
template <bool Curves>
struct Strip {
  Channel mono, stereo;
  std::vector<float> post[2], pre[2], tap[2];
  std::int64_t position = 0;

  void prepare(double rate) {
    mono.prepare(rate, 1);
    stereo.prepare(rate, 2);
    for (auto* rows : {post, pre, tap})
      for (int c = 0; c < 2; ++c) rows[c].resize(20000);
    if constexpr (Curves) {
      for (Channel* channel : {&mono, &stereo}) {
        channel->set(ChannelSettings{});
        add(*channel, "fader_db", {100, 3000, 3001, 9000}, {-90, 6, 0, -12}, false);
        add(*channel, "pan", {0, 5000}, {-1, 1}, false);
        add(*channel, "equalizer.band3.gain_db", {0, 4000, 8000}, {-12, 12, 0}, false);
        add(*channel, "compressor.threshold_db", {10, 5000}, {0, -40}, false);
        add(*channel, "dynamic2.range_db", {0, 6000}, {0, 12}, false);
        add(*channel, "saturation.drive_db", {0, 6000}, {0, 12}, false);
        add(*channel, "gate.range_db", {0, 6000}, {0, 40}, false);
        add(*channel, "mute", {2000, 2500}, {0, 1}, true);
      }
    }
  }
  static void add(Channel& channel, const char* name, std::vector<std::int64_t> at, std::vector<double> value, bool hold) {
    check::that(channel.add_curve(name, Curve(std::move(at), std::move(value), hold, 240)), name);
  }
  void reset() {
    mono.reset();
    stereo.reset();
    position = 0;
  }
  void set(const ChannelSettings& s) {
    mono.set(s);
    stereo.set(s);
  }
  void process(float* const* io, int channels, const float* const* key, int key_channels, int n) {
    Channel::Key keys[kKeys];
    for (int k = 0; k < kKeys; k += 2) keys[k] = {key, key_channels};
    Channel::Outputs out{{post[0].data(), post[1].data()}, {pre[0].data(), pre[1].data()}, {tap[0].data(), channels == 2 ? tap[1].data() : nullptr}};
    (channels == 1 ? mono : stereo).process(io, keys, out, position, n);
    position += n;
    for (int c = 0; c < channels; ++c) std::copy_n(post[c].data(), n, io[c]);
  }
};

struct MixBus {
  Master master;
  std::vector<float> right;
  std::int64_t position = 0;
  void prepare(double rate) {
    master.prepare(rate);
    right.resize(20000);
  }
  void reset() {
    master.reset();
    position = 0;
  }
  void set(const MasterSettings& s) { master.set(s); }
  void process(float* const* io, int channels, int n) {
    float* both[2] = {io[0], channels == 2 ? io[1] : right.data()};
    if (channels == 1) std::copy_n(io[0], n, right.data());
    master.process(both, position, n);
    position += n;
  }
};

}  // namespace

int main() {
  check::neutral_defaults_pass<Limiter, LimiterSettings>("Limiter");
  check::keeps_the_laws<Limiter, LimiterSettings>("Limiter");
  check::keeps_the_laws<Strip<false>, ChannelSettings, check::Keyed>("Strip");
  check::keeps_the_laws<Strip<true>, ChannelSettings, check::Keyed>("Strip", 2);
  check::keeps_the_laws<MixBus, MasterSettings>("Master");
}
