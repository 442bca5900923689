"""How much faster the recurrence became since an earlier build, on one core.

::

    python benchmarks/recurrence.py [--cases segment,shell] [--commit 18a183d] [--rounds 15]

The earlier build is fetched from the repository's own history. Each build has a process of its own
with one thread; they compute in turn, a few times each round, so that what else the machine does
slows both, and run the networks that the earlier one came with. Times are of the thread, not of
the clock; printed are their medians in milliseconds and the ratio of these, which is all that
carries over to another machine. ``clients`` is 64 of them at once at each build's HTTP server, by
the clock; ``shell`` is a process for each solve.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"sudoku": 9, "maze": 30, "graph": 50}
BATCH, MANY = 32, 64
CLIENTS = 64


def segment(source: str, texts: list[str]) -> Callable[[], Any]:
    """One segment of one row."""
    import torch

    solver, encoded = _encoded(source, texts[:1])
    network = solver.network
    try:
        from hrm_toolkit.solvers.kernels.cpu import Recurrence
    except ImportError:
        batch = _collate(encoded)
        carry = network.initial_carry(batch.tokens, batch.structure)

        def in_torch() -> None:
            with torch.no_grad():
                network(carry, batch.tokens, None, batch.structure)

        return in_torch
    weights = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    recurrence = Recurrence(network.config, weights)
    prepared = recurrence.prepare(encoded[0])
    state = recurrence.start(prepared)
    return lambda: recurrence.run(prepared, state)


def update(source: str, texts: list[str]) -> Callable[[], Any]:
    """Forward and backward of one segment of a batch, heads included, without the optimizer."""
    solver, encoded = _encoded(source, texts[:BATCH])
    network = _learning(solver)
    batch = _collate(encoded)
    carry = network.initial_carry(batch.tokens, batch.structure)

    def learn() -> None:
        network.zero_grad()
        _, output = network(carry, batch.tokens, None, batch.structure)
        (output.logits.mean() + output.q_halt.mean()).backward()

    return learn


def train(source: str, texts: list[str]) -> Callable[[], Any]:
    """A whole update of a batch: forward, loss, backward, clipping, the recipe's optimizer."""
    import torch

    from hrm_toolkit.train.optim import build_optimizer
    from hrm_toolkit.train.recipes import default_recipe

    solver, encoded = _encoded(source, texts[:BATCH])
    adapter, network = solver.adapter, _learning(solver)
    optimizer = build_optimizer(network, default_recipe(adapter.task))
    batch = _collate(encoded)
    carry = network.initial_carry(batch.tokens, batch.structure)
    labels = torch.zeros(batch.tokens.shape, dtype=torch.long)
    for row, puzzle in zip(labels, map(adapter.parse, texts), strict=False):
        right = adapter.codec.labels(puzzle, adapter.exact(puzzle).answer)
        row[: len(right)] = torch.from_numpy(right)

    def learn() -> None:
        optimizer.zero_grad()
        _, output = network(carry, batch.tokens, None, batch.structure)
        scores = output.logits.flatten(0, 1)
        loss = torch.nn.functional.cross_entropy(scores, labels.flatten(), ignore_index=0)
        (loss + output.q_halt.square().mean()).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return learn


def solve(source: str, texts: list[str]) -> Callable[[], Any]:
    """Four puzzles, one call each, search included."""
    solver, puzzles = _read(source, texts[:4])

    def each() -> None:
        for puzzle in puzzles:
            solver.solve(puzzle)

    return each


def solve_many(source: str, texts: list[str]) -> Callable[[], Any]:
    """All puzzles in one call, search included."""
    solver, puzzles = _read(source, texts)
    return lambda: solver.solve_many(puzzles)


CASES: dict[str, Callable[[str, list[str]], Callable[[], Any]]] = {
    "segment": segment,
    "update": update,
    "train": train,
    "solve": solve,
    "solve_many": solve_many,
}
"""What is timed: of a solver and of puzzles as text, a function to call again and again."""


def _collate(encoded: list[Any]) -> Any:
    """A batch, by whichever name a build knows it."""
    try:
        from hrm_toolkit.solvers.inputs.batch import collate
    except ImportError:
        from hrm_toolkit.solvers.networks.batch import collate
    return collate(encoded)


def _learning(solver: Any) -> Any:
    """A solver's network, all of it to be trained."""
    network = solver.network.train()
    for parameter in network.parameters():
        parameter.requires_grad_(True)
    return network


def _read(source: str, texts: list[str]) -> tuple[Any, list[Any]]:
    """A task's solver, and puzzles."""
    from hrm_toolkit import Solver

    solver = Solver.load(source)
    return solver, [solver.adapter.parse(text) for text in texts]


def _encoded(source: str, texts: list[str]) -> tuple[Any, list[Any]]:
    """A task's solver, and puzzles as its network sees them."""
    from hrm_toolkit import Solver

    solver = Solver.load(source)
    proposer = solver.proposer()
    return solver, [proposer.encode(solver.adapter.parse(text)) for text in texts]


def work() -> None:
    """Be one build: time what each line on stdin asks for."""
    import torch

    torch.set_num_threads(1)
    made: dict[str, Callable[[], Any]] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        key = f"{asked['case']} {asked['solver']}"
        if key not in made:
            made[key] = CASES[asked["case"]](asked["solver"], asked["texts"])
            made[key]()
        times = []
        for _ in range(asked["repeats"]):
            start = time.thread_time()
            made[key]()
            times.append(1e3 * (time.thread_time() - start))
        print(json.dumps(times), flush=True)


