"""What somebody else's record says beyond its puzzle: left, or refused where it may be a rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hrm_toolkit.adapters.names import parts, plain, words
from hrm_toolkit.adapters.registry import adapter_names
from hrm_toolkit.core import InputError

_HARMLESS = words(
    "id ids uid uuid guid key index idx no nr number num row name names title label labels heading",
    "author authors creator by publisher publication source sources origin collection book page",
    "difficulty level levels rating ratings score scores stars grade elo rank rated se er ep ed",
    "date dates day month year time times timestamp created updated modified published played at",
    "url uri link href website file filename path hash md5 sha sha1 sha256 checksum signature",
    "comment comments description desc notes note info information remark remarks text message",
    "about explanation instructions prompt hint hints user username player email language lang",
    "task tasks size side width height rows cols columns dims dimensions length shape seed split",
    "tags tag keywords topic license licence copyright version format schema meta metadata extra",
    "results result status error state given givens clues clue blanks empty count counts unique",
    "uniqueness valid solved solvable solving symmetry symmetric canonical minimal optimal density",
    "candidates pencilmarks centerpencilmarks cornerpencilmarks moves steps step history progress",
    "answer answers solution solutions solver grids value values data elapsed duration runtime",
    "start goal end crs bbox bounds stats summary generated generator tool software",
)
"""Words in names of what describes a puzzle."""

_RULE = words(
    "type kind mode variant variants variation puzzletype rule rules ruleset constraint",
    "constraints legend wall walls open passable free obstacles blocked style theme topology",
    "movement",
)
"""Names of what may be a rule, and may say that there is none but the usual ones."""

_USUAL = words(
    "classic classical standard normal regular default plain basic none no off",
    "path shortestpath shortest easy medium hard expert evil extreme simple light dark",
    "train test training evaluation validation orthogonal manhattan 4 four",
)
"""What such a name holds where the rules are the usual ones; or it holds the task's name."""

_FOUR = words("connectivity neighbors neighbours directions")
"""Names of how many sides a cell is left by."""


def require_plain_rules(
    value: Mapping[str, Any], what: str, *, known: Collection[str] = (), expected: str
) -> None:
    """Refuse a record that says more than its puzzle: that would be another puzzle's rules.

    What describes the puzzle, and what is empty or off, is left; what is not known to describe
    one is refused. Columns of a table, whose cells are all texts, are known by fewer names: there
    only those of rules are refused.

    Args:
        value: the record.
        what: what it is, such as ``Sudoku``.
        known: names that are read, as ``plain`` gives them.
        expected: the rules that are known, in words.

    Raises:
        InputError: naming what is not read.

    Example:
        >>> require_plain_rules({"puzzle_id": 7, "antiking": False}, "Sudoku", expected="boxes")
        >>> require_plain_rules({"antiking": True}, "Sudoku", expected="rows, columns and boxes")
        Traceback (most recent call last):
        ...
        hrm_toolkit.core.errors.InputError: the Sudoku has "antiking": its rules are others; ...
    """
    table = all(item is None or isinstance(item, str) for item in value.values())
    for name, said in value.items():
        if plain(name) in known or not _is_said(said) or _describes(name, said, table=table):
            continue
        raise InputError(
            f'the {what} has "{name}": its rules are others',
            expected=expected,
            hint="leave it out if it changes nothing",
        )


def _is_said(said: Any) -> bool:
    return not (said is None or said is False or said in ("", [], {}))


def _describes(name: str, said: Any, *, table: bool) -> bool:
    if plain(name) in _FOUR:
        return plain(str(said)) in ("4", "four")
    if plain(name) in _RULE or (not table and _RULE.intersection(parts(name))):
        return isinstance(said, str | int) and plain(str(said)) in _USUAL | {
            *map(plain, adapter_names())
        }
    return table or not _HARMLESS.isdisjoint(parts(name))
