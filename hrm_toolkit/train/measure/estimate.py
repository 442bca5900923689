"""What a training run will take, from its recipe and a few real updates."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from hrm_toolkit.adapters.formats.published.layout import layout_of
from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import Model, Stopwatch
from hrm_toolkit.solvers.bundles.card import FLOPS_COUNT
from hrm_toolkit.solvers.inputs.config import expanded
from hrm_toolkit.train.data.stand_in import missing, write_stand_in
from hrm_toolkit.train.data.stream import Split, draw
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.record.validation import Validator
from hrm_toolkit.train.run import Run

_PUZZLES = 32
_BEARABLE = 4.0
"""Seconds that an update's slots may take one by one for all of them to be computed."""
_LONGEST = 6.0
"""Seconds of updates after which no other is made, be it the first."""
_DRAWING_SECONDS = 2.0
MEMORY_COUNTED = (
    "weights, optimizer, average and gradients by their sizes, and what one real update saved for "
    "its backward pass; torch itself and short-lived tensors are left out"
)


class Estimate(Model):
    """What a run will take on this machine.

    Attributes:
        parameters: trained numbers.
        tokens_per_puzzle: fewest and most tokens of the puzzles looked at.
        tokens_per_update: batch size times the padded length.
        flops_per_update: a multiply-add counts as two.
        flops_counted: what that leaves out.
        memory_bytes: of the run's tensors by kind, and ``total``.
        memory_counted: what that leaves out.
        process_peak_bytes: the most that this process held so far; None where it is not known.
        seconds_per_update: the median of the probe's.
        probed_updates: that were timed.
        probed_slots: slots that were computed, and those of the batch. Where an update would take
            long they are fewer, and times, FLOPs and bytes are scaled to all: times are then a
            little too long, since the optimizer's is scaled too. Bytes that are there once, such as
            weights cast to bfloat16, are told from those of each slot by measuring both.
        probed_on: where the puzzles of the probe came from.
        missing: what the run lacks, with the way to get it; None where it can begin.
        identifiers: rows of the puzzle embedding that parameters and memory count, where those of
            the data are not known and a number is assumed: that of the published ARC-1 folder.
        updates: of the whole run.
        seconds: of the whole run: ``seconds_by`` summed.
        seconds_by: drawing puzzles, updates, and validations, as if no puzzle ever halted.
    """

    parameters: int
    tokens_per_puzzle: tuple[int, int]
    tokens_per_update: int
    flops_per_update: int
    flops_counted: str
    memory_bytes: dict[str, int]
    memory_counted: str
    process_peak_bytes: int | None
    seconds_per_update: float
    probed_updates: int
    probed_slots: tuple[int, int]
    probed_on: str
    missing: str | None = None
    identifiers: int | None = None
    updates: int
    seconds: float
    seconds_by: dict[str, float]


