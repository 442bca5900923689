"""Training the modules apart: one learns while the other keeps its weights."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from hrm_toolkit.adapters.registry import get_adapter
from hrm_toolkit.core import BundleError, OptionError, validate
from hrm_toolkit.solvers.bundle import Manifest, bundle_folder, read_manifest, read_network
from hrm_toolkit.solvers.model import Network
from hrm_toolkit.train.guard import module_of
from hrm_toolkit.train.recipe import Recipe

OTHER = {"high": "low", "low": "high"}


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


def start_folder(source: str) -> Path:
    """The bundle that a bundle's folder, a run's folder or a bundled solver's name stands for."""
    inner = Path(source) / "bundle"
    return inner if inner.is_dir() else bundle_folder(source)


def start_recipe(source: str) -> Recipe:
    """The recipe of the bundle that ``start_folder`` finds, to train all of it again."""
    folder = start_folder(source)
    recipe = read_manifest(folder).recipe
    if not recipe:
        raise BundleError(
            "the bundle to start from has no recipe", path=str(folder), hint="name one by --recipe"
        )
    return validate(Recipe, recipe).model_copy(update={"stage": "joint"})


def start_from(network: Network, source: str, task: str) -> Manifest:
    """Give a network the weights of a bundle; returns the bundle's manifest.

    Args:
        network: changed in place.
        source: as ``start_folder``.
        task: that the network is for.

    Raises:
        BundleError: when the bundle is damaged, or of another task or network.
    """
    folder = start_folder(source)
    manifest = read_manifest(folder)
    if manifest.task != task:
        raise BundleError(
            "the bundle to start from is of another task",
            path=str(folder),
            expected=task,
            got=manifest.task,
        )
    found = read_network(folder, manifest, get_adapter(task))
    ours = {name: value.shape for name, value in network.state_dict().items()}
    theirs = {name: value.shape for name, value in found.state_dict().items()}
    if ours != theirs:
        odd = sorted(n for n in {**ours, **theirs} if ours.get(n) != theirs.get(n))[0]
        raise BundleError(
            f"the bundle to start from has another network: {odd} differs",
            path=str(folder),
            expected=str(tuple(ours.get(odd, ()))),
            got=tuple(theirs.get(odd, ())),
            hint="leave out --recipe and --adapter to train by the bundle's own recipe",
        )
    network.load_state_dict(found.state_dict())
    return manifest
