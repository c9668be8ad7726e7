"""The example plugins and the projects of ``tamis plugins new``, as wheels beside tamis's own."""

from __future__ import annotations

import json
import sqlite3
import zipfile
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


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Path:
    """The project acme-doors, its wheel installed."""
    project = copied(EXAMPLES / "acme-doors", tmp_path_factory.mktemp("example") / "acme-doors")
    environment.install(build(project, project.parent / "wheel"))
    return project


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A folder with an archive of eight photographs, two of them dogs, and their labels."""
    rows = ["image,label,price"]
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as opened:
        for number in range(8):
            with opened.open(f"day {number % 2}/{number}.png", "w") as file:
                photograph(number).save(file, "PNG")
            rows.append(f"day {number % 2}/{number}.png,{'dog' if number in (2, 5) else 'cat'},{number}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    return tmp_path


#: Of acme-doors.
DOORS = {
    *(("source", "acme_zip"), ("annotation", "acme_csv"), ("export", "acme_coco")),
    *(("section", "acme_budget"), ("executor", "acme_pool")),
}


def test_the_doors_pass_their_own_tests(doors: Path, environment: Environment) -> None:
    """The kit's among them, from the outside."""
    assert " passed" in environment.pytest(doors / "tests")


def test_the_doors_are_listed_without_importing_them(doors: Path, environment: Environment) -> None:
    """From their entry points alone."""
    rows = json.loads(environment.tamis("plugins", "--json").stdout)
    mine = {(row["kind"], row["key"]): row["state"] for row in rows if row["distribution"] == "acme-doors"}
    assert mine == dict.fromkeys(DOORS, "found")

    code = (
        "import sys, tamis\n"
        "print(len(tamis.Registry().plugins()) > 40, [name for name in sys.modules if name.startswith('acme')])"
    )
    assert environment.run(code) == "True []\n"


def test_the_doors_are_checked_by_the_command_line(doors: Path, environment: Environment, archive: Path) -> None:
    """No check fails; with something to read, none is left out but what a plugin doesn't do."""
    samples = environment.run("from tamis.testing import SAMPLES; print(*SAMPLES.values(), sep='\\n')").splitlines()
    rows = [f"{name},{'cat' if len(name) % 2 else 'dog'},{len(name)}" for name in samples]
    (archive / "kit.csv").write_text("\n".join(["file,label,size", *rows]))
    plain = json.loads(environment.tamis("plugins", "check", "acme-doors", "--json").stdout)
    locations = ("--location", "acme_zip:photos.zip", "--location", "acme_csv:kit.csv,key=file")
    located = json.loads(environment.tamis("plugins", "check", "acme-doors", "--json", *locations, cwd=archive).stdout)

    assert {row["status"] for row in plain} == {"passed", "skipped"}
    undone = {"writes": "annotation acme_csv", "describes": "export acme_coco"}
    skipped = {
        row["subject"]: row["reason"] for row in plain if row["status"] == "skipped" and row["name"] not in undone
    }
    assert skipped == {
        f"{kind} {key}": f"it needs something to read: pass location=, or --location {key}:LOCATION"
        for kind, key in (("source", "acme_zip"), ("annotation", "acme_csv"))
    }
    assert {row["name"]: row["subject"] for row in located if row["status"] != "passed"} == undone
    assert {row["subject"] for row in located} >= {f"{kind} {key}" for kind, key in DOORS}


@pytest.mark.parametrize(
    ("locations", "message"),
    [
        (["photos.zip"], "--location photos.zip: name the plugin, KEY:LOCATION (there is acme_csv, acme_zip)"),
        (["acme_zap:x"], "--location acme_zap:x: nothing installed is called 'acme_zap'. Did you mean 'acme_zip'?"),
        (["acme_zip:x", "acme_zip:y"], "--location acme_zip:y: there is another location for acme_zip"),
    ],
)
def test_a_location_to_check_on_that_names_nothing(
    doors: Path, environment: Environment, archive: Path, locations: list[str], message: str
) -> None:
    """One line, status 2."""
    options = [part for location in locations for part in ("--location", location)]
    done = environment.tamis("plugins", "check", "acme-doors", *options, check=False, cwd=archive)

    assert done.returncode == 2
    assert done.stderr == f"tamis: {message}\n"


