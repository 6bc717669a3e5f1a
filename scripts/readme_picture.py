"""Draws docs/images/demo.png from a finished demo mix: run `make demo`, then this (needs matplotlib)."""

import json
from pathlib import Path

import matplotlib
import numpy as np
import soundfile

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from mixwright.analysis.loudness import LoudnessMeter

ROOT = Path(__file__).parents[1]
OUT = ROOT / "out" / "demo"
TRACKS = ROOT / "examples" / "demo_song" / "tracks"
COLOURS = {
    "vocals": "#e8743b",
    "drums": "#5899da",
    "bass": "#945ecf",
    "guitars": "#19a979",
    "keys": "#edc245",
}
BEFORE, AFTER, PAPER, INK = "#8a8f98", "#e8743b", "#14171c", "#e6e8ea"


def rough_sum() -> np.ndarray:
    parts = [soundfile.read(file, always_2d=True)[0].T for file in sorted(TRACKS.iterdir())]
    total = np.zeros((2, max(p.shape[1] for p in parts)))
    for part in parts:
        total[:, : part.shape[1]] += part
    return total / np.abs(total).max() * 10 ** (-1 / 20)


def third_octaves(audio: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    frames = np.lib.stride_tricks.sliding_window_view(audio.mean(axis=0), 8192)[::4096] * np.hanning(8192)
    power = (np.abs(np.fft.rfft(frames)) ** 2).mean(axis=0)
    frequency = np.fft.rfftfreq(8192, 1 / rate)
    centres = 1000 * 2 ** (np.arange(-14, 13) / 3)
    bands = [power[(frequency >= c / 2 ** (1 / 6)) & (frequency < c * 2 ** (1 / 6))].sum() for c in centres]
    return centres, 10 * np.log10(np.array(bands) / power.sum() + 1e-12)


def short_term(audio: np.ndarray, rate: int) -> np.ndarray:
    meter = LoudnessMeter(rate, 2)
    meter.add(np.ascontiguousarray(audio, np.float32))
    return np.asarray(meter.short_term_curve_lufs)


def main() -> None:
    project = json.loads((OUT / "project.json").read_text())
    master, rate = soundfile.read(OUT / "master.wav", always_2d=True)
    master, rough = master.T, rough_sum()
    plt.rcParams.update(
        {
            "figure.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.facecolor": PAPER, "text.color": INK,
            "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "axes.edgecolor": "#3a3f47",
            "axes.spines.top": False, "axes.spines.right": False, "font.size": 9,
        }
    )  # fmt: skip
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(13, 4.4), width_ratios=[1, 1, 1.15], layout="constrained"
    )
    for audio, colour, name in ((rough, BEFORE, "rough sum"), (master, AFTER, "master")):
        curve = short_term(audio, rate)
        left.plot(3 + np.arange(curve.size) / 10, curve, color=colour, label=name)
        middle.semilogx(*third_octaves(audio, rate), color=colour, label=name)
    left.set(title="Loudness over the song", xlabel="s", ylabel="LUFS, short-term", ylim=(-28, -8))
    middle.set(title="Spectrum in third octaves", xlabel="Hz", ylabel="dB re total", ylim=(-32, -5))
    middle.set_xticks([50, 200, 1000, 5000, 16000], ["50", "200", "1k", "5k", "16k"])
    left.legend(frameon=False, labelcolor=INK, loc="lower right")
    draw_stage(right, project)
    figure.savefig(ROOT / "docs" / "images" / "demo.png", dpi=110)


def draw_stage(axes: plt.Axes, project: dict) -> None:
    """Where each track stands: pan across, post-fader level up."""
    from mixwright.roles import parse_role

    levels = {
        d["target"]: next(v for k, v in d["evidence"].items() if "re_mix" in k)
        for d in project["decisions"]
        if d["kind"] == "balance" and any("re_mix" in k for k in d["evidence"])
    }
    names = {t["id"]: (t["name"], parse_role(t["role"]).group.value) for t in project["tracks"]}
    placed: list[tuple[float, float]] = []
    for strip in project["mix"]["strips"]:
        if strip["id"] not in levels:
            continue
        name, group = names[strip["id"]]
        level = levels[strip["id"]]
        axes.scatter(strip["pan"], level, s=90, color=COLOURS.get(group, BEFORE), zorder=3)
        height = level
        while any(abs(height - y) < 1.1 and abs(strip["pan"] - x) < 0.5 for x, y in placed):
            height -= 1.1
        placed.append((strip["pan"], height))
        axes.annotate(
            name.lstrip("0123456789 "),
            (strip["pan"], height),
            xytext=(7, -3),
            textcoords="offset points",
            fontsize=8,
        )
    axes.set(title="Where the engineer put the tracks", ylabel="LU re mix", xlim=(-1.1, 1.45))
    axes.set_xticks([-1, 0, 1], ["left", "centre", "right"])
    axes.grid(axis="y", color="#262a31")


if __name__ == "__main__":
    main()
