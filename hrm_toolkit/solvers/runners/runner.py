"""What runs a network at inference: rows that advance segment by segment; without torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from hrm_toolkit.core import OptionError, States, Structure
from hrm_toolkit.solvers.inputs.config import NetworkConfig
from hrm_toolkit.solvers.inputs.places import Encoded, Places

K = TypeVar("K", bound=Hashable)

MOST_STATE_BYTES = 1 << 30
"""The most that the states of one trace may take."""


@dataclass(frozen=True)
class Restart:
    """Normal noise on a row's first carry, the same for every row of its shape.

    Attributes:
        deviation: of the noise.
        seed: what it is drawn from.
    """

    deviation: float
    seed: tuple[int, ...]

    def noise(self, *shape: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """What is added to the high and to the low state of a row, each of a shape."""
        rng = np.random.default_rng(self.seed)
        scale = np.float32(self.deviation)
        high = scale * rng.standard_normal(shape, np.float32)
        return high, scale * rng.standard_normal(shape, np.float32)


class Row(NamedTuple, Generic[K]):
    """What one segment said of one row.

    Attributes:
        key: the name it was added under.
        segment: segments the row has had, from 1.
        logits: shape (L, V), float32.
        tokens: the likeliest of each, shape (L,), int32.
        q_halt: halting logit.
        q_continue: value logit of going on.
        wants_halt: whether the network would stop here.
        residual: root mean square of what the segment changed in the carry: how far the row is
            from standing still.
        states: of each of the segment's cycles, where they were asked for.
        hints: works out the likeliest of each position, shape (L,), 0 where there is none, of a
            network that was taught them, see ``core.Process``; None of others.
    """

    key: K
    segment: int
    logits: npt.NDArray[np.float32]
    tokens: npt.NDArray[np.int32]
    q_halt: float
    q_continue: float
    wants_halt: bool
    residual: float
    states: States | None = None
    hints: Callable[[], npt.NDArray[np.int32]] | None = None


class Rolling(ABC, Generic[K]):
    """Rows in flight: they advance together, while some halt and leave and others join."""

    @abstractmethod
    def __len__(self) -> int:
        """How many there are."""

    @property
    @abstractmethod
    def keys(self) -> tuple[K, ...]:
        """Names of the rows, in the order they joined."""

    @abstractmethod
    def add(self, rows: Iterable[tuple[K, Encoded]], restart: Restart | None = None) -> None:
        """Let rows join, each with a fresh carry. All rows have one ``shape_class``.

        Args:
            rows: names and puzzles; of one length where there is a ``restart``.
            restart: noise on their first carries, or None for the network's own.
        """

    @abstractmethod
    def advance(self, *, states: bool = False, most: int = 1) -> list[Row[K]]:
        """Run one segment of every row, in the order they joined, or several in one call.

        Args:
            states: keep the states of each cycle in the rows.
            most: segments that a row may have whose answer stays as it is; it may have fewer, and
                no more after one that wants to halt.
        """

    @abstractmethod
    def drop(self, keys: Iterable[K]) -> None:
        """Let rows leave."""

    @property
    @abstractmethod
    def state_bytes(self) -> int:
        """What the states of one segment of all rows take."""


class Runner(ABC):
    """A network ready to run.

    Attributes:
        config: the network's.
        parameters: its number of trained numbers.
        rate: floating-point operations a second that its device keeps up.
    """

    config: NetworkConfig
    parameters: int
    rate: float

    @abstractmethod
    def rolling(self) -> Rolling[Any]:
        """A batch without rows."""

    @abstractmethod
    def shape_class(self, encoded: Encoded) -> tuple[int, int]:
        """What rows of one batch must share."""

    def places(self, structure: Structure, length: int) -> Places | None:
        """The places of a structure that is seen at once to fit so many tokens; None, as the
        default says, where it is to be looked at and laid out."""
        return None

    @abstractmethod
    def operations(self, places: int) -> float:
        """Floating-point operations of one segment on some places, see ``arithmetic``."""

    def segment_seconds(self, places: int) -> float:
        """About what one segment takes on some places, by its arithmetic alone.

        The same on every machine of a kind, so that what is tried does not depend on the hour.
        """
        return max(self.operations(places) / self.rate, 1e-9)

    def require_room(self, segments: int, each: int) -> None:
        """Refuse to keep states that nobody has the memory for, or that cannot be watched.

        Args:
            segments: the most that are to run.
            each: bytes of the states of one.

        Raises:
            OptionError: naming the bytes, the limit and the way out.
        """
        if segments * each <= MOST_STATE_BYTES:
            return
        fit = MOST_STATE_BYTES // each
        raise OptionError(
            f"the states of {segments:,} segments would take {segments * each:,} bytes",
            expected=f"at most {MOST_STATE_BYTES:,}",
            hint=f"run at most {fit:,} segments (--segments {fit})"
            if fit
            else f"trace a smaller puzzle: one segment of this one takes {each:,} bytes",
        )


def arithmetic(config: NetworkConfig, weights: int, places: int) -> float:
    """Floating-point operations of one segment: the products with each weight in each update.

    Args:
        weights: numbers of its matrices, embeddings left out.
        places: positions, or positions and symbols, that have a state.
    """
    updates = config.high_cycles * (config.low_cycles + 1)
    attention = 0.0
    if config.all_pairs:
        attention = 4.0 * places * config.width * config.layers
    return places * updates * (2.0 * weights + attention)
