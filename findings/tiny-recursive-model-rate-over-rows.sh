#!/usr/bin/env bash
# tiny-recursive-model 0.0.15: Trainer divides the learning rate that it is given by rows of a batch
# times recurrent steps, though its optimizers (AdamW, and MuonAdamAtan2 for attention) move weights by
# the rate whatever the size of the gradient. learning_rate=1e-4, the default, is 5.2e-7 with the
# default 16 rows and 12 steps. After 72 steps on the same sixteen rows, without its warm-up of 2,000
# steps, the loss stands where it stood; the very same rate in an optimizer that is handed over, which
# is not divided, moves it. A training by the package's page alone seems not to learn.
#
# Seen:
#   tiny-recursive-model 0.0.15
#   rate 1e-04, the trainer's optimizer: at 5.2e-07; loss fell by a twentieth: False
#   rate 1e-04, handed over: at 1.0e-04; loss fell by a twentieth: True
#   rate 1e-03, the trainer's optimizer: at 5.2e-06; loss fell by a twentieth: False
#   rate 1e-03, handed over: at 1.0e-03; loss fell by a twentieth: True
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 \
  tiny-recursive-model==0.0.15
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PYTHON' | tee seen
import contextlib
import io
from importlib.metadata import version

import torch
from tiny_recursive_model import MLPMixer1D, TinyRecursiveModel, Trainer
from torch.utils.data import Dataset

print(f"tiny-recursive-model {version('tiny-recursive-model')}")
torch.set_num_threads(1)


class Copies(Dataset):
    """Sixteen rows whose answer is what they show, six times over."""

    def __init__(self):
        self.rows = torch.randint(0, 8, (16, 16))

    def __len__(self):
        return 6 * 16

    def __getitem__(self, place):
        row = self.rows[place % 16]
        return row, row


for rate in (1e-4, 1e-3):
    for whose in ("the trainer's optimizer", "handed over"):
        torch.manual_seed(0)
        mixer = MLPMixer1D(dim=16, depth=2, seq_len=16)
        model = TinyRecursiveModel(dim=16, num_tokens=8, network=mixer)
        data, optim = Copies(), None
        if whose == "handed over":
            optim = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1.0)
        trainer = Trainer(
            model, data, optim=optim, learning_rate=rate, epochs=1, cpu=True, warmup_steps=1
        )
        used = trainer.optim.param_groups[0]["lr"]

        def loss():
            return model(data.rows, *model.get_initial(), labels=data.rows)[1][0].mean().item()

        before = loss()
        with contextlib.redirect_stdout(io.StringIO()):
            trainer()
        fell = loss() < 0.95 * before
        print(f"rate {rate:.0e}, {whose}: at {used:.1e}; loss fell by a twentieth: {fell}")
PYTHON
diff seen - <<'EXPECTED'
tiny-recursive-model 0.0.15
rate 1e-04, the trainer's optimizer: at 5.2e-07; loss fell by a twentieth: False
rate 1e-04, handed over: at 1.0e-04; loss fell by a twentieth: True
rate 1e-03, the trainer's optimizer: at 5.2e-06; loss fell by a twentieth: False
rate 1e-03, handed over: at 1.0e-03; loss fell by a twentieth: True
EXPECTED
