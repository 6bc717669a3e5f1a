// The channel strip of tracks, buses and returns: trim to pan in one pass over small blocks, and many strips side by side.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "mixwright/automation.hpp"
#include "mixwright/compressor.hpp"
#include "mixwright/delay_line.hpp"
#include "mixwright/dynamic_eq.hpp"
#include "mixwright/equalizer.hpp"
#include "mixwright/gate.hpp"
#include "mixwright/saturation.hpp"
#include "mixwright/stereo.hpp"

namespace mixwright {

inline constexpr int kDynamicBands = 4;
inline constexpr const char* kDynamicNames[kDynamicBands] = {"dynamic1.", "dynamic2.", "dynamic3.", "dynamic4."};
inline constexpr int kKeys = 2 + kDynamicBands;  // gate, compressor, dynamic bands

struct ChannelSettings {
  double trim_db = 0, polarity_invert = 0, delay_ms = 0;
  EqualizerSettings equalizer;
  GateSettings gate;
  CompressorSettings compressor;
  DynamicEqSettings dynamic[kDynamicBands];
  SaturationSettings saturation;
  double width = 1, fader_db = 0, pan = 0, mute = 0;

  template <class V>
  void visit(V&& v) {
    v("trim_db", trim_db);
    v("polarity_invert", polarity_invert);
    v("delay_ms", delay_ms);
    EqualizerSettings::visit_group(v, "equalizer.", equalizer);
    EqualizerSettings::visit_group(v, "gate.", gate);
    EqualizerSettings::visit_group(v, "compressor.", compressor);
    for (int i = 0; i < kDynamicBands; ++i) EqualizerSettings::visit_group(v, kDynamicNames[i], dynamic[i]);
    EqualizerSettings::visit_group(v, "saturation.", saturation);
    v("width", width);
    v("fader_db", fader_db);
    v("pan", pan);
    v("mute", mute);
  }
};

class Channel {
 public:
  static constexpr int kBlock = kDynamicsBlock;

  struct Key {
    const float* const* rows = nullptr;
    int channels = 0;
  };
  struct Outputs {
    float* post[2];                   // after fader and pan
    float* pre[2] = {};               // after pan, without fader; unused where null
    float* tap[2] = {};               // after the inserts, as many channels as the input; unused where null
  };

  void prepare(double sample_rate, int channels) {
    sample_rate_ = sample_rate;
    channels_ = channels;
    delay_.prepare(sample_rate);
    equalizer_.prepare(sample_rate);
    gate_.prepare(sample_rate);
    compressor_.prepare(sample_rate);
    for (auto& band : dynamic_) band.prepare(sample_rate);
    saturation_.prepare(sample_rate);
    glide_length_ = static_cast<int>(0.01 * sample_rate);
  }

  // While the channel runs, gains glide to their new values within 10 ms, whether curves move them or not.
  void set(const ChannelSettings& s) {
    const Gains before = running_ ? gains_at(position_) : Gains{};
    automated_.set(s);
    target_ = gains(s);
    if (running_ && moving_inserts_)
      applied_stretch_ = kNoStretch;  // the next stretch applies what curves and the new settings say together
    else
      apply(s);
    glide_left_ = 0;
    if (!running_) return;
    offset_ = before.plus(gains_at(position_), -1);
    if (!(offset_ == Gains::none())) glide_left_ = glide_length_;
  }

  void clear_curves() {
    automated_.clear();
    moving_inserts_ = moving_bands_ = moving_gate_ = moving_compressor_ = moving_saturation_ = false;
    std::fill(std::begin(moving_dynamic_), std::end(moving_dynamic_), false);
    applied_stretch_ = kNoStretch;
  }
  bool add_curve(const std::string& name, Curve curve) {
    const bool known = automated_.add(name, std::move(curve));
    static constexpr const char* kGains[] = {"trim_db", "width", "fader_db", "pan", "mute"};
    const bool is_gain = std::any_of(std::begin(kGains), std::end(kGains), [&](const char* g) { return name == g; });
    moving_inserts_ = moving_inserts_ || !is_gain;
    moving_bands_ = moving_bands_ || name.rfind("equalizer.", 0) == 0;
    moving_gate_ = moving_gate_ || name.rfind("gate.", 0) == 0;
    moving_compressor_ = moving_compressor_ || name.rfind("compressor.", 0) == 0;
    moving_saturation_ = moving_saturation_ || name.rfind("saturation.", 0) == 0;
    for (int i = 0; i < kDynamicBands; ++i)
      moving_dynamic_[i] = moving_dynamic_[i] || name.rfind(kDynamicNames[i], 0) == 0;
    if (known) apply(automated_.settings());
    return known;
  }

