"""``generate``: puzzles with their answers, as JSON Lines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hrm_toolkit.cli import console, options


def generate(
    samples: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many puzzles.")],
    out: Annotated[str, typer.Option(help='The file to write; "-" is standard output.')] = "-",
    adapter: options.AdapterName = None,
    solver: options.TaskOf = None,
    seed: options.Seed = 0,
    size: options.Sizes = None,
    difficulty: options.Difficulties = None,
    box: options.Box = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: options.Json = False,
) -> int:
    """Write puzzles with their answers, one JSON object a line.

    No two of them are equal up to symmetry. They come from the test stream, so no training run
    draws them from the same random numbers, whatever its seed.

    Examples:
      hrm-toolkit generate --adapter sudoku --samples 100 --out hard.jsonl --difficulty extreme
      hrm-toolkit generate --adapter sudoku --box 3x2 --samples 9 --out tall.jsonl
      hrm-toolkit generate --adapter maze --samples 5 --size 20x30
    """
    from hrm_toolkit.adapters.formats import write_puzzles
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError, Settings
    from hrm_toolkit.solvers.many.choice import task_of
    from hrm_toolkit.train.data.stream import Split, draw_distinct, require_examples

    name = task_of(solver, adapter)
    if name is None:
        raise OptionError("there is no task", expected="--adapter NAME, or --solver NAME|DIR")
    task = get_adapter(name)
    shape = options.parse_box(box)
    if shape is not None:
        task = task.boxed(shape)
    names = options.parse_names(difficulty)
    for known in names:
        task.require_difficulty(known)
    if out == "-" and as_json:
        raise OptionError(
            "--out - writes puzzles to standard output, and so does --json",
            hint="say --out FILE; the puzzles are JSON without --json, too",
        )
    if out != "-" and Path(out).exists() and not force:
        raise OptionError(
            "there is such a file already", path=out, hint="add --force to replace it"
        )
    if not Path(out).parent.is_dir():
        raise OptionError(f'there is no folder "{Path(out).parent}"', hint="make it first")
    settings = Settings(sizes=options.parse_sizes(size), difficulties=names)
    with console.bar("generating", samples, unit="puzzles") as bar:
        examples = draw_distinct(task, settings, seed, Split.TEST, samples, on_progress=bar)
    require_examples(examples, "new")
    if len(examples) < samples:
        console.remark(f"the task offers {len(examples)} puzzles of this kind, not {samples}")
    if out == "-":
        for example in examples:
            console.print_json(
                {
                    "puzzle": example.puzzle.model_dump(mode="json"),
                    "answer": example.answer.model_dump(mode="json"),
                }
            )
        return 0
    write_puzzles(out, examples)
    if as_json:
        console.print_json({"task": task.task, "n": len(examples), "out": out, "seed": seed})
    else:
        console.line(f"wrote {len(examples)} {task.task} puzzles with answers to {out}")
    return 0
