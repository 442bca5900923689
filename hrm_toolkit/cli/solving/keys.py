"""Keys that are pressed in a terminal, one by one."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager

BACK, FORTH, FIRST, LAST, QUIT = "back", "forth", "first", "last", "quit"
_MEANINGS = {
    **dict.fromkeys(("\x1b[D", "\x1bOD", "h", "p", "\xe0K"), BACK),
    **dict.fromkeys(("\x1b[C", "\x1bOC", "l", "n", " ", "\xe0M"), FORTH),
    **dict.fromkeys(("\x1b[H", "\x1bOH", "\x1b[1~", "g", "\xe0G"), FIRST),
    **dict.fromkeys(("\x1b[F", "\x1bOF", "\x1b[4~", "G", "\xe0O"), LAST),
    **dict.fromkeys(("q", "\r", "\n", "\x1b", "\x03", "\x04", ""), QUIT),
}
_KEY = re.compile(r"\x1b(?:\[[0-9;]{0,8}[A-Za-z~]|O[A-Z])?|[^\x1b]", re.DOTALL)
_MOST = 64
"""Bytes that are read at once."""


def pressed(stream: int | None = None) -> Iterator[str]:
    """What the keys mean that somebody presses, up to and with the one that quits.

    Keys without a meaning are passed over. Where a terminal is closed, that quits.

    Args:
        stream: descriptor of a terminal; standard input where None.
    """
    source = sys.stdin.fileno() if stream is None else stream
    with _raw(source):
        while True:
            for key in _keys(source):
                meaning = _MEANINGS.get(key)
                if meaning is not None:
                    yield meaning
                if meaning == QUIT:
                    return


def _keys(stream: int) -> list[str]:
    """The keys that are there, one at the least; an empty one where the terminal is closed."""
    if sys.platform == "win32":
        import msvcrt

        key = msvcrt.getwch()
        return ["\xe0" + msvcrt.getwch() if key in ("\x00", "\xe0") else key]
    # A key with an escape comes as one piece.
    return _KEY.findall(os.read(stream, _MOST).decode("latin-1")) or [""]


@contextmanager
def _raw(stream: int) -> Iterator[None]:
    """A terminal that hands on each key at once and shows none; as it was afterwards."""
    if sys.platform == "win32":
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
