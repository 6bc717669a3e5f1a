"""Does a file's name say that it is the finished mix and not a track of it?

A word such as `mix` or `master` is not enough: `StringsMix`, `mix_bus_gtr` and `Overhead Mix` are parts.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain

_SURE = """mix mixes mixed mixdown premix mixbus 2mix 2track 2trk 2tr twotrack mezcla mixage
    master masters mastered mastering premaster remaster remastered masterbus"""
_VAGUE = """rough ruff final finals bounce bounced demo reference ref print printed stereo full song export
    exported out output sum complete version edit take limited unmastered loud quiet instrumental"""

SURE = frozenset(_SURE.split())
"""Words that name a mix, unless the name also tells of a part."""

VAGUE = frozenset(_VAGUE.split())
"""Words that name a mix only where nothing else but numbers and the song's title stands in the name."""

NEVER_ALONE = {"take", "version", "edit", "out", "loud", "quiet", "limited", "instrumental"}

PART = re.compile(
    r"kick|kik|kck|bd|bassdrum|sn|snr|snare.*|sd|drum.*|dr|kit|tom|toms|floor|rack|hat|hats|hh|hihat.*|cym.*|ride|"
    r"crash|china|splash|oh|ohs|overh.*|over|room.*|rm|amb|ambi.*|hall|perc.*|shak.*|tamb.*|clap.*|snap.*|conga.*|"
    r"bongo.*|timp.*|taiko|rim|stick|sidestick|bell|bells|cowbell|block|wood.*|bass|bs|sub|808|gtr.*|gt|guitar.*|"
    r"git.*|acoustic|ac|acgtr|elec.*|ele|electric|banjo|mando.*|uku.*|uke.*|keys?|keyboard.*|piano|pno|organ|hammond|"
    r"leslie|rhodes|wurl.*|clav.*|synth.*|syn|pad|pads|arp.*|pluck.*|lead|ld|stab.*|saw|seq.*|vox|vx|voc|vocs|vocal.*|"
    r"voice.*|vo|sing.*|choir|choral|bgv.*|bgvox|bvs?|bvox|back|backing|harm.*|adlib.*|rap|spoken|string.*|vln.*|"
    r"vl[aans]|viol.*|cell.*|quartet|orch.*|brass|horn.*|trump.*|tpt|sax.*|trom.*|flute.*|clarinet|oboe|bassoon|harp|"
    r"fx|sfx|efx|verb|reverb.*|rev|delay|dly|echo|loop.*|beat|beats|break|groove|click.*|clix|metro.*|cue|guide|di|"
    r"mic|mics|amp|cab|send|return|rtn|aux|group|grp|submix|stem|stems|trig.*|sample.*|dry|wet|close|far|spot|mono|"
    r"side|noise|hiss|tape|vinyl|talk.*|slate|count|tone|dbl|double.*|low|high|top|bottom|left|right|ch|chan.*|"
    r"track|trk|audio|inst|melody|chord.*|riff|hook|solo|fill.*|sweep|rise.*|impact.*|hit|hits|drop|build.*|noise|glitch"
)
"""Words of instruments and parts."""

_TWO_TRACK = re.compile(r"(?i)(?<![a-z0-9])(two|2)[ _-]?(mix|track|trk|tr)(?![a-z])")
_WORD = re.compile(r"2(?:mix|track|trk|tr)(?![a-z])|808|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+|\d+")


def words(name: str) -> list[str]:
    """The words of a name in small letters: `LeadVoxMix_02` gives lead, vox, mix, 02."""
    name = _TWO_TRACK.sub(_join_two, name)
    return [word.lower() for word in _WORD.findall(name)]


def _join_two(match: re.Match[str]) -> str:
    return f" 2{match[2].lower()} "


def mix_names(names: Sequence[str], folder: str = "") -> list[bool]:
    """Which of the names (without ending) of one song's files are the song's mix.

    Words that most names share, and those of the folder, are the song's title and tell nothing.
    """
    every = [words(name) for name in names]
    title = {*words(folder), "".join(words(folder))} - SURE - VAGUE
    if len(every) >= 3:
        counts = Counter(chain.from_iterable(set(w) for w in every))
        title |= {word for word, count in counts.items() if count > 0.6 * len(every)}
    return [_is_mix(w, title) for w in every]


def _is_mix(found: list[str], title: set[str]) -> bool:
    rest = [w for w in found if w not in title and not _is_number(w)]
    if any(PART.fullmatch(w) for w in rest):
        return False
    if any(w in SURE for w in rest):
        return True
    return bool(rest) and all(w in VAGUE for w in rest) and not set(rest) <= NEVER_ALONE


def _is_number(word: str) -> bool:
    return word.isdigit() or bool(
        re.fullmatch(r"v|ver|vers|no|nr|mk|[a-z]|i{1,3}|iv|db|lufs|khz|bit|bpm", word)
    )
