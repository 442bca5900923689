"""``verify``: what the rules say of somebody's answer."""

from __future__ import annotations

from typing import Annotated

import typer

from hrm_toolkit.cli import console, options


def verify(
    file: options.File,
    answer: Annotated[
        str, typer.Argument(metavar="ANSWER", help='The answer\'s file, or "-" for standard input.')
    ],
    adapter: options.AdapterName = None,
    solver: options.TaskOf = None,
    number: Annotated[
        int,
        typer.Option(min=1, help="Which puzzle of a file of several, and which result, from 1."),
    ] = 1,
    start: options.Start = None,
    goal: options.Goal = None,
    weight: options.Weight = None,
    box: options.Box = None,
    as_json: options.Json = False,
) -> int:
    """Check an answer against the rules; status 0 when it is valid, 1 when it is refuted.

    The answer may be what solve prints, or writes with --json, or any usual form of its task.
    What cannot be read as an answer ends with status 2, and refutes nothing.

    Examples:
      hrm-toolkit verify puzzle.txt answer.txt
      hrm-toolkit solve maze.txt --json > found.json; hrm-toolkit verify maze.txt found.json
      hrm-toolkit verify many.sdm found.jsonl --number 3
      echo "Hill -> Mill -> Harbour" | hrm-toolkit verify city.graphml - --json
    """
    from hrm_toolkit.adapters.formats import read_answer
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.reading import chosen, named, read, standard_input
    from hrm_toolkit.cli.render import show_board, show_violations
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.core.telling import kind_of, refusal, verdict_data

    if file == answer == "-":
        raise OptionError("puzzle and answer cannot both come from standard input")
    loaded = read(file, adapter, start, goal, weight, options.parse_box(box), solver)
    puzzle = chosen(file, loaded, number)
    task = get_adapter(puzzle.task)
    source = standard_input() if answer == "-" else answer
    claimed = named(answer, read_answer, source, task, puzzle, number)
    if loaded.open:
        puzzle = task.meant(puzzle, claimed)
    verdict = task.rules.check(puzzle, claimed)
    if as_json:
        console.print_json(
            {
                "task": puzzle.task,
                "verdict": verdict_data(verdict),
                "answer": claimed.model_dump(mode="json"),
                "read_as": loaded.kind,
            }
        )
    else:
        out = console.stdout()
        out.print(f"read as {loaded.kind}", style="dim", soft_wrap=True)
        show_board(out, task, puzzle, claimed)
        out.print()
        if verdict:
            cost = "" if verdict.cost is None else f", cost {verdict.cost:g}"
            better = {True: ", optimal", False: ", not optimal", None: ""}[verdict.optimal]
            out.print(f"valid: {kind_of(puzzle)}{cost}{better}", style="bold green")
        else:
            out.print(refusal(verdict), style="bold red")
            show_violations(out, verdict)
    return 0 if verdict else 1
