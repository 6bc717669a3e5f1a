"""Laws of reading: amounts, negation, sections and what is not understood."""

import pytest
from words.song import song

from mixwright.errors import InputError
from mixwright.words.reading import OFF, WHOLE, Understood, read_words
from mixwright.words.vocabulary import vocabulary
from mixwright.workflow.asking import asked
from mixwright.workflow.revising import EVERYWHERE, with_words


def read(text: str) -> Understood:
    return read_words(song(), text)


def amount(text: str) -> float:
    (wish, *_) = read(text).wishes
    return wish.amount


def test_amounts_are_in_order():
    words = ("a hair ", "a bit ", "", "much ", "a lot ")
    far = [amount(f"vocal {word}louder") for word in words]
    assert far == sorted(far)
    assert len(set(far)) == len(far)


@pytest.mark.parametrize("text", ["brighter", "drier", "louder", "wider", "tighter", "punchier"])
def test_less_and_too_turn_a_wish_round(text):
    plain = {"drier": "dry", "wider": "wide", "louder": "loud", "punchier": "punchy"}.get(text, text[:-2])
    assert amount(f"piano {text}") > 0 or text == "drier"
    assert amount(f"piano less {plain}") == -amount(f"piano more {plain}")
    assert amount(f"piano too {plain}") == -amount(f"piano {text}")
    assert amount(f"piano not {plain} enough") == amount(f"piano {text}")
    assert not read(f"the piano is not too {plain}").wishes


@pytest.mark.parametrize("number", [0.5, 1, 2.25, 5])
def test_a_number_is_taken_as_it_is_up_to_the_most(number):
    assert amount(f"snare up {number} dB") == number
    assert amount(f"snare -{number}dB") == -number


def test_no_wish_goes_further_than_the_most():
    for text in ("snare up 40 dB", "much way a lot louder snare", "very much brighter piano"):
        for wish in read(text).wishes:
            assert abs(wish.amount) <= vocabulary().moves[wish.move].most
    assert "held at 6" in read("snare up 40 dB").notes[0]


@pytest.mark.parametrize(
    ("text", "far"),
    [
        ("half a dB", 0.5),
        ("a dB", 1.0),
        ("a couple of dB", 2.0),
        ("one and a half decibels", 1.5),
        ("three dB", 3.0),
    ],
)
def test_numbers_in_words(text, far):
    assert amount(f"snare up {text}") == far
    assert amount(f"take the snare down {text}") == -far


def test_what_a_wish_is_for_and_measured_by_is_not_moved():
    for text in (
        "guitars down so the vocals come through",
        "guitars softer than the drums",
        "tuck the guitars under the vocal",
    ):
        assert read(text).wishes[0].targets == {"gtr_l", "gtr_r", "acoustic"}


def test_nothing_at_all_of_tone_is_only_less_of_it():
    assert -5.0 <= amount("remove the harshness from the synth") < 0


def test_none_at_all():
    assert amount("no reverb on the piano") == OFF


def test_nobody_named_is_the_whole():
    assert read("less muddy").wishes[0].targets == {WHOLE}
    assert read("guitars wider, less muddy").wishes[1].targets == {WHOLE}


def test_it_is_what_was_named_last():
    assert read("the snare is too loud, turn it down 3 dB").wishes[0].targets == {"snare"}


def test_sections_by_number_ordinal_and_kind():
    def where(text: str) -> tuple[str, ...]:
        return read(text).wishes[0].sections

    assert where("vocal up in verse 2") == where("second verse: vocal up") == ("verse2",)
    assert where("vocal up in the chorus") == ("chorus1", "chorus2", "chorus3")
    assert where("vocal up in the last chorus") == ("chorus3",)
    assert where("vocal up") == ()


def test_unknown_words_stop_their_own_clause_only():
    found = read("vocals louder, more wobble on the bass")
    assert found.unknown == ("wobble",)
    assert {wish.move for wish in found.wishes} == {"level"}


def test_what_the_song_has_not_is_unknown():
    assert read("organ louder").unknown == ("organ",)
    assert read("vocals louder in the solo").unknown == ("solo",)


def test_slips_are_told():
    assert read("wider gutars").notes == ("read 'gutars' as 'guitars'",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("more purple", "'purple' is not known here; see docs/words.md"),
        ("vocals louder, vocals quieter", "vocals: both louder and softer; say which"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_reason(text, message):
    with pytest.raises(InputError, match=message):
        asked(song(), text)


def test_words_obey_locks():
    project = song().replace(locks=("lead_vox", "kind:space"))
    after, notes = with_words(project, "vocals louder and drier", EVERYWHERE, "r2_")
    assert "vocals louder (+1.5 dB): held by the lock 'lead_vox'" in notes
    assert after.mix.channel("lead_vox") == project.mix.channel("lead_vox")
    assert after.mix.channel("bv_1").sends == project.mix.channel("bv_1").sends
    assert after.mix.channel("bv_1").fader_db > project.mix.channel("bv_1").fader_db


def test_every_word_moves_something_and_every_move_is_declared():
    known = vocabulary()
    for name, meaning in known.meanings.items():
        for moves in (meaning.moves, meaning.down, meaning.whole):
            assert set(moves) <= set(known.moves), name
        assert all(abs(far) <= known.moves[move].most for move, far in meaning.moves.items()), name


def test_moves_are_explained_with_what_was_said():
    after, _ = with_words(song(), "wider guitars", EVERYWHERE, "r2_")
    decision = after.decisions[0]
    assert (decision.set_by, decision.kind) == ("user", "words")
    assert "wider guitars" in decision.reason
    assert after.settings["strips.gtr_l.pan"].set_by == "user"
