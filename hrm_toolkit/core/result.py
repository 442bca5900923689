"""What a solver returns: an answer, and who says it is right."""

from __future__ import annotations

from pydantic import Field, SerializeAsAny

from hrm_toolkit.core.puzzle import Answer, Model
from hrm_toolkit.core.verdict import Sentence, Verdict


class Budget(Model):
    """How much a solve may spend.

    Attributes:
        segments: network calls per attempt; 0 for as many as the solver's recipe validates with.
        votes: forms of the puzzle; the first is as given, the others are drawn symmetries of it.
        restarts: attempts at each form; the first begins with the network's own initial carry, the
            others with noise on it.
        seconds: wall-clock bound over everything, or None for none.
        nodes: states that a search may visit.
    """

    segments: int = Field(default=0, ge=0, le=100_000)
    votes: int = Field(default=1, ge=1, le=10_000)
    restarts: int = Field(default=1, ge=1, le=10_000)
    seconds: float | None = Field(default=None, gt=0, le=1e6)
    nodes: int = Field(default=100_000, ge=0, le=1_000_000_000)


class Segment(Model):
    """The answer as it stands after one segment.

    Attributes:
        index: counted from 1.
        total: segments the budget allows.
        halt: probability that the answer is right by the network's own estimate, 0 to 1.
        answer: the answer decoded so far; None where the tokens decode to none.
        verdict: what the rules say of it.
        confidence: mean over scored positions of the largest probability, 0 to 1.
    """

    index: int
    total: int
    halt: float
    answer: SerializeAsAny[Answer] | None
    verdict: Verdict
    confidence: float


class Result(Model):
    """An answer with its verdict. An answer that the rules refute is never ``solved``.

    Attributes:
        task: the puzzle's task.
        answer: the answer, or the best one seen where none was verified; None if there is none.
        verdict: of ``answer``; where the puzzle itself is at fault, the violations say how.
        source: the part that produced the answer: a network's family name (``hrm``, ``trm``,
            ``structured``), that name with ``+votes``, ``+restarts`` or ``+search``, ``exact``, or
            ``none``. An answer that several attempts reach has the first one's source.
        abstained: true when the solver does not stand behind ``answer``.
        unsolvable: true when it was proved that no answer exists.
        confidence: the network's own estimate, 0 to 1; None without a network.
        segments: segments spent on this puzzle, votes and restarts included.
        nodes: states visited by search.
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
    confidence: float | None = None
    segments: int = 0
    nodes: int = 0
    seconds: float = 0.0
    seed: int = 0
    solver: Sentence = ""
    bundle: str | None = None
    notes: tuple[Sentence, ...] = ()

    @property
    def solved(self) -> bool:
        """Whether the rules accept the answer and the solver stands behind it."""
        return self.verdict.valid and not self.abstained
