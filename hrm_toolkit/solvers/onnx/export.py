"""One segment of a network as an ONNX file: carry in, carry out.

A structured network's graph takes the index tables of a puzzle's structure as inputs, so that one
file serves puzzles of every size; ``onnx.inputs.segment_inputs`` makes them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch

from hrm_toolkit.core import BundleError, InputError, MissingExtraError
from hrm_toolkit.solvers.inputs.batch import Batch, collate
from hrm_toolkit.solvers.inputs.places import Encoded
from hrm_toolkit.solvers.networks.families import build_network
from hrm_toolkit.solvers.networks.network import Carry, Network
from hrm_toolkit.solvers.onnx.inputs import Array, segment_inputs
from hrm_toolkit.solvers.solver import Solver

METADATA = "hrm_toolkit"
_MOST_BYTES = 2_000_000_000
_SEGMENTS = 4


def export_segment(network: Network, facts: Mapping[str, Any] | None = None) -> bytes:
    """A network's segment as the bytes of an ONNX file, computed in float32.

    Inputs: ``fresh`` (B,), rows that begin, whose carry is not read; ``z_high`` and ``z_low``;
    ``tokens`` (B, L) and what else ``segment_inputs`` makes. Outputs: ``z_high_next`` and
    ``z_low_next``; ``logits`` (B, L, V); ``q_halt``, ``q_continue`` (B,); ``halts`` (B,), rows
    that the network would stop. Logits at padding have no meaning.

    Args:
        network: of any family.
        facts: kept as JSON in the file's metadata, under ``hrm_toolkit``.

    Raises:
        MissingExtraError: without the package onnx.
        BundleError: for a network that no ONNX file can hold.
    """
    try:
        from hrm_toolkit.solvers.onnx.segment import segment_graph
    except ModuleNotFoundError as error:
        if error.name != "onnx":
            raise
        raise MissingExtraError("onnx", "onnx") from None
    if 4 * network.parameter_count() > _MOST_BYTES:
        raise BundleError(
            f"the network has {network.parameter_count():,} parameters",
            expected=f"at most {_MOST_BYTES // 4:,}, which one ONNX file can hold",
        )
    return segment_graph(network).serialized({METADATA: json.dumps(dict(facts or {}))})


@dataclass(frozen=True)
class Exported:
    """A solver's segment.

    Attributes:
        data: the ONNX file.
        facts: what its metadata says of where it came from.
        compared: puzzles that it was compared with the network on.
        error: see ``compare``; 0 where it was compared on none.
    """

    data: bytes
    facts: dict[str, Any]
    compared: int
    error: float


def export_solver(solver: Solver) -> Exported:
    """A solver's segment, compared with its network on the adapter's own examples.

    Raises:
        MissingExtraError: without the packages onnx and onnxruntime.
        BundleError: see ``export_segment`` and ``compare``.
        OptionError: when the solver has no network.
    """
    from hrm_toolkit import __version__

    solver.runner()  # Refuses a solver without a network.
    network = _in_float32(cast(Network, solver.network))
    facts = {
        "solver": solver.name,
        "task": solver.adapter.task,
        "family": network.config.family,
        "sha256": None if solver.manifest is None else solver.manifest.sha256,
        "toolkit": __version__,
    }
    data, samples = export_segment(network, facts), _samples(solver)
    return Exported(data, facts, len(samples), compare(data, network, samples))


def _in_float32(network: Network) -> Network:
    """The network, or where it computes in another precision a copy that does in float32."""
    config = network.config.in_float32()
    if config is network.config:
        return network
    wide = build_network(config)
    wide.load_state_dict(network.state_dict())
    return wide.eval()


def _samples(solver: Solver) -> list[Encoded]:
    """Those of the adapter's examples that the network can take."""
    proposer, found = solver.proposer(), []
    for wrong in solver.adapter.wrong_answers():
        for part in solver.adapter.parts(wrong.puzzle):
            try:
                found.append(proposer.encode(part))
            except InputError:
                continue
    return found


def compare(model: bytes, network: Network, puzzles: Sequence[Encoded]) -> float:
    """Run some segments of each puzzle by both, each from the same carry.

    Both are held against the network in float64: a recurrence may multiply rounding errors, and
    by how much is its own.

    Returns:
        The largest error of the exported graph, over the largest number of its kind.

    Raises:
        MissingExtraError: without the package onnxruntime.
        BundleError: when it errs by far more than the network does.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("onnx", "onnxruntime") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # what it leaves out of a graph is of no interest
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    exact, worst = copy.deepcopy(network).double(), 0.0
    for puzzle in puzzles:
        batch, inputs = collate([puzzle]), segment_inputs([puzzle], names)
        carry = network.initial_carry(batch.tokens, batch.structure)
        for segment in range(_SEGMENTS):
            inputs |= {"fresh": np.array([segment == 0])}
            inputs |= {name: part.numpy() for name, part in carry._asdict().items()}
            theirs = session.run(None, inputs)[:3]
            wide = Carry(*(part.double() for part in carry))
            true = _said(exact, wide, batch)
            ours = _said(network, carry, batch)
            carry = Carry(*map(torch.from_numpy, ours[:2]))
            error, own = _error(true, theirs), _error(true, ours)
            if not error <= 20 * own + 1e-5:
                raise BundleError(
                    "the exported graph does not compute what the network does",
                    expected=f"errors like its own, {own:.1e}",
                    got=f"{error:.1e}",
                    hint="this is a fault of the toolkit: report it with the bundle's network",
                )
            worst = max(worst, error)
    return worst


def _said(network: Network, carry: Carry, batch: Batch) -> list[Array]:
    """The next carry and the logits of a segment."""
    with torch.no_grad():
        after, output = network(carry, batch.tokens, batch.puzzle_ids, batch.structure)
    return [part.numpy() for part in (*after, output.logits)]


def _error(true: Sequence[Array], found: Sequence[Array]) -> float:
    """The largest difference, over the largest number of its kind or 1."""
    pairs = zip(true, found, strict=True)
    return max(float(np.abs(a - b).max() / max(np.abs(a).max(), 1.0)) for a, b in pairs)
