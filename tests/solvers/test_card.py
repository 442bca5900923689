"""Cards: what a manifest says, all of it, and nothing that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from hrm_toolkit.solvers.bundles.bundle import Manifest, bundle_folder, bundled_names, read_manifest
from hrm_toolkit.solvers.bundles.card import card, markdown
from hrm_toolkit.solvers.bundles.choose import licence_of

GROUP = {"n": 4, "verified_rate": 0.75, "verified_interval": [0.3, 0.95], "mean_segments": 2.0}
RATES: dict[str, Any] = {
    "n": 8,
    "seed": 3,
    "strategy": "neural",
    "verified_rate": 0.5,
    "verified_interval": [0.2, 0.8],
    "optimal_rate": 0.25,
    "budget": {"segments": 32, "votes": 1, "restarts": 4},
    "data": "generated test puzzles",
}


def manifest_of(**changes: Any) -> Manifest:
    fields: dict[str, Any] = {
        "name": "mine",
        "task": "maze",
        "tokens": read_manifest(bundle_folder("maze")).tokens,
        "network": {"family": "structured", "width": 8, "relations": [{"name": "north"}]},
        "sha256": "0" * 64,
        "toolkit": "0.1.0",
    }
    return Manifest(**fields | changes)


def said(manifest: Manifest, **options: Any) -> dict[str, list[str]]:
    """Lines and rows by section."""
    return {
        section.title: [*section.lines, *(" | ".join(row) for row in section.table)]
        for section in card(manifest, **options)
    }


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundle_that_ships_tells_all_that_a_card_must(name: str) -> None:
    manifest = read_manifest(bundle_folder(name))
    found = said(manifest, licence=licence_of(manifest))
    assert found["licence"] == ["Apache-2.0"]
    needed = ("task", "network", "data", "training", "recipe", "rates", "limits")
    assert {*needed} <= set(found)
    assert any(title.startswith("by difficulty and size: ") for title in found)
    assert any(line.startswith("minutes = ") for line in found["training"])
    assert f"command: hrm-toolkit train --recipe {name}.toml --device cpu" in found["training"]
    assert found["rates"][-1].count(" | ") >= 5, "n, rate, interval, how and seed"


def test_rates_have_n_seed_interval_budget_and_groups() -> None:
    several = {**RATES, "by_size": {"5x5": GROUP, "6x6": GROUP}, "by_difficulty": {"long": GROUP}}
    found = said(manifest_of(evaluation={"fresh": several}))
    assert found["rates"] == [
        "fresh: generated test puzzles",
        "evaluation | puzzles | verified | 95 % interval | optimal | how | seed",
        "fresh | 8 | 50.0 % | 20.0-80.0 % | 25.0 % | neural, 32 segments, 4 restarts | 3",
    ]
    assert found["by difficulty and size: fresh"][1:] == [
        "5x5 | 4 | 75.0 % | 30.0-95.0 % | 2.0",
        "6x6 | 4 | 75.0 % | 30.0-95.0 % | 2.0",
    ], "a single group is the whole"


def test_a_curve_has_a_row_for_each_budget() -> None:
    points = [
        {**GROUP, "budget": {"segments": s, "votes": 1, "restarts": r}}
        for s in (16, 32)
        for r in (1, 8)
    ]
    found = said(manifest_of(evaluation={"hard": {**RATES, "curve": points}}))
    assert found["budget curve: hard"] == [
        "segments | votes | restarts | verified | 95 % interval | mean segments",
        "16 | 1 | 1 | 75.0 % | 30.0-95.0 % | 2.0",
        "16 | 1 | 8 | 75.0 % | 30.0-95.0 % | 2.0",
        "32 | 1 | 1 | 75.0 % | 30.0-95.0 % | 2.0",
        "32 | 1 | 8 | 75.0 % | 30.0-95.0 % | 2.0",
    ]


def test_the_command_is_that_of_the_run() -> None:
    training = {"device": "cuda:0", "ranks": 4, "minutes": 3.0, "flops": 2_500_000_000_000}
    recipe = {"adapter": "maze", "updates": 10, "samples": 100, "data": {"sizes": [5, 5, [3, 4]]}}
    found = said(manifest_of(training=training, recipe=recipe), source="my runs/x")
    assert found["training"][-2:] == [
        "recipe: hrm-toolkit solvers show 'my runs/x' --recipe > mine.toml",
        "command: torchrun --nproc-per-node 4 -m hrm_toolkit train --recipe mine.toml "
        "--device cuda",
    ]
    assert any(line.startswith("FLOPs = 2.5e+12 (multipl") for line in found["training"])
    assert "sizes: 5 (2 of 3), 3x4 (1 of 3)" in found["data"]
    by_the_clock = said(manifest_of(recipe={"adapter": "maze", "minutes": 3.0}))
    assert "the schedule followed the clock" in by_the_clock["training"][-1]


def test_what_is_not_known_is_left_out_or_said() -> None:
    found = said(manifest_of(training={"flops": None}))
    assert set(found) == {"task", "network", "training", "limits", "licence"}
    assert not any("FLOPs" in line for line in found["training"])
    assert any(line.startswith("no rate is recorded") for line in found["limits"])
    assert found["licence"] == ["not stated"]
    last = said(manifest_of(recipe={"seed": 1, "start": "maze"}, evaluation={"test": RATES}))
    assert not any("chosen" in line for line in last["data"]), "without a validation"
    assert any("began from the weights then called maze" in line for line in last["training"])
    chosen = said(manifest_of(recipe={"validation": 9}, evaluation={"validation": RATES}))
    assert "chosen on 9 held-out puzzles" in chosen["data"]
    assert "the weights were chosen on the puzzles of its only rate" in chosen["limits"]
    stranger = said(manifest_of(task="chess"))
    assert stranger["task"] == ["chess, whose adapter is not installed here"]


def test_a_strangers_text_does_nothing_to_a_terminal_or_a_page() -> None:
    name = "a|b<script>\x1b[31m\n# c"
    text = markdown(manifest_of(evaluation={name: RATES}, name=name))
    assert "\x1b" not in text
    assert "<script>" not in text
    assert "\n# c" not in text
    (row,) = (line for line in text.splitlines() if line.startswith("| a"))
    assert row.replace("\\|", "").count("|") == 8
    assert all(
        "\x1b" not in line for lines in said(manifest_of(name=name)).values() for line in lines
    )
