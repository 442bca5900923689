"""Training from the weights of a bundle, whole or one module while the other stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import BundleError, Identifiers, OptionError
from hrm_toolkit.solvers.bundles.bundle import read_adapter, read_manifest, read_network
from hrm_toolkit.solvers.bundles.manifest import bundle_folder
from hrm_toolkit.solvers.networks.network import Network
from hrm_toolkit.train.guard import module_of
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.recipes import start_network

OTHER = {"high": "low", "low": "high"}
TABLE = "puzzle_embedding"
_BY_TOKEN = ("embed_tokens", "lm_head.weight")


def compile_network(network: Network, recipe: Recipe) -> None:
    """Have torch compile a network where its recipe says so; state dicts keep their names."""
    if not recipe.compile:
        return
    # The number of a structured network's places differs from batch to batch.
    dynamic = network.config.family == "structured"
    network.compile(dynamic=dynamic, mode=None if dynamic else "reduce-overhead")


def freeze(network: nn.Module, stage: str) -> list[str]:
    """Keep the weights of the module that a stage does not train; returns their names.

    Stage ``high`` trains the high-level module against a low-level one that stays as it is, and
    ``low`` the other way round; embeddings and heads, which belong to neither, learn in both.
    ``joint`` trains everything.

    Raises:
        OptionError: for a network whose two levels share their weights.

    Example:
        >>> network = nn.ModuleDict({"high": nn.Linear(1, 1), "low": nn.Linear(1, 1)})
        >>> freeze(network, "high")
        ['low.weight', 'low.bias']
    """
    if stage == "joint":
        return []
    named = dict(network.named_parameters())
    if not set(OTHER) <= set(map(module_of, named)):
        raise OptionError(
            f"this network has no {stage} module of its own: its two levels share their weights",
            hint="train it whole (--stage joint), or set network.modules=2",
        )
    frozen = [name for name in named if module_of(name) == OTHER[stage]]
    for name in frozen:
        named[name].requires_grad_(False)
    return frozen


def start_from(
    network: Network, source: str, task: str, identifiers: Identifiers | None = None
) -> tuple[str, ...]:
    """Give a network the weights of a bundle; returns sentences on what did not come from there.

    Tokens that the bundle does not know keep their fresh embedding. Puzzle embeddings go by the
    names of their identifiers; one that the bundle has no name for starts from the mean of those
    it has, as published.

    Args:
        network: changed in place.
        source: as ``bundle_folder``.
        task: that the network is for.
        identifiers: of the network's puzzle embeddings, where each puzzle has its own.

    Raises:
        BundleError: when the bundle is damaged, or of another task or network.
    """
    start_network(source, task)
    folder = bundle_folder(source)
    manifest = read_manifest(folder)
    found = read_network(folder, manifest, get_adapter(task))
    ours, theirs = network.state_dict(), found.state_dict()
    notes: list[str] = []
    if TABLE in ours and TABLE in theirs and identifiers is not None:
        known = read_adapter(folder, manifest).identifiers
        theirs[TABLE], note = _embeddings(theirs[TABLE], known, identifiers)
        notes.append(note)
    if network.config.family != "structured" and network.config.family == found.config.family:
        for name in (n for n in _BY_TOKEN if n in theirs):
            rows = ours[name].clone()
            if rows[0].shape == theirs[name][0].shape and len(rows) > len(theirs[name]):
                rows[: len(theirs[name])] = theirs[name]
                theirs[name] = rows
    _require_same(network, found, ours, theirs, folder)
    network.load_state_dict(theirs)
    return tuple(notes)


def _embeddings(
    table: Tensor, known: Identifiers | None, wanted: Identifiers
) -> tuple[Tensor, str]:
    """Rows for the identifiers of the data out of a bundle's, and a sentence on them."""
    count = len(wanted.names)
    if known is None and len(table) == count:
        return table, (
            f"the bundle does not name its {count:,} embeddings: they are taken for the "
            "identifiers of the data in their order"
        )
    mean = table[1:].mean(0) if len(table) > 1 else table[0]
    rows = mean.repeat(count, 1)
    rows[0] = table[0]
    places = {} if known is None else {name: row for row, name in enumerate(known.names)}
    pairs = [(n, places[name]) for n, name in enumerate(wanted.names) if name in places and n]
    if pairs:
        ours, theirs = map(list, zip(*pairs, strict=True))
        rows[ours] = table[theirs]
    if known is not None and len(pairs) == count - 1 and len(table) == count:
        return rows, f"all {count - 1:,} identifiers of the data have embeddings in the bundle"
    return rows, (
        f"of the {count - 1:,} identifiers of the data {len(pairs):,} have an embedding in the "
        f"bundle, which has {len(table) - 1:,}; the others start from the mean of those"
    )


def _require_same(
    network: Network,
    found: Network,
    ours: Mapping[str, Tensor],
    theirs: Mapping[str, Tensor],
    folder: Path,
) -> None:
    mine = {name: tuple(value.shape) for name, value in ours.items()}
    other = {name: tuple(value.shape) for name, value in theirs.items()}
    if mine == other:
        return
    here, there = network.config.model_dump(), found.config.model_dump()
    odd = [key for key in here if here[key] != there.get(key) and key != "q_continue"]
    fields = ("family", "width", "layers", "modules", "mixer", "positions", "expansion", "inner")
    odd.sort(key=lambda key: (key not in fields, key))
    name = sorted(n for n in {**mine, **other} if mine.get(n) != other.get(n))[0]
    what = odd[0] if odd else name
    raise BundleError(
        f"the bundle to start from has another network: {what} differs",
        path=str(folder),
        expected=str(here[what] if odd else mine.get(name, ())),
        got=there.get(what) if odd else other.get(name, ()),
        hint="leave out --recipe and --set network... to train by the bundle's own network",
    )
