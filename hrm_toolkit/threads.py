"""How threads of torch wait, which has to be said before torch is loaded."""

from __future__ import annotations

import os
import sys

_CHOICES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def wait_quietly() -> None:
    """Let threads sleep while they wait, unless the user has chosen or torch is loaded already.

    Threads that spin, as is the default, make each of a small network's many short operations wait
    for whatever else has the cores: on a busy machine a solve of 0.2 s then takes a minute.
    """
    if "torch" not in sys.modules and not any(name in os.environ for name in _CHOICES):
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
