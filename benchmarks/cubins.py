"""Compiles every Triton kernel ahead of time and reads what came of it; no GPU, no driver.

Bounds: no stack and no local memory (nothing spilled), shared memory that every card has, products
on matrix units, and no load that may be older than a store of the same program. The compiler's
numbers change between versions, so that these are bounds and the table is what was seen.

    python benchmarks/cubins.py --write docs/kernels.md
    PYTHONPATH=OLDER python benchmarks/cubins.py --few --add docs/kernels.md

The second for another Triton that lies in a folder OLDER.
"""

from __future__ import annotations

import argparse
import collections
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ARCHITECTURES = (80, 90, 100)
SHARED = 99 * 1024
"""The least that a program may have on cards since compute capability 8.0."""
SPILLS = {("3.6", 80, "segment_backward (64 wide, pwnn, 2 blocks)"): 64}
"""Bytes of stack at most, where there are any: by Triton's version, architecture and kernel. Of
this one no tiles, chunks or warps were found that fit: registers for addresses are short."""
MATRIX = ("HMMA", "HGMMA", "UTCHMMA", "UTCQMMA")


@dataclass(frozen=True)
class Compiled:
    """A kernel to compile.

    Attributes:
        name: for the table.
        module: that has it.
        kernel: its name there.
        types: of the arguments that are no constants, by name, as Triton writes them.
        constants: the others.
        warps: of a program.
        products: whether it multiplies matrices.
        rewrites: whether it reads what it wrote.
        common: whether the bundles need it.
    """

    name: str
    module: str
    kernel: str
    types: dict[str, str]
    constants: dict[str, Any]
    warps: int = 4
    products: bool = False
    rewrites: bool = False
    common: bool = False


@dataclass(frozen=True)
class Found:
    """What a cubin says."""

    name: str
    architecture: int
    registers: int
    stack: int
    shared: int
    operations: dict[str, int]

    def broken(self, kernel: Compiled) -> Iterator[str]:
        """The bounds that it does not keep."""
        spills = self.operations.get("LDL") or self.operations.get("STL")
        minor = ".".join(_version().split(".")[:2])
        known = SPILLS.get((minor, self.architecture, self.name), 0)
        if self.stack > known or (spills and not known):
            yield f"spills: {self.stack} bytes of stack"
        if self.shared > SHARED:
            yield f"{self.shared} bytes of shared memory, more than {SHARED}"
        if kernel.products and not any(self.operations.get(name) for name in MATRIX):
            yield "no matrix instruction"
        if kernel.rewrites and self.operations.get("LDGSTS"):
            yield "loads ahead of its own stores"
        if kernel.rewrites and not self.operations.get("BAR"):
            yield "no barrier"


def _version() -> str:
    import triton

    return str(triton.__version__)


_HOME = "hrm_toolkit.solvers.kernels.triton"
_INTEGERS = {"place", "rows", "start", "source", "of", "near", "count", "read_start", "reader"}
_INTEGERS |= {"back_start", "back_row", "near_start", "near_reader", "kinds", "slot", "taken"}
_INTEGERS |= {"idle", "symbol", "symbols"}
_NUMBERS = ("most", "puzzles", "length", "columns", "stride")


