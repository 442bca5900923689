#!/usr/bin/env bash
# safetensors 0.8.0 with NumPy: whether a valid file of bfloat16 can be read depends on which of its
# functions reads it, and on whether anything in the process has imported ml_dtypes. load(bytes) raises
# a bare KeyError always. load_file and safe_open raise TypeError until ml_dtypes is imported (to have
# it installed is not enough) and give bfloat16 arrays afterwards. Files of 8-bit floats are read by
# none, and there the import changes nothing. So code that is tested beside JAX, which imports
# ml_dtypes, fails alone, and an "except TypeError" around one function is none around the other.
#
# Seen:
#   safetensors 0.8.0, numpy 2.4.6, ml_dtypes 0.6.0
#   BF16: load KeyError, load_file TypeError, safe_open TypeError
#   F8_E4M3: load KeyError, load_file AttributeError, safe_open AttributeError
#   F16: load float16, load_file float16, safe_open float16
#   after import ml_dtypes
#   BF16: load KeyError, load_file bfloat16, safe_open bfloat16
#   F8_E4M3: load KeyError, load_file AttributeError, safe_open AttributeError
#   F16: load float16, load_file float16, safe_open float16
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    safetensors==0.8.0 numpy==2.4.6 ml_dtypes==0.6.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON' | tee seen
import json
import struct
from importlib.metadata import version
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import load, load_file

print(", ".join(f"{name} {version(name)}" for name in ("safetensors", "numpy", "ml_dtypes")))


def opened(path):
    with safe_open(path, "numpy") as file:
        return {"w": file.get_tensor("w")}


def look():
    for dtype, size in (("BF16", 2), ("F8_E4M3", 1), ("F16", 2)):
        # The format: 8 bytes with the header's length, the header as JSON, the numbers.
        header = json.dumps({"w": {"dtype": dtype, "shape": [4], "data_offsets": [0, 4 * size]}})
        header = header.encode() + b" " * (-len(header) % 8)
        data = struct.pack("<Q", len(header)) + header + bytes(4 * size)
        Path("w.safetensors").write_bytes(data)
        said = []
        for function, given in ((load, data), (load_file, "w.safetensors"), (opened, "w.safetensors")):
            name = "safe_open" if function is opened else function.__name__
            try:
                said.append(f"{name} {function(given)['w'].dtype}")
            except Exception as error:
                said.append(f"{name} {type(error).__name__}")
        print(f"{dtype}: {', '.join(said)}")


look()
import ml_dtypes  # noqa

print("after import ml_dtypes")
look()
PYTHON
diff seen - <<'EXPECTED'
safetensors 0.8.0, numpy 2.4.6, ml_dtypes 0.6.0
BF16: load KeyError, load_file TypeError, safe_open TypeError
F8_E4M3: load KeyError, load_file AttributeError, safe_open AttributeError
F16: load float16, load_file float16, safe_open float16
after import ml_dtypes
BF16: load KeyError, load_file bfloat16, safe_open bfloat16
F8_E4M3: load KeyError, load_file AttributeError, safe_open AttributeError
F16: load float16, load_file float16, safe_open float16
EXPECTED
