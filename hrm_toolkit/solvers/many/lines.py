"""A file's lines, spread by Ray Data over one machine or many."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.formats import Loaded, read_puzzles
from hrm_toolkit.core import Budget, InputError, MissingExtraError, OptionError, ToolkitError
from hrm_toolkit.core.clock import epoch
from hrm_toolkit.core.telling import result_data
from hrm_toolkit.solvers.many.choice import Solvers, form_of, refuse_other_task
from hrm_toolkit.solvers.many.work import Work

BATCH = 64
"""Lines that a worker solves together."""


_NOT_REACHED = {"status": "not_reached", "solved": False}


class LineSolver:
    """Solves lines of text, one puzzle each: what Ray Data maps over its batches.

    Args:
        options: of the worker: ``adapter``, ``solver``, ``device``, ``strategy``, ``seed``,
            ``budget`` (fields of a ``Budget``), and ``ends``, the time by the clock at which the
            budget of all puzzles is spent, or None.

    Example:
        >>> solve = LineSolver({"strategy": "exact", "device": "cpu"})
        >>> found = solve({"text": ['{"task": "maze", "grid": ["S.", "#G"]}', "no puzzle"]})
        >>> found["solved"]
        [True, False]
        >>> json.loads(found["object"][0])["answer"]["path"]
        [[0, 0], [0, 1], [1, 1]]
    """

    def __init__(self, options: Mapping[str, Any]) -> None:

        name = options.get("solver")
        self._options = {**options, "adapter": form_of(name, options.get("adapter"))}
        exact = options["strategy"] == "exact" and name is None
        self._solvers = Solvers(name, device=options["device"], exact=exact)

    def __call__(self, batch: Mapping[str, Sequence[str]]) -> dict[str, list[Any]]:
        """The JSON object of each line, as text, and whether it is solved.

        A line that is no puzzle, or none that the solver takes, gives an object with ``error``;
        one for which there is no time left is not read, and has the status ``not_reached``.
        """
        lines = [str(line) for line in batch["text"]]
        if self._spent:
            return {
                "object": [json.dumps(_NOT_REACHED)] * len(lines),
                "solved": [False] * len(lines),
            }
        told: dict[int, dict[str, Any]] = {}
        read: dict[int, Loaded] = {}
        for place, line in enumerate(lines):
            try:
                read[place] = self._read(line)
            except ToolkitError as error:
                told[place] = {"error": error.to_dict()}
        try:
            told |= self._solved(read)
        except ToolkitError:
            # One puzzle that the solver does not take must not lose the others.
            for place, loaded in read.items():
                told |= self._alone(place, loaded)
        ordered = [told[place] for place in range(len(lines))]
        return {
            "object": [json.dumps(each) for each in ordered],
            "solved": [bool(each.get("solved")) for each in ordered],
        }

    @property
    def _spent(self) -> bool:
        ends = self._options.get("ends")
        return ends is not None and epoch() >= ends

    def _read(self, line: str) -> Loaded:
        task, solver = self._options["adapter"], self._options.get("solver")
        try:
            loaded = read_puzzles(line.encode(), adapter=task)
        except InputError:
            if solver is not None:
                refuse_other_task(line.encode(), solver, task)
            raise
        if len(loaded.puzzles) != 1:
            raise InputError("a line is to hold one puzzle", got=line)
        return loaded

    def _solved(self, read: Mapping[int, Loaded]) -> dict[int, dict[str, Any]]:
        """The objects of puzzles that are solved together, by their places."""

        puzzles = [loaded.puzzles[0] for loaded in read.values()]
        work = Work(puzzles, self._solvers, self._budget(), **self._choice())
        # Where the time ends, so do the results.
        results = zip(read.items(), work.results(), strict=False)
        told = {
            place: {**result_data(result), "read_as": loaded.kind}
            for (place, loaded), (_, result) in results
        }
        return dict.fromkeys(read, _NOT_REACHED) | told

    def _alone(self, place: int, loaded: Loaded) -> dict[int, dict[str, Any]]:
        try:
            return self._solved({place: loaded})
        except ToolkitError as error:
            return {place: {"error": error.to_dict()}}

    def _choice(self) -> dict[str, Any]:
        return {"strategy": self._options["strategy"], "seed": self._options.get("seed", 0)}

    def _budget(self) -> Budget:
        fields = dict(self._options.get("budget", {}))
        ends = self._options.get("ends")
        if ends is not None:
            fields["seconds"] = max(ends - epoch(), 1e-6)
        return Budget(**fields)


def solve_lines(file: str, options: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Solve each line of a file, one puzzle each, by Ray's workers.

    Joins the cluster that ``RAY_ADDRESS`` names, or starts one on this machine.

    Args:
        file: of lines.
        options: see ``LineSolver``.

    Returns:
        For each line, in order, what ``LineSolver`` makes of it: ``object`` and ``solved``.

    Raises:
        MissingExtraError: without Ray.
        OptionError: for standard input, which workers elsewhere cannot read.
        InputError: for a file that is not there.
    """
    if file == "-":
        raise OptionError("Ray's workers read a file, and cannot read standard input")
    if not Path(file).is_file():
        raise InputError("there is no such file", path=file)
    ray = _ray()
    started = not ray.is_initialized()
    if started:
        ray.init(include_dashboard=False, log_to_driver=False, logging_level="error")
    try:
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)
        most = max(1, int(ray.cluster_resources().get("CPU", 1)) - 1)
        lines = ray.data.read_text(str(Path(file).absolute()))
        yield from lines.map_batches(
            LineSolver,
            fn_constructor_args=(dict(options),),
            batch_size=BATCH,
            concurrency=(1, most),
            num_gpus=1 if str(options["device"]).startswith("cuda") else 0,
        ).iter_rows()
    finally:
        if started:
            ray.shutdown()


def _ray() -> Any:
    # Ray reports its use to its makers unless told not to; nothing is sent that was not asked for.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise MissingExtraError("ray", "ray[data]") from None
    return ray
