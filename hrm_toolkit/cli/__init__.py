"""The command line: parses, calls the API, renders. The only room with typer and rich."""

from __future__ import annotations

import os
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; None takes the process's own.

    Returns:
        The exit status: 0 solved and verified, or the command did its job; 1 it ran and there is
        no verified answer; 2 bad input or usage; 130 interrupted.
    """
    # Read once, as torch loads: threads that spin while they wait, as is the default, make each of
    # a small network's many short operations wait for whatever else has the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from hrm_toolkit.cli.guard import run

    return run(argv)
