"""The guard: sees training go wrong, says why, and decides what is done by the recipe's policy.

Skip what is not finite, lower the rate where trouble repeats, roll back to the best checkpoint
where it goes on all the same or where the verified rate collapses, stop after too many of these.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from hrm_toolkit.core.telling import percent
from hrm_toolkit.train.progress import Counters
from hrm_toolkit.train.rates.evaluate import Evaluation
from hrm_toolkit.train.recipe import GuardPolicy

Action = Literal["noted", "skipped", "lowered", "rolled back", "stopped"]
MODULES = ("high", "low", "heads")


@dataclass(frozen=True)
class Event:
    """Something that went wrong, and what was done."""

    cause: str
    action: Action


@dataclass
class GuardState:
    """What a checkpoint keeps of the guard.

    Attributes:
        rate: what the schedule's learning rate is multiplied by, at most 1.
        losses: of recent updates, spikes left out.
        norms: of the gradient in recent updates, by module.
        troubles: numbers of the updates with trouble since the rate was last lowered.
        lowered: update at which it was; -1 for never.
        interventions: times the rate was lowered or the run rolled back.
        noted: update at which a halting collapse was last noted; 0 for never.
        top: best verified rate so far; -1 before the first validation.
        stale: validations since then.
        events: how many there were.
        acted: how many of them changed the run, by what was done.
        told: update at which a module's surge was last told; further ones of a window are counted.
        muted: how many were since.
        stopped: why the run ended early, or empty.
    """

    rate: float = 1.0
    losses: list[float] = field(default_factory=list)
    norms: dict[str, list[float]] = field(default_factory=dict)
    troubles: list[int] = field(default_factory=list)
    lowered: int = -1
    interventions: int = 0
    noted: int = 0
    top: float = -1.0
    stale: int = 0
    events: int = 0
    acted: dict[str, int] = field(default_factory=dict)
    told: dict[str, int] = field(default_factory=dict)
    muted: dict[str, int] = field(default_factory=dict)
    stopped: str = ""


class Guard:
    """Watches a run. Each method returns the events of one moment; the run carries them out.

    Args:
        policy: the recipe's.
        state: to go on from.

    Example:
        >>> guard = Guard(GuardPolicy(repeats=2))
        >>> [event.action for event in guard.refuse(7, "the loss is nan", broken=False)]
        ['skipped']
        >>> [event.action for event in guard.refuse(8, "the loss is nan", broken=False)]
        ['skipped', 'lowered']
        >>> guard.state.rate
        0.5
    """

    def __init__(self, policy: GuardPolicy, state: GuardState | None = None) -> None:
        self.policy = policy
        self.state = state or GuardState()

    def refuse(self, update: int, cause: str, *, broken: bool) -> list[Event]:
        """An update whose loss or gradients are not finite.

        Args:
            broken: the weights are not finite either, so that only a roll-back helps.
        """
        events = [Event(cause, "skipped")]
        if broken:
            events += self._intervene(update, "weights that are not finite", roll_back=True)
        else:
            events += self._trouble(update, cause)
        return self._counted(events)

    def watch(
        self,
        counters: Counters,
        loss: float,
        ratios: Mapping[str, float],
        gradients: Mapping[str, float] | None = None,
    ) -> list[Event]:
        """An update that was made.

        Args:
            counters: as of this update.
            loss: answer loss of its batch, nats.
            ratios: update-to-weight ratio by module.
            gradients: gradient norm by module, before clipping.
        """
        if not self.policy.enabled:
            return []
        events = [Event(cause, "noted") for cause in self._surges(counters.update, gradients)]
        for cause in (self._spike(loss), self._stride(ratios)):
            if cause:
                events += [Event(cause, "noted"), *self._trouble(counters.update, cause)]
        return self._counted(events + self._halting(counters))

    def judge(self, update: int, evaluation: Evaluation) -> list[Event]:
        """A validation in the course of the run."""
        policy, state = self.policy, self.state
        rate, upper = evaluation.verified_rate, evaluation.verified_interval[1]
        events = []
        if rate > state.top:
            state.top, state.stale = rate, 0
        else:
            state.stale += 1
        # Few puzzles swing widely: a fall counts only beyond what chance explains.
        if policy.enabled and rate < (1 - policy.drop) * state.top and upper < state.top:
            cause = f"the verified rate fell from {state.top:.3f} to {rate:.3f}"
            events += self._intervene(update, cause, roll_back=True)
        if policy.patience is not None and state.stale >= policy.patience and not state.stopped:
            state.stopped = f"no better verified rate in {state.stale} validations"
            events.append(Event(state.stopped, "stopped"))
        return self._counted(events)

    def _spike(self, loss: float) -> str:
        policy, losses = self.policy, self.state.losses
        if len(losses) >= policy.window // 5:
            median = statistics.median(losses)
            if loss > policy.spike * median + policy.margin:
                return f"the loss of {loss:.3g} is a spike over the median of {median:.3g}"
        losses.append(loss)
        del losses[: -policy.window]
        return ""

    def _surges(self, update: int, gradients: Mapping[str, float] | None) -> list[str]:
        policy, found = self.policy, []
        for module, norm in (gradients or {}).items():
            recent = self.state.norms.setdefault(module, [])
            median = statistics.median(recent) if len(recent) >= policy.window // 5 else 0.0
            bound = max(policy.surge * median, policy.floor)
            if module != "total" and median and norm > bound:
                found += self._grouped(
                    update,
                    module,
                    f"the gradient of {module} has norm {norm:.3g}, over a median of {median:.3g}",
                )
            recent.append(norm)
            del recent[: -policy.window]
        return found

    def _grouped(self, update: int, module: str, cause: str) -> list[str]:
        """The cause, unless one like it was told within this window."""
        state = self.state
        last = state.told.get(module)
        if last is not None and update - last < self.policy.window:
            state.muted[module] = state.muted.get(module, 0) + 1
            return []
        more = state.muted.pop(module, 0)
        state.told[module] = update
        return [cause + (f"; {more} more since update {last}" if more else "")]

    def _stride(self, ratios: Mapping[str, float]) -> str:
        for module, ratio in ratios.items():
            if not ratio <= self.policy.ratio:
                return f"one update moved the {module} weights by {ratio:.2g} of their norm"
        return ""

    def _halting(self, counters: Counters) -> list[Event]:
        """Halting that says nothing: always although wrong, or never although right."""
        state, window = self.state, self.policy.window
        # Early on the halting head lags behind the answers, as it should.
        if counters.update < max(3 * window, state.noted + window):
            return []
        share, exact = counters.halting, counters.exact
        if share > 0.98 and exact < 0.5:
            cause = "collapsed"
        elif share < 0.02 and exact > 0.5:
            cause = "is stuck"
        else:
            return []
        state.noted = counters.update
        wanting, right = percent(share, digits=0), percent(exact, digits=0)
        return [
            Event(f"halting {cause}: {wanting} of slots want to halt, {right} are right", "noted")
        ]

    def _trouble(self, update: int, cause: str) -> list[Event]:
        state, policy = self.state, self.policy
        recent = [u for u in state.troubles if u > update - policy.window]
        state.troubles = [*recent, update]
        if len(state.troubles) < policy.repeats:
            return []
        # Where a lower rate did not help, the weights themselves are ruined.
        again = state.lowered >= 0 and update - state.lowered <= policy.window
        said = f"trouble in {policy.repeats} of the last {policy.window} updates, last: {cause}"
        return self._intervene(update, said, roll_back=again)

    def _intervene(self, update: int, cause: str, *, roll_back: bool) -> list[Event]:
        state, policy = self.state, self.policy
        state.rate *= policy.factor
        state.troubles, state.lowered = [], update
        state.interventions += 1
        events = [Event(f"{cause}; the rate is {state.rate:.3g} of the schedule's", "lowered")]
        if roll_back:
            state.losses = []
            events.append(Event(cause, "rolled back"))
        if state.interventions >= policy.stop_after:
            state.stopped = f"{state.interventions} interventions, the last for {cause}"
            events.append(Event(state.stopped, "stopped"))
        return events

    def _counted(self, events: list[Event]) -> list[Event]:
        self.state.events += len(events)
        for event in events:
            if event.action != "noted":
                self.state.acted[event.action] = self.state.acted.get(event.action, 0) + 1
        return events


def closing(state: GuardState) -> str:
    """What the guard saw and did in a run, in one sentence; "" where it saw nothing.

    Example:
        >>> closing(GuardState(events=3))
        'the guard noted 3 events and changed nothing'
        >>> closing(GuardState(events=4, acted={"skipped": 2, "lowered": 1}))
        'the guard skipped 2 updates and lowered the rate once (4 events)'
    """
    if not state.events:
        return ""
    noted = "1 event" if state.events == 1 else f"{state.events:,} events"
    words = {
        "skipped": ("skipped one update", "skipped {} updates"),
        "lowered": ("lowered the rate once", "lowered the rate {} times"),
        "rolled back": ("rolled back once", "rolled back {} times"),
        "stopped": ("stopped the run", "stopped the run"),
    }
    done = [
        words[action][count > 1].format(f"{count:,}")
        for action, count in state.acted.items()
        if count
    ]
    if not done:
        return f"the guard noted {noted} and changed nothing"
    told = done[0] if len(done) == 1 else f"{', '.join(done[:-1])} and {done[-1]}"
    return f"the guard {told} ({noted})"


def module_of(name: str) -> str:
    """The module that a parameter belongs to: ``high``, ``low``, or ``heads`` for all others."""
    first = name.partition(".")[0]
    return first if first in ("high", "low") else "heads"


def norms(tensors: Mapping[str, Tensor]) -> dict[str, float]:
    """Euclidean norm of the named parameters' tensors by module, and ``total``.

    Example:
        >>> norms({"high.a": torch.tensor([3.0]), "low.a": torch.tensor([4.0])})
        {'high': 3.0, 'low': 4.0, 'total': 5.0}
    """
    each = torch.stack(torch._foreach_norm(list(tensors.values()))).double().square().tolist()
    sums = dict.fromkeys(MODULES, 0.0)
    for name, square in zip(tensors, each, strict=True):
        sums[module_of(name)] += square
    found = {module: math.sqrt(square) for module, square in sums.items() if square}
    return found | {"total": math.sqrt(sum(sums.values()))}


def gradient_norms(network: nn.Module) -> dict[str, float]:
    """Norms of the gradients, before clipping."""
    return norms({n: p.grad for n, p in network.named_parameters() if p.grad is not None})


def weights(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the trained weights, to compare with."""
    return {n: p.detach().clone() for n, p in network.named_parameters() if p.requires_grad}


def update_ratios(network: nn.Module, before: Mapping[str, Tensor]) -> dict[str, float]:
    """Norm of what an update changed over the norm of the weights before it, by module."""
    named = {n: p.detach() for n, p in network.named_parameters() if n in before}
    change = norms({name: p - before[name] for name, p in named.items()})
    whole = norms(before)
    return {m: change.get(m, 0.0) / whole[m] for m in MODULES if whole.get(m)}


def all_finite(network: nn.Module) -> bool:
    """Whether every weight is a finite number."""
    return all(bool(p.isfinite().all()) for p in network.parameters())
