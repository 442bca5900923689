"""Build the native code beside the package: ``python -m hrm_toolkit.solvers.kernels.cpu.build``.

Installation runs this file alone, before there is a package: it needs the standard library only.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOURCE = Path(__file__).with_name("recurrence.cpp")
WASM = SOURCE.with_suffix(".wasm")
"""The same source for browsers: package data, which ``--wasm`` builds anew; it says, as a library
does, of which text it was built."""
_FLAGS = [
    "-std=c++20",
    "-O3",
    "-fPIC",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-math-errno",
    "-ffp-contract=fast",
    "-fvisibility=hidden",
    "-Wno-psabi",
]
_LEVELS = ("v2", "v3", "v4")


def library_name(system: str = sys.platform) -> str:
    """The file that a system's native code is in, without its folder."""
    endings = {"win32": "dll", "cygwin": "dll", "darwin": "dylib"}
    return f"librecurrence.{endings.get(system, 'so')}"


def digest() -> str:
    """Of the source text; a library says of which it was built."""
    parts = (SOURCE, *(SOURCE.with_name(f"{part}.hpp") for part in ("heads", "training")))
    text = b"".join(part.read_bytes() for part in parts)
    # Windows may check files out with other line ends.
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()[:16]


def compiler() -> list[str] | None:
    """The C++ compiler that is there: ``CXX``, a system's own, or ziglang's; None without any."""
    named = os.environ.get("CXX")
    if named:
        return shlex.split(named)
    for name in ("g++", "clang++", "c++"):
        if shutil.which(name):
            return [name]
    return zig()


def zig() -> list[str] | None:
    """The compiler in the package ``ziglang``, which needs no other; None where it is missing."""
    if importlib.util.find_spec("ziglang") is None:
        return None
    return [sys.executable, "-m", "ziglang", "cc"]


def build(
    folder: Path = SOURCE.parent,
    command: Sequence[str] | None = None,
    *,
    machine: str = platform.machine(),
    system: str = sys.platform,
    target: str | None = None,
    extra: Sequence[str] = (),
) -> Path:
    """Compile every variant that a machine may run, and link them into one library.

    Args:
        folder: where the library comes to lie.
        command: the compiler; None takes the one that is there.
        machine: processor, as ``platform.machine`` names it.
        system: as ``sys.platform`` names it.
        target: what ziglang compiles for, such as ``aarch64-macos``; None for this machine.
        extra: further flags of compiler and linker.

    Raises:
        RuntimeError: when there is no compiler, or when it fails, with what it said.
    """
    command = list(command or compiler() or [])
    if not command:
        raise RuntimeError("no C++ compiler was found: install g++, or `pip install ziglang`")
    # Who loads the library asks this file for its digest: what only a build needs waits for one.
    import tempfile
    from concurrent.futures import ThreadPoolExecutor

    by_zig = "ziglang" in command
    flags = [*command, *(["-target", target] if target else []), *_FLAGS, *extra]
    if by_zig:
        # Its default is a debugging build, with checks that need a library of their own.
        flags += ["-g0", "-fno-sanitize=all"]
    with tempfile.TemporaryDirectory() as scratch:
        objects = [Path(scratch) / "shared.o"]
        jobs = [[*flags, "-c", f'-DSOURCE="{digest()}"', str(SOURCE), "-o", str(objects[0])]]
        for name, how in variants(machine, by_zig).items():
            objects.append(Path(scratch) / f"{name}.o")
            jobs.append(
                [*flags, *how, "-c", f"-DVARIANT={name}", str(SOURCE), "-o", str(objects[-1])]
            )
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(_call, jobs))
        made = Path(scratch) / library_name(system)
        _call([*flags, "-shared", *map(str, objects), "-o", str(made)])
        # In one step, so that no other process loads half a file.
        beside = folder / f"{made.name}.{os.getpid()}"
        shutil.copyfile(made, beside)
        return beside.replace(folder / made.name)


def build_missing(command: Sequence[str] | None = None) -> Path:
    """Build where there is no library of this source text yet, else say where it is.

    Raises:
        RuntimeError: as ``build``.
    """
    made = SOURCE.with_name(library_name())
    # The digest is in the library as text; to load it here would keep Windows from replacing it.
    if made.exists() and digest().encode() in made.read_bytes():
        return made
    return build(command=command)


def build_wasm(made: Path = WASM) -> Path:
    """Compile for browsers: vectors of WebAssembly, memory of its own, nothing from outside.

    Args:
        made: the file to write.

    Raises:
        RuntimeError: without ziglang, or when it fails, with what it said.
    """
    import tempfile

    command = zig()
    if command is None:
        raise RuntimeError("only ziglang compiles for browsers: `pip install ziglang`")
    flags = [*command, "-target", "wasm32-wasi", "-msimd128", "-g0", "-fno-sanitize=all"]
    flags += [flag for flag in _FLAGS if flag != "-fPIC"]
    exported = ("hrm_run", "hrm_scratch", "hrm_source", "__heap_base")
    with tempfile.TemporaryDirectory() as scratch:
        shared, variant = Path(scratch) / "shared.o", Path(scratch) / "baseline.o"
        # Recipes train this width; others would make the file larger than the networks it runs.
        sizes = ["-DVARIANT=baseline", "-DSIZES(DO)=DO(32, 64)"]
        _call([*flags, "-c", f'-DSOURCE="{digest()}"', str(SOURCE), "-o", str(shared)])
        _call([*flags, *sizes, "-c", str(SOURCE), "-o", str(variant)])
        linked = Path(scratch) / made.name
        names = ",".join(f"--export={name}" for name in exported)
        link = ["-mexec-model=reactor", f"-Wl,{names},--strip-all"]
        _call([*flags, *link, str(shared), str(variant), "-o", str(linked)])
        shutil.copyfile(linked, made)
    return made


def variants(machine: str, by_zig: bool) -> dict[str, list[str]]:
    """Flags of each variant, by name."""
    if machine.lower() not in ("x86_64", "amd64"):
        return {"baseline": []}
    if by_zig:
        return {f"x86_64_{level}": [f"-mcpu=x86_64_{level}"] for level in _LEVELS}
    return {f"x86_64_{level}": [f"-march=x86-64-{level}"] for level in _LEVELS}


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{shlex.join(command)} failed: {said[-2000:]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build in place; 1 and one line on stderr where that fails."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--zig", action="store_true", help="compile by the package ziglang")
    parser.add_argument("--missing", action="store_true", help="only where that is to be done")
    parser.add_argument("--wasm", action="store_true", help="for browsers, by ziglang")
    options = parser.parse_args(arguments)
    command = zig() if options.zig else None
    try:
        if options.wasm:
            made = build_wasm()
        else:
            made = build_missing(command) if options.missing else build(command=command)
    except (RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
