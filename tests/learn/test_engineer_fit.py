"""What engineers do is learned, and judged on songs left out."""

import json

import numpy as np
import pytest
from commandline import done, refused
from learn import mixology_file as made

from mixwright.learn.balance_protocol import judge_balance
from mixwright.learn.curves import CURVE_HZ, curve_db
from mixwright.learn.engineer_fit import fit_engineers, strongest_sides
from mixwright.learn.readers.mixology import read_mixology
from mixwright.learn.song import EqMove
from mixwright.learn.tables import rating_weights, weighted_median
from mixwright.models.linear import EngineerModel, ModelError, load_engineer_model, read_engineer_model
from mixwright.models.track_facts import Facts, features
from mixwright.roles import Role

SONGS = {f"Song {n}": 4 for n in range(5)}


def test_levels_of_unseen_songs_are_found_where_engineers_agree(tmp_path):
    songs = read_mixology(made.write(tmp_path / "m.json", SONGS, spread_db=0.5))
    scores = judge_balance(songs, EngineerModel({}, {"songs": list(SONGS)}))
    assert scores.lu["model"] < 0.6 * scores.lu["faders_at_zero"]
    assert scores.lu["model_without_raw"] < 0.5 * scores.lu["equal_loudness"]
    assert {score.unseen_by for score in scores.songs} == {"leave-one-out"}
    assert scores.ratio == scores.lu["model"] / scores.lu["engineers"]


def test_engineers_that_agree_have_no_error_among_themselves(tmp_path):
    songs = read_mixology(made.write(tmp_path / "m.json", SONGS, spread_db=0.0))
    scores = judge_balance(songs, EngineerModel({}, {"songs": list(SONGS)}))
    assert scores.lu["engineers"] == pytest.approx(0.0, abs=1e-9)


def test_predictions_follow_the_tracks_in_any_order(tmp_path):
    model = fit_engineers(read_mixology(made.write(tmp_path / "m.json", SONGS)), with_spread=False)
    facts = [Facts(role, -20.0 - n) for n, role in enumerate(list(Role)[:12])]
    order = np.random.default_rng(1).permutation(len(facts))
    for name in model.targets:
        expected = model.predict(name, facts)[order]
        np.testing.assert_allclose(model.predict(name, [facts[at] for at in order]), expected, atol=1e-9)


def test_a_gain_on_all_raw_tracks_changes_nothing():
    facts = [Facts(role, -20.0 - 2 * n) for n, role in enumerate(list(Role)[:12])]
    louder = [Facts(f.role, f.raw_lufs + 7.0) for f in facts]
    np.testing.assert_allclose(features(louder), features(facts), atol=1e-12)


def test_sides_are_free():
    pans = np.array([[-0.5, 0.5, 0.0], [0.6, -0.4, 0.0], [-0.3, 0.8, np.nan]])
    turned = strongest_sides(pans)
    assert np.all(turned[:, 0] * turned[0, 0] > 0)


def test_better_rated_mixes_weigh_more():
    weights = rating_weights(np.array([0.2, 0.5, 0.8, np.nan]))
    assert weights[2] > weights[3] > weights[0]
    assert weights.mean() == pytest.approx(1)


def test_curves_add_in_db_and_mirror_their_gain():
    bell, shelf = EqMove("bell", 400.0, 4.0, 2.0), EqMove("high_shelf", 6000.0, -3.0)
    np.testing.assert_allclose(curve_db([bell, shelf]), curve_db([bell]) + curve_db([shelf]))
    inverse = EqMove("bell", 400.0, -4.0, 2.0)
    np.testing.assert_allclose(curve_db([bell, inverse]), 0, atol=1e-9)
    assert curve_db([bell], np.array([400.0])) == pytest.approx([4.0])
    assert not curve_db([EqMove("high_pass", 100.0, slope_db_oct=12)], CURVE_HZ).any()


def test_trained_weights_judge_other_songs(tmp_path):
    data = made.write(tmp_path / "m.json", SONGS)
    out = done("train", "mix", "--data", data, "--out", tmp_path / "w", "--json").json
    with open(out["weights"], "rb") as file:
        model = read_engineer_model(file)
    assert model.songs == set(SONGS)
    assert np.all(model["level_lu"].spread >= 1.0)
    unknown = read_mixology(made.write(tmp_path / "u.json", {"Other": 3}))
    (score,) = judge_balance(unknown, model).songs
    assert score.unseen_by == "shipped weights"
    assert score.lu["model"] < score.lu["faders_at_zero"]


def test_damaged_weights_say_so(tmp_path):
    file = tmp_path / "w.npz"
    file.write_bytes(b"PK nothing")
    with pytest.raises(ModelError, match="damaged"), file.open("rb") as opened:
        read_engineer_model(opened)


def test_shipped_weights_are_of_free_data_alone():
    card = load_engineer_model().card
    assert card["shippable"] is True
    assert card["licences"] == ["MIT"]


def test_evaluate_balance_on_unknown_songs(tmp_path):
    data = made.write(tmp_path / "m.json", {"Unknown A": 3, "Unknown B": 4})
    found = done("evaluate", "balance", data, "--json").json
    assert found["ratio"] == pytest.approx(found["model"] / found["engineers"])
    assert [song["unseen_by"] for song in found["songs"]] == ["shipped weights"] * 2
    assert "Unknown A" in done("evaluate", "balance", data).out


def test_evaluate_balance_of_bare_rows(tmp_path):
    mixes = made.mixes("Bare", 3, spread_db=0.0)
    for mix in mixes:
        del mix["mix-evaluation"], mix["genre"]
        for track in mix["tracks"]:
            track["parameters"] = {"gain": track["parameters"]["gain"]}
            track["track-instrument-type"] = "BRASS"
            track["track-instrument-subtype"] = None
    file = tmp_path / "m.json"
    file.write_text(json.dumps({"mixes": mixes}))
    found = done("evaluate", "balance", file, "--json").json
    assert found["ratio"] is None  # engineers that agree
    assert found["equal_loudness"] > 0
    assert "pan_amount_error" not in found["settings"]


def test_evaluate_balance_refuses_what_it_cannot_judge(tmp_path):
    data = made.write(tmp_path / "m.json", {"One": 2})
    refused(tmp_path, "evaluate", "balance", data, says=("three mixes",))


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_weighted_median_is_the_median_for_equal_weights(size):
    values = np.random.default_rng(size).normal(size=size)
    assert weighted_median(values, np.full(size, 0.7)) == pytest.approx(np.median(values))
    assert weighted_median(values, np.eye(size)[0] + 1e-9) == pytest.approx(values[0], abs=1e-6)


@pytest.mark.slow
def test_real_songs_left_out(shared_data):
    songs = read_mixology(shared_data("mixology"))
    scores = judge_balance(songs, load_engineer_model())
    # the notes' numbers for this protocol
    assert scores.lu["engineers"] == pytest.approx(4.43, abs=0.01)
    assert scores.lu["role_medians"] == pytest.approx(3.82, abs=0.01)
    assert scores.lu["equal_loudness"] == pytest.approx(4.60, abs=0.01)
    assert scores.lu["faders_at_zero"] == pytest.approx(3.10, abs=0.01)
    assert scores.lu["model"] <= 2.4
    assert scores.lu["model_without_raw"] <= 3.55
