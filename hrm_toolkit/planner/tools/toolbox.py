"""The tools: seven for every host, five more on request."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING, Any

from hrm_toolkit.core import OptionError, ToolkitError, UnknownNameError
from hrm_toolkit.planner.reply import Reply, reply_of_error, with_example
from hrm_toolkit.planner.tools.arguments import (
    Batch,
    Cancel,
    Describe,
    Explain,
    Generate,
    Job,
    LoadPuzzle,
    NextStep,
    Render,
    Solve,
    Step,
    Verify,
)
from hrm_toolkit.planner.tools.data import RESULT, RUNNING, SEVERAL, VERDICT
from hrm_toolkit.planner.tools.tool import Tool

if TYPE_CHECKING:
    from hrm_toolkit.core import Segment
    from hrm_toolkit.planner.service import Service

_MISUSED = ("bad_input", "bad_option", "unknown_name")
_HOW = {"start": None, "goal": None, "weight": None, "box": None}
_SUDOKU = "1...  ..3.  .4..  ...2"
_SOLVED = "1324 4231 2413 3142"

CORE: tuple[Tool, ...] = (
    Tool(
        "describe",
        "List or describe tasks",
        "Lists the tasks that can be solved, or describes one: how to write its puzzles and "
        "answers, the symbols, sizes, difficulties, solvers and a worked example. Tasks: {names}.",
        Describe,
        {"task": "sudoku"},
        returns=(
            *("tasks", "task", "summary", "symbols", "most_tokens", "sizes", "difficulties"),
            *("solvers", "hints", "palette", "puzzle_schema", "answer_schema", "example"),
        ),
    ),
    Tool(
        "load_puzzle",
        "Load a puzzle",
        "Reads a puzzle ({names}) and returns a short handle such as puzzle:7f3a for the other "
        "tools, so that the puzzle need not be copied again. Also says what it was read as. "
        "Solves nothing.",
        LoadPuzzle,
        {"puzzle": _SUDOKU, "task": None, **_HOW},
        returns=("task", "handle", "read_as", "puzzle", "contradictions", "notes"),
    ),
    Tool(
        "solve",
        "Solve a puzzle",
        "Solves a puzzle and checks the answer against the rules. Tasks are {tasks}. "
        "The status is solved only for an answer that the rules accept; unsolvable is a proof. "
        "When it takes longer than wait_s a job id comes back: ask the tool job for the answer.",
        Solve,
        {
            "puzzle": _SUDOKU,
            "task": None,
            "strategy": None,
            "solver": None,
            "segments": None,
            "votes": None,
            "seed": None,
            "wait_s": None,
            **_HOW,
        },
        returns=(*RESULT, *RUNNING),
        progress=True,
    ),
    Tool(
        "verify",
        "Verify an answer",
        "Checks an answer of anybody's to a puzzle ({names}) against the rules: solved when they "
        "accept it, else refuted with every violation and its place.",
        Verify,
        {"puzzle": _SUDOKU, "answer": _SOLVED, "task": None, **_HOW},
        returns=("task", *VERDICT, "solutions", "notes"),
    ),
    Tool(
        "step",
        "Play one step",
        "Plays a puzzle step by step, for whoever wants to play it: lists the legal actions of a "
        "state, or takes one of them and returns the handle of the state after it with its legal "
        "actions. To have a puzzle solved call solve.",
        Step,
        {"state": _SUDOKU, "action": None, "task": None, **_HOW},
        returns=(
            *("task", "state", "actions", "actions_in_all", "taken", "last", "finished"),
            *VERDICT,
        ),
    ),
    Tool(
        "job",
        "Ask for a job",
        "Gets the answer or progress of a job that solve started, or lists your jobs.",
        Job,
        {"id": None, "action": "list", "wait_s": None},
        returns=(*RESULT, *RUNNING, *SEVERAL, "jobs"),
        progress=True,
    ),
    Tool(
        "cancel",
        "Cancel a job",
        "Stops a job that solve started, and returns what it had found so far.",
        Cancel,
        {"id": "7f3a91bc"},
        returns=(*RESULT, *RUNNING, *SEVERAL),
        read_only=False,
    ),
)

MORE: tuple[Tool, ...] = (
    Tool(
        "batch",
        "Solve several puzzles",
        "Solves several puzzles ({names}) side by side and checks each answer; one status a "
        "puzzle.",
        Batch,
        {
            "puzzles": [_SUDOKU],
            "task": None,
            "strategy": None,
            "seed": None,
            "wait_s": None,
            **_HOW,
        },
        returns=(*SEVERAL, *RUNNING),
        progress=True,
    ),
    Tool(
        "explain",
        "Explain a contradiction",
        "Says why a puzzle ({names}) has no answer: the clues that contradict each other, or the "
        "forced moves that lead to a contradiction; or whether it has one answer or several.",
        Explain,
        {"puzzle": "11.. .... .... ....", "task": None, "wait_s": None, **_HOW},
        returns=(*("task", "proved", "solutions", "verdict", "forced", "clues", "notes"),),
    ),
    Tool(
        "hint",
        "Give the next step",
        "Says the next thing that follows from a puzzle, or from a state of play, and why, step by "
        "step as a person would find it; or how it contradicts itself. Solves nothing further. For "
        "tasks whose rules force something: Sudoku, pencil and number puzzles, state spaces.",
        NextStep,
        {"puzzle": _SUDOKU, "task": None, "wait_s": None, **_HOW},
        returns=("task", "hint", "notes"),
    ),
    Tool(
        "render",
        "Draw a puzzle",
        "Draws a puzzle as text, with an answer in its place if one is given.",
        Render,
        {"puzzle": _SUDOKU, "answer": _SOLVED, "task": None, **_HOW},
        returns=("task", "picture"),
    ),
    Tool(
        "generate",
        "Generate puzzles",
        "Makes new puzzles ({names}) that have an answer, and returns their handles and text.",
        Generate,
        {"task": "sudoku", "size": 4, "difficulty": None, "count": 1, "seed": 7, "wait_s": None},
        returns=("task", "seed", "asked", "puzzles"),
    ),
)


@cache
def shared_service() -> Service:
    """The service of whoever brings none; it is closed when the process ends."""
    from hrm_toolkit.planner.service import Service

    service = Service()
    atexit.register(service.close)
    return service


class Toolbox:
    """The tools over a service; what hosts list and call.

    Args:
        service: does the work; None takes one that the process shares and closes at its end.
        full: also the tools beyond the core set.

    Example:
        >>> from hrm_toolkit.planner.service import Service
        >>> with Service() as service:
        ...     reply = Toolbox(service).call("load_puzzle", {"puzzle": "1... ..3. .4.. ...2"})
        >>> reply.status
        'ok'
    """

    def __init__(self, service: Service | None = None, *, full: bool = False) -> None:
        if service is not None and not callable(getattr(service, "solve", None)):
            raise OptionError("this is no service", expected="a Service", got=repr(service))
        self.service = service or shared_service()
        self.tools = (*CORE, *MORE) if full else CORE
        self._by_name = {tool.name: tool for tool in self.tools}

    def call(
        self,
        name: str,
        arguments: dict[str, Any] | str | None,
        *,
        client: str = "local",
        on_progress: Callable[[Segment], None] | None = None,
        stop: Future[None] | None = None,
    ) -> Reply:
        """Call a tool. Whatever is wrong with a call is said in its reply, never raised.

        Args:
            name: of the tool.
            arguments: an object, or JSON text that holds one.
            client: who calls; handles and jobs belong to a client.
            on_progress: told once a segment, in another thread.
            stop: once it is done nobody waits for the reply any more, see ``Service.solve``.
        """
        tool = self._by_name.get(name)
        if tool is None:
            return reply_of_error(_unknown(name, self._by_name))
        try:
            read = tool.arguments.read(arguments)
        except ToolkitError as error:
            return reply_of_error(error, example=tool.short_example)
        options: dict[str, Any] = {}
        if tool.progress:
            options = {"on_progress": on_progress, "stop": stop}
        reply: Reply = getattr(self.service, name)(**dict(read), client=client, **options)
        return with_example(reply, tool.short_example) if _is_misused(reply) else reply


def _is_misused(reply: Reply) -> bool:
    """Whether an error is one of the arguments, so that right ones are of help."""
    return reply.is_error and reply.data["error"]["code"] in _MISUSED and "job" not in reply.data


def _unknown(name: str, known: Iterable[str]) -> UnknownNameError:
    """That there is no such tool; one whose words are all in the name is meant before others.

    Hosts put a server's name before a tool's, and models put a thing's behind it.
    """
    error = UnknownNameError("tool", name, known)
    words = set(re.findall(r"[a-z0-9]+", name.lower()))
    within = [tool for tool in known if words >= set(tool.split("_"))]
    if within:
        # The longest says the most: load_puzzle before another of its words.
        error.hint = f'did you mean "{max(within, key=len)}"?'
    return error
