"""The forms of maze files."""

from __future__ import annotations

from typing import Any, cast

from hrm_toolkit.adapters.maze.files.bits import claims_bits, read_bits
from hrm_toolkit.adapters.maze.files.drawing import drawings
from hrm_toolkit.adapters.maze.files.ends import Ends
from hrm_toolkit.adapters.maze.files.looks import looks
from hrm_toolkit.adapters.maze.files.movingai import (
    claims_map,
    claims_scenarios,
    read_map,
    read_scenarios,
)
from hrm_toolkit.adapters.maze.files.posts import claims_posts, read_posts
from hrm_toolkit.adapters.maze.files.questions import (
    claims_entry,
    claims_question,
    read_entry,
    read_question,
)
from hrm_toolkit.adapters.maze.files.records import claims_record, read_record
from hrm_toolkit.adapters.maze.files.tokens import claims_tokens, read_tokens
from hrm_toolkit.adapters.maze.layout import is_remark
from hrm_toolkit.adapters.maze.rules import MazePuzzle
from hrm_toolkit.core import InputError
from hrm_toolkit.core.files import Loaded, Pair, ReadOptions, RecordForm, Sample, TextForm, placed


def read_maze(text: str, options: ReadOptions | None = None) -> Loaded:
    """The mazes drawn in a text, a row a line; a path marked with ``o`` is an answer.

    Raises:
        InputError: naming the row and column at fault, and where a line such as ``start: 0,0``
            says another cell than the one that is marked.
        OptionError: for a start or goal where a maze marks both.
    """
    drawn = drawings(text)
    said = Ends.of_remarks([line for line in text.splitlines() if is_remark(line)])
    if said and len(drawn) > 1:
        raise InputError(
            f"the text says a start or a goal beside {len(drawn)} mazes",
            expected="S and G in each of them, or one maze",
        )
    ends = Ends.of_options(options or ReadOptions()).over(said)
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


_OPTIONS = frozenset({"start", "goal"})

FORMS = (
    TextForm("a maze", "maze", lambda sample: looks(sample.lines), read_maze, _OPTIONS),
    TextForm("a maze of 0 and 1", "maze", claims_bits, read_bits, _OPTIONS),
    TextForm("a maze of posts and walls", "maze", claims_posts, read_posts, _OPTIONS),
    TextForm("a MovingAI map", "maze", claims_map, read_map, _OPTIONS),
    TextForm("MovingAI scenarios", "maze", claims_scenarios, read_scenarios),
    TextForm("a question about a maze", "maze", claims_question, read_question),
    TextForm("mazes in tokens of maze-dataset", "maze", claims_tokens, read_tokens),
    RecordForm("a maze", "maze", claims_record, read_record, _OPTIONS),
    RecordForm("a question about a maze", "maze", claims_entry, read_entry),
)
