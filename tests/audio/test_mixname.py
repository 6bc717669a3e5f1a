"""Which names say that a file is the mix."""

import csv
import re
from collections import defaultdict

import pytest

from mixwright.audio.mixname import mix_names, words

PARTS = ["kick", "snare", "bass"]

MIXES = """mix|Mix 3|MIX|My Song - Master v2|final|Final Mix|rough|SongTitle_mixdown|author_mix|human_mix
published_master|2track|2-Track|two track|Stereo Mix|stereo|full mix|bounce|premaster|reference|ref
Song (ruff mix 1)|Mix-L|TV mix|demo|Instrumental Mix|Master Bus|SONG_MASTERED_24bit|songtitle final v3
Who I Am MIX_02|remaster 2011|Mix_2024-05-01"""

NO_MIXES = """mix_bus_gtr|StringsMix
32_StringsTunedMix|CelloHarmLo2_Mix2|BackingVox01Submix|Drum Mix|Bounce Bass
Master Keys|Finale|Mixolydian pad|Drums Master|instrumental|take 1|Rough Vox|out|Room Mix|Gtr bounce
Final Chorus Vox|Leadmix|Mixer noise|SnareFX|Stereo Room|Reference Mic|Print Delay|Overhead Mix|vocal mix
Demo Gtr|10_DrumsRoom1_Stereo|Back Vox Extra Stereo"""


@pytest.mark.parametrize("name", re.split(r"[|\n]", MIXES))
def test_mixes(name):
    assert mix_names([name, *PARTS], "SongTitle")[0]


@pytest.mark.parametrize("name", re.split(r"[|\n]", NO_MIXES))
def test_parts(name):
    assert not mix_names([name, *PARTS], "SongTitle")[0]


def test_a_word_that_all_names_share_tells_nothing():
    names = ["Mix Project - Kick", "Mix Project - Snare", "Mix Project - Funny Thing", "Mix Project - Bass"]
    assert not any(mix_names(names))


def test_words():
    assert words("LeadVoxMix_02") == ["lead", "vox", "mix", "02"]
    assert words("2-Track 808Kick") == ["2track", "808", "kick"]


def test_eleven_thousand_real_names(shared_data):
    songs = defaultdict(list)
    with (shared_data("roles") / "filenames_train.csv").open() as table:
        for row in csv.DictReader(table):
            songs[row["song"]].append(row["filename"].rsplit(".", 1)[0])
    found = [
        n for song, names in songs.items() for n, m in zip(names, mix_names(names, song), strict=True) if m
    ]
    assert len(found) == 8
    assert all("ruff mix" in n.lower() or "Who I Am MIX" in n for n in found)
