#include <nanobind/stl/array.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstring>

#include "binding.hpp"
#include "mixwright/channel.hpp"
#include "mixwright/echo.hpp"
#include "mixwright/master.hpp"
#include "mixwright/reverb.hpp"

namespace mixwright::binding {

namespace {

// Planar rows of a buffer whose rows may be longer than the block.
using Rows = nb::ndarray<float, nb::ndim<2>, nb::device::cpu>;

struct RowPointers {
  float* at[2];
  int channels;
};

RowPointers checked_rows(const Rows& a, int n) {
  if ((a.stride(1) != 1 && a.shape(1) > 1) || a.shape(0) < 1 || a.shape(0) > 2 || static_cast<int>(a.shape(1)) < n)
    throw nb::value_error("a buffer must be float32 (1 or 2 channels, at least n samples) with packed rows");
  float* first = a.data();
  return {{first, first + (a.shape(0) - 1) * static_cast<std::size_t>(a.stride(0))}, static_cast<int>(a.shape(0))};
}

Curve curve_from(const std::vector<std::int64_t>& at, const std::vector<double>& value, bool hold, std::int64_t ramp) {
  if (at.empty() || at.size() != value.size()) throw nb::value_error("a curve needs as many values as times");
  return Curve(at, value, hold, ramp);
}

void require_known(bool known, const std::string& name) {
  if (!known) throw nb::key_error(("unknown setting " + name).c_str());
}

// A gain on the way from one channel to another: a route (0 dB) or a send.
class Feed {
 public:
  void set(double level_db) { glide(level_db, 0); }
  void glide(double level_db, int samples) {
    const double before = glide_left_ > 0 ? gain_ + offset_ * glide_left_ / glide_length_ : gain_;
    level_.set({level_db});
    gain_ = fader_gain(level_db);
    offset_ = before - gain_;
    glide_length_ = samples;
    glide_left_ = level_.empty() && offset_ != 0 ? samples : 0;
  }
  void add_curve(Curve curve) { level_.add("level_db", std::move(curve)); }

  // Whether the gain stays as it is until it is set again.
  bool still() const { return level_.empty() && glide_left_ == 0; }
  float gain() const { return static_cast<float>(gain_); }

  void process(const RowPointers& in, const RowPointers& out, std::int64_t position, int n, bool first) {
    int done = 0;
    if (level_.empty()) {
      if (glide_left_ > 0) {
        done = std::min(n, glide_left_);
        add(in, out, 0, {gain_ + offset_, gain_}, glide_length_ - glide_left_, glide_length_, done, first);
        glide_left_ -= done;
      }
      if (done < n) add(in, out, done, {gain_, gain_}, 0, 1, n - done, first);
      return;
    }
    level_.segments(position, n, [&](const Level& a, const Level& b, int offset, int length, int count) {
      add(in, out, done, {fader_gain(a.level_db), fader_gain(b.level_db)}, offset, length, count, first);
      done += count;
    });
  }

 private:
  struct Level {
    double level_db = 0;
    template <class V>
    void visit(V&& v) {
      v("level_db", level_db);
    }
  };

  static void add(const RowPointers& in, const RowPointers& out, int done, Ramp gain, int offset, int length, int n, bool first) {
    for (int c = 0; c < 2; ++c) {
      const float* x = in.at[c] + done;
      float* y = out.at[c] + done;
      if (first) {
        scale(x, y, gain, offset, length, n);
      } else if (gain.still()) {
        const float g = static_cast<float>(gain.from);
        for (int i = 0; i < n; ++i) y[i] += x[i] * g;
      } else {
        for (int i = 0; i < n; ++i) y[i] += static_cast<float>(x[i] * gain.at(offset + i, length));
      }
    }
  }

