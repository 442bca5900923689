"""``train --dry-run``: the resolved recipe, and what it takes on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hrm_toolkit.cli import console
from hrm_toolkit.cli.progress import clock, known_words

if TYPE_CHECKING:
    from hrm_toolkit.train.measure.estimate import Estimate
    from hrm_toolkit.train.recipe import Recipe


def tell_estimate(recipe: Recipe, device: str, as_json: bool) -> int:
    """Probe a recipe and print what was found; nothing is left on disk."""
    from hrm_toolkit.train.measure.estimate import probe
    from hrm_toolkit.train.recipe import to_toml

    if recipe.updates is None and recipe.minutes is None:
        recipe = recipe.model_copy(update={"minutes": 10.0})
    console.remark(f"probing {recipe.adapter} on {device} for some seconds")
    estimate = probe(recipe, device=device)
    if as_json:
        console.print_json(
            {
                "task": recipe.adapter,
                "recipe": recipe.model_dump(mode="json"),
                "device": device,
                "estimate": estimate.model_dump(mode="json"),
            }
        )
        return 0
    out = console.stdout()
    out.print(console.lines(to_toml(recipe)), soft_wrap=True)
    known = known_words(recipe)
    for name, said in (*lines(estimate), *([("known", known)] if known else [])):
        out.print(f"{name:18} {said}", soft_wrap=True)
    return 0


def lines(estimate: Estimate) -> list[tuple[str, str]]:
    """An estimate for a reader: names and sentences."""
    low, high = estimate.tokens_per_puzzle
    memory, spent = estimate.memory_bytes, estimate.seconds_by
    kinds = ", ".join(f"{name} {size(n)}" for name, n in memory.items() if name != "total")
    # Validations are told as if no puzzle ever halted.
    most = {"validations": "validations at most"}
    shares = ", ".join(f"{most.get(name, name)} {clock(took)}" for name, took in spent.items())
    peak = estimate.process_peak_bytes
    some, slots = estimate.probed_slots
    scaled = f" with {some} of {slots} slots, scaled" if some < slots else ""
    assumed = ""
    if estimate.identifiers is not None:
        assumed = (
            f", if the data has {estimate.identifiers:,} identifiers, as published data have: each "
            "is an embedding; what updates of so large a table take is no part of the time"
        )
    return [
        *([("missing", estimate.missing)] if estimate.missing else []),
        ("parameters", f"{estimate.parameters:,}{assumed}"),
        ("tokens", f"{low} to {high} a puzzle, {estimate.tokens_per_update:,} an update"),
        ("FLOPs an update", f"{estimate.flops_per_update:.3g} ({estimate.flops_counted})"),
        ("memory", f"{size(memory['total'])}: {kinds} ({estimate.memory_counted})"),
        *([("this process", f"held at most {size(peak)}")] if peak else []),
        (
            "an update",
            f"{estimate.seconds_per_update:.3g} s, {1 / estimate.seconds_per_update:.3g} a second, "
            f"median of {estimate.probed_updates}{scaled}; "
            f"{estimate.flops_per_update / estimate.seconds_per_update / 1e9:.3g} GFLOP/s",
        ),
        ("measured on", estimate.probed_on),
        ("the run", f"{estimate.updates:,} updates in about {clock(estimate.seconds)}: {shares}"),
    ]


def size(count: int) -> str:
    """Bytes for a reader.

    Example:
        >>> size(3_500_000)
        '3.3 MiB'
    """
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.1f} {unit}" if unit != "B" else f"{count} B"
