"""Genre files: each number has a source, names resolve, guesses are careful."""

import numpy as np
import pytest

from mixwright.engineer.genre_guess import guess_genre
from mixwright.engineer.genres import (
    FIRST_CLASS,
    find_genre,
    genre_names,
    neutral_genre,
    parse_genre,
    read_genre,
)
from mixwright.errors import InputError

ALL = (*genre_names(), "neutral")


def genre(name):
    return neutral_genre() if name == "neutral" else find_genre(name)


@pytest.mark.parametrize("name", ALL)
def test_every_number_names_its_source(name):
    found = genre(name)
    data = found.model_dump(exclude={"name", "about", "aliases", "signs", "prior", "sources"})
    for section, values in data.items():
        for key in values:
            assert found.sources[f"{section}.{key}"]


def test_first_class_genres_lead_the_list():
    assert genre_names()[:5] == FIRST_CLASS
    assert len(genre_names()) == 12


def test_genres_differ_where_the_literature_says_so():
    for deep in ("hip-hop", "electronic", "rock", "pop"):
        for light in ("jazz", "folk"):
            assert genre(deep).sub_share_db > genre(light).sub_share_db  # Hove 2019
    lead = {name: genre(name).vocals.lead_to_rest_db for name in genre_names()}
    assert lead["country"] == max(lead.values())  # Gerdes & Siedenburg 2023
    assert lead["metal"] == min(lead.values())


@pytest.mark.parametrize("name", ALL)
def test_spectra_are_shares_of_the_whole(name):
    assert 10 * np.log10(np.sum(10 ** (genre(name).mix_spectrum_db / 10))) == pytest.approx(0, abs=1e-9)


def test_the_neutral_target_is_the_widest():
    for name in genre_names():
        assert np.all(neutral_genre().mix_spread_db > genre(name).mix_spread_db)


@pytest.mark.parametrize(("text", "name"), [("Rap", "hip-hop"), ("EDM", "electronic"), ("rnb", "r&b")])
def test_aliases_resolve(text, name):
    assert parse_genre(text) == name


def test_neutral_cannot_be_asked_for():
    with pytest.raises(InputError, match="unknown genre"):
        parse_genre("neutral")


def test_a_number_without_a_source_is_refused():
    with pytest.raises(ValueError, match=r"vocals.lead_to_rest_db names no source"):
        read_genre('name = "x"\n[vocals]\nlead_to_rest_db = { value = 1.0, from = "hearsay" }\n', {})


@pytest.mark.parametrize("name", ["electronic", "orchestral", "jazz", "hip-hop"])
def test_a_song_like_the_average_of_a_genre_is_recognised(name):
    signs = {key: sign.mean for key, sign in find_genre(name).signs.items()}
    assert guess_genre(signs)[0].name == name


def test_contradicting_signs_lower_the_confidence():
    sure = {key: sign.mean for key, sign in find_genre("electronic").signs.items()}
    other = {key: sign.mean for key, sign in find_genre("folk").signs.items()}
    mixed = {key: (sure[key] + other[key]) / 2 for key in sure}
    assert guess_genre(mixed)[1] < guess_genre(sure)[1]
