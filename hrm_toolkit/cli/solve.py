"""``solve``: puzzles in, verified answers out."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hrm_toolkit.cli import console, options
from hrm_toolkit.cli.guard import INTERRUPTED

if TYPE_CHECKING:
    from hrm_toolkit.cli.choose import Solvers
    from hrm_toolkit.core import Budget, Puzzle, Result

_CHUNK = 64
_PICTURES = 4
"""Most puzzles of one file that are drawn."""


def solve(
    file: options.File,
    adapter: options.AdapterName = None,
    solver: options.SolverName = None,
    strategy: options.Strategy = "verified",
    segments: options.Segments = None,
    votes: options.Votes = 1,
    restarts: options.Restarts = 1,
    seconds: options.Seconds = None,
    seed: options.Seed = 0,
    start: options.Start = None,
    goal: options.Goal = None,
    weight: options.Weight = None,
    box: options.Box = None,
    device: options.Device = "auto",
    picture: Annotated[
        Path | None, typer.Option(help="Draw puzzle and answer: FILE.svg, FILE.png or FILE.gif.")
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="local, or ray: the lines of a file, one puzzle each, over a Ray cluster."
        ),
    ] = "local",
    as_json: options.Json = False,
) -> int:
    """Solve a puzzle, or a file of several; the rules check every answer.

    Examples:
      hrm-toolkit solve maze.txt
      hrm-toolkit solve puzzles.sdm --json
      cat puzzle.txt | hrm-toolkit solve - --adapter sudoku
      hrm-toolkit solve city.graphml --start Hill --goal Harbour
      hrm-toolkit solve maze.txt --solver runs/maze-0-1/bundle --strategy neural
      hrm-toolkit solve many.jsonl --engine ray --json
    """
    from hrm_toolkit.cli.choose import Solvers
    from hrm_toolkit.cli.picture import require_format
    from hrm_toolkit.cli.reading import read
    from hrm_toolkit.core import Budget, OptionError

    options.require_choice("engine", engine, ("local", "ray"))
    if engine == "ray":
        budget = Budget(segments=segments or 0, votes=votes, restarts=restarts)
        chosen = {"adapter": adapter, "solver": solver, "strategy": strategy, "seed": seed}
        said = {"--picture": picture, "--start": start, "--goal": goal}
        said |= {"--weight": weight, "--box": box}
        return _over_ray(file, chosen, budget, seconds, device, said, as_json)
    if picture is not None:
        require_format(picture)
    loaded = read(file, adapter, start, goal, weight, options.parse_box(box))
    puzzles = loaded.puzzles
    if picture is not None and len(puzzles) > 1:
        raise OptionError(
            f"--picture draws one puzzle, and {file} holds {len(puzzles):,}",
            hint="put the one to draw in a file of its own",
        )
    # Torch takes a second or two to load: a file that cannot be read does not wait for it.
    from hrm_toolkit.solvers.solver import STRATEGIES

    options.require_choice("strategy", strategy, STRATEGIES)
    exact = strategy == "exact"
    work = Work(
        puzzles,
        Solvers(solver, device=options.find_device(device), exact=exact and solver is None),
        Budget(segments=segments or 0, votes=votes, restarts=restarts, seconds=seconds),
        strategy,
        seed,
        read_notes=loaded.notes,
    )
    tell = _tell_json if as_json else _tell_text
    hidden = as_json and sys.stdout.isatty()
    with console.bar("solving", len(puzzles), unit="puzzles", hidden=hidden) as bar:
        solved, done = tell(work, loaded.kind, bar)
    if picture is not None and done:
        work.draw(picture)
    if done < len(puzzles):
        return INTERRUPTED
    return 0 if solved == len(puzzles) else 1


def _over_ray(
    file: str,
    chosen: dict[str, str | int | None],
    budget: Budget,
    seconds: float | None,
    device: str,
    said: Mapping[str, object],
    as_json: bool,
) -> int:
    from hrm_toolkit.cli.ray_engine import solve_lines
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.solver import STRATEGIES

    for name, value in said.items():
        if value is not None:
            raise OptionError(f"{name} is for one puzzle, and --engine ray takes a file of them")
    options.require_choice("strategy", str(chosen["strategy"]), STRATEGIES)
    places = {
        "device": options.find_device(device),
        "budget": budget.model_dump(exclude={"seconds"}),
        "ends": None if seconds is None else time.time() + seconds,
    }
    return solve_lines(file, {**chosen, **places}, as_json=as_json)


@dataclass
class Work:
    """Puzzles to solve, in order, and what they may spend."""

    puzzles: Sequence[Puzzle]
    solvers: Solvers
    budget: Budget
    strategy: str
    seed: int
    last: Result | None = None
    read_notes: tuple[str, ...] = ()

    def results(self) -> Iterator[tuple[Puzzle, Result]]:
        """Each puzzle with its result, in order; Ctrl-C ends it early."""
        from hrm_toolkit.core.stream import chunks

        deadline = None if self.budget.seconds is None else time.monotonic() + self.budget.seconds
        # A long file is read as its puzzles are solved: what comes before a bad line is answered.
        for chunk in chunks(self.puzzles, _CHUNK):
            left = None if deadline is None else max(deadline - time.monotonic(), 1e-3)
            try:
                results = self._solve(chunk, self.budget.model_copy(update={"seconds": left}))
            except KeyboardInterrupt:
                return
            for puzzle, result in zip(chunk, results, strict=True):
                self.last = result
                yield puzzle, result

    def _solve(self, puzzles: Sequence[Puzzle], budget: Budget) -> list[Result]:
        """Puzzles that go to one solver go together."""
        from hrm_toolkit.adapters.registry import get_adapter

        groups: dict[int, list[int]] = {}
        chosen = [self.solvers.of(get_adapter(p.task), p) for p in puzzles]
        for place, solver in enumerate(chosen):
            groups.setdefault(id(solver), []).append(place)
        found: dict[int, Result] = {}
        for places in groups.values():
            solver = chosen[places[0]]
            results = solver.solve_many(
                [puzzles[place] for place in places],
                budget=budget,
                strategy=self.strategy,  # type: ignore[arg-type]
                seed=self.seed,
            )
            notes = self.solvers.notes(solver)
            for place, result in zip(places, results, strict=True):
                found[place] = result.model_copy(
                    update={"notes": (*result.notes, *notes, *self.read_notes)}
                )
        return [found[place] for place in range(len(puzzles))]

    def draw(self, path: Path) -> None:
        """Draw the first puzzle and its answer."""
        from hrm_toolkit.adapters.registry import get_adapter
        from hrm_toolkit.cli.picture import draw

        puzzle = self.puzzles[0]
        adapter = get_adapter(puzzle.task)
        answers = [] if self.last is None or self.last.answer is None else [self.last.answer]
        if path.suffix.lower() == ".gif":
            solver = self.solvers.of(adapter, puzzle)
            if solver.network is not None and self.strategy != "exact":
                trace = solver.trace(puzzle, segments=self.budget.segments)
                answers = [s.answer for s in trace if s.answer is not None] + answers
        draw(path, adapter, puzzle, answers)
        console.remark(f"drew {path}")


def _tell_json(work: Work, kind: str, bar: console.Bar) -> tuple[int, int]:
    """Print an object a puzzle; returns how many were solved and how many tried."""
    from hrm_toolkit.cli.report import result_object

    solved = done = 0
    for done, (_, result) in enumerate(work.results(), 1):
        console.print_json(result_object(result, kind))
        solved += result.solved
        bar(done)
    return solved, done


def _tell_text(work: Work, kind: str, bar: console.Bar) -> tuple[int, int]:
    """Print pictures and verdicts, or a line a puzzle where there are many; as above."""
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.cli.render import show_result
    from hrm_toolkit.cli.report import headline

    out = console.stdout()
    total = len(work.puzzles)
    out.print(f"read as {kind}", style="dim", soft_wrap=True)
    solved = done = 0
    began = time.monotonic()
    for done, (puzzle, result) in enumerate(work.results(), 1):
        solved += result.solved
        if total <= _PICTURES:
            out.print()
            show_result(out, get_adapter(puzzle.task), puzzle, result)
        else:
            style = "green" if result.solved else "red"
            line = f"{done:>{len(str(total))}}  {headline(result, puzzle)}  ({result.source})"
            out.print(line, style=style, soft_wrap=True)
        bar(done)
    if total > 1:
        out.print(
            f"{solved:,} of {total:,} solved and verified, {done - solved:,} not, "
            f"{total - done:,} not reached, {time.monotonic() - began:.3g} s",
            style="bold",
        )
    return solved, done
