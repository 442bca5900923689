"""Why a puzzle has no answer, or how many it has; and what follows from it next."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hrm_toolkit.core import (
    AnyAdapter,
    Clue,
    Deadline,
    OptionError,
    Puzzle,
    Verdict,
    Violation,
)
from hrm_toolkit.core.errors import visible
from hrm_toolkit.core.telling import kind_of, number_of, verdict_data, violation_lines
from hrm_toolkit.planner.reading import written
from hrm_toolkit.planner.reply import MOST_VIOLATIONS, Reply, Status, drawn, in_arguments

_MOST_MOVES = 30
_MOST_CLUES = 60
_MOST_STEPS = 80
_MOST_STEPS = 60


def explain(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> Reply:
    """Why a puzzle has no answer, or that it has one, or several.

    Contradictions that stand in the puzzle itself come first. Where there are none and a search
    proves that no answer exists, the forced moves that lead into the contradiction are told, and
    where it has clues, a set of them of which none can be spared.

    Args:
        adapter: of the puzzle's task.
        puzzle: the puzzle.
        until: bound over everything; half of the time is for exact search.
    """
    kind = kind_of(puzzle)
    visible = adapter.rules.diagnose(puzzle)
    if visible:
        return _contradicted(adapter, puzzle, visible, until)
    found = adapter.exact(puzzle, seconds=until.left / 2)
    if found.unsolvable:
        return _unsolvable(adapter, puzzle, until)
    if found.answer is None:
        text = f"nothing in this {kind} contradicts itself, and no answer was found in time"
        return Reply.of("ok", text, task=puzzle.task, proved=False, solutions=None)
    several = solutions(adapter, puzzle, until)
    says = {None: "an answer", 1: "exactly one answer", 2: "more than one answer"}[several]
    accepted = bool(adapter.rules.check(puzzle, found.answer))
    text = f"this {kind} has {says}; nothing in it contradicts itself"
    if not accepted:
        text = f"nothing in this {kind} contradicts itself; whether it has an answer is not known"
    return Reply.of("ok", text, task=puzzle.task, proved=accepted, solutions=several)


def solutions(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> int | None:
    """1 for exactly one answer, 2 for more, None where the adapter cannot count or time is up."""
    if until.over:
        return None
    number = adapter.count_solutions(puzzle, 2, seconds=until.left)
    return number if number == 2 or (number == 1 and not until.over) else None


def _contradicted(
    adapter: AnyAdapter, puzzle: Puzzle, visible: list[Violation], until: Deadline
) -> Reply:
    headline = f"unsolvable: this {kind_of(puzzle)} contradicts itself"
    lines = [headline, "", drawn(adapter, puzzle), ""]
    verdict = Verdict(valid=False, violations=tuple(visible))
    lines += [f"- {line}" for line in violation_lines(verdict, MOST_VIOLATIONS)]
    lines += _otherwise(adapter, puzzle, until)
    return Reply.of(
        "unsolvable",
        "\n".join(lines),
        task=puzzle.task,
        proved=True,
        solutions=0,
        verdict=verdict_data(verdict, MOST_VIOLATIONS),
    )


def _otherwise(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> list[str]:
    """What else may be meant by a puzzle that has no answer."""
    seconds = until.within(1.0).left
    return [in_arguments(line) for line in adapter.otherwise(puzzle, seconds=seconds)]


def _unsolvable(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> Reply:
    lines = [f"unsolvable: a search proves that this {kind_of(puzzle)} has no answer"]
    steps = [visible(step) for step in adapter.refutation(puzzle, seconds=until.left / 2)]
    if steps:
        lines += [f"step by step, in {number_of(len(steps), 'step')}:"]
        lines += [f"- {step}" for step in steps[-_MOST_STEPS:]]
    moves, stuck = ([], False) if steps else forced(adapter, puzzle, until)
    shown = [written(move) for move in moves[:_MOST_MOVES]]
    if stuck:
        lines.append(
            f"after {number_of(len(moves), 'forced move')} nothing is legal any more: "
            + (", ".join(map(visible, shown)) or "none was needed")
            + (" ..." if len(moves) > len(shown) else "")
        )
    lines += _otherwise(adapter, puzzle, until)
    core = core_clues(adapter, puzzle, until)
    if core is not None:
        places = [visible(clue.words) for clue in core]
        lines.append(
            f"these {number_of(len(core), 'clue')} alone contradict each other, "
            f"and without any one of them they would not: {', '.join(places[:_MOST_CLUES])}"
        )
    return Reply.of(
        "unsolvable",
        "\n".join(lines),
        task=puzzle.task,
        proved=True,
        solutions=0,
        forced=shown if stuck else None,
        clues=None if core is None else [list(clue.data) for clue in core],
    )


def forced(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> tuple[list[Any], bool]:
    """Moves without a choice from the start on, and whether they end with none legal.

    Args:
        adapter: of the puzzle's task.
        puzzle: the puzzle.
        until: when to stop.
    """
    rules = adapter.rules
    state, moves = rules.initial(puzzle), list[Any]()
    if rules.key(state) is not None:
        # States that recur could be walked round and round.
        return [], False
    while len(actions := rules.actions(state)) == 1 and not until.over:
        moves.append(actions[0])
        state = rules.step(state, actions[0])
    return moves, not actions and rules.result(state) is None


def core_clues(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> list[Clue] | None:
    """Clues that leave no answer, and would without any one of them.

    Clues are struck one after the other for as long as it stays proved that there is no answer.
    None for puzzles without clues, or when time is up.

    Args:
        until: when to give up.
    """
    kept = list(adapter.clues(puzzle))
    if not kept:
        return None
    for clue in tuple(kept):
        if until.over:
            return None
        others = [other for other in kept if other is not clue]
        if _proved_unsolvable(adapter, adapter.keeping(puzzle, others), until.left):
            kept = others
    return kept


def _proved_unsolvable(adapter: AnyAdapter, puzzle: Puzzle, seconds: float) -> bool:
    return bool(adapter.rules.diagnose(puzzle)) or adapter.exact(puzzle, seconds=seconds).unsolvable


def no_hint(adapter: AnyAdapter, puzzle: Puzzle) -> str:
    """Why there is no next step: the puzzle is solved as it stands, or nothing is forced."""
    answer = adapter.rules.result(adapter.rules.initial(puzzle))
    if answer is not None and adapter.rules.check(puzzle, answer):
        return f"no hint: this {kind_of(puzzle)} is solved already"
    return f"no hint: nothing follows step by step from this {kind_of(puzzle)}"


def hint(adapter: AnyAdapter, puzzle: Puzzle, until: Deadline) -> Reply:
    """The next thing that follows from a puzzle, with what it follows from.

    Args:
        until: when to stop looking.

    Raises:
        OptionError: for a task whose rules force nothing step by step.
    """
    if not adapter.hinting:
        raise OptionError(
            f"{adapter.title} has no hints: its rules force nothing step by step",
            path="puzzle",
            expected="a task with hints: one declared as constraints, or a state space",
            hint="solve gives an answer, step the legal actions of a state",
        )
    found = adapter.hint(puzzle, seconds=until.left)
    if found is None:
        return Reply.of("ok", no_hint(adapter, puzzle), task=puzzle.task, hint=None)
    why = [visible(step) for step in found.why[:_MOST_STEPS]]
    lines = [f"in this {kind_of(puzzle)}:", *why, f"so {visible(found.says)}"]
    if len(found.why) > len(why):
        lines.insert(-1, f"... and {len(found.why) - len(why)} more steps")
    if found.contradiction:
        lines.append("so there is no answer: a clue, or a value filled in, is wrong")
    places = [list(place) for place in found.places]
    data = {**asdict(found), "why": list(found.why), "places": places}
    status: Status = "unsolvable" if found.contradiction else "ok"
    return Reply.of(status, "\n".join(lines), task=puzzle.task, hint=data)
