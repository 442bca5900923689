"""Everything about our kernels that only a GPU can show, in one command and one table.

Each stage has its share of the time and is saved as it ends, so that what is cut short leaves what
it has: ceilings of the card; correctness against float64 on the CPU, with fresh inputs; the same
result over 20 repeats, also with other warp counts (a result that moves is a race); times of
torch's operators, of torch.compile, of a CUDA graph and of ours; 200 updates each way, losses side
by side.

    python benchmarks/gpu.py --minutes 9 --out gpu.md
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import roofline
import torch
from torch import Tensor

from hrm_toolkit.core import Deadline
from hrm_toolkit.solvers.inputs.batch import Batch
from hrm_toolkit.solvers.kernels import backend
from hrm_toolkit.solvers.kernels.backend import use
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.train.objective import segment_loss
from hrm_toolkit.train.optim import AdamATan2, Average

Line = dict[str, Any]


class Bench:
    """What stages share.

    Args:
        device: where kernels run.
        seed: of fresh inputs.
        small: sizes at which the interpreter can show that every stage runs.
    """

    def __init__(self, device: torch.device, seed: int, *, small: bool) -> None:
        self.device, self.seed, self.small = device, seed, small
        self.batches = (1,) if small else (1, 64, 264, 1024)
        self.size, self.segments = (4, 2) if small else (9, 8)

    def sudokus(self, count: int) -> tuple[Network, Batch]:
        """A network with random weights, on the device, and puzzles."""
        network, batch = roofline.sudokus(count, self.size, 1 if self.small else 2)
        generator = torch.Generator().manual_seed(self.seed)
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
        return network.to(self.device), batch.to(self.device)

    def seconds(self, work: Callable[[], Any], deadline: Deadline) -> float:
        """Median seconds of some work after a warm-up, by the device's own clock."""
        if self.small:
            return self._once(work)
        self._once(work)
        times: list[float] = []
        while len(times) < 3 or (len(times) < 30 and not deadline.over):
            times.append(self._once(work))
        return statistics.median(times)

    def _once(self, work: Callable[[], Any]) -> float:
        if self.device.type != "cuda":
            began = time.perf_counter()
            work()
            return time.perf_counter() - began
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        work()
        end.record()
        end.synchronize()
        return float(begin.elapsed_time(end)) / 1e3


def ceilings(bench: Bench, deadline: Deadline) -> Iterator[Line]:
    """What the card copies and multiplies at best."""
    side = 256 if bench.small else 8192
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.randn(side, side, device=bench.device, dtype=dtype)
        b, out = a.clone(), torch.empty_like(a)
        copying = bench.seconds(lambda b=b, a=a: b.copy_(a), deadline)
        product = bench.seconds(lambda a=a, b=b, out=out: torch.mm(a, b, out=out), deadline)
        yield {
            "dtype": str(dtype),
            "copy GB/s": round(2 * a.nbytes / copying / 1e9, 1),
            "products TFLOP/s": round(2 * side**3 / product / 1e12, 2),
        }


def _learned(network: Network, batch: Batch, by: str) -> dict[str, Tensor]:
    """What a segment says, and its gradients, in float64 on the CPU."""
    network.zero_grad()
    carry = network.initial_carry(batch.tokens, batch.structure)
    with use(by):
        carry, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
    output.logits.clamp(min=-50).square().mean().backward()
    found = {"states": torch.stack(list(carry)), "logits": output.logits}
    found |= {name: p.grad for name, p in network.named_parameters() if p.grad is not None}
    return {name: value.detach().double().cpu() for name, value in found.items()}


def _apart(found: dict[str, Tensor], true: dict[str, Tensor]) -> float:
    """The largest error of any array against its largest value."""
    errors = ((found[n] - t).abs().max() / t.abs().max().clamp(min=1e-6) for n, t in true.items())
    return float(max(errors))


