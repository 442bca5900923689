"""Sudoku by search: solutions counted, ratings, what the generator promises, and the laws."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hrm_toolkit.adapters import check_adapter
from hrm_toolkit.adapters.sudoku import SudokuAdapter, SudokuPuzzle
from hrm_toolkit.adapters.sudoku import search as sudoku_search
from hrm_toolkit.core import OptionError, UnknownNameError, search, validate

EXAMPLES = Path(__file__).parents[2] / "examples"
SUDOKU = SudokuAdapter()
RULES = SUDOKU.rules
EXTREME = validate(SudokuPuzzle, json.loads((EXAMPLES / "sudoku-9x9.json").read_text()))


def rng(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(size: int, difficulty: str, seed: int = 0) -> Any:
    return SUDOKU.generate(rng(seed), size=size, difficulty=difficulty)


def test_rating_counts_guesses() -> None:
    assert sudoku_search.rate(drawn(9, "medium").puzzle.grid) == 0
    assert sudoku_search.rate(SUDOKU.parse("1234 3412 2.4. 4.2.").grid) == 2
    assert sudoku_search.rate(EXTREME.grid) >= sudoku_search.EXTREME
    assert sudoku_search.rate(EXTREME.grid, limit=50) == 50
    assert sudoku_search.rate(SUDOKU.parse("1134341221434321").grid) == 0


def test_a_search_cut_into_single_nodes_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sudoku_search.solutions(EXTREME.grid, 2)
    many = sudoku_search.solutions(np.zeros((4, 4), int), 1000)
    monkeypatch.setattr(sudoku_search, "_CHUNK", 81)
    pieces = sudoku_search.solutions(EXTREME.grid, 2)
    assert (pieces.exhausted, pieces.nodes) == (whole.exhausted, whole.nodes) == (True, 203)
    assert [g.tolist() for g in pieces.grids] == [g.tolist() for g in whole.grids]
    monkeypatch.setattr(sudoku_search, "_CHUNK", 16)
    again = sudoku_search.solutions(np.zeros((4, 4), int), 1000)
    assert len({tuple(grid) for grid in again.grids}) == len(many.grids) == 288
    monkeypatch.setattr(sudoku_search, "_CHUNK", 81)
    late = SUDOKU.exact(EXTREME, seconds=0)
    assert (late.answer, late.unsolvable, late.nodes) == (None, False, 1)
    assert SUDOKU.count_solutions(EXTREME, seconds=0) == 0


@pytest.mark.parametrize("size", [4, 6, 9, 16, 25])
@pytest.mark.parametrize("difficulty", SUDOKU.difficulties)
def test_generated_puzzles_have_one_solution_and_follow_from_the_seed(
    size: int, difficulty: str
) -> None:
    seed = 9 if (size, difficulty) == (9, "extreme") else 1
    example = drawn(size, difficulty, seed)
    assert example.puzzle.size == size
    assert RULES.check(example.puzzle, example.answer)
    found = sudoku_search.solutions(example.puzzle.grid, 2)
    assert [tuple(grid) for grid in found.grids] == [sum(example.answer.grid, ())]
    assert found.exhausted
    assert validate(SudokuPuzzle, example.puzzle.model_dump()) == example.puzzle
    again = drawn(size, difficulty, seed)
    assert again.puzzle.model_dump_json() == example.puzzle.model_dump_json()
    assert again.answer == example.answer
    rating = sudoku_search.rate(example.puzzle.grid)
    if difficulty in ("nearly", "easy", "medium"):
        assert rating == 0
    elif size >= 9:
        assert rating >= {"minimal": 0, "hard": 8, "extreme": 200}[difficulty]


def test_difficulties_mean_what_they_say() -> None:
    blanks = [str(drawn(9, "nearly", seed).puzzle.grid).count("0") for seed in range(40)]
    assert set(blanks) == {1, 2, 3, 4, 5}
    easy = [str(drawn(9, "easy", seed).puzzle.grid).count("0") for seed in range(20)]
    assert min(easy) >= 24
    assert max(easy) <= 41
    for size, difficulty in [(4, "extreme"), (6, "hard"), (9, "minimal"), (9, "hard")]:
        puzzle = drawn(size, difficulty).puzzle
        clues = np.array(puzzle.grid)
        for row, column in np.argwhere(clues):
            fewer = clues.copy()
            fewer[row, column] = 0
            assert SUDOKU.count_solutions(SUDOKU.coerce(fewer)) == 2
    sparse = np.array(drawn(9, "medium").puzzle.grid)
    for row, column in np.argwhere(sparse)[:5]:
        fewer = sparse.copy()
        fewer[row, column] = 0
        assert sudoku_search.rate(fewer) > 0


def test_the_mixture_ranges_from_nearly_filled_to_hard() -> None:
    puzzles = [SUDOKU.generate(rng(7, index)).puzzle for index in range(60)]
    blanks = [str(puzzle.grid).count("0") for puzzle in puzzles]
    assert min(blanks) <= 5
    assert max(sudoku_search.rate(puzzle.grid) for puzzle in puzzles) >= sudoku_search.HARD


def test_unknown_options_are_refused() -> None:
    for size in (5, 0, -9, (9, 9), "9"):
        with pytest.raises(OptionError, match="no such size"):
            SUDOKU.generate(rng(0), size=size)  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError) as caught:
        SUDOKU.generate(rng(0), difficulty="extrem")
    assert caught.value.hint == 'did you mean "extreme"?'


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.sampled_from(["minimal", "hard"]))
def test_searching_the_rules_finds_the_generated_answer(seed: int, difficulty: str) -> None:
    example = drawn(9, difficulty, seed)
    assert search(RULES, example.puzzle).answer == example.answer
    state = RULES.initial(example.puzzle)
    for action in RULES.plan(example.puzzle, example.answer):
        state = RULES.step(state, action)
    assert RULES.result(state) == example.answer


@pytest.mark.parametrize("name", ["sudoku-4x4.txt", "sudoku-9x9.json", "sudoku-16x16.json"])
def test_examples_have_one_solution(name: str) -> None:
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    puzzle = SUDOKU.coerce(json.loads(text) if name.endswith("json") else text)
    assert name == f"sudoku-{puzzle.size}x{puzzle.size}.{name.split('.')[1]}"
    assert SUDOKU.count_solutions(puzzle) == 1
    assert search(RULES, puzzle).answer == SUDOKU.exact(puzzle).answer


def test_the_laws_hold() -> None:
    check_adapter(SUDOKU, samples=8).require()


def test_numba_loads_only_for_search() -> None:
    code = (
        "import sys; from hrm_toolkit.adapters.sudoku import SudokuAdapter as S; s = S();"
        "p = s.parse('1234341221434320'); s.canonical(p); s.rules.diagnose(p); s.render(p);"
        "print('numba' in sys.modules, 'torch' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == ["False", "False"]
