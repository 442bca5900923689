#!/usr/bin/env bash
# torch 2.13.0: a compiled module that is called once inside a TorchDispatchMode of one's own, such as
# a counter of operators, is never compiled afterwards, without a word: its code is marked to be
# skipped. Neither is another module of the same class, wrapped by torch.compile or by Module.compile.
# So a run that counts its first update trains without the compiler. Inside
# torch.compiler.set_stance("force_eager") the call leaves no mark.
#
# Seen:
#   torch 2.13.0
#   no mode: compiled 1, another of its class 1
#   Module.compile in a mode: compiled 0, another of its class 0
#   torch.compile in a mode: compiled 0, another of its class 0
#   in a mode, stance force_eager: compiled 1, another of its class 1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$work"
cat > once.py <<'PYTHON'
import sys
from contextlib import ExitStack

import torch
from torch.utils._python_dispatch import TorchDispatchMode

how = sys.argv[1]
graphs = []


class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(2, 2)

    def forward(self, x):
        return self.linear(x) + 1


def backend(graph, example):
    graphs.append(graph)
    return graph.forward


def compiled():
    net = Net()
    if how.startswith("torch.compile"):
        return torch.compile(net, backend=backend)
    net.compile(backend=backend)
    return net


net, x = compiled(), torch.ones(1, 2)
if "mode" in how and how != "no mode":
    with ExitStack() as stack:
        if "stance" in how:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        stack.enter_context(Mode())
        net(x)
net(x)
first = len(graphs)
compiled()(x)
print(f"{how}: compiled {first}, another of its class {len(graphs)}")
PYTHON
{
    venv/bin/python -c 'import torch; print("torch", torch.__version__.split("+")[0])'
    for how in "no mode" "Module.compile in a mode" "torch.compile in a mode" \
        "in a mode, stance force_eager"; do
        venv/bin/python once.py "$how"
    done
} | tee seen
diff seen - <<'EXPECTED'
torch 2.13.0
no mode: compiled 1, another of its class 1
Module.compile in a mode: compiled 0, another of its class 0
torch.compile in a mode: compiled 0, another of its class 0
in a mode, stance force_eager: compiled 1, another of its class 1
EXPECTED
