"""Installs requirements that pyproject.toml declares into the environment that runs this script.

Without options those of the build, together with cmake and ninja where the machine has none; ``--extra NAME``
those of an extra, without the package itself.
"""

import argparse
import subprocess
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--extra", help="name of an optional group of requirements")
    extra = parser.parse_args().extra
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    if extra:
        install(project["project"]["optional-dependencies"][extra])
    else:
        install(project["build-system"]["requires"])
        install(missing_build_tools())


def missing_build_tools() -> list[str]:
    from scikit_build_core.build import get_requires_for_build_editable  # installed one line before

    return get_requires_for_build_editable()


def install(requirements: list[str]) -> None:
    if requirements:
        subprocess.run([sys.executable, "-m", "pip", "--quiet", "install", *requirements], check=True)


if __name__ == "__main__":
    main()
