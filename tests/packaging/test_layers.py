"""The architecture, read from the imports: dependencies run one way, and built-ins use the public door."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Collection
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tamis

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core"
PLUGINS = ROOT / "plugins"

#: The floors of the core, from the ground up. A file may import from its own room, and from rooms on floors below.
FLOORS: list[set[str]] = [
    {"printable", "suggestion"},
    {"errors"},
    {"progress", "validation"},
    {"blocks", "data"},
    {"workspaces"},
    {"claims"},
    {"writing"},
    {"declarations"},
    {"discovery"},
    {"config"},
    {"dataset"},
    {"store"},
    {"measuring"},
    {"embedding"},
    {"context", "results"},
    {"planning"},
    {"selection"},
    {"inspection"},
    {"testing"},
    {"templates"},
    {"cli"},
]

#: How many modules may lie loose in the core's root, beside ``__init__`` and ``__main__``.
LOOSE = 8

#: What `tamis` itself offers, but for the modules.
PUBLIC = {*tamis.__all__, ""} - {"blocks", "errors", "testing"}


def imports(path: Path) -> set[tuple[str, str]]:
    """What a module imports, as (module, name): at run time, in functions, and for type checkers only."""
    found: set[tuple[str, str]] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


def modules_of(root: Path) -> dict[str, Path]:
    """The modules of a package by dotted name, without the package's own; those of the command line, too."""
    paths = [path for path in root.rglob("*.py") if path.stem not in ("__init__", "__main__")]
    return {".".join(path.relative_to(root).with_suffix("").parts): path for path in paths}


def imported(path: Path, package: str, known: Collection[str]) -> set[str]:
    """The modules of a package that a file imports, by dotted name."""
    found = set()
    for module, name in imports(path):
        if module == package or module.startswith(f"{package}."):
            inner = module.removeprefix(package).removeprefix(".")
            submodule = f"{inner}.{name}".removeprefix(".")
            found |= {each for each in (inner, submodule) if each in known}
    return found


CORE_MODULES = modules_of(CORE / "tamis")
PLUGIN_MODULES = modules_of(PLUGINS / "tamis_plugins")


def floor_of(module: str) -> int:
    """The floor of a module's room."""
    room = module.partition(".")[0]
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_every_module_has_its_room() -> None:
    """The floors above are the whole core."""
    assert set.union(*FLOORS) == {name.partition(".")[0] for name in CORE_MODULES} | {"cli"}


def test_few_modules_lie_loose() -> None:
    """What belongs together has a room."""
    assert len([name for name in CORE_MODULES if "." not in name]) <= LOOSE


@pytest.mark.parametrize("name", sorted(CORE_MODULES))
def test_imports_run_one_way(name: str) -> None:
    """A file imports from its own room and from rooms below, those for type checkers included."""
    home = name.partition(".")[0]
    used = imported(CORE_MODULES[name], "tamis", CORE_MODULES)

    assert [each for each in used if each.partition(".")[0] != home and floor_of(each) >= floor_of(name)] == []


@pytest.mark.parametrize(
    ("package", "modules"), [("tamis", CORE_MODULES), ("tamis_plugins", PLUGIN_MODULES)], ids=["core", "plugins"]
)
def test_there_is_no_circle_of_files(package: str, modules: dict[str, Path]) -> None:
    """Imports for type checkers and in functions counted, there is an order in which every file could be written."""
    graph = {name: imported(path, package, modules) - {name} for name, path in modules.items()}

    assert len(list(TopologicalSorter(graph).static_order())) == len(graph)


def test_only_the_kit_the_templates_and_the_command_line_use_public_names() -> None:
    """All other rooms import from where a thing is, so that the picture above is the whole one."""
    for name, path in CORE_MODULES.items():
        if floor_of(name) < floor_of("testing"):
            assert not {each for module, each in imports(path) if module == "tamis"} & PUBLIC, name


def test_the_core_never_imports_the_plugins() -> None:
    """It knows them by entry point only."""
    for path in CORE.rglob("*.py"):
        assert not any(module.startswith("tamis_plugins") for module, _ in imports(path)), path


def test_plugins_use_public_names_only() -> None:
    """A built-in could be a third party's: it imports what ``tamis.__all__`` has."""
    for path in PLUGINS.rglob("*.py"):
        for module, name in imports(path):
            if module.partition(".")[0] == "tamis":
                assert module in ("tamis", "tamis.errors"), path
                assert name in (tamis.errors.__all__ if module == "tamis.errors" else tamis.__all__), path


def test_public_names_are_all_there() -> None:
    """Every name in ``__all__`` can be had, and no other."""
    for name in tamis.__all__:
        assert getattr(tamis, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tamis.nothing  # noqa: B018


def loaded_by(code: str) -> set[str]:
    """Top-level packages in ``sys.modules`` after some code, in a new interpreter."""
    command = f"{code}\nimport sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


HEAVY = {"numpy", "PIL", "jsonschema", "rich", "pyarrow", "pandas", "polars", "tamis_plugins"}


@pytest.mark.parametrize(
    "code",
    [
        "import tamis",
        "import tamis; tamis.Registry().plugins()",
        "from tamis.cli import cli; cli(['plugins', '--json'], standalone_mode=False)",
        "from tamis.cli import cli; cli(['--help'], standalone_mode=False)",
    ],
)
def test_what_is_not_needed_is_not_imported(code: str) -> None:
    """Neither importing tamis nor listing plugins costs a host numpy, Pillow or jsonschema, or loads a plugin."""
    assert not loaded_by(code) & HEAVY


def test_a_worker_imports_nothing_that_reads_configs() -> None:
    """Every process that measures has to start before it does."""
    assert not loaded_by("import tamis.measuring.worker") & {"jsonschema", "rich", "click", "pyarrow", "tamis_plugins"}


def test_importing_tamis_prints_nothing_and_installs_no_signal_handler() -> None:
    """It's a library."""
    code = (
        "import signal; before = [signal.getsignal(s) for s in signal.valid_signals()]\n"
        "import tamis; tamis.select, tamis.compute, tamis.Dataset\n"
        "assert before == [signal.getsignal(s) for s in signal.valid_signals()]"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")
