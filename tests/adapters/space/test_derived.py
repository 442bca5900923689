"""State spaces from four functions: what follows from the types of states."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal

import numpy as np
import pytest
from pydantic import BaseModel, ConfigDict, Field

from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.space import StateSpaceAdapter
from hrm_toolkit.core import InputError, OptionError


class Bank(Enum):
    LEFT = "left"
    RIGHT = "right"


class Crossing(BaseModel):
    """Wolf, goat and cabbage, on a shore as a set, with the boat and how often it went."""

    model_config = ConfigDict(frozen=True)
    left: frozenset[Literal["wolf", "goat", "cabbage"]]
    boat: Bank


class CrossingAdapter(StateSpaceAdapter[Crossing]):
    task, summary = "crossing", "row wolf, goat and cabbage over, none eaten"
    state_type = Crossing

    def initial(self, rng, size):
        things = ("wolf", "goat", "cabbage")
        while True:
            state = Crossing(
                left=frozenset(t for t in things if rng.random() < 0.7),
                boat=Bank.LEFT if rng.random() < 0.7 else Bank.RIGHT,
            )
            if self._safe(state) and not self.is_goal(state):
                return state

    def _safe(self, state):
        everything = {"wolf", "goat", "cabbage"}
        alone = state.left if state.boat is Bank.RIGHT else everything - state.left
        return not {"wolf", "goat"} <= alone and not {"goat", "cabbage"} <= alone

    def actions(self, state):
        here = state.left if state.boat is Bank.LEFT else {"wolf", "goat", "cabbage"} - state.left
        options = ["alone", *(f"take {thing}" for thing in sorted(here))]
        return [option for option in options if self._safe(self.step(state, option))]

    def step(self, state, action):
        moved = frozenset(action.split()[1:])
        left = state.left - moved if state.boat is Bank.LEFT else state.left | moved
        return Crossing(left=left, boat=Bank.RIGHT if state.boat is Bank.LEFT else Bank.LEFT)

    def is_goal(self, state):
        return not state.left and state.boat is Bank.RIGHT


Digit = Annotated[int, Field(ge=0, le=4)]


@dataclass(frozen=True)
class Locks:
    dials: tuple[Digit, ...]
    mask: tuple[tuple[bool, ...], ...]
    target: tuple[tuple[bool, ...], ...]
    pair: tuple[Digit, Literal["x", "y"]]


class LocksAdapter(StateSpaceAdapter[Locks]):
    task, summary = "locks", "dials, two grids and a pair"
    state_type, reversible, default_sizes = Locks, True, (2, 3)
    walk = 4

    def initial(self, rng, size):
        target = tuple(tuple(bool(rng.integers(2)) for _ in range(2)) for _ in range(size))
        return Locks((0,) * size, target, target, (0, "x"))

    def actions(self, state):
        return ["flip", "invert", *(f"turn {n}" for n in range(len(state.dials))), "unturn"]

    def step(self, state, action):
        dials, mask, (number, letter) = list(state.dials), state.mask, state.pair
        if action == "flip":
            letter = "y" if letter == "x" else "x"
        elif action == "invert":
            mask = tuple(tuple(not bit for bit in row) for row in mask)
        elif action == "unturn":
            dials = [(dial - 1) % 5 for dial in dials]
            number = (number - 1) % 5
        else:
            at = int(action.split()[1])
            dials[at] = (dials[at] + 1) % 5
        return Locks(tuple(dials), mask, state.target, (number, letter))

    def is_goal(self, state):
        return not any(state.dials) and state.mask == state.target and state.pair == (0, "x")


@pytest.mark.parametrize("adapter", [CrossingAdapter, LocksAdapter])
def test_derived_tasks_keep_the_laws(adapter):
    report = check_adapter(adapter(), samples=6)
    assert report, str(report)


def test_the_river_is_crossed_in_seven():
    crossing = CrossingAdapter()
    puzzle = crossing.coerce({"left": ["wolf", "goat", "cabbage"], "boat": "left"})
    found = crossing.exact(puzzle).answer
    assert len(found.actions) == 7
    assert found.actions[0] == "take goat"
    assert crossing.rules.check(puzzle, found).optimal is True
    longer = crossing.plan_of(("take goat", "take goat", *found.actions))
    assert crossing.rules.check(puzzle, longer).optimal is False
    eaten = crossing.rules.check(puzzle, crossing.plan_of(("take wolf",)))
    assert 'action 1, "take wolf", is not possible; possible there: take goat' in str(eaten)
    labels = crossing.codec.labels(puzzle, found)
    names = [crossing.codec.spec.vocabulary[token] for token in labels]
    assert names == ["<pad>"] * 4 + ["best", "left 7"]


def test_what_a_network_reads_follows_from_types():
    locks = LocksAdapter()
    puzzle = locks.coerce({"dials": [1, 0], "mask": [[1, 0]], "target": [[1, 0]], "pair": [0, "y"]})
    words = [locks.codec.spec.vocabulary[token] for token in locks.codec.encode(puzzle)]
    assert words[:8] == [
        "dials: 1",
        "dials: 0",
        "mask: True",
        "mask: False",
        "target: True",
        "target: False",
        "pair 0: 0",
        "pair 1: y",
    ]
    assert words[8:] == ["do flip", "do invert", "do turn", "do turn", "do unturn", "cost"]
    relations = {r.name: r for r in locks.structure(puzzle).relations}
    east = relations["east"]
    assert east.source[east.row(2)].tolist() == [3]
    assert relations["after"].source[relations["after"].row(0)].tolist() == [1]
    assert len(set(relations["same place"].of[[2, 4]].tolist())) == 1
    touched = relations["touched"]
    assert touched.source[touched.row(8)].tolist() == [7]
    assert touched.source[touched.row(9)].tolist() == [2, 3]


def test_what_lists_no_values_is_refused_by_name():
    @dataclass(frozen=True)
    class Free:
        number: int

    with pytest.raises(InputError, match="the field number of the state has a type that lists no"):

        class FreeAdapter(StateSpaceAdapter[Free]):
            task, summary, state_type = "free", "no values", Free

    with pytest.raises(InputError, match="a frozen dataclass or a frozen pydantic model"):

        class NoAdapter(StateSpaceAdapter[int]):
            task, summary, state_type = "no", "no fields", int


def test_plans_are_read_as_they_are_drawn_and_as_lists():
    locks = LocksAdapter()
    example = locks.generate(np.random.default_rng(3), size=2)
    drawn = locks.render(example.puzzle, example.answer)
    assert locks.parse(drawn) == example.puzzle
    assert locks.parse_answer(example.puzzle, drawn) == example.answer
    lines = "\n".join(example.answer.actions)
    assert locks.coerce_answer(example.puzzle, lines) == example.answer
    assert locks.coerce_answer(example.puzzle, list(example.answer.actions)) == example.answer
    with pytest.raises(InputError, match="line 1: this is not valid JSON"):
        locks.parse("dials: [1, ")
    with pytest.raises(InputError, match='the key "dials" twice'):
        locks.parse('{"dials": [1], "dials": [2]}')
    with pytest.raises(OptionError, match="at least 1"):
        locks.generate(np.random.default_rng(0), size=0)


class Climb(LocksAdapter):
    """What is wrong with it is said in each test."""

    task, summary, state_type = "climb", "locks again", Locks


def broken_law(adapter):
    (law,) = check_adapter(adapter, samples=2).broken
    return law.detail


def test_goals_without_a_way_back_prove_nothing():
    class Listed(Climb):
        reversible = False

        def goals(self, puzzle):
            return (Locks((0,) * len(puzzle.dials), puzzle.target, puzzle.target, (0, "x")),)

    listed = Listed()
    puzzle = listed.coerce(
        {"dials": [1, 0], "mask": [[1, 0]], "target": [[1, 0]], "pair": [0, "x"]}
    )
    found = listed.exact(puzzle)
    assert not found.unsolvable
    assert found.answer.actions == ("turn 0",) * 4
    assert listed.rules.check(puzzle, found.answer).optimal is True


def test_bounds_that_say_too_much_are_broken_laws():
    class Loud(Climb):
        def heuristic(self, state):
            return 0.0 if self.is_goal(state) else 9.0

    class Dead(Climb):
        def is_dead(self, state):
            return state.pair[1] == "y" or any(state.dials)

        def wanted(self, puzzle, plan, difficulty):
            return len(plan.actions) > 1

        def cheapest(self, puzzle, towards=()):
            return None

    class Backward(Climb):
        def back(self, state):
            return [(self.step(state, action), action) for action in self.actions(state)]

    assert "the heuristic says 9, and " in broken_law(Loud())
    details = [law.detail for law in check_adapter(Dead(), samples=2).broken]
    assert any("the state is called dead, and a plan leads on" in detail for detail in details)
    details = [law.detail for law in check_adapter(Backward(), samples=2).broken]
    assert any("back()" in detail for detail in details)


@dataclass(frozen=True)
class Stair:
    step: Annotated[int, Field(ge=0, le=9)]


class StairAdapter(StateSpaceAdapter[Stair]):
    """Ten steps with a goal at either end; puzzles are walked back from the lower one."""

    task, summary = "stair", "leave the stair"
    state_type, reversible, walk = Stair, True, 9

    def initial(self, rng, size):
        return Stair(0)

    def actions(self, state):
        return [way for way, end in (("down", 0), ("up", 9)) if state.step != end]

    def step(self, state, action):
        return Stair(state.step + (1 if action == "up" else -1))

    def is_goal(self, state):
        return state.step in (0, 9)


class ListedStairAdapter(StairAdapter):
    task, state_type = "listed-stair", Stair

    def goals(self, puzzle):
        return [Stair(0), Stair(9)]


def drawn(adapter, far):
    """The first generated puzzle that takes so many actions."""
    made = (adapter.generate(np.random.default_rng(seed)) for seed in range(200))
    return next(one for one in made if len(one.answer.actions) == far)


def searches(adapter, monkeypatch):
    """The puzzles for which a search proves what plans cost at least."""
    asked = []
    search = adapter.bound
    monkeypatch.setattr(adapter, "bound", lambda puzzle: asked.append(puzzle) or search(puzzle))
    return asked


def test_a_plan_that_was_proved_when_it_was_made_is_not_proved_again(monkeypatch):
    adapter = ListedStairAdapter()
    made, asked = drawn(adapter, 4), searches(adapter, monkeypatch)
    verdict = adapter.rules.check(made.puzzle, made.answer)
    assert (verdict.optimal, verdict.cost, asked) == (True, 4, [])
    detour = adapter.plan_of(("up", "down", *made.answer.actions))
    assert adapter.rules.check(made.puzzle, detour).optimal is False


def test_of_a_plan_towards_one_goal_of_several_nothing_is_claimed(monkeypatch):
    adapter = StairAdapter()
    made, asked = drawn(adapter, 7), searches(adapter, monkeypatch)
    verdict = adapter.rules.check(made.puzzle, made.answer)
    assert (verdict.optimal, verdict.cost, asked) == (None, 7, [])
    # The same plan of somebody else's is judged by a search: the other end is nearer.
    same = adapter.plan_of(made.answer.actions)
    assert same == made.answer
    assert adapter.rules.check(made.puzzle, same).optimal is False
    assert adapter.rules.check(made.puzzle, adapter.plan_of(["up"] * 2)).optimal is True
    assert asked == [made.puzzle] * 2
    assert adapter.rules.check(made.puzzle, made.answer).optimal is False, "as is known by now"


def test_a_proof_is_of_one_puzzle_and_one_plan(monkeypatch):
    adapter = ListedStairAdapter()
    made, asked = drawn(adapter, 2), searches(adapter, monkeypatch)
    changed = made.answer.model_copy(update={"actions": ("up", "down", *made.answer.actions)})
    assert adapter.rules.check(made.puzzle, changed).optimal is False
    other = adapter.at(made.puzzle, Stair(9 - adapter.start(made.puzzle).step))
    assert not adapter.rules.check(other, made.answer)
    assert asked == [made.puzzle]
