"""Whether there may be a GPU, found out without loading torch."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path


def may_have_gpu(dev: Path = Path("/dev")) -> bool:
    """Tell whether this machine shows a device that torch calls ``cuda``.

    True says that torch is worth asking, which takes seconds; False that there is none.

    Args:
        dev: where Linux shows devices: NVIDIA's by number, ``dxg`` under Windows, AMD's ``kfd``.
    """
    if sys.platform == "win32":
        try:
            ctypes.WinDLL("nvcuda.dll")
        except OSError:
            return False
        return True
    known = ("dxg", "kfd", "nvgpu")
    return any(dev.glob("nvidia[0-9]*")) or any((dev / name).exists() for name in known)