def _recurrence(
    width: int, kinds: str, blocks: int = 1, inner: int = 64, cycles: int = 1
) -> Iterator[Compiled]:
    """Forward and backward for a width and relations: p pooled, w weighted, n neighbours; and for
    so many of two cycles that learn."""
    from hrm_toolkit.solvers.kernels.triton import recurrence

    runs = {"FROM": 6, "MOVED": True, "GIVEN": False, "Q_CONTINUE": False}
    learns = {"FROM": 3 * (2 - cycles), "MOVED": False, "GIVEN": True, "Q_CONTINUE": False}
    back = {"UPDATES": 3 * cycles, "HALTS": True, "GOES_ON": True, "HINTED": True}
    back["STAYS"] = recurrence.BACKWARD[width].stays
    for name, module, tiles, own in (
        ("segments", "structured", recurrence.FORWARD[width], runs),
        ("segments that learn", "structured", recurrence.FORWARD[width], learns),
        ("segment_backward", "structured_backward", recurrence.BACKWARD[width], back),
    ):
        kernel = name.split()[0]
        constants: dict[str, Any] = {
            "R": kinds.count("p") + kinds.count("w"),
            "W": kinds.count("w"),
            "N": kinds.count("n"),
            "D": width,
            "INNER": inner,
            "BLOCKS": blocks,
            "HIGH": 2,
            "LOW": 2,
            "TILE": tiles.places,
            "TILE_ROWS": tiles.rows,
            "CHUNK": tiles.chunk,
            "PRECISION": "tf32x3",
            "V": 11,
            "VC": 16,
            "SCALE": width**0.5,
            "SYMBOLS": True,
            **own,
        }
        fn = _function(f"{_HOME}.{module}", kernel)
        read = [each for each in fn.arg_names if each not in constants]
        types = {each: "*i32" if each in _INTEGERS else "*fp32" for each in read}
        types |= {each: "i32" for each in read if each in _NUMBERS} | {"tokens": "*i64"}
        said = f"{width} wide, {kinds}, {blocks} block{'s'[: blocks > 1]}"
        yield Compiled(
            f"{name} ({said})", f"{_HOME}.{module}", kernel, types, constants, tiles.warps,
            products=True, rewrites=True, common=(width, kinds) == (32, "pppp"),
        )  # fmt: skip


def _function(module: str, kernel: str) -> Any:
    import importlib

    return getattr(importlib.import_module(module), kernel)


def _passes() -> Iterator[Compiled]:
    """The kernels of one pass over memory, at published sizes, in bfloat16 where networks are."""
    narrow, wide = "*bf16", "*fp32"
    norm = {"WIDTH": 512, "COLUMNS": 512, "ROWS": 4}
    columns = {"INNER": 1536, "COLUMNS": 1024}
    turn = {"HEADS": 8, "HALF": 32, "STRIDE": 512, "HEADS_UP": 8, "HALF_UP": 32}
    size = {"V": 11, "COLUMNS": 16, "TILE": 64, "STABLE": True}
    rows = {"targets": "*i64", "labels": "*i64", "count": "*i32", "right": "*i32"}
    rows |= {"length": "i32", "unscored": "i32", "entropy": wide, "of_entropy": wide}
    for module, kernel, types, constants in (
        ("norm", "norm_rows", {"eps": "fp32", "rows": "i32", "scale": wide}, norm | {"ADDS": True}),
        ("norm", "norm_rows_back", {"rows": "i32", "scale": wide}, norm),
        ("swiglu", "silu_times", {}, columns),
        ("swiglu", "silu_times_back", {}, columns),
        (
            "rope",
            "turn_heads",
            {"cos": wide, "sin": wide, "positions": "i32"},
            turn | {"SIGN": -1.0, "COPIES": True},
        ),
        ("entropy", "row_losses", rows, size),
        ("entropy", "row_losses_back", rows, size),
        (
            "descent",
            "adam_atan2_all",
            {"addresses": "*i64", "sizes": "*i64", "parts": "*i32"}
            | dict.fromkeys(
                ("rate", "decay", "beta1", "beta2", "scale1", "scale2", "keep"), "fp32"
            ),
            {"NUMBERS": 1024},
        ),
        (
            "descent",
            "descend_rows",
            {"rate": "fp32", "decay": "fp32", "table": wide, "gradient": wide},
            {"WIDTH": 512, "COLUMNS": 512},
        ),
    ):
        home = f"{_HOME}.{module}"
        names = [n for n in _function(home, kernel).arg_names if n not in constants]
        said: dict[str, str] = {name: types.get(name, narrow) for name in names}
        yield Compiled(kernel, home, kernel, said, constants)


def kernels() -> list[Compiled]:
    """Every kernel, in the configurations that users meet."""
    return [
        *_passes(),
        *_recurrence(32, "pppp", cycles=2),
        *_recurrence(32, "pnnnn", cycles=2),
        *_recurrence(32, "pww", 2),
        *_recurrence(64, "pppp"),
        *_recurrence(64, "pwnn", 2, 128),
    ]


