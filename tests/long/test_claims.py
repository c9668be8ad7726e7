"""Of two runs into one place, the second says so before its work; what a killed run leaves is in nobody's way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tamis import Dataset, errors, select
from tamis.claims import claimed
from tests.conftest import Install, metric_module

TAMIS = [sys.executable, "-m", "tamis"]
SELECT = (
    '{"n_samples": 2, "strategies": [{"input": {"type": "METADATA", "key": "lightly.width"}, '
    '"strategy": {"type": "WEIGHTS"}}]}'
)
#: Holds a place until it is ended.
HOLDING = """
import sys, time
from tamis.claims import claimed
with claimed(sys.argv[1]):
    print("held", flush=True)
    time.sleep(99)
"""


@contextmanager
def held(target: Path) -> Iterator[subprocess.Popen[str]]:
    """By another process."""
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(target)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line."""
    return subprocess.run([*TAMIS, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def result(photographs: Path, tmp_path: Path) -> Path:
    """Of a selection."""
    (tmp_path / "c.json").write_text(SELECT)
    config = {
        "n_samples": 2,
        "strategies": [{"input": {"type": "RANDOM", "random_seed": 1}, "strategy": {"type": "WEIGHTS"}}],
    }
    select(Dataset.from_directory(photographs), config).write(tmp_path / "result")
    return tmp_path / "result"


COMMANDS = {
    "select": ("select", "{tmp}/c.json", "--input", "{photographs}", "-o", "{place}", "--force"),
    "compute": ("compute", "lightly.width", "--input", "{photographs}", "-o", "{place}.csv"),
    "embed": ("embed", "images", "--input", "{photographs}", "-o", "{place}.csv"),
    "export": ("export", "{tmp}/result", "files", "{place}"),
    "report": ("report", "{tmp}/result", "-o", "{place}.html"),
    "store": ("store", "export", "--input", "{photographs}", "-o", "{place}.csv"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_place_that_another_run_holds_is_said_at_once(
    command: str, photographs: Path, tmp_path: Path, result: Path
) -> None:
    """Nothing is measured; once the other one is dead, whatever it left, the place is free."""
    place = tmp_path / "new/place"
    arguments = [text.format(tmp=tmp_path, photographs=photographs, place=place) for text in COMMANDS[command]]
    (target,) = (Path(text) for text in arguments if text.startswith(str(place)))
    with held(target) as other:
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"another run is writing {str(target)!r}: wait for it, or choose another place" in done.stderr
        assert not target.exists()
        other.kill()
        other.wait()
        if command == "store":
            run("compute", "lightly.width", "--input", photographs, "-q")
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
    assert target.exists()
    assert not list(tmp_path.rglob(".tamis-*"))


def test_a_run_holds_its_place_while_it_works(photographs: Path, tmp_path: Path, install: Install) -> None:
    """From before the first image is opened; and leaves nothing."""
    body = f"import os, time; open({str(tmp_path / 'working')!r}, 'w').close(); time.sleep(0.2); return 1.0"
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body))
    path = os.pathsep.join([str(tmp_path / "site-packages"), os.environ.get("PYTHONPATH", "")])
    arguments = ["compute", "acme.x", "--input", photographs, "-j1", "-q", "-o", tmp_path / "t.csv"]
    with subprocess.Popen([*TAMIS, *map(str, arguments)], env={**os.environ, "PYTHONPATH": path}) as process:
        while not (tmp_path / "working").exists():
            time.sleep(0.01)
        with pytest.raises(errors.OutputError, match="another run is writing"), claimed(tmp_path / "t.csv"):
            pass
        with claimed(tmp_path / "other.csv"):
            pass
    assert process.returncode == 0
    with claimed(tmp_path / "t.csv"):
        pass
    assert not list(tmp_path.glob(".tamis-*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_where_nothing_can_be_made_nothing_is_held(tmp_path: Path) -> None:
    """Whether an output can be written there is looked at by others."""
    tmp_path.chmod(0o555)
    with claimed(tmp_path / "a"), claimed(tmp_path / "a"):
        pass


def test_without_locks_nothing_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on some network file systems: the check at the end tells two runs apart."""
    import errno
    import fcntl

    def refuse(handle: int, operation: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with claimed(tmp_path / "a"), claimed(tmp_path / "a"):
        assert not list(tmp_path.iterdir())


def test_a_folder_beside_which_nothing_can_be_made_is_held_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the root of a disk that is mounted for the result."""
    (tmp_path / "out").mkdir()
    make = Path.mkdir

    def refuse(path: Path, *args: object, **kwargs: object) -> None:
        if path.parent == tmp_path:
            raise PermissionError(13, "not yours")
        make(path, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "mkdir", refuse)
    with claimed(tmp_path / "out"), pytest.raises(errors.OutputError), claimed(tmp_path / "out"):
        pass
    assert not list((tmp_path / "out").iterdir())
