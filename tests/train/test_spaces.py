"""Training on tasks that are solved action by action: states along plans, and none held out."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pytest
from pydantic import Field

from hrm_toolkit.adapters import registry
from hrm_toolkit.adapters.space import StateSpaceAdapter
from hrm_toolkit.cli import main
from hrm_toolkit.core import Settings
from hrm_toolkit.solvers.solver import Solver
from hrm_toolkit.train.data.fresh import fresh_examples
from hrm_toolkit.train.data.opening import stream_of
from hrm_toolkit.train.data.splits import find_splits
from hrm_toolkit.train.data.stream import Stream, held_out
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.metrics import read_metrics
from hrm_toolkit.train.run import METRICS

SIZES = Settings(sizes=(2,))


@dataclass(frozen=True)
class Ring:
    dials: tuple[Annotated[int, Field(ge=0, le=8)], ...]


class RingAdapter(StateSpaceAdapter[Ring]):
    """Dials of nine marks, to be turned to 0; one at 0 turns one way only, so that the number of
    actions differs from state to state."""

    task, summary = "ring-lock", "turn each dial to 0"
    state_type, default_sizes, horizon = Ring, (2,), 8

    def initial(self, rng, size):
        dials = (0,)
        while not any(dials):
            dials = tuple(int(n) for n in rng.integers(9, size=size))
        return Ring(dials)

    def actions(self, state):
        ups = [f"up {n}" for n in range(len(state.dials))]
        return ups + [f"down {n}" for n, dial in enumerate(state.dials) if dial]

    def step(self, state, action):
        way, n = action.split()
        dials = list(state.dials)
        dials[int(n)] = (dials[int(n)] + (1 if way == "up" else -1)) % 9
        return Ring(tuple(dials))

    def is_goal(self, state):
        return not any(state.dials)


@pytest.fixture
def adapter(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    return registry.register(RingAdapter())


def shown(stream, count):
    """The tokens of showings."""
    return [stream.show(number).encoded.tokens.tolist() for number in range(count)]


def test_endless_runs_show_states_along_plans_and_none_that_is_held_out(adapter):
    stream = Stream(adapter, [], SIZES, augment=True, seed=3)
    seen = shown(stream, 200)
    states = [Ring((a, b)) for a in range(9) for b in range(9)]
    held = [s for s in states if held_out(adapter.canonical(adapter.at(None, s)))]
    tokens = [adapter.codec.encode(adapter.at(None, state)).tolist() for state in held]
    assert len(held) > 5
    assert not any(one in tokens for one in seen)
    starts = [adapter.generate(np.random.default_rng([3, 0, n]), size=2).puzzle for n in range(200)]
    begun = [adapter.codec.encode(puzzle).tolist() for puzzle in starts]
    assert sum(one != other for one, other in zip(seen, begun, strict=True)) > 50
    # A run that goes on shows what one without a break would have shown.
    later = Stream(adapter, [], SIZES, augment=True, seed=3)
    assert later.show(150).encoded.tokens.tolist() == seen[150]


def test_runs_on_a_list_of_puzzles_never_pass_through_one_that_is_measured(adapter):
    recipe = Recipe(adapter="ring-lock", data=SIZES, samples=20, validation=10, updates=1)
    splits = find_splits(adapter, recipe)
    tests = fresh_examples(adapter, recipe, SIZES, 1, 10)
    seen = shown(stream_of(adapter, splits, recipe), 400)
    for example in (*splits.validation, *tests):
        assert adapter.codec.encode(example.puzzle).tolist() not in seen


@pytest.mark.parametrize("family", ["structured", "trm"])
def test_a_task_is_trained_and_solved_by_the_command_line(adapter, family, tmp_path, capsys):
    small = {
        "structured": ["network.inner=8"],
        "trm": ["network.heads=2", "network.layers=1"],
    }[family]
    settings = [f"network.family={family}", "network.width=8", "updates=10", "validations=1"]
    settings += ["validation=4", "validation_segments=2", "batch_size=8", "max_segments=2", *small]
    options = [part for setting in settings for part in ("--set", setting)]
    out = tmp_path / family
    command = ["train", "--adapter", "ring-lock", "--samples", "0"]
    assert main([*command, *options, "--out", str(out)]) == 0
    validation = [row for row in read_metrics(out / METRICS) if row["event"] == "validation"]
    assert validation[-1]["mean_segments"] >= 1
    assert (out / "report.html").exists()
    puzzle = ["solve", '{"dials": [2, 8]}', "--adapter", "ring-lock", "--solver"]
    assert main([*puzzle, str(out / "bundle"), "--json"]) == 0
    assert '"solved": true' in capsys.readouterr().out
    solver = Solver.load(out / "bundle")
    assert [len(s.answer.actions) for s in solver.trace({"dials": [2, 8]})][:2] == [1, 2]
