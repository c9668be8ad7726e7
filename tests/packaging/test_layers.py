"""The architecture, read from the imports: dependencies run one way, and built-ins use the public door."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tamis

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core"
PLUGINS = ROOT / "plugins"

#: Each room may import from those before it, and from a module of its own above.
ROOMS = [
    {"printable", "suggestion", "errors", "progress", "validation", "writing", "data"},
    {"declarations"},
    {"discovery", "lightly", "dataset", "store"},
    {"config"},
    {"measuring"},
    {"embedding"},
    {"context"},
    {"planning"},
    {"selection"},
    {"testing", "templates"},
    {"cli"},
]


#: What `tamis` itself offers, but for the modules.
PUBLIC = {*tamis.__all__, ""} - {"errors", "testing"}


def imports(path: Path) -> set[tuple[str, str]]:
    """What a module imports when it runs, as (module, name); not what only type checkers see."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    found: set[tuple[str, str]] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {(node.module or "", alias.name) for alias in node.names}
    return found


def core_modules() -> dict[str, Path]:
    """The modules of the core by dotted name; the command line as one."""
    paths = [path for path in (CORE / "tamis").rglob("*.py") if not path.stem.startswith("__")]
    return {
        ".".join(path.relative_to(CORE / "tamis").with_suffix("").parts): path
        for path in paths
        if path.parent.name != "cli"
    }


def core_imports(path: Path) -> set[str]:
    """The modules of the core that one of them imports, by dotted name; the conformance kit also uses public names."""
    public = PUBLIC if path.parent.name in ("testing", "templates") else set()
    return {
        f"tamis.{name}".removeprefix("tamis.") if module == "tamis" else module.removeprefix("tamis.")
        for module, name in imports(path)
        if module.partition(".")[0] == "tamis" and not (module == "tamis" and name in public)
    }


def test_every_module_has_its_room() -> None:
    """The list above is the whole core."""
    assert set.union(*ROOMS) == {name.partition(".")[0] for name in core_modules()} | {"cli"}


@pytest.mark.parametrize("name", sorted(core_modules()))
def test_imports_run_one_way(name: str) -> None:
    """A module imports from its own room and those below it, never from beside or above."""
    home = name.partition(".")[0]
    level = next(number for number, rooms in enumerate(ROOMS) if home in rooms)
    used = {module.partition(".")[0] for module in core_imports(core_modules()[name])}

    assert used <= set.union(ROOMS[0], *ROOMS[:level]) | {home}


def test_the_core_has_no_circle() -> None:
    """Type-checking imports aside, there is an order in which every module could be written."""
    graph = {name: core_imports(path) for name, path in core_modules().items()}

    assert len(list(TopologicalSorter(graph).static_order())) >= len(graph)


def test_the_core_never_imports_the_plugins() -> None:
    """It knows them by entry point only."""
    for path in CORE.rglob("*.py"):
        assert not any(module.startswith("tamis_plugins") for module, _ in imports(path)), path


def test_plugins_use_public_names_only() -> None:
    """A built-in could be a third party's: it imports what ``tamis.__all__`` has."""
    for path in PLUGINS.rglob("*.py"):
        for module, name in imports(path):
            if module.partition(".")[0] == "tamis":
                assert module == "tamis", path
                assert name in tamis.__all__, path


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


def test_importing_tamis_prints_nothing_and_installs_no_signal_handler() -> None:
    """It's a library."""
    code = (
        "import signal; before = [signal.getsignal(s) for s in signal.valid_signals()]\n"
        "import tamis; tamis.select, tamis.compute, tamis.Dataset\n"
        "assert before == [signal.getsignal(s) for s in signal.valid_signals()]"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("", "")
