"""A small state space, and what stands for a network on it."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated

import numpy as np
from pydantic import Field

from hrm_toolkit.adapters.space import StateSpaceAdapter
from hrm_toolkit.solvers.proposer import Proposer
from hrm_toolkit.solvers.runners.runner import Row


@dataclass(frozen=True)
class Vault:
    dials: tuple[Annotated[int, Field(ge=0, le=4)], ...]
    jammed: bool = False


class VaultAdapter(StateSpaceAdapter[Vault]):
    task, summary = "vault", "turn each dial to 0; force it, and it jams for good"
    state_type, default_sizes, horizon = Vault, (2,), 8

    def initial(self, rng, size):
        dials = (0,)
        while not any(dials):
            dials = tuple(int(n) for n in rng.integers(5, size=size))
        return Vault(dials)

    def actions(self, state):
        return ["force", *(f"{way} {n}" for n in range(len(state.dials)) for way in ("up", "down"))]

    def step(self, state, action):
        if action == "force":
            return Vault(state.dials, True)
        way, n = action.split()
        dials = list(state.dials)
        dials[int(n)] = (dials[int(n)] + (1 if way == "up" else -1)) % 5
        return Vault(tuple(dials), state.jammed)

    def is_goal(self, state):
        return not state.jammed and not any(state.dials)

    def is_dead(self, state):
        return state.jammed


ADAPTER = VaultAdapter()


def vault(dials):
    return ADAPTER.coerce({"dials": dials, "jammed": False})


def left(state):
    """What a cheapest plan costs."""
    return sum(min(dial, 5 - dial) for dial in state.dials)


def knows(state, action):
    """How much who knows the way likes an action."""
    return 0.9 if left(ADAPTER.step(state, action)) < left(state) else 0.1


class Scripted(Proposer):
    """Stands for a network that likes actions as it is told to; remembers what it was asked."""

    def __init__(self, likes, expects=left):
        self.adapter = ADAPTER
        limits = {"longest": None, "side_limit": None, "needs_factors": False}
        config = SimpleNamespace(vocabulary=1000, restarts_pay=False, **limits)
        self.runner = SimpleNamespace(config=config)
        self.runner.segment_seconds = lambda places: 1e-6
        self.runner.places = lambda structure, length: None
        self.likes, self.expects, self.asked = likes, expects, []

    def advance(self, runs, deadline):
        for run in runs:
            state = ADAPTER.start(run.puzzle)
            self.asked.append(state)
            names = ADAPTER.codec.spec.vocabulary
            logits = np.full((len(run.encoded.tokens), len(names)), -30, np.float32)
            logits[-1, names.index(f"left {self.expects(state)}")] = 0
            actions = ADAPTER.actions(state)
            for place, action in enumerate(actions, len(logits) - 1 - len(actions)):
                chance = self.likes(state, action)
                logits[place, names.index("best")] = np.log(chance)
                logits[place, names.index("worse")] = np.log(1 - chance)
            row = Row(run, 1, logits, logits.argmax(1).astype(np.int32), 2.0, 0.0, True, 0.0)
            assert run.take(row)