def examine(kernel: Compiled, architecture: int) -> Found:
    """Compile a kernel for an architecture, and read the cubin."""
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from hrm_toolkit.solvers.kernels.triton.launch import REGISTERS

    fn = _function(kernel.module, kernel.kernel)
    aligned = [a for a, t in kernel.types.items() if t.startswith("*")]
    source = ASTSource(
        fn=fn,
        signature={name: kernel.types.get(name, "constexpr") for name in fn.arg_names},
        constexprs=kernel.constants,
        attrs={(fn.arg_names.index(name),): [["tt.divisibility", 16]] for name in aligned},
    )
    options = {"num_warps": kernel.warps, "num_stages": 1, "enable_fp_fusion": False}
    if kernel.products:
        options["maxnreg"] = REGISTERS
    made = triton.compile(source, target=GPUTarget("cuda", architecture, 32), options=options)
    tools = Path(triton.__file__).parent / "backends/nvidia/bin"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(made.asm["cubin"])
        file.flush()
        usage = _said(tools / "cuobjdump", "-res-usage", file.name)
        code = _said(tools / "nvdisasm", "-c", file.name)
    registers, stack = re.search(r"REG:(\d+) STACK:(\d+)", usage).groups()  # type: ignore[union-attr]
    operation = r"^\s+/\*[0-9a-f]+\*/\s+(?:@!?U?P\d+\s+)?([A-Z0-9]+)"
    counts = collections.Counter(re.findall(operation, code, re.MULTILINE))
    return Found(
        kernel.name, architecture, int(registers), int(stack), made.metadata.shared, dict(counts)
    )


def _said(*command: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def _quietly(kernel: Compiled, architecture: int) -> Found | str:
    """``examine``, or why it failed: the assembler prints all it was given."""
    kept = os.dup(1)
    with tempfile.TemporaryFile() as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            return examine(kernel, architecture)
        except Exception as error:
            return f"{kernel.name} sm_{architecture}: {type(error).__name__} {str(error)[-300:]}"
        finally:
            os.dup2(kept, 1)
            os.close(kept)


def table(found: list[Found]) -> str:
    """The cubins as a table."""
    lines = [
        "| kernel | sm | registers | stack | shared | matrix | loads | stores | barriers |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        counts = collections.Counter(one.operations)
        matrix = " ".join(f"{counts[name]} {name}" for name in MATRIX if counts[name]) or "-"
        lines.append(
            f"| {one.name} | {one.architecture} | {one.registers} | {one.stack} | {one.shared} "
            f"| {matrix} | {counts['LDG']} | {counts['STG']} | {counts['BAR']} |"
        )
    return "\n".join(lines) + "\n"


_TITLE = """# Kernels, compiled ahead of time

By `make cubins`, for the newest Triton and for the oldest that the kernels are held to. Compiled,
interpreted, never timed."""


def main(words: list[str] | None = None) -> int:
    """Compile everything; status 1 where a bound is not kept."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write", type=Path, help="a file for the table")
    parser.add_argument("--add", type=Path, help="a file that has the table of another Triton")
    parser.add_argument("--only", default="", help="kernels whose names have this")
    parser.add_argument("--architectures", type=int, nargs="*", default=ARCHITECTURES)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    few = "all architectures for the kernels of the bundles alone, else the oldest one"
    parser.add_argument("--few", action="store_true", help=few)
    asked = parser.parse_args(words)
    if os.environ.get("TRITON_INTERPRET") == "1":
        print("what is interpreted is not compiled: unset TRITON_INTERPRET", file=sys.stderr)
        return 2
    jobs = [
        (kernel, architecture)
        for kernel in kernels()
        for architecture in asked.architectures
        if asked.only in kernel.name
        and (kernel.common or not asked.few or architecture == asked.architectures[0])
    ]
    with ProcessPoolExecutor(asked.processes) as pool:
        seen = list(pool.map(_quietly, *zip(*jobs, strict=True)))
    good = [one for one in seen if isinstance(one, Found)]
    broken = [one for one in seen if isinstance(one, str)]
    for (kernel, _), one in zip(jobs, seen, strict=True):
        if isinstance(one, Found):
            broken += [f"{one.name} sm_{one.architecture}: {why}" for why in one.broken(kernel)]
    text = f"## Triton {_version()}\n\n{table(good)}"
    print(text)
    if asked.write:
        asked.write.write_text(f"{_TITLE}\n\n{text}")
    if asked.add:
        asked.add.write_text(f"{asked.add.read_text()}\n{text}")
    for line in broken:
        print(line, file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