  int latency() const {
    int total = use_delay_ ? delay_.latency() : 0;
    if (use_gate_) total += gate_.latency();
    if (use_compressor_) total += compressor_.latency();
    for (int i = 0; i < kDynamicBands; ++i)
      if (use_dynamic_[i]) total += dynamic_[i].latency();
    if (use_saturation_) total += saturation_.latency();
    return total;
  }

  // Which inserts run, and what each adds to the latency (of the equaliser: its sections). Settings that change it
  // interrupt the sound of a running channel.
  std::array<int, 5 + kDynamicBands> structure() const {
    constexpr int off = -1;
    std::array<int, 5 + kDynamicBands> all = {use_delay_ ? delay_.latency() : off,
                                              use_equalizer_ ? equalizer_.sections() : off,
                                              use_gate_ ? gate_.latency() : off,
                                              use_compressor_ ? compressor_.latency() : off,
                                              use_saturation_ ? saturation_.latency() : off};
    for (std::size_t i = 0; i < kDynamicBands; ++i) all[5 + i] = use_dynamic_[i] ? dynamic_[i].latency() : off;
    return all;
  }

  void reset() {
    delay_.reset();
    equalizer_.reset();
    gate_.reset();
    compressor_.reset();
    for (auto& band : dynamic_) band.reset();
    saturation_.reset();
    running_ = false;
    glide_left_ = 0;
    applied_stretch_ = kNoStretch;
    piece_ = {};
    insert_ = kInserts;
  }

  // Deepest reduction of the compressor during the last call of process.
  double gain_reduction_db() const { return use_compressor_ ? compressor_.last_gain_reduction_db() : 0.0; }

  // One call's samples; where the rows lie must not change until it is done.
  struct Call {
    const float* in[2];
    Key keys[kKeys];
    Outputs out;
    std::int64_t position;
    int n;
  };

  void process(const float* const* in, const Key* keys, Outputs out, std::int64_t position, int n) {
    Call call{{in[0], in[channels_ - 1]}, {}, out, position, n};
    std::copy(keys, keys + kKeys, call.keys);
    start(call);
    while (Following* next = advance()) follow(next, 1);
  }

  // The same in steps: `advance` works up to the next follower, which must have run before the next call of `advance`; at the
  // end of the call's samples there is none.
  void start(const Call& call) {
    call_ = call;
    running_ = true;
    done_ = 0;
    insert_ = kInserts;
    compressor_.forget_reduction();
    position_ = call.position + call.n;
  }
  Following* advance() {
    if (insert_ < kInserts) finish_insert(insert_++);
    for (;;) {
      if (insert_ == kInserts) {
        if (piece_.count > 0) close_piece();
        if (done_ == call_.n) return nullptr;
        open_piece();
        insert_ = 0;
      }
      for (; insert_ < kInserts; ++insert_)
        if (begin_insert(insert_)) return &following_;
    }
  }

 private:
  static constexpr std::int64_t kNoStretch = std::numeric_limits<std::int64_t>::min();

  // The gains as the samples meet them: each of them may move in a straight line.
  struct Gains {
    double trim = 1, width = 1, left = 1, right = 1, post_left = 1, post_right = 1;
    static Gains none() { return {0, 0, 0, 0, 0, 0}; }
    bool operator==(const Gains&) const = default;
    Gains plus(const Gains& other, double share) const {
      return {trim + other.trim * share,   width + other.width * share,         left + other.left * share,
              right + other.right * share, post_left + other.post_left * share, post_right + other.post_right * share};
    }
  };

  Gains gains(const ChannelSettings& s) const {
    const StereoGain pan = channels_ == 1 ? pan_mono(s.pan) : balance_stereo(s.pan);
    const double polarity = 1 - 2 * s.polarity_invert, fader = fader_gain(s.fader_db) * (1 - s.mute);
    return {polarity * std::pow(10.0, s.trim_db / 20), s.width, pan.left, pan.right, fader * pan.left, fader * pan.right};
  }

  // What applies at a position, a glide included.
  Gains gains_at(std::int64_t position) {
    Gains here = target_;
    if (!automated_.empty())
      automated_.segments(position, 1, [&](const ChannelSettings& a, const ChannelSettings& b, int offset, int length, int) {
        const Gains from = gains(a);
        here = from.plus(gains(b).plus(from, -1), static_cast<double>(offset) / length);
      });
    return glide_left_ > 0 ? here.plus(offset_, static_cast<double>(glide_left_) / glide_length_) : here;
  }

