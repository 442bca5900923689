"""Networks that read declared rules over literals: literal -> factor -> literal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Budget, BundleError, InputError, Settings, Structure
from hrm_toolkit.core.structure import Factor, Factors
from hrm_toolkit.solvers.inputs.batch import collate
from hrm_toolkit.solvers.inputs.config import StructuredConfig, factor_kinds, parse_config
from hrm_toolkit.solvers.inputs.places import FACTS, Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.onnx.export import export_solver
from hrm_toolkit.solvers.runners.choice import runner_for
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.learner import network_config
from hrm_toolkit.train.recipe import Recipe

DECLARED = ("heyawake", "latin", "lightup", "slitherlink")
ONE = Factor("one", ((0, 1), (1, 1), (2, 1)), low=1, high=1)
TREE = Factor("tree", ((0, 1), (1, 1)))
CONFIG = StructuredConfig(vocabulary=4, width=8, inner=12, factors=("tree",))


def encoded(*factors: Factor, allowed: Any = None) -> Encoded:
    """Three variables of two values, tokens 1 and 2; token 3 is what is open."""
    structure = Structure(
        symbols=np.array([1, 2], np.int32),
        allowed=None if allowed is None else np.array(allowed, np.bool_),
        factors=Factors.of(factors, lambda literal: literal),
    )
    return Encoded(np.array([3, 3, 3], np.int32), structure)


def logits(config: StructuredConfig, puzzle: Encoded, segments: int = 2) -> Any:
    rolling = runner_for(build_network(config, 3), "cpu").rolling()
    rolling.add([(0, puzzle)], None)
    for _ in range(segments):
        (row,) = rolling.advance()
    return row.logits


def test_a_factor_says_its_bounds_and_its_size() -> None:
    gathered = encoded(ONE, TREE).places.factors
    assert gathered is not None
    assert (gathered.names, gathered.kind.tolist()) == (("one", "tree"), [0, 1])
    assert gathered.facts.shape == (2, FACTS)
    assert gathered.facts[0].tolist() == pytest.approx(
        [1, 1 / 3, 1 / 3, np.log(2), np.log(2), np.log(4)]
    )
    assert gathered.facts[1].tolist() == pytest.approx([0, 0, 0, 0, 0, np.log(3)])
    told = gathered.told(("tree",), 8)
    assert told[:, FACTS:].tolist() == [[0, 0], [1, 0]]


def test_what_may_not_be_is_in_no_factor() -> None:
    gathered = encoded(ONE, allowed=[[0, 1], [1, 1], [1, 1]]).places.factors
    assert gathered is not None
    assert gathered.inward.sizes.tolist() == [2]
    assert gathered.inward.divisor.tolist() == pytest.approx([np.sqrt(3)])


def test_kinds_with_bounds_are_told_by_them_and_others_by_name() -> None:
    kinds = [Factors.of(own, lambda literal: literal) for own in ([ONE], [TREE, ONE])]
    assert factor_kinds([Structure(factors=own) for own in kinds]) == ("tree",)
    assert factor_kinds([Structure(factors=kinds[0])]) == ()
    assert factor_kinds([Structure()]) is None
    renamed = Factor("some other name", ONE.of, low=1, high=1)
    assert np.array_equal(logits(CONFIG, encoded(ONE)), logits(CONFIG, encoded(renamed)))
    unnamed = Factor("never seen", TREE.of)
    assert not np.array_equal(logits(CONFIG, encoded(TREE)), logits(CONFIG, encoded(unnamed)))


def test_bounds_weights_and_conditions_matter() -> None:
    said = [
        logits(CONFIG, encoded(factor))
        for factor in (
            ONE,
            Factor("one", ONE.of, low=0, high=1),
            Factor("one", ONE.of[1:], ONE.of[:1], low=1, high=1),
            Factor("one", ONE.of, low=1, high=1, weights=(1, 2, 1)),
        )
    ]
    for number, one in enumerate(said):
        assert all(not np.allclose(one, other) for other in said[number + 1 :])


def test_the_order_of_factors_and_of_their_literals_does_not_matter() -> None:
    turned = Factor("one", ONE.of[::-1], low=1, high=1)
    one, other = (logits(CONFIG, encoded(*own)) for own in ((ONE, TREE), (TREE, turned)))
    assert np.allclose(one, other, atol=1e-5)


def test_a_puzzle_without_factors_is_refused() -> None:
    puzzle = Encoded(np.array([3, 3], np.int32), Structure(symbols=np.array([1, 2], np.int32)))
    with pytest.raises(InputError, match="no factors"):
        logits(CONFIG, puzzle)


NONE = Structure(symbols=np.array([1, 2], np.int32))


def test_a_batch_of_puzzles_with_factors_and_without_is_refused() -> None:
    without = Encoded(np.array([3, 3], np.int32), NONE)
    with pytest.raises(InputError, match="puzzle 2 of the batch has no factors, and another has"):
        collate([encoded(ONE), without])
    assert collate([without, without]).structure.factors is None


class Half(type(get_adapter("latin"))):  # type: ignore[misc]
    """The rules of puzzles whose first cell is given are not declared."""

    def structure(self, puzzle: Any) -> Structure:
        declared: Structure = super().structure(puzzle)
        return replace(declared, factors=()) if puzzle.grid[0][0] else declared


def test_a_puzzle_without_factors_spoils_no_other_and_is_left_to_exact_search() -> None:
    adapter = Half()
    config = parse_config(
        {"family": "structured", "vocabulary": adapter.codec.spec.size, "width": 8, "inner": 12}
        | {"factors": ["tree"], "symbols": True}
    )
    puzzles = [adapter.parse(text) for text in ("1 .\n. .", ". 1\n. .")]
    solver = Solver(adapter, build_network(config, 0))
    without, having = solver.solve_many(puzzles, budget=Budget(segments=2), strategy="neural")
    assert (without.segments, having.segments) == (0, 2)
    assert "no factors" in str(without.verdict)
    assert [result.solved for result in solver.solve_many(puzzles)] == [True, True]


def bent(**changed: Any) -> Structure:
    """Factors of three entries in two rules, with some array changed."""
    (kind,) = Factors.of([ONE, Factor("one", ONE.of[:1], low=1, high=1)], lambda literal: literal)
    arrays = {name: np.array(value, getattr(kind, name).dtype) for name, value in changed.items()}
    return replace(NONE, factors=(replace(kind, **arrays),))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"position": [0, 1, 3, 0]}, r"position leaves 0\.\.2"),
        ({"position": [0, -1, 2, 0]}, r"position leaves 0\.\.2"),
        ({"position": [0, 1]}, r"token: int32 \(4,\), not int32 \(2,\)"),
        ({"token": [1, 1, -1, 1]}, "token leaves 0"),
        ({"start": [0, 5, 4]}, "start goes down"),
        ({"start": [0, 3, 9]}, "start does not go from 0 to 4"),
        ({"start": []}, r"start: int32 \(0,\), not"),
        ({"weight": [1, np.nan, 1, 1]}, "weight: not finite"),
        ({"weight": [1, np.inf, 1, 1]}, "weight: not finite"),
        ({"features": [[1, 1, 1, 3], [1, 1, np.inf, 1]]}, "features: not finite"),
        ({"features": [[1, 1, 1, 3]]}, r"features: float32 \(1, 4\), not float32 \(2, 4\)"),
    ],
)
def test_factors_that_do_not_fit_the_puzzle_are_refused(changed: Any, says: str) -> None:
    tokens = np.array([3, 3, 3], np.int32)
    assert Encoded(tokens, bent()).places.factors is not None
    with pytest.raises(InputError, match=says):
        logits(CONFIG, Encoded(tokens, bent(**changed)))


def test_a_token_that_no_symbol_has_is_in_no_factor_and_one_beyond_the_vocabulary_is_refused() -> (
    None
):
    far = bent(token=[1, 2**31 - 2, 1, 1])
    gathered = Encoded(np.array([3, 3, 3], np.int32), far).places.factors
    assert gathered is not None
    assert gathered.inward.sizes.tolist() == [2, 1]
    with pytest.raises(InputError, match=r"token leaves 0\.\.3"):
        far.require(3, vocabulary=4)


def test_more_kinds_than_there_is_room_for_are_refused() -> None:
    names = [f"k{i}" for i in range(27)]
    with pytest.raises(InputError, match="factors"):
        parse_config({"family": "structured", "vocabulary": 4, "factors": names})


@pytest.mark.parametrize("task", DECLARED)
def test_a_declared_task_brings_its_rules_to_the_network(task: str) -> None:
    adapter = get_adapter(task)
    small = {"family": "structured", "width": 8, "inner": 12}
    recipe = Recipe(adapter=task, network=small, data=Settings(sizes=(4,)))
    config = network_config(recipe, adapter)
    assert isinstance(config, StructuredConfig)
    assert (config.relations, config.symbols, config.factors is not None) == ((), True, True)
    solver = Solver(adapter, build_network(config, 0))
    puzzle = adapter.generate(np.random.default_rng([1]), size=5).puzzle
    result = solver.solve(puzzle, budget=Budget(segments=2), strategy="neural")
    assert (result.segments, result.source) == (2, "structured")


def test_there_is_no_onnx_form_of_it() -> None:
    adapter = get_adapter("lightup")
    recipe = Recipe(adapter="lightup", network={"family": "structured"}, data=Settings(sizes=(4,)))
    solver = Solver(adapter, build_network(network_config(recipe, adapter), 0))
    with pytest.raises(BundleError, match="factors"):
        export_solver(solver)
