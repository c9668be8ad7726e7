"""`tamis plugins`: what is installed, by kind, and what one of them is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import tamis
from tamis.testing.lightly import write_lightly
from tests.conftest import Install, metric_module

#: Inputs and strategies of tamis's own, by kind.
BUILT_IN = [
    (kind, key) for kind in ("input", "strategy") for key in tamis.Registry(allow=["tamis"], environ=False).keys(kind)
]
#: Those that say nothing without predictions, or metadata, of the user's.
OF_THE_USERS_DATA = {"BALANCE", "PREDICTIONS", "SCORES"}


def plugins(*arguments: str, check: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    command = [sys.executable, "-m", "tamis", "plugins", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60)
    assert done.returncode == check, done.stderr
    return done


def blocks(stdout: str) -> dict[str, list[str]]:
    """The lines below each heading, by its first word."""
    found = [block.splitlines() for block in stdout.split("\n\n")]
    assert all(not block[0].startswith(" ") for block in found)
    return {block[0].split(":")[0]: block[1:] for block in found}


def test_the_list_is_by_kind_what_a_config_names_first() -> None:
    """A heading for each kind, every plugin below that of its kind, and its distribution in the same column."""
    rows = json.loads(plugins("--json", TAMIS_BLOCK_PLUGINS="*").stdout)
    shown = plugins(TAMIS_BLOCK_PLUGINS="*")
    found = blocks(shown.stdout)
    kinds = {
        "Inputs": "input",
        "Strategies": "strategy",
        "Metrics": "metric",
        "Scorers": "scorer",
        "Views": "view",
        "Embedders": "embedder",
        "Tasks": "task",
        "Sources": "source",
        "Annotation formats": "annotation",
        "Exports": "export",
        "Sections": "section",
        "Executors": "executor",
        "Issues": "issue",
    }

    assert list(found)[: len(kinds)] == list(kinds)
    for heading, kind in kinds.items():
        listed = [line.split()[:2] for line in found[heading] if not line.startswith("!")]
        assert listed == [[row["key"], row["distribution"]] for row in rows if row["kind"] == kind and usable(row)]
    starts = {line.index(" tamis ") for lines in found.values() for line in lines if not line.startswith("!")}
    assert len(starts) == 1
    assert sum(map(len, found.values())) == len(rows)
    assert f"{len(rows)} plugins" in shown.stderr
    assert "hook API 3" in shown.stderr
    assert "found" not in shown.stdout


def usable(row: dict[str, Any]) -> bool:
    """Whether a plugin can be used, as the JSON has it."""
    return row["state"] in ("found", "loaded")


def test_the_json_has_all_fields() -> None:
    """Whether or not the table shows them."""
    rows = json.loads(plugins("--json").stdout)

    fields = {"kind", "key", "distribution", "version", "state", "reason", "module", "hook_api"}
    assert all(row.keys() == fields for row in rows)
    assert {row["key"] for row in rows} >= {"METADATA", "RANDOM", "WEIGHTS", "THRESHOLD", "lightly.sharpness", "rgb"}


def test_kinds_can_be_asked_for() -> None:
    """One or several, in the table and the JSON."""
    assert list(blocks(plugins("--kind", "metric").stdout)) == ["Metrics"]
    assert list(blocks(plugins("--kind", "view", "--kind", "input").stdout)) == ["Inputs", "Views"]
    rows = json.loads(plugins("--kind", "view", "--kind", "input", "--json").stdout)
    assert Counter(row["kind"] for row in rows).keys() == {"view", "input"}
    assert "'metrics' is not one of 'input', 'strategy', 'metric'" in plugins("--kind", "metrics", check=2).stderr


def test_what_can_not_be_used_stands_out() -> None:
    """A mark at the start of the line, and the state and the reason at its end; others have neither."""
    shown = plugins(TAMIS_BLOCK_PLUGINS="lightly.snr,rgb,*")
    lines = [line for line in shown.stdout.splitlines() if "lightly." in line or " rgb" in line]
    marked = {line.split()[1]: line for line in lines if line.startswith("!")}

    assert {"lightly.snr", "rgb"} <= marked.keys()
    for line in marked.values():
        assert " tamis 0.1.0  blocked: " in line or "tamis 0.1.0" not in line
        assert "TAMIS_BLOCK_PLUGINS" in line
    assert all(line.startswith("   ") for line in lines if not line.startswith("!"))
    number = sum(line.startswith("!") for line in shown.stdout.splitlines())
    assert f" plugins, {number} of which can't be used, hook API 3" in shown.stderr


def test_what_others_wrote_does_not_steer_the_terminal(install: Install, tmp_path: Path) -> None:
    """Keys, versions, documentation, units and reasons are spelled out; line breaks of documentation stay."""
    source = (
        "from tamis import Metric, hookimpl\n"
        "@hookimpl\ndef tamis_metrics():\n"
        "    yield Metric('acme.loud', lambda gray: 1.0, doc='First \\x1b[2J.\\n\\nSecond.', unit='\\x1b[31mm')\n"
    )
    install(
        "acme-loud",
        {"tamis.metrics": {"acme.loud": "acme_loud", "acme.\x1b[1mbold": "acme_loud"}},
        version="1.0\x1b[7m",
        acme_loud=source,
    )
    install("acme-rival", {"tamis.metrics": {"acme.\x1b[1mbold": "acme_rival"}}, acme_rival=metric_module("acme.x"))
    path = os.pathsep.join([str(tmp_path / "site-packages"), os.environ.get("PYTHONPATH", "")])
    listed = plugins("--kind", "metric", PYTHONPATH=path)
    asked = plugins("show", "acme.\x1b[1mbald", check=2, PYTHONPATH=path)

    assert "\x1b" not in listed.stdout
    assert r"acme.\x1b[1mbold" in listed.stdout
    assert r"1.0\x1b[7m" in listed.stdout
    assert "conflicting: also claimed by acme-rival" in listed.stdout
    assert "\x1b" not in asked.stderr
    assert r"Did you mean 'acme.\x1b[1mbold'?" in asked.stderr

    install("acme-quiet", {"tamis.metrics": {"acme.loud2": "acme_quiet"}}, acme_quiet=source.replace("loud", "loud2"))
    shown = plugins("show", "acme.loud2", PYTHONPATH=path)
    assert "\x1b" not in shown.stdout
    assert "First \\x1b[2J.\n\nSecond.\n" in shown.stdout
    assert r"\x1b[31mm" in shown.stdout


def shown_entry(key: str, **environment: str) -> tuple[str, dict[str, Any]]:
    """What `tamis plugins show` ends with: the line before the entry, and the entry."""
    last = plugins("show", key, **environment).stdout.split("\n\n")[-1]
    lead, _, text = last.partition("\n")
    return lead, json.loads(text)


@pytest.mark.parametrize(("kind", "key"), BUILT_IN)
def test_an_input_and_a_strategy_come_with_an_entry_that_is_valid(kind: str, key: str, tmp_path: Path) -> None:
    """The plugin is in it; it stands alone, or says that it takes names of the user's data, and is valid with them."""
    lead, entry = shown_entry(key)
    config = {"n_samples": 2, "strategies": [entry]}

    assert entry[kind]["type"] == key
    if key in OF_THE_USERS_DATA:
        assert "names that your annotations have" in lead
        with pytest.raises(tamis.errors.ConfigError):
            tamis.validate(config)
        write_lightly(tmp_path)
        tamis.validate(config, lightly=tmp_path)
    else:
        assert ".lightly" not in lead
        tamis.validate(config)


