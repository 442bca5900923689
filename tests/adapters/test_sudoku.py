"""Sudoku as a user meets it: input, rules, tokens and symmetry."""

from __future__ import annotations

import contextlib
import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm_toolkit.adapters.sudoku import SudokuAdapter, SudokuAnswer, SudokuPuzzle
from hrm_toolkit.adapters.sudoku.boxes import BOXES, Rows, peers, shapes, units
from hrm_toolkit.adapters.sudoku.hints import declared
from hrm_toolkit.core import InputError, search, validate

SUDOKU = SudokuAdapter()
RULES, CODEC = SUDOKU.rules, SUDOKU.codec
SIZES = (4, 6, 9, 16, 25)
SHAPES = [box for size in (6, 8, 10, 12, 16, 20) for box in shapes(size)]
SOLVED = ((1, 2, 3, 4), (3, 4, 1, 2), (2, 1, 4, 3), (4, 3, 2, 1))
ONE_BLANK = SUDOKU.parse("1234 3412 2143 432.")
TWO_WAYS = SUDOKU.parse("1234 3412 2.4. 4.2.")


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(size: int, difficulty: str, seed: int = 0) -> Any:
    return SUDOKU.generate(rng(seed), size=size, difficulty=difficulty)


def nine(*clues: tuple[int, int, int]) -> SudokuPuzzle:
    """A 9x9 grid with the (row, column, digit) given, counted from 1."""
    grid = np.zeros((9, 9), int)
    for row, column, digit in clues:
        grid[row - 1, column - 1] = digit
    return SUDOKU.coerce(grid)


def says(puzzle: SudokuPuzzle, answer: SudokuAnswer) -> list[str]:
    return [violation.message for violation in RULES.check(puzzle, answer).violations]


def brute_force(grid: Rows) -> int:
    """Solutions of a small grid, by trying every digit in every blank in turn."""
    size = len(grid)
    cells = [value for row in grid for value in row]
    clash = any(cells[p] == v for c, v in enumerate(cells) if v for p in peers(size)[c])

    def count() -> int:
        if 0 not in cells:
            return 1
        at, total = cells.index(0), 0
        for digit in range(1, size + 1):
            if all(cells[p] != digit for p in peers(size)[at]):
                cells[at] = digit
                total += count()
        cells[at] = 0
        return total

    return 0 if clash else count()


@st.composite
def grids(draw: st.DrawFn, sizes: tuple[int, ...] = SIZES) -> Rows:
    """Any grid of clues, contradictory ones included."""
    size = draw(st.sampled_from(sizes))
    density = draw(st.floats(0, 1))
    random = rng(draw(st.integers(0, 2**32)))
    digits = random.integers(1, size + 1, (size, size))
    kept = np.where(random.random((size, size)) < density, digits, 0)
    return tuple(map(tuple, kept.tolist()))


@st.composite
def small_puzzles(draw: st.DrawFn) -> SudokuPuzzle:
    """4x4 clues taken from a solution, now and then with one of them changed."""
    grid = np.array(SOLVED)
    for _ in range(draw(st.integers(3, 14))):
        grid.flat[draw(st.integers(0, 15))] = 0
    if draw(st.booleans()):
        grid.flat[draw(st.integers(0, 15))] = draw(st.integers(1, 4))
    puzzle = SUDOKU.coerce(grid)
    return SUDOKU.symmetry(puzzle, rng(draw(st.integers(0, 2**32)))).apply(puzzle)


# Input


@pytest.mark.parametrize(
    "value",
    [
        "1234341221434320",
        "1234\n3412\n2143\n432_",
        "12|34\n34|12\n--+--\n21|43\n43|2?",
        "# a comment\n1 2 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 *\n",
        "1,2,3,4;3,4,1,2;2,1,4,3;4,3,2,.",
        ["1234", "3412", "2143", "432."],
        [*itertools.chain(*SOLVED[:3]), 4, 3, 2, 0],
        np.array([[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 0]], np.int8),
        [[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 0]],
        {"grid": [[1, 2, 3, 4], [3, 4, 1, 2], [2, 1, 4, 3], [4, 3, 2, 0]]},
        {"task": "sudoku", "grid": ONE_BLANK.grid},
        ONE_BLANK,
    ],
)
def test_what_people_have_becomes_a_puzzle(value: Any) -> None:
    assert SUDOKU.coerce(value) == ONE_BLANK
    if not isinstance(value, dict | SudokuPuzzle):
        assert SUDOKU.coerce_answer(ONE_BLANK, value).grid == ONE_BLANK.grid


