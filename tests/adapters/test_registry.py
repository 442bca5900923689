"""The registry: names without imports, one instance a process, plugins that may be broken."""

import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hrm_toolkit.adapters import adapter_names, get_adapter, register, registry
from hrm_toolkit.core import InputError, UnknownNameError

EXAMPLE = Path(__file__).parents[2] / "examples" / "latin-square" / "latin_square.py"
latin = SimpleNamespace(**runpy.run_path(str(EXAMPLE)))


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(registry, "_registered", {})
    monkeypatch.setattr(registry, "_loaded", {})


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a distribution with entry points and modules on the path, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name, points, **modules):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{key} = {value}" for key, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[hrm_toolkit.adapters]", *lines, ""]))
        for module, text in modules.items():
            (tmp_path / f"{module}.py").write_text(text)

    return put


def test_the_built_in_tasks_are_there():
    assert {"arc", "graph", "maze", "sudoku"} <= set(adapter_names())
    assert adapter_names() == sorted(adapter_names())


@pytest.mark.parametrize("name", ["arc", "graph", "maze", "sudoku"])
def test_one_instance_a_process(name):
    assert get_adapter(name) is get_adapter(name)
    assert get_adapter(name).task == name


def test_listing_imports_no_adapter():
    program = (
        "import sys\n"
        "from hrm_toolkit.adapters import adapter_names\n"
        "assert 'maze' in adapter_names()\n"
        "print([m for m in sys.modules if m.startswith('hrm_toolkit.adapters.') or m == 'torch'])"
    )
    out = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "['hrm_toolkit.adapters.registry']"


def test_an_unknown_name_has_a_near_miss():
    with pytest.raises(UnknownNameError, match=r'no adapter "soduku".*did you mean "sudoku"'):
        get_adapter("soduku")


def test_a_program_registers_a_class_or_an_instance():
    adapter = register(latin.LatinSquareAdapter)
    assert get_adapter("latin-square") is adapter
    assert "latin-square" in adapter_names()
    other = latin.LatinSquareAdapter()
    assert register(other) is other
    assert get_adapter("latin-square") is other


def test_a_built_in_name_cannot_be_taken():
    class Thief(latin.LatinSquareAdapter):
        task = "sudoku"

    with pytest.raises(InputError, match='"sudoku" belongs to a built-in adapter'):
        register(Thief)


@pytest.mark.parametrize("thing", [42, dict, object()])
def test_what_is_no_adapter_is_refused(thing):
    with pytest.raises(InputError, match="is not an adapter"):
        register(thing)


def test_a_class_with_a_method_missing_is_refused_by_that_methods_name():
    class Half(latin.LatinSquareAdapter):
        @property
        def generate(self):
            raise NotImplementedError

    Half.__abstractmethods__ = frozenset({"generate"})
    with pytest.raises(InputError, match="Half lacks generate"):
        register(Half)


def test_a_plugin_is_found_by_its_entry_point(install):
    install("latins", {"latin-square": "plugged:LatinSquareAdapter"}, plugged=EXAMPLE.read_text())
    assert "latin-square" in adapter_names()
    assert get_adapter("latin-square").task == "latin-square"
    assert registry.broken_adapters() == {}


def test_a_broken_plugin_breaks_nobody_else(install):
    install(
        "broken",
        {"explodes": "exploding:X", "absent": "no_such_module:X", "number": "numbers_one:X"},
        exploding="raise RuntimeError('no luck today')",
        numbers_one="X = 1",
    )
    assert {"absent", "explodes", "maze", "number"} <= set(adapter_names())
    assert get_adapter("maze").task == "maze"
    with pytest.raises(InputError, match=r"explodes = exploding:X of broken.*no luck today"):
        get_adapter("explodes")
    reasons = registry.broken_adapters()
    assert len(reasons) == 3
    assert "no_such_module" in reasons["absent = no_such_module:X of broken"]
    assert "is not an adapter" in reasons["number = numbers_one:X of broken"]


def test_a_plugin_does_not_shadow_a_built_in(install):
    install("thief", {"maze": "plugged2:LatinSquareAdapter"}, plugged2=EXAMPLE.read_text())
    assert type(get_adapter("maze")).__module__.startswith("hrm_toolkit.adapters.maze")
    (reason,) = registry.broken_adapters().values()
    assert "belongs to a built-in adapter" in reason


def test_two_plugins_of_one_name_are_refused_with_both_packages(install):
    install("one", {"latin-square": "plugged3:LatinSquareAdapter"}, plugged3=EXAMPLE.read_text())
    install("two", {"latin-square": "plugged4:LatinSquareAdapter"}, plugged4=EXAMPLE.read_text())
    with pytest.raises(InputError, match=r'2 packages .* "latin-square": one, two;'):
        get_adapter("latin-square")


def test_an_entry_point_under_another_name_is_refused(install):
    install("odd", {"squares": "plugged5:LatinSquareAdapter"}, plugged5=EXAMPLE.read_text())
    with pytest.raises(InputError, match='"squares" brings an adapter for the task "latin-square"'):
        get_adapter("squares")