class Build:
    """A build in a process of its own."""

    def __init__(self, tree: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tree,
        )

    def times(self, **asked: Any) -> list[float]:
        """Milliseconds of each repeat."""
        given, said = self._process.stdin, self._process.stdout
        answer = ""
        if given is not None and said is not None:
            print(json.dumps(asked), file=given, flush=True)
            answer = said.readline()
        if not answer:
            raise SystemExit("a build ended before it answered; what it said is above")
        found: list[float] = json.loads(answer)
        return found

    def end(self) -> None:
        """Let the process go."""
        self._process.communicate()


def texts_of(task: str, number: int = BATCH) -> list[str]:
    """Puzzles as text, which every build reads."""
    from hrm_toolkit.adapters.registry import get_adapter

    adapter = get_adapter(task)
    rngs = [np.random.default_rng([0, 7, index]) for index in range(number)]
    how = {"size": SIZES[task], "difficulty": "minimal" if task == "sudoku" else None}
    return [adapter.render(adapter.generate(rng, **how).puzzle) for rng in rngs]


def main() -> None:
    """Parse, fetch the earlier build, time both in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default=",".join([*CASES, "clients", "shell"]))
    parser.add_argument("--tasks", default=",".join(SIZES))
    parser.add_argument("--commit", default="18a183d", help="the earlier build")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "earlier"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "-q", "--detach", str(tree), options.commit], check=True)
        try:
            earlier, now = Build(tree), Build(ROOT)
            cases = [case for case in options.cases.split(",") if case in CASES]
            bundles = tree / "hrm_toolkit/bundles"
            compare(earlier, now, bundles, cases, options.tasks.split(","), options.rounds)
            earlier.end()
            now.end()
            if "clients" in options.cases.split(","):
                clients(tree, options.tasks.split(","), options.rounds)
            if "shell" in options.cases.split(","):
                shell(tree, options.rounds)
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)
    return None


def shell(tree: Path, rounds: int) -> None:
    """Print the processor's seconds of a solve from the shell, and of importing torch alone."""
    solve_one = ["-m", "hrm_toolkit", "solve", str(ROOT / "examples/sudoku-9x9.json"), "--json"]
    sides = {"earlier": (tree, solve_one), "now": (ROOT, solve_one)}
    sides["import torch"] = (ROOT, ["-c", "import torch"])
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, (folder, command) in sides.items():
            environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
            # Compiled modules are kept, as they are of an installed package.
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            ran = subprocess.run(
                [sys.executable, *command],
                env=environment,
                cwd=folder,
                capture_output=True,
                check=False,
            )
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if ran.returncode:
                raise SystemExit(ran.stderr.decode())
            if number:
                taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                seconds[name].append(taken)
    found = {name: median(times) for name, times in seconds.items()}
    print("shell, s  " + ", ".join(f"{name} {taken:.2f}" for name, taken in found.items()))
    print(f"shell     {found['now'] / found['import torch']:.2f} of importing torch")


@contextmanager
def served(tree: Path) -> Iterator[int]:
    """A build's HTTP server on a free port, ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    serve = [sys.executable, "-m", "hrm_toolkit", "serve", "--http", f"127.0.0.1:{port}"]
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(serve, env=environment, cwd=tree, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait()


def asked(port: int, name: str, texts: list[str]) -> list[float]:
    """Seconds of each of a client's calls, one after another; each must end in an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"content-type": "application/json", "x-client-id": name}
    taken = []
    for text in texts:
        start = time.perf_counter()
        body = json.dumps({"puzzle": text, "wait_s": 60})
        connection.request("POST", "/v1/tools/solve", body, headers)
        said = json.loads(connection.getresponse().read())
        taken.append(time.perf_counter() - start)
        if said["status"] != "solved":
            raise SystemExit(f"a server answered: {said['text']}")
    return taken


def clients(tree: Path, tasks: list[str], rounds: int) -> None:
    """Print requests a second and the 95th percentile of 64 clients who ask for mixed puzzles."""
    texts = [text for several in zip(*map(texts_of, tasks), strict=True) for text in several]
    shares = [[texts[k % len(texts)] for k in (2 * n, 2 * n + 1)] for n in range(CLIENTS)]
    names = [f"client-{number}" for number in range(CLIENTS)]
    rates: list[list[float]] = [[], []]
    slow: list[list[float]] = [[], []]
    with served(tree) as earlier, served(ROOT) as now, ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(rounds + 1):
            for side, port in enumerate((earlier, now)):
                start = time.perf_counter()
                taken = [*chain(*pool.map(asked, [port] * CLIENTS, names, shares))]
                if number:
                    rates[side].append(len(taken) / (time.perf_counter() - start))
                    slow[side].append(float(np.percentile(taken, 95)))
    for of, unit, found in (("clients", "a second", rates), ("", "s at p95", slow)):
        before, after = map(median, found)
        print(f"{of:10} {unit:8} {before:17.3f} {after:18.3f} {after / before:7.2f} of earlier")


def compare(
    earlier: Build, now: Build, bundles: Path, cases: list[str], tasks: list[str], rounds: int
) -> None:
    """Print a row for each case and task."""
    print(f"{'':18} {'earlier ms':>18} {'now ms':>18} {'ratio':>7}   median (least)")
    for case in cases:
        for task in tasks:
            texts = texts_of(task, MANY)
            asked = {"case": case, "solver": str(bundles / task), "texts": texts}
            found: tuple[list[float], list[float]] = ([], [])
            for _ in range(rounds):
                for times, build in zip(found, (earlier, now), strict=True):
                    repeats = 5 if case == "segment" else 1
                    times.extend(build.times(**asked, repeats=repeats))
            shown = [f"{median(times):9.3f} ({min(times):7.3f})" for times in found]
            ratio = median(found[0]) / median(found[1])
            print(f"{case:10} {task:7} {shown[0]:>18} {shown[1]:>18} {ratio:7.2f}", flush=True)


if __name__ == "__main__":
    main()
