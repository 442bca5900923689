"""What a published training step is given, from the golden vectors."""

from __future__ import annotations

from typing import Any

from hrm_toolkit.train.data.published import Exploration, PublishedSettings, Rows

NETWORKS = ("hrm_tiny", "hrm_tiny_learned", "trm_tiny", "trm_mlp_tiny")


def settings_of(facts: dict[str, Any], **changes: Any) -> PublishedSettings:
    config, optimizer = facts["config"], facts["optimizer"]
    return PublishedSettings(
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
