"""``tools``: the tools that language models call, in the words of each host."""

from __future__ import annotations

from typing import Annotated

import typer

from hrm_toolkit.cli import console, options


def tools(
    format: Annotated[
        str,
        typer.Option(help="openai, openai-responses, anthropic, gemini or mcp."),
    ] = "openai",
    full: options.AllTools = False,
    as_json: options.Json = False,
) -> int:
    """Print the tools as JSON, to be handed to a model.

    Examples:
      hrm-toolkit tools
      hrm-toolkit tools --format anthropic --full > tools.json
    """
    import json

    from hrm_toolkit.planner.tools.export import export
    from hrm_toolkit.planner.tools.toolbox import CORE, MORE

    entries = export((*CORE, *MORE) if full else CORE, format)
    if as_json:
        console.print_json({"format": format, "tools": entries})
    else:
        print(json.dumps(entries, indent=2))
    return 0
