"""``solve --adapt``: networks trained on a task's own demonstrations, which vote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from hrm_toolkit.cli import console, options
from hrm_toolkit.cli.console import INTERRUPTED

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter, Puzzle
    from hrm_toolkit.train.adapt.adapted import Adapted
    from hrm_toolkit.train.adapt.asked import Asked


def adapt_all(
    file: str, adapter: str | None, asked: Asked, said: Mapping[str, object], as_json: bool
) -> int:
    """Adapt to each task of a file or folder; status 0 when every answer is verified.

    Args:
        said: options that say something else of solving, by name.

    Raises:
        OptionError: when one of them is said.
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.core.plain import replace_file

    for name, value in said.items():
        if value is not None:
            raise OptionError(
                f"{name} and --adapt do not go together",
                hint="--adapt trains networks of its own, on the CPU; leave one of the two out",
            )
    if asked.submission is not None:
        options.require_folder("--submission", asked.submission)
    tasks = list(_tasks(file, adapter))
    interrupted = False
    for puzzle, kind in tasks:
        task = get_adapter(puzzle.task)
        found = _adapted(task, puzzle, asked)
        asked.count(puzzle, found)
        if asked.submission is not None:
            replace_file(asked.submission, task.submission(asked.answers))
        if as_json:
            console.print_json({**found.data(), "read_as": kind})
        else:
            _show(task, puzzle, found, kind)
        if found.interrupted:
            interrupted = True
            break
    _summarise(asked, len(tasks), as_json)
    if interrupted:
        return INTERRUPTED
    return 0 if asked.verified == len(tasks) else 1


def _tasks(file: str, adapter: str | None) -> Iterator[tuple[Puzzle, str]]:
    """The tasks of a file, or of the files of a folder, and what each was taken for."""
    from hrm_toolkit.cli.reading import read

    files = [file]
    if file != "-" and Path(file).is_dir():
        from hrm_toolkit.train.data.examples import data_files

        files = [str(path) for path in data_files(Path(file))]
    for each in files:
        loaded = read(each, adapter)
        for puzzle in loaded.puzzles:
            yield puzzle, loaded.kind


def _adapted(task: AnyAdapter, puzzle: Puzzle, asked: Asked) -> Adapted:
    from hrm_toolkit.cli.progress import LISTENER
    from hrm_toolkit.train.adapt.adapt import adapt

    return adapt(
        task,
        puzzle,
        minutes=asked.minutes,
        updates=asked.updates,
        seed=asked.seed,
        listener=LISTENER,
    )


def _show(task: AnyAdapter, puzzle: Puzzle, found: Adapted, kind: str) -> None:
    """The attempts, what is claimed of them, and what a known output says."""
    from hrm_toolkit.cli.render import show_board

    out = console.stdout()
    out.print(f"read as {kind}", style="dim", soft_wrap=True)
    out.print()
    show_board(out, task, puzzle, found.result.answer)
    out.print()
    style = "bold green" if found.verified else "bold yellow"
    out.print(found.claim, style=style, soft_wrap=True)
    for line in found.attempt_lines():
        out.print(f"  {line}", soft_wrap=True)
    if found.known:
        right = found.result.verdict.valid
        word = (
            "right: an attempt at each test is the output"
            if right
            else "wrong: at some test no attempt is the output"
        )
        out.print(f"{word} that the file gives", style="green" if right else "red", soft_wrap=True)
    out.print(found.facts(), style="dim", soft_wrap=True)
    out.print()


def _summarise(asked: Asked, tasks: int, as_json: bool) -> None:
    """How many were right, where that is known, and where the answers lie."""
    say = console.remark if as_json else console.line
    if tasks > 1:
        say(f"{len(asked.answers)} of {tasks} tasks answered, {asked.verified} verified")
    if asked.known and tasks > 1:
        say(
            f"{asked.right} of {asked.known} right by the outputs that are known, which are one of "
            "two attempts at every test"
        )
    if asked.submission is not None and asked.answers:
        console.remark(f"wrote {asked.submission}")
