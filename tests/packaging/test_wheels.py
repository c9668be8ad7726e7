"""What is shipped: a real wheel in a real virtual environment, beside real third-party wheels."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packaging.environments import ROOT, Environment, build, run

Build = Callable[..., Path]
#: The rooms in which each module is a plugin; what several of them share has rooms with other names.
PLUGIN_ROOMS = (
    *("inputs", "metrics", "views", "scorers", "strategies", "embedders", "tasks"),
    *("sources", "annotations", "exports", "sections", "issues", "executors"),
)


@pytest.fixture
def project(tmp_path: Path) -> Build:
    """Build the wheel of a third party's plugin: a module and an entry point for each of its keys."""

    def project(name: str, keys: dict[str, str], source: str) -> Path:
        module = name.replace("-", "_")
        root = tmp_path / name
        root.mkdir()
        (root / f"{module}.py").write_text(source)
        entries = "\n".join(f'"{key}" = "{module}"' for key in keys)
        (root / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            f'[project]\nname = "{name}"\nversion = "1.2"\n'
            f'[project.entry-points."{next(iter(keys.values()))}"]\n{entries}\n'
            f'[tool.setuptools]\npy-modules = ["{module}"]\n'
        )
        return build(root, tmp_path / f"{name}-wheel")

    return project


def test_the_wheel_holds_everything(wheel: Path) -> None:
    """Every module of both packages, their type markers, the report's page, the licence; nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {
        str(path.relative_to(ROOT / root))
        for root in ("core", "plugins")
        for pattern in ("*.py", "py.typed", "*.css", "*.js")
        for path in (ROOT / root).rglob(pattern)
    }

    assert {name for name in names if ".dist-info/" not in name} == modules
    assert any(name.endswith("LICENSE") for name in names)


def test_every_plugin_module_has_its_entry_point(environment: Environment) -> None:
    """And every entry point of the installed distribution loads."""
    shown = environment.run(
        "import tamis; registry = tamis.Registry(strict=True, allow=['tamis'])\n"
        "for status in registry.plugins(): print(status.plugin.distribution, status.state, status.plugin.value)"
    )
    rows = [line.split() for line in shown.splitlines() if line.startswith("tamis ")]
    modules = {
        "tamis_plugins."
        + str(path.relative_to(ROOT / "plugins" / "tamis_plugins").with_suffix("")).replace(os.sep, ".")
        for room in PLUGIN_ROOMS
        for path in (ROOT / "plugins" / "tamis_plugins" / room).glob("*.py")
        if path.stem != "__init__"
    }

    assert {tuple(row[:2]) for row in rows} == {("tamis", "loaded")}
    assert {row[2] for row in rows} == modules


def test_the_installed_program_runs_the_demo(environment: Environment, tmp_path: Path) -> None:
    """From a folder of its own."""
    done = environment.tamis("demo", tmp_path / "demo")

    assert len(done.stdout.splitlines()) == 6


def test_it_runs_from_an_archive(environment: Environment, wheel: Path, images: Path, tmp_path: Path) -> None:
    """As in a zipapp: plugins, processes to measure on, a store, the templates and the conformance kit."""
    code = (
        "import sys, tamis\n"
        "from tamis.testing import check_metric\n"
        "assert '.whl' in tamis.__file__\n"
        "dataset = tamis.Dataset.from_directory(sys.argv[1])\n"
        "for jobs in (2, 1):\n"
        "    print(*tamis.compute(dataset, ['lightly.width'], jobs=jobs, store=sys.argv[2])['lightly.width'].values)\n"
        "print(*{result.status for result in check_metric(tamis.Registry().metric('lightly.width'))})\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(wheel)}
    done = run(environment.python, "-c", code, images, tmp_path / "store", cwd=tmp_path, env=environ)
    new = environment.tamis("plugins", "new", "acme-x", "--kind", "metric", cwd=tmp_path, env=environ)

    assert done.stdout.splitlines() == ["8 8", "8 8", "passed"]
    assert new.stdout.startswith("cd acme-x")


def test_a_third_party_metric_is_a_key_once_installed(environment: Environment, project: Build, images: Path) -> None:
    """pip install, and a config may name it."""
    source = (
        "from tamis import Metric, hookimpl\n"
        "def brightness(gray):\n    return gray.mean()\n"
        "@hookimpl\ndef tamis_metrics():\n    yield Metric('acme.brightness', brightness, doc='Mean of gray.')\n"
    )
    environment.install(project("acme-brightness", {"acme.brightness": "tamis.metrics"}, source))

    assert environment.tamis("compute", "acme.brightness", "--input", images, "-q").stdout.splitlines() == [
        "sample,acme.brightness",
        "dark.png,10.0",
        "light.png,200.0",
    ]
    assert (
        "metric acme.brightness, of acme-brightness 1.2"
        in environment.tamis("plugins", "show", "acme.brightness").stdout
    )


def test_a_third_party_input_and_strategy(
    environment: Environment, project: Build, images: Path, tmp_path: Path
) -> None:
    """The hook at the centre: an input type that tamis doesn't know, with a strategy that it does."""
    source = (
        "import numpy as np\n"
        "from tamis import Column, InputProvider, Kind, hookimpl\n"
        "def kind(params, about):\n    return Kind.SCALAR\n"
        "def provide(params, context):\n"
        "    return Column('LENGTH', Kind.SCALAR, np.array([len(s) * params['factor'] for s in context.samples]))\n"
        "@hookimpl\ndef tamis_input_providers():\n"
        "    schema = {'properties': {'factor': {'type': 'number', 'default': 1}}}\n"
        "    yield InputProvider('LENGTH', provide, kind=kind, schema=schema)\n"
    )
    environment.install(project("acme-length", {"LENGTH": "tamis.inputs"}, source))
    config = tmp_path / "config.json"
    entry = {"input": {"type": "LENGTH", "factor": 2}, "strategy": {"type": "WEIGHTS"}}
    config.write_text(json.dumps({"n_samples": 1, "strategies": [entry]}))

    assert environment.tamis("select", config, "--input", images, "-q").stdout == "light.png\n"
    assert "LENGTH" in environment.tamis("schema").stdout