def correctness(bench: Bench, deadline: Deadline) -> Iterator[Line]:
    """Errors against float64 of the definition in float32, and of ours."""
    network, batch = bench.sudokus(2 if bench.small else 8)
    cpu = torch.device("cpu")
    exact = copy.deepcopy(network).to(cpu).double()
    true = _learned(exact, batch.to(cpu), "plain")
    own, ours = (_apart(_learned(network, batch, by), true) for by in ("plain", "triton"))
    # Products on matrix units in three parts are a little less exact than float32's.
    yield {"work": "a segment and its gradients", "float32": own, "ours": ours,
           "right": ours <= 4 * own + 1e-5}  # fmt: skip


def races(bench: Bench, deadline: Deadline) -> Iterator[Line]:
    """Whether repeats say the same to the bit, with each number of warps."""
    from hrm_toolkit.solvers.kernels.triton import recurrence

    network, batch = bench.sudokus(1 if bench.small else 64)
    kept = recurrence.FORWARD.copy(), recurrence.BACKWARD.copy()
    try:
        for warps in (4, 8):
            for table in (recurrence.FORWARD, recurrence.BACKWARD):
                table[32] = table[32]._replace(warps=warps)
            first, moved, repeats = _learned(network, batch, "triton"), 0, 0
            for _ in range(1 if bench.small else 20):
                again = _learned(network, batch, "triton")
                moved += any(not torch.equal(again[n], first[n]) for n in first)
                repeats += 1
                if deadline.over:
                    break
            yield {"warps": warps, "repeats": repeats, "moved": moved}
    finally:
        recurrence.FORWARD.update(kept[0])
        recurrence.BACKWARD.update(kept[1])


def _graphed(work: Callable[[], Any]) -> Callable[[], Any]:
    """Some work as a CUDA graph."""
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            work()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        work()
    return graph.replay


