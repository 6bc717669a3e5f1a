"""The sound sources: samples through FluidSynth, two small synthesisers, and the gear they run through."""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from scipy import signal

RATE = 44100
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
TICKS_PER_SECOND = 960  # 480 ticks a beat at 120 BPM, so that times are plain seconds


class Hit(NamedTuple):
    start_s: float
    length_s: float
    pitch: int
    velocity: int


def _variable_length(value: int) -> bytes:
    out = bytes([value & 0x7F])
    while value := value >> 7:
        out = bytes([0x80 | (value & 0x7F)]) + out
    return out


def midi_file(hits: list[Hit], program: int, channel: int) -> bytes:
    """A one-track standard MIDI file."""
    events = [(0, 0, bytes([0xC0 | channel, program]))]
    for hit in hits:
        events.append(
            (round(hit.start_s * TICKS_PER_SECOND), 2, bytes([0x90 | channel, hit.pitch, hit.velocity]))
        )
        end_s = hit.start_s + hit.length_s
        events.append((round(end_s * TICKS_PER_SECOND), 1, bytes([0x80 | channel, hit.pitch, 0])))
    body, now = b"", 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        body += _variable_length(tick - now) + message
        now = tick
    body += b"\x00\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480) + b"MTrk" + struct.pack(">I", len(body)) + body


def sampled(hits: list[Hit], length_s: float, program: int = 0, drums: bool = False) -> np.ndarray:
    """Play hits dry with the SoundFont; float, shape (2, samples)."""
    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder, "part.mid"), Path(folder, "part.wav")
        midi.write_bytes(midi_file(hits, program, 9 if drums else 0))
        subprocess.run(
            [
                "fluidsynth",
                "-niq",
                "-R",
                "0",
                "-C",
                "0",
                "-g",
                "0.5",
                "-r",
                str(RATE),
                "-O",
                "float",
                "-F",
                str(wave),
                str(SOUND_FONT),
                str(midi),
            ],
            check=True,
            capture_output=True,
        )
        audio, rate = soundfile.read(wave, always_2d=True)
    assert rate == RATE
    out = np.zeros((2, int(length_s * RATE)))
    size = min(out.shape[1], len(audio))
    out[:, :size] = audio[:size].T
    return out


def _saw(phase: np.ndarray, step: np.ndarray | float) -> np.ndarray:
    """Band-limited saw (polyBLEP: Valimaki and Huovilainen, IEEE Signal Process. Mag. 24(2), 2007)."""
    phase = phase % 1.0
    out = 2 * phase - 1
    step = np.broadcast_to(step, phase.shape)
    early, late = phase < step, phase > 1 - step
    fraction = phase[early] / step[early]
    out[early] -= 2 * fraction - fraction**2 - 1
    fraction = (phase[late] - 1) / step[late]
    out[late] -= fraction**2 + 2 * fraction + 1
    return out


def _envelope(size: int, attack_s: float, hold: int, release_s: float) -> np.ndarray:
    time = np.arange(size) / RATE
    out = 1 - np.exp(-time / attack_s)
    out[hold:] = out[max(0, hold - 1)] * np.exp(-(time[hold:] - time[min(hold, size - 1)]) / release_s)
    return out


def synth_pad(hits: list[Hit], length_s: float, seed: int) -> np.ndarray:
    """Seven detuned saws a note, spread in stereo, through a slow low-pass."""
    rng = np.random.default_rng(seed)
    out = np.zeros((2, int(length_s * RATE)))
    for hit in hits:
        start = round(hit.start_s * RATE)
        size = min(out.shape[1] - start, round((hit.length_s + 2.0) * RATE))
        time = np.arange(size) / RATE
        shape = _envelope(size, 0.35, min(size, round(hit.length_s * RATE)), 0.5) * hit.velocity / 127
        for cents, place in zip(np.linspace(-14, 14, 7), rng.permutation(np.linspace(-1, 1, 7)), strict=True):
            step = 440 * 2 ** ((hit.pitch - 69 + cents / 100) / 12) / RATE
            voice = _saw(rng.uniform() + step * RATE * time, step) * shape / 7
            out[0, start : start + size] += voice * np.sqrt((1 - place) / 2)
            out[1, start : start + size] += voice * np.sqrt((1 + place) / 2)
    return signal.sosfilt(signal.butter(2, 1900, fs=RATE, output="sos"), out)


