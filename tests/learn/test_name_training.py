"""Roles from names: what is learned, what is stored of it, and how it goes together with the rules."""

import numpy as np
import pytest
from commandline import done, refused, write_song

from mixwright.engineer.learned_names import missing_weights, name_properties, read_names, vote
from mixwright.engineer.roles import guess_roles
from mixwright.learn.name_training import judge_names, train_names
from mixwright.learn.song import Song, SongTrack
from mixwright.models.file_names import NameModel, load_name_model, read_name_model
from mixwright.models.linear import ModelError
from mixwright.roles import Role

WORDS = {Role.KICK: "Zumpf", Role.STRINGS: "Geigerei", Role.BASS: "Brummer"}
"""Names no lexicon knows."""


def songs(count: int, words: dict[Role, str] = WORDS) -> list[Song]:
    made = []
    for number in range(count):
        tracks = [
            SongTrack(f"{number}{word}", f"{at:02d}_{word}{number % 3}.wav", role)
            for at, (role, word) in enumerate(words.items(), 1)
        ]
        made.append(Song(f"Song {number}", tuple(tracks), "test", "own"))
    return made


@pytest.fixture(scope="module")
def learned() -> NameModel:
    return train_names(songs(9), penalty=1e-5)  # few songs that agree


def test_words_the_rules_do_not_know_are_learned(learned):
    scores = judge_names(songs(4), learned)
    assert scores.rules_accuracy < 0.5
    assert scores.accuracy == 1.0
    assert learned.card["loss_last"] < learned.card["loss_first"]


def test_what_few_songs_share_is_not_stored():
    rare = [*songs(5), *songs(2, {Role.FX: "Xylquark"})]
    assert not any("xyl" in name for name in train_names(rare).properties)


def test_saved_weights_read_the_same(learned, tmp_path):
    np.savez(tmp_path / "m.npz", **learned.arrays())
    with (tmp_path / "m.npz").open("rb") as file:
        again = read_name_model(file)
    names = ["Zumpf.wav", "Brummer 2.wav"]
    given = name_properties(names, guess_roles(names))
    np.testing.assert_allclose(again.scores(given), learned.scores(given), atol=0.05)  # halves of float16


def test_no_weights_leave_the_rules(monkeypatch):
    def missing() -> NameModel:
        raise ModelError("missing")

    names = ["01 Kick.wav", "Lead Vox.wav", "Audio 07.wav"]
    monkeypatch.setattr("mixwright.engineer.learned_names.load_name_model", missing)
    assert read_names(names) == guess_roles(names)
    assert "rules alone" in missing_weights()


def test_a_song_opens_without_weights_and_says_so(monkeypatch, tmp_path):
    def missing() -> NameModel:
        raise ModelError("the weights are missing; install mixwright anew")

    monkeypatch.setattr("mixwright.engineer.learned_names.load_name_model", missing)
    found = done("inspect", write_song(tmp_path / "song"), "--json").json
    assert [note for note in found["notes"] if "rules alone" in note]
    assert {"kick", "bass", "lead_vocal"} <= {track["role"] for track in found["tracks"]}
    assert all(track["role_votes"].keys() == {"rules"} for track in found["tracks"])


def test_names_without_a_word_stay_open():
    names = [f"Audio {number:02d}.wav" for number in range(8)]
    assert {guess.role for guess in read_names(names)} == {Role.OTHER}


def test_a_model_without_pads_leaves_pads_alone():
    names = ["01_SynthPad.wav", "02_Kick.wav", "03_Bass.wav", "04_Lead Synth.wav"]
    assert read_names(names)[0].role is Role.SYNTH_PAD


def test_plain_names_are_read_as_before():
    names = [
        "Kick In.wav",
        "Snare Top.wav",
        "OH L.wav",
        "Bass DI.wav",
        "EGtr 1.wav",
        "Lead Vox.wav",
        "BVs.wav",
    ]
    assert [g.role for g in read_names(names)] == [g.role for g in guess_roles(names)]
    assert all(votes.learned is votes.rules.role for votes in vote(names))


def test_shipped_weights_hold_no_long_text():
    model = load_name_model()
    assert model.card["fewest_songs_per_property"] >= 3
    pieces = [name[2:] for name in model.properties if name.startswith("c:")]
    assert max(map(len, pieces)) <= 6


def test_damaged_weights_say_so(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"no")
    with pytest.raises(ModelError, match="damaged"), (tmp_path / "m.npz").open("rb") as file:
        read_name_model(file)


def test_commands(tmp_path):
    table = tmp_path / "t.csv"
    rows = [
        f"S{n},{role},{at}_{name}.wav"
        for n in range(4)
        for at, (role, name) in enumerate(
            (("kick", "Kick"), ("bass", "Bass DI"), ("lead_vocal", "LeadVox")), 1
        )
    ]
    table.write_text("song,role,filename\n" + "\n".join(rows) + "\n")
    found = done("evaluate", "roles", table, "--json").json
    assert found["accuracy"] == found["group_accuracy"] == found["macro_recall"] == 1.0
    assert found["per_role"]["kick"] == [4, 1.0]
    assert "100.0%" in done("evaluate", "roles", table).out
    out = done("train", "roles", "--data", table, "--out", tmp_path / "w", "--json").json
    assert out["card"]["names"] == 12
    refused(tmp_path, "evaluate", "roles", tmp_path / "none.csv", says=("none.csv",))
