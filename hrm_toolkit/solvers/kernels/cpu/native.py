"""Native code: the library beside this file, which of its variants runs here, and calls of it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hrm_toolkit.core import Structure
from hrm_toolkit.solvers.inputs.config import StructuredConfig
from hrm_toolkit.solvers.inputs.places import Places, Pooling
from hrm_toolkit.solvers.kernels.cpu.parameters import block_names
from hrm_toolkit.solvers.kernels.cpu.prepared import (
    FactorRows,
    Floats,
    Outcome,
    Prepared,
    Rows,
    State,
    Until,
    Weights,
)

BLOCK = 16
"""Columns that packed weights lie together in, whatever a processor's vectors hold."""

_UNTIL: dict[Until, int] = {"segment": 0, "change": 1, "halt": 2}
_DECLARED = np.dtype(np.int32), np.dtype(np.int32), np.dtype(np.float32)


class _Rows(ctypes.Structure):
    _fields_ = [
        ("rows", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("start", "source", "of", "scale", "weights")),
    ]


class _Factors(ctypes.Structure):
    _fields_ = [("inward", _Rows), ("back", _Rows), ("told", ctypes.c_void_p)]


class _Puzzle(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int64)
            for name in ("length", "places", "actives", "relations", "symbols")
        ),
        ("rows", ctypes.POINTER(_Rows)),
        ("candidates", ctypes.POINTER(_Rows)),
        *(
            (name, ctypes.c_void_p)
            for name in ("neighbours", "positions", "symbol", "symbol_ids", "inputs")
        ),
        ("size", ctypes.c_double),
        ("factors", ctypes.POINTER(_Factors)),
    ]


class _Network(ctypes.Structure):
    _fields_ = [
        *(
            (name, ctypes.c_int64)
            for name in (
                *("width", "inner", "vocabulary", "layers", "high_cycles", "low_cycles"),
                *("neighbours", "pools", "weighted", "factors", "weighs_continuing"),
            )
        ),
        *(
            (name, ctypes.c_void_p)
            for name in ("low", "high", "token_head", "symbol_head", "halt_head", "halt_bias")
        ),
    ]


class _Declared(ctypes.Structure):
    _fields_ = [
        ("entries", ctypes.c_int64),
        *((name, ctypes.c_void_p) for name in ("source", "start", "weights", "divisor")),
    ]


class _Outcome(ctypes.Structure):
    _fields_ = [
        ("segments", ctypes.c_int64),
        *((name, ctypes.c_double) for name in ("q_halt", "q_continue", "residual")),
        *((name, ctypes.c_int64) for name in ("wants_halt", "changed")),
    ]


class Library(NamedTuple):
    """The loaded library.

    Attributes:
        code: its functions.
        variants: names of those that run here, from the plainest.
    """

    code: ctypes.CDLL
    variants: tuple[str, ...]


def available() -> str | None:
    """None where native code runs here, else why not, in one sentence."""
    found = library()
    return found if isinstance(found, str) else None


def variant() -> str:
    """Which build of the native code runs here, such as ``x86-64-v3``; empty where none does."""
    found = library()
    return "" if isinstance(found, str) else found.variants[-1]


@lru_cache(maxsize=1)
def library() -> Library | str:
    """The library, or why there is none."""
    # Here, since a module that is run by its name must not be imported before.
    from hrm_toolkit.solvers.kernels.cpu.build import digest, library_name

    path = Path(__file__).with_name(library_name())
    build = "python -m hrm_toolkit.solvers.kernels.cpu.build"
    if not path.exists():
        return f"this installation has no native code; {build} makes it where there is a compiler"
    try:
        code = ctypes.CDLL(str(path))
        code.hrm_source.restype = code.hrm_variant.restype = ctypes.c_char_p
        code.hrm_variants.restype = code.hrm_scratch.restype = ctypes.c_int64
    except (OSError, AttributeError) as error:
        return f"the native code {path.name} does not load ({error}); {build} makes it anew"
    if code.hrm_source() != digest().encode():
        return f"the native code was built from another source; {build} makes it anew"
    pointer = ctypes.c_void_p
    code.hrm_variant.argtypes = [ctypes.c_int64]
    code.hrm_scratch.argtypes = [ctypes.c_int64, pointer, pointer]
    code.hrm_run.argtypes = [
        *(ctypes.c_int64, pointer, pointer, pointer, pointer, pointer, pointer, pointer),
        *(ctypes.c_int64, ctypes.c_int64, pointer),
    ]
    number = ctypes.c_int64
    code.hrm_sizes.argtypes = [number, *[pointer] * 3, number, number, pointer]
    code.hrm_sizes.restype = number
    code.hrm_forward.argtypes = [number, *[pointer] * 4, number, pointer, number]
    code.hrm_backward.argtypes = [number, *[pointer] * 4, number, *[pointer] * 4, number]
    code.hrm_fit.argtypes = [pointer, number, number, pointer]
    code.hrm_fit.restype = number
    code.hrm_run.restype = code.hrm_forward.restype = code.hrm_backward.restype = None
    names = [code.hrm_variant(index).decode() for index in range(code.hrm_variants())]
    if not names:
        return "the native code needs a processor of the level x86-64-v2 at least"
    # x86_64_v3, as compilers may name a variable, is x86-64-v3 to everybody else.
    return Library(code, tuple(name.replace("_v", "-v").replace("x86_", "x86-") for name in names))


