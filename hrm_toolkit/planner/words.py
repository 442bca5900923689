"""Replies about jobs, states and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hrm_toolkit.core import Answer, AnyAdapter, Puzzle, ToolkitError, Verdict, validate
from hrm_toolkit.core.errors import visible
from hrm_toolkit.core.telling import kind_of, number_of, refusal, verdict_data, violation_lines
from hrm_toolkit.planner.handles import Held
from hrm_toolkit.planner.jobs.record import Record
from hrm_toolkit.planner.reading import written
from hrm_toolkit.planner.reply import (
    MOST_VIOLATIONS,
    Reply,
    Status,
    accepted,
    drawn,
    reply_of_error,
)

_MOST_ACTIONS = 50


def state_reply(adapter: AnyAdapter, held: Held, handle: str) -> Reply:
    """A state: its picture, what is legal there, and the verdict where it is final."""
    rules, puzzle = adapter.rules, held.puzzle
    legal = [written(action) for action in rules.actions(held.state)]
    shown, so_far = legal[:_MOST_ACTIONS], rules.so_far(held.state)
    final = rules.result(held.state)
    verdict = None if final is None else rules.check(puzzle, final)
    lines = [f"{handle} is this {kind_of(puzzle)} after {number_of(len(held.actions), 'action')}:"]
    lines += ["", drawn(adapter, puzzle, so_far), ""]
    if verdict is not None:
        lines.append(_verdict_line(kind_of(puzzle), verdict))
        lines += [f"- {line}" for line in violation_lines(verdict, MOST_VIOLATIONS)]
    elif legal:
        more = f" and {len(legal) - len(shown)} more" if len(legal) > len(shown) else ""
        lines.append(f"legal actions: {', '.join(map(visible, shown))}{more}")
    else:
        lines.append("no action is legal here and it is not finished: this way leads nowhere")
    status: Status = "ok" if verdict is None else "solved" if verdict else "refuted"
    return Reply.of(
        status,
        "\n".join(lines),
        task=puzzle.task,
        state=handle,
        actions=shown,
        actions_in_all=len(legal),
        taken=len(held.actions),
        last=written(held.actions[-1]) if held.actions else None,
        finished=verdict is not None,
        answer=None if final is None else final.model_dump(mode="json"),
        verdict=None if verdict is None else verdict_data(verdict, MOST_VIOLATIONS),
    )


def verdict_reply(
    adapter: AnyAdapter, puzzle: Puzzle, answer: Answer, verdict: Verdict, several: int | None
) -> Reply:
    """What the rules say of somebody's answer.

    Args:
        several: 1 when the puzzle has exactly one answer, 2 for more, None where nobody counted.
    """
    lines = [_verdict_line(kind_of(puzzle), verdict)]
    lines += [f"- {line}" for line in violation_lines(verdict, MOST_VIOLATIONS)]
    if several == 2:
        lines.append("the puzzle has more than one answer, of which this is one")
    return Reply.of(
        "solved" if verdict else "refuted",
        "\n".join([*lines, "", drawn(adapter, puzzle, answer)]),
        task=puzzle.task,
        answer=answer.model_dump(mode="json"),
        solutions=several,
        verdict=verdict_data(verdict, MOST_VIOLATIONS),
    )


def job_reply(job: Record) -> Reply:
    """The reply of a job as a store keeps it."""
    if job.result is not None:
        kept = validate(Reply, {name: job.result.get(name) for name in Reply.model_fields})
        return kept.with_data(job=job.id)
    best = job.best and job.best.get("data")
    text = f"job {job.id} was {job.status}"
    if job.best is not None:
        text += f"; so far there was: {job.best.get('text', '')}"
    if job.status == "interrupted":
        error = ToolkitError(text, hint="the server stopped in the midst of it, again and again")
        error.code = "interrupted"
        return reply_of_error(error).with_data(job=job.id, best=best)
    status: Status = "cancelled" if job.ended else "running"
    return Reply.of(status, text, job=job.id, best=best)


def jobs_reply(jobs: Sequence[Record], positions: Mapping[str, int]) -> Reply:
    """A client's jobs, one a line."""
    rows = [
        {
            "job": job.id,
            "status": job.status,
            "outcome": job.result and job.result.get("status"),
            "task": job.request.get("puzzles", [{}])[0].get("task"),
            "puzzles": len(job.request.get("puzzles", ())),
            "position": positions.get(job.id),
            "created": job.created,
            "updated": job.updated,
        }
        for job in jobs
    ]
    lines = [f"- {row['job']}: {row['outcome'] or row['status']}, {row['task']}" for row in rows]
    return Reply.of("ok", "\n".join(lines) or "you have no jobs", jobs=rows)


def _verdict_line(kind: str, verdict: Verdict) -> str:
    if not verdict:
        return f"{refusal(verdict)} ({kind})"
    cost = "" if verdict.cost is None else f", at cost {verdict.cost:g}"
    return accepted(kind, verdict) + cost
