"""What ``solve --engine ray`` prints of a file's lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hrm_toolkit.cli import console
from hrm_toolkit.cli.console import INTERRUPTED


def tell_lines(file: str, options: Mapping[str, Any], *, as_json: bool) -> int:
    """Print what came of each line of a file; the exit status is that of ``solve``."""
    from hrm_toolkit.solvers.many.lines import solve_lines

    solved = done = missed = 0
    try:
        for row in solve_lines(file, options):
            done += 1
            solved += bool(row["solved"])
            told = json.loads(row["object"])
            missed += told.get("status") == "not_reached"
            if as_json:
                print(row["object"], flush=True)
            else:
                console.stdout().print(_line(done, told), soft_wrap=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    if not as_json:
        rest = f", {missed:,} not reached" if missed else ""
        line = f"{solved:,} of {done:,} solved and verified{rest}"
        console.stdout().print(line, style="bold")
    return 0 if solved == done else 1


def _line(number: int, told: Mapping[str, Any]) -> str:
    if "error" in told:
        return f"{number}  not read: {told['error']['message']}"
    if told["status"] == "not_reached":
        return f"{number}  not reached: the time was spent before its turn"
    said = "solved" if told["solved"] else "not solved"
    return f"{number}  {said}: {told['task']}  ({told['source']})"
