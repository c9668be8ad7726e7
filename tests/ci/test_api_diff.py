"""What breaks callers is in the changelog, or CI fails: the script in a repository of its own, with real commits."""

from __future__ import annotations

import inspect
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

import tamis

pytest.importorskip("griffe", reason="griffe comes with the extra dev")
if not shutil.which("git"):
    pytest.skip("there is no git", allow_module_level=True)

SCRIPT = Path(__file__).parents[2] / ".ci" / "api_diff.py"

INIT = """
from typing import TYPE_CHECKING
from tamis.declarations import Metric
if TYPE_CHECKING:
    from tamis.table import Table
    from tamis.measuring import compute
__all__ = ["Metric", "Table", "compute"]
def __getattr__(name): ...
"""
DECLARATIONS = """
import attrs
@attrs.frozen
class Metric:
    key: str
    unit: str = attrs.field(default="", kw_only=True)
    needs: tuple[str, ...] = attrs.field(init=False)
"""
TABLE = """
class Table:
    def write(self, path, *, compress=False): ...
    def _rows(self): ...
"""
MEASURING = """
def compute(dataset, keys, jobs=1, *, progress=_silent): ...
def helper(dataset): ...
"""
CHANGES = """# Changes

## 1.1.0 - unreleased

{unreleased}
## 1.0.0

### Changed

- `Table.write`, `compute` and `Metric` are no longer what they were.
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a small tamis, committed and tagged."""
    root = tmp_path / "repository"
    package = root / "core" / "tamis"
    package.mkdir(parents=True)
    (root / ".ci").mkdir()
    shutil.copy(SCRIPT, root / ".ci")
    sources = {"__init__": INIT, "declarations": DECLARATIONS, "table": TABLE, "measuring": MEASURING}
    for name, source in sources.items():
        (package / f"{name}.py").write_text(source)
    (root / "CHANGELOG.md").write_text(CHANGES.format(unreleased=""))
    git(root, "init", "--quiet")
    commit(root)
    git(root, "tag", "v1.0.0")
    return root


def git(root: Path, *arguments: str) -> None:
    """Run git, whoever's machine this is."""
    settings = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    """Everything that is there."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "a change")


def replace(root: Path, module: str, old: str, new: str) -> None:
    """Change a module of the package."""
    path = root / "core" / "tamis" / f"{module}.py"
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new))


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as CI does."""
    return subprocess.run([sys.executable, root / ".ci" / "api_diff.py"], capture_output=True, text=True)


#: What is broken: module, before, after; the name that the changelog must have; and how it is described.
BREAKING = {
    "a parameter is gone": ("table", ", *, compress=False", "", "Table.write", "parameter was removed ('compress')"),
    "a parameter is required": ("measuring", "jobs=1", "jobs", "compute", "parameter is now required ('jobs')"),
    "a default is another": ("measuring", "jobs=1", "jobs=2", "compute", "parameter default was changed ('jobs')"),
    "a method is gone": ("table", "def write", "def save", "Table.write", "public object was removed"),
    "a name is no longer offered": ("__init__", ', "compute"]', "]", "compute", "no longer offered"),
    "a name is gone": ("measuring", "def compute", "def measure", "compute", "no longer offered"),
    "a field is new and required": (
        *("declarations", "key: str", "key: str\n    dtype: str"),
        *("Metric", "parameter was added as required ('dtype')"),
    ),
    "a field is keyword-only": (
        *("declarations", "key: str", "key: str = attrs.field(kw_only=True)"),
        *("Metric", "parameter kind was changed ('key')"),
    ),
}


