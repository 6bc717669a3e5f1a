"""Reads each file named on standard input to its end and prints one line about it."""

import sys
import traceback
import warnings

from mixwright.audio import Scratch, open_source, probe
from mixwright.errors import InputError


def check(path: str) -> str:
    """`ok`, `refused`, or `bug` and why."""
    try:
        info = probe(path)
        with Scratch() as scratch:
            source = open_source(info, 48000, scratch)
            frames = sum(block.shape[1] for block in source.blocks())
            if frames != source.frames or frames == 0:
                return f"bug {frames} frames read of {source.frames}"
        return "ok"
    except InputError as error:
        text = str(error)
        return "refused" if "\n" not in text and path in text and ";" in text else f"bug message {text!r}"
    except Exception:
        return "bug " + traceback.format_exc().replace("\n", " | ")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        print(check(line.rstrip("\n")), flush=True)
