"""Updates a second while worker processes make the puzzles, beside none.

Run it alone on a quiet machine with a free core for each worker::

    python benchmarks/feed.py [--workers 0 1] [--difficulty extreme] [--updates 48] [--batch 4]

Each row is a fresh run of the default Sudoku network on 9x9 puzzles of one difficulty, generated
without end: the same showings in every row, since a showing is a function of its number. The
batch is filled before the clock starts, and so is the queue that the workers keep. Updates are
many enough to replace every slot some times, since a slot lasts 16 segments at most.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from hrm_toolkit.core import Settings
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.run import Run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--difficulty", default="extreme")
    parser.add_argument("--updates", type=int, default=48)
    parser.add_argument("--batch", type=int, default=4)
    arguments = parser.parse_args()
    recipe = Recipe(
        adapter="sudoku",
        network={"family": "structured", "width": 32, "inner": 64},
        data=Settings(sizes=(9,), difficulties=(arguments.difficulty,)),
        samples=0,
        batch_size=arguments.batch,
        updates=1_000_000,
        validation=1,
    )
    print(
        f"sudoku 9x9 {arguments.difficulty}, {arguments.batch} slots, {arguments.updates} updates"
    )
    for workers in arguments.workers:
        with tempfile.TemporaryDirectory() as folder:
            run = Run(recipe, Path(folder) / "run", workers=workers)
            run.advance()
            before, clock = run.counters.samples, time.perf_counter()
            for _ in range(arguments.updates):
                run.advance()
            took = time.perf_counter() - clock
            made = run.counters.samples - before
            run._stream.close()
        rate = arguments.updates / took
        print(
            f"{workers} workers: {rate:.2f} updates/s, {made} puzzles in {took:.1f} s", flush=True
        )


if __name__ == "__main__":
    main()
