"""The forms of maze files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from hrm_toolkit.adapters.maze.files.bits import claims_bits, read_bits
from hrm_toolkit.adapters.maze.files.drawing import drawings
from hrm_toolkit.adapters.maze.files.ends import Ends
from hrm_toolkit.adapters.maze.files.layout import is_remark
from hrm_toolkit.adapters.maze.files.movingai import (
    claims_map,
    claims_scenarios,
    read_map,
    read_scenarios,
)
from hrm_toolkit.adapters.maze.files.posts import claims_posts, read_posts
from hrm_toolkit.adapters.maze.files.records import claims_record, read_record
from hrm_toolkit.adapters.maze.files.symbols import SIGNS
from hrm_toolkit.adapters.maze.rules import MazePuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import (
    MAYBE,
    NO,
    SURE,
    Claim,
    Loaded,
    Pair,
    ReadOptions,
    RecordForm,
    Sample,
    TextForm,
    no,
    placed,
)

_SOKOBAN = frozenset("#@+$*.- _")
_CELLS = SIGNS | set("\t,;")
_ENDS = frozenset("SGEse")


def read_maze(text: str, options: ReadOptions | None = None) -> Loaded:
    """The mazes drawn in a text, a row a line; a path marked with ``o`` is an answer.

    Raises:
        InputError: naming the row and column at fault.
        OptionError: for a start or goal where a maze marks both.
    """
    ends = Ends.of_options(options or ReadOptions())
    drawn = drawings(text)
    pairs: list[Pair] = []
    notes: list[str] = []
    for number, drawing in enumerate(drawn, 1):
        if len(drawn) == 1:
            pair, more = drawing.pair(ends)
        else:
            pair, more = placed(f"maze {number}", drawing.pair, ends)
        pairs.append(pair)
        notes += [*drawing.notes, *more]
    kind = "maze text" if len(pairs) == 1 else f"maze text, {len(pairs)} mazes"
    return Loaded.of(kind, pairs, notes)


def read_one(text: str) -> MazePuzzle:
    """The one maze of a text that says all itself.

    Raises:
        InputError: as the forms, or where the text holds several mazes.
    """
    sample, options = Sample.of(text), ReadOptions()
    texts = [form for form in FORMS if isinstance(form, TextForm)]
    sure = [form for form in texts if form.claims(sample).strength == 2]
    loaded = sure[0].read(text, options) if len(sure) == 1 else read_maze(text, options)
    if len(loaded.puzzles) != 1:
        raise InputError(f"the text holds {len(loaded.puzzles)} mazes", expected="one")
    return _of_maze(loaded)


def is_other_record(value: dict[Any, Any]) -> bool:
    """Whether an object is a maze, but not in the fields of a ``MazePuzzle``."""
    plain = set(value) <= {"task", "grid"} and isinstance(value.get("grid"), list)
    return not plain and claims_record(value).strength == 2


def record_puzzle(value: dict[Any, Any]) -> MazePuzzle:
    """The puzzle of such an object.

    Raises:
        InputError: naming the field, row or column at fault.
    """
    return _of_maze(read_record(value, ReadOptions()))


def _of_maze(loaded: Loaded) -> MazePuzzle:
    (puzzle,) = loaded.puzzles
    return cast(MazePuzzle, puzzle)


def _claims_text(sample: Sample) -> Claim:
    lines = [line for line in sample.lines if not is_remark(line)]
    if _is_sokoban(lines):
        return no("it looks like Sokoban, which no adapter reads")
    if _share(lines, _CELLS) <= 0.7 or not lines:
        return NO
    signs = set().union(*map(set, lines))
    if signs & set("0123456789"):
        return NO
    if _is_framed_by_stars(lines):
        return SURE
    ends = sum(1 for letter in ("S", "s", "A", "a") if letter in signs)
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


_OPTIONS = frozenset({"start", "goal"})

FORMS = (
    TextForm("a maze", "maze", _claims_text, read_maze, _OPTIONS),
    TextForm("a maze of 0 and 1", "maze", claims_bits, read_bits, _OPTIONS),
    TextForm("a maze of posts and walls", "maze", claims_posts, read_posts, _OPTIONS),
    TextForm("a MovingAI map", "maze", claims_map, read_map, _OPTIONS),
    TextForm("MovingAI scenarios", "maze", claims_scenarios, read_scenarios),
    RecordForm("a maze", "maze", claims_record, read_record, _OPTIONS),
)