@pytest.mark.parametrize("case", BREAKING)
def test_a_breaking_change_needs_its_entry(repository: Path, case: str) -> None:
    """Without one, the check fails and says what to add; with one, in several lines, it passes."""
    module, old, new, name, how = BREAKING[case]
    replace(repository, module, old, new)
    commit(repository)
    failed = check(repository)
    assert failed.returncode == 1
    assert failed.stderr == (
        f"tamis.{name}: {how}, since v1.0.0. That breaks callers: name `{name}` in the unreleased part of "
        "CHANGELOG.md, under Changed or Removed, or undo it.\n"
    )

    entry = f"### Changed\n\n- Whoever calls\n  `tamis.{name}` has to know.\n\n"
    (repository / "CHANGELOG.md").write_text(CHANGES.format(unreleased=entry))
    passed = check(repository)
    assert (passed.returncode, passed.stderr) == (0, "")
    assert passed.stdout == "API: breaking changes since v1.0.0: 1, told in CHANGELOG.md: 1\n"


@pytest.mark.parametrize(
    "entry",
    [
        "### Added\n\n- `compute` takes many things.\n\n",
        "### Changed\n\n- `recompute` and `compute.jobs` and `computer`.\n\n",
        "### Changed\n\nAn introduction that speaks of `compute`.\n\n",
    ],
    ids=["what is new", "other names", "no entry"],
)
def test_an_entry_is_one_that_tells_the_change(repository: Path, entry: str) -> None:
    """Neither praise of what is new nor a name that only contains the other one will do."""
    replace(repository, "measuring", ", jobs=1", "")
    (repository / "CHANGELOG.md").write_text(CHANGES.format(unreleased=entry))

    assert check(repository).returncode == 1


def test_what_breaks_nobody_needs_no_entry(repository: Path) -> None:
    """Code that moves to another module, new names and optional parameters, and whatever isn't offered."""
    package = repository / "core" / "tamis"
    (package / "data").mkdir()
    (package / "table.py").rename(package / "data" / "table.py")
    (package / "data" / "__init__.py").touch()
    replace(repository, "__init__", "tamis.table", "tamis.data.table")
    replace(repository, "__init__", '"Table"', '"Table", "testing"')
    replace(repository, "data/table", "def _rows(self): ...", "def read(self): ...")
    replace(repository, "measuring", "progress=_silent", "progress=silent, store=None")
    replace(repository, "measuring", "def helper(dataset)", "def other(x)")
    replace(repository, "declarations", 'default="", kw_only=True)', 'default="", kw_only=True)\n    doc: str = ""')
    (package / "testing.py").write_text("__all__ = []\n")
    commit(repository)
    done = check(repository)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "API: breaking changes since v1.0.0: 0, told in CHANGELOG.md: 0\n"


def test_what_is_not_committed_counts(repository: Path) -> None:
    """The working tree is compared, so that one can ask before one commits."""
    replace(repository, "measuring", ", jobs=1", "")

    assert check(repository).returncode == 1


@pytest.mark.parametrize("missing", ["tag", "repository"])
def test_without_a_tag_there_is_nothing_to_compare_with(repository: Path, missing: str) -> None:
    """In a clone without tags, and in an unpacked archive: it says so and passes."""
    replace(repository, "measuring", ", jobs=1", "")
    if missing == "tag":
        git(repository, "tag", "--delete", "v1.0.0")
    else:
        shutil.rmtree(repository / ".git")
    done = check(repository)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "API: nothing to compare with: there is no git tag here\n"


def test_the_constructors_that_attrs_makes_are_read_right() -> None:
    """Of each public class of tamis: the parameters that it has at run time, their kinds, and which are required."""
    script = runpy.run_path(str(SCRIPT))
    package = script["public"](SCRIPT.parents[1] / "core")
    compared = 0
    for name in tamis.__all__:
        class_ = getattr(tamis, name)
        if isinstance(class_, type) and attrs.has(class_) and name not in script["MADE_BY_TAMIS"]:
            read = script["resolved"](package.members[name]).members["__init__"].parameters
            real = inspect.signature(class_).parameters.values()
            assert [(each.name, each.kind.value, each.required) for each in read][1:] == [
                (each.name, KINDS[each.kind], each.default is each.empty) for each in real
            ], name
            compared += 1
    assert compared >= 15


KINDS = {
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional or keyword",
    inspect.Parameter.KEYWORD_ONLY: "keyword-only",
}
