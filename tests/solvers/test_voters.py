"""Several solvers that vote: who wins, what is told of it, and who may not vote together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hrm_toolkit.adapters.arc.adapter import IdentifiedArc
from hrm_toolkit.core import Budget, Identifiers, OptionError
from hrm_toolkit.solvers.inputs.config import TRMConfig
from hrm_toolkit.solvers.networks.trm import TRM
from hrm_toolkit.solvers.solver import Solver

Make = Callable[..., Solver]
BLANK = [[0] * 4 for _ in range(4)]
FIRST = Budget(segments=2, nodes=0)


def named(solver: Solver, name: str) -> Solver:
    return Solver(solver.adapter, solver.network, name=name)


def shipped() -> Solver:
    return Solver.load("sudoku-4x4")


PUZZLE = "1...  ..3.  .4..  ...2"


def test_a_verified_answer_wins_whoever_gives_it(untrained: Make) -> None:
    novices = [named(untrained("sudoku", seed=seed), f"novice {seed}") for seed in range(3)]
    together = Solver.together([*novices, shipped()])
    result = together.solve(PUZZLE, budget=FIRST)
    assert result.solved
    assert result.source == "structured+votes"
    said = "4 of 4 solvers voted: novice 0, novice 1, novice 2, sudoku-4x4"
    assert said in result.notes
    assert result.solver == "novice 0 and 3 more"


def test_those_after_a_verified_answer_are_not_asked(untrained: Make) -> None:
    together = Solver.together([shipped(), named(untrained("sudoku"), "novice")])
    result = together.solve(PUZZLE, budget=FIRST)
    assert (result.solved, result.source) == (True, "structured")
    assert "1 of 2 solvers voted: sudoku-4x4" in result.notes
    assert result.segments == shipped().solve(PUZZLE, budget=FIRST).segments


def test_without_a_verified_answer_agreement_decides(untrained: Make) -> None:
    odd, same = untrained("sudoku", seed=1), untrained("sudoku", seed=2)
    pair = Solver.together([odd, same, same])
    found = [s.solve(BLANK, strategy="neural", budget=FIRST) for s in (odd, same, pair)]
    assert found[0].answer != found[1].answer
    assert not any(result.solved for result in found)
    assert found[2].answer == found[1].answer
    assert found[2].source == "structured+votes"
    assert found[2].segments == found[0].segments + 2 * found[1].segments


def test_each_solver_votes_on_each_form(untrained: Make) -> None:
    pair = Solver.together([untrained("sudoku", seed=1), untrained("sudoku", seed=2)])
    once = pair.solve(BLANK, budget=FIRST, strategy="neural")
    thrice = pair.solve(BLANK, budget=FIRST.model_copy(update={"votes": 3}), strategy="neural")
    assert thrice.segments > once.segments


def test_families_may_differ_and_the_source_names_that_of_the_answer(untrained: Make) -> None:
    pair = Solver.together([untrained("sudoku", family="hrm"), shipped()])
    assert pair.solve(PUZZLE, budget=FIRST).source == "structured+votes"


def test_one_solver_together_is_itself(untrained: Make) -> None:
    alone = untrained("sudoku")
    assert Solver.together([alone]) is alone
    assert not any("voted" in note for note in alone.solve(PUZZLE).notes)


def test_solvers_that_do_not_fit_are_refused_by_name(untrained: Make, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match='"walker" is for maze, and "sudoku-4x4" for sudoku'):
        Solver.together([shipped(), named(untrained("maze"), "walker")])
    with pytest.raises(OptionError, match="has no network"):
        Solver.together([shipped(), Solver(shipped().adapter, None)])
    with pytest.raises(OptionError, match="no solver"):
        Solver.together([])
    pair = Solver.together([shipped(), shipped()])
    with pytest.raises(OptionError, match="are no bundle"):
        pair.save(tmp_path / "pair")


def test_another_encoding_is_refused_by_name(untrained: Make) -> None:
    small = {"vocabulary": 12, "width": 4, "heads": 1, "layers": 1, "max_length": 900}

    def solver(name: str, *tasks: str) -> Solver:
        adapter = IdentifiedArc(Identifiers(names=("<blank>", *tasks), shown={}))
        return Solver(adapter, TRM(TRMConfig(**small)), name=name)

    for other in (named(untrained("arc"), "other"), solver("other", "b")):
        with pytest.raises(OptionError, match='"other" has other tokens or identifiers than "one"'):
            Solver.together([solver("one", "a"), other])
    assert len(Solver.together([solver("one", "a"), solver("same", "a")]).voters) == 2
