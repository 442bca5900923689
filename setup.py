"""What pyproject.toml cannot say: installation compiles the native code where it can.

Without a compiler all is installed but that; the toolkit then computes in NumPy and torch.
"""

import runpy
import sys
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

FOLDER = Path("hrm_toolkit/solvers/kernels/cpu")


class BuildWithNative(build_py):
    """Compile beside the sources first; what is found there is then package data."""

    def run(self) -> None:
        try:
            # Alone, without the package, whose dependencies are not there yet.
            print("native code:", runpy.run_path(str(FOLDER / "build.py"))["build_missing"]())
        except (RuntimeError, OSError) as error:
            print(f"installing without native code: {error}", file=sys.stderr)
        super().run()


class PlatformWheel(bdist_wheel):
    """A wheel with native code is one platform's, of any Python 3."""

    def get_tag(self) -> tuple[str, str, str]:
        if not any(FOLDER.glob("librecurrence.*")):
            return super().get_tag()
        # Its files lie where pure ones do; only the tag is not that of a pure wheel.
        pure, self.root_is_pure = self.root_is_pure, False
        platform = super().get_tag()[2]
        self.root_is_pure = pure
        return ("py3", "none", platform)


commands: dict[str, Any] = {"build_py": BuildWithNative, "bdist_wheel": PlatformWheel}
setup(cmdclass=commands)
