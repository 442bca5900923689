"""What a published training step is given, from the golden vectors."""

from __future__ import annotations

from typing import Any

from hrm_toolkit.train.data.published import Exploration, Rows
from hrm_toolkit.train.recipe import Recipe
from hrm_toolkit.train.recipes import named_recipe

NETWORKS = ("hrm_tiny", "hrm_tiny_learned", "trm_tiny", "trm_mlp_tiny")


def published(**changes: Any) -> Recipe:
    """The recipe of the published runs on ARC, but for some fields."""
    return named_recipe("arc-1").model_copy(update=changes)


def settings_of(facts: dict[str, Any], **changes: Any) -> Recipe:
    config, optimizer = facts["config"], facts["optimizer"]
    return published(
        max_segments=config["halt_max_steps"],
        halt_exploration=config["halt_exploration_prob"],
        q_continue=not config.get("no_ACT_continue", False),
        learning_rate=optimizer["lr"],
        warmup=0,
        weight_decay=optimizer["weight_decay"],
        puzzle_learning_rate=optimizer["puzzle_emb_lr"],
        puzzle_weight_decay=optimizer["puzzle_emb_weight_decay"],
        **changes,
    )


def rows_of(vectors: Any, prefix: str) -> Rows:
    return Rows(
        vectors[f"{prefix}/inputs"].long(),
        vectors[f"{prefix}/labels"].long(),
        vectors[f"{prefix}/puzzle_identifiers"].long(),
    )


def exploration_of(vectors: Any, prefix: str) -> Exploration:
    return Exploration(
        vectors[f"{prefix}/explore_uniform"], vectors[f"{prefix}/explore_randint"].long()
    )
