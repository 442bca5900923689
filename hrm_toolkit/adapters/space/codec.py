"""States as tokens, and what a network says of each action and of the cost that is left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hrm_toolkit.adapters.space.plan import Plan
from hrm_toolkit.core import PAD, Codec, InputError, Probabilities, Tokens, TokenSpec
from hrm_toolkit.core.puzzle import P

if TYPE_CHECKING:
    from hrm_toolkit.adapters.space.task import SpaceAdapter

BEST, WORSE, COST = PAD + 1, PAD + 2, PAD + 3


class SpaceCodec(Codec[P, Plan]):
    """A token a place, then one for each action that is possible, then one for the cost.

    Labels say of each action whether a cheapest plan begins with it, and of the cost position what
    a cheapest plan costs, in the adapter's ``unit``: both are functions of the state. Places are
    not scored. A network so has one policy and one estimate for every state, and learns from every
    state on a plan.
    """

    def __init__(self, adapter: SpaceAdapter[P, Any]) -> None:
        self._adapter = adapter
        doing = [f"do {kind}" for kind in adapter.kinds]
        left = [f"left {number}" for number in range(adapter.horizon + 1)]
        own = ("<pad>", "best", "worse", "cost", *left, *doing)
        self.spec = TokenSpec(vocabulary=(*own, *adapter.words))
        token = {word: number for number, word in enumerate(self.spec.vocabulary)}
        self._left = token["left 0"]
        self._do = {kind: token[f"do {kind}"] for kind in adapter.kinds}
        self._word = {word: token[word] for word in adapter.words}
        self._asked: tuple[P | None, Sequence[str]] = None, ()

    def encode(self, puzzle: P) -> Tokens:
        adapter = self._adapter
        state = adapter.start(puzzle)
        try:
            places = [self._word[word] for word in adapter.view(state).words]
            doing = [self._do[adapter.kind(action)] for action in adapter.actions(state)]
        except KeyError as error:
            raise InputError(
                f"the {adapter.task} adapter has no word {error}",
                expected="one of its words and kinds",
            ) from None
        return np.array([*places, *doing, COST], np.int32)

    def labels(self, puzzle: P, answer: Plan) -> Tokens:
        adapter = self._adapter
        state = adapter.start(puzzle)
        actions = adapter.actions(state)
        places = len(adapter.view(state).words)
        labels = np.full(places + len(actions) + 1, PAD, np.int32)
        known = adapter.taught(puzzle, answer)
        best = known.best[0] if known.best else known.actions[:1]
        labels[places:-1] = [BEST if action in best else WORSE for action in actions]
        cost = round(adapter.cost_of(puzzle, known) / adapter.unit)
        labels[-1] = self._left + min(cost, adapter.horizon)
        return labels

    def decode(self, puzzle: P, tokens: Tokens) -> Plan:
        """The plan of the first action that is said to be best; whoever solves asks again after it.

        Raises:
            InputError: when no action is.
        """
        adapter = self._adapter
        state = adapter.start(puzzle)
        if adapter.is_goal(state):
            return adapter.answer_type(task=adapter.task, actions=())
        actions = adapter.actions(state)
        said = tokens[len(tokens) - 1 - len(actions) : -1]
        for action, token in zip(actions, said.tolist(), strict=True):
            if token == BEST:
                return adapter.answer_type(task=adapter.task, actions=(action,))
        raise InputError("the network holds no action to be the best")

    def preference(self, puzzle: P, state: Any, action: Any, probabilities: Probabilities) -> float:
        """How likely a cheapest plan begins with an action; ``puzzle`` begins at the state."""
        asked, actions = self._asked
        if asked is not puzzle:
            # It is asked about each action in turn, and to list them may be dear.
            actions = self._adapter.actions(self._adapter.start(puzzle))
            self._asked = puzzle, actions
        chances = probabilities[len(probabilities) - 1 - len(actions) + actions.index(action)]
        return float(chances[BEST] / max(chances[BEST] + chances[WORSE], 1e-9))

    def togo(self, puzzle: P, probabilities: Probabilities) -> float:
        """What the network expects a cheapest plan to cost."""
        left = probabilities[-1, self._left : self._left + self._adapter.horizon + 1]
        numbers = np.arange(self._adapter.horizon + 1)
        return float((left @ numbers) / max(left.sum(), 1e-9)) * self._adapter.unit
