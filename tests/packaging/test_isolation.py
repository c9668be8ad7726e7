"""A distribution that is broken in every way, beside tamis: only its own keys suffer."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from tests.packaging.environments import EXAMPLES, Environment, build, copied

WHO = "acme-broken 0.3.1 [acme_broken."


#: What is to be said of each way to be broken, by the end of its key.
LOADING = {
    "import": "is broken: ModuleNotFoundError: No module named 'a_package_that_nobody_has'",
    "missing": "is broken: ModuleNotFoundError: No module named 'acme_broken.no_such_module'",
    "key": "name 'acme_{kind}_key', and it declares 'acme_other'",
}
USING = {
    "unprintable": "failed: Unprintable",
    "schema": "contributes a bad schema: 'path' is not valid under any of the given schemas (at properties.path.type)",
}
WAYS: dict[str, dict[str, str]] = {
    "source": {
        **LOADING,
        **USING,
        "raises": "failed: RuntimeError: the bucket is empty",
        "exits": "failed: SystemExit: out of storage",
        "type": "failed: TypeError: open returned list, not a Listing",
        "names": "failed: TypeError: names hold 1, not a str",
        "images": "",
        "unsent": "",
        "claim": "failed: RuntimeError: the bucket is empty",
        "odd_claim": "failed: RuntimeError: the bucket is empty",
        "rival": "failed: RuntimeError: the bucket is empty",
    },
    "annotation": {
        **LOADING,
        **USING,
        "raises": "failed: RuntimeError: the labels are on strike",
        "exits": "failed: SystemExit: out of labels",
        "type": "failed: TypeError: read returned dict, not Annotations",
        "later": "failed: RuntimeError: the labels are on strike",
        "fields": "failed: TypeError: fields are list, not a mapping",
        "rows": "failed: ValueError: metadata returned 1 rows of 'price' for 2 samples",
    },
    "export": {
        **LOADING,
        **USING,
        "raises": "failed: RuntimeError: the courier is ill",
        "exits": "failed: SystemExit: out of stamps",
        "type": "failed: TypeError: write gave None, not notes: it returns a collection of texts, or yields them",
        "notes": "failed: TypeError: write yielded 5, not a note as text",
    },
    "executor": {
        **LOADING,
        **USING,
        "raises": "failed: RuntimeError: the workers are on strike",
        "exits": "failed: SystemExit: out of workers",
        "type": "failed: TypeError: make returned int, not an Executor",
        "submit": "the executor takes no work: Unprintable; what was done before is kept",
        "future": "the executor takes no work: TypeError: submit returned int, not a Future",
        "result": "the executor can't do the work: a future holds 5, not what was measured",
        "enters": "failed: RuntimeError: nobody is at the door",
        "leaves": "failed: RuntimeError: the door is locked",
        "jobs": "",
    },
}
CONFIG = {
    "n_samples": 1,
    "strategies": [
        {"input": {"type": "METADATA", "key": "lightly.luminance"}, "strategy": {"type": "WEIGHTS"}},
    ],
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """An environment with tamis and acme-broken."""
    root = tmp_path_factory.mktemp("broken")
    environment = Environment(root / "venv", wheel)
    environment.install(build(copied(EXAMPLES / "acme-broken", root / "acme-broken"), root / "wheel"))
    return environment


def test_listing_imports_none_of_it(broken: Environment) -> None:
    """Each key is listed, with what can be said without importing it."""
    rows = json.loads(broken.tamis("plugins", "--json").stdout)
    states = {row["key"]: row["state"] for row in rows if row["distribution"] == "acme-broken"}

    assert states.pop("RANDOM") == "conflicting"
    assert states.pop("lightly.myOwn") == "broken"
    assert len(states) == 10 + sum(map(len, (*WAYS.values(), SECTIONS, ISSUES)))
    assert set(states.values()) == {"found"}
    assert {row["state"] for row in rows if row["distribution"] == "tamis" and row["key"] != "RANDOM"} == {"found"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config of a metric, and beside it one of the metadata ``price``."""
    strategy = {"type": "WEIGHTS"}
    priced = [{"input": {"type": "METADATA", "key": "price"}, "strategy": strategy}]
    (tmp_path / "priced.json").write_text(json.dumps({"n_samples": 1, "strategies": priced}))
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.mark.parametrize(
    ("kind", "way"), [(kind, way) for kind, ways in WAYS.items() for way, said in ways.items() if said]
)
def test_using_a_broken_door_is_an_error_that_says_whose_it_is(
    kind: str, way: str, broken: Environment, images: Path, config: Path, tmp_path: Path
) -> None:
    """One line, no traceback, and nothing on stdout; nothing waits for ever."""
    key = f"acme_{kind}_{way}"
    select: list[object] = ["select", config, "--input", images, "--no-store"]
    if kind == "export":
        broken.tamis(*select, "-o", tmp_path / "out", "-q")
    command = {
        "source": ["select", config, "--no-store", "--input", f"{key}:{images}"],
        "annotation": ["select", tmp_path / "priced.json", *select[2:], "--annotations", f"{key}:{images}"],
        "export": ["export", tmp_path / "out", key, tmp_path / "target"],
        "executor": [*select, "--executor", key],
    }[kind]
    done = broken.tamis(*command, "-q", check=False, timeout=60)
    said = [line for line in done.stderr.splitlines() if not line.startswith("Please buy")]

    assert done.returncode == (1 if way in ("submit", "future", "result") else 2)
    assert done.stdout == ""
    assert len(said) == 1
    assert f"{kind} '{key}' of {WHO}" in said[0]
    assert WAYS[kind][way].format(kind=kind) in said[0]