def unsupported(config: StructuredConfig) -> str | None:
    """None where native code runs a network here, else why not, in one sentence."""
    found = library()
    if isinstance(found, str):
        return found
    network, puzzle = _Network(width=config.width, inner=config.inner), _Puzzle()
    if found.code.hrm_scratch(0, ctypes.byref(network), ctypes.byref(puzzle)) < 0:
        return f"there is no native code for width {config.width} with inner {config.inner}"
    return None


class Native:
    """The recurrence of one network in native code.

    Args:
        config: of the network; ``unsupported`` says None of it.
        weights: by name, see ``parameters.shapes``.
        variant: the build to use, see ``Library.variants``; None for the best that runs here.
    """

    def __init__(
        self, config: StructuredConfig, weights: Weights, variant: str | None = None
    ) -> None:
        found = library()
        if isinstance(found, str):
            raise RuntimeError(found)
        self._code = found.code
        self._variant = found.variants.index(variant or found.variants[-1])
        self._packed = pack_all(config, weights)
        self._network = ctypes.byref(network_of(config, self._packed))

    def run(self, prepared: Prepared, state: State, segments: int, until: Until) -> Outcome:
        """See ``Recurrence.run``."""
        kept = prepared.memory.get(self._variant)
        if kept is None:
            kept = prepared.memory[self._variant] = self._laid_out(prepared)
        puzzle, scratch = kept
        logits, said = prepared.logits.copy(), _Outcome()
        self._code.hrm_run(
            self._variant,
            self._network,
            ctypes.byref(puzzle),
            _address(state.z_high),
            _address(state.z_low),
            _address(state.tokens),
            _address(logits),
            _address(scratch),
            segments,
            _UNTIL[until],
            ctypes.byref(said),
        )
        return Outcome(
            said.segments,
            logits,
            state.tokens.copy(),
            said.q_halt,
            said.q_continue,
            said.residual,
            bool(said.wants_halt),
            bool(said.changed),
        )

    def places(self, structure: Structure, length: int) -> Places | None:
        """See ``Recurrence.places``."""
        relations, column = structure.relations, np.zeros(length, np.int64)
        plain = structure.allowed is None and structure.coordinates is None
        if not plain or structure.factors or len(structure.symbols):
            return None
        # Relations may have their rows in common.
        rows = [relation.rows for relation in relations]
        declared, made = (_Declared * len(rows))(), dict[tuple[int, ...], Pooling]()
        for key, relation in zip(rows, relations, strict=True):
            if key in made:
                continue
            if relation.of is not None or relation.single or relation.weights is None:
                return None
            source, start = map(np.ascontiguousarray, (relation.source, relation.start))
            weights, divisor = np.ascontiguousarray(relation.weights), np.empty(length, np.float32)
            if (source.dtype, start.dtype, weights.dtype) != _DECLARED:
                return None
            if source.ndim != 1 or start.shape != (length + 1,) or weights.shape != source.shape:
                return None
            own = declared[len(made)]
            own.entries, own.source, own.start = source.size, _address(source), _address(start)
            own.weights, own.divisor = _address(weights), _address(divisor)
            made[key] = Pooling(source, start, divisor, None, weights, None, 0)
        touched = self._code.hrm_fit(declared, len(made), length, _address(column))
        if touched < length:
            return None if touched < 0 else Places.of(structure, length, checked=True)
        # Each position has its one place.
        column.fill(0)
        poolings = tuple([made[key] for key in rows])
        return Places(np.arange(length), column, poolings, columns=1, rooted=False)

    def _laid_out(self, prepared: Prepared) -> tuple[_Puzzle, Floats]:
        """A puzzle's addresses, and the memory that a run of it works in."""
        # Relations may have their rows in common.
        relations, candidates = prepared.rows, prepared.candidates
        rows = {id(own): _rows(own) for own in relations}
        factors = prepared.factors
        puzzle = _Puzzle(
            length=len(prepared.tokens),
            places=prepared.places,
            actives=len(prepared.positions),
            relations=len(relations),
            symbols=len(prepared.symbols),
            rows=(_Rows * len(relations))(*[rows[id(own)] for own in relations]),
            candidates=None if candidates is None else ctypes.pointer(_rows(candidates)),
            neighbours=_maybe(prepared.neighbours),
            positions=_address(prepared.positions),
            symbol=_maybe(prepared.symbol),
            symbol_ids=_address(prepared.symbols) if len(prepared.symbols) else None,
            inputs=_address(prepared.inputs),
            size=prepared.size,
            factors=None if factors is None else ctypes.pointer(_factors(factors)),
        )
        size = self._code.hrm_scratch(self._variant, self._network, ctypes.byref(puzzle))
        return puzzle, room(size)


