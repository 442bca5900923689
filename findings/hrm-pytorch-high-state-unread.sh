#!/usr/bin/env bash
# hrm-pytorch 0.1.6: of the two recurrent modules of an HRM the high one never reads its own state.
# What a module of level k reads is cut out of (tokens, low state, high state) from k on, by which its
# norms are as many as they should be; then the whole list is normed from its beginning, so that the
# high module reads tokens and low state. It is no recurrence of its own: what it said before reaches
# it through the low module alone. Of the paper's f_H(z_H, z_L) the first argument is missing, and the
# tokens, which f_H does not have, stand in its place. The variant with adaptive steps is the same.
#
# Seen:
#   hrm-pytorch 0.1.6
#   HRM: what moves the high module: own state False, low state True, tokens True
#   HRM: what moves the low module: own state True, high state True, tokens True
#   HRM_ACT: what moves the high module: own state False, low state True, tokens True
#   HRM_ACT: what moves the low module: own state True, high state True, tokens True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 hrm-pytorch==0.1.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
from importlib.metadata import version

import torch
from HRM import HRM, HRM_ACT

print(f"hrm-pytorch {version('hrm-pytorch')}")
torch.manual_seed(0)
layers = {"dim": 16, "depth": 1, "attn_dim_head": 8, "heads": 2}
TOKENS, LOW, HIGH = range(3)


def moves(combine, level, place):
    """Whether what a module reads moves with one of (tokens, low state, high state)."""
    read = [torch.randn(1, 4, 16) for _ in range(3)]
    other = list(read)
    other[place] = torch.randn(1, 4, 16)
    return not torch.equal(combine(read, level), combine(other, level))


for name, kind in (("HRM", HRM), ("HRM_ACT", HRM_ACT)):
    low, high = kind([dict(layers), dict(layers)], dim=16, num_tokens=8).hidden_combiners
    own, other, tokens = (moves(high, 1, place) for place in (HIGH, LOW, TOKENS))
    print(f"{name}: what moves the high module: own state {own}, low state {other}, tokens {tokens}")
    own, other, tokens = (moves(low, 0, place) for place in (LOW, HIGH, TOKENS))
    print(f"{name}: what moves the low module: own state {own}, high state {other}, tokens {tokens}")
PYTHON
diff seen - <<'EXPECTED'
hrm-pytorch 0.1.6
HRM: what moves the high module: own state False, low state True, tokens True
HRM: what moves the low module: own state True, high state True, tokens True
HRM_ACT: what moves the high module: own state False, low state True, tokens True
HRM_ACT: what moves the low module: own state True, high state True, tokens True
EXPECTED
