"""Whether lines look like a drawn maze: asked of texts of which only the head may be known."""

from __future__ import annotations

from collections.abc import Sequence

from hrm_toolkit.adapters.maze.files.symbols import LINES, SIGNS
from hrm_toolkit.adapters.maze.layout import is_remark
from hrm_toolkit.adapters.maze.sizes import numbers_of, unsized
from hrm_toolkit.core.files import MAYBE, NO, SURE, Claim, no

_SOKOBAN = frozenset("#@+$*.- _")
_CELLS = SIGNS | set("\t,;")
_ENDS = frozenset("SGEse")


def looks(lines: Sequence[str]) -> Claim:
    """How sure it is that lines (none of them blank) draw a maze, a sign a cell.

    Example:
        >>> looks(["S..", "##G"]) == MAYBE, looks(["53..7....", "6..195..."]) == NO
        (True, True)
    """
    bare = [line for line in lines if not is_remark(line) or numbers_of(line) is not None]
    rows = unsized(bare)
    lines = [line for line in lines if not is_remark(line)] if rows is None else rows
    if _is_sokoban(lines):
        return no("it looks like Sokoban, and is no level of it")
    signs: set[str] = set().union(*map(set, lines))
    if len(signs & LINES) > 1:
        return no("its walls are lines; write a cell a sign, or posts as + and walls as - and |")
    if signs & set("\u2b1c\U0001f7e5\U0001f7e9\u25a1"):
        return no("which squares are its walls is not said; write walls as # and open cells as .")
    if _share(lines, _CELLS) <= 0.7 or not lines:
        return NO
    if signs & set("0123456789"):
        return NO
    if _is_framed_by_stars(lines):
        return SURE
    ends = sum(1 for letter in ("S", "s", "A", "a") if letter in signs)
    if rows and signs & set("Ss") and signs & set("GgEe"):
        return SURE
    return MAYBE if signs & set("#SG\u2588\u2593") or (ends and signs & set("*Xx+")) else NO


def _is_framed_by_stars(lines: Sequence[str]) -> bool:
    """Whether stars close the text on every side, and it is neither a Sudoku's frame nor blank."""
    rows = [line.strip() for line in lines]
    whole = [row for row in rows if set(row) == {"*"} and len(row) > 4]
    return (
        len(rows) > 2
        and rows[0] in whole
        and rows[-1] in whole
        and all(row[0] == row[-1] == "*" for row in rows)
        and len({len(row) for row in rows}) == 1
    )


def _is_sokoban(lines: Sequence[str]) -> bool:
    board = [line for line in lines if not line.startswith(";")]
    cells = set("".join(board))
    player_and_box = bool(cells & set("@+")) and bool(cells & set("$*"))
    ends = len(cells & _ENDS) > 1
    return player_and_box and not ends and "#" in cells and _share(board, _SOKOBAN) > 0.9


def _share(lines: Sequence[str], cells: frozenset[str] | set[str]) -> float:
    total = sum(map(len, lines))
    return sum(sum(map(cells.__contains__, line)) for line in lines) / max(total, 1)
