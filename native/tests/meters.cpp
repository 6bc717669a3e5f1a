#include "check.hpp"
#include "mixwright/band_spectra.hpp"
#include "mixwright/decimation.hpp"
#include "mixwright/dither.hpp"
#include "mixwright/loudness.hpp"
#include "mixwright/octaves.hpp"
#include "mixwright/pcm.hpp"
#include "mixwright/true_peak.hpp"
#include "mixwright/waveform.hpp"

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

// Parseval: all bands together hold the power of the windowed pieces; of two channels and their product too.
void band_spectra() {
  for (const int length : {512, 1024, 8192}) {
    check::here = "BandSpectra of " + std::to_string(length);
    check::Random random(static_cast<std::uint64_t>(length));
    BandSpectra meter;
    const int half = length / 2;
    meter.prepare(length, {0, 1, 3, half / 2, half, half + 1});
    check::Audio audio(2, 5 * length);
    for (int c = 0; c < 2; ++c)
      for (int i = length / 2; i < audio.samples() - length / 2; ++i) audio[c][i] = static_cast<float>(2 * random.unit() - 1);
    const float* const* rows = static_cast<const check::Audio&>(audio).rows();
    std::vector<float> power, mono, pieces;
    std::vector<double> each(2 * 5), cross(5), left(5), none(5);
    power.reserve(100), mono.reserve(100), pieces.reserve(100);
    {
      check::NoAllocation guard;
      meter.add(rows, 2, audio.samples(), power, each.data(), cross.data());
      meter.finish(2, power, each.data(), cross.data());
    }
    check::that(power.size() == 12 * 5, "there are more or fewer pieces");
    meter.prepare(length, {0, 1, 3, half / 2, half, half + 1});
    meter.add(rows, 1, audio.samples(), mono, left.data(), none.data());
    meter.finish(1, mono, left.data(), none.data());
    meter.prepare(length, {0, 1, 3, half / 2, half, half + 1});
    std::vector<double> again(2 * 5), product(5);
    for (int at = 0; at < audio.samples();) {
      const int n = std::min(audio.samples() - at, random.below(2 * length));
      const float* from[2] = {audio[0] + at, audio[1] + at};
      meter.add(from, 2, n, pieces, again.data(), product.data());
      at += n;
    }
    meter.finish(2, pieces, again.data(), product.data());
    check::that(pieces == power && again == each && product == cross, "block sizes change the powers");
    double sums[3] = {};
    for (std::size_t b = 0; b < 5; ++b) {
      sums[0] += each[b], sums[1] += each[5 + b], sums[2] += cross[b];
      check::that(std::abs(left[b] - each[b]) <= 1e-5 * (each[b] + 1e-3), "one channel alone reads otherwise");
      check::that(none[b] == 0, "one channel has no product");
    }
    double want[3] = {}, window = 0;
    for (int i = 0; i < length; ++i) {
      const double w = 0.5 - 0.5 * std::cos(2 * 3.14159265358979323846 * i / length);
      window += w * w;
      for (int at = i; at + length - i <= audio.samples(); at += half) {
        const double l = audio[0][at], r = audio[1][at];
        want[0] += w * w * l * l, want[1] += w * w * r * r, want[2] += w * w * l * r;
      }
    }
    // the first and last bin lie in one half of the spectrum only, so that they count twice here
    const double doubled = each[0] + each[4] + each[5] + each[9];
    for (int s = 0; s < 3; ++s) check::that(std::abs(sums[s] - want[s] / window) <= 0.5 * doubled + 1e-4, "power is lost");
  }
}

void waveform() {
  for (const int channels : {1, 2}) {
    check::here = "WaveformMeter, " + std::to_string(channels) + " channels";
    check::Random random(static_cast<std::uint64_t>(channels) + 40);
    const check::Audio audio = check::difficult(channels, 3001, random);
    WaveformMeter whole, cut;
    whole.prepare(channels);
    cut.prepare(channels);
    std::vector<float> peaks, rough, cut_peaks, cut_rough;
    whole.add(audio.rows(), 3001, peaks, rough);
    whole.finish(peaks, rough);
    for (int at = 0; at < 3001;) {
      const int n = std::min(3001 - at, random.below(600));
      std::vector<const float*> from;
      for (int c = 0; c < channels; ++c) from.push_back(audio[c] + at);
      cut.add(from.data(), n, cut_peaks, cut_rough);
      at += n;
    }
    cut.finish(cut_peaks, cut_rough);
    check::that(peaks.size() == 12 && peaks == cut_peaks && rough == cut_rough, "block sizes change the curves");
    for (int c = 0; c < channels; ++c) check::that(whole.flat(c) == cut.flat(c), "block sizes change the flat tops");
    for (int c = 0; c < channels; ++c) check::that(whole.clipped(c) == cut.clipped(c), "block sizes change what is clipped");
  }
}

