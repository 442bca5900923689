"""Results as JSON objects, and rates as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hrm_toolkit.core import Result

EXACT_ONLY = "no trained solver for {task} is bundled: exact search only"


def result_object(result: Result, read_as: str) -> dict[str, Any]:
    """What ``--json`` prints of a result."""
    fields = result.model_dump(mode="json")
    first = ("task", "verdict", "answer", "source", "abstained", "segments", "seconds", "solver")
    ordered = {name: fields.pop(name) for name in first}
    return {
        "task": ordered.pop("task"),
        "solved": result.solved,
        "status": result.status,
        **ordered,
        **fields,
        "read_as": read_as,
    }


def percent(rate: float | None) -> str:
    """A rate for a reader.

    Example:
        >>> percent(0.985)
        '98.5 %'
    """
    return "unknown" if rate is None else f"{100 * rate:.1f} %"


def rate_line(evaluation: dict[str, Any]) -> str:
    """An evaluation's verified rate with its interval and n."""
    low, high = evaluation["verified_interval"]
    return (
        f"{percent(evaluation['verified_rate'])} verified "
        f"(95 % interval {percent(low)} to {percent(high)}, n = {evaluation['n']})"
    )
