"""matchering over a finished sum, towards the human mix of another song. Runs in the peers' environment.

    python -m benchmarks.quality.matchering_side TARGET REFERENCE OUT

``mix.wav`` is its result without limiter, ``master.wav`` with it.
"""

import sys
from pathlib import Path

import matchering


def main(target: str, reference: str, out: Path) -> None:
    matchering.process(
        target=target,
        reference=reference,
        results=[
            matchering.Result(str(out / "mix.wav"), subtype="FLOAT", use_limiter=False),
            matchering.Result(str(out / "master.wav"), subtype="PCM_24", use_limiter=True),
        ],
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
