"""Submissions, scored as the contests on ARC do: two predictions, and a whole task or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hrm_toolkit.adapters.arc.rules import ArcAnswer, ArcPuzzle, ArcRules
from hrm_toolkit.core import InputError


@dataclass(frozen=True)
class Scored:
    """What a submission comes to.

    Attributes:
        solved: names of the tasks of which one of two predictions is right at every test.
        missing: names of the tasks that the submission has no answer for; they are not solved.
        tasks: how many there are.
    """

    solved: tuple[str, ...]
    missing: tuple[str, ...]
    tasks: int

    @property
    def rate(self) -> float:
        """The share of tasks that are solved, 0 to 1: pass@2."""
        return len(self.solved) / self.tasks


def score(tasks: Iterable[ArcPuzzle], answers: Mapping[str, ArcAnswer]) -> Scored:
    """Score a submission by the outputs that the tasks know.

    Args:
        tasks: named, no two alike, at least one.
        answers: by task's name, such as ``read_submission`` reads. Others than of ``tasks`` count
            for nothing.

    Raises:
        InputError: when there is no task, or one without a name or an output.

    Example:
        >>> pair = {"input": [[1]], "output": [[2]]}
        >>> task = ArcPuzzle(name="a", train=[pair], test=[{"input": [[3]], "output": [[4]]}])
        >>> score([task], {"a": ArcAnswer(attempts=[[[[5]], [[4]]]])}).solved
        ('a',)
    """
    rules, seen = ArcRules(), list[str]()
    solved, missing = [], []
    for task in tasks:
        if task.name is None or task.name in seen:
            what = "has no name" if task.name is None else f'is there twice: "{task.name}"'
            raise InputError(f"task {len(seen) + 1} {what}", expected="a name of its own each")
        if any(test.output is None for test in task.test):
            raise InputError(
                f'a test of task "{task.name}" has no known output', hint="add its solutions"
            )
        seen.append(task.name)
        if task.name not in answers:
            missing.append(task.name)
        elif rules.check(task, answers[task.name]):
            solved.append(task.name)
    if not seen:
        raise InputError("there is no task to score", expected="at least one")
    return Scored(tuple(solved), tuple(missing), len(seen))
