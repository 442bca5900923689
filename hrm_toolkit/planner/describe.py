"""Tasks in words: how their puzzles and answers are written, and a worked example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from hrm_toolkit.core import AnyAdapter, Deadline
from hrm_toolkit.core.errors import visible
from hrm_toolkit.core.search import search
from hrm_toolkit.planner.reading import written
from hrm_toolkit.planner.reply import Reply, drawn
from hrm_toolkit.planner.tasks import known_tasks

_MOST_SYMBOLS = 64
_NODES = 20_000
_SECONDS = 2.0
_MOST_ACTIONS = 8


def list_tasks() -> Reply:
    """Every task that is known, with what it asks for and its family, where it has one."""
    tasks = []
    for name, summary, family in known_tasks():
        named = {"task": name, "summary": summary}
        tasks.append({**named, "family": family} if family else named)
    lines = [f"- {task['task']}: {task['summary']}" for task in tasks]
    text = "\n".join(["tasks that can be solved:", *lines, "describe one for how to write it"])
    return Reply.of("ok", text, tasks=tasks)


def describe_task(adapter: AnyAdapter, solvers: Sequence[str]) -> Reply:
    """One task: forms, symbols, sizes, difficulties, solvers and a worked example.

    Args:
        adapter: of the task.
        solvers: names of the solvers that can be asked for.
    """
    example = worked_example(adapter)
    spec = adapter.codec.spec
    sizes = [list(size) if isinstance(size, tuple) else size for size in adapter.default_sizes]
    symbols = list(spec.vocabulary[1 : _MOST_SYMBOLS + 1])
    if spec.size > _MOST_SYMBOLS + 1:
        symbols += ["...", spec.vocabulary[-1]]
    lines = [
        f"{adapter.task}: {adapter.summary}",
        f"symbols: {' '.join(symbols)}",
        f"sizes that are generated: {', '.join(map(str, adapter.default_sizes)) or 'its own'}",
        f"difficulties: {', '.join(adapter.difficulties) or 'none'}",
        f"solvers: {', '.join(map(visible, solvers)) or 'none trained, exact search only'}",
        "",
        "a puzzle may be written so:",
        example["puzzle"],
        "",
        "or as JSON:",
        example["puzzle_json"],
    ]
    if example["answer"] is not None:
        lines += ["", "its answer:", example["answer"], "", "or as JSON:", example["answer_json"]]
    if example["actions"]:
        lines += ["", f"its first legal actions: {', '.join(map(visible, example['actions']))}"]
    return Reply.of(
        "ok",
        "\n".join(lines),
        task=adapter.task,
        summary=adapter.summary,
        symbols=symbols,
        most_tokens=spec.max_length,
        sizes=sizes,
        difficulties=list(adapter.difficulties),
        solvers=list(solvers),
        hints=adapter.hinting,
        palette=_signs(adapter),
        puzzle_schema=adapter.puzzle_type.model_json_schema(),
        answer_schema=adapter.answer_type.model_json_schema(),
        example=example,
    )


def _signs(adapter: AnyAdapter) -> dict[str, Any] | None:
    """The palette, without what only a network asks."""
    if adapter.palette is None:
        return None
    return {name: value for name, value in asdict(adapter.palette).items() if name != "reading"}


def worked_example(adapter: AnyAdapter) -> dict[str, Any]:
    """A small puzzle, its answer and its first legal actions, as text and as JSON text."""
    puzzle = min((wrong.puzzle for wrong in adapter.wrong_answers()), key=_length)
    rules = adapter.rules
    answer = search(rules, puzzle, nodes=_NODES, deadline=Deadline.after(_SECONDS)).answer
    actions = [written(action) for action in rules.actions(rules.initial(puzzle))]
    return {
        "puzzle": drawn(adapter, puzzle),
        "puzzle_json": puzzle.model_dump_json(),
        "answer": None if answer is None else drawn(adapter, puzzle, answer),
        "answer_json": None if answer is None else answer.model_dump_json(),
        "actions": actions[:_MOST_ACTIONS],
    }


def _length(puzzle: Any) -> int:
    return len(puzzle.model_dump_json())
