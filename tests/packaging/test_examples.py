"""The example plugin and the projects of ``tamis plugins new``, as wheels beside tamis's own."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

from tamis.discovery.hookspecs import PluginKind
from tests.conftest import photograph
from tests.packaging.environments import EXAMPLES, Environment, build, copied


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Path:
    """The project acme-catalog, its wheel installed."""
    project = copied(EXAMPLES / "acme-catalog", tmp_path_factory.mktemp("example") / "acme-catalog")
    environment.install(build(project, project.parent / "wheel"))
    return project


def test_the_example_plugin_passes_its_own_tests(catalog: Path, environment: Environment) -> None:
    """The kit's among them, from the outside: neither its sources nor tamis's are on the path."""
    assert " passed" in environment.pytest(catalog / "tests")


def test_the_example_plugin_is_checked_by_the_command_line(catalog: Path, environment: Environment) -> None:
    """No check fails; the input's need a database."""
    done = environment.tamis("plugins", "check", "acme-catalog", "--json")
    results = json.loads(done.stdout)

    assert {result["status"] for result in results} == {"passed", "skipped"}
    assert {result["subject"] for result in results if result["status"] == "skipped"} == {"input ACME_SQL"}


def test_a_config_that_uses_the_example_plugin(catalog: Path, environment: Environment, tmp_path: Path) -> None:
    """The config of its README, on photographs and a catalogue of them."""
    (tmp_path / "photos").mkdir()
    rows = []
    for number in range(8):
        photograph(number).save(tmp_path / "photos" / f"{number}.png")
        rows.append((f"{number}.png", 10.0 * number or None, ("Bern", "Bern", "Bern", "Ulm")[number % 4]))
    with closing(sqlite3.connect(tmp_path / "catalog.db")) as connection, connection:
        connection.execute("CREATE TABLE photos (sample TEXT, price REAL, town TEXT)")
        connection.executemany("INSERT INTO photos VALUES (?, ?, ?)", rows)
    readme = (catalog / "README.md").read_text(encoding="utf-8")
    config = json.loads(readme.partition("```json\n")[2].partition("```")[0]) | {"n_samples": 4}
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = environment.tamis("select", "config.json", "--input", "photos", "-o", "out", cwd=tmp_path)
    manifest = json.loads((tmp_path / "out" / "selection.json").read_text())
    selected = (tmp_path / "out" / "selected.txt").read_text().split()

    assert "0.png: input price: no price in photos" in done.stderr
    assert len(selected) == 4
    assert "0.png" not in selected
    assert {"3.png", "7.png"} < set(selected)  # both of Ulm, as the towns are balanced
    used = {
        (plugin["kind"], plugin["key"]) for plugin in manifest["plugins"] if plugin["distribution"] == "acme-catalog"
    }
    assert used == {("metric", "acme.colorfulness"), ("view", "acme_opponents"), ("input", "ACME_SQL")}


def test_what_plugins_new_writes_passes_its_own_tests(environment: Environment, tmp_path: Path) -> None:
    """A project of each kind, installed as its README says."""
    for kind in get_args(PluginKind):
        environment.tamis("plugins", "new", f"acme-new-{kind}", "--kind", kind, cwd=tmp_path)
    projects = sorted(tmp_path.glob("acme-new-*"))
    environment.install(*projects)

    assert len(projects) == len(get_args(PluginKind))
    passed = environment.pytest(*projects)
    assert "failed" not in passed
    listed = json.loads(environment.tamis("plugins", "--json").stdout)
    assert {row["kind"] for row in listed if row["distribution"].startswith("acme-new-")} == set(get_args(PluginKind))
