"""``evaluate --votes all``: every variant in a published folder votes, as published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hrm_toolkit.cli import console


def tell_all_votes(
    solvers: Sequence[str], data: Path | None, calls: Sequence[int], device: str, as_json: bool
) -> int:
    """Count the votes and print the rates.

    Raises:
        OptionError: for several solvers or budgets, or without a folder or embeddings to ask.
        InputError: when the folder is not that of the solver.
    """
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.networks.transformer import Transformer
    from hrm_toolkit.solvers.published.arc_votes import count_votes
    from hrm_toolkit.solvers.solver import Solver

    if len(solvers) > 1 or len(calls) > 1 or data is None:
        raise OptionError(
            "--votes all asks one solver about one data set",
            expected="one --solver, one number of --segments at most, and --data DIR",
        )
    solver = Solver.load(solvers[0], device=device)
    network = solver.network
    if solver.adapter.identifiers is None or not isinstance(network, Transformer):
        raise OptionError(
            f"{solvers[0]} has no embeddings of the variants of a data set",
            expected="a solver that was trained on a published folder with identifiers",
            hint="give a number of --votes",
        )
    segments = calls[0] if calls else solver.segments
    found = count_votes(network, data, segments=segments, device=device)
    told = {
        "tasks": found.tasks,
        "segments": segments,
        "pass_at": {str(count): rate for count, rate in found.pass_at.items()},
        "solved": list(found.solved),
        "data": str(data),
    }
    if as_json:
        console.print_json(told)
        return 0
    console.line(
        f"{found.tasks} tasks of {data}, all their variants vote, {segments} segments each"
    )
    for count, rate in found.pass_at.items():
        console.line(f"pass@{count}: {rate:.4f}")
    console.line(f"all tests of a task right within two attempts: {len(found.solved)} tasks")
    return 0
