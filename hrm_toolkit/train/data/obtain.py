"""How to obtain the data that named recipes ask for."""

from __future__ import annotations

import tomllib
from pathlib import Path

_OBTAIN = Path(__file__).parent / "obtain.toml"


def how_to_obtain(path: str) -> str | None:
    """The command that makes the data which a named recipe asks for, by the end of its path."""
    ways: dict[str, str] = tomllib.loads(_OBTAIN.read_text(encoding="utf-8"))
    return next((how for name, how in ways.items() if path.endswith(name)), None)