def test_everything_else_works_beside_them(broken: Environment, images: Path, config: Path, tmp_path: Path) -> None:
    """A folder is opened, though sources that claim it are broken; annotated, measured, exported."""
    done = broken.tamis("select", config, "--input", images, "--lightly", images, "-o", tmp_path / "out", "--no-store")
    exported = broken.tamis("export", tmp_path / "out", "files", tmp_path / "copies")

    assert done.stderr.splitlines()[-1] == f"selected 1 of 2 samples -> {tmp_path / 'out'}"
    assert "acme" not in done.stderr + exported.stderr
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["light.png"]


#: What is said in place of each broken section.
SECTIONS = {
    **LOADING,
    **USING,
    "raises": "failed: RuntimeError: the painter is out",
    "exits": "failed: SystemExit: out of paint",
    "type": "failed: TypeError: make gave 5, not blocks: it returns a collection of them, or yields them",
    "blocks": "failed: TypeError: make gave '<b>bold</b>', which is no block of tamis.blocks",
    "later": "failed: RuntimeError: the painter went home",
    "cells": "failed: TypeError: <object object at",
    "endless": "failed: ValueError: it makes more than 200 blocks",
}


def test_a_broken_section_costs_a_report_only_itself(
    broken: Environment, images: Path, config: Path, tmp_path: Path
) -> None:
    """The page and the notes say which one and why; all else is there."""
    broken.tamis("select", config, "--input", images, "-o", tmp_path / "out", "-q", "--no-store")
    done = broken.tamis("report", tmp_path / "out", timeout=60)
    page = html.unescape((tmp_path / "out" / "report.html").read_text(encoding="utf-8"))

    for way, said in SECTIONS.items():
        where = f"section 'acme_section_{way}' of {WHO}"
        assert where in page
        assert where in done.stderr
        assert said.format(kind="section") in page
    for title in ("At a glance", "Picks", "Distributions", "How it was made"):
        assert f">{title}</h2>" in page


#: What is said of each broken issue.
ISSUES = {
    **LOADING,
    "unprintable": "failed: Unprintable",
    "raises": "failed: RuntimeError: the inspector is on leave",
    "exits": "failed: SystemExit: out of inspectors",
    "type": "failed: TypeError: rate returned list, not Ratings",
    "rows": "failed: ValueError: rate returned float64 of shape (1,) for 2 samples",
}


def test_a_broken_issue_costs_an_inspection_only_itself(broken: Environment, images: Path) -> None:
    """The notes say which one and why; tamis's own are looked for. One that is named is an error."""
    done = broken.tamis("inspect", "--input", images, "--no-store", timeout=60)
    named = broken.tamis("inspect", "--input", images, "--issue", "acme_issue_raises", "--no-store", check=False)

    for way, said in ISSUES.items():
        assert f"issue 'acme_issue_{way}' of {WHO}" in done.stderr
        assert said.format(kind="issue") in done.stderr
    assert "blurred" in done.stdout
    assert (named.returncode, named.stdout) == (2, "")
    assert f"issue 'acme_issue_raises' of {WHO}" in named.stderr