@pytest.mark.parametrize("key", [key for _, key in BUILT_IN if key not in {*OF_THE_USERS_DATA, "SIMILARITY"}])
def test_an_entry_that_stands_alone_selects(key: str, photographs: Path) -> None:
    """Copied into a config, from any folder of photographs."""
    _, entry = shown_entry(key)
    selection = tamis.select(
        tamis.Dataset.from_directory(photographs), {"n_samples": 2, "strategies": [entry]}, registry=tamis.Registry()
    )

    assert len(selection.selected) == 2


def test_the_entry_of_a_third_partys_plugin_is_made_of_its_examples(install: Install, tmp_path: Path) -> None:
    """With a partner of tamis's own; where no example says what is needed, there is no entry."""
    source = (
        "import numpy as np\nfrom tamis import Column, InputProvider, Kind, Strategy, hookimpl\n"
        "def kind(params, about):\n    return Kind.VECTOR\n"
        "def provide(params, context):\n    return Column('ACME', Kind.VECTOR, np.ones((len(context.samples), 2)))\n"
        "FILE = {'properties': {'file': {'type': 'string'}, 'size': {'type': 'integer', 'default': 3}},"
        " 'required': ['file']}\n"
        "@hookimpl\ndef tamis_input_providers():\n"
        "    yield InputProvider('ACME_TOLD', provide, kind=kind, schema={**FILE, 'examples': [{'file': 'a.csv'}]})\n"
        "    yield InputProvider('ACME_SILENT', provide, kind=kind, schema=FILE)\n"
        "def keep(column, params):\n    return column.valid\n"
        "@hookimpl\ndef tamis_strategies():\n"
        "    yield Strategy('ACME_KEEP', accepts={Kind.VECTOR}, filter=keep)\n"
    )
    groups = {
        "tamis.inputs": {"ACME_TOLD": "acme_files", "ACME_SILENT": "acme_files"},
        "tamis.strategies": {"ACME_KEEP": "acme_files"},
    }
    install("acme-files", groups, acme_files=source)
    path = os.pathsep.join([str(tmp_path / "site-packages"), os.environ.get("PYTHONPATH", "")])

    assert shown_entry("ACME_TOLD", PYTHONPATH=path)[1] == {
        "input": {"type": "ACME_TOLD", "file": "a.csv", "size": 3},
        "strategy": {"type": "DIVERSITY"},
    }
    assert shown_entry("ACME_KEEP", PYTHONPATH=path)[1] == {
        "input": {"type": "EMBEDDINGS"},
        "strategy": {"type": "ACME_KEEP"},
    }
    silent = plugins("show", "ACME_SILENT", PYTHONPATH=path).stdout
    assert silent.startswith("input ACME_SILENT, of acme-files 1.0 [acme_files]")
    assert "{" not in silent
