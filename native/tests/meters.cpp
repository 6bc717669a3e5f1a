#include "check.hpp"
#include "mixwright/dither.hpp"
#include "mixwright/loudness.hpp"
#include "mixwright/true_peak.hpp"

using namespace mixwright;

namespace {

template <class Meter, class Read>
void same_for_any_split(Meter& meter, const check::Audio& audio, check::Random& random, Read&& read) {
  meter.reset();
  meter.add(audio.rows(), audio.samples());
  const auto whole = read(meter);
  meter.reset();
  for (int at = 0; at < audio.samples();) {
    const int n = std::min(audio.samples() - at, random.below(2000));
    check::Audio block(audio.channels(), n);
    for (int c = 0; c < audio.channels(); ++c) std::copy_n(audio[c] + at, n, block[c]);
    meter.add(static_cast<const check::Audio&>(block).rows(), n);
    at += n;
  }
  check::that(whole == read(meter), "block sizes change the reading");
}

void loudness(double rate, int channels) {
  check::here = "LoudnessMeter at " + std::to_string(static_cast<int>(rate)) + " Hz, " + std::to_string(channels) + " channels";
  check::Random random(static_cast<std::uint64_t>(rate) + static_cast<std::uint64_t>(channels));
  const check::Audio audio = check::difficult(channels, static_cast<int>(5 * rate), random);
  LoudnessMeter meter;
  meter.prepare(rate, std::vector<double>(static_cast<std::size_t>(channels), 1.0));
  ScopedFlushDenormals flush;
  same_for_any_split(meter, audio, random, [](const LoudnessMeter& m) {
    return std::vector<double>{m.integrated(), m.range(), m.momentary_max(), m.short_term_max()};
  });
}

template <class Interpolator>
void true_peak(const char* name, const Interpolator& interpolator) {
  for (const int channels : {1, 2, 5}) {
    check::here = std::string("TruePeakMeter ") + name + ", " + std::to_string(channels) + " channels";
    check::Random random(static_cast<std::uint64_t>(channels));
    TruePeakMeter<Interpolator> meter(interpolator);
    meter.prepare(channels);
    for (const int samples : {0, 1, 5, 63, 64, 65, 1023, 1024, 1025, 30000}) {
      const check::Audio audio = check::difficult(channels, samples, random);
      same_for_any_split(meter, audio, random, [&](const TruePeakMeter<Interpolator>& m) {
        std::vector<float> peaks;
        for (int c = 0; c < channels; ++c) {
          check::that(m.peak(c) >= m.sample_peak(c) * 0.9999f, "is below the sample peak");
          peaks.push_back(m.peak(c));
        }
        return peaks;
      });
    }
  }
}

void dither_follows_the_position() {
  check::here = "dither";
  check::Random random(5);
  for (const int channels : {1, 2, 3}) {
    const check::Audio audio = check::difficult(channels, 3000, random);
    check::Audio whole(audio), tail(channels, 1234);
    dither(audio.rows(), whole.rows(), channels, 3000, 16, 0, 7);
    std::vector<const float*> from;
    for (int c = 0; c < channels; ++c) from.push_back(audio[c] + 3000 - 1234);
    check::NoAllocation guard;
    dither(from.data(), tail.rows(), channels, 1234, 16, 3000 - 1234, 7);
    for (int c = 0; c < channels; ++c)
      for (int i = 0; i < 1234; ++i) check::that(tail[c][i] == whole[c][3000 - 1234 + i], "depends on where it starts");
  }
}

}  // namespace

int main() {
  for (const double rate : check::kRates)
    for (const int channels : {1, 2, 5}) loudness(rate, channels);
  true_peak("of the product", reference_interpolator());
  true_peak("of BS.1770", bs1770_interpolator());
  dither_follows_the_position();
  std::printf("  LoudnessMeter, TruePeakMeter, dither\n");
}