def test_the_doors_from_the_command_line(doors: Path, environment: Environment, archive: Path) -> None:
    """The config and the commands of its README: an archive selected from, in its pool, and carried to a COCO file."""
    readme = (doors / "README.md").read_text(encoding="utf-8")
    (archive / "config.json").write_text(readme.partition("```json\n")[2].partition("```")[0])
    select = (
        "select config.json --input photos.zip --annotations acme_csv:labels.csv --executor acme_pool:jobs=2 -o out"
    )
    done = environment.tamis(*select.split(), cwd=archive)
    manifest = json.loads((archive / "out" / "selection.json").read_text())
    selected = (archive / "out" / "selected.txt").read_text().splitlines()

    assert "selected 3 of 8 samples" in done.stderr
    # The dearest cat and the dearest dog, as labels are balanced.
    assert {"day 1/7.png", "day 1/5.png"} < set(selected)
    assert manifest["dataset"]["source"] == "acme_zip"
    again = environment.tamis(
        *select.replace("--input photos.zip", "--input acme_zip:photos.zip").split(), "--force", cwd=archive
    )
    assert again.returncode == 0
    assert (archive / "out" / "selected.txt").read_text().splitlines() == selected

    exported = environment.tamis("export", "out", "acme_coco", "coco.json", cwd=archive)
    assert exported.stderr == "3 images, 0 boxes -> coco.json\n"
    images = json.loads((archive / "coco.json").read_text())["images"]
    assert [image["file_name"] for image in images] == selected
    costs = ["sections=" + json.dumps(["picks", "acme_budget:column=price"])]
    environment.tamis("export", "out", "report", "costs.html", *costs, cwd=archive)
    page = (archive / "costs.html").read_text(encoding="utf-8")
    assert page.count("<h2") == 2
    assert f"The picks cost {sum(int(name[6]) for name in selected)} in total." in page
    copied_ = environment.tamis("export", "out", "files", "copies", cwd=archive)
    assert copied_.stderr == "3 images -> copies\n"
    refused = environment.tamis("export", "out", "files", "links", "how=symlink", cwd=archive, check=False)
    assert refused.returncode == 2
    assert "is no file of this machine, and can't be linked to: use how=copy" in refused.stderr
    refused = environment.tamis("export", "out", "acme_coco", "x.json", "task=label", cwd=archive, check=False)
    assert refused.stderr == "tamis: export.task: 'label' is classification, and only object-detection has boxes\n"


def test_the_doors_beside_a_folder(doors: Path, environment: Environment, archive: Path) -> None:
    """An archive is an input among others, with a label."""
    (archive / "more").mkdir()
    photograph(9).save(archive / "more" / "x.png")
    done = environment.tamis(
        "compute", "lightly.width", "--input", "old=photos.zip", "--input", "more", "-q", cwd=archive
    )

    names = [line.partition(",")[0] for line in done.stdout.splitlines()[1:]]
    assert names == [*sorted(f"old/day {number % 2}/{number}.png" for number in range(8)), "more/x.png"]


def test_the_doors_from_python(doors: Path, environment: Environment, archive: Path) -> None:
    """By their names, and without any where the location says it."""
    code = f"""
import os, tamis
os.chdir({str(archive)!r})
config = {{"n_samples": 2, "strategies": [
    {{"input": {{"type": "METADATA", "key": "a.price"}}, "strategy": {{"type": "WEIGHTS"}}}}]}}
for dataset in (tamis.Dataset.open("photos.zip"), tamis.Dataset.open("photos.zip", "acme_zip")):
    dataset = dataset.annotate("acme_csv", "labels.csv", "a", key="image")
    selection = tamis.select(dataset, config, executor="acme_pool:jobs=1")
    print(*selection.selected, *dataset.annotations.tasks(), *dataset.annotations.fields())
print(*selection.export("acme_coco", "coco.json"))
print("acme_pool" in tamis.Registry(block=["acme-doors"]).keys("executor"))
"""
    assert environment.run(code).splitlines() == [
        *["day 1/7.png day 0/6.png a a.price"] * 2,
        "2 images, 0 boxes -> coco.json",
        "False",
    ]


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