// What is constant stays; what lies above the corner goes; blocks of any size.
void decimation() {
  check::here = "Decimator";
  check::Random random(11);
  constexpr int kSteps = 100, kStep = 63, kSamples = kSteps * kStep;
  check::Audio audio(2, kSamples);
  for (int i = 0; i < kSamples; ++i) {
    audio[0][i] = 0.5f + static_cast<float>(std::sin(2 * 3.14159265358979323846 * 1000 / 44100 * i));
    audio[1][i] = 0.25f;
  }
  Decimator whole, cut;
  whole.prepare(44100, 250, kStep);
  cut.prepare(44100, 250, kStep);
  std::vector<float> out, pieces;
  whole.add(static_cast<const check::Audio&>(audio).rows(), 2, kSamples, out);
  for (int at = 0; at < kSamples;) {
    const int n = std::min(kSamples - at, 1 + random.below(9000));
    const float* from[2] = {audio[0] + at, audio[1] + at};
    cut.add(from, 2, n, pieces);
    at += n;
  }
  check::that(out == pieces, "block sizes change the samples");
  check::that(out.size() >= kSteps - 4, "samples are lost");
  for (std::size_t k = 3; k < out.size(); ++k) check::that(std::abs(out[k] - 0.375f) < 2e-3f, "the low end is not kept alone");
}

// A sine has its power and its crest of 3 dB in its octave; blocks of any size.
void octaves() {
  check::here = "OctavePeaks";
  check::Random random(12);
  check::Audio audio(2, 88200);
  for (int i = 0; i < audio.samples(); ++i)
    for (int c = 0; c < 2; ++c) audio[c][i] = static_cast<float>(std::sin(2 * 3.14159265358979323846 * 1400 / 44100 * i));
  OctavePeaks whole, cut;
  whole.prepare(0);
  cut.prepare(0);
  whole.add(static_cast<const check::Audio&>(audio).rows(), 2, audio.samples());
  for (int at = 0; at < audio.samples();) {
    const int n = std::min(audio.samples() - at, 1 + random.below(9000));
    const float* from[2] = {audio[0] + at, audio[1] + at};
    cut.add(from, 2, n);
    at += n;
  }
  whole.finish();
  cut.finish();
  double most = 0;
  int at = 0;
  for (int k = 0; k < OctavePeaks::kOctaves; ++k) {
    check::that(whole.peak(k) == cut.peak(k), "block sizes change the peaks");
    check::that(std::abs(whole.power(k) - cut.power(k)) <= 1e-6 * whole.power(k) + 1e-12, "block sizes change the powers");
    if (whole.power(k) > most) most = whole.power(k), at = k;
  }
  check::that(at == 4 && most > 0.1 && most < 0.5, "the octave is another one");
  check::that(std::abs(20 * std::log10(whole.peak(at)) - 10 * std::log10(most) - 3.01) < 0.3, "a sine has another crest");
}

// There and back without a change, at any length and with any number of channels.
template <int Bits>
void pcm_round_trip() {
  constexpr std::size_t kBytes = Bits / 8;
  check::Random random(Bits);
  for (const int channels : {1, 2, 3})
    for (const std::size_t frames : {0, 1, 7, 8, 9, 10, 17, 600, 1025}) {
      check::here = "pcm of " + std::to_string(Bits) + " bits, " + std::to_string(channels) + " channels";
      const auto rows = static_cast<std::size_t>(channels);
      std::vector<std::uint8_t> raw(frames * rows * kBytes), back(raw.size());
      for (auto& byte : raw) byte = static_cast<std::uint8_t>(random.below(256));
      std::vector<float> samples(std::max<std::size_t>(1, frames * rows)), first(std::max<std::size_t>(1, frames));
      pcm::to_float<Bits>(raw.data(), channels, channels, frames, samples.data(), frames);
      pcm::to_float<Bits>(raw.data(), channels, 1, frames, first.data(), frames);
      check::that(std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(frames), samples.begin()), "one channel alone reads otherwise");
      for (std::size_t i = 0; i < frames * rows; ++i) {
        const auto value = static_cast<double>(pcm::sample_at<Bits>(raw.data() + i * kBytes)) * 0x1p-31;
        check::that(samples[i % rows * frames + i / rows] == static_cast<float>(value), "a sample is another one");
      }
      std::vector<const float*> from;
      for (std::size_t c = 0; c < rows; ++c) from.push_back(samples.data() + c * frames);
      check::that(pcm::from_float<Bits>(from.data(), channels, frames, back.data()) == 0, "clips what is inside");
      check::that(raw == back, "does not come back");
    }
  const float beyond[4] = {1.0f, 1.5f, -1.0f, -2.0f}, *from[1] = {beyond};
  std::uint8_t out[4 * kBytes];
  check::that(pcm::from_float<Bits>(from, 1, 4, out) == 2, "full scale itself is no clipping");
  check::that(pcm::sample_at<Bits>(out + kBytes) == INT32_MAX - (1 << (32 - Bits)) + 1, "clips elsewhere");
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
  band_spectra();
  waveform();
  for (const double rate : check::kRates)
    for (const int channels : {1, 2, 5}) loudness(rate, channels);
  true_peak("of the product", reference_interpolator());
  true_peak("of BS.1770", bs1770_interpolator());
  dither_follows_the_position();
  decimation();
  octaves();
  pcm_round_trip<16>();
  pcm_round_trip<24>();
  std::printf("  BandSpectra, LoudnessMeter, TruePeakMeter, WaveformMeter, Decimator, OctavePeaks, dither, PCM\n");
}
