"""Sudoku: what a puzzle and an answer are, and the rules."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from hrm_toolkit.adapters.sudoku.boxes import (
    BOXES,
    LARGEST,
    SIDES,
    Box,
    Rows,
    peers,
    shapes,
    told,
    units,
)
from hrm_toolkit.core.errors import InputError
from hrm_toolkit.core.puzzle import Answer, Puzzle
from hrm_toolkit.core.rules import Rules, Verdict, Violation, verdict_from

KINDS = ("row", "column", "box")

Placement = tuple[int, int, int]
"""(row, column, digit), row and column counted from 0."""

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def _square(grid: Rows) -> Rows:
    size = len(grid)
    if size not in BOXES:
        raise InputError(
            f"the grid has {size} rows",
            expected=f"{SIDES} rows, or any number up to 25 that is no prime",
        )
    for number, row in enumerate(grid, 1):
        if len(row) != size:
            raise InputError(f"row {number} has {len(row)} cells", expected=f"{size} cells")
    return _symbols(grid, LARGEST)


def _symbols(grid: Rows, top: int) -> Rows:
    for i, row in enumerate(grid, 1):
        if min(row) < 0 or max(row) > top:
            j = next(j for j, value in enumerate(row, 1) if not 0 <= value <= top)
            raise InputError(
                f"row {i} column {j} holds {row[j - 1]}",
                expected=f"0 for a blank, or a digit from 1 to {top}",
            )
    return grid


AnswerGrid = Annotated[Rows, AfterValidator(_square)]
ClueGrid = Annotated[AnswerGrid, AfterValidator(lambda grid: _symbols(grid, len(grid)))]


class SudokuPuzzle(Puzzle):
    """Clues in a square grid, 0 for a blank.

    Attributes:
        grid: rows of digits, side 4, 6, 8, 9, 10 and so on up to 25, no prime. Clues may
            contradict each other; ``SudokuRules.diagnose`` says where.
        box: rows and columns of a box; None for the usual shape of this side, which is nearest
            to a square and wide rather than tall: 2 rows and 3 columns in a 6x6 grid.

    Raises:
        InputError: for a grid of another shape, a number that is no digit of this size, or boxes
            that do not tile the grid.

    Example:
        >>> puzzle = SudokuPuzzle(grid=((0,) * 6,) * 6, box=(3, 2))
        >>> puzzle.boxes, puzzle.detail
        ((3, 2), 'boxes of 3 rows and 2 columns')
    """

    task: Literal["sudoku"] = "sudoku"
    grid: ClueGrid
    box: Box | None = Field(default=None, exclude_if=lambda box: box is None)

    @model_validator(mode="before")
    @classmethod
    def _usual_boxes_go_unsaid(cls, data: object) -> object:
        """One puzzle has one form: the usual shape, said or not, is None."""
        if not isinstance(data, dict) or data.get("box") is None:
            return data
        grid, box = data.get("grid"), data["box"]
        size = len(grid) if isinstance(grid, Sequence) else 0
        pair = tuple(box) if isinstance(box, list | tuple) else box
        if size in BOXES and pair not in shapes(size):
            raise no_such_box(size, box)
        return {**data, "box": None if pair == BOXES.get(size) else pair}

    @property
    def size(self) -> int:
        """Side of the grid, also the number of digits."""
        return len(self.grid)

    @property
    def boxes(self) -> Box:
        """Rows and columns of a box."""
        return self.box or BOXES[len(self.grid)]

    @property
    def detail(self) -> str:
        """The shape of the boxes, where it is not plain from the size."""
        rows, columns = self.boxes
        return "" if rows == columns else told(self.boxes)

    def explicit(self) -> dict[str, Any]:
        """Its fields, the boxes among them where clues without them may be read as others."""
        fields = self.model_dump(mode="json")
        return {**fields, "box": list(self.boxes)} if len(shapes(self.size)) > 1 else fields


def no_such_box(size: int, box: object) -> InputError:
    """The error for boxes that do not tile a grid."""
    if isinstance(box, list | tuple):
        box = "x".join(map(str, box))
    return InputError(
        f"boxes of {box} do not tile a grid of {size} rows",
        path="box",
        expected="rows and columns of a box: "
        + ", ".join(f"{rows}x{columns}" for rows, columns in shapes(size)),
    )


class SudokuAnswer(Answer):
    """A filled grid, maybe a wrong or unfinished one.

    Attributes:
        grid: rows of numbers, 0 for a blank, at most 25 whatever the size.
    """

    task: Literal["sudoku"] = "sudoku"
    grid: AnswerGrid


class Board(NamedTuple):
    """A state of play.

    Attributes:
        box: rows and columns of a box.
        cells: for each cell, minus its digit where one stands, otherwise the bit mask of its
            candidates (bit 0 for digit 1), so that 0 is a blank that nothing fits.
    """

    box: Box
    cells: tuple[int, ...]

    @property
    def size(self) -> int:
        """Side of the grid."""
        return self.box[0] * self.box[1]


class SudokuRules(Rules[SudokuPuzzle, SudokuAnswer]):
    """Each row, column and box holds each digit once, and the clues stay.

    Example:
        >>> rules = SudokuRules()
        >>> puzzle = SudokuPuzzle(grid=((1, 2, 3, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 0)))
        >>> rules.actions(rules.initial(puzzle))
        [(3, 3, 1)]
        >>> rules.check(puzzle, SudokuAnswer(grid=puzzle.grid)).violations[0].message
        'row 4 column 4 is blank'
    """

    def check(self, puzzle: SudokuPuzzle, answer: SudokuAnswer) -> Verdict:
        """What is wrong with ``answer``: shape, blanks, foreign digits, clues, repeats."""
        size, found = puzzle.size, len(answer.grid)
        if found != size:
            message = f"the answer is {found}x{found}, the puzzle {size}x{size}"
            return verdict_from([Violation(rule="shape", message=message)])
        values = [value for row in answer.grid for value in row]
        clues = [value for row in puzzle.grid for value in row]
        blank = [cell for cell, value in enumerate(values) if value == 0]
        foreign = [cell for cell, value in enumerate(values) if value > size]
        changed = [c for c, clue in enumerate(clues) if clue and values[c] != clue]
        violations = []
        if blank:
            say = "is blank" if len(blank) == 1 else "are blank"
            violations.append(_gathered("blank", blank, size, say, ""))
        if foreign:
            detail = f"{values[foreign[0]]} is no digit from 1 to {size}"
            violations.append(_gathered("digit", foreign, size, "out of range", detail))
        if changed:
            detail = f"{clues[changed[0]]} became {values[changed[0]] or 'blank'}"
            violations.append(_gathered("clue", changed, size, "differing from the clues", detail))
        violations += _repeats(values, puzzle.boxes, "")
        if violations and all(violation.rule == "box" for violation in violations):
            violations += _other_boxes(values, puzzle.boxes)
        return verdict_from(violations)

    def diagnose(self, puzzle: SudokuPuzzle) -> list[Violation]:
        """Digits repeated among the clues, and blanks that no digit fits."""
        size = puzzle.size
        values = [value for row in puzzle.grid for value in row]
        violations = _repeats(values, puzzle.boxes, " among the clues")
        near = peers(size, puzzle.boxes)
        for cell, value in enumerate(values):
            if value == 0 and len({values[p] for p in near[cell]} - {0}) == size:
                message = f"{_place(cell, size)} has no candidate left"
                places = (divmod(cell, size),)
                violations.append(Violation(rule="candidate", message=message, places=places))
        return violations

    def initial(self, puzzle: SudokuPuzzle) -> Board:
        """The clues with the candidates they leave; none anywhere when clues clash."""
        size = puzzle.size
        clues = [value for row in puzzle.grid for value in row]
        cells = [(1 << size) - 1] * len(clues)
        for cell, digit in enumerate(clues):
            if digit:
                if not cells[cell] >> (digit - 1) & 1:
                    return Board(puzzle.boxes, tuple(-value for value in clues))
                _place_digit(cells, cell, digit, puzzle.boxes)
        return Board(puzzle.boxes, tuple(cells))

    def actions(self, state: Board) -> list[Placement]:
        """The ways to settle the most constrained decision.

        A cell with one candidate, else a digit with one place in some unit, else the candidates
        of the first cell that has fewest. Empty when the grid is full or nothing fits.
        """
        size, cells = state.size, state.cells
        if 0 in cells:
            return []
        fewest, at = size + 1, -1
        for cell, mask in enumerate(cells):
            if mask > 0 and (count := mask.bit_count()) < fewest:
                fewest, at = count, cell
                if count == 1:
                    break
        if at < 0:
            return []
        mask = cells[at]
        if fewest > 1:
            at, mask = _only_place(state) or (at, mask)
        return [(at // size, at % size, digit + 1) for digit in range(size) if mask >> digit & 1]

    def step(self, state: Board, action: Placement) -> Board:
        """The board with one more digit.

        Raises:
            InputError: when the cell is not blank or the digit no candidate of it.
        """
        size, cells = state.size, state.cells
        row, column, digit = action
        inside = 0 <= row < size and 0 <= column < size and 1 <= digit <= size
        cell = row * size + column
        if not inside or cells[cell] < 0 or not cells[cell] >> (digit - 1) & 1:
            raise InputError(
                f"{digit} cannot be placed at row {row + 1} column {column + 1}",
                expected="a blank cell and one of its candidates",
            )
        after = list(cells)
        _place_digit(after, cell, digit, state.box)
        return Board(state.box, tuple(after))

    def result(self, state: Board) -> SudokuAnswer | None:
        """The filled grid, or None while a cell is blank."""
        return None if max(state.cells) >= 0 else self.so_far(state)

    def so_far(self, state: Board) -> SudokuAnswer:
        """The digits placed, 0 for a blank."""
        size, cells = state.size, state.cells
        digits = [max(-value, 0) for value in cells]
        rows = (tuple(digits[i : i + size]) for i in range(0, size * size, size))
        return SudokuAnswer.model_construct(grid=tuple(rows))

    def plan(self, puzzle: SudokuPuzzle, answer: SudokuAnswer) -> list[Hashable]:
        """Placements that lead to ``answer``.

        Raises:
            InputError: when no legal play leads there.
        """
        state, plan = self.initial(puzzle), list[Hashable]()
        while max(state.cells) >= 0:
            wanted = [(i, j, d) for i, j, d in self.actions(state) if answer.grid[i][j] == d]
            if not wanted:
                raise InputError("no legal placements lead to this answer", expected="a solution")
            plan.append(wanted[0])
            state = self.step(state, wanted[0])
        return plan


def _place_digit(cells: list[int], cell: int, digit: int, box: Box) -> None:
    cells[cell] = -digit
    keep = ~(1 << (digit - 1))
    for peer in peers(box[0] * box[1], box)[cell]:
        if cells[peer] > 0:
            cells[peer] &= keep


def _only_place(state: Board) -> tuple[int, int] | None:
    """A cell and the one digit that fits nowhere else in a unit; (0, 0) when a digit fits nowhere.

    A unit lacks as many digits as it has blanks, so fewer candidates than blanks means that one
    of the missing digits has no place.
    """
    cells = state.cells
    for unit in units(state.size, state.box):
        once = twice = blanks = 0
        for cell in unit:
            mask = cells[cell]
            if mask > 0:
                blanks += 1
                twice |= once & mask
                once |= mask
        if once.bit_count() < blanks:
            return 0, 0
        single = once & ~twice
        if single:
            bit = single & -single
            return next(c for c in unit if cells[c] > 0 and cells[c] & bit), bit
    return None


def _place(cell: int, size: int) -> str:
    return f"row {cell // size + 1} column {cell % size + 1}"


def _gathered(rule: str, cells: list[int], size: int, say: str, detail: str) -> Violation:
    """One violation over many cells that names the first and counts the others."""
    first = _place(cells[0], size) + (f": {detail}" if detail else "")
    if len(cells) == 1:
        message = first if detail else f"{first} {say}"
    else:
        message = f"{len(cells)} cells {say}, the first at {first}"
    return Violation(rule=rule, message=message, places=tuple(divmod(cell, size) for cell in cells))


def _repeats(values: Sequence[int], box: Box, among: str) -> list[Violation]:
    violations = []
    size = box[0] * box[1]
    for index, unit in enumerate(units(size, box)):
        inside = [values[cell] for cell in unit]
        if len(set(inside)) == size:
            continue
        for digit in sorted({v for v in inside if v and inside.count(v) > 1}):
            cells = [cell for cell in unit if values[cell] == digit]
            kind, number = KINDS[index // size], index % size + 1
            count = _COUNTS[len(cells)] if len(cells) < len(_COUNTS) else str(len(cells))
            message = f"{kind} {number} has {count} {digit}s{among}, at {_where(kind, cells, size)}"
            places = tuple(divmod(cell, size) for cell in cells)
            violations.append(Violation(rule=kind, message=message, places=places))
    return violations


def _other_boxes(values: Sequence[int], box: Box) -> list[Violation]:
    """That an answer which breaks the boxes alone is right with boxes of another shape."""
    right = [other for other in shapes(box[0] * box[1]) if not _repeats(values, other, "")]
    return [
        Violation(
            rule="shape",
            message=f"with {told(other)} it would be right: if they are meant, say so by box "
            f"(--box {other[0]}x{other[1]})",
        )
        for other in right[:1]
    ]


def _where(kind: str, cells: list[int], size: int) -> str:
    if kind == "row":
        names, head = [str(cell % size + 1) for cell in cells], "columns "
    elif kind == "column":
        names, head = [str(cell // size + 1) for cell in cells], "rows "
    else:
        names, head = [_place(cell, size) for cell in cells], ""
    return head + ", ".join(names[:-1]) + " and " + names[-1]
