"""What a hostile plugin, name or config can do to those who use the command line: nothing beyond itself."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tamis import Dataset, Kind, Metric, Registry, Strategy, Task, compute, errors, validate
from tamis.cli.saying import say
from tamis.config.composition import composed_schema
from tests.conftest import Install, metric_module, photograph

TAMIS = [sys.executable, "-m", "tamis"]


@pytest.mark.parametrize("command", ["compute", "select"])
def test_names_do_nothing_to_a_terminal(tmp_path: Path, command: str) -> None:
    """Their escape sequences are spelled out on a terminal; elsewhere results have the names as they are."""
    name = "b\x1b]0;PWNED\x07.png"
    (tmp_path / "p").mkdir()
    photograph(0).save(tmp_path / "p" / name)
    (tmp_path / "c.json").write_text(
        '{"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}'
    )
    what = {"compute": "lightly.width", "select": str(tmp_path / "c.json")}[command]
    arguments = [*TAMIS, command, what, "--input", str(tmp_path / "p"), "--no-store", "-q", "-j1"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(arguments, stdout=theirs, stderr=subprocess.DEVNULL) as process:
        process.wait(60)
    os.close(theirs)
    shown = os.read(ours, 10_000)
    os.close(ours)
    assert b"\x1b]" not in shown
    assert b"b\\x1b]0;PWNED\\x07.png" in shown
    assert name.encode() in subprocess.run(arguments, capture_output=True, check=True).stdout


def test_messages_have_nothing_that_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor a line break that isn't theirs, nor a line without end."""
    say("note: 'a\x1b]0;x\x07\ntamis: done'", "x" * 1_000_000)
    first, second = capsys.readouterr().err.splitlines()
    assert first == r"note: 'a\x1b]0;x\x07\ntamis: done'"
    assert 1000 < len(second) <= 2000


def test_a_thread_that_a_plugin_has_left_keeps_no_command(tmp_path: Path, install: Install) -> None:
    """Its result is there, the thread is told of, and the command ends."""
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='left').start()\n"
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=source + metric_module("acme.x"))
    photograph(0).save(tmp_path / "a.png")
    path = os.pathsep.join([str(tmp_path / "site-packages"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*TAMIS, "compute", "acme.x", "--input", str(tmp_path), "--no-store", "-q", "-j1"],
        capture_output=True,
        text=True,
        timeout=40,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.stdout == "sample,acme.x\na.png,1.0\n"
    assert "a plugin has left threads that don't end: left" in done.stderr


def test_the_usual_store_is_its_owners_alone(tmp_path: Path) -> None:
    """Names and values of images are not for other users of the machine."""
    (tmp_path / "p").mkdir()
    photograph(0).save(tmp_path / "p/a.png")
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    command = [*TAMIS, "compute", "lightly.width", "--input", str(tmp_path / "p"), "-q", "-j1"]
    subprocess.run(command, capture_output=True, check=True, env=environment, umask=0o022)
    (ledger,) = (tmp_path / "cache").rglob("ledger.db")
    assert (ledger.parent.parent.stat().st_mode & 0o077) == 0


def test_a_host_can_refuse_configs_that_name_files(tmp_path: Path) -> None:
    """Whoever takes configs from elsewhere blocks the task that opens a model; nothing is looked up."""
    config = {
        "n_samples": 1,
        "auto_tasks": [{"type": "lightly_pretagging", "model": "/etc/passwd"}],
        "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}],
    }
    for model in ("/etc/passwd", "/etc/nope"):
        config["auto_tasks"] = [{"type": "lightly_pretagging", "model": model}]
        with pytest.raises(errors.ConfigError) as raised:
            validate(config, registry=Registry(block=["lightly_pretagging"], environ=False))
        assert "is blocked" in str(raised.value)
        assert model not in str(raised.value)


def test_only_a_task_names_files_in_a_config() -> None:
    """Of all that tamis has: no other parameter of an input, strategy or task is the path of a file."""
    registry = Registry.built_in()
    pathlike = {
        (part, type_, name)
        for part in ("input", "strategy", "task")
        for type_ in registry.keys(part)  # type: ignore[arg-type]
        for name in registry.declaration(part, type_).schema.get("properties", {})  # type: ignore[arg-type]
        if name in ("model", "file", "path", "folder", "labels_file", "directory")
    }
    assert pathlike == {("task", "lightly_pretagging", "model")}


SCHEMAS = {
    "a default that is not a number": {"properties": {"x": {"default": float("nan")}}},
    "a default that is a set": {"properties": {"x": {"default": {1, 2}}}},
    "a dynamic reference to nowhere": {"properties": {"x": {"$dynamicRef": "#nope"}}},
    "a reference below an id of its own": {
        "properties": {"x": {"$id": "urn:a", "$ref": "#/$defs/y"}},
        "$defs": {"y": {}},
    },
    "a reference to itself": {"properties": {"x": {"$ref": "#/properties/x"}}},
    "a reference to itself by way of another": {
        "properties": {"x": {"$ref": "#/$defs/y"}},
        "$defs": {"y": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/z"}]}, "z": {"allOf": [{"$ref": "#/$defs/y"}]}},
    },
}


@pytest.mark.parametrize("what", SCHEMAS)
def test_a_schema_that_is_wrong_costs_its_own_key(what: str) -> None:
    """It is named where the key is used, and left out of the schema of all."""
    registry = Registry(environ=False)

    def everything(column: object, params: object) -> object:
        return np.ones(1, bool)

    registry.register(Strategy("EVIL", accepts={Kind.SCALAR}, filter=everything, schema=SCHEMAS[what]))
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "EVIL", "x": 1}}]}
    with pytest.raises(errors.ConfigError, match=r"strategy 'EVIL' of .* contributes a bad schema"):
        validate(config, registry=registry)
    schema, refused = composed_schema(registry)
    assert len(refused) == 1
    json.dumps(schema, allow_nan=False)


def test_a_schema_may_refer_to_itself_about_what_is_inside() -> None:
    """As trees do."""
    registry = Registry(environ=False)
    tree = {"type": "object", "properties": {"left": {"$ref": "#/$defs/tree"}}}
    registry.register(
        Task(
            "TREE",
            lambda header: [],
            task_type="classification",
            categories=lambda params: ["a"],
            schema={"properties": {"x": {"$ref": "#/$defs/tree"}}, "$defs": {"tree": tree}},
        )
    )
    config = {
        "n_samples": 1,
        "auto_tasks": [{"type": "TREE", "name": "t", "x": {"left": {"left": {}}}}],
        "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}],
    }
    validate(config, registry=registry)


def test_what_a_metric_does_to_the_header_is_its_own() -> None:
    """Others get the size that the image has, and so does the result."""

    def evil(header: object) -> float:
        object.__setattr__(header, "width", -7)
        return 1.0

    registry = Registry(environ=False)
    registry.register(Metric("evil.x", evil))
    dataset = Dataset.from_images(["a"], [np.zeros((9, 8), np.uint8)])
    row = compute(dataset, ["evil.x", "lightly.width"], registry=registry).row("a")
    assert row == {"sample": "a", "evil.x": 1.0, "lightly.width": 8}