  Automated<Level> level_;
  double gain_ = 1, offset_ = 0;
  int glide_length_ = 0, glide_left_ = 0;
};

// A fixed delay in whole samples, for latency compensation.
struct SampleDelay {
  SampleDelay(double sample_rate, int samples) {
    line.prepare(sample_rate, samples);
    line.set_delay(samples, false);
  }
  DelayLine line;
};

// Channels of which none waits for another, each with the buffers it writes to and the keys it hears. All buffers stay the
// same.
class Group {
 public:
  void add(Channel& channel, const Rows& post, const std::optional<Rows>& pre, const std::optional<Rows>& tap, int lag) {
    frames_ = std::min(frames_, static_cast<int>(post.shape(1)));
    Member member;
    member.channel = &channel;
    member.lag = lag;
    const auto write_to = [&](const Rows& rows, float** at) {
      const RowPointers p = checked_rows(rows, frames_);
      for (int c = 0; c < p.channels; ++c) at[c] = p.at[c];
    };
    write_to(post, member.out.post);
    if (pre) write_to(*pre, member.out.pre);
    if (tap) write_to(*tap, member.out.tap);
    members_.push_back(member);
    channels_.push_back(&channel);
    calls_.emplace_back();
  }
  // A key of the channel added last, delayed where `delay` is given.
  void hear(int index, const Rows& rows, SampleDelay* delay) {
    if (index < 0 || index >= kKeys || members_.empty()) throw nb::value_error("there is no such key");
    KeyInput& key = members_.back().keys[index];
    key.rows = checked_rows(rows, frames_);
    key.delay = delay;
    if (delay)
      for (int c = 0; c < key.rows.channels; ++c) key.delayed[c].resize(static_cast<std::size_t>(frames_));
  }

  std::size_t size() const { return members_.size(); }
  int frames() const { return frames_; }

  // `sources`: what each channel plays, in the order of adding.
  void process(const std::vector<RowPointers>& sources, std::int64_t position, int n) {
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Member& m = members_[i];
      calls_[i] = {{sources[i].at[0], sources[i].at[1]}, {}, m.out, position - m.lag, n};
      for (int k = 0; k < kKeys; ++k) calls_[i].keys[k] = m.keys[k].heard(n);
    }
    process_together(channels_.data(), calls_.data(), static_cast<int>(calls_.size()));
  }

 private:
  struct KeyInput {
    RowPointers rows{{nullptr, nullptr}, 0};
    SampleDelay* delay = nullptr;
    std::vector<float> delayed[2];
    float* at[2] = {};

    Channel::Key heard(int n) {
      if (rows.channels == 0) return {};
      for (int c = 0; c < rows.channels; ++c) {
        at[c] = rows.at[c];
        if (delay) at[c] = std::copy_n(rows.at[c], n, delayed[c].data()) - n;
      }
      if (delay) delay->line.process(at, rows.channels, n);
      return {at, rows.channels};
    }
  };
  struct Member {
    Channel* channel = nullptr;
    Channel::Outputs out{};
    KeyInput keys[kKeys];
    int lag = 0;
  };

  std::vector<Member> members_;
  std::vector<Channel*> channels_;
  std::vector<Channel::Call> calls_;
  int frames_ = 1 << 30;
};

// The sum of what several channels send: each at its gain and delayed by its samples, in the order of adding. The
// buffers it reads from stay the same. Works in short stretches, so that the sum stays in the nearest cache.
class Gather {
 public:
  void add(const Rows& from, Feed& gain, SampleDelay* delay) {
    const int frames = static_cast<int>(from.shape(1));
    frames_ = parts_.empty() ? frames : std::min(frames_, frames);
    parts_.push_back({checked_rows(from, frames), &gain, delay});
  }

  void process(const RowPointers& out, std::int64_t position, int n) {
    for (int start = 0; start < n; start += kStretch) {
      const int count = std::min(n - start, kStretch);
      const RowPointers to = shifted(out, start);
      for (int c = 0; c < 2; ++c) std::fill(to.at[c], to.at[c] + count, 0.0f);
      for (std::size_t i = 0; i < parts_.size();) {
        std::size_t end = i;
        while (end < parts_.size() && end < i + kTogether && parts_[end].plain()) ++end;
        if (end > i) {
          add_plain(i, end, start, to, count);
          i = end;
        } else {
          add_other(parts_[i++], start, to, position + start, count);
        }
      }
    }
  }

  int frames() const { return parts_.empty() ? 1 << 30 : frames_; }

 private:
  static constexpr int kStretch = 512;
  static constexpr std::size_t kTogether = 4;

  struct Part {
    RowPointers from;
    Feed* gain;
    SampleDelay* delay;
    bool plain() const { return !delay && gain->still(); }
  };

  static RowPointers shifted(const RowPointers& rows, int by) { return {{rows.at[0] + by, rows.at[1] + by}, rows.channels}; }

