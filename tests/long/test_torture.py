"""A folder of everything that can be wrong with files: the run ends, and each is measured or named with its reason."""

from __future__ import annotations

import io
import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tamis import Dataset, Registry, compute
from tests.conftest import Install, metric_module, photograph
from tests.unit.test_damaged_images import DAMAGED, png_header

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs names and files as Linux has them")

KEYS = ("lightly.sharpness", "lightly.meanRed", "lightly.width")

#: Names of good images.
GOOD = (
    "plain.png",
    "png inside.jpg",
    "emoji 🦊.png",
    "x" * 251 + ".png",
    os.fsdecode(b"latin-\xe9.png"),
    '-rf, "quoted"\t.png',
    "folder.jpg/in a folder.png",
)
#: What is wrong with others, and at which stage that is found.
BAD = {
    **{f"{name}.jpg": (stage, reason) for name, (_, stage, reason) in DAMAGED.items()},
    "huge.png": ("decode", "more than the"),
    "locked.png": ("open", "Permission denied"),
    "closed": ("list", "Permission denied"),
    "two\nlines.png": ("list", "line break"),
    "fifo.jpg": ("open", "not a regular file"),
    "socket.jpg": ("open", "not a regular file"),
    "device.jpg": ("open", "not a regular file"),
    "dangling.jpg": ("open", "No such file"),
    "circle.jpg": ("list", "symbolic links"),
    "folder.jpg/circle": ("list", "already"),
}

#: Runs a command without the superuser's right to pass over permissions: when reading, and when searching.
UNPRIVILEGED = """
import ctypes, os, sys
for capability in (1, 2) if os.geteuid() == 0 else ():
    if ctypes.CDLL(None).prctl(24, capability, 0, 0, 0):
        sys.exit("can't give up rights")
os.execv(sys.argv[1], sys.argv[1:])
"""
#: Measures in its own process, as a host does.
HOST = """
import json, sys, tamis
table = tamis.compute(tamis.Dataset.from_directory(sys.argv[1]), sys.argv[2:])
print(json.dumps([list(table.rows()), [[f.sample, f.stage, f.key, f.reason] for f in table.failures]]))
"""


def mutations() -> Iterator[tuple[str, bytes]]:
    """Small images of every format, cut off anywhere, and with a bit of the first hundred bytes turned."""
    chance = random.Random(0)  # noqa: S311
    for format_ in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"):
        buffer = io.BytesIO()
        photograph(0, (16, 12)).save(buffer, format_)
        whole = buffer.getvalue()
        for number in range(4):
            yield f"{format_}-cut-{number}.png", whole[: chance.randrange(len(whole))]
            turned = bytearray(whole)
            turned[chance.randrange(100)] ^= 1 << chance.randrange(8)
            yield f"{format_}-turned-{number}.png", bytes(turned)


@pytest.fixture(scope="module")
def torture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder."""
    root = tmp_path_factory.mktemp("torture")
    (root / "folder.jpg").mkdir()
    for number, name in enumerate(GOOD):
        photograph(number).save(root / name, "PNG")
    for name, content in [*((f"{name}.jpg", content) for name, (content, *_) in DAMAGED.items()), *mutations()]:
        (root / name).write_bytes(content)
    (root / "huge.png").write_bytes(png_header(2**31 - 1, 2**31 - 1))
    for name in ("locked.png", "two\nlines.png", "not an image.txt"):
        photograph(0).save(root / name, "PNG")
    (root / "locked.png").chmod(0)
    (root / "closed").mkdir(mode=0)
    os.mkfifo(root / "fifo.jpg")
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as bound:
        os.chdir(root)  # the whole path would be too long
        try:
            bound.bind("socket.jpg")
        finally:
            os.chdir(here)
    (root / "device.jpg").symlink_to("/dev/zero")
    (root / "dangling.jpg").symlink_to("nothing")
    (root / "circle.jpg").symlink_to("circle.jpg")
    (root / "folder.jpg" / "circle").symlink_to(root)
    yield root
    (root / "closed").chmod(0o700)


def run(*command: object) -> subprocess.CompletedProcess[str]:
    """Run Python without rights that most users don't have."""
    whole = [sys.executable, "-c", UNPRIVILEGED, sys.executable, *map(str, command)]
    done = subprocess.run(whole, capture_output=True, text=True, timeout=60)
    if "can't give up rights" in done.stderr:
        pytest.skip("the superuser here can't give up the right to read everything")
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    return done


def judge(rows: list[dict[str, Any]], failures: list[dict[str, Any]], keys: tuple[str, ...] = KEYS) -> None:
    """Each bad file is named with its reason; whatever lacks a value is named; good ones have all values."""
    named = {failure["sample"]: failure for failure in failures}
    for name, (stage, reason) in BAD.items():
        assert named[name]["stage"] == stage
        assert reason in named[name]["reason"]
    values = {row["sample"]: row for row in rows}
    assert len(values) == len(GOOD) + len(list(mutations())) + sum(stage != "list" for stage, _ in BAD.values())
    assert not set(GOOD) & set(named)
    for name, row in values.items():
        assert name in named or all(row[key] is not None for key in keys)