@given(grids())
def test_text_and_json_give_the_puzzle_back(grid: Rows) -> None:
    puzzle = SUDOKU.coerce(grid)
    assert SUDOKU.parse(SUDOKU.render(puzzle)) == puzzle
    assert validate(SudokuPuzzle, json.loads(puzzle.model_dump_json())) == puzzle
    symbols = ".123456789ABCDEFGHIJKLMNOP"
    line = "".join(symbols[value] for row in grid for value in row)
    assert SUDOKU.parse(line) == SUDOKU.parse(line.lower()) == puzzle


def test_rendering_fills_the_answer_in() -> None:
    answer = SudokuAnswer(grid=SOLVED)
    assert SUDOKU.render(ONE_BLANK).splitlines()[-2] == "│ 4 3 │ 2 . │"
    assert SUDOKU.render(ONE_BLANK, answer).splitlines()[-2] == "│ 4 3 │ 2 1 │"
    assert SUDOKU.render(SUDOKU.parse("." * 36)).count("├") == 2


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("", "the text holds no cell"),
        ("." * 80, "80 cells; expected 16, 36, 81, 256 or 625 cells; 1 cell too few for a 9x9"),
        ("." * 82, "1 cell too many for a 9x9 grid"),
        ("1234\n34X2\n2143\n4321", '"X" at line 2, column 3 stands for no cell'),
        ("1 2 3 4\n3 4 1 2\n2 1 4 !3\n4 3 2 1", '"!3" at line 3, column 7 stands for no cell'),
        ("1234341221434325", "row 4 column 4 holds 5; expected 0 for a blank, or a digit from 1"),
        ("1A" + "." * 79, "row 1 column 2 holds 10"),
        ("J" + "." * 80, '"J" at line 1, column 1 stands for no cell; expected letters from A (1)'),
        ("²" * 16, '"²" at line 1, column 1'),
        ("." * 10**6, "the text has 1000000 characters"),
        ([], "the grid has 0 rows; expected 4, 6, 9, 16 or 25 rows"),
        ([[1] * 5] * 5, "the grid has 5 rows"),
        ([[1, 2, 3, 4]] * 3 + [[1]], "row 4 has 1 cells; expected 4 cells"),
        ([[0, 0, 0, -1]] * 4, "row 1 column 4 holds -1"),
        ([[0, 0, 0, 10**30]] * 4, "row 1 column 4 holds 1000"),
        ([[0, 0, 0, None]] * 4, "grid.0.3: the grid has both 0 and empty cells"),
        ({"grid": SOLVED, "extra": 1}, "extra"),
        ({}, "grid"),
        (3, "grid"),
        (np.zeros((2, 2, 2)), "grid"),
    ],
)
def test_bad_input_is_refused_with_its_place(value: Any, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        SUDOKU.coerce(value)
    assert complaint in str(caught.value)


@given(st.text(max_size=100) | st.text("123456789.-|+ \n", max_size=100))
def test_any_text_is_a_puzzle_or_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        assert SUDOKU.parse(text).size in SIZES


# Rules


@pytest.mark.parametrize("size", SIZES)
def test_every_cell_is_in_one_row_one_column_and_one_box(size: int) -> None:
    height, width = BOXES[size]
    for kind in range(3):
        cells = sorted(itertools.chain(*units(size)[kind * size : (kind + 1) * size]))
        assert cells == list(range(size * size))
    assert {len(cells) for cells in peers(size)} == {2 * size - 2 + (height - 1) * (width - 1)}


def test_violations_name_their_places() -> None:
    grid = [list(row) for row in drawn(9, "easy").answer.grid]
    right, puzzle = grid[2][6], nine((1, 1, grid[0][0]))
    grid[2][6] = grid[2][1]
    [row, column, box] = says(puzzle, SudokuAnswer(grid=tuple(map(tuple, grid))))
    assert row == f"row 3 has two {grid[2][1]}s, at columns 2 and 7"
    assert column.startswith(f"column 7 has two {grid[2][1]}s, at rows ")
    assert box.startswith(f"box 3 has two {grid[2][1]}s, at row ")
    assert " column " in box
    grid[2][6], grid[0][0] = right, 0
    messages = says(puzzle, SudokuAnswer(grid=tuple(map(tuple, grid))))
    assert messages[0] == "row 1 column 1 is blank"
    assert messages[1].endswith("became blank")


def test_many_blanks_and_changes_are_counted() -> None:
    empty = SudokuAnswer(grid=((0,) * 4,) * 4)
    puzzle = SUDOKU.parse("1.34 34.2 2143 432.")
    blank, clue = RULES.check(puzzle, empty).violations
    assert blank.message == "16 cells are blank, the first at row 1 column 1"
    assert clue.message.startswith("13 cells differing from the clues, the first at row 1 column 1")
    assert (len(blank.places), clue.places[:3]) == (16, ((0, 0), (0, 2), (0, 3)))
    [threes] = RULES.check(
        SUDOKU.parse("." * 16), SUDOKU.coerce_answer(puzzle, "3" * 16)
    ).violations[:1]
    assert threes.message == "row 1 has four 3s, at columns 1, 2, 3 and 4"
    assert says(puzzle, SudokuAnswer(grid=((0,) * 9,) * 9)) == ["the answer is 9x9, the puzzle 4x4"]


def test_contradictions_among_the_clues_are_diagnosed_and_unsolvable() -> None:
    clash = nine((3, 2, 5), (3, 7, 5), (1, 1, 5))
    assert [v.message for v in RULES.diagnose(clash)] == [
        "row 3 has two 5s among the clues, at columns 2 and 7",
        "box 1 has two 5s among the clues, at row 1 column 1 and row 3 column 2",
    ]
    crowded = nine(*((1, digit, digit) for digit in range(1, 9)), (2, 9, 9))
    [stuck] = RULES.diagnose(crowded)
    assert stuck.message == "row 1 column 9 has no candidate left"
    assert stuck.places == ((0, 8),)
    # No cell is without candidates here, but nothing in row 1 can be 9.
    hidden = nine((1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 4, 9), (3, 7, 9))
    assert RULES.diagnose(hidden) == []
    full_clash = SUDOKU.parse("1134341221434321")
    for puzzle in (clash, crowded, hidden, full_clash):
        assert RULES.actions(RULES.initial(puzzle)) == []
        found = search(RULES, puzzle)
        assert (found.answer, found.exhausted) == (None, True)
        exact = SUDOKU.exact(puzzle)
        assert (exact.answer, exact.unsolvable) == (None, True)
        assert SUDOKU.count_solutions(puzzle) == 0


def test_one_blank_no_blank_and_two_solutions() -> None:
    answer = SudokuAnswer(grid=SOLVED)
    assert RULES.plan(ONE_BLANK, answer) == [(3, 3, 1)]
    assert SUDOKU.exact(ONE_BLANK).answer == answer
    full = SudokuPuzzle(grid=SOLVED)
    assert RULES.result(RULES.initial(full)) == SUDOKU.exact(full).answer == answer
    assert (RULES.plan(full, answer), SUDOKU.partial(full)) == ([], None)
    assert SUDOKU.count_solutions(full) == 1
    assert SUDOKU.count_solutions(TWO_WAYS) == SUDOKU.count_solutions(TWO_WAYS, 9) == 2
    assert RULES.check(TWO_WAYS, answer)
    assert RULES.check(TWO_WAYS, SUDOKU.exact(TWO_WAYS).answer)


@pytest.mark.parametrize("action", [(0, 0, 2), (3, 3, 2), (3, 3, 0), (4, 0, 1), (-1, 3, 1)])
def test_illegal_placements_are_refused(action: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="cannot be placed"):
        RULES.step(RULES.initial(ONE_BLANK), action)


def test_no_plan_leads_to_a_wrong_answer() -> None:
    wrong = SUDOKU.coerce_answer(ONE_BLANK, "1234341221434322")
    with pytest.raises(InputError, match="no legal placements"):
        RULES.plan(ONE_BLANK, wrong)


@given(small_puzzles())
def test_search_counts_and_exact_agree_with_brute_force(puzzle: SudokuPuzzle) -> None:
    truth = brute_force(puzzle.grid)

    def leaves(state: Any) -> int:
        if RULES.result(state) is not None:
            return 1
        return sum(leaves(RULES.step(state, action)) for action in RULES.actions(state))

    # A full grid of clues is final whether or not they clash; the check decides.
    if any(0 in row for row in puzzle.grid):
        assert leaves(RULES.initial(puzzle)) == truth
    assert SUDOKU.count_solutions(puzzle, 500) == truth
    exact = SUDOKU.exact(puzzle)
    assert exact.unsolvable == (truth == 0)
    assert exact.answer is None if truth == 0 else RULES.check(puzzle, exact.answer)


# Tokens and structure


@given(grids())
def test_tokens_are_digits_plus_one_and_come_back(grid: Rows) -> None:
    puzzle, answer = SUDOKU.coerce(grid), SudokuAnswer(grid=grid)
    tokens = CODEC.encode(puzzle)
    assert tokens.dtype == np.int32
    assert tokens.tolist() == [value + 1 for row in grid for value in row]
    labels = CODEC.labels(puzzle, answer)
    assert CODEC.decode(puzzle, labels) == CODEC.decode(puzzle, tokens) == answer
    assert ((labels == 0) == (tokens == 1)).all()


def test_decoding_repairs_nothing() -> None:
    tokens = np.array([26, 0, 1, *CODEC.encode(ONE_BLANK)[3:]], np.int32)
    assert CODEC.decode(ONE_BLANK, tokens).grid[0] == (25, 0, 0, 4)
    for bad in (tokens[:15], np.full(16, 27, np.int32), np.full(16, -1, np.int32)):
        with pytest.raises(InputError):
            CODEC.decode(ONE_BLANK, bad)


@pytest.mark.parametrize("liked", [1, 3])
def test_search_tries_what_the_network_prefers_first(liked: int) -> None:
    probabilities = np.full((16, CODEC.spec.size), 0.1, np.float32)
    probabilities[9, liked + 1] = 0.9

    def preference(state: Any, action: Any) -> float:
        return CODEC.preference(TWO_WAYS, state, action, probabilities)

    start = RULES.initial(TWO_WAYS)
    likes = {action: preference(start, action) for action in RULES.actions(start)}
    assert likes == pytest.approx({(2, 1, liked): 0.9, (2, 1, 4 - liked): 0.1})
    found = search(RULES, TWO_WAYS, preference=preference)
    assert found.answer is not None
    assert found.answer.grid[2][1] == liked


@pytest.mark.parametrize("size", SIZES)
def test_structure_groups_each_cell_with_its_peers(size: int) -> None:
    puzzle = SUDOKU.coerce(np.zeros((size, size), int))
    structure = SUDOKU.structure(puzzle)
    assert tuple(relation.name for relation in structure.relations) == SUDOKU.relations
    seen: list[set[int]] = [set() for _ in range(size * size)]
    for relation in structure.relations:
        assert relation.of is not None
        for cell, group in enumerate(relation.of):
            seen[cell].update(relation.source[relation.row(group)].tolist())
    assert [sorted(cells - {cell}) for cell, cells in enumerate(seen)] == [*map(list, peers(size))]
    names = [CODEC.spec.vocabulary[token] for token in structure.symbols]
    assert names == [str(digit) for digit in range(1, size + 1)]
    assert structure.coordinates is not None
    assert structure.coordinates[size + 2].tolist() == [1, 2]


# Symmetry


@given(grids(), st.integers(0, 2**32))
def test_symmetry_keeps_the_rules_the_canonical_text_and_can_be_undone(
    grid: Rows, seed: int
) -> None:
    puzzle, answer = SudokuPuzzle(grid=grid), SudokuAnswer(grid=grid)
    symmetry = SUDOKU.symmetry(puzzle, rng(seed))
    moved, moved_answer = symmetry.apply(puzzle), symmetry.apply_answer(answer)
    assert validate(SudokuPuzzle, moved.model_dump()) == moved
    assert symmetry.undo(moved) == puzzle
    assert symmetry.undo_answer(moved_answer) == answer
    for before, after in zip(_broken(puzzle, answer), _broken(moved, moved_answer), strict=True):
        assert before == after
    if len(grid) <= 9:
        assert SUDOKU.canonical(moved) == SUDOKU.canonical(puzzle)


def _broken(puzzle: SudokuPuzzle, answer: SudokuAnswer) -> list[int]:
    """Counts of violations, lines together, since a transposition swaps rows and columns."""
    rules = [violation.rule for violation in RULES.check(puzzle, answer).violations]
    return [rules.count("row") + rules.count("column"), rules.count("box"), rules.count("blank")]


def _orbit(grid: Rows) -> tuple[int, ...]:
    """The least image of a 4x4 grid under all symmetries, digits renamed by first appearance."""
    bands = [(0, 1, 2, 3), (1, 0, 2, 3), (0, 1, 3, 2), (1, 0, 3, 2)]
    lines = [list(order) for a in bands for order in (a, a[2:] + a[:2])]
    images = []
    for base in (np.array(grid), np.array(grid).T):
        for rows, columns in itertools.product(lines, lines):
            names: dict[int, int] = {0: 0}
            image = base[rows][:, columns].ravel().tolist()
            images.append(tuple(names.setdefault(value, len(names)) for value in image))
    return min(images)


def test_canonical_text_tells_apart_exactly_what_no_symmetry_joins() -> None:
    random = rng(5)
    texts, orbits = [], []
    for _ in range(150):
        kept = np.where(random.random((4, 4)) < random.random(), np.array(SOLVED), 0)
        puzzle = SUDOKU.coerce(kept)
        texts.append(SUDOKU.canonical(puzzle))
        orbits.append(_orbit(puzzle.grid))
    pairs = set(zip(texts, orbits, strict=True))
    assert len(pairs) == len(set(texts)) == len(set(orbits))
    assert 10 < len(pairs) < 150


@pytest.mark.parametrize("size", [9, 16, 25])
@pytest.mark.parametrize("difficulty", ["nearly", "medium"])
def test_canonical_text_on_large_grids(size: int, difficulty: str) -> None:
    puzzles = [drawn(size, difficulty, seed).puzzle for seed in range(4)]
    assert len({SUDOKU.canonical(puzzle) for puzzle in puzzles}) == 4
    moved = SUDOKU.symmetry(puzzles[0], rng(1)).apply(puzzles[0])
    assert SUDOKU.canonical(moved) == SUDOKU.canonical(puzzles[0])
    blank = SUDOKU.coerce(np.zeros((size, size), int))
    assert SUDOKU.canonical(blank).startswith(f"{size}-")


@given(st.integers(0, 2**32 - 1), st.sampled_from([4, 6, 9]), st.integers(0, 3))
def test_the_declared_rules_are_the_rules(seed: int, size: int, changes: int) -> None:
    """Answers with a few cells changed or exchanged, at times clues among them."""
    made, draw = drawn(size, "easy", seed), rng(seed)
    grid = np.array(made.answer.grid)
    for _ in range(changes):
        one, other = draw.integers(size, size=(2, 2)).tolist()
        kept = int(grid[tuple(one)])
        grid[tuple(one)] = grid[tuple(other)] if draw.random() < 0.5 else draw.integers(1, size + 1)
        grid[tuple(other)] = kept
    answer = SUDOKU.coerce_answer(made.puzzle, grid.tolist())
    holds = declared(made.puzzle).holds(grid.ravel())
    assert holds == RULES.check(made.puzzle, answer).valid