  void add_plain(std::size_t i, std::size_t end, int start, const RowPointers& to, int n) const {
    for (int c = 0; c < 2; ++c) {
      const float* x[kTogether];
      float g[kTogether];
      for (std::size_t k = i; k < end; ++k) x[k - i] = parts_[k].from.at[c] + start, g[k - i] = parts_[k].gain->gain();
      switch (end - i) {
        case 1: sum<1>(x, g, to.at[c], n); break;
        case 2: sum<2>(x, g, to.at[c], n); break;
        case 3: sum<3>(x, g, to.at[c], n); break;
        default: sum<4>(x, g, to.at[c], n);
      }
    }
  }

  // y starts at zero, so that each term is one multiplication added to what there is: equal bits in vectors and tails.
  template <int count>
  static void sum(const float* const* x, const float* g, float* __restrict y, int n) {
    const float* from[count];
    float gain[count];
    for (int k = 0; k < count; ++k) from[k] = x[k], gain[k] = g[k];
    for (int i = 0; i < n; ++i) {
      float all = y[i];
#pragma GCC unroll 4
      for (int k = 0; k < count; ++k) all += from[k][i] * gain[k];
      y[i] = all;
    }
  }

  void add_other(const Part& part, int start, const RowPointers& to, std::int64_t position, int n) {
    RowPointers in = shifted(part.from, start);
    float delayed[2][kStretch];
    if (part.delay) {
      for (int c = 0; c < 2; ++c) std::copy(in.at[c], in.at[c] + n, delayed[c]);
      in = {{delayed[0], delayed[1]}, 2};
      part.delay->line.process(in.at, 2, n);
    }
    part.gain->process(in, to, position, n, false);
  }

  std::vector<Part> parts_;
  int frames_ = 0;
};

// An effect of a return whose settings curves may move.
template <class Effect, class Settings>
class Automatic {
 public:
  explicit Automatic(double sample_rate) { effect_.prepare(sample_rate); }
  void set(const Settings& s) {
    automated_.set(s);
    if (automated_.empty()) effect_.set(s);  // else the next stretch sets what curves and settings say together
  }
  bool add_curve(const std::string& name, Curve curve) { return automated_.add(name, std::move(curve)); }
  void process(const RowPointers& io, std::int64_t position, int n) {
    if constexpr (requires(Effect& e) { e.seek(position); }) {
      if (position != next_) effect_.seek(position);
      next_ = position + n;
    }
    if (automated_.empty()) return effect_.process(io.at, 2, n);
    float* at[2] = {io.at[0], io.at[1]};
    automated_.segments(position, n, [&](const Settings& a, const Settings&, int, int, int count) {
      effect_.set(a);
      effect_.process(at, 2, count);
      at[0] += count, at[1] += count;
    });
  }
  Effect& effect() { return effect_; }

 private:
  Effect effect_;
  Automated<Settings> automated_;
  std::int64_t next_ = 0;
};

template <class Effect, class Settings>
auto bind_effect(nb::module_& m, const char* name) {
  using Node = Automatic<Effect, Settings>;
  return nb::class_<Node>(m, name)
      .def(nb::init<double>(), nb::arg("sample_rate"))
      .def("set", [](Node& self, const nb::dict& values) { self.set(settings_from<Settings>(values)); })
      .def("add_curve", [](Node& self, const std::string& field, const std::vector<std::int64_t>& at, const std::vector<double>& value, bool hold, std::int64_t ramp) {
        require_known(self.add_curve(field, curve_from(at, value, hold, ramp)), field);
      })
      .def_prop_ro("latency", [](Node& self) { return self.effect().latency(); })
      .def("process", [](Node& self, const Rows& io, std::int64_t position, int n) {
        const RowPointers p = checked_rows(io, n);
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.process(p, position, n);
      });
}

}  // namespace

