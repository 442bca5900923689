"""Arguments of the tools."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from hrm_toolkit.planner.limits import (
    MOST_BATCH,
    MOST_GENERATED,
    MOST_PUZZLE,
    MOST_SEED,
    MOST_SEGMENTS,
    MOST_SIDE,
    MOST_VOTES,
    MOST_WAIT,
)
from hrm_toolkit.planner.tools.tool import AS_LIST, AS_TEXT, Arguments

PuzzleText = Annotated[
    str,
    Field(
        max_length=MOST_PUZZLE,
        description="The puzzle as text in any usual form (81 digits, rows of a map, an edge list, "
        "JSON), or the handle that load_puzzle returned, such as puzzle:7f3a.",
    ),
    AS_TEXT,
]
AnswerText = Annotated[
    str,
    Field(
        max_length=MOST_PUZZLE,
        description="The answer as text: a filled grid, a map marked with o or its moves such as "
        "RRDD, node names such as A -> B, or JSON.",
    ),
    AS_TEXT,
]
TaskName = Annotated[
    Annotated[str, Field(max_length=100)] | None,
    Field(description="The task by name; null to tell it from the puzzle."),
]
Strategy = Annotated[
    Literal["neural", "verified", "exact"] | None,
    Field(
        description="neural: the network alone; verified: network, then votes, then search; "
        "exact: no network. Null for verified."
    ),
]
Seed = Annotated[
    Annotated[int, Field(ge=0, le=MOST_SEED)] | None,
    Field(description="Seed of whatever is drawn; null for 0."),
]
Wait = Annotated[
    Annotated[float, Field(ge=0, le=MOST_WAIT)] | None,
    Field(description="Seconds to wait for the answer before a job id comes back; null for 4."),
]

Within = Annotated[
    Annotated[float, Field(ge=0, le=MOST_WAIT)] | None,
    Field(description="Seconds it may take; what there is by then comes back. Null for 4."),
]
Start = Annotated[
    Annotated[str, Field(max_length=400), AS_TEXT] | None,
    Field(description="Where to start, where the puzzle says no start."),
]
Goal = Annotated[
    Annotated[str, Field(max_length=400), AS_TEXT] | None,
    Field(description="Where to end, where the puzzle says no goal."),
]
Weight = Annotated[
    Annotated[str, Field(max_length=400)] | None,
    Field(description='The edge attribute that is the cost; "none": each edge costs 1.'),
]
Box = Annotated[
    Annotated[str, Field(max_length=20)] | None,
    Field(description="Rows x columns of the boxes, such as 3x2, where they vary."),
]


class Reading(Arguments):
    """Arguments of a tool that reads puzzles."""

    WORDS: ClassVar[frozenset[str]] = frozenset({"weight"})


class Describe(Arguments):
    """Arguments of ``describe``."""

    task: Annotated[str, Field(max_length=100)] | None = Field(
        description="The task to describe, by name; null to list all."
    )


class LoadPuzzle(Reading):
    """Arguments of ``load_puzzle``."""

    puzzle: PuzzleText
    task: TaskName
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Solve(Reading):
    """Arguments of ``solve``."""

    puzzle: PuzzleText
    task: TaskName
    strategy: Strategy
    solver: Annotated[str, Field(max_length=400)] | None = Field(
        description="Name of the solver; null for the best one for this puzzle."
    )
    segments: Annotated[int, Field(ge=1, le=MOST_SEGMENTS)] | None = Field(
        description="Most network calls for an attempt; null for as many as it was validated with."
    )
    votes: Annotated[int, Field(ge=1, le=MOST_VOTES)] | None = Field(
        description="Attempts on drawn symmetries of the puzzle; null for 1."
    )
    seed: Seed
    wait_s: Wait
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Verify(Reading):
    """Arguments of ``verify``."""

    puzzle: PuzzleText
    answer: AnswerText
    task: TaskName
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Step(Reading):
    """Arguments of ``step``."""

    state: Annotated[
        str,
        Field(
            max_length=MOST_PUZZLE,
            description="A puzzle (text or handle) to start from, or the handle of the state "
            "that the last step returned, such as state:91bc.",
        ),
        AS_TEXT,
    ]
    action: Annotated[str, Field(max_length=MOST_PUZZLE), AS_TEXT] | None = Field(
        description="The action to take, written as it was listed; null to list legal actions."
    )
    task: TaskName
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Job(Arguments):
    """Arguments of ``job``."""

    id: Annotated[str, Field(max_length=100)] | None = Field(
        description="The job's id, as solve returned it; null to list your jobs."
    )
    action: Literal["get", "list"] | None = Field(
        description="get: the answer or how far it is; list: your jobs. Null for what id says. "
        "To stop one there is the tool cancel."
    )
    wait_s: Wait


class Cancel(Arguments):
    """Arguments of ``cancel``."""

    id: Annotated[str, Field(max_length=100, description="The job's id, as solve returned it.")]


class Batch(Reading):
    """Arguments of ``batch``."""

    puzzles: Annotated[list[PuzzleText], AS_LIST] = Field(
        min_length=1, max_length=MOST_BATCH, description="Puzzles as text or handles."
    )
    task: TaskName
    strategy: Strategy
    seed: Seed
    wait_s: Wait
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Explain(Reading):
    """Arguments of ``explain``."""

    puzzle: PuzzleText
    task: TaskName
    wait_s: Within
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class NextStep(Reading):
    """Arguments of ``hint``."""

    puzzle: Annotated[
        str,
        Field(
            max_length=MOST_PUZZLE,
            description="A puzzle (text or handle), or the handle of a state that step returned, "
            "such as state:91bc, to go on from there.",
        ),
        AS_TEXT,
    ]
    task: TaskName
    wait_s: Within
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Render(Reading):
    """Arguments of ``render``."""

    puzzle: PuzzleText
    answer: Annotated[str, Field(max_length=MOST_PUZZLE), AS_TEXT] | None = Field(
        description="An answer to draw in its place; null to draw the puzzle alone."
    )
    task: TaskName
    start: Start
    goal: Goal
    weight: Weight
    box: Box


class Generate(Arguments):
    """Arguments of ``generate``."""

    task: Annotated[str, Field(max_length=100, description="The task by name.")]
    size: Annotated[int, Field(ge=1, le=MOST_SIDE)] | None = Field(
        description="Side of the grid or number of nodes; null for the task's own."
    )
    difficulty: Annotated[str, Field(max_length=100)] | None = Field(
        description="A difficulty that describe lists; null for a mixture."
    )
    count: Annotated[int, Field(ge=1, le=MOST_GENERATED)] | None = Field(
        description="How many puzzles; null for 1."
    )
    seed: Seed
    wait_s: Within
