"""A disk that gets full: one clear line, nothing half-written, and what was stored before is there for the next run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import photograph

#: A disk of its own, of four megabytes, that only this process and its children see.
SMALL_DISK = [
    "unshare",
    "--user",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs -o size=4m none "$0" && exec "$@"',
]

#: The disk gets full when the first batch is stored, and has room again afterwards.
STORING = """
import json, resource, sys, tamis
from pathlib import Path

root, disk, how, what = sys.argv[1:]
dataset, ballast, done = tamis.Dataset.from_directory(root), Path(disk, "ballast"), []
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

def fill():
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        return
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError:
            pass

def make_room():
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    ballast.unlink(missing_ok=True)

def run(progress=None, store=Path(disk, "store")):
    if what == "vectors":
        vectors, failures = tamis.embed(dataset, store=store, progress=progress)
        assert vectors.valid.all() and not failures
        return vectors.values.tolist()
    return list(tamis.compute(dataset, ["lightly.snr", "lightly.width"], store=store, progress=progress).rows())

def progress(at):
    done.append(at.done)
    if at.done and not ballast.exists():
        fill()

try:
    run(progress)
except tamis.errors.StoreError as error:
    said = str(error)
make_room()
left = sorted(path.name for path in Path(disk, "store").rglob("*") if path.suffix == ".tmp")
again = []
same = run(lambda at: again.append(at.done)) == run(store=None)
print(json.dumps({"said": said, "done": done, "again": again, "same": same, "left": left}))
"""

#: The command line, with a disk that is full but for a few bytes, and then with room.
WRITING = """
import json, subprocess, sys
from pathlib import Path

disk, out, *command = sys.argv[1:]
with Path(disk, "ballast").open("wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
    file.truncate(file.tell() - 2 * 4096)

def run():
    done = subprocess.run([sys.executable, "-m", "tamis", *command], capture_output=True, text=True)
    return done.returncode, done.stderr, sorted(path.name for path in Path(out).rglob("*"))

full = run()
Path(disk, "ballast").unlink()
print(json.dumps([full, run()]))
"""


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where the small disk is, for those who see it."""
    path = tmp_path / "disk"
    path.mkdir()
    return path


def on_small_disk(disk: Path) -> list[str]:
    """What runs a command that sees it."""
    small = [*SMALL_DISK, str(disk)]
    if not shutil.which("unshare") or subprocess.run([*small, "true"], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    return small


def run(*command: object) -> Any:
    """What a script prints, as JSON."""
    environment = {**os.environ, "TAMIS_BLOCK_PLUGINS": "*", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="needs limits, or disks, as Linux has them")
@pytest.mark.parametrize("what", ["values", "vectors"])
@pytest.mark.parametrize("how", ["disk", "limit"])
def test_a_store_on_a_disk_that_gets_full_keeps_what_it_has(photographs: Path, disk: Path, how: str, what: str) -> None:
    """Simulated by a small disk, and by a limit on the size of files; the next run goes on from there."""
    for number in range(10, 40):
        photograph(number).save(photographs / f"{number}.png")
    prefix = on_small_disk(disk) if how == "disk" else []
    found = run(*prefix, sys.executable, "-c", STORING, photographs, disk, how, what)

    assert re.fullmatch(
        r".*(No space left|File too large|is the disk full).*what was stored before is kept.*", found["said"]
    )
    first, reached = found["done"]
    assert first == 0 < reached < 40
    assert found["again"][0] == reached
    assert found["same"]
    assert found["left"] == []


@pytest.mark.parametrize("where", ["output", "store"])
def test_the_command_line_on_a_full_disk(photographs: Path, tmp_path: Path, disk: Path, where: str) -> None:
    """One line that says so, and no part of a result; the same command succeeds when there is room."""
    small = on_small_disk(disk)
    out, store = (disk / "out", tmp_path / "store") if where == "output" else (tmp_path / "out", disk / "store")
    strategies = [{"input": {"type": "METADATA", "key": "lightly.snr"}, "strategy": {"type": "WEIGHTS"}}]
    (tmp_path / "config.json").write_text(json.dumps({"n_samples": 3, "strategies": strategies}))
    options = ["--input", photographs, "-o", out, "--store", store, "--jobs", 1, "--quiet"]
    command = [sys.executable, "-c", WRITING, disk, out, "select", tmp_path / "config.json", *options]
    (status, said, left), (again, _, written) = run(*small, *command)

    assert status == (2 if where == "output" else 1)
    assert re.fullmatch(r"tamis: .*(No space left on device|is the disk full\?).*\n", said)
    assert left == []
    assert again == 0
    assert written == ["errors.jsonl", "inputs.parquet", "selected.txt", "selection.json", "standings.parquet"]