void bind_console(nb::module_& m) {
  nb::class_<Channel>(m, "Channel")
      .def("__init__", [](Channel* self, double sample_rate, int channels) {
        require_channels(static_cast<std::size_t>(channels));
        new (self) Channel();
        self->prepare(sample_rate, channels);
      }, nb::arg("sample_rate"), nb::arg("channels"))
      .def("set", [](Channel& self, const nb::dict& values) { self.set(settings_from<ChannelSettings>(values)); })
      .def("clear_curves", &Channel::clear_curves)
      .def("add_curve", [](Channel& self, const std::string& name, const std::vector<std::int64_t>& at, const std::vector<double>& value, bool hold, std::int64_t ramp) {
        require_known(self.add_curve(name, curve_from(at, value, hold, ramp)), name);
      })
      .def("reset", &Channel::reset)
      .def_prop_ro("latency", &Channel::latency)
      .def_prop_ro("structure", &Channel::structure)
      .def_prop_ro("gain_reduction_db", &Channel::gain_reduction_db);

  nb::class_<Group>(m, "Group")
      .def(nb::init<>())
      .def("add", &Group::add, nb::arg("channel"), nb::arg("post"), nb::arg("pre").none(), nb::arg("tap").none(), nb::arg("lag"),
           nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>(), nb::keep_alive<1, 4>(), nb::keep_alive<1, 5>())
      .def("hear", &Group::hear, nb::arg("index"), nb::arg("rows"), nb::arg("delay").none(), nb::keep_alive<1, 3>(), nb::keep_alive<1, 4>())
      .def("process", [](Group& self, const nb::list& sources, std::int64_t position, int n) {
        if (sources.size() != self.size() || n > self.frames()) throw nb::value_error("one source per channel, no longer than the buffers");
        std::vector<RowPointers> rows;
        rows.reserve(self.size());
        for (nb::handle source : sources) rows.push_back(checked_rows(nb::cast<Rows>(source), n));
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.process(rows, position, n);
      }, nb::arg("sources"), nb::arg("position"), nb::arg("n"));

  nb::class_<Feed>(m, "Feed")
      .def(nb::init<>())
      .def("set", &Feed::set, nb::arg("level_db"))
      .def("glide", &Feed::glide, nb::arg("level_db"), nb::arg("samples"))
      .def("add_curve", [](Feed& self, const std::vector<std::int64_t>& at, const std::vector<double>& value, bool hold, std::int64_t ramp) {
        self.add_curve(curve_from(at, value, hold, ramp));
      })
      .def("process", [](Feed& self, const Rows& in, const Rows& out, std::int64_t position, int n, bool first) {
        const RowPointers from = checked_rows(in, n), to = checked_rows(out, n);
        nb::gil_scoped_release release;
        self.process(from, to, position, n, first);
      });

  nb::class_<Master>(m, "Master")
      .def("__init__", [](Master* self, double sample_rate) { new (self) Master(); self->prepare(sample_rate); }, nb::arg("sample_rate"))
      .def("set", [](Master& self, const nb::dict& values) { self.set(settings_from<MasterSettings>(values)); })
      .def("clear_curves", &Master::clear_curves)
      .def("add_curve", [](Master& self, const std::string& name, const std::vector<std::int64_t>& at, const std::vector<double>& value, bool hold, std::int64_t ramp) {
        require_known(self.add_curve(name, curve_from(at, value, hold, ramp)), name);
      })
      .def("reset", &Master::reset)
      .def_prop_ro("latency", &Master::latency)
      .def_prop_ro("glue_latency", &Master::glue_latency)
      .def_prop_ro("glue_reduction_db", &Master::glue_reduction_db)
      .def_prop_ro("limiter_reduction_db", &Master::limiter_reduction_db)
      .def("process", [](Master& self, const Rows& io, std::int64_t position, int n) {
        const RowPointers p = checked_rows(io, n);
        if (p.channels != 2) throw nb::value_error("the master is stereo");
        nb::gil_scoped_release release;
        ScopedFlushDenormals flush;
        self.process(p.at, position, n);
      });

  nb::class_<SampleDelay>(m, "SampleDelay")
      .def(nb::init<double, int>(), nb::arg("sample_rate"), nb::arg("samples"))
      .def("process", [](SampleDelay& self, const Rows& io, int n) {
        const RowPointers p = checked_rows(io, n);
        nb::gil_scoped_release release;
        self.line.process(p.at, p.channels, n);
      });

  nb::class_<Gather>(m, "Gather")
      .def(nb::init<>())
      .def("add", [](Gather& self, const Rows& from, Feed& gain, SampleDelay* delay) { self.add(from, gain, delay); },
           nb::arg("source"), nb::arg("gain"), nb::arg("delay").none(), nb::keep_alive<1, 2>(), nb::keep_alive<1, 3>(), nb::keep_alive<1, 4>())
      .def("process", [](Gather& self, const Rows& out, std::int64_t position, int n) {
        const RowPointers to = checked_rows(out, n);
        if (to.channels != 2 || n > self.frames()) throw nb::value_error("a sum is stereo and no longer than the buffers it reads");
        nb::gil_scoped_release release;
        self.process(to, position, n);
      });

  bind_effect<Reverb, ReverbSettings>(m, "ReverbNode");
  bind_effect<Echo, EchoSettings>(m, "EchoNode");
}

}  // namespace mixwright::binding