def expected(root: Path) -> dict[str, dict[str, Any]]:
    """What the good ones measure by themselves."""
    table = compute(Dataset.from_files(root, GOOD), KEYS, registry=Registry(environ=False))
    return {row["sample"]: row for row in table.rows()}


def test_a_host_measures_the_rest(torture: Path) -> None:
    """In its own process."""
    rows, failures = json.loads(run("-c", HOST, torture, *KEYS).stdout)

    judge(rows, [dict(zip(("sample", "stage", "key", "reason"), failure, strict=True)) for failure in failures])
    assert {row["sample"]: row for row in rows if row["sample"] in GOOD} == expected(torture)


def test_two_processes_measure_the_rest(torture: Path, tmp_path: Path) -> None:
    """And the next run, which reads it from the store, says the same."""
    written = []
    for name in ("first.jsonl", "second.jsonl"):
        options = ["--input", torture, "-o", tmp_path / name, "--store", tmp_path / "store", "--jobs", 2, "--quiet"]
        run("-m", "tamis", "compute", *KEYS, *options)
        written.append([(tmp_path / f"{name}{suffix}").read_bytes() for suffix in ("", ".errors.jsonl")])
    rows, failures = ([json.loads(line) for line in content.splitlines()] for content in written[0])

    judge(rows, failures)
    assert {row["sample"]: row for row in rows if row["sample"] in GOOD} == expected(torture)
    assert written[1] == written[0]


def test_a_selection_is_of_what_could_be_measured(torture: Path, tmp_path: Path) -> None:
    """By metrics and by vectors; everything else is counted and named."""
    strategies = [
        {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}},
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
    ]
    (tmp_path / "config.json").write_text(json.dumps({"n_samples": 10, "strategies": strategies}))
    options = ["--input", torture, "-o", tmp_path / "out", "--no-store", "--jobs", 2, "--quiet"]
    run("-m", "tamis", "select", tmp_path / "config.json", *options)
    rows = pyarrow.parquet.read_table(tmp_path / "out/inputs.parquet").to_pylist()
    failures = [json.loads(line) for line in (tmp_path / "out/errors.jsonl").read_bytes().splitlines()]
    counts = json.loads((tmp_path / "out/selection.json").read_bytes())["counts"]

    for row in rows:
        row["sample"] = row["sample"].encode().replace(b"\\udce9", b"\xe9").decode("utf-8", "surrogateescape")
    judge(rows, failures, ("lightly.sharpness",))
    named = {failure["sample"] for failure in failures}
    assert counts["failed"] == len(named)
    assert counts["candidates"] == counts["input"] - len(named)
    assert counts["selected"] == 10 == sum(row["selected"] for row in rows if row["sample"] not in named)


def test_files_that_grow_and_vanish_during_the_run(photographs: Path, tmp_path: Path, install: Install) -> None:
    """One that vanishes is named; one that grew while it was measured is measured again by the next run, alone."""
    growing, vanishing, calls = photographs / "a/1.png", photographs / "a/2.png", tmp_path / "calls"
    body = f"""
    with open({str(calls)!r}, "a") as file: file.write(f"{{header.width}} ")
    import os, pathlib
    growing, vanishing = pathlib.Path({str(growing)!r}), pathlib.Path({str(vanishing)!r})
    if header.width == 7:
        growing.write_bytes(growing.read_bytes() + growing.with_suffix(".rest").read_bytes())
        vanishing.unlink()
    if header.width == 9 and growing.with_suffix(".rest").exists():
        growing.with_suffix(".rest").unlink()
        with open(growing, "ab") as file: file.write(b"more")
    return 1.0
"""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body.strip()))
    photograph(0, (7, 7)).save(photographs / "a/0.png")
    photograph(0, (9, 9)).save(photographs / "a/1.png")
    whole = growing.read_bytes()
    growing.write_bytes(whole[: len(whole) // 2])
    growing.with_suffix(".rest").write_bytes(whole[len(whole) // 2 :])
    keys = ["acme.x", "lightly.meanRed"]
    dataset = Dataset.from_directory(photographs)
    table = compute(dataset, keys, store=tmp_path / "store", jobs=2)

    assert [(failure.sample, failure.stage) for failure in table.failures] == [("a/2.png", "open")]
    assert table["lightly.meanRed"].valid.sum() == 9
    calls.write_text("")
    again = compute(dataset, keys, store=tmp_path / "store", jobs=2)
    assert again.failures == table.failures
    assert calls.read_text() == "9 "
