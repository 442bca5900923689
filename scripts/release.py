"""Make all that a release consists of in dist/, and try it; nothing is sent anywhere.

::

    python scripts/release.py [--out dist] [PLATFORM ...]

A source distribution; from it, so that it is known to be whole, a wheel for each platform; this
platform's and the source are installed in a clean environment and tried there; of that environment
a software bill of materials (CycloneDX) and the licences of all dependencies. Needs the packages
``build``, ``ziglang`` and ``cyclonedx-bom``.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MOST_MEGABYTES = 15
# What would bind whoever passes the toolkit on together with it.
BINDING = re.compile(r"\bA?GPL|General Public License", re.IGNORECASE)
LIBRARY = re.compile(r"\bLGPL|Lesser General Public|exception", re.IGNORECASE)
TRIED = "S.#.\n..#.\n#...\n#.#G\n"


class ReleaseError(Exception):
    """What keeps a release from being one."""


def version() -> str:
    """The one that the package states; everything else has it from there."""
    tree = ast.parse((ROOT / "hrm_toolkit" / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__version__":
            return str(ast.literal_eval(node.value))
    raise ReleaseError("hrm_toolkit/__init__.py states no __version__")


def require_told(named: str) -> None:
    """Refuse a version that changelog or citation do not have."""
    for page in ("CHANGELOG.md", "CITATION.cff"):
        if named not in (ROOT / page).read_text(encoding="utf-8"):
            raise ReleaseError(f"{page} does not name version {named}")


def require_small(files: list[Path]) -> None:
    """Refuse a file of more than 15 MB."""
    for file in files:
        if file.stat().st_size > MOST_MEGABYTES * 1e6:
            size = f"{file.stat().st_size / 1e6:.1f} MB"
            raise ReleaseError(f"{file.name} has {size}; at most {MOST_MEGABYTES} MB")


def licences(bill: dict[str, Any]) -> str:
    """The licence of each component of a bill of materials, as a table.

    Raises:
        ReleaseError: naming those that state none, or one that would bind whoever passes it on.
    """
    rows, silent, binding = [], [], []
    for part in sorted(bill.get("components", []), key=lambda part: str(part["name"]).lower()):
        said = "; ".join(map(_licence, part.get("licenses", [])))
        rows.append(f"| {part['name']} | {part.get('version', '')} | {said} |")
        if not said:
            silent.append(part["name"])
        elif BINDING.search(said) and not LIBRARY.search(said):
            binding.append(f"{part['name']}: {said}")
    if silent or binding:
        raise ReleaseError(f"no licence stated: {silent}; binding ones: {binding}")
    head = ["# Licences of what is installed with it", "", "| package | version | licence |"]
    return "\n".join([*head, "|---|---|---|", *rows, ""])


def _licence(entry: dict[str, Any]) -> str:
    one = entry.get("license", {})
    name = str(entry.get("expression") or one.get("id") or one.get("name") or "")
    # Some packages give the whole text as the name.
    return name.strip().split("\n")[0][:80]


def source(out: Path) -> Path:
    """The source distribution."""
    command = [sys.executable, "-m", "build", "--sdist", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return next(out.glob("*.tar.gz"))


def wheels(packed: Path, platforms: list[str], out: Path) -> list[Path]:
    """A wheel for each platform, from the source distribution alone."""
    ours = runpy.run_path(str(ROOT / "scripts" / "wheels.py"))
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(packed) as archive:
            archive.extractall(scratch, filter="data")
        (unpacked,) = Path(scratch).iterdir()
        plain = ours["plain_wheel"](Path(scratch), unpacked)
        return [ours["of_platform"](plain, tag, out) for tag in platforms or ours["PLATFORMS"]]


def of_here(made: list[Path]) -> Path:
    """The wheel that this machine can install."""
    machine = sysconfig.get_platform().partition("-")[2].replace("-", "_").replace(".", "_")
    kind = {"linux": "manylinux", "darwin": "macosx", "win32": "win"}[sys.platform]
    processor = machine.removeprefix("linux_").rpartition("64")[0].rpartition("_")[2]
    for wheel in made:
        if kind in wheel.name and processor in wheel.name:
            return wheel
    raise ReleaseError(f"none of the wheels is for this platform, {sysconfig.get_platform()}")


def tried(wheel: Path, packed: Path, named: str, scratch: Path) -> Path:
    """Install wheel, then source, in an environment of their own, and solve with each.

    Returns:
        Path: the environment's Python.
    """
    subprocess.run([sys.executable, "-m", "venv", str(scratch / "env")], check=True)  # noqa: S603
    folder = scratch / "env" / ("Scripts" if sys.platform == "win32" else "bin")
    python = folder / "python"
    run([python, ROOT / "scripts" / "install_torch.py"], scratch)
    for package in (wheel, packed):
        again = ["--force-reinstall", "--no-deps"] if package is packed else []
        run([python, "-m", "pip", "install", "-qq", *again, package], scratch)
        command = folder / "hrm-toolkit"
        said = run([command, "--version"], scratch).split()[-1]
        if said != named:
            raise ReleaseError(f"{package.name} says that it is version {said}, not {named}")
        (scratch / "maze.txt").write_text(TRIED)
        answer = json.loads(run([command, "solve", "maze.txt", "--json"], scratch))
        if not (answer["solved"] and answer["source"] == "structured"):
            raise ReleaseError(f"{package.name} does not solve a maze by its network: {answer}")
        run([command, "demo", "--out", scratch / package.name.partition("-")[2]], scratch)
    return python


def run(command: list[Any], folder: Path) -> str:
    """What a command prints, away from this tree; one that fails ends the release."""
    # A path to this tree would stand for an installed package.
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    how: dict[str, Any] = {"capture_output": True, "text": True, "env": clean}
    done = subprocess.run(list(map(str, command)), check=False, cwd=folder, **how)  # noqa: S603
    if done.returncode:
        raise ReleaseError(f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> int:
    """Make, check and try everything; tell what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM")
    options = parser.parse_args()
    out, named = options.out.absolute(), version()
    try:
        require_told(named)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        packed = source(out)
        made = wheels(packed, options.platforms, out)
        require_small([packed, *made])
        with tempfile.TemporaryDirectory() as scratch:
            python = tried(of_here(made), packed, named, Path(scratch))
            bill = out / f"hrm_toolkit-{named}.cdx.json"
            # Pip came with the environment, and is no dependency.
            run([python, "-m", "pip", "uninstall", "-qq", "-y", "pip"], out)
            tool = [
                sys.executable,
                "-m",
                "cyclonedx_py",
                "environment",
                "--validate",
                "--of",
                "JSON",
            ]
            run([*tool, "--pyproject", ROOT / "pyproject.toml", "-o", bill, python], out)
        (out / "LICENCES.md").write_text(licences(json.loads(bill.read_text())))
    except ReleaseError as error:
        print(f"no release: {error}", file=sys.stderr)
        return 1
    for file in sorted(out.iterdir()):
        print(f"{file.relative_to(out.parent)} ({file.stat().st_size / 1e6:.2f} MB)")
    print("tried in a clean environment; nothing was sent")
    return 0


if __name__ == "__main__":
    sys.exit(main())
