"""Environments of Gymnasium: home-made ones with its API, and its own where it is installed."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hrm_toolkit.adapters import get_adapter
from hrm_toolkit.adapters.check import check_adapter
from hrm_toolkit.adapters.space.gym import Policy, evaluate, gym_adapter, value_iteration
from hrm_toolkit.core import InputError, OptionError


def discrete(n):
    return SimpleNamespace(n=n, start=0)


class Ledge:
    """Eight fields in a row: right leads to the goal at the end, a step left of field 0 is a fall.

    It has what an environment of toy text has, and ends after ``limit`` steps.
    """

    def __init__(self, slips=False, limit=20, pay=0):
        self.P = {}
        for at in range(8):
            left = (1.0, at - 1, pay, False) if at else (1.0, 0, -5, True)
            right = (1.0, at + 1, 1 if at == 6 else pay, at == 6)
            if at == 7:
                # As the goal of CliffWalking, it lets go of who stands there.
                right = (1.0, 7, pay, False)
            self.P[at] = {0: [left], 1: [right]}
            if slips:
                self.P[at][1] = [(0.8, *right[1:]), (0.2, *left[1:])]
        self.unwrapped, self.limit = self, limit
        self.observation_space, self.action_space = discrete(8), discrete(2)

    def reset(self, *, seed=None):
        self.rng = np.random.default_rng(seed)
        self.at, self.steps = seed % 3, 0
        return self.at, {}

    def step(self, action):
        possible = self.P[self.at][action]
        chosen = possible[int(self.rng.choice(len(possible), p=[p for p, *_ in possible]))]
        self.at, self.steps = chosen[1], self.steps + 1
        return self.at, chosen[2], chosen[3], self.steps >= self.limit, {}


class Keys:
    """A corridor with a door: the key at one end opens it. Observations are place and key."""

    def __init__(self, hidden=False, chance=False):
        self.unwrapped, self.hidden, self.chance = self, hidden, chance
        self.np_random = np.random.default_rng(0)
        place = SimpleNamespace(low=np.array([0]), high=np.array([5]), shape=(1,))
        self.observation_space = SimpleNamespace(spaces={"at": place, "key": discrete(2)})
        self.action_space = discrete(3)

    def reset(self, *, seed=None):
        self.at, self.key = 1 + seed % 2, 0
        return self._seen(), {}

    def step(self, action):
        way = -1 if self.chance and self.np_random.random() < 0.5 else 1
        if action == 2:
            self.key = self.key or int(self.at == 0)
        elif action == 0 or self.at != 3 or self.key:
            self.at = min(max(self.at + (way if action else -way), 0), 5)
        return self._seen(), float(self.at == 5), self.at == 5, False, {}

    def _seen(self):
        return {"key": 0 if self.hidden else self.key, "at": np.array([self.at])}


@pytest.fixture
def ledge():
    return gym_adapter(Ledge, task="ledge")


@pytest.fixture
def keys():
    return gym_adapter(Keys, task="keys")


def test_the_laws_are_kept(ledge, keys):
    check_adapter(ledge, samples=4).require()
    check_adapter(keys, samples=8).require()


def test_a_table_is_planned_in_and_its_losses_told(ledge):
    puzzle = ledge.parse("state 2")
    assert ledge.exact(puzzle).answer.actions == ("1",) * 5
    verdict = ledge.rules.check(puzzle, ledge.parse_answer(puzzle, "0, 0, 0"))
    assert "ends with a reward of -5 and not in the goal" in verdict.violations[0].message
    # Where the goal lets go, an episode is over all the same.
    over = ledge.parse_answer(puzzle, "1, 1, 1, 1, 1, 0")
    assert "nothing is possible there" in ledge.rules.check(puzzle, over).violations[0].message
    assert ledge.parse("seed 2") == puzzle
    # Nor does one begin there.
    drawn = {ledge.generate(np.random.default_rng(seed)).puzzle.state for seed in range(60)}
    assert drawn == {*range(7)}
    with pytest.raises(InputError, match="has no state 8; expected 0 to 7"):
        ledge.parse("state 8")
    with pytest.raises(OptionError, match="one size"):
        ledge.generate(np.random.default_rng(0), size=3)


def test_an_environment_without_a_table_is_planned_in_by_copies(keys):
    puzzle = keys.parse("seed 1")
    assert keys.exact(puzzle).answer.actions == ("0", "0", "2", "1", "1", "1", "1", "1")
    later = keys.parse("keys: seed 1 after 0, 0, 2")
    assert keys.exact(later).answer.actions == ("1",) * 5
    # The same place is another state with the key.
    assert keys.start(later) != keys.start(keys.parse("seed 1 after 0, 0"))
    assert keys.view(keys.start(later)).words == ["0=0", "1=1"]
    with pytest.raises(InputError, match="over before the puzzle begins"):
        keys.start(keys.parse("seed 1 after 0, 0, 2, 1, 1, 1, 1, 1, 0"))


def test_states_that_are_forgotten_are_played_again(monkeypatch):
    monkeypatch.setattr("hrm_toolkit.adapters.space.gym.models._SNAPSHOTS", 1)
    keys = gym_adapter(Keys, task="keys")
    assert len(keys.exact(keys.parse("seed 0")).answer.actions) == 7


@pytest.mark.parametrize("task", ["ledge", "keys"])
def test_the_environment_itself_plays_the_policy(task, request):
    adapter = request.getfixturevalue(task)
    policy = Policy(adapter)
    done = evaluate(adapter, policy, episodes=6)
    assert (done.method, done.success, done.mean_return, done.truncated) == ("plan", 1.0, 1.0, 0.0)
    starts = [adapter.parse(f"seed {seed}") for seed in range(6)]
    lengths = [len(adapter.exact(start).answer.actions) for start in starts]
    assert done.mean_steps == sum(lengths) / 6
    assert policy.abstained == 0


def test_who_has_no_plan_abstains_and_fails(ledge):
    policy = Policy(ledge, lambda puzzle: None)
    done = evaluate(ledge, policy, episodes=3)
    assert (done.success, done.mean_return, policy.abstained) == (0.0, -5.0, 1 + 2 + 3)


def test_a_limit_of_steps_is_the_environments_own(ledge):
    done = evaluate(lambda: Ledge(limit=5), Policy(ledge), episodes=3)
    # From field 0 the goal is 7 steps away, from 1 six, from 2 five.
    assert (done.success, done.truncated, done.mean_steps) == (1 / 3, 2 / 3, 5.0)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Ledge(slips=True), "leaves something to chance .*use value_iteration"),
        (lambda: Keys(chance=True), "leaves something to chance"),
        (lambda: Keys(hidden=True), "look alike and are not"),
        (lambda: Ledge(pay=2), "pays 2 on the way"),
    ],
)
def test_where_no_plan_is_sure_it_is_refused_with_a_way_out(make, says):
    with pytest.raises(InputError, match=says):
        gym_adapter(make, task="odd").exact(gym_adapter(make, task="odd").parse("seed 0"))


def test_what_else_tells_states_apart_can_be_given():
    keys = gym_adapter(
        lambda: Keys(hidden=True), task="hidden", key=lambda env, _: (env.at, env.key)
    )
    assert len(keys.exact(keys.parse("seed 1")).answer.actions) == 8


def test_rewards_that_no_cost_follows_from_want_one():
    def make():
        env = Ledge()
        env.P[3][1] = [(1.0, 4, -2, False)]
        return env

    with pytest.raises(InputError, match="steps of mixed take 0 and 2 of the return"):
        gym_adapter(make, task="mixed")
    adapter = gym_adapter(make, task="mixed", cost=lambda reward: 1.5 - reward)
    assert adapter.rules.check(
        adapter.parse("state 3"), adapter.exact(adapter.parse("state 3")).answer
    ).cost == pytest.approx(3.5 + 1.5 + 1.5 + 0.5)


def test_value_iteration_is_no_plan_and_says_so():
    policy = value_iteration(lambda: Ledge(slips=True), discount=0.9)
    assert policy.best[:7].tolist() == [1] * 7
    assert evaluate(lambda: Ledge(slips=True), policy, episodes=4).method == (
        "value iteration, not a plan"
    )
    # The values solve their own equation.
    expected = [
        sum(p * (r + 0.9 * policy.values[to] * (not over)) for p, to, r, over in outcomes)
        for outcomes in (Ledge(slips=True).P[at][int(policy.best[at])] for at in range(8))
    ]
    assert np.allclose(policy.values, expected)
    with pytest.raises(InputError, match="tells no transitions"):
        value_iteration(Keys)


def test_spaces_that_are_no_whole_numbers_are_refused():
    def floats():
        env = Keys()
        env.observation_space = SimpleNamespace(low=np.zeros(2), high=np.ones(2), shape=(2,))
        return env

    with pytest.raises(InputError, match="expected discrete, a box of whole numbers"):
        gym_adapter(floats, task="floats")
    with pytest.raises(OptionError, match="needs a task"):
        gym_adapter(Keys)


def test_a_name_imports_no_module():
    with pytest.raises(InputError, match=r"no environment's name|not installed"):
        get_adapter("gym:os:system")


class TestGymnasium:
    """Held against the real package where it is installed."""

    @pytest.fixture(autouse=True)
    def gymnasium(self):
        return pytest.importorskip("gymnasium")

    def test_taxi_is_played_to_the_best_return(self):
        taxi = get_adapter("gym:Taxi-v4")
        assert taxi.names == ("south", "north", "east", "west", "pickup", "dropoff")
        check_adapter(taxi, samples=3).require()
        done = evaluate(taxi, Policy(taxi), episodes=20)
        assert (done.success, done.truncated) == (1.0, 0.0)
        assert done.mean_return == pytest.approx(21 - done.mean_steps)

    def test_the_goal_of_cliff_walking_lets_go_and_is_a_goal_all_the_same(self, gymnasium):
        assert gymnasium.make("CliffWalking-v1").spec.max_episode_steps is None
        table = gymnasium.make("CliffWalking-v1").unwrapped.P
        assert int(table[47][0][0][1]) == 35
        cliff = get_adapter("gym:CliffWalking-v1")
        done = evaluate(cliff, Policy(cliff), episodes=2)
        assert (done.success, done.mean_return, done.mean_steps) == (1.0, -13.0, 13.0)

    def test_frozen_lakes_of_any_map_are_planned_in_where_they_do_not_slip(self, gymnasium):
        for name in ("FrozenLake-v1?map_name=8x8&is_slippery=false", "FrozenLake8x8-v1"):
            lake = gym_adapter(name, is_slippery=False)
            done = evaluate(lake, Policy(lake), episodes=2)
            assert (done.success, done.mean_steps) == (1.0, 14.0)
        limits = [
            gymnasium.make("FrozenLake-v1", map_name="8x8").spec.max_episode_steps,
            gymnasium.make("FrozenLake8x8-v1").spec.max_episode_steps,
        ]
        assert limits == [100, 200]
        own = gym_adapter("FrozenLake-v1", desc=["SFF", "HHF", "GFF"], is_slippery=False)
        assert own.exact(own.parse("seed 0")).answer.actions == (
            ("right", "right", "down", "down", "left", "left")
        )
        with pytest.raises(InputError, match=r"is_slippery=False .*or use value_iteration"):
            gym_adapter("FrozenLake-v1")
        slippery = evaluate("FrozenLake-v1", value_iteration("FrozenLake-v1"), episodes=100)
        assert 0.6 < slippery.success < 0.9

    def test_the_page_on_state_spaces_does_what_it_says(self):
        page = (Path(__file__).parents[3] / "docs" / "state-spaces.md").read_text()
        (code,) = re.findall(r"```python\n([^`]*gym_adapter.*?)```", page, re.DOTALL)
        said: dict[str, object] = {}
        exec(code, said)  # noqa: S102
        assert said["action"] == 1

    def test_names_that_gymnasium_does_not_make_are_refused_in_its_words(self):
        with pytest.raises(InputError, match="Nope"):
            get_adapter("gym:Nope-v1")

    def test_mini_grids_are_planned_in_whole(self):
        pytest.importorskip("minigrid")
        doors = get_adapter("gym:MiniGrid-DoorKey-5x5-v0")
        puzzle = doors.parse("seed 3")
        done = evaluate(doors, Policy(doors), episodes=1, seed=3)
        assert (done.success, done.mean_steps) == (1.0, 12.0)
        words = doors.view(doors.start(puzzle)).words
        env = doors.make().unwrapped
        env.reset(seed=3)
        column, row = env.agent_pos
        # The agent's place has x first, and rows of words y.
        assert words[row * env.width + column] == f"10 0 {env.agent_dir}"
        assert words[-1] == "carries nothing"
        held = doors.parse("seed 3 after right, pickup")
        assert doors.view(doors.start(held)).words[-1].startswith("carries 5")
