"""``doctor``: what this machine offers, what is missing, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from hrm_toolkit.cli import console, options

OK, OPTIONAL, BROKEN = "ok", "optional", "broken"
_STYLES = {OK: "green", OPTIONAL: "yellow", BROKEN: "bold red"}
_EXTRA = "extra "


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        name: what it is.
        state: ``ok``; ``optional``, when it is missing and nothing needs it; or ``broken``.
        detail: what was found.
        fix: what to do, if anything.
    """

    name: str
    state: str
    detail: str
    fix: str = ""


def doctor(as_json: options.Json = False) -> int:
    """Say what is installed, what computes, and what to do about what is missing.

    Status 0 when the toolkit is usable, 1 when something is broken.

    Examples:
      hrm-toolkit doctor
      hrm-toolkit doctor --json
    """
    findings = [finding for examine in EXAMINATIONS for finding in examine()]
    usable = all(finding.state != BROKEN for finding in findings)
    if as_json:
        console.print_json({"usable": usable, "findings": [asdict(f) for f in findings]})
        return 0 if usable else 1
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    absent = [f.name for f in findings if f.state == OPTIONAL and f.name.startswith(_EXTRA)]
    for finding in findings:
        if finding.name in absent:
            continue
        said = finding.detail + (f"\n-> {finding.fix}" if finding.fix else "")
        table.add_row(finding.name, Text(finding.state, style=_STYLES[finding.state]), said)
    out = console.stdout()
    out.print(table)
    out.print(
        "ready to use" if usable else "something is broken: see the lines above",
        style="bold green" if usable else "bold red",
    )
    if absent:
        names = ", ".join(name.removeprefix(_EXTRA) for name in absent)
        out.print(f"not installed, and needed by nothing else: {names}", soft_wrap=True)
        out.print("-> pip install 'hrm-toolkit[NAME]'", soft_wrap=True)
    return 0 if usable else 1


def _python() -> Iterator[Finding]:
    import platform

    from hrm_toolkit import __version__

    system = f"{platform.system()} {platform.machine()}"
    yield Finding("hrm-toolkit", OK, __version__)
    yield Finding("python", OK, f"{platform.python_version()} on {system}")


def _torch() -> Iterator[Finding]:
    try:
        import torch
    except (ImportError, OSError) as error:
        yield Finding("torch", BROKEN, str(error), "pip install torch")
        return
    yield Finding(
        "torch", OK, f"{torch.__version__}, {torch.get_num_threads()} threads for tensor operations"
    )
    yield from _devices()
    yield Finding("attention", OK, _attention())
    yield from _kernels()


def _attention() -> str:
    """What computes it here."""
    import torch

    from hrm_toolkit.solvers.kernels.attention import way

    if not torch.cuda.is_available():
        return "torch scaled_dot_product_attention on the CPU"
    chosen = way(torch.device("cuda"), torch.bfloat16, 64)
    other = "torch scaled_dot_product_attention, with its flash kernels on CUDA"
    return other if chosen == "sdpa" else f"{chosen} in bfloat16; {other} else"


def _devices() -> Iterator[Finding]:
    import torch

    if not torch.cuda.is_available():
        built = torch.version.cuda
        why = "this torch is built without CUDA" if built is None else f"no GPU for CUDA {built}"
        fix = "" if built else "on a machine with a GPU: pip install torch from its CUDA index"
        yield Finding("device", OK, "cpu")
        yield Finding("cuda", OPTIONAL, why, fix)
        return
    for index in range(torch.cuda.device_count()):
        card = torch.cuda.get_device_properties(index)
        memory = card.total_memory / 2**30
        capability = f"compute capability {card.major}.{card.minor}"
        yield Finding(f"cuda:{index}", OK, f"{card.name}, {memory:.0f} GiB, {capability}")
    bf16 = "bf16" if torch.cuda.is_bf16_supported() else "no bf16"
    yield Finding("cuda", OK, f"CUDA {torch.version.cuda}, {bf16}")


