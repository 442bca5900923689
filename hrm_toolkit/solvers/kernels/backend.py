"""Which kernel computes an operation: one table, chosen by argument; without torch itself."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, get_args

from hrm_toolkit.core import OptionError, UnknownNameError

if TYPE_CHECKING:
    from torch import Tensor

Backend = Literal["auto", "plain", "cpu", "triton"]
OLDEST_TRITON = (3, 6)


@dataclass(frozen=True)
class Kernel:
    """One way to compute an operation.

    Attributes:
        module: of this package that has it under the operation's name; loaded on first use.
        fits: whether it can take an operation whose first argument is this.
        pays: whether it is worth its start-up there, which ``auto`` asks too.
        needs: package that it needs, or nothing.
    """

    module: str
    fits: Callable[[Tensor], bool] = lambda x: True
    pays: Callable[[Tensor], bool] = lambda x: True
    needs: str = ""

    @property
    def missing(self) -> str | None:
        """What it lacks here, or None."""
        if self.needs == "triton":
            return triton_missing()
        return _missing(self.needs) if self.needs else None


def triton_missing() -> str | None:
    """Why Triton's kernels cannot be used here, or None; they can where Triton interprets them."""
    if why := _missing("triton"):
        return why
    if (installed := version("triton")) and _numbers(installed) < OLDEST_TRITON:
        oldest = ".".join(map(str, OLDEST_TRITON))
        return f"triton {installed} is older than {oldest}"
    if os.environ.get("TRITON_INTERPRET") == "1":
        return None
    return _no_cuda()


@lru_cache
def _no_cuda() -> str | None:
    import torch

    if torch.version.hip is not None:
        return "this torch is built for ROCm, and the kernels are tried on CUDA alone"
    if not torch.cuda.is_available():
        return "there is no CUDA device (TRITON_INTERPRET=1 lets Triton interpret them)"
    if not any(map(shutil.which, (os.environ.get("CC", "cc"), "gcc", "clang"))):
        return "Triton needs a C compiler, and there is none"
    return None


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])


@lru_cache
def _missing(package: str) -> str | None:
    return None if find_spec(package) else f"{package} is not installed"


def _float_on_cpu(x: Tensor) -> bool:
    return _on_cpu(x) and str(x.dtype) == "torch.float32"


def _on_cpu(x: Tensor) -> bool:
    return x.device.type == "cpu"


def _for_triton(x: Tensor) -> bool:
    """What Triton's kernels take; a compiler of graphs makes its own of the definitions."""
    import torch

    interprets = os.environ.get("TRITON_INTERPRET") == "1"
    return (
        x.device.type == ("cpu" if interprets else "cuda")
        and x.dtype in (torch.float32, torch.bfloat16)
        and not torch.compiler.is_compiling()
    )


def _on_cuda(x: Tensor) -> bool:
    return x.device.type == "cuda"


def _float_for_triton(x: Tensor) -> bool:
    return _for_triton(x) and str(x.dtype) == "torch.float32"


def _triton(module: str, fits: Callable[[Tensor], bool] = _for_triton) -> Kernel:
    return Kernel(f"triton.{module}", fits, _on_cuda, needs="triton")


TABLE: dict[str, dict[str, Kernel]] = {
    "rms_norm": {
        "plain": Kernel("plain"),
        "cpu": Kernel("operators", _on_cpu),
        "triton": _triton("norm"),
    },
    "add_rms_norm": {
        "plain": Kernel("plain"),
        "cpu": Kernel("operators", _on_cpu),
        "triton": _triton("norm"),
    },
    "swiglu": {"plain": Kernel("plain"), "triton": _triton("swiglu")},
    "turned_heads": {"plain": Kernel("plain"), "triton": _triton("rope")},
    "row_entropies": {"plain": Kernel("plain"), "triton": _triton("entropy")},
    "adam_atan2": {"plain": Kernel("plain"), "triton": _triton("descent", _float_for_triton)},
    "sign_descent": {"plain": Kernel("plain"), "triton": _triton("descent", _float_for_triton)},
    "pool_rows": {
        "plain": Kernel("plain"),
        # Compiling or loading it takes as long as a few hundred rows do.
        "cpu": Kernel("operators", _float_on_cpu, lambda x: len(x) >= 1024, needs="numba"),
    },
}
"""The kernels of each operation. What has no row is computed by its definition everywhere."""

_asked = ["auto"]


@contextmanager
def use(backend: str) -> Iterator[None]:
    """Choose the kernels of this process for a while.

    Args:
        backend: ``auto`` takes the fastest that fits each call and never raises; ``plain`` the
            definitions; ``cpu`` or ``triton`` those kernels, and raises where an operation that
            has one is called with what it cannot take.

    Raises:
        UnknownNameError: for another name.
        OptionError: when nothing of it is there, saying why.

    Example:
        >>> import torch
        >>> with use("plain"):
        ...     choose("rms_norm", torch.zeros(2)).__module__.rpartition(".")[2]
        'plain'
    """
    if backend not in get_args(Backend):
        raise UnknownNameError("backend", backend, get_args(Backend))
    own = [ways[backend] for ways in TABLE.values() if backend in ways]
    if backend != "auto" and all(kernel.missing for kernel in own):
        why = own[0].missing
        raise OptionError(f"the {backend} kernels cannot be used: {why}", hint="use auto or plain")
    before, _asked[0] = _asked[0], backend
    try:
        yield
    finally:
        _asked[0] = before


def asked() -> str:
    """The backend that ``use`` was last asked for, else ``auto``: for what is no operation of the
    table, since it replaces a row of them."""
    return _asked[0]


def choose(operation: str, x: Tensor) -> Callable[..., Any]:
    """The kernel for an operation.

    Args:
        operation: its name in ``TABLE``.
        x: its first argument.

    Raises:
        OptionError: when a named backend was asked for and cannot take it.
    """
    ways, asked = TABLE[operation], _asked[0]
    if asked == "auto":
        fitting = (
            name
            for name, kernel in reversed(ways.items())
            if kernel.fits(x) and kernel.pays(x) and kernel.missing is None
        )
        return _load(operation, ways[next(fitting)].module)
    kernel = ways.get(asked, ways["plain"])
    if kernel.missing or not kernel.fits(x):
        why = kernel.missing or f"it does not take {x.dtype} on {x.device}"
        raise OptionError(f"the {asked} kernel of {operation} cannot be used: {why}")
    return _load(operation, kernel.module)


@lru_cache
def _load(operation: str, module: str) -> Callable[..., Any]:
    home = import_module(f"hrm_toolkit.solvers.kernels.{module}")
    function: Callable[..., Any] = getattr(home, operation)
    return function


def describe() -> dict[str, list[str]]:
    """The kernels of each operation that can be used here, the preferred one first."""
    return {
        operation: [name for name, k in reversed(ways.items()) if k.missing is None]
        for operation, ways in TABLE.items()
    }
