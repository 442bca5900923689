"""The structured network as arrays: prepare a puzzle, start a row, run its segments."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np

from hrm_toolkit.core import BundleError, InputError, OptionError, Structure
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Encoded, Places
from hrm_toolkit.solvers.kernels.cpu import native
from hrm_toolkit.solvers.kernels.cpu.parameters import shapes
from hrm_toolkit.solvers.kernels.cpu.prepared import (
    EMBEDDED,
    Floats,
    Outcome,
    Prepared,
    State,
    Until,
    prepare,
)
from hrm_toolkit.solvers.kernels.cpu.twin import Twin


class Recurrence:
    """The structured network as arrays, ready to run on a CPU.

    Nothing of a row depends on any other row, not even the last bit. Native code works without the
    interpreter's lock, so that threads run rows side by side, each with a ``Prepared`` of its own.

    Args:
        config: of the network.
        weights: by their names in the network's state dict.
        backend: ``cpu`` for native code, ``plain`` for the NumPy twin, ``auto`` for native code
            where there is some for this machine and this network, else the twin.

    Attributes:
        backend: what computes, ``cpu`` or ``plain``.

    Raises:
        BundleError: when a weight is missing, has another shape or is not finite.
        OptionError: for ``cpu`` where there is no native code for this machine or this network.
    """

    backend: str

    def __init__(
        self,
        config: StructuredConfig,
        weights: Mapping[str, Floats],
        backend: Literal["auto", "cpu", "plain"] = "auto",
    ) -> None:
        self.config = config
        self._weights = _checked(config, weights)
        scale = np.float32(math.sqrt(config.width))
        self._weights[EMBEDDED] = self._weights["embedding"] * scale
        # High and low, (2, 1, D).
        self._initial = np.array([[self._weights["high_init"]], [self._weights["low_init"]]])
        missing = native.unsupported(config)
        if backend == "cpu" and missing is not None:
            raise OptionError(missing, hint="leave the backend to auto, or choose plain")
        self.backend = "plain" if backend == "plain" or missing is not None else "cpu"
        make = Twin if self.backend == "plain" else native.Native
        self._engine: Twin | native.Native = make(config, self._weights)

    def places(self, structure: Structure, length: int) -> Places | None:
        """The places of a structure that fits so many positions, where native code sees that it
        does: there are weighted relations alone, with a row for each position. None says nothing
        of it."""
        return self._engine.places(structure, length)

    def prepare(self, puzzle: Encoded) -> Prepared:
        """Check a puzzle and lay it out, once for all its segments and attempts.

        Raises:
            InputError: when its tokens or its structure are not what the network reads.
        """
        return prepare(self.config, self._weights, puzzle)

    def start(self, prepared: Prepared) -> State:
        """A fresh carry: the same initial state at every place."""
        z_high, z_low = self._initial.repeat(prepared.places, 1)
        tokens = np.empty(len(prepared.tokens), np.int32)
        tokens.fill(-1)
        return State(z_high, z_low, tokens)

    def run(
        self,
        prepared: Prepared,
        state: State,
        segments: int = 1,
        *,
        until: Until = "segment",
        record: list[Floats] | None = None,
    ) -> Outcome:
        """Run segments, changing the state in place.

        Args:
            prepared: the puzzle; used by one thread at a time.
            state: of one row of it.
            segments: at most so many, at least 1.
            until: ``segment`` runs them all; ``change`` stops after the first whose answer is not
                the one before, or where the network wants to halt; ``halt`` only at the latter.
            record: given the state after every update, low and high, in order, shape (P, D) each:
                the last two to the bit, those before within rounding errors.

        Raises:
            InputError: when the state does not have the shape and type of ``start``'s.
        """
        if segments < 1:
            raise OptionError(f"{segments} segments", expected="at least 1")
        if prepared.config is not self.config:
            raise InputError(
                "the puzzle was prepared for another network", hint="prepare it with this one"
            )
        shape = (prepared.places, self.config.width)
        for array in (state.z_high, state.z_low):
            if array.shape != shape or array.dtype != np.float32 or not array.flags.c_contiguous:
                raise InputError(
                    f"a state is {array.dtype} of shape {array.shape}",
                    expected=f"contiguous float32 of shape {shape}",
                )
        if state.tokens.shape != prepared.tokens.shape or not state.tokens.flags.c_contiguous:
            raise InputError(
                f"a state has {len(state.tokens)} tokens", expected=f"{len(prepared.tokens)}"
            )
        if record is not None:
            # The twin shows every update; what counts is computed as it is where nobody watches.
            watched = State(state.z_high.copy(), state.z_low.copy(), state.tokens.copy())
            twin = Twin(self.config, self._weights)
            twin.run(prepared, watched, segments, until, record)
        outcome = self._engine.run(prepared, state, segments, until)
        if record is not None:
            record[-2:] = state.z_low.copy(), state.z_high.copy()
        return outcome


def _checked(config: StructuredConfig, weights: Mapping[str, Floats]) -> dict[str, Floats]:
    """The weights that a network of this configuration has."""
    checked = {}
    for name, shape in shapes(config).items():
        if name not in weights:
            raise BundleError(f'there is no weight "{name}"', expected=f"one of shape {shape}")
        array = np.ascontiguousarray(weights[name], np.float32)
        if array.shape != shape or not np.isfinite(array).all():
            raise BundleError(
                f'the weight "{name}" does not fit the configuration',
                expected=f"finite numbers of shape {shape}",
                got=f"shape {array.shape}",
            )
        checked[name] = array
    return checked