def test_an_executor_that_works_on_nothing_at_a_time_is_given_work(broken: Environment, images: Path) -> None:
    """What it says of itself isn't believed."""
    done = broken.tamis("compute", "lightly.width", "--input", images, "--executor", "acme_executor_jobs", "-q")

    assert done.stdout.splitlines() == ["sample,lightly.width", "dark.png,8", "light.png,8"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_images_that_can_not_be_opened_are_failures(
    jobs: str, broken: Environment, images: Path, tmp_path: Path
) -> None:
    """Whatever opening them raises, in this process and in others; fingerprints that fail cost what could be reused."""
    inputs = ("--input", f"bad=acme_source_images:{images}", "--input", images)
    store = ("--store", tmp_path / "store", "--jobs", jobs)
    for _ in range(2):
        done = broken.tamis("compute", "lightly.width", *inputs, *store, "-q")
        assert done.stdout.splitlines() == [
            *("sample,lightly.width", "bad/a.png,", "bad/b.png,"),
            *("images/dark.png,8", "images/light.png,8"),
        ]
        assert "bad/a.png: open: Unprintable" in done.stderr


def test_images_that_can_not_be_sent_say_so(broken: Environment, images: Path) -> None:
    """With what their author has to do; in this process they can be tried."""
    command = ("compute", "lightly.width", "--input", f"acme_source_unsent:{images}", "-q", "--no-store")
    sent = broken.tamis(*command, "--jobs", "2", check=False)

    assert sent.returncode == 1
    assert "this can't be sent to other processes: TypeError: cannot pickle '_thread.lock' object" in sent.stderr
    assert "Images.shareable = False" in sent.stderr
    assert "Traceback" not in sent.stderr


def test_a_location_that_only_a_broken_source_would_take(broken: Environment, tmp_path: Path) -> None:
    """The sources that can't say so are named, with their causes."""
    (tmp_path / "thing.zip").touch()
    done = broken.tamis("compute", "lightly.width", "--input", tmp_path / "thing.zip", check=False)
    lines = done.stderr.splitlines()

    assert done.returncode == 2
    assert lines[0].startswith(f"tamis: the input '{tmp_path / 'thing.zip'}' is neither a folder nor a file")
    assert f"source 'acme_source_claim' of {WHO}sources] failed: Unprintable" in lines
    assert f"source 'acme_source_odd_claim' of {WHO}sources] failed: RuntimeError: neither yes nor no" in lines
    assert any(
        line.startswith(f"source 'acme_source_import' of {WHO}import_error] is broken: Module") for line in lines
    )
    assert "Traceback" not in done.stderr


def test_a_location_that_two_sources_claim(broken: Environment, images: Path) -> None:
    """Both are named, and how to choose."""
    (images / "list.txt").write_text("dark.png\n")
    done = broken.tamis("compute", "lightly.width", "--input", "list.txt", check=False, cwd=images)

    assert done.returncode == 2
    assert f"is claimed by acme_source_rival, of {WHO}sources] and files, of tamis " in done.stderr
    assert done.stderr.endswith(": name one of them, acme_source_rival:list.txt or files:list.txt\n")
    chosen = broken.tamis("compute", "lightly.width", "--input", "files:list.txt", "-q", cwd=images)
    assert chosen.stdout.splitlines() == ["sample,lightly.width", "dark.png,8"]


def test_what_doors_print_does_not_spoil_results(broken: Environment, images: Path, config: Path) -> None:
    """It goes to stderr."""
    done = broken.tamis("compute", "lightly.width", "--input", images, "--executor", "acme_executor_exits", check=False)

    assert done.stdout == ""
    assert "Please buy more workers!" in done.stderr


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("acme.import_error", "ModuleNotFoundError: No module named 'a_package_that_nobody_has'"),
        ("acme.missing", "ModuleNotFoundError: No module named 'acme_broken.no_such_module'"),
        ("acme.exits", "SystemExit: out of here"),
        ("acme.registration", "RuntimeError: the licence server does not answer"),
        (
            "acme.another_key",
            "its entry points in 'tamis.metrics' name 'acme.another_key', and it declares 'acme.one_key'",
        ),
        ("lightly.myOwn", "'lightly.*' keys are tamis's own"),
    ],
)
def test_a_key_that_can_not_be_had_is_an_error_that_says_whose_it_is(
    key: str, reason: str, broken: Environment, images: Path
) -> None:
    """One line, status 2, and no traceback."""
    done = broken.tamis("compute", "lightly.width", key, "--input", images, check=False)

    assert done.returncode == 2
    assert done.stdout == ""
    assert f"'{key}' of {WHO}" in done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("key", "reason"), [("acme.compute", "ZeroDivisionError: "), ("acme.exits_later", "SystemExit: enough")]
)
def test_what_fails_on_an_image_costs_that_value(key: str, reason: str, broken: Environment, images: Path) -> None:
    """Other metrics of that image, and other images, are measured."""
    done = broken.tamis("compute", key, "lightly.luminance", "--input", images, "--json")
    dark, light = map(json.loads, done.stdout.splitlines())

    assert dark[key] is None
    assert dark["lightly.luminance"] > 0
    assert light[key] is not None
    assert f"dark.png: metric {key}: {reason}" in done.stderr
    assert WHO in done.stderr


def test_what_it_prints_does_not_spoil_results(broken: Environment, images: Path) -> None:
    """Results on stdout are tamis's alone; what a plugin prints goes to stderr."""
    done = broken.tamis("compute", "acme.prints", "--input", images, "-q", "--jobs", "2")

    assert done.stdout.splitlines() == ["sample,acme.prints", "dark.png,1.0", "light.png,1.0"]
    assert "Welcome to ACME!" in done.stderr