def synth_lead(hits: list[Hit], length_s: float, seed: int) -> np.ndarray:
    """A monophonic saw and square lead with glide, late vibrato and an opening filter; mono."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(length_s * RATE))
    pitch = np.full(len(out), float(hits[0].pitch))
    gate = np.zeros(len(out))
    for hit in hits:
        start, end = round(hit.start_s * RATE), min(len(out), round((hit.start_s + hit.length_s) * RATE))
        pitch[start:] = hit.pitch
        time = np.arange(end - start) / RATE
        depth = 0.3 * np.clip((time - 0.25) / 0.3, 0, 1)
        pitch[start:end] += depth * np.sin(2 * np.pi * 5.8 * time + rng.uniform(0, 6))
        gate[start:end] = hit.velocity / 127 * (0.7 + 0.3 * np.exp(-time / 0.15))
    pitch = signal.lfilter([0.002], [1, -0.998], pitch - pitch[0]) + pitch[0]  # glide
    step = 440 * 2 ** ((pitch - 69) / 12) / RATE
    phase = np.cumsum(step)
    tone = _saw(phase, step) + 0.7 * _saw(phase * 1.004, step * 1.004)
    tone += 0.5 * (_saw(phase, step) - _saw(phase + 0.5, step))  # a square
    gate = signal.lfilter([0.004], [1, -0.996], gate)
    dark = signal.sosfilt(signal.butter(2, 1600, fs=RATE, output="sos"), tone)
    bright = signal.sosfilt(signal.butter(2, 9000, fs=RATE, output="sos"), tone)
    return gate * (dark + (bright - dark) * np.clip(1.4 * gate, 0, 1))


def guitar_amp(direct: np.ndarray, drive_db: float, presence_hz: float) -> np.ndarray:
    """Tighten, overdrive (four times oversampled), then a closed-back cabinet; mono in and out."""
    tight = signal.sosfilt(signal.butter(1, 110, "high", fs=RATE, output="sos"), direct)
    tight = tight / np.sqrt(np.mean(tight[np.abs(tight) > 1e-4] ** 2)) * 0.1
    fast = signal.resample_poly(tight, 4, 1) * 10 ** (drive_db / 20)
    stage = np.tanh(fast + 0.15) - np.tanh(0.15)
    stage = signal.sosfilt(signal.butter(1, [60, 6500], "band", fs=4 * RATE, output="sos"), stage)
    amp = signal.resample_poly(np.tanh(1.6 * stage), 1, 4)
    cab = signal.sosfilt(signal.butter(4, 4600, fs=RATE, output="sos"), amp)
    cab = signal.sosfilt(signal.butter(2, 75, "high", fs=RATE, output="sos"), cab)
    return bell(bell(cab, presence_hz, 5, 1.2), 420, -4, 1.0)


def bell(audio: np.ndarray, centre_hz: float, gain_db: float, q: float) -> np.ndarray:
    """A peaking biquad (Bristow-Johnson, Audio EQ Cookbook)."""
    amplitude, omega = 10 ** (gain_db / 40), 2 * np.pi * centre_hz / RATE
    alpha, cosine = np.sin(omega) / (2 * q), np.cos(omega)
    b = [1 + alpha * amplitude, -2 * cosine, 1 - alpha * amplitude]
    a = [1 + alpha / amplitude, -2 * cosine, 1 - alpha / amplitude]
    return signal.lfilter(b, a, audio)


def room(audio: np.ndarray, decay_s: float, seed: int) -> np.ndarray:
    """The reverberant part of a small live room; (2, samples) in and out."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(1.5 * decay_s * RATE)) / RATE
    tail = rng.normal(0, 1, (2, len(time))) * 10 ** (-3 * time / decay_s) * (1 - np.exp(-time / 0.004))
    tail = signal.sosfilt(signal.butter(1, [150, 6000], "band", fs=RATE, output="sos"), tail)
    tail /= np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    return signal.fftconvolve(audio, tail, axes=1)[:, : audio.shape[1]]


def loudness_lufs(audio: np.ndarray) -> float:
    """Integrated loudness, ITU-R BS.1770-4 at 44.1 kHz; (channels, samples) or (samples,)."""
    audio = np.atleast_2d(audio)
    shelf = (
        [1.530841230050348, -2.650979995154729, 1.169079079921587],
        [1, -1.663655113256020, 0.712595428073225],
    )
    weighted = signal.lfilter(*shelf, audio)
    weighted = signal.lfilter([1, -2, 1], [1, -1.989169673629796, 0.989199035787039], weighted)
    size, hop = int(0.4 * RATE), int(0.1 * RATE)
    total = np.concatenate([[0], np.cumsum(np.sum(weighted**2, axis=0))])
    starts = np.arange(0, audio.shape[1] - size, hop)
    power = (total[starts + size] - total[starts]) / size + 1e-20
    power = power[-0.691 + 10 * np.log10(power) > -70]
    power = power[10 * np.log10(power) > 10 * np.log10(power.mean()) - 10]
    return float(-0.691 + 10 * np.log10(power.mean()))
