"""What a solver returns: an answer, and who says it is right."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field, PrivateAttr, SerializeAsAny

from hrm_toolkit.core.errors import visible_lines
from hrm_toolkit.core.puzzle import Answer, Model, Options, Puzzle
from hrm_toolkit.core.rules import Sentence, Verdict
from hrm_toolkit.core.telling import cost_of, facts, headline, violation_lines

Status = Literal["solved", "abstained", "unsolvable", "not_reached"]
_MOST_DRAWN = 20_000


class Budget(Options):
    """How much a solve may spend.

    Attributes:
        segments: network calls per attempt; 0 for as many as the solver's recipe validates with.
        votes: forms of the puzzle; the first is as given, the others are drawn symmetries of it.
        restarts: attempts at each form; the first begins with the network's own initial carry, the
            others with noise on it. 0 for one attempt where segments or votes are said, else for
            as many as cost little, see ``solvers.shares``.
        seconds: wall-clock bound over everything, or None for none. A part of it is kept for exact
            search, whatever the network takes.
        nodes: states that search may visit, all told; None for 100,000 led by the network and as
            many by exact search afterwards as its time allows. Of a task that is solved action by
            action, states about which the network is asked, those on its own walk among them, and
            0 for its walk alone: all of them, for ever cheaper plans, unless one is proved the
            cheapest. None for 1,000 of them, or as many as a share of the seconds allows, until
            a plan is not known to be improvable.

    Raises:
        OptionError: for another name, or a number out of range.
    """

    segments: int = Field(default=0, ge=0, le=100_000)
    votes: int = Field(default=1, ge=1, le=10_000)
    restarts: int = Field(default=0, ge=0, le=10_000)
    seconds: float | None = Field(default=None, gt=0, le=1e6)
    nodes: int | None = Field(default=None, ge=0, le=1_000_000_000)


@dataclass(frozen=True, eq=False)
class States:
    """Every state that one segment goes through, on one part of a puzzle.

    The last high state, ``z_high[-1]``, and the last low one, ``z_low[-1, -1]``, are the carry
    into the next segment.

    Attributes:
        z_high: after each update of the high module, shape (H, S, D) for H high cycles, S
            positions (prefix slots first, then the tokens, padded to the network's length) and
            width D; of a structured network (H, L, C, D) for L tokens and C symbols, zeros where
            a position has no place for one.
        z_low: after each update of the low module, shape (H, K, ...) for K low cycles in each
            high one, the rest as in ``z_high``. Both are float32; bfloat16 is widened.
    """

    z_high: npt.NDArray[np.floating]
    z_low: npt.NDArray[np.floating]


class Segment(Model):
    """The answer as it stands after one segment; of a task that is solved action by action, the
    plan so far after one action, for which the network was asked anew.

    Attributes:
        index: counted from 1.
        total: segments the budget allows; of such a task about the actions that the whole plan
            will have, as far as the network tells.
        halt: probability that the answer is right by the network's own estimate, 0 to 1.
        answer: the answer decoded so far; None where the tokens decode to none.
        verdict: what the rules say of it.
        confidence: mean over scored positions of the largest probability, 0 to 1.
        filled: positions whose likeliest token has more than half of the probability; None where
            nothing is said of them.
        sure: the largest probability at each position, as a digit for its tenth, "9" for 0.9 and
            more; empty where nothing is said of them, or they are of several parts.
        hints: what is known of each position so far by the method that the network was taught, as
            the digit of its hint, see ``Codec.hint_words``; empty where it was taught none.
        seconds: wall-clock time since the solve began.
    """

    index: int
    total: int
    halt: float
    answer: SerializeAsAny[Answer] | None
    verdict: Verdict
    confidence: float
    filled: int | None = None
    sure: str = ""
    hints: str = ""
    seconds: float = 0.0
    _states: tuple[States, ...] = PrivateAttr(default=())

    @property
    def states(self) -> tuple[States, ...]:
        """For each part of the puzzle the states of its cycles, where they were asked for; else
        empty. They are no part of what is written as JSON."""
        return self._states

    def kept(self, states: tuple[States, ...]) -> Segment:
        """Keep the states of its cycles; returns itself."""
        self._states = states
        return self


class Drawing(Protocol):
    """A puzzle that can be shown with an answer in its place; a solver hands it to its results."""

    @property
    def puzzle(self) -> Puzzle:
        """What is drawn."""

    def text(self, answer: Answer | None) -> str:
        """Plain text, as for a terminal."""

    def svg(self, answer: Answer | None) -> str | None:
        """An SVG document, or None where the puzzle is too large to draw."""


class Result(Model):
    """An answer with its verdict. An answer that the rules refute is never ``solved``.

    In a notebook it shows the puzzle with its answer; ``render()`` is the same as text.

    Attributes:
        task: the puzzle's task.
        answer: the answer, or the best one seen where none was verified; None if there is none.
        verdict: of ``answer``; where the puzzle itself is at fault, the violations say how.
        source: the part that produced the answer: a network's family name (``hrm``, ``trm``,
            ``structured``), that name with ``+votes``, ``+restarts`` or ``+search``, ``exact``, or
            ``none``. An answer that several attempts reach has the first one's source; ``+votes``
            is a drawn symmetry, or another of several solvers than the first.
        abstained: true when the solver does not stand behind ``answer``.
        unsolvable: true when it was proved that no answer exists.
        reached: false when the time was spent before anything was tried on this puzzle, so that
            nothing is known of it.
        confidence: the network's own estimate, 0 to 1; None without a network.
        segments: segments spent on this puzzle, votes and restarts included.
        nodes: states visited by search; see ``Budget.nodes``.
        seconds: wall-clock time.
        seed: seed of the drawn symmetries and restarts.
        solver: name of the bundle, or ``exact``.
        bundle: sha256 of the bundle's weights, or None without a network.
        notes: sentences for a reader.
    """

    task: str
    answer: SerializeAsAny[Answer] | None
    verdict: Verdict
    source: str
    abstained: bool
    unsolvable: bool = False
    reached: bool = True
    confidence: float | None = None
    segments: int = 0
    nodes: int = 0
    seconds: float = 0.0
    seed: int = 0
    solver: Sentence = ""
    bundle: str | None = None
    notes: tuple[Sentence, ...] = ()
    _drawing: Drawing | None = PrivateAttr(default=None)

    @property
    def solved(self) -> bool:
        """Whether the rules accept the answer and the solver stands behind it."""
        return self.verdict.valid and not self.abstained

    @property
    def status(self) -> Status:
        """What came of the puzzle in one word."""
        if self.solved:
            return "solved"
        if not self.reached:
            return "not_reached"
        return "unsolvable" if self.unsolvable else "abstained"

    def drawn_by(self, drawing: Drawing) -> Result:
        """Keep what draws its puzzle, which is no part of what the result says; returns itself."""
        self._drawing = drawing
        return self

    def render(self) -> str:
        """The puzzle with its answer as text, what came of it, what is wrong, and its facts.

        A result that was read back from JSON knows its puzzle no longer and shows the rest.

        Example:
            >>> from hrm_toolkit.adapters import get_adapter
            >>> from hrm_toolkit.solvers.solver import Solver
            >>> print(Solver(get_adapter("maze"), None).solve("S..\\n##.\\nG..").render())
            Soo
            ##o
            Goo
            <BLANKLINE>
            solved: 3x3 maze, verified by the rules
            cost 6 (optimal) · source exact · ... · solver exact
        """
        if self._drawing is None:
            return "\n".join(self._told())
        text = visible_lines(self._drawing.text(self.answer))
        board = [text, ""] if len(text) <= _MOST_DRAWN else []
        return "\n".join([*board, headline(self, self._drawing.puzzle), *self._told()])

    def _told(self) -> list[str]:
        wrong = [] if self.verdict.valid else violation_lines(self.verdict)
        return [*(f"  - {line}" for line in wrong), facts(self), *self.notes]

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture, where there is one, and the words."""
        drawing, picture = self._drawing, None
        if drawing is not None and len(drawing.text(None)) <= _MOST_DRAWN:
            picture = drawing.svg(self.answer)
        if drawing is None or picture is None:
            return f"<pre>{escape(self.render())}</pre>"
        words = "\n".join([headline(self, drawing.puzzle), *self._told()])
        return f'<div style="max-width:26em">{picture}</div><pre>{escape(words)}</pre>'

    def __repr__(self) -> str:
        said = [self.task, self.status.replace("_", " "), *cost_of(self.verdict)]
        if self.reached:
            said.append(f"source {self.source}")
        if self.segments:
            said.append(f"{self.segments} segment{'s' if self.segments > 1 else ''}")
        return f"Result({', '.join(said)}, {self.seconds:.3g} s)"

    def __str__(self) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))
