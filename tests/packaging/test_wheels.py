"""What is shipped: a real wheel in a real virtual environment, beside real third-party wheels."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import metric_module

ROOT = Path(__file__).parents[2]
Build = Callable[..., Path]


def run(*command: object, check: bool = True, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a program; its output is part of a failure."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if check and done.returncode:
        pytest.fail(f"{command}\n{done.stdout}\n{done.stderr}")
    return done  # type: ignore[no-any-return]


def build(source: Path, out: Path) -> Path:
    """The wheel of a project."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", out, source)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tamis's own, built from a copy of what is in the repository."""
    source = tmp_path_factory.mktemp("source")
    for name in ("core", "plugins"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "CHANGELOG.md"):
        shutil.copy(ROOT / name, source / name)
    return build(source, tmp_path_factory.mktemp("wheel"))


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


class Environment:
    """A virtual environment with tamis in it. Its dependencies are those of the environment of the tests."""

    def __init__(self, path: Path, wheel: Path) -> None:
        venv.create(path, with_pip=False)
        self.python = path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        site = path / ("Lib/site-packages" if os.name == "nt" else f"lib/{version}/site-packages")
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.install(wheel)

    def install(self, wheel: Path) -> None:
        """As pip does it."""
        run(
            *(sys.executable, "-m", "pip", "--python", self.python),
            *("install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check", wheel),
        )

    def tamis(self, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the program, from a folder where the repository is not."""
        return run(self.python, "-m", "tamis", *arguments, check=check, cwd=self.python.parent)

    def run(self, code: str) -> str:
        """Run some Python."""
        return run(self.python, "-c", code, cwd=self.python.parent).stdout


@pytest.fixture
def environment(tmp_path: Path, wheel: Path) -> Environment:
    """A fresh one."""
    return Environment(tmp_path / "venv", wheel)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two images."""
    root = tmp_path / "images"
    root.mkdir()
    for name, color in (("dark", 10), ("light", 200)):
        Image.new("RGB", (8, 6), (color, color, color)).save(root / f"{name}.png")
    return root


def test_the_wheel_holds_everything(wheel: Path) -> None:
    """Every module of both packages, their type markers and the licence; and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {
        str(path.relative_to(ROOT / root))
        for root in ("core", "plugins")
        for pattern in ("*.py", "py.typed")
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
    rows = [line.split() for line in shown.splitlines()]
    modules = {
        "tamis_plugins."
        + str(path.relative_to(ROOT / "plugins" / "tamis_plugins").with_suffix("")).replace(os.sep, ".")
        for path in (ROOT / "plugins" / "tamis_plugins").glob("*/*.py")
        if path.stem != "__init__"
    }

    assert {tuple(row[:2]) for row in rows} == {("tamis", "loaded")}
    assert {row[2] for row in rows} == modules


def test_the_installed_program_runs_the_demo(environment: Environment, tmp_path: Path) -> None:
    """From a folder of its own."""
    done = environment.tamis("demo", tmp_path / "demo")

    assert len(done.stdout.splitlines()) == 6


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


def test_a_broken_and_a_conflicting_distribution(environment: Environment, project: Build, images: Path) -> None:
    """What is broken is theirs alone; a conflict names both and blocks nothing else; blocking decides it."""
    environment.install(project("acme-broken", {"acme.broken": "tamis.metrics"}, "raise ImportError('no such luck')"))
    environment.install(
        project("acme-rival", {"lightly.snr": "tamis.metrics"}, metric_module("lightly.snr", body="return 5.0"))
    )
    rows = json.loads(environment.tamis("plugins", "--json").stdout)
    listed = {(row["key"], row["distribution"]): row["state"] for row in rows}

    assert listed["acme.broken", "acme-broken"] == "found"
    assert listed["lightly.snr", "acme-rival"] == listed["lightly.snr", "tamis"] == "conflicting"
    assert set(listed.values()) == {"found", "conflicting"}

    broken = environment.tamis("compute", "acme.broken", "--input", images, check=False)
    assert broken.returncode == 2
    assert "'acme.broken' of acme-broken 1.2 [acme_broken] is broken: ImportError: no such luck" in broken.stderr
    conflict = environment.tamis("compute", "lightly.snr", "--input", images, check=False)
    assert conflict.returncode == 2
    assert "acme-rival 1.2 [acme_rival] and tamis " in conflict.stderr
    assert environment.tamis("compute", "lightly.width", "--input", images, "-q").stdout.endswith("light.png,8\n")

    code = (
        "import tamis; registry = tamis.Registry(block=['acme-rival'])\n"
        "print(registry.provider('metric', 'lightly.snr').distribution)"
    )
    assert environment.run(code) == "tamis\n"
