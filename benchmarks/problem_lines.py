"""What scripts that make problems for training share: what they are asked, and the file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

Stated = tuple[dict[str, object], dict[str, object]]
"""A puzzle and its answer as JSON."""


def parser(about: str) -> argparse.ArgumentParser:
    """Asks how many, of which seed, and where to."""
    asking = argparse.ArgumentParser(description=about.splitlines()[0])
    asking.add_argument("count", type=int)
    asking.add_argument("seed", type=int)
    asking.add_argument("out", type=Path)
    return asking


def write(out: Path, made: Iterable[Stated]) -> None:
    """Write one a line, each as soon as it is made."""
    with out.open("w", encoding="utf-8") as file:
        for puzzle, answer in made:
            file.write(json.dumps({"puzzle": puzzle, "answer": answer}) + "\n")
            file.flush()
