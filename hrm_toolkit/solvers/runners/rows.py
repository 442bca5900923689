"""Rows one after another on a CPU, without torch: no padding, and no row knows of another."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import States, Structure
from hrm_toolkit.solvers.inputs.places import Encoded, Places
from hrm_toolkit.solvers.kernels.cpu import Prepared, Recurrence, State
from hrm_toolkit.solvers.networks.weights import Weights
from hrm_toolkit.solvers.runners.runner import Restart, Rolling, Row, Runner, arithmetic

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

K = TypeVar("K", bound=Hashable)

_WORTH_A_THREAD = 2e-4
"""Seconds of a segment from which on handing it to another thread pays."""


class RowsRunner(Runner):
    """A structured network that runs row by row.

    Args:
        weights: of the network.
        backend: what computes, see ``kernels.backend.use``.

    Raises:
        OptionError: where native code was asked for and there is none for it.
    """

    rate = 2.5e10  # of one core, with the definition in NumPy too

    def __init__(self, weights: Weights, backend: Literal["auto", "cpu", "plain"] = "auto") -> None:
        self.backend = backend
        self.weights, self.config = weights, weights.config
        self.parameters = weights.parameters
        self.recurrence = Recurrence(weights.config, weights.arrays, backend)

    def rolling(self) -> Rolling[Any]:
        """See ``Runner.rolling``."""
        return Rows(self)

    def shape_class(self, encoded: Encoded) -> tuple[int, int]:
        """One for all: rows share nothing."""
        return 0, 0

    def places(self, structure: Structure, length: int) -> Places | None:
        """See ``Runner.places``."""
        return self.recurrence.places(structure, length)

    def operations(self, places: int) -> float:
        """See ``Runner.operations``."""
        return arithmetic(self.config, self.weights.matrices, places)


@dataclass(eq=False)
class _Row:
    encoded: Encoded
    prepared: Prepared
    state: State
    segment: int = 0


class Rows(Rolling[K]):
    """Rows that advance in turn.

    Args:
        runner: whose network.
    """

    def __init__(self, runner: RowsRunner) -> None:
        self._runner = runner
        self._rows: dict[K, _Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def keys(self) -> tuple[K, ...]:
        """See ``Rolling.keys``."""
        return tuple(self._rows)

    def add(self, rows: Iterable[tuple[K, Encoded]], restart: Restart | None = None) -> None:
        """See ``Rolling.add``."""
        recurrence, config = self._runner.recurrence, self._runner.config
        for key, encoded in rows:
            prepared = recurrence.prepare(encoded)
            state = recurrence.start(prepared)
            if restart is not None:
                # Drawn for every position and symbol, so that a row's noise is that of a batch.
                columns = max(len(encoded.structure.symbols), 1)
                noise = restart.noise(len(encoded.tokens), columns, config.width)
                places = encoded.places
                for own, drawn in zip((state.z_high, state.z_low), noise, strict=True):
                    np.add(own, drawn[places.position, places.column], out=own)
            self._rows[key] = _Row(encoded, prepared, state)

    def advance(self, *, states: bool = False, most: int = 1) -> list[Row[K]]:
        """See ``Rolling.advance``."""
        rows = list(self._rows.items())
        threads = 1 if states or not self._worth_threads else _threads()
        if threads == 1:
            return [self._segment(key, row, most, states) for key, row in rows]
        # Native code works without the interpreter's lock, and no row knows of another.
        pool = _pool(threads, os.getpid())
        return list(pool.map(lambda own: self._segment(own[0], own[1], most, states), rows))

    @property
    def _worth_threads(self) -> bool:
        """Whether there are several rows, and a segment of the smallest is work enough."""
        if len(self._rows) < 2:
            return False
        places = min(row.prepared.places for row in self._rows.values())
        return self._runner.segment_seconds(places) >= _WORTH_A_THREAD

    def _segment(self, key: K, row: _Row, most: int, states: bool) -> Row[K]:
        updates: list[npt.NDArray[np.float32]] | None = [] if states else None
        run, most = self._runner.recurrence.run, 1 if states else most
        said = run(row.prepared, row.state, most, until="change", record=updates)
        row.segment += said.segments
        return Row(
            key,
            row.segment,
            said.logits,
            said.tokens,
            said.q_halt,
            said.q_continue,
            said.wants_halt,
            said.residual,
            None if updates is None else self._states(row.encoded, updates),
            self._hints(row),
        )

    def _hints(self, row: _Row) -> Callable[[], npt.NDArray[np.int32]] | None:
        """Of a network whose positions have one place each at the most."""
        weight = self._runner.weights.arrays.get("hint_head.weight")
        if weight is None or len(row.encoded.structure.symbols):
            return None
        # Few segments are watched: the others' states are kept, and nothing is made of them.
        return partial(_hinted, row.encoded, row.state.z_high.copy(), weight)

    def _states(self, encoded: Encoded, updates: list[npt.NDArray[np.float32]]) -> States:
        """(P, D) after each update -> (H, K + 1, L, C, D), zeros where there is no place."""
        config, places = self._runner.config, encoded.places
        columns = max(len(encoded.structure.symbols), 1)
        spread = np.zeros((len(updates), len(encoded.tokens), columns, config.width), np.float32)
        spread[:, places.position, places.column] = updates
        cycles = spread.reshape(config.high_cycles, config.low_cycles + 1, *spread.shape[1:])
        return States(z_high=cycles[:, -1], z_low=cycles[:, :-1])

    def drop(self, keys: Iterable[K]) -> None:
        """See ``Rolling.drop``."""
        for key in keys:
            self._rows.pop(key, None)

    @property
    def state_bytes(self) -> int:
        """See ``Rolling.state_bytes``."""
        config = self._runner.config
        cycles = config.high_cycles * (config.low_cycles + 1)
        numbers = sum(row.prepared.size // 2 for row in self._rows.values())
        return 4 * cycles * numbers


def _hinted(
    encoded: Encoded, z_high: npt.NDArray[np.float32], weight: npt.NDArray[np.float32]
) -> npt.NDArray[np.int32]:
    """(P, D) -> (L,)."""
    hints = np.zeros(len(encoded.tokens), np.int32)
    # The first of a position's logits stands for what is not scored.
    hints[encoded.places.position] = 1 + (z_high @ weight[1:].T).argmax(-1)
    return hints


def _threads() -> int:
    """Cores that this process may use, or fewer where OMP_NUM_THREADS says so."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    said = os.environ.get("OMP_NUM_THREADS", "")
    return min(cores, max(int(said), 1)) if said.isdecimal() else cores


@lru_cache(maxsize=1)
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """Threads that segments run on; a forked process has none of its parent's."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads, thread_name_prefix="hrm-toolkit rows")