def test_what_is_not_asked_for_is_not_imported(broken: Environment, images: Path) -> None:
    """Not the slow one, nor any other: a run pays for what its config names."""
    code = (
        "import sys, tamis\n"
        "registry = tamis.Registry()\n"
        f"dataset = tamis.Dataset.from_directory({str(images)!r})\n"
        "table = tamis.compute(dataset, ['lightly.sharpness'], registry=registry)\n"
        "print(len(table), [name for name in sys.modules if name.startswith('acme')])"
    )

    assert broken.run(code) == "2 []\n"


def test_a_bad_schema_is_left_out_of_the_composed_one(broken: Environment, tmp_path: Path) -> None:
    """With a note; a config that names it is refused with the reason, at its place."""
    done = broken.tamis("schema")
    assert "ACME_SCHEMA' of acme-broken 0.3.1" in done.stderr
    types = json.loads(done.stdout)["$defs"]["input"]["properties"]["type"]["enum"]
    assert "METADATA" in types
    assert "ACME_SCHEMA" not in types

    config = tmp_path / "config.json"
    entry = {"input": {"type": "ACME_SCHEMA"}, "strategy": {"type": "WEIGHTS"}}
    config.write_text(json.dumps({"n_samples": 1, "strategies": [entry]}))
    refused = broken.tamis("validate", config, check=False)
    assert refused.returncode == 2
    assert "strategies[0].input.type: input 'ACME_SCHEMA' of acme-broken 0.3.1" in refused.stderr


def test_a_conflict_names_both_and_blocking_decides_it(broken: Environment, images: Path, tmp_path: Path) -> None:
    """Only a config that uses the key is concerned."""
    config = tmp_path / "config.json"
    entry = {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}
    config.write_text(json.dumps({"n_samples": 1, "strategies": [entry]}))
    conflict = broken.tamis("validate", config, check=False)

    assert conflict.returncode == 2
    assert "claimed by acme-broken 0.3.1 [acme_broken.conflict] and tamis " in conflict.stderr
    code = (
        "import json, pathlib, tamis\n"
        f"config = json.loads(pathlib.Path({str(config)!r}).read_text())\n"
        f"dataset = tamis.Dataset.from_directory({str(images)!r})\n"
        "registry = tamis.Registry(block=['acme-broken'])\n"
        "print(len(tamis.select(dataset, config, registry=registry).selected))"
    )
    assert broken.run(code) == "1\n"


def test_strict_raises_at_once(broken: Environment) -> None:
    """For those who would rather know."""
    code = (
        "import tamis\n"
        "try:\n    tamis.Registry(strict=True)\n"
        "except tamis.errors.PluginError as error:\n    print('acme-broken' in str(error))\n"
    )

    assert broken.run(code) == "True\n"


def test_the_kit_finds_all_of_it(broken: Environment) -> None:
    """Each key fails a check, with the reason."""
    done = broken.tamis("plugins", "check", "acme-broken", "--json", check=False)
    failed = {(row["subject"], row["name"]) for row in json.loads(done.stdout) if row["status"] == "failed"}

    assert done.returncode == 1
    assert failed >= {
        *(
            (f"metric acme.{key}", "loads")
            for key in ("import_error", "missing", "exits", "registration", "another_key")
        ),
        ("metric lightly.myOwn", "loads"),
        ("input RANDOM", "loads"),
        ("input ACME_SCHEMA", "schema"),
        ("metric acme.prints", "imports_quietly"),
        ("metric acme.prints", "quiet"),
        ("metric acme.slow", "imports_lightly"),
        *((f"{kind} acme_{kind}_{way}", "loads") for kind in WAYS for way in LOADING),
        *((f"{kind} acme_{kind}_schema", "schema") for kind in WAYS),
        *((f"export acme_export_{way}", "writes") for way in ("raises", "unprintable", "exits", "type", "notes")),
        *((f"section acme_section_{way}", "makes") for way in SECTIONS if way not in (*LOADING, "schema")),
        *((f"section acme_section_{way}", "loads") for way in LOADING),
        ("section acme_section_schema", "schema"),
        *((f"issue acme_issue_{way}", "runs") for way in ISSUES if way not in LOADING),
        *((f"issue acme_issue_{way}", "loads") for way in LOADING),
        *((f"executor acme_executor_{way}", "makes") for way in ("raises", "unprintable", "exits", "type", "enters")),
        *((f"executor acme_executor_{way}", "measures") for way in ("submit", "future", "result", "leaves")),
        ("executor acme_executor_jobs", "says_how_many"),
        ("source acme_source_claim", "lists"),
        ("source acme_source_odd_claim", "lists"),
    }
