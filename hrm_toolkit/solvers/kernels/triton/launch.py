"""The one way in which kernels are started, so that who counts launches sees each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor

Watcher = Callable[[str, dict[str, Any]], bool]
_watchers: list[Watcher] = []


def interpreted() -> bool:
    """Whether Triton interprets kernels, which it decides when they are defined."""
    return os.environ.get("TRITON_INTERPRET") == "1"


def precision() -> str:
    """What products of float32 are computed in: as exact as float32, on matrix units."""
    return "tf32x3"


@contextmanager
def watch(watcher: Watcher) -> Iterator[None]:
    """Tell of each launch in this block: the kernel's name, and its arguments by name.

    Where the watcher says yes it stands in for the kernel, which does not run.
    """
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def observed() -> bool:
    """Whether somebody counts launches."""
    return bool(_watchers)


REGISTERS = 255
"""Of a thread at most: a compiler that is told so does not spill some to have more programs."""


def launch(
    kernel: Any,
    grid: tuple[int, ...],
    /,
    *,
    warps: int = 4,
    registers: int | None = None,
    **arguments: Any,
) -> None:
    """Start a kernel on the device of its tensors.

    Args:
        kernel: jitted.
        grid: programs along each axis; where there is none nothing starts.
        warps: of each program.
        registers: of each thread at most; None lets the compiler weigh them.
        arguments: by name.
    """
    if 0 in grid:
        return
    told = [watcher(str(kernel.__name__), arguments) for watcher in _watchers]
    if any(told):
        return
    tensor = next(a for a in arguments.values() if isinstance(a, Tensor))
    device = torch.cuda.device(tensor.device) if tensor.is_cuda else nullcontext()
    with device:
        # One stage: the pipeliner does not know which memory a kernel writes and reads again.
        # No contraction: a maximum is found again by comparing what was computed twice.
        options = {"num_warps": warps, "num_stages": 1, "maxnreg": registers}
        kernel[grid](**arguments, **options, enable_fp_fusion=False)
