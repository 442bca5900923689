"""Install torch into this interpreter's environment, without CUDA where there is no use for it.

Tried in this order: the index named by TORCH_INDEX, if any; a wheel that pip finds without an
index (its ``find-links``); PyTorch's CPU index, on Linux without an NVIDIA GPU; pip's own index.
Torch comes alone: installing the package afterwards brings what it depends on.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
TORCH = next(line for line in CONSTRAINTS.read_text().splitlines() if line.startswith("torch=="))
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def installed(*options: str, quiet: bool = False) -> bool:
    """Whether pip could install torch with these options."""
    command = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", *options, TORCH]
    errors = subprocess.DEVNULL if quiet else None
    return subprocess.run(command, check=False, stderr=errors).returncode == 0  # noqa: S603


def main() -> int:
    """Install torch; where the right one is there already, pip leaves it as it is."""
    index = os.environ.get("TORCH_INDEX")
    if index:
        return 0 if installed("--index-url", index) else 1
    if installed("--no-index", quiet=True):
        return 0
    if platform.system() == "Linux" and shutil.which("nvidia-smi") is None:
        print("no NVIDIA GPU here: torch comes from", CPU_INDEX, flush=True)
        if installed("--index-url", CPU_INDEX):
            return 0
        print("that failed: torch comes from pip's own index, maybe with CUDA", flush=True)
    return 0 if installed() else 1


if __name__ == "__main__":
    sys.exit(main())
