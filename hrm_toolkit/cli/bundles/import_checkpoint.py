"""``import-checkpoint``: a checkpoint of the published HRM or TRM code becomes a bundle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm_toolkit.cli import console, options

if TYPE_CHECKING:
    from hrm_toolkit.core import AnyAdapter


def import_checkpoint(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A published state dict: torch.save or safetensors."),
    ],
    adapter: Annotated[
        str,
        typer.Option(
            "--adapter",
            "-a",
            callback=options.named_adapter,
            metavar="NAME|FILE.py",
            help="The task whose tokens it was trained on.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="The bundle's folder.", metavar="DIR")],
    config: Annotated[
        Path | None,
        typer.Option(
            help="The published configuration; all_config.yaml beside FILE unless said.",
            metavar="YAML",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="Which state dict to take, where the file holds several, such as model or ema.",
            metavar="NAME",
        ),
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="What neither tensors nor configuration tell, such as heads=8; may be repeated.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What listings call it; the folder's name unless said.")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Make a bundle of a checkpoint of the published HRM or TRM code.

    Only weights are loaded; the state dict is found inside what a trainer saved around it. What
    their shapes do not tell comes from the configuration beside the file or from --set: heads,
    high_cycles, low_cycles, positions, max_length (81 for Sudoku, 900 for 30x30 mazes),
    puzzle_slots.

    Examples:
      hrm-toolkit import-checkpoint step_26040 --adapter sudoku --out hrm --set max_length=81
      hrm-toolkit import-checkpoint trm.pt --adapter maze --out trm --set max_length=900
    """
    from hrm_toolkit.adapters.registry import get_adapter
    from hrm_toolkit.core import OptionError
    from hrm_toolkit.solvers.bundles.bundle import MANIFEST, write_bundle
    from hrm_toolkit.solvers.published.checkpoint import read_published

    task = get_adapter(adapter)
    if (out / MANIFEST).exists():
        raise OptionError(f"{out} already holds a bundle", hint="choose another --out")
    network = read_published(
        file, settings=_settings(change or ()), config=config, key=key, usual=_usual(task)
    )
    training = {"imported": file.name, "parameters": network.parameter_count()}
    manifest = write_bundle(out, network, task, name=name or out.resolve().name, training=training)
    if as_json:
        found = manifest.model_dump(mode="json", include={"name", "task", "network", "sha256"})
        console.print_json({"bundle": str(out), **training, **found})
        return 0
    shape = network.config
    tokens = " ".join(manifest.tokens.vocabulary)
    console.line(
        f"{shape.family.upper()} of {training['parameters']:,} parameters, tokens {tokens}"
    )
    console.line(f"bundle: {out}")
    return 0


def _usual(task: AnyAdapter) -> str:
    """The length of the puzzles that published networks of the task are for, in words."""
    import numpy as np

    from hrm_toolkit.train.recipes import published_recipes

    sizes = [
        s for r in published_recipes().values() if r.adapter == task.task for s in r.data.sizes
    ]
    size = (*sizes, *task.default_sizes, None)[0]
    puzzle = task.generate(np.random.default_rng(0), size=size).puzzle
    named = "" if size is None else f"{size}x{size} " if isinstance(size, int) else f"{size} "
    return f"{len(task.codec.encode(puzzle))} for {named}{task.task}"


def _settings(texts: Sequence[str]) -> dict[str, Any]:
    from hrm_toolkit.core import OptionError

    settings: dict[str, Any] = {}
    for text in texts:
        key, separator, value = text.partition("=")
        if not separator:
            raise OptionError(f'"{text}" sets nothing', expected="key=value")
        try:
            settings[key.strip()] = json.loads(value)
        except (ValueError, RecursionError):
            settings[key.strip()] = value
    return settings
