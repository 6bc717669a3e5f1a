"""Markup, numbers and axes: texts stay texts, numbers keep their value, places their order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.pages import parse_text

from mixwright.report.markup import Html, tag, text
from mixwright.report.numbers import clock, frequency, plain, quantity
from mixwright.report.plot import Axis, linear_axis
from mixwright.units import SILENCE_DB


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"])))
def test_any_text_comes_out_as_it_went_in(words):
    element = parse_text(tag("p", words, title=words)).all("p")[0]
    assert element.text == words
    assert element["title"] == words
    assert not element.children


def test_broken_and_turning_characters_are_shown_as_such():
    assert (
        text("a\ud800b\x00c\N{RIGHT-TO-LEFT OVERRIDE}d")
        == "a?b\N{REPLACEMENT CHARACTER}c\N{REPLACEMENT CHARACTER}d"
    )


def test_markup_is_not_escaped_twice():
    assert tag("p", tag("b", "<"), None, ["&", Html("<br>")]) == "<p><b>&lt;</b>&amp;<br></p>"


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.04, "0.0"), (-14.0, "\N{MINUS SIGN}14.0"), (2.25, "+2.2"), (0.0, "0.0")]
)
def test_numbers_have_a_real_minus_and_no_signed_zero(value, shown):
    assert plain(value, signed=True) == shown


def test_a_quantity_holds_its_exact_value_and_silence_none():
    element = parse_text(quantity(-14.0123456789, "LUFS")).all("data")[0]
    assert float(element["value"]) == -14.0123456789
    assert not parse_text(quantity(SILENCE_DB, "LUFS")).all("data")


def test_frequencies_and_times():
    shown = [frequency(hz).replace("\N{NARROW NO-BREAK SPACE}", " ") for hz in (63, 2500)]
    assert shown == ["63 Hz", "2.5 kHz"]
    assert [clock(s) for s in (0, 59.6, 83.1)] == ["0:00", "1:00", "1:23"]


def test_octaves_are_equally_far_apart():
    places = Axis(20, 20480, (), log=True).place(20.0 * 2 ** np.arange(11))
    np.testing.assert_allclose(np.diff(places), 0.1, atol=1e-12)


@given(st.lists(st.floats(-200, 200), min_size=1, max_size=5))
@settings(max_examples=50, deadline=None)
def test_an_axis_holds_its_values_on_few_ticks(values):
    axis = linear_axis(values, "dB", 6.0)
    assert axis.low <= min(values)
    assert axis.high >= max(values)
    assert 2 <= len(axis.ticks) <= 12
