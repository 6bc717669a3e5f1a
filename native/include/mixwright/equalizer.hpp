// High-pass, low-pass and six parametric bands, compiled into one biquad cascade.
#pragma once

#include "mixwright/biquad.hpp"

namespace mixwright {

struct CutSettings {
  double slope_db_oct = 0;  // index of 0 (off), 12, 24, 48
  double frequency_hz = 20;
  template <class V>
  void visit(V&& v) {
    v("slope_db_oct", slope_db_oct);
    v("frequency_hz", frequency_hz);
  }
  int sections() const { return slope_db_oct < 0.5 ? 0 : 1 << (static_cast<int>(slope_db_oct + 0.5) - 1); }
};

struct BandSettings {
  enum Kind { kBell, kLowShelf, kHighShelf, kNotch };
  double on = 1, kind = kBell, frequency_hz = 1000, gain_db = 0, q = 0.7071;
  template <class V>
  void visit(V&& v) {
    v("on", on);
    v("kind", kind);
    v("frequency_hz", frequency_hz);
    v("gain_db", gain_db);
    v("q", q);
  }
  bool neutral() const { return on < 0.5 || (static_cast<int>(kind) != kNotch && gain_db == 0); }
};

inline constexpr int kBands = 6;

struct EqualizerSettings {
  CutSettings high_pass, low_pass;
  BandSettings band[kBands];
  template <class V>
  void visit(V&& v) {
    visit_group(v, "high_pass.", high_pass);
    visit_group(v, "low_pass.", low_pass);
    static constexpr const char* kNames[kBands] = {"band1.", "band2.", "band3.", "band4.", "band5.", "band6."};
    for (int i = 0; i < kBands; ++i) visit_group(v, kNames[i], band[i]);
  }
  // Visits the fields of a part with its name put before theirs.
  template <class V, class Part>
  static void visit_group(V&& v, const char* prefix, Part& part) {
    part.visit([&](const char* name, double& field) {
      char full[96];
      std::size_t k = 0;
      for (const char* p = prefix; *p && k < sizeof full - 1; ++p) full[k++] = *p;
      for (const char* p = name; *p && k < sizeof full - 1; ++p) full[k++] = *p;
      full[k] = 0;
      v(static_cast<const char*>(full), field);
    });
  }
};

class Equalizer {
 public:
  static constexpr int kBlock = 512;

  void prepare(double sample_rate) {
    sample_rate_ = sample_rate;
    reset();
  }
  void reset() { cascade_.reset(); }
  int latency() const { return 0; }
  int sections() const { return count_; }

  static bool neutral(const EqualizerSettings& s) {
    if (s.high_pass.sections() || s.low_pass.sections()) return false;
    return std::all_of(s.band, s.band + kBands, [](const BandSettings& b) { return b.neutral(); });
  }

  // `keep_neutral`: all bands stay in the cascade, because an automation curve may move or switch them.
  void set(const EqualizerSettings& s, bool keep_neutral = false) {
    Biquad sections[BiquadCascade::kMaxSections];
    int count = 0;
    const int high = s.high_pass.sections(), low = s.low_pass.sections();
    for (int i = 0; i < high; ++i)
      sections[count++] = design::high_pass(s.high_pass.frequency_hz, design::butterworth_q(i, high), sample_rate_);
    for (int i = 0; i < low; ++i)
      sections[count++] = design::low_pass(s.low_pass.frequency_hz, design::butterworth_q(i, low), sample_rate_);
    for (const BandSettings& b : s.band) {
      if (keep_neutral) {
        sections[count++] = b.on >= 0.5 ? design_band(b, sample_rate_) : Biquad{};
      } else if (!b.neutral()) {
        sections[count++] = design_band(b, sample_rate_);
      }
    }
    if (count != cascade_.count() || channels_ == 0) cascade_.reset();
    count_ = count;
    std::copy(sections, sections + count, sections_);
    if (channels_) cascade_.set(sections_, count_, channels_);
  }

  static Biquad design_band(const BandSettings& b, double sample_rate) {
    switch (static_cast<int>(b.kind + 0.5)) {
      case BandSettings::kLowShelf: return design::low_shelf(b.frequency_hz, b.q, b.gain_db, sample_rate);
      case BandSettings::kHighShelf: return design::high_shelf(b.frequency_hz, b.q, b.gain_db, sample_rate);
      case BandSettings::kNotch: return design::notch(b.frequency_hz, b.q, sample_rate);
      default: return design::bell(b.frequency_hz, b.q, b.gain_db, sample_rate);
    }
  }

  void process(float* const* io, int channels, int n) { process(io, 1.0, io, channels, n); }

  // The same of `in` times a gain; `in` may be where the output goes.
  void process(const float* const* in, double gain, float* const* out, int channels, int n) {
    if (channels != channels_) {
      channels_ = channels;
      cascade_.set(sections_, count_, channels);
    }
    const double total = gain * cascade_.gain();
    alignas(32) double frames[2 * kBlock];
    for (int start = 0; start < n; start += kBlock) {
      const int k = std::min(n - start, kBlock);
      const float* from[2] = {in[0] + start, in[channels - 1] + start};
      float* to[2] = {out[0] + start, out[channels - 1] + start};
      interleave(from, total, frames, channels, k);
      cascade_.process(frames, k);
      deinterleave(frames, to, channels, k);
    }
  }

 private:
  double sample_rate_ = 48000;
  BiquadCascade cascade_;
  Biquad sections_[BiquadCascade::kMaxSections];
  int count_ = 0, channels_ = 0;
};

}  // namespace mixwright
