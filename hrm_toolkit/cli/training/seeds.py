"""What ``train --seeds N`` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm_toolkit.cli import console
from hrm_toolkit.core.telling import percent, rate_line

if TYPE_CHECKING:
    from hrm_toolkit.train.recipe import Recipe


def tell_seeds(recipe: Recipe, out: Path, rows: list[dict[str, Any]], as_json: bool) -> int:
    """Print what each seed came to and their spread; 1 where some seed failed, else 0.

    Raises:
        ToolkitError: when every seed failed.
    """
    from hrm_toolkit.core import ToolkitError
    from hrm_toolkit.train.many.seeds import spread

    good = [row for row in rows if "evaluation" in row]
    if not good:
        raise ToolkitError(f"every seed failed, the first for: {rows[0]['error']['message']}")
    rates = {
        key: spread([row["evaluation"][key] for row in good])
        for key in ("verified_rate", "exact_accuracy")
    }
    status = 0 if len(good) == len(rows) else 1
    if as_json:
        console.print_json({"task": recipe.adapter, "out": str(out), **rates, "seeds": rows})
        return status
    shown = console.stdout()
    for row in rows:
        failed = "error" in row
        said = f"failed: {row['error']['message']}" if failed else rate_line(row["evaluation"])
        shown.print(f"seed {row['seed']}: {said}", soft_wrap=True)
    found = rates["verified_rate"]
    shown.print(
        f"{len(good)} seed{'s' if len(good) > 1 else ''}: mean {percent(found['mean'])} verified, "
        f"standard deviation {percent(found['deviation'], 'unknown')}, "
        f"{percent(found['least'])} to {percent(found['most'])}",
        style="bold",
        soft_wrap=True,
    )
    return status
