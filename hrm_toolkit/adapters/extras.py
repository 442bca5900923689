"""What somebody else's record says beyond its puzzle: left, or refused where it may be a rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from hrm_toolkit.core import InputError


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_HARMLESS = _words(
    "id uid uuid name title author authors creator source difficulty level rating score stars date",
    "time url link hash comment comments description notes note info task size side seed number",
    "index tags tag keywords license licence version format metadata meta created updated",
    "message results result givens given clues hints hint count unique valid solved symmetry",
    "symmetric split candidates pencilmarks centerpencilmarks cornerpencilmarks moves steps",
    "history answer answers solution solutions solvedgrid solutiongrid path paths grids value",
    "width height rows cols columns shape dimensions start goal end labels style layout theme",
    "puzzle question quiz grid board cells maze map newboard sudoku collection category",
)
"""Names of what describes a puzzle, without case, spaces and signs."""

_RULE = _words(
    "type mode variant variants puzzletype rule rules ruleset constraint constraints",
    "antiknight antiking nonconsecutive windoku hyper xsudoku diag diagonal diagonals antidiagonal",
    "jigsaw killer kropki thermo cages regions connectivity maxsteps indexbase wrap legend wall",
    "open passable allowdiagonal portals keys doors waypoints oneway costs weights",
)
"""Names of what is a rule even where it is a word or a number."""

_USUAL = _words(
    "classic classical sudoku standard normal regular default plain basic maze none graph path",
    "easy medium hard expert evil extreme simple train test training evaluation validation",
)


def plain(name: object) -> str:
    """A name without case, spaces and signs: ``box_rows`` and ``boxRows`` are one.

    Example:
        >>> plain("box_Rows")
        'boxrows'
    """
    return re.sub(r"[\s_\-]+", "", str(name)).lower()


def require_plain_rules(
    value: Mapping[str, Any], what: str, *, known: Collection[str] = (), expected: str
) -> None:
    """Refuse a record that says more than its puzzle: that would be another puzzle's rules.

    What describes the puzzle, and what is empty, is left. A word or a number under a name that is
    no rule's is taken for a description; a switch that is on, a list or an object is not.

    Args:
        value: the record.
        what: what it is, such as ``Sudoku``.
        known: names that are read, as ``plain`` gives them.
        expected: the rules that are known, in words.

    Raises:
        InputError: naming what is not read.

    Example:
        >>> require_plain_rules({"grid": [], "antiking": False}, "Sudoku", expected="boxes")
    """
    for name, said in value.items():
        bare = plain(name)
        if said is None or said is False or said in ("", [], {}) or bare in known:
            continue
        if bare in _RULE or re.sub(r"[+\-]$", "", bare) in _RULE:
            if isinstance(said, str) and plain(said) in _USUAL:
                continue
        elif bare in _HARMLESS or not (said is True or isinstance(said, list | tuple | Mapping)):
            continue
        raise InputError(
            f'the {what} has "{name}": its rules are others',
            expected=expected,
            hint="leave it out if it changes nothing",
        )
