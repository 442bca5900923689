"""What came of training on a puzzle's own demonstrations, and what is claimed of it."""

from __future__ import annotations

from typing import Any

from hrm_toolkit.core import Result
from hrm_toolkit.core.puzzle import Model
from hrm_toolkit.core.rules import UNVERIFIABLE
from hrm_toolkit.core.telling import number_of, percent, result_data


class Attempt(Model):
    """One solution to one question.

    Attributes:
        source: ``exact`` for a program that reproduces every demonstration, else the family of the
            networks that voted for it.
        agreement: its share of the networks' votes, 0 to 1; None where none has voted.
        verified: whether what it comes from reproduces every demonstration: a program, or networks
            of which some were never shown the demonstration that they reproduce.
    """

    source: str
    agreement: float | None
    verified: bool


class Adapted(Model):
    """An answer with what stands behind it.

    Attributes:
        result: the answer, and what the rules say of it where the outputs are known.
        attempts: for each question, best first, in the order of the answer.
        demonstrations: how many the puzzle has.
        seen: those that the networks reproduce that were shown all of them.
        unseen: those that the networks reproduce that were shown all others and not them.
        voters: networks that voted.
        updates: optimizer steps in all.
        cpu_seconds: processor time of the process.
        interrupted: whether it was ended before its time.
    """

    result: Result
    attempts: tuple[tuple[Attempt, ...], ...]
    demonstrations: int
    seen: int
    unseen: int
    voters: int
    updates: int
    cpu_seconds: float
    interrupted: bool = False

    @property
    def verified(self) -> bool:
        """Whether the first attempt at each question is verified, and no known output refutes it.

        That the demonstrations are reproduced proves nothing of a test: see ``claim``.
        """
        return all(tried and tried[0].verified for tried in self.attempts) and not self.refuted

    @property
    def known(self) -> bool:
        """Whether the rules know what every attempt must be."""
        return not any(v.rule == UNVERIFIABLE for v in self.result.verdict.violations)

    @property
    def refuted(self) -> bool:
        """Whether an output that is known is none of the attempts."""
        return any(v.rule in ("output", "size") for v in self.result.verdict.violations)

    @property
    def claim(self) -> str:
        """One sentence on what the first attempts rest on."""
        first = [tried[0] if tried else None for tried in self.attempts]
        every = f"all {self.demonstrations} demonstrations"
        if self.demonstrations == 1:
            every = "the one demonstration"
        if any(attempt is None for attempt in first):
            return "unverified: there is no attempt at some test input"
        if all(attempt and attempt.source == "exact" for attempt in first):
            return f"verified: by a program that reproduces {every}; no known output confirms it"
        shown = (
            f"networks trained on all demonstrations reproduce {self.seen} of "
            f"{self.demonstrations}, networks that were not shown the one they were asked "
            f"{self.unseen} of {self.demonstrations}"
        )
        if self.demonstrations == 1:
            shown = "the one demonstration cannot be kept from the networks to test them on it"
        word = (
            "verified" if all(attempt and attempt.verified for attempt in first) else "unverified"
        )
        return f"{word}: {shown}"

    def attempt_lines(self) -> list[str]:
        """A line for each attempt: where it is from, and how many votes agree."""
        lines = []
        for number, tried in enumerate(self.attempts, 1):
            for place, attempt in enumerate(tried, 1):
                by = "a program" if attempt.source == "exact" else "networks"
                share = ""
                if attempt.agreement is not None:
                    share = f", {percent(attempt.agreement, digits=0)} of the votes"
                word = "verified" if attempt.verified else "unverified"
                lines.append(f"test {number} attempt {place}: {word}, by {by}{share}")
        return lines

    def facts(self) -> str:
        """What it took, on one line."""
        return (
            f"{number_of(self.voters, 'network')} · {number_of(self.updates, 'update')} · "
            f"{number_of(self.result.nodes, 'search node')} · "
            f"{self.cpu_seconds:.3g} s of processor time · seed {self.result.seed}"
        )

    def data(self) -> dict[str, Any]:
        """All of it as JSON values: the fields of a result, and those here."""
        own = self.model_dump(mode="json", exclude={"result"})
        return {
            **result_data(self.result),
            **own,
            "verified": self.verified,
            "claim": self.claim,
        }
