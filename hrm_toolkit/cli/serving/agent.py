"""``agent``: a language model with the solver's tools; the rules check what it proposes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options
from hrm_toolkit.cli.console import INTERRUPTED

if TYPE_CHECKING:
    from hrm_toolkit.core import ToolkitError
    from hrm_toolkit.planner.agent.chat import Event
    from hrm_toolkit.planner.agent.planner import PlannerResult

_MARKS = {"call": "?", "tool": ">", "verdict": "=", "critique": "!", "retry": "~"}


def agent(
    goal: Annotated[
        str, typer.Argument(metavar="GOAL", help="What to do, in words; it may hold the puzzle.")
    ],
    base_url: Annotated[
        str,
        typer.Option(help="An OpenAI-compatible endpoint, such as http://localhost:11434/v1."),
    ],
    model: Annotated[str, typer.Option("--model", "-m", help="The language model's name there.")],
    puzzle: Annotated[
        str | None,
        typer.Option(
            "--puzzle",
            "-p",
            metavar="FILE",
            help='A puzzle file, "-" or a puzzle written out: then only its answer counts.',
        ),
    ] = None,
    adapter: options.AdapterName = None,
    api_key_env: Annotated[
        str, typer.Option(help="The environment variable that holds the API key, if one is needed.")
    ] = "OPENAI_API_KEY",
    budget_calls: Annotated[
        int, typer.Option(min=1, max=100_000, help="Most calls of the language model.")
    ] = 20,
    budget_tool_calls: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Most tools it may call.")
    ] = 100,
    budget_tokens: Annotated[
        int, typer.Option(min=1, max=10_000_000_000, help="Most tokens, prompts included.")
    ] = 200_000,
    budget_seconds: Annotated[
        float, typer.Option(min=0.001, max=1e6, help="Most wall-clock time.")
    ] = 300.0,
    timeout: Annotated[
        float, typer.Option(min=0.001, max=1e6, help="Seconds of silence that end a request.")
    ] = 60.0,
    retries: Annotated[
        int, typer.Option(min=0, max=100, help="Further tries of a request that failed in passing.")
    ] = 4,
    stream: Annotated[
        bool, typer.Option("--stream/--no-stream", help="Ask for replies piece by piece.")
    ] = True,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="A field of each request, such as temperature=0."
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Give the model all tools, not the core set alone.")
    ] = False,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Add each call, with its verdict, to FILE as JSON Lines."
        ),
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Let a language model pursue a goal with the solver's tools; the rules check every answer.

    The API key is read from the environment, when a request is made.
    What no tool has verified is labelled unverified; the exit status is then 1.

    Examples:
      hrm-toolkit agent "Solve it." --puzzle maze.txt --base-url URL -m NAME
      hrm-toolkit agent "Solve 1... ..3. .4.. ...2" --base-url URL -m NAME
      hrm-toolkit agent GOAL --base-url URL -m NAME --budget-calls 5 --json
      hrm-toolkit agent GOAL --base-url URL -m NAME --record run.jsonl
    """
    from hrm_toolkit.planner.agent.chat import ChatClient
    from hrm_toolkit.planner.agent.planner import Planner, PlannerBudget
    from hrm_toolkit.planner.service import Service
    from hrm_toolkit.planner.tools.toolbox import Toolbox

    budget = PlannerBudget(
        calls=budget_calls,
        tool_calls=budget_tool_calls,
        tokens=budget_tokens,
        seconds=budget_seconds,
    )
    given = None if puzzle is None else _read(puzzle, adapter)
    client = ChatClient(
        base_url,
        model,
        api_key_env=api_key_env,
        stream=stream,
        timeout=timeout,
        retries=retries,
        options=parse_fields(changes or ()),
    )
    with client as chat, Service() as service, _progress(hidden=as_json) as listen:
        planner = Planner(
            chat, Toolbox(service, full=full), budget=budget, record=record, on_event=listen
        )
        result = planner.run(goal, puzzle=given, task=adapter)
    if result.stopped == "error" and not result.verified:
        raise _as_error(result)
    if as_json:
        console.print_json(result.model_dump(mode="json"))
    else:
        _show(result)
    if result.stopped == "interrupted":
        return INTERRUPTED
    return 0 if result.verified else 1


def parse_fields(changes: Sequence[str]) -> dict[str, Any]:
    """Fields of a request from ``key=value``; a value that is JSON is read as such.

    Raises:
        OptionError: for a text without a key or an equals sign.

    Example:
        >>> parse_fields(["temperature=0", "stop=END", "seed=NaN"])
        {'temperature': 0, 'stop': 'END', 'seed': 'NaN'}
    """
    from hrm_toolkit.core import OptionError

    fields: dict[str, Any] = {}
    for change in changes:
        key, equals, value = change.partition("=")
        if not (key and equals):
            raise OptionError("--set takes KEY=VALUE", got=change)
        try:
            fields[key] = json.loads(value, parse_constant=_no_number)
        except (ValueError, RecursionError):
            fields[key] = value
    return fields


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _read(file: str, adapter: str | None) -> Any:
    from hrm_toolkit.cli.reading import read
    from hrm_toolkit.core import OptionError

    puzzles = read(file, adapter).puzzles
    if len(puzzles) > 1:
        raise OptionError(
            f"--puzzle takes one puzzle, and {file} holds {len(puzzles):,}",
            hint="put the one that is meant in a file of its own",
        )
    return puzzles[0]


def _as_error(result: PlannerResult) -> ToolkitError:
    """The endpoint's failure, as the command's own."""
    from hrm_toolkit.core import ToolkitError

    told = dict(result.error or {})
    code, message = told.pop("code"), told.pop("message")
    error = ToolkitError(message, **told)
    error.code = code
    return error


def _show(result: PlannerResult) -> None:
    out = console.stdout()
    style = "green" if result.verified else "red"
    head, _, rest = result.text.partition("\n")
    out.print(head, style=f"bold {style}", soft_wrap=True)
    if rest:
        out.print(console.lines(rest), soft_wrap=True)
    if result.words and result.status != "unverified":
        out.print()
        out.print(console.lines(f"the model's own words: {result.words}"), soft_wrap=True)
    about = "about " if result.tokens_estimated else ""
    facts = [
        f"{result.calls} call{'' if result.calls == 1 else 's'}",
        f"{result.tool_calls} tool call{'' if result.tool_calls == 1 else 's'}",
        f"{about}{result.tokens:,} tokens",
        f"{result.seconds:.3g} s",
    ]
    if result.transcript:
        facts.append(f"recorded in {result.transcript}")
    out.print(" · ".join(facts), style="dim", soft_wrap=True)
    for note in result.notes:
        out.print(note, style="yellow", soft_wrap=True)


@contextmanager
def _progress(*, hidden: bool) -> Iterator[Callable[[Event], None]]:
    """A listener: a line a call, tool, verdict and critique, and a live line for pieces."""
    err = console.stderr()
    if hidden and not err.is_terminal:
        yield lambda event: None
        return
    with err.status("starting", spinner="dots") as status:
        written = 0

        def listen(event: Event) -> None:
            nonlocal written
            if event.kind in ("text", "arguments"):
                written += len(event.text)
                status.update(f"the model writes, {written:,} characters")
            elif event.kind == "progress":
                status.update(event.text)
            else:
                written = 0
                mark = _MARKS.get(event.kind, " ")
                err.print(f"{mark} {event.text}", style="dim", soft_wrap=True)
                status.update("waiting")

        yield listen
