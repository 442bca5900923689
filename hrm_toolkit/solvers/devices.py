"""Where networks compute; torch is loaded only where it has to be asked."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from hrm_toolkit.core import OptionError, nearest

_DEVICES = ("cpu", "cuda", "mps", "xpu")
_GPUS = ("gpu", "nvidia", "rocm", "hip")


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


def find_device(name: str) -> str:
    """The device's name, with ``auto`` resolved; torch is loaded only where it has to be asked.

    Raises:
        OptionError: when this machine has no such device.
    """
    if name == "cpu" or (name == "auto" and not may_have_gpu()):
        return "cpu"
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = name.split(":", maxsplit=1)[0]
    if kind not in _DEVICES:
        near = "cuda" if kind.lower() in _GPUS else nearest(kind, _DEVICES)
        raise OptionError(
            f'there is no kind of device "{kind}"',
            expected="auto, " + ", ".join(_DEVICES) + ", or one by number such as cuda:1",
            hint=f'did you mean "{near}"?' if near else None,
        )
    try:
        torch.empty(0, device=name)
    except (RuntimeError, AssertionError):
        raise OptionError(
            f'the device "{name}" cannot be used: this machine, or this build of torch, has none',
            hint='use --device auto, or see "hrm-toolkit doctor"',
        ) from None
    return name
