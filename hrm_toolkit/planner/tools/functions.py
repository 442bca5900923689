"""The tools as Python functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hrm_toolkit.planner.reply import Reply
from hrm_toolkit.planner.tools.tool import Tool
from hrm_toolkit.planner.tools.toolbox import Toolbox


@dataclass(frozen=True)
class ToolFunction:
    """One tool that Python programs call by keyword arguments.

    Attributes:
        tool: what it is.
        toolbox: over the service that does the work.
        client: the name under which handles and jobs are held.
    """

    tool: Tool
    toolbox: Toolbox
    client: str = "local"

    @property
    def name(self) -> str:
        """Of the tool."""
        return self.tool.name

    @property
    def description(self) -> str:
        """What it does, for a model."""
        return self.tool.description

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments; what a call must have is required."""
        return self.tool.call_schema

    def __call__(self, **arguments: Any) -> Reply:
        """Call it; whatever is wrong with the call is said in the reply, never raised."""
        return self.toolbox.call(self.tool.name, arguments, client=self.client)

    def say(self, **arguments: Any) -> str:
        """Call it and return its reply's text, which is complete: what frameworks hand a model."""
        return self(**arguments).text
