"""``tamis plugins new``: what it writes works, and its names are what was asked for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result

from tamis.cli import cli
from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.testing import SAMPLES
from tamis.testing.suites import suite_of

KINDS = get_args(PluginKind)


def new(*arguments: object) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["plugins", "new", *map(str, arguments)])


def declaration(kind: PluginKind) -> Any:
    """What the template declares."""
    (declared,) = getattr(import_module(f"tamis.templates.{kind}"), EXTENSION_POINTS[kind].hook)()
    return declared


@pytest.mark.parametrize("kind", KINDS)
def test_the_templates_conform(kind: PluginKind, tmp_path: Path) -> None:
    """No check of the kit fails, or is skipped but for want of an entry point, or of what a template leaves out."""
    options: dict[str, Any] = {}
    if kind == "source":
        options["location"] = str(import_module("tamis.templates.source_test").written(tmp_path))
    if kind == "annotation":
        labels = dict.fromkeys(SAMPLES.values(), "cat")
        options["location"] = str(import_module("tamis.templates.annotation_test").written(tmp_path, labels))
    results = [check() for check in suite_of(declaration(kind), **options).checks()]
    left_out = {"annotation": {"writes"}, "export": {"describes"}, "issue": {"imports_quietly", "imports_lightly"}}
    missing = {"entry_point", "lookup", "texts", "rows", *left_out.get(kind, ())}

    assert [result for result in results if result.status == "failed"] == []
    assert {result.name for result in results if result.status == "skipped"} <= missing


@pytest.mark.parametrize("kind", KINDS)
def test_the_templates_tests_pass(kind: PluginKind, tmp_path: Path) -> None:
    """The very functions that are written into the project."""
    module = import_module(f"tamis.templates.{kind}_test")
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]

    assert tests
    for test in tests:
        takes_folder = "tmp_path" in inspect.signature(test).parameters
        test(tmp_path) if takes_folder else test()


@pytest.mark.parametrize(
    ("name", "kind", "key", "module"),
    [
        ("acme-sharp", "metric", "acme.sharp", "acme_sharp"),
        ("tamis-acme-sharp-edges", "metric", "acme.sharp_edges", "tamis_acme_sharp_edges"),
        ("Sharp", "metric", "my.sharp", "sharp"),
        ("acme.sql", "input", "ACME_SQL", "acme_sql"),
        ("random", "view", "random", "tamis_random"),
        ("class", "metric", "my.class", "tamis_class"),
        ("3d-score", "scorer", "3d_score", "tamis_3d_score"),
    ],
)
def test_names_are_made_of_the_distributions(name: str, kind: str, key: str, module: str, tmp_path: Path) -> None:
    """The key and the module; a module that would hide one of Python's own, or is a keyword, is called otherwise."""
    assert new(name, "--kind", kind, "-o", tmp_path / "p").exit_code == 0
    written = (tmp_path / "p" / "pyproject.toml").read_text()

    assert f'name = "{name}"' in written
    assert f'[project.entry-points."tamis.{kind}s"]\n"{key}" = "{module}"' in written
    assert f'"{key}"' in (tmp_path / "p" / f"{module}.py").read_text()
    assert f"import {module} as plugin" in (tmp_path / "p" / "tests" / f"test_{module}.py").read_text()


def test_no_placeholder_is_left(tmp_path: Path) -> None:
    """In any file of any kind."""
    for kind in KINDS:
        assert new("acme-x", "--kind", kind, "-o", tmp_path / kind).exit_code == 0
    for path in tmp_path.rglob("*.*"):
        assert "template" not in path.read_text().lower()
    assert "An input for tamis: `ACME_X`." in (tmp_path / "input/README.md").read_text()
    assert "A metric for tamis: `acme.x`." in (tmp_path / "metric/README.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["acme x", "--kind", "metric"], "can't be the name of a distribution"),
        (["acme-x", "--kind", "metric", "--key", "sharp"], "it is <vendor>.<name>"),
        (["acme-x", "--kind", "metric", "--key", "lightly.sharp"], "keys are tamis's own"),
        (["acme-x", "--kind", "view", "--key", "Not A View"], "a name such as my_edges"),
        (["acme-x", "--kind", "scorer", "--key", 'a"b'], "can't be the key of a scorer"),
        (["acme-x", "--kind", "input", "--key", 'a"b'], "can't be the key of an input"),
        (["acme-x", "--kind", "plugin"], "'plugin' is not one of"),
        (["acme-x", "--kind", "metric", "-o", "."], "exists already"),
        (["Tamis", "--kind", "metric"], "can't be the name of a distribution of yours"),
        (["acme-x", "--kind", "view", "--key", "class"], "a name such as my_edges"),
        (["acme-x", "--kind", "view", "--key", "gray"], "tamis has the view 'gray', and two would be a conflict"),
    ],
)
def test_what_can_not_be_is_refused(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is written, with status 2."""
    monkeypatch.chdir(tmp_path)
    done = new(*arguments)

    assert done.exit_code == 2
    assert message in done.output
    assert list(tmp_path.iterdir()) == []


def test_check_prints_a_table_and_fails_if_a_check_does(install: Callable[..., None]) -> None:
    """A row for each check; status 1, and a summary; the same as JSON."""
    source = (
        "from tamis import Metric, hookimpl\n"
        "def f(header):\n    return 1 // (header.height - 1)\n"
        "@hookimpl\ndef tamis_metrics():\n    yield Metric('acme.x', f, doc='X.')\n"
    )
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=source)
    done = CliRunner().invoke(cli, ["plugins", "check", "acme"])
    lines = done.stdout.splitlines()

    assert done.exit_code == 1
    assert lines[0].split() == ["plugin", "check", "status", "reason"]
    (row,) = [line for line in lines if " one_row " in line]
    assert row.startswith("metric acme.x")
    assert "failed" in row
    assert "ZeroDivisionError" in row
    assert "requires_tamis" in done.stdout
    assert "passed, " in done.stderr
    as_json = CliRunner().invoke(cli, ["plugins", "check", "acme", "--json"])
    assert as_json.exit_code == 1
    assert '"status": "failed"' in as_json.stdout


def test_show_describes_all_that_have_one_key(install: Callable[..., None]) -> None:
    """Whatever their kinds, with a line between them and none at the end."""
    source = (
        "from tamis import Scorer, View, hookimpl\n"
        "@hookimpl\ndef tamis_views():\n    yield View('acme', lambda gray: gray)\n"
        "@hookimpl\ndef tamis_scorers():\n    yield Scorer('acme', len, task_types=['classification'])\n"
    )
    install("acme", {"tamis.views": {"acme": "acme_two"}, "tamis.scorers": {"acme": "acme_two"}}, acme_two=source)
    done = CliRunner().invoke(cli, ["plugins", "show", "acme"])

    assert done.stdout == (
        "view acme, of acme 1.0 [acme_two]\n\nneeds  gray\n\n"
        "scorer acme, of acme 1.0 [acme_two]\n\ntask types  classification\n"
    )


def test_check_of_what_is_not_installed() -> None:
    """Names the nearest distribution."""
    done = CliRunner().invoke(cli, ["plugins", "check", "tami"])

    assert done.exit_code == 2
    assert "no installed distribution 'tami'" in done.stderr
    assert "Did you mean 'tamis'" in done.stderr
