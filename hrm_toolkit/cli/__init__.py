"""The command line: parses, calls the API, renders. The only room with typer and rich."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: arguments without the program's name; None takes the process's own.

    Returns:
        The exit status: 0 solved and verified, or the command did its job; 1 it ran and there is
        no verified answer; 2 bad input or usage; 130 interrupted.
    """
    from hrm_toolkit.cli.guard import run
    from hrm_toolkit.threads import wait_quietly

    # Workers that are started by name have it from here.
    wait_quietly()

    return run(argv)
