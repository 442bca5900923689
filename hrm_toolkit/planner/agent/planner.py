"""An agent that proposes, has the rules check, and tries again: generate, test, critique."""

from __future__ import annotations

import json
import os
from typing import Any

from pydantic import BaseModel

from hrm_toolkit.core import OptionError, Puzzle
from hrm_toolkit.planner.agent.loop import Loop
from hrm_toolkit.planner.agent.messages import ChatModel, Listener, ignore
from hrm_toolkit.planner.agent.result import PlannerBudget, PlannerResult, Record
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.functions import ToolFunction
from hrm_toolkit.planner.tools.toolbox import Toolbox

__all__ = ["Planner", "PlannerBudget", "PlannerResult"]


class Planner:
    """A language model with the solver's tools, of which the rules check every proposal.

    The model calls tools or proposes an answer; the rules verify it; where they refute it, the
    violations and their places go back to the model, until an answer holds or the budget ends.

    Args:
        chat: the language model, a ``ChatClient`` say.
        toolbox: its tools; None makes the core set over a service of its own.
        budget: see ``PlannerBudget``.
        record: a file to which each call is added with its verdict, one JSON object a line.
        on_event: told of calls, pieces of replies, progress and verdicts, perhaps in other threads.
        client: the name under which handles and jobs are held.

    Example:
        >>> from hrm_toolkit.planner.agent.testing import Call, ScriptedChat
        >>> solve = Call("solve", {"puzzle": "1... ..3. .4.. ...2", "wait_s": 60})
        >>> script = [solve, "It is solved."]
        >>> with Planner(ScriptedChat(script)) as planner:
        ...     result = planner.run("Solve the sudoku 1... ..3. .4.. ...2")
        >>> result.status, result.verified, result.answer["grid"][0]
        ('solved', True, [1, 3, 2, 4])
    """

    def __init__(
        self,
        chat: ChatModel,
        toolbox: Toolbox | None = None,
        *,
        budget: PlannerBudget | None = None,
        record: str | os.PathLike[str] | None = None,
        on_event: Listener | None = None,
        client: str = "local",
    ) -> None:
        if not callable(getattr(chat, "complete", None)):
            raise OptionError("this is no language model", expected="a ChatClient", got=repr(chat))
        if not isinstance(budget, PlannerBudget | None):
            raise OptionError(
                "this is no budget", expected="a PlannerBudget(calls=20)", got=repr(budget)
            )
        self.chat = chat
        self._own: Service | None = None
        if toolbox is None:
            self._own = Service()
            toolbox = Toolbox(self._own)
        self.toolbox = toolbox
        self.budget = budget or PlannerBudget()
        self.record = record
        self.on_event = on_event or ignore
        self.client = client

    @staticmethod
    def tools(service: Service | None = None, *, full: bool = False) -> list[ToolFunction]:
        """The tools as Python functions, for programs and for other agents' frameworks.

        Args:
            service: does the work; None takes one that the process shares and closes at its end.
            full: also the tools beyond the core set.

        Example:
            >>> verify = next(tool for tool in Planner.tools() if tool.name == "verify")
            >>> verify(puzzle="1... ..3. .4.. ...2", answer="1324 4231 2413 3124").status
            'refuted'
        """
        toolbox = Toolbox(service, full=full)
        return [ToolFunction(tool, toolbox) for tool in toolbox.tools]

    def run(self, goal: str, *, puzzle: Any = None, task: str | None = None) -> PlannerResult:
        """Pursue a goal.

        Args:
            goal: in words, for the model.
            puzzle: the puzzle it is about: text, a handle, a dict, nested lists or a ``Puzzle``.
                Then only an answer to this very puzzle counts, whatever the model copies. None
                leaves it to the model to read one from the goal.
            task: the puzzle's task; None to tell it from the puzzle.

        Returns:
            The outcome; Ctrl-C and an endpoint that fails end in one too, with what there is.

        Raises:
            InputError: when the puzzle cannot be read.
            StorageError: when the record cannot be begun.
        """
        record = Record(self.record)
        loop = Loop(self.chat, self.toolbox, self.budget, self.on_event, self.client, record)
        return loop.run(goal, _text(puzzle), task)

    def close(self) -> None:
        """End what it started: its own service."""
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Planner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _text(puzzle: Any) -> str | None:
    """A puzzle as the tools take it."""
    if puzzle is None or isinstance(puzzle, str):
        return puzzle
    if isinstance(puzzle, Puzzle):
        return json.dumps(puzzle.explicit())
    return puzzle.model_dump_json() if isinstance(puzzle, BaseModel) else json.dumps(puzzle)
