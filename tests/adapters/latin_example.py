"""The third-party example's module, imported from where it lies."""

import importlib.util
from pathlib import Path

PATH = Path(__file__).parents[2] / "examples" / "latin-square" / "latin_square.py"

_spec = importlib.util.spec_from_file_location("latin_square", PATH)
latin = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(latin)