  void apply(const ChannelSettings& s) {
    use_delay_ = s.delay_ms > 0;
    if (use_delay_) {
      const double samples = s.delay_ms * sample_rate_ / 1000;
      const double whole = std::round(samples);
      const bool fractional = std::abs(samples - whole) > 1e-6;
      delay_.set_delay(fractional ? samples : whole, fractional);
    }
    use_equalizer_ = moving_bands_ || !Equalizer::neutral(s.equalizer);
    if (use_equalizer_) equalizer_.set(s.equalizer, moving_bands_);
    use_gate_ = moving_gate_ || !Gate::neutral(s.gate);
    if (use_gate_) gate_.set(s.gate);
    use_compressor_ = moving_compressor_ || !Compressor::neutral(s.compressor);
    if (use_compressor_) compressor_.set(s.compressor);
    for (int i = 0; i < kDynamicBands; ++i) {
      use_dynamic_[i] = moving_dynamic_[i] || !DynamicEq::neutral(s.dynamic[i]);
      if (use_dynamic_[i]) dynamic_[i].set(s.dynamic[i]);
    }
    use_saturation_ = moving_saturation_ || !Saturation::neutral(s.saturation);
    if (use_saturation_) saturation_.set(s.saturation);
  }

  // A piece of the call in which gains move in straight lines and settings stand still.
  struct Piece {
    Gains from, to;
    int offset = 0, length = 1, count = 0;
  };

  Piece next_piece() {
    const int left = std::min(call_.n - done_, kBlock);
    if (!automated_.empty()) {
      const std::int64_t here = call_.position + done_;
      const auto stretch = automated_.stretch(here);
      const int offset = stretch.offset, length = stretch.length;
      if (moving_inserts_ && here - offset != applied_stretch_) apply(automated_.from());
      applied_stretch_ = here - offset;
      const Gains from = gains(automated_.from()), to = gains(automated_.to());
      const int count = std::min(left, length - offset);
      if (glide_left_ == 0) return {from, to, offset, length, count};
      // The glide's share of the stretch, the same piece however blocks divide it.
      const int glided = offset - (glide_length_ - glide_left_);  // where the glide began, counted from the stretch
      const int first = std::max(0, glided), last = std::min(length, glided + glide_length_);
      const auto at = [&](int i) {
        return from.plus(to.plus(from, -1), static_cast<double>(i) / length)
            .plus(offset_, static_cast<double>(glided + glide_length_ - i) / glide_length_);
      };
      const int share = std::min(count, last - offset);
      glide_left_ -= share;
      return {at(first), at(last), offset - first, last - first, share};
    }
    if (glide_left_ == 0) return {target_, target_, 0, 1, left};
    const int share = std::min(left, glide_left_);
    const Piece piece{target_.plus(offset_, 1), target_, glide_length_ - glide_left_, glide_length_, share};
    glide_left_ -= share;
    return piece;
  }

  void open_piece() {
    piece_ = next_piece();
    const int n = piece_.count;
    for (int c = 0; c < channels_; ++c)  // other channels work meanwhile: memory has the time to deliver the next piece
      prefetch(call_.in[c] + done_ + n, std::min(kBlock, call_.n - done_ - n));
    for (float* row : call_.out.post) prefetch(row + done_, n);
    float* io[2] = {io_[0], io_[channels_ - 1]};
    const float* in[2] = {call_.in[0] + done_, call_.in[1] + done_};
    const Ramp trim{piece_.from.trim, piece_.to.trim};
    if (use_equalizer_ && !use_delay_ && trim.still()) {  // in one pass
      equalizer_.process(in, trim.from, io, channels_, n);
    } else {
      for (int c = 0; c < channels_; ++c) scale(in[c], io[c], trim, piece_.offset, piece_.length, n);
      if (use_delay_) delay_.process(io, channels_, n);
      if (use_equalizer_) equalizer_.process(io, channels_, n);
    }
    for (int c = 0; c < channels_; ++c) std::fill(io[c] + n, io[c] + ((n + 7) & ~7), 0.0f);
  }

