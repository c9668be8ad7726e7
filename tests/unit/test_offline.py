"""``--offline``: plugins are told not to download anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from tamis.cli import cli
from tests.conftest import Install

EMBEDDER = """
import os
from tamis import Embedder, hookimpl

def said(options):
    return os.environ.get("TAMIS_OFFLINE", "nothing").encode()

@hookimpl
def tamis_embedders():
    yield Embedder("acme", lambda images: images, dim=1, version="1", export=said)
"""


@pytest.mark.parametrize("before", [None, "0"])
def test_it_holds_for_the_command_and_no_longer(
    install: Install, tmp_path: Path, before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the variable was before, it is after."""
    monkeypatch.delenv("TAMIS_OFFLINE", raising=False)
    if before:
        monkeypatch.setenv("TAMIS_OFFLINE", before)
    install("acme", {"tamis.embedders": {"acme": "acme_embedder"}}, acme_embedder=EMBEDDER)
    said = []
    for number, words in enumerate((["--offline"], [])):
        command = ["embed", "export", "acme", "-o", str(tmp_path / str(number)), *words]
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == 0, done.output
        said.append((tmp_path / str(number)).read_text())

    assert said == ["1", before or "nothing"]
    assert os.environ.get("TAMIS_OFFLINE") == before