def _ways(bench: Bench, network: Network, batch: Batch) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Some segments by each way that there is."""
    carry = network.initial_carry(batch.tokens, batch.structure)

    def segments(by: str, run: Any) -> Callable[[], Any]:
        def work() -> None:
            with torch.no_grad(), use(by):
                state = carry
                for _ in range(bench.segments):
                    state, _ = run(state, batch.tokens, batch.puzzle_ids, batch.structure)

        return work

    def ahead() -> None:
        with use("triton"):
            network.run(carry, batch.tokens, batch.puzzle_ids, batch.structure, bench.segments)

    structured = network.config.family == "structured"
    yield "ours", ahead if structured else segments("triton", network)
    yield "eager", segments("plain", network)
    if bench.device.type == "cuda":
        yield "graph", _graphed(segments("plain", network))
    if not bench.small:
        yield "compile", segments("plain", torch.compile(network, dynamic=structured))


def _updates(network: Network, batch: Batch, by: str) -> Callable[[], float]:
    """One update after another; each returns its loss."""
    optimizer, average = AdamATan2(network.parameters(), lr=1e-3), Average(network, 0.999)
    labels, state = batch.tokens.clamp(min=1), {"number": 0}
    carry = network.initial_carry(batch.tokens, batch.structure)

    def work() -> float:
        state["number"] += 1
        with use(by):
            _, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
            loss = segment_loss(output, labels).total
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            average.moved_by(optimizer, network, state["number"])
            optimizer.step()
            average.update(network, state["number"])
        return float(loss.detach())

    return work


def _timed(bench: Bench, name: str, made: Any, deadline: Deadline) -> Iterator[Line]:
    for count in bench.batches:
        network, batch = made(count)
        for by, work in _ways(bench, network, batch):
            if deadline.over:
                return
            line = {"work": f"{name}, {bench.segments} segments", "batch": count, "by": by}
            # Out of memory at one size says nothing of the others.
            with contextlib.suppress(torch.OutOfMemoryError):
                yield line | {"ms": round(1e3 * bench.seconds(work, deadline), 3)}
        for by, way in (("eager", "plain"), ("ours", "triton")):
            if deadline.over:
                return
            work = _updates(copy.deepcopy(network), batch, way)
            with contextlib.suppress(torch.OutOfMemoryError):
                ms = round(1e3 * bench.seconds(work, deadline), 3)
                yield {"work": f"{name}, an update", "batch": count, "by": by, "ms": ms}


def structured(bench: Bench, deadline: Deadline) -> Iterator[Line]:
    """Times of the structured network."""
    yield from _timed(bench, "structured", bench.sudokus, deadline)


def transformers(bench: Bench, deadline: Deadline) -> Iterator[Line]:
    """Times of HRM at its published size."""

    def made(count: int) -> tuple[Network, Batch]:
        network, _ = roofline.transformer("hrm", 32 if bench.small else 512)
        _, batch = roofline.sudokus(count)
        return network.to(bench.device), batch.to(bench.device)

    yield from _timed(bench, "hrm", made, deadline)


def losses(bench: Bench, deadline: Deadline) -> Iterator[Line]:
    """Losses of 200 updates from the same start, each way."""
    network, batch = bench.sudokus(1 if bench.small else 64)
    both = [_updates(copy.deepcopy(network), batch, by) for by in ("plain", "triton")]
    most = 2 if bench.small else 200
    for number in range(1, most + 1):
        found = [work() for work in both]
        if number in (1, 2, 5, 10, 20, 50, 100, most) or deadline.over:
            yield {"update": number, "torch": found[0], "ours": found[1]}
        if deadline.over:
            return


STAGES = {
    "ceilings": (ceilings, 0.05),
    "correctness": (correctness, 0.15),
    "races": (races, 0.15),
    "structured": (structured, 0.3),
    "transformers": (transformers, 0.25),
    "losses": (losses, 0.1),
}


def table(lines: list[Line]) -> str:
    """Lines with the same fields as a table."""
    if not lines:
        return "nothing\n"
    fields = list(lines[0])
    rows = [fields, ["---"] * len(fields)]
    rows += [[str(line.get(field, "")) for field in fields] for line in lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def main(words: list[str] | None = None) -> int:
    """Run the stages; status 1 where something was wrong or moved."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=9.0)
    parser.add_argument("--out", type=Path, default=Path("gpu.md"))
    parser.add_argument("--seed", type=int, default=None, help="of inputs; else the time's")
    parser.add_argument("--stages", nargs="*", default=list(STAGES), choices=list(STAGES))
    parser.add_argument("--interpret", action="store_true", help="all but the device, and small")
    asked = parser.parse_args(words)
    if (why := backend.triton_missing()) is not None:
        print(why, file=sys.stderr)
        return 2
    device = torch.device("cpu" if asked.interpret else "cuda")
    seed = int(time.time()) if asked.seed is None else asked.seed
    card = "Triton's interpreter" if asked.interpret else torch.cuda.get_device_name()
    bench, wrong = Bench(device, seed, small=asked.interpret), False
    text = f"# Kernels on {card}\n\ntorch {torch.__version__}, seed {seed}\n"
    everything: dict[str, Any] = {"card": card, "seed": seed}
    for name in asked.stages:
        stage, share = STAGES[name]
        lines: list[Line] = []
        failed = ""
        try:
            for line in stage(bench, Deadline.after(60 * asked.minutes * share)):
                lines.append(line)
                print(name, line, flush=True)
        except Exception as error:
            # The other stages still say what they can.
            failed = f"failed: {type(error).__name__}: {str(error)[:500]}\n"
            print(name, failed, file=sys.stderr)
        wrong |= bool(failed) or any(
            line.get("moved") or line.get("right") is False for line in lines
        )
        everything[name] = lines
        text += f"\n## {name}\n\n{(stage.__doc__ or '').splitlines()[0]}\n\n{table(lines)}{failed}"
        asked.out.write_text(text)
        asked.out.with_suffix(".json").write_text(json.dumps(everything, indent=1))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
