"""Make a wheel for each platform, its native code compiled here by the package ``ziglang``.

::

    python scripts/wheels.py [--out dist] [PLATFORM ...]

A wheel serves every Python 3 of its platform: native code knows nothing of Python. The first time
takes minutes, since ziglang compiles what it needs of each system.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import runpy
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
FOLDER = "hrm_toolkit/solvers/kernels/cpu"


class Platform(NamedTuple):
    """A platform: what ziglang, Python and processors call it."""

    target: str
    machine: str
    system: str


PLATFORMS = {
    "manylinux_2_17_x86_64": Platform("x86_64-linux-gnu.2.17", "x86_64", "linux"),
    "manylinux_2_17_aarch64": Platform("aarch64-linux-gnu.2.17", "aarch64", "linux"),
    "macosx_11_0_arm64": Platform("aarch64-macos.11.0", "arm64", "darwin"),
    "macosx_10_15_x86_64": Platform("x86_64-macos.10.15", "x86_64", "darwin"),
    "win_amd64": Platform("x86_64-windows-gnu", "AMD64", "win32"),
}
"""By the tag of their wheels."""


def plain_wheel(folder: Path, source: Path = ROOT) -> Path:
    """A wheel of a source tree, with native code or without."""
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(source)]
    subprocess.run(pip, check=True)  # noqa: S603
    return next(folder.glob("*.whl"))


def of_platform(plain: Path, tag: str, out: Path) -> Path:
    """The same wheel with one platform's native code.

    Args:
        plain: of any platform.
        tag: in ``PLATFORMS``.
        out: folder of the result.
    """
    native = runpy.run_path(str(ROOT / FOLDER / "build.py"))
    name, version = plain.name.split("-")[:2]
    about = f"{name}-{version}.dist-info"
    platform = PLATFORMS[tag]
    with zipfile.ZipFile(plain) as wheel:
        files = {
            entry: wheel.read(entry)
            for entry in wheel.namelist()
            if not entry.startswith(f"{FOLDER}/librecurrence.") and entry != f"{about}/RECORD"
        }
    with tempfile.TemporaryDirectory() as scratch:
        library = native["build"](
            Path(scratch),
            native["zig"](),
            machine=platform.machine,
            system=platform.system,
            target=platform.target,
        )
        files[f"{FOLDER}/{library.name}"] = library.read_bytes()
    lines = files[f"{about}/WHEEL"].decode().splitlines()
    kept = [line for line in lines if line and not line.startswith("Tag: ")]
    files[f"{about}/WHEEL"] = "\n".join([*kept, f"Tag: py3-none-{tag}", ""]).encode()
    record = [f"{entry},{digest(data)},{len(data)}\n" for entry, data in files.items()]
    files[f"{about}/RECORD"] = "".join([*record, f"{about}/RECORD,,\n"]).encode()
    made = out / f"{name}-{version}-py3-none-{tag}.whl"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as wheel:
        for entry, data in files.items():
            # A fixed date, so that the same tree gives the same wheel.
            wheel.writestr(zipfile.ZipInfo(entry), data, zipfile.ZIP_DEFLATED)
    return made


def digest(data: bytes) -> str:
    """As a wheel's record writes it."""
    text = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
    return f"sha256={text.decode()}"


def main() -> None:
    """Make the wheels that are named, else all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help=", ".join(PLATFORMS))
    options = parser.parse_args()
    unknown = set(options.platforms) - set(PLATFORMS)
    if unknown:
        parser.error(f"unknown platform {', '.join(sorted(unknown))}; one of {list(PLATFORMS)}")
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain = plain_wheel(Path(scratch))
        for tag in options.platforms or PLATFORMS:
            made = of_platform(plain, tag, options.out)
            print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)", flush=True)


if __name__ == "__main__":
    main()