def _kernels() -> Iterator[Finding]:
    from importlib.metadata import version

    from hrm_toolkit.solvers.kernels import backend, cpu

    missing = cpu.available()
    if missing is None:
        yield Finding("native code", OK, f"{cpu.variant()}: runs structured networks on the CPU")
    else:
        yield Finding(
            "native code",
            OPTIONAL,
            f"{missing}; NumPy computes in its place, several times slower",
            "install a C++ compiler, or pip install ziglang, and build it",
        )
    ways = (f"{name}: {', '.join(kinds)}" for name, kinds in backend.describe().items())
    yield Finding("kernels", OK, "; ".join(ways))
    widths = "structured networks 32 and 64 wide in one launch, others by the definition"
    if (why := backend.triton_missing()) is None:
        yield Finding("triton", OK, f"triton {version('triton')}: {widths}")
    else:
        yield Finding("triton", OPTIONAL, f"{why}; torch computes what its kernels would")
    readers = "networks that read them as factors, as of the task constraints"
    native = "this package's own code on the CPU, on CUDA by the plain definition in torch"
    yield Finding("rules", OK, f"{readers}: by {native}, since no kernel of Triton takes them")


_FOR_DEVELOPERS = {"bench", "browser", "dev", "dev-model", "docs"}
"""Extras of use in a copy of the repository alone."""


def _extras() -> Iterator[Finding]:
    """Each extra that the package declares, by the packages it stands for."""
    import re
    from importlib.metadata import PackageNotFoundError, requires, version

    extras: dict[str, dict[str, str | None]] = {}
    for requirement in requires("hrm-toolkit") or ():
        found = re.match(r"([\w.-]+).*;.*\bextra == ['\"]([\w-]+)['\"]", requirement)
        if found is None:
            continue
        try:
            installed: str | None = version(found[1])
        except PackageNotFoundError:
            installed = None
        extras.setdefault(found[2], {})[found[1]] = installed
    for name, packages in sorted(extras.items()):
        if name in _FOR_DEVELOPERS:
            continue
        missing = [package for package, number in packages.items() if number is None]
        if missing:
            fix = f"pip install 'hrm-toolkit[{name}]'"
            yield Finding(f"{_EXTRA}{name}", OPTIONAL, f"missing {', '.join(missing)}", fix)
        else:
            yield Finding(
                f"{_EXTRA}{name}",
                OK,
                ", ".join(f"{package} {n}" for package, n in packages.items()),
            )


def _adapters() -> Iterator[Finding]:
    from hrm_toolkit.adapters.registry import adapter_names, broken_adapters, get_adapter
    from hrm_toolkit.core import ToolkitError

    loaded = []
    for name in adapter_names():
        try:
            loaded.append(get_adapter(name).task)
        except (ToolkitError, ImportError) as error:
            yield Finding(f"adapter {name}", BROKEN, str(error), "repair or reinstall its package")
    yield Finding("adapters", OK, ", ".join(loaded))
    for label, reason in broken_adapters().items():
        if label.split(" = ")[0] in loaded:
            yield Finding("plugin", BROKEN, f"{label}: {reason}", "uninstall that package")


def _bundles() -> Iterator[Finding]:
    """Each bundled solver, its weights compared with its manifest's hash."""
    from hrm_toolkit.core import ToolkitError
    from hrm_toolkit.solvers.bundles.manifest import bundled_names
    from hrm_toolkit.solvers.solver import Solver

    names = bundled_names()
    if not names:
        fix = "train one: hrm-toolkit train --adapter NAME"
        yield Finding("solvers", OPTIONAL, "none is bundled", fix)
    for name in names:
        try:
            manifest = Solver.load(name).manifest
        except ToolkitError as error:
            yield Finding(f"solver {name}", BROKEN, str(error), "reinstall hrm-toolkit")
            continue
        if manifest is not None:
            detail = f"{manifest.task}, weights match sha256 {manifest.sha256[:12]}"
            yield Finding(f"solver {name}", OK, detail)


EXAMINATIONS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _torch,
    _extras,
    _adapters,
    _bundles,
)
