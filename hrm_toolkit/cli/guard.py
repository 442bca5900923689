"""The one place where a failure becomes one line, or one JSON object, and an exit status."""

from __future__ import annotations

import contextlib
import difflib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hrm_toolkit.cli.console import INTERRUPTED

if TYPE_CHECKING:
    from hrm_toolkit.core import ToolkitError

PROGRAM = "hrm-toolkit"
_BAD = 2


def run(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status; see ``hrm_toolkit.cli.main``."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone: point stdout at nothing, so that the final flush is quiet too.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status == INTERRUPTED:
        print("interrupted", file=sys.stderr)
    return status


def _dispatch(arguments: list[str]) -> int:
    try:
        status = _command(arguments)
    except BrokenPipeError:
        raise
    except Exception as error:
        # A process's own choice at the moment of failure, not at import.
        if os.environ.get("HRM_TOOLKIT_TRACEBACK"):
            raise
        _say(_as_toolkit_error(error, arguments), as_json="--json" in arguments)
        return _BAD
    return status if isinstance(status, int) else 0


def _command(arguments: list[str]) -> Any:
    """Run the command that the arguments name; what it returns."""
    match arguments:
        case ["solve", file, "--json"] if file[:1] != "-" or file == "-":
            from hrm_toolkit.cli.solving.work import solve_as_json

            return solve_as_json(file)
    import typer

    from hrm_toolkit.cli.app import gather
    from hrm_toolkit.cli.ranges import tell_ranges

    command = typer.main.get_command(gather(arguments))
    tell_ranges(command)
    try:
        return command.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None


def _say(error: ToolkitError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": error.to_dict()}))
        return
    print(f"error: {error}", file=sys.stderr)


def _as_toolkit_error(error: Exception, arguments: Sequence[str]) -> ToolkitError:
    from hrm_toolkit.core import InputError, ToolkitError

    if isinstance(error, ToolkitError):
        return error
    if "ClickException" in _kinds(error):
        return _usage(error, arguments)
    if isinstance(error, OSError) and error.strerror:
        return InputError(error.strerror.lower(), path=str(error.filename or "") or None)
    failure = ToolkitError(
        f"internal error: {type(error).__name__}: {error}",
        hint="this is a fault of the toolkit: run again with HRM_TOOLKIT_TRACEBACK=1 set and "
        "report what it prints",
    )
    failure.code = "internal"
    return failure


def _kinds(error: Exception) -> set[str]:
    """Names of what an error is: typer brings its argument parser along, or takes an installed one,
    and hands out neither's errors."""
    return {kind.__name__ for kind in type(error).__mro__}


def _usage(error: Exception, arguments: Sequence[str]) -> ToolkitError:
    """A usage error of the argument parser: what stood there, what may, and what is near."""
    from hrm_toolkit.core import OptionError, UnknownNameError

    near = getattr(error, "possibilities", None)
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else PROGRAM
    hint = f'did you mean "{near[0]}"?' if near else f'see "{command} --help"'
    unknown = getattr(error, "option_name", None)
    if context is not None and context.info_name in ("train", "sweep") and unknown:
        from hrm_toolkit.train.keys import setting_for
        from hrm_toolkit.train.recipe import Recipe

        setting = setting_for(str(unknown).lstrip("-"), Recipe.model_fields)
        if setting and not any(_alike(str(unknown), name) for name in near or ()):
            value = "" if "=" in setting else "=VALUE"
            hint = f'did you mean "--set {setting}{value}"?'
    option = getattr(error, "param", None)
    low, high = getattr(option, "min", None), getattr(option, "max", None)
    names: Sequence[str] = getattr(option, "opts", [])
    given = _given(arguments, names)
    if given is not None and low is not None and high is not None:
        return OptionError(
            f"{names[0]} is out of range or no number",
            expected=f"{low:,} to {high:,}",
            got=given,
            hint=hint,
        )
    message = str(getattr(error, "message", error))
    value, is_choice, choices = message.partition(" is not one of ")
    if is_choice and names:
        value = value.removeprefix("Value error, ").strip("'\"")
        return UnknownNameError(names[0], value, re.findall("'([^']+)'", choices))
    if not near and "UsageError" in _kinds(error):
        describe: Callable[[], str] = getattr(error, "format_message", lambda: message)
        message = describe()
    message = " ".join(message.split()).rstrip(".")
    return OptionError(message[:1].lower() + message[1:], hint=hint)


def _alike(text: str, name: str) -> bool:
    return difflib.SequenceMatcher(None, text, name).ratio() > 0.7


def _given(arguments: Sequence[str], names: Sequence[str]) -> str | None:
    """What a command line gives for an option of these names, or None."""
    for word, following in zip(arguments, [*arguments[1:], None], strict=True):
        for name in names:
            if word == name:
                return following
            if name.startswith("--") and word.startswith(f"{name}="):
                return word.removeprefix(f"{name}=")
    return None