def probe(recipe: Recipe, *, device: str = "cpu", seconds: float = 3.0) -> Estimate:
    """Make real updates for a while, on few puzzles and in a folder that is thrown away.

    Args:
        seconds: to spend on timed updates; at least three are made, or fewer that take 6 s. One
            that takes so long by itself is the only one: its FLOPs are counted as it is timed.
    """
    with tempfile.TemporaryDirectory() as folder:
        few, source = _few(recipe, Path(folder))
        lacks = recipe.training_data is not None and source != recipe.training_data
        run, first, saved = _bearable(few, Path(folder), device)
        scale = recipe.batch_size / run.recipe.batch_size
        times = _timed_updates(run, seconds, first.seconds)
        lengths = [len(run.adapter.codec.encode(e.puzzle)) for e in run.splits.validation]
        per_update = scale * sorted(times)[len(times) // 2]
        each = _validation(recipe, run)
        validating = _validations(recipe, each)
        # The last one is after the clock has ended.
        updates = _updates(recipe, per_update, validating - each)
        # Between two updates there is one validation at most.
        validating *= min(1, updates / max(1, recipe.validations))
        drawing = 0.0 if recipe.training_data else _drawing(recipe, run)
        spent = {"drawing": drawing, "updates": updates * per_update, "validations": validating}
        table = run.network.puzzle_table if lacks else None
        assumed = layout_of(run.adapter).identifiers or None if table is not None else None
        rows = 0 if table is None or assumed is None else assumed - len(table)
        memory = _state_bytes(run, None if table is None else table.shape, assumed) | {
            "activations": saved.of(_together(recipe))
        }
        memory["carry"] = int(scale * memory["carry"])
        return Estimate(
            parameters=run.network.parameter_count()
            + (0 if table is None else rows * table.shape[1]),
            tokens_per_puzzle=(min(lengths), max(lengths)),
            tokens_per_update=recipe.batch_size * run.slots.state.length,
            flops_per_update=int(scale * first.flops),
            flops_counted=FLOPS_COUNT,
            memory_bytes=memory | {"total": sum(memory.values())},
            memory_counted=MEMORY_COUNTED,
            process_peak_bytes=process_peak(),
            seconds_per_update=per_update,
            probed_updates=len(times),
            probed_slots=(run.recipe.batch_size, recipe.batch_size),
            probed_on=source,
            missing=missing(recipe.training_data) if lacks and recipe.training_data else None,
            identifiers=assumed,
            updates=updates,
            seconds=sum(spent.values()),
            seconds_by=spent,
        )


class _First(NamedTuple):
    """The first update of a run.

    Attributes:
        flops: of it.
        saved: bytes kept for its backward pass.
        cast: those of them that are weights in another type.
        seconds: how long it took.
    """

    flops: int
    saved: int
    cast: int
    seconds: float


class _Saved(NamedTuple):
    """Bytes that an update saves for its backward pass: for the weights once, and for each slot.

    Casts of the weights to bfloat16 are there once, however many slots there are.
    """

    once: float
    a_slot: float

    @classmethod
    def through(cls, few: tuple[int, int], more: tuple[int, int]) -> _Saved:
        """From bytes at two numbers of slots."""
        a_slot = (more[1] - few[1]) / (more[0] - few[0])
        once = few[1] - few[0] * a_slot
        # Where rows were longer in one than in the other, there is no such line.
        return cls(once, a_slot) if a_slot > 0 and once >= 0 else cls(0.0, more[1] / more[0])

    def of(self, slots: int) -> int:
        """Bytes for so many slots."""
        return int(self.once + slots * self.a_slot)


def _bearable(recipe: Recipe, folder: Path, device: str) -> tuple[Run, _First, _Saved]:
    """A run of the recipe, or where an update of that would take long, of fewer slots; with the
    bytes that its update saves, measured at two numbers of slots where they are fewer."""
    one = {"batch_size": 1, "accumulate": 1, "validation": 1}
    small = Run(recipe.model_copy(update=one), folder / "small", device=device)
    first = _first_update(small)
    took = first.seconds
    for _ in range(2):
        if took < _BEARABLE / 2:
            took = min(took, _timed(small))  # the first one had something to load
    if recipe.batch_size == 1:
        return small, first, _Saved(0.0, first.saved)
    # Slots of a small network take far less time side by side: measure it as it is.
    if took * recipe.batch_size < _BEARABLE:
        run = Run(recipe, folder / "whole", device=device)
        whole = _first_update(run)
        saved = whole.saved
        if recipe.accumulate > 1:
            # What one part saves is gone before the next begins.
            part = one | {"batch_size": _together(recipe)}
            saved = _first_update(Run(recipe.model_copy(update=part), folder / "part")).saved
        return run, whole, _Saved(0.0, saved / _together(recipe))
    if took >= _LONGEST:
        # Too long to measure more: casts are told from the rest by their shapes.
        return small, first, _Saved(first.cast, first.saved - first.cast)
    slots = min(max(2, int(_BEARABLE / 4 / took)), recipe.batch_size)
    some = {"batch_size": slots, "accumulate": 1}
    run = Run(recipe.model_copy(update=some), folder / "part", device=device)
    more = _first_update(run)
    return run, more, _Saved.through((1, first.saved), (slots, more.saved))


def _together(recipe: Recipe) -> int:
    """Slots that are computed at a time, at most."""
    return -(-recipe.batch_size // recipe.accumulate)


def _validation(recipe: Recipe, run: Run) -> float:
    """Seconds of a validation of the recipe, measured on as many puzzles and segments as a moment
    allows; from there on as their product."""

    def seconds(count: int, segments: int) -> float:
        brief = recipe.model_copy(update={"validation_segments": segments})
        few = replace(run.splits, validation=run.splits.validation[:count])
        validator = Validator(brief, run.adapter, run.network, few, run.device)
        return validator.measure(run.learner.average).seconds

    # Much of it is there once, whatever their number: the actions of a walk, for instance.
    most = (len(run.splits.validation), recipe.validation_segments)
    count, segments = 1, 1
    took = seconds(count, segments)
    if took < _LONGEST:
        took = min(took, seconds(count, segments))  # the first one had something to load
    while (count, segments) != most and 2 * took < _LONGEST:
        count, segments = min(2 * count, most[0]), min(2 * segments, most[1])
        took = seconds(count, segments)
    return took * (recipe.validation / count) * (recipe.validation_segments / segments)


def _few(recipe: Recipe, folder: Path) -> tuple[Recipe, str]:
    """The recipe on few puzzles, and where these are from.

    Args:
        folder: for data that stand in for those that are not there.
    """
    update: dict[str, Any] = {"validation": min(recipe.validation, _PUZZLES)}
    if recipe.training_data is not None and Path(recipe.training_data).exists():
        return recipe.model_copy(update=update), recipe.training_data
    source = "generated puzzles"
    if recipe.training_data is not None:
        source = f"generated puzzles, since {recipe.training_data} is not here"
        update |= {"training_data": None, "validation_data": None, "augmentations": None}
        adapter = get_adapter(recipe.adapter)
        if layout_of(adapter).together and "puzzle_width" in expanded(recipe.network):
            # Rows as they will be, each with an identifier of its own.
            write_stand_in(folder / "data", adapter, recipe.seed)
            update |= {"training_data": str(folder / "data"), "samples": 0}
            return recipe.model_copy(update=update), source
    update |= {"samples": min(recipe.samples, _PUZZLES)}
    return recipe.model_copy(update=update), source


def _validations(recipe: Recipe, each: float) -> float:
    """Seconds of all; of a run by the clock they have a quarter, and the last is after it."""
    if recipe.updates is not None:
        return each * recipe.validations
    return each + min(each * (recipe.validations - 1), 60 * (recipe.minutes or 10.0) / 4)


def _updates(recipe: Recipe, per_update: float, validating: float) -> int:
    """Updates of the whole run; one by the clock spends its minutes on validations too.

    Args:
        validating: seconds of those validations that are on the clock.
    """
    if recipe.updates is not None:
        return recipe.updates
    return max(1, int((60 * (recipe.minutes or 10.0) - validating) / per_update))


def _drawing(recipe: Recipe, run: Run) -> float:
    """Seconds to draw all base and validation puzzles, from a few or what a moment allows.

    What is compiled on the first call is left out. Puzzles drawn while training are no part.
    """
    watch, drawn = Stopwatch(), 0
    while drawn < _PUZZLES and watch.seconds < _DRAWING_SECONDS:
        example = draw(run.adapter, recipe.data, recipe.seed, Split.TEST, drawn)
        run.adapter.canonical(example.puzzle)
        drawn += 1
    return watch.seconds / drawn * (recipe.samples + recipe.validation)


def _first_update(run: Run) -> _First:
    storages: dict[int, int] = {}
    cast: set[int] = set()
    weights = [weight for weight in run.network.parameters() if weight.dim() > 1]
    types = {weight.dtype for weight in weights}
    shapes = {tuple(sorted(weight.shape)) for weight in weights}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        if tensor.dtype not in types and tuple(sorted(tensor.shape)) in shapes:
            cast.add(storage.data_ptr())
        return tensor

    def unpack(tensor: Any) -> Any:
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        took = _timed(run)
    for parameter in run.network.parameters():
        storages.pop(parameter.untyped_storage().data_ptr(), None)
    # A run counts its first update itself.
    once = sum(storages[place] for place in cast)
    return _First(int(run.counters.operations), sum(storages.values()), once, took)


def _timed_updates(run: Run, seconds: float, first: float) -> list[float]:
    """Seconds of each update that is timed: of the first alone where that took long enough."""
    times = [first] if first >= _LONGEST else []
    while (len(times) < 3 or sum(times) < seconds) and sum(times) < _LONGEST:
        times.append(_timed(run))
    return times


def _timed(run: Run) -> float:
    """Seconds of one update."""
    watch = Stopwatch()
    run.advance()
    if run.device.type == "cuda":
        torch.cuda.synchronize(run.device)
    return watch.seconds


def _state_bytes(
    run: Run, table: torch.Size | None = None, rows: int | None = None
) -> dict[str, int]:
    """Bytes of what stays from update to update, and of the gradients.

    Args:
        table: shape of a puzzle embedding whose tensors are counted as if they had ``rows`` rows.
        rows: None for those it has.
    """

    def _bytes(tensors: Iterable[Tensor]) -> int:
        return sum(
            t.nbytes // len(t) * rows if rows and t.shape == table else t.nbytes for t in tensors
        )

    groups = run.learner.tensors()
    carry = run.slots.carry
    return {
        "weights": _bytes(groups["network"].values()),
        "gradients": _bytes(p.grad for p in run.network.parameters() if p.grad is not None),
        "optimizer": _bytes(groups["optimizer"].values()),
        # The average, and the copy of the network that validations fill with it.
        "average": _bytes(groups["average"].values()) + _bytes(groups["network"].values()),
        "carry": 0 if carry is None else _bytes(carry),
    }


def process_peak() -> int | None:
    """The most memory this process has held, in bytes; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
