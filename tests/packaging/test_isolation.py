"""A distribution that is broken in every way, beside tamis: only its own keys suffer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.packaging.environments import EXAMPLES, Environment, build, copied

WHO = "acme-broken 0.3.1 [acme_broken."


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
    assert len(states) == 10
    assert set(states.values()) == {"found"}
    assert {row["state"] for row in rows if row["distribution"] == "tamis" and row["key"] != "RANDOM"} == {"found"}


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
    }
