"""Published values, analytic signals and known pitfalls, family by family."""

import numpy as np
import pytest

from mixwright.metrics import (
    Sound,
    balance,
    distribution,
    dynamics,
    loudness,
    masking,
    similarity,
    stereo,
    tone,
)
from mixwright.metrics.spread import lead_re_mix
from mixwright.roles import Role

from .signals import RATE, noise, pink, sine, song, sound

# --- loudness and dynamics


def test_a_full_scale_sine_in_one_channel_has_the_published_loudness():
    one = sine(gain=1.0)
    one[1] = 0
    assert loudness.integrated_lufs(sound(one)) == pytest.approx(-3.01, abs=0.1)  # EBU's tolerance
    assert loudness.plr_lu(sound(one)) == pytest.approx(3.01, abs=0.1)


def test_psr_of_a_steady_tone_is_its_plr():
    tone_ = sound(sine(seconds=5))
    psr = loudness.psr_lu(tone_)
    assert len(psr) == 3
    np.testing.assert_allclose(psr, loudness.plr_lu(tone_), atol=0.02)


def test_psr_ignores_the_quiet_part():
    body = noise(8)
    body[:, : 4 * RATE] *= 0.001
    body[0, RATE] = 0.9  # a click in near silence has an enormous ratio
    assert loudness.psr_lu(sound(body)).max() < 20


