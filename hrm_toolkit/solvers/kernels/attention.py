"""Which attention computes: torch's own, or flash-attn where it is installed and fits."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Way = Literal["flash_attn_3", "flash_attn", "sdpa"]
_MODULES = {"flash_attn_3": "flash_attn_interface", "flash_attn": "flash_attn"}


def way(device: torch.device, dtype: torch.dtype, head_width: int) -> Way:
    """What computes attention there: flash-attn 3 on compute capability 9, flash-attn 2 from 8 on,
    both for halves and heads that they take; else ``sdpa``, which has kernels for all.

    Example:
        >>> way(torch.device("cpu"), torch.float32, 64)
        'sdpa'
    """
    halves = dtype in (torch.float16, torch.bfloat16)
    if device.type != "cuda" or not halves or head_width % 8 or head_width > 256:
        return "sdpa"
    capability = torch.cuda.get_device_capability(device)[0]
    if capability == 9 and _there("flash_attn_3"):
        return "flash_attn_3"
    return "flash_attn" if capability >= 8 and _there("flash_attn") else "sdpa"


@lru_cache
def _there(name: str) -> bool:
    return find_spec(_MODULES[name]) is not None


def attention(
    query: Float[Tensor, "b s n d"], key: Float[Tensor, "b s n d"], value: Float[Tensor, "b s n d"]
) -> Float[Tensor, "b s n d"]:
    """``plain.attention`` over positions, with heads inside."""
    # A graph that is compiled is to have no breaks.
    compiling = torch.compiler.is_compiling()
    chosen = "sdpa" if compiling else way(query.device, query.dtype, query.shape[-1])
    if chosen != "sdpa":
        y: Tensor = import_module(_MODULES[chosen]).flash_attn_func(query, key, value)
        return y[0] if isinstance(y, tuple) else y
    q, k, v = query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2)
