"""A strategy for Pencil Puzzle Bench's own harness, in which a language model calls our tools.

    pip install 'hrm-toolkit[bench]' ppbench==0.1.0
    python benchmarks/ppbench_tools.py --model openai:gpt-5 --boards 30 --out runs.jsonl
    python benchmarks/ppbench_tools.py --model scripted --boards 30

The harness needs node. The model sees a board's address and our tools; what it submits is drawn in
pzpr.js, which alone says whether the board is solved. ``scripted`` is no language model: it calls
``solve`` once and submits what that says, which shows what the tools do by themselves. A result
obtained with these tools says what the tools do; the bench's published figures are of models
without a solver. Nothing here is for training.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pencil import pieces
from ppbench import Puzzle as Board
from ppbench import load_dataset
from ppbench.benchmarks.harness import run_strategy
from ppbench.benchmarks.strategy import AgentConfig, Strategy, StrategyResult
from pydantic_ai import Agent, Tool, UsageLimits
from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import FunctionModel

from hrm_toolkit import Service, Toolbox
from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
from hrm_toolkit.adapters.formats import read_text
from hrm_toolkit.adapters.formats.answers import read_answer
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import ToolkitError

PROMPT = """Solve this pencil puzzle: {url}
The tools read its address as it stands, for their argument "puzzle". When you have an answer that
they verified, call submit with the answer as they printed it."""


@dataclass
class Session:
    """What a run leaves: the board, our tools, and the answer that was submitted last."""

    url: str
    toolbox: Toolbox
    answer: Any = None
    calls: Counter[str] = field(default_factory=Counter)


class SolverTools(Strategy):  # type: ignore[misc]
    """The tools of a service, and one that submits an answer.

    Args:
        service: does the work.
    """

    requires_tools = True

    def __init__(self, service: Service) -> None:
        self.toolbox = Toolbox(service)

    def build_agent(self, puzzle: Any, model_obj: Any, model_name: str) -> AgentConfig:
        """Our tools under their own schemas; a fault of a call comes back as words."""
        session = Session(puzzle.url, self.toolbox)

        def told(name: str) -> Any:
            def call(**arguments: Any) -> str:
                session.calls[name] += 1
                return session.toolbox.call(name, arguments).text

            return call

        def submit(answer: str) -> str:
            """Submit the answer, as the tools print it; the board then says whether it is right."""
            session.calls["submit"] += 1
            try:
                (asked,) = read_text(session.url).puzzles
                session.answer = read_answer(answer.encode(), get_adapter(asked.task), asked)
            except ToolkitError as error:
                return f"not submitted: {error}"
            return "solved" if drawn(session) else "the board does not accept it"

        tools = [Tool.from_schema(told(t.name), t.name, t.description, t.schema)
                 for t in self.toolbox.tools]  # fmt: skip
        agent = Agent(model_obj, tools=[*tools, Tool(submit)])
        limits = UsageLimits(request_limit=50)
        prompt = PROMPT.format(url=puzzle.url)
        return AgentConfig(agent=agent, prompt=prompt, deps=session, usage_limits=limits)

    def extract_result(self, puzzle: Any, deps: Any, output: str) -> StrategyResult:
        """Solved where pzpr.js accepts what was submitted, drawn on a fresh board."""
        solved = deps.answer is not None and drawn(deps)
        return StrategyResult(solved, raw_output=output, detail_data={"calls": dict(deps.calls)})


def drawn(session: Session) -> bool:
    """Whether a fresh board accepts the answer."""
    board = Board.from_url(session.url)
    (asked,) = read_text(session.url).puzzles
    adapter = get_adapter(asked.task)
    places = pieces(session.answer, corners=board.pid == "slither")
    if isinstance(adapter, LoopAdapter):
        places += [["cell", r, c, "qans", 1] for r, c in adapter.shaded(asked, session.answer)]
    for kind, row, column, name, value in places:
        of = board.jspuzzle.board
        piece = of.getc(2 * column + 1, 2 * row + 1) if kind == "cell" else of.getb(column, row)
        getattr(piece, "set" + name[0].upper() + name[1:])(value)
    board.jspuzzle.board.rebuildInfo()
    return bool(board.jspuzzle.check(True).complete)


def scripted() -> FunctionModel:
    """Calls ``solve`` with the address that it was given, and submits what came back."""

    def reply(messages: list[Any], info: Any) -> ModelResponse:
        said = [p for p in messages[-1].parts if isinstance(p, ToolReturnPart)]
        if not said:
            asked = messages[0].parts[-1].content
            url = asked.splitlines()[0].split(": ", 1)[1]
            return ModelResponse([ToolCallPart("solve", {"puzzle": url, "wait_s": 25})])
        if said[0].tool_name == "solve":
            return ModelResponse([ToolCallPart("submit", {"answer": said[0].content})])
        return ModelResponse([TextPart(str(said[0].content))])

    async def stream(messages: list[Any], info: Any) -> Any:
        for part in reply(messages, info).parts:
            if isinstance(part, TextPart):
                yield part.content
            else:
                from pydantic_ai.models.function import DeltaToolCall

                yield {0: DeltaToolCall(part.tool_name, json.dumps(part.args))}

    return FunctionModel(reply, stream_function=stream)


async def run(boards: list[dict[str, Any]], model: Any, name: str) -> list[dict[str, Any]]:
    """One row a board: its kind, whether it is solved, and which tools were called."""
    rows = []
    with Service() as service:
        strategy = SolverTools(service)
        for board in boards:
            puzzle = Board.from_url(board["puzzlink_url"])
            found = await run_strategy(strategy, puzzle, model, name)
            solved, error = found.summary.is_success, found.summary.exception_traceback
            row = {"kind": board["pid"], "url": puzzle.url, "solved": solved, "error": error}
            rows.append({**row, **found.detail_data})
            print(f"{board['pid']:11s} {'solved' if solved else error or 'not solved'}")
    return rows


def main() -> None:
    """Run the strategy over the first boards of the bench's 300."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help='as pydantic-ai names it, or "scripted"')
    parser.add_argument("--boards", type=int, default=30, help="how many, spread over the 300")
    parser.add_argument("--out", type=Path, help="a line of JSON for each board")
    chosen = parser.parse_args()
    every = list(load_dataset("golden"))
    boards = every[:: max(len(every) // chosen.boards, 1)][: chosen.boards]
    model = scripted() if chosen.model == "scripted" else chosen.model
    rows = asyncio.run(run(boards, model, chosen.model))
    if chosen.out:
        chosen.out.write_text("".join(json.dumps(row) + "\n" for row in rows))
    print(f"{sum(row['solved'] for row in rows)} of {len(rows)} solved")


if __name__ == "__main__":
    main()