def test_crest_of_a_sine_is_3_db_in_its_band_alone():
    steady = sine(700.0, 20.0)
    assert dynamics.crest_db(sound(steady)) == pytest.approx(3.01, abs=0.01)
    ramp = np.hanning(RATE)[: RATE // 2]
    steady[:, : ramp.size] *= ramp  # an abrupt start sounds in all bands
    steady[:, -ramp.size :] *= ramp[::-1]
    crest = dynamics.band_crest_db(sound(steady))
    assert crest[3] == pytest.approx(3.01, abs=0.3)  # the ramps take 0.14 dB off the RMS
    assert not crest[[0, 1, 2, 5, 6, 7]].any()


def test_limiting_lowers_crest_and_plr():
    whole = song()
    limited = sound(np.clip(whole, -0.25 * np.abs(whole).max(), 0.25 * np.abs(whole).max()))
    found = dynamics.evaluate(limited, sound(whole)) | loudness.evaluate(limited, sound(whole))
    assert found["crest_difference_db"] < -3
    assert found["plr_difference_lu"] < -3


# --- tone


@pytest.mark.parametrize(("make", "slope"), [(noise, 0.0), (pink, -3.01)])
def test_slope_of_white_and_pink_noise(make, slope):
    assert tone.slope_db_oct(sound(make(20.0))) == pytest.approx(slope, abs=0.1)


def test_a_lift_of_an_octave_is_found_where_it_is():
    body = pink(10.0)
    spectrum = np.fft.rfft(body)
    hz = np.fft.rfftfreq(body.shape[1], 1 / RATE)
    lifted = np.fft.irfft(spectrum * np.where((hz > 178) & (hz < 356), 2.0, 1.0), body.shape[1])
    difference = tone.difference_db(sound(lifted), sound(body))
    inside = tone.inside((195, 320))
    np.testing.assert_allclose(
        difference[inside] - difference[~inside & tone.inside((400, 9000))].mean(), 6.02, atol=0.3
    )


def test_error_does_not_see_level_or_order():
    a, b = sound(pink()), sound(noise(gain=0.02))
    assert tone.error_db(a, b) == pytest.approx(tone.error_db(b, a))
    assert tone.error_db(a, sound(0.1 * a.audio)) == pytest.approx(0, abs=1e-4)
    assert tone.error_db(a, b) > 5


# --- stereo


def test_unrelated_sides_lose_3_db_in_mono_and_are_as_wide_as_they_are_deep():
    both = sound(noise(20.0))
    assert stereo.mono_loss_db(both) == pytest.approx(3.01, abs=0.1)
    assert stereo.side_mid_db(both) == pytest.approx(0, abs=0.1)
    assert stereo.correlation(both) == pytest.approx(0, abs=0.01)


def test_a_mono_file_is_a_mix_in_the_middle():
    found = stereo.evaluate(Sound(noise(channels=1), RATE))
    assert found["side_mid_db"] == -60
    assert found["correlation"] == pytest.approx(1)
    assert found["left_right_db"] == pytest.approx(0, abs=1e-6)
    assert found["mono_loss_db"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("gain_db", [-6.0, 1.5])
def test_a_tilt_to_one_side_is_measured_as_set(gain_db):
    body = song()
    body[1] = body[0] * 10 ** (gain_db / 20)
    assert stereo.left_right_db(sound(body)) == pytest.approx(gain_db, abs=1e-3)
    np.testing.assert_allclose(stereo.band_left_right_db(sound(body)), gain_db, atol=1e-3)


def test_opposite_polarity_is_all_side_and_gone_in_mono():
    body = noise(channels=1)
    found = stereo.evaluate(sound(np.vstack([body, -body])))
    assert found["side_mid_db"] == 60
    assert found["mono_loss_db"] == 60
    assert found["correlation"] == pytest.approx(-1)


# --- balance and masking


@pytest.fixture(scope="module")
def tracks():
    parts = {id: song(8.0, seed)[:1] for seed, id in enumerate(("voice", "bass", "guitar"), 1)}
    return {id: np.roll(part, 7000 * k, axis=1) for k, (id, part) in enumerate(parts.items())}


def mixed(tracks, gains_db, pan=None):
    total = 0
    for id, gain in gains_db.items():
        left, right = (pan or {}).get(id, (1.0, 1.0))
        total = total + 10 ** (gain / 20) * np.vstack([left * tracks[id][0], right * tracks[id][0]])
    return sound(total.astype(np.float32))


def test_faders_are_found_in_the_mix(tracks):
    gains = {"voice": 0.0, "bass": -7.0, "guitar": -3.0}
    found = balance.find_contributions(mixed(tracks, gains, {"guitar": (0.2, 1.0)}), tracks)
    assert found.refit_db > 30
    levels = balance.track_levels_lu(found)
    reach = {id: sound(tracks[id]).loudness_lufs + gain for id, gain in gains.items()}
    assert levels["bass"] - levels["voice"] == pytest.approx(reach["bass"] - reach["voice"], abs=0.1)
    narrow = 10 * np.log10((0.2**2 + 1) / 2)
    assert levels["guitar"] - levels["voice"] == pytest.approx(
        reach["guitar"] - reach["voice"] + narrow, abs=0.1
    )


def test_tracks_read_piece_by_piece_give_the_same(tracks):
    class OnDisk:
        def __init__(self, audio):
            self.audio, self.channels = audio, len(audio)

        def read(self, start, frames):
            out = np.zeros((self.channels, frames), np.float32)
            part = self.audio[:, max(start, 0) : max(start + frames, 0)]
            out[:, max(-start, 0) :][:, : part.shape[1]] = part
            return out

    mix = mixed(tracks, {"voice": -2.0, "bass": 1.0, "guitar": 0.0})
    held = balance.find_contributions(mix, tracks)
    read = balance.find_contributions(mix, {id: OnDisk(audio) for id, audio in tracks.items()})
    np.testing.assert_array_equal(held.power, read.power)
    assert held.refit_db == read.refit_db


def test_what_the_tracks_do_not_explain_lowers_the_refit(tracks):
    mix = mixed(tracks, dict.fromkeys(tracks, 0.0)).audio
    strange = noise(8.0, seed=9) * np.float32(np.sqrt(np.mean(mix**2)) / 0.1)
    found = balance.find_contributions(sound(mix + strange), tracks)
    assert found.refit_db < balance.TRUSTED_DB
    assert not found.trusted


def test_a_track_that_is_not_in_the_mix_is_far_down(tracks):
    found = balance.find_contributions(mixed(tracks, {"voice": 0.0, "bass": 0.0}), tracks)
    assert balance.track_levels_lu(found)["guitar"] < -30


def test_role_levels_and_their_error(tracks):
    roles = {"voice": Role.LEAD_VOCAL, "bass": Role.BASS, "guitar": Role.ELECTRIC_GUITAR}
    even = balance.find_contributions(mixed(tracks, dict.fromkeys(tracks, 0.0)), tracks)
    loud = balance.find_contributions(mixed(tracks, {"voice": 6.0, "bass": 0.0, "guitar": 0.0}), tracks)
    lead = [balance.lead_re_mix_lu(inside, roles) for inside in (even, loud)]
    assert lead[1] > lead[0] + 2
    found = balance.evaluate(loud, roles, even)
    assert list(found)[:4] == ["refit_db", "lead_vocal_lu", "bass_lu", "electric_guitar_lu"]
    assert found["level_error_lu"] == pytest.approx(
        np.mean([abs(a - b) for a, b in zip(balance.role_levels_lu(loud, roles).values(),
                                           balance.role_levels_lu(even, roles).values(), strict=True)])
    )  # fmt: skip
    assert found["level_error_lu"] > 2


def test_a_role_under_another_is_heard_less(tracks):
    shares = []
    for gain in (0.0, -12.0, -24.0):
        found = balance.find_contributions(mixed(tracks, {"voice": gain, "bass": 0.0, "guitar": 0.0}), tracks)
        shares.append(masking.audibilities(found, {})["voice"])
    assert 1 >= shares[0] > shares[1] > shares[2] >= 0
    assert masking.hidden_by(found, {})["voice"][0] in ("bass", "guitar")


def test_usual_lead_from_its_ratio_to_the_rest():
    even = lead_re_mix(0.0, 2.0, "")
    assert 0.5 * (even.low + even.high) == pytest.approx(-3.0, abs=0.2)  # ratio 0 dB is half the power
    assert even.holds(-3)
    assert even.miss(0) == pytest.approx(-even.high)
    assert even.miss(-9) == pytest.approx(-9 - even.low)


# --- similarity


def test_a_mono_fold_does_not_drown_the_mid_in_its_missing_side():
    whole = pink(8.0)
    fold = sound(np.repeat(whole.mean(axis=0, keepdims=True), 2, axis=0))
    terms = similarity.audio_feature_loss(fold, sound(whole))
    # ln(1e-8) against a side near -2 makes hundreds without the floor; with it at most 0.1 ln(1e3)^2
    assert 1.0 < terms["bark_side"] <= 0.1 * np.log(1e3) ** 2 * 1.1
    assert terms["bark_mid"] < 0.5


def test_half_width_moves_the_side_terms_alone():
    whole = song()
    middle, side = 0.5 * (whole[0] + whole[1]), 0.5 * (whole[0] - whole[1])
    narrow = sound(np.vstack([middle + 0.5 * side, middle - 0.5 * side]))
    terms = similarity.audio_feature_loss(narrow, sound(whole))
    assert terms["bark_side"] == pytest.approx(0.1 * np.log(2) ** 2, rel=0.2)
    assert terms["bark_mid"] < 0.1 * terms["bark_side"]


def test_fxnorm_families_see_what_they_are_named_after():
    whole = song()
    same = similarity.fxnorm(sound(whole), sound(whole))
    assert list(same) == ["spectral", "panning", "dynamic", "loudness"]
    tilted = whole.copy()
    tilted[1] *= 0.5
    panned = similarity.fxnorm(sound(tilted), sound(whole))
    assert panned["panning"] > 0.1
    assert panned["panning"] > 3 * panned["spectral"]
    peak = np.abs(whole).max()
    squashed = similarity.fxnorm(sound(np.clip(whole, -0.2 * peak, 0.2 * peak)), sound(whole))
    assert squashed["dynamic"] > 0.02
    assert squashed["loudness"] > 0.1


def test_centroid_error_of_two_tones_is_their_distance():
    a, b = sound(sine(1000.0)), sound(sine(3000.0))
    assert similarity.centroid_error_hz(a, b) == pytest.approx(2000, abs=60)


# --- sets of mixes


@pytest.fixture(scope="module")
def features():
    rng = np.random.default_rng(3)
    return rng.standard_normal((24, 5)), rng.standard_normal((24, 5))


def test_sets_of_one_kind_are_near_and_shifted_ones_far(features):
    a, b = features
    near, far = distribution.kernel_distance(a, b), distribution.kernel_distance(a + 2, b)
    assert abs(near) < 3 < far
    assert distribution.frechet_distance(a + 2, b) == pytest.approx(
        distribution.frechet_distance(a, b) + 5 * 4 + 4 * (a.mean(axis=0) - b.mean(axis=0)).sum(), rel=1e-6
    )


def test_distances_are_symmetric_and_0_for_the_same_set(features):
    a, b = features
    assert distribution.frechet_distance(a, b) == pytest.approx(distribution.frechet_distance(b, a))
    assert distribution.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_a_set_of_narrow_mixes_is_far_from_wide_ones():
    wide = [sound(song(4.0, seed)) for seed in range(6)]
    fold = [sound(np.repeat(s.audio.mean(axis=0, keepdims=True), 2, axis=0)) for s in wide]
    more = [sound(song(4.0, seed)) for seed in range(6, 12)]
    found = distribution.evaluate(fold, wide)
    assert found["kernel_distance"] > 10 * abs(distribution.evaluate(more, wide)["kernel_distance"])
    assert found["frechet_distance"] > 0