  // Inserts that wait for a follower: gate, compressor, dynamic bands.
  static constexpr int kInserts = kKeys;
  template <class F>
  bool with_insert(int index, F&& f) {
    if (index == 0) return use_gate_ && (f(gate_), true);
    if (index == 1) return use_compressor_ && (f(compressor_), true);
    return use_dynamic_[index - 2] && (f(dynamic_[index - 2]), true);
  }

  bool begin_insert(int index) {
    return with_insert(index, [&](auto& insert) {
      float* io[2] = {io_[0], io_[channels_ - 1]};
      const Key& key = call_.keys[index];
      if (!key.rows) {
        following_ = insert.begin(io, channels_, io, channels_, piece_.count, scratch_);
        return;
      }
      const float* rows[2] = {key.rows[0] + done_, key.rows[key.channels - 1] + done_};
      alignas(32) float padded[2][kDynamicsRoom];
      if (piece_.count % 8 != 0)
        for (int c = 0; c < key.channels; ++c) {
          std::fill(std::copy_n(rows[c], piece_.count, padded[c]), padded[c] + ((piece_.count + 7) & ~7), 0.0f);
          rows[c] = padded[c];
        }
      rows[1] = key.channels == 2 ? rows[1] : rows[0];
      following_ = insert.begin(io, channels_, rows, key.channels, piece_.count, scratch_);
    });
  }
  void finish_insert(int index) {
    with_insert(index, [&](auto& insert) {
      float* io[2] = {io_[0], io_[channels_ - 1]};
      insert.finish(io, channels_, piece_.count, scratch_);
    });
  }

  void close_piece() {
    float* io[2] = {io_[0], io_[channels_ - 1]};
    const auto [a, b, offset, length, n] = piece_;
    if (use_saturation_) saturation_.process(io, channels_, n);
    if (channels_ == 2 && !(a.width == 1 && b.width == 1)) set_width(io[0], io[1], {a.width, b.width}, offset, length, n);
    const Outputs& out = call_.out;
    for (int c = 0; c < channels_; ++c)
      if (out.tap[c]) std::copy(io[c], io[c] + n, out.tap[c] + done_);
    if (out.pre[0]) {
      scale(io[0], out.pre[0] + done_, {a.left, b.left}, offset, length, n);
      scale(io[1], out.pre[1] + done_, {a.right, b.right}, offset, length, n);
    }
    scale(io[0], out.post[0] + done_, {a.post_left, b.post_left}, offset, length, n);
    scale(io[1], out.post[1] + done_, {a.post_right, b.post_right}, offset, length, n);
    done_ += n;
    piece_.count = 0;
  }

  double sample_rate_ = 48000;
  int channels_ = 2;
  Automated<ChannelSettings> automated_;
  DelayLine delay_;
  Equalizer equalizer_;
  Gate gate_;
  Compressor compressor_;
  DynamicEq dynamic_[kDynamicBands];
  Saturation saturation_;
  bool use_delay_ = false, use_equalizer_ = false, use_gate_ = false, use_compressor_ = false, use_saturation_ = false;
  bool use_dynamic_[kDynamicBands] = {};
  bool moving_inserts_ = false, moving_bands_ = false, moving_gate_ = false, moving_compressor_ = false;
  bool moving_saturation_ = false, moving_dynamic_[kDynamicBands] = {};
  std::int64_t applied_stretch_ = kNoStretch, position_ = 0;
  bool running_ = false;
  int glide_left_ = 0, glide_length_ = 480;
  Gains target_, offset_;  // where settings alone lead, and what is still added while a glide begins

  // The call that runs: how far it is, the piece at work, and the insert whose follower it waits for.
  Call call_{};
  int done_ = 0, insert_ = kInserts;
  Piece piece_;
  Following following_;
  DynamicsScratch scratch_;
  alignas(32) float io_[2][kBlock + 8] = {};
};

// Calls of several channels that do not listen to each other, side by side: followers of one step share vectors.
inline void process_together(Channel* const* channels, const Channel::Call* calls, int count) {
  constexpr int kTogether = FollowerLanes::kMost;  // more would leave the nearest cache
  for (int first = 0; first < count; first += kTogether) {
    const int end = std::min(count, first + kTogether);
    for (int i = first; i < end; ++i) channels[i]->start(calls[i]);
    for (bool busy = true; busy;) {
      Following waiting[kTogether];
      int found = 0;
      for (int i = first; i < end; ++i)
        if (Following* next = channels[i]->advance()) waiting[found++] = *next;
      follow(waiting, found);
      busy = found > 0;
    }
  }
}

}  // namespace mixwright
