"""Solve as a person would: one constraint at a time, each step with its reason and place."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hrm_toolkit.adapters.constraint.kinds import Constraint, Uses
from hrm_toolkit.adapters.constraint.literal import Literal
from hrm_toolkit.adapters.constraint.problem import Problem
from hrm_toolkit.core import Deadline, Hint

_SHORT, _LOOKS = 5, 40
"""Steps of a contradiction that nobody needs to shorten; literals that are tried for a shorter."""


@dataclass(frozen=True)
class Step:
    """One thing learned.

    Attributes:
        literal: what is known now; None for a contradiction.
        holds: whether it holds, or fails.
        by: the constraint that forces it, or None where the variable's own values do.
        uses: the literals known before that force it.
        why: what is supposed, where it is no constraint's doing.
    """

    literal: Literal | None
    holds: bool
    by: Constraint | None
    uses: Uses
    why: str = ""


@dataclass
class Deduction:
    """All that follows from a problem one constraint at a time, or up to a contradiction.

    Attributes:
        problem: whose constraints they are.
        known: whether literals hold, those that are known.
        steps: in order.
        end: the contradiction, if there is one.
    """

    problem: Problem
    known: dict[Literal, bool] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    end: Step | None = None

    def __post_init__(self) -> None:
        self._at: dict[Literal, int] = {}

    @property
    def solved(self) -> bool:
        """Whether every variable has its value."""
        values = range(len(self.problem))
        return self.end is None and all(self.value(k) is not None for k in values)

    def value(self, variable: int) -> int | None:
        """The value of a variable where it is known."""
        values = self.problem.values(variable)
        return next((v for v in values if self.known.get((variable, v))), None)

    def run(self) -> None:
        """Take every step that one constraint forces, until none is left or two disagree."""
        self._work(deque(self.problem.constraints), Deadline.never())

    def suppose(self, literal: Literal, holds: bool) -> Deduction:
        """What follows if a literal held, or failed; this deduction stays as it is."""
        other = Deduction(self.problem, dict(self.known))
        waiting: deque[Constraint] = deque()
        other._learn(Step(literal, holds, None, (), "supposed"), waiting)
        other._work(waiting, Deadline.never())
        return other

    def probe(self, deadline: Deadline) -> bool:
        """Suppose each open literal in turn, and learn that one fails that contradicts: the one
        with the shortest tale, or the first whose tale is short.

        Returns:
            whether something was learned; then ``steps`` has it and what follows.
        """
        best: tuple[Literal, list[Step], Deduction] | None = None
        looked = 0
        for variable in range(len(self.problem)):
            for value in self.problem.values(variable):
                literal = variable, value
                if literal in self.known or deadline.over:
                    continue
                looked += best is not None
                other = self.suppose(literal, True)
                if other.end is not None:
                    tale = other.because(other.end)
                    if best is None or len(tale) < len(best[1]):
                        best = literal, tale, other
            if best is not None and (len(best[1]) <= _SHORT or looked > _LOOKS):
                break
        if best is None:
            return False
        literal, tale, other = best
        # Only what the tale rests on is a reason.
        uses = dict.fromkeys(use for step in tale for use in step.uses if use in self.known)
        told = [other.sentence(step) for step in tale[1:] if step.by is not None]
        said = f"supposing that {self.problem.says(literal)}, {'; '.join(told)}"
        waiting: deque[Constraint] = deque()
        self._learn(Step(literal, False, None, tuple(uses), said), waiting)
        self._work(waiting, deadline)
        return True

    def because(self, last: Step) -> list[Step]:
        """The steps that ``last`` needs, in order, and itself."""
        need: set[int] = set()
        todo = list(last.uses)
        while todo:
            at = self._at.get(todo.pop())
            if at is not None and at not in need:
                need.add(at)
                todo += self.steps[at].uses
        return [*(self.steps[at] for at in sorted(need)), last]

    def sentence(self, step: Step) -> str:
        """A step in words: "row 2 column 1 is 5, by column 1"."""
        by = step.why or (step.by.name if step.by is not None else "its other values")
        if step.literal is None:
            return f"a contradiction, by {by}" if step.by is not None else f"no value is left: {by}"
        said = self.problem.says(step.literal, step.holds)
        if step.by is None:
            return f"{said}: {step.why or 'no other value is left'}"
        return f"{said}, by {by}"

    def _work(self, waiting: deque[Constraint], deadline: Deadline) -> None:
        queued = {id(constraint) for constraint in waiting}
        while waiting and self.end is None and not deadline.over:
            constraint = waiting.popleft()
            queued.discard(id(constraint))
            for literal, holds, uses in list(constraint.forces(self.known, self.problem)):
                step = Step(literal, holds, constraint, uses)
                if literal is None:
                    self.end = step
                elif self.known.get(literal) != holds:
                    self._learn(step, waiting, queued)
                if self.end is not None:
                    return

    def _learn(
        self, step: Step, waiting: deque[Constraint], queued: set[int] | None = None
    ) -> None:
        """Take a step and those within its variable: it has exactly one value."""
        todo = deque([step])
        queued = set() if queued is None else queued
        while todo:
            step = todo.popleft()
            literal, holds = step.literal, step.holds
            if literal is None:
                continue
            if literal in self.known:
                if self.known[literal] != holds:
                    self.end = Step(None, True, step.by, (*step.uses, literal), step.why)
                    return
                continue
            self.known[literal] = holds
            self._at[literal] = len(self.steps)
            self.steps.append(step)
            variable, value = literal
            values = self.problem.values(variable)
            if holds:
                todo += [Step((variable, v), False, None, (literal,)) for v in values if v != value]
            else:
                left = [v for v in values if self.known.get((variable, v)) is not False]
                uses = tuple((variable, v) for v in values if v not in left)
                if not left:
                    self.end = Step(None, True, None, uses)
                    return
                if len(left) == 1:
                    todo.append(Step((variable, left[0]), True, None, uses))
            for constraint in self.problem.watching[variable]:
                if id(constraint) not in queued:
                    queued.add(id(constraint))
                    waiting.append(constraint)


def deduce(problem: Problem) -> Deduction:
    """All that follows one constraint at a time.

    Example:
        >>> from hrm_toolkit.adapters.constraint.kinds import AllDifferent, exactly
        >>> problem = Problem()
        >>> a, b = map(int, problem.grid(1, 2, 1, 2)[0])
        >>> problem.add(AllDifferent(label="row", scope=(a, b)), exactly("given", 1, [(a, 2)]))
        >>> found = deduce(problem)
        >>> [found.sentence(step) for step in found.steps if step.holds]
        ['row 1 column 1 is 2, by given', 'row 1 column 2 is 1, by row']
    """
    found = Deduction(problem)
    found.run()
    return found


def hint(problem: Problem, deadline: Deadline) -> Hint | None:
    """The next thing that follows, the first that needs no other where there is one.

    What the constraints say of one variable alone, being a clue and not news, is passed over.
    """
    found = deduce(problem)
    step = found.end or _news(found)
    while step is None and not deadline.over and found.probe(deadline):
        step = found.end or _news(found)
    if step is None:
        return None
    steps = found.because(step)
    # Clues open the tale; what only rules a value out is told where it is needed.
    told = [found.sentence(s) for s in steps[:-1] if s.by is not None or s.why]
    variables = [step.literal[0]] if step.literal else [k for k, _ in step.uses[:4]]
    return Hint(
        found.sentence(step),
        tuple(told),
        tuple(problem.places[k] for k in variables),
        contradiction=step.literal is None,
        supposing=any(s.why for s in steps),
    )


def refutation(problem: Problem, deadline: Deadline) -> list[str] | None:
    """How the problem contradicts itself, step by step; None where no such tale is found."""
    found = deduce(problem)
    while found.end is None and not deadline.over and found.probe(deadline):
        pass
    if found.end is None:
        return None
    return [found.sentence(s) for s in found.because(found.end) if s.by is not None or s.why]


def _news(found: Deduction) -> Step | None:
    """The step with the shortest tale among those that give a variable its value."""
    best: tuple[int, Step] | None = None
    for step in found.steps:
        if step.literal is None or not step.uses:
            continue
        two = len(found.problem.values(step.literal[0])) == 2
        # Of two values one says what the other does; of more, that one is out is little news.
        if (step.by is None and not step.why) if two else not step.holds:
            continue
        length = len(found.because(step))
        if best is None or length < best[0]:
            best = length, step
        if best[0] <= 2:
            break
    return best[1] if best else None


def difficulty(problem: Problem, deadline: Deadline) -> str:
    """How hard a problem is: "steps" where one constraint at a time suffices, "suppositions"
    where one supposition at a time does, else "search".
    """
    found = deduce(problem)
    if found.solved:
        return "steps"
    while found.end is None and not found.solved and found.probe(deadline):
        pass
    return "suppositions" if found.solved else "search"
