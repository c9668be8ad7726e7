"""The public names at run time are those that type checkers see: neither sees one more, or one less.

tamis imports most of its names when they are first used, so what is written for type checkers is not what runs.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

MODULES = ("tamis", "tamis.blocks", "tamis.errors", "tamis.testing")
#: Found on every class, or made by Python itself: no part of tamis.
COMMON = {*dir(object), *dir(type), "add_note", "args", "with_traceback", "name", "value"}

#: What a tool says about each name or member after ``from MODULE import *``: its type, or None if it doesn't see it.
Seen = Mapping[str, "str | None"]


def user_of(name: str) -> str:
    """The file of the module that uses it."""
    return f"uses_{name.replace('.', '_')}.py"


def exported(module: ModuleType) -> set[str]:
    """Its ``__all__``."""
    return set(module.__all__)


@cache
def names(module: ModuleType) -> set[str]:
    """All that could be seen of it: what it has at run time, and all that is written in it. Once: use adds to it."""
    tree = ast.parse(inspect.getsource(module))
    written = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            written |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            written.add(node.name)
    found = {name for name in {*dir(module), *written} if not name.startswith("__")}
    return found - set(dir(import_module("builtins"))) | exported(module)


@cache
def members(module: ModuleType) -> list[tuple[str, str]]:
    """The public members of its public classes."""
    classes = {name: getattr(module, name) for name in sorted(exported(module))}
    return [
        (name, member)
        for name, class_ in classes.items()
        if isinstance(class_, type)
        for member in sorted({*dir(class_)} - COMMON)
        if not member.startswith("_")
    ]


@cache
def asked(module: ModuleType) -> list[tuple[str, str]]:
    """Lines that ask tools what they see, each with what it asks about."""
    lines = [(f"reveal_type({name})", name) for name in sorted(names(module))]
    for number, (name, member) in enumerate(members(module)):
        lines.append((f"def ask_{number}(it: {name}) -> None: reveal_type(it.{member})", f"{name}.{member}"))
    return lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module for each of tamis's that takes all it exports, as a user's would; outside of the repository."""
    root = tmp_path_factory.mktemp("user")
    for name in MODULES:
        lines = [f"from {name} import *", *(line for line, _ in asked(import_module(name)))]
        (root / user_of(name)).write_text("\n".join(lines) + "\n")
    # An installed tamis is found; one in a checkout, by its folder.
    paths = [str(path) for path in roots() if path.name not in ("site-packages", "dist-packages")]
    (root / "pyrightconfig.json").write_text(json.dumps({"extraPaths": paths, "typeCheckingMode": "strict"}))
    (root / "mypypath").write_text(os.pathsep.join(paths))
    return root


def roots() -> list[Path]:
    """Where tamis was imported from."""
    return [Path(inspect.getfile(import_module("tamis"))).parents[1]]


@pytest.fixture(scope="module")
def mypy(folder: Path) -> dict[str, Seen]:
    """What mypy sees of each module."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy isn't installed: it comes with the extra dev")
    files = [user_of(name) for name in MODULES]
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", "--hide-error-context"]
    environ = {**os.environ, "MYPYPATH": (folder / "mypypath").read_text()}
    done = subprocess.run([*command, *files], cwd=folder, env=environ, capture_output=True, text=True)
    assert not done.stderr
    answers: dict[str, dict[int, str | None]] = {file: {} for file in files}
    for file, line, text in re.findall(r"^(uses_\w+\.py):(\d+): (.+)$", done.stdout, re.MULTILINE):
        if found := re.match(r'note: Revealed type is "(.*)"$', text):
            answers[file].setdefault(int(line), found[1])
        elif re.search(r"is not defined|has no attribute", text):
            answers[file][int(line)] = None
    return {name: at_lines(name, answers[file]) for name, file in zip(MODULES, files, strict=True)}


@pytest.fixture(scope="module")
def pyright(folder: Path) -> dict[str, Seen]:
    """What pyright sees of each module."""
    if importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright isn't installed: it comes with the extra dev")
    if not shutil.which("node"):
        pytest.skip("there is no node for pyright to run on")
    command = [sys.executable, "-m", "pyright", "-p", str(folder), "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    answers: dict[str, dict[int, str | None]] = {user_of(name): {} for name in MODULES}
    for each in json.loads(done.stdout)["generalDiagnostics"]:
        found = answers[Path(each["file"]).name]
        line, text = each["range"]["start"]["line"] + 1, each["message"]
        if revealed := re.match(r'Type of ".*?" is "(.*)"$', text, re.DOTALL):
            found.setdefault(line, revealed[1])
        elif each.get("rule") in ("reportUndefinedVariable", "reportAttributeAccessIssue"):
            found[line] = None
    return {name: at_lines(name, found) for name, found in zip(MODULES, answers.values(), strict=True)}


def at_lines(name: str, found: Mapping[int, str | None]) -> Seen:
    """What a tool said about each name; it must have said something about all of them."""
    expressions = asked(import_module(name))
    assert set(found) == set(range(2, len(expressions) + 2))
    return {each: found[number] for number, (_, each) in enumerate(expressions, start=2)}


@pytest.mark.parametrize("name", MODULES)
def test_all_of_it_is_there_at_run_time(name: str) -> None:
    """Every name of ``__all__`` can be had, ``dir`` lists it, and a star imports these and no others."""
    module = import_module(name)
    taken: dict[str, object] = {}
    exec(f"from {name} import *", taken)

    assert len(module.__all__) == len(exported(module))
    assert set(taken) - {"__builtins__"} == exported(module)
    assert exported(module) <= set(dir(module))


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
@pytest.mark.parametrize("name", MODULES)
def test_type_checkers_see_the_same_names(name: str, tool: str, request: pytest.FixtureRequest) -> None:
    """All of ``__all__`` with a type, and nothing else that the module has or imports."""
    module = import_module(name)
    seen: Seen = request.getfixturevalue(tool)[name]

    assert {each for each in names(module) if seen[each] is not None} == exported(module)
    assert not {each: seen[each] for each in exported(module) if seen[each] in ("Any", "Unknown")}


@pytest.mark.parametrize("tool", ["mypy", "pyright"])
@pytest.mark.parametrize("name", MODULES)
def test_type_checkers_see_the_members_of_classes(name: str, tool: str, request: pytest.FixtureRequest) -> None:
    """Every public attribute and method that a public class has at run time."""
    seen: Seen = request.getfixturevalue(tool)[name]

    assert not [each for each in map(".".join, members(import_module(name))) if seen[each] is None]
