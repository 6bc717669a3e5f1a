// The mix bus behind the trim: EQ, glue compressor, mono low end, width, drive, soft clip, limiter.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "mixwright/automation.hpp"
#include "mixwright/compressor.hpp"
#include "mixwright/equalizer.hpp"
#include "mixwright/limiter.hpp"
#include "mixwright/soft_clip.hpp"
#include "mixwright/stereo.hpp"

namespace mixwright {

struct MasterSettings {
  EqualizerSettings equalizer;
  CompressorSettings compressor;
  double mono_below_hz = 0, width = 1, drive_db = 0;
  SoftClipSettings soft_clip;
  LimiterSettings limiter;

  template <class V>
  void visit(V&& v) {
    EqualizerSettings::visit_group(v, "equalizer.", equalizer);
    EqualizerSettings::visit_group(v, "compressor.", compressor);
    v("mono_below_hz", mono_below_hz);
    v("width", width);
    v("drive_db", drive_db);
    EqualizerSettings::visit_group(v, "soft_clip.", soft_clip);
    EqualizerSettings::visit_group(v, "limiter.", limiter);
  }
};

class Master {
 public:
  static constexpr int kBlock = 512;

  void prepare(double sample_rate) {
    equalizer_.prepare(sample_rate);
    compressor_.prepare(sample_rate);
    mono_.prepare(sample_rate);
    soft_clip_.prepare(sample_rate);
    limiter_.prepare(sample_rate);
  }

  void set(const MasterSettings& s) {
    automated_.set(s);
    apply(s);
  }
  void clear_curves() {
    automated_.clear();
    moving_.clear();
  }
  bool add_curve(const std::string& name, Curve curve) {
    if (!automated_.add(name, std::move(curve))) return false;
    moving_.append(1, '|').append(name, 0, name.find('.'));
    apply(automated_.settings());
    return true;
  }
  void reset() {
    equalizer_.reset();
    compressor_.reset();
    mono_.reset();
    soft_clip_.reset();
    limiter_.reset();
  }
  int latency() const {
    return glue_latency() + (use_soft_clip_ ? soft_clip_.latency() : 0) +
           (use_limiter_ ? limiter_.latency() : 0);
  }
  // The part of it before width and drive.
  int glue_latency() const { return use_compressor_ ? compressor_.latency() : 0; }
  // Deepest reduction during the last call of process.
  double glue_reduction_db() const { return glue_reduction_db_; }
  double limiter_reduction_db() const { return limiter_reduction_db_; }

  void process(float* const* io, std::int64_t position, int n) {
    glue_reduction_db_ = limiter_reduction_db_ = 0;
    float* at[2] = {io[0], io[1]};
    const auto advance = [&](Ramp width, Ramp drive, int offset, int length, int count) {
      while (count > 0) {
        const int k = std::min(count, kBlock);
        block(at, width, drive, offset, length, k);
        at[0] += k, at[1] += k, offset += k, count -= k;
      }
    };
    const auto drive = [](const MasterSettings& s) { return std::pow(10.0, s.drive_db / 20); };
    if (automated_.empty()) {
      const MasterSettings& s = automated_.settings();
      return advance({s.width, s.width}, {drive(s), drive(s)}, 0, 1, n);
    }
    automated_.segments(position, n, [&](const MasterSettings& a, const MasterSettings& b, int offset, int length, int count) {
      apply(a);
      advance({a.width, b.width}, {drive(a), drive(b)}, offset, length, count);
    });
  }

 private:
  bool moves(const char* part) const { return moving_.find(part) != std::string::npos; }

  void apply(const MasterSettings& s) {
    use_equalizer_ = moves("|equalizer") || !Equalizer::neutral(s.equalizer);
    if (use_equalizer_) equalizer_.set(s.equalizer, moves("|equalizer"));
    use_compressor_ = moves("|compressor") || !Compressor::neutral(s.compressor);
    if (use_compressor_) compressor_.set(s.compressor);
    mono_.set(s.mono_below_hz);
    use_soft_clip_ = moves("|soft_clip") || !SoftClip::neutral(s.soft_clip);
    if (use_soft_clip_) soft_clip_.set(s.soft_clip);
    use_limiter_ = moves("|limiter") || !Limiter::neutral(s.limiter);
    if (use_limiter_) limiter_.set(s.limiter);
  }

  void block(float* const* io, Ramp width, Ramp drive, int offset, int length, int n) {
    if (use_equalizer_) equalizer_.process(io, 2, n);
    if (use_compressor_) {
      compressor_.process(io, 2, nullptr, 0, n);
      glue_reduction_db_ = std::min(glue_reduction_db_, compressor_.last_gain_reduction_db());
    }
    mono_.process(io[0], io[1], n);
    if (width.from != 1 || width.to != 1) set_width(io[0], io[1], width, offset, length, n);
    if (drive.from != 1 || drive.to != 1)
      for (int c = 0; c < 2; ++c) scale(io[c], io[c], drive, offset, length, n);
    if (use_soft_clip_) soft_clip_.process(io, 2, n);
    if (use_limiter_) {
      limiter_.process(io, 2, n);
      limiter_reduction_db_ = std::min(limiter_reduction_db_, limiter_.last_gain_reduction_db());
    }
  }

  double glue_reduction_db_ = 0, limiter_reduction_db_ = 0;
  Automated<MasterSettings> automated_;
  Equalizer equalizer_;
  Compressor compressor_;
  LowEndMono mono_;
  SoftClip soft_clip_;
  Limiter limiter_;
  std::string moving_;  // names of the parts that curves move, each behind a bar
  bool use_equalizer_ = false, use_compressor_ = false, use_soft_clip_ = false, use_limiter_ = false;
};

}  // namespace mixwright
