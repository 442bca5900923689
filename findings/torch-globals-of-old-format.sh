#!/usr/bin/env bash
# torch 2.13.0: get_unsafe_globals_in_checkpoint, which says what a checkpoint would need before it
# is loaded, takes only files in the zip format. A file in the older format, which torch.save still
# writes on request and in which checkpoints before torch 1.6 stand, is refused with "Expected input
# to be a checkpoint returned by torch.save", although torch.save wrote it and torch.load reads it
# with weights_only=True. So "look first, then load" fails for old checkpoints that load well.
#
# Seen:
#   torch 2.13.0
#   zip format: loads [1.0, 1.0]; asked: []
#   old format: loads [1.0, 1.0]; asked: ValueError: Expected input to be a checkpoint returned by torch.save
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" - <<'PYTHON' | tee seen
import torch
from torch.serialization import get_unsafe_globals_in_checkpoint

print("torch", torch.__version__.split("+")[0])
for name, zipped in (("zip", True), ("old", False)):
    path = f"{name}.pt"
    torch.save({"w": torch.ones(2)}, path, _use_new_zipfile_serialization=zipped)
    loaded = torch.load(path, weights_only=True)["w"].tolist()
    try:
        asked = get_unsafe_globals_in_checkpoint(path)
    except ValueError as error:
        asked = f"{type(error).__name__}: {error}"
    print(f"{name} format: loads {loaded}; asked: {asked}")
PYTHON
diff seen - <<'EXPECTED'
torch 2.13.0
zip format: loads [1.0, 1.0]; asked: []
old format: loads [1.0, 1.0]; asked: ValueError: Expected input to be a checkpoint returned by torch.save
EXPECTED
