"""Threads that wait do not spin, whichever way torch comes to be loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SHOW = "import os; print(*(os.environ.get(n) for n in ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT')))"


@pytest.mark.parametrize(
    ("imports", "chosen", "policy"),
    [
        ("hrm_toolkit", {}, "None None"),
        ("hrm_toolkit.core", {}, "None None"),
        ("hrm_toolkit.solvers", {}, "PASSIVE None"),
        ("hrm_toolkit.train", {}, "PASSIVE None"),
        ("hrm_toolkit.solvers", {"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE None"),
        ("hrm_toolkit.solvers", {"GOMP_SPINCOUNT": "7"}, "None 7"),
    ],
)
def test_the_choice_is_made_before_torch_and_is_the_users_first(
    imports: str, chosen: dict[str, str], policy: str
) -> None:
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    rest = {name: value for name, value in os.environ.items() if name not in names}
    program = f"import sys, {imports}; {SHOW}; print('torch' in sys.modules)"
    shown = subprocess.run(
        (sys.executable, "-c", program),
        env={**rest, **chosen},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split("\n")[:2] == [policy, "False"]


def test_a_torch_that_is_loaded_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from hrm_toolkit.threads import wait_quietly

    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setitem(sys.modules, "torch", sys)
    wait_quietly()
    assert "OMP_WAIT_POLICY" not in os.environ