def network_of(config: StructuredConfig, packed: Weights) -> _Network:
    """What native code knows of a network.

    Args:
        config: of the network.
        packed: weights by field; they must outlive it.
    """
    kinds = [spec.kind for spec in config.relations]
    return _Network(
        width=config.width,
        inner=config.inner,
        vocabulary=config.vocabulary,
        layers=config.layers,
        high_cycles=config.high_cycles,
        low_cycles=config.low_cycles,
        neighbours=kinds.count("neighbour"),
        pools=kinds.count("pool") + config.symbols,
        weighted=kinds.count("weighted"),
        factors=config.factors is not None,
        weighs_continuing=config.q_continue,
        **{name: array.ctypes.data for name, array in packed.items()},
    )


def _rows(rows: Rows) -> _Rows:
    return _Rows(
        len(rows.scale),
        _address(rows.start),
        _address(rows.source),
        _maybe(rows.of),
        _address(rows.scale),
        _maybe(rows.weights),
    )


def _factors(factors: FactorRows) -> _Factors:
    return _Factors(_rows(factors.inward), _rows(factors.back), _address(factors.told))


_buffer: Callable[[Any], ctypes.c_char] = ctypes.c_char.from_buffer


def _address(array: np.ndarray) -> int:
    """Where an array's numbers lie."""
    try:
        return ctypes.addressof(_buffer(array))
    except (TypeError, ValueError):
        # There are none, or they may not be written to; to ask the array itself is dearer by far.
        return array.ctypes.data


def _maybe(array: np.ndarray | None) -> int | None:
    return None if array is None else _address(array)


def pack_all(config: StructuredConfig, weights: Weights) -> dict[str, Floats]:
    """The weights of ``Network`` in ``recurrence.cpp``, by field."""
    packed = {
        "low": pack(config, weights, "low"),
        "high": pack(config, weights, "high"),
        "token_head": pack_head(weights["token_head.weight"]),
        "halt_head": aligned(weights["halt_head.weight"]),
        "halt_bias": aligned(weights["halt_head.bias"]),
    }
    if config.symbols:
        packed["symbol_head"] = aligned(weights["symbol_head.weight"])
    return packed


def pack(config: StructuredConfig, weights: Weights, level: str) -> Floats:
    """A level's weights in the order in which native code reads them, see ``recurrence.cpp``."""
    parts: list[Floats] = []
    for index in range(config.layers):
        names = block_names(config, level, index)
        parts.append(weights[names.own].T)
        if names.neighbours is not None:
            parts.append(weights[names.neighbours].T)
        for pooled in names.pooled:
            parts.append(weights[pooled.projection].T)
            if pooled.message is not None and pooled.weight is not None:
                parts += [weights[pooled.message].T, weights[pooled.weight]]
        if names.factors is not None:
            parts += [weights[name].T for name in names.factors]
        # (I, D) each -> (I / 16, D, 32): 16 columns of the gate beside as many of up.
        pair = [weights[name].T for name in (names.gate, names.up)]
        columns = [part.reshape(config.width, -1, 1, BLOCK) for part in pair]
        parts.append(np.concatenate(columns, 2).transpose(1, 0, 2, 3))
        parts.append(weights[names.down].T)
    return aligned(np.concatenate([part.ravel() for part in parts]))


def pack_head(head: Floats) -> Floats:
    """(V, D) -> (V / 16, D, 16), V up to a multiple of 16."""
    padded = np.pad(head, ((0, -len(head) % BLOCK), (0, 0)))
    return aligned(padded.reshape(-1, BLOCK, head.shape[1]).transpose(0, 2, 1))


def aligned(values: Floats) -> Floats:
    """The same numbers from an address that no vector of 64 bytes crosses a cache line from."""
    place = room(values.size)
    place[:] = values.ravel()
    return place


def room(size: int) -> Floats:
    """Memory for so many numbers, whatever they are, from such an address."""
    made = np.empty(size + BLOCK, np.float32)
    skipped = -_address(made) % 64 // 4
    return made[skipped : skipped + size]
