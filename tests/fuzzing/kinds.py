"""What is done with generated inputs of each kind, and what must hold whatever they are.

Every function takes a generator of random numbers and an empty folder. It raises `AssertionError` if something that
must hold doesn't, `tamis.errors.TamisError` if tamis refuses the input, which is fine, and nothing else.
"""

from __future__ import annotations

import io
import json
import os
import random
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner
from PIL import Image

from tamis import Dataset, Registry, Selection, Store, compute, errors, read_embeddings, select, validate
from tamis.cli import cli
from tamis.data.fitting import fitted
from tests.fuzzing.generators import as_json, config, damaged, mutated
from tests.fuzzing.label_files import LABELS

REGISTRY = Registry(environ=False)
COUNT = {"input": {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"}, "strategy": {"type": "WEIGHTS"}}


def images(folder: Path, count: int = 3) -> Dataset:
    """Small images, opened by plugins that are found once for all cases."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        pixels = np.random.default_rng(number).integers(0, 256, (6, 8 + number, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return Dataset.from_directory(folder, registry=REGISTRY)


def configs(random: random.Random, folder: Path) -> None:
    """`validate` says the same twice; `select` refuses what it refuses, and picks no sample twice, and known ones."""
    given = mutated(random, config(random))
    dataset = images(folder).with_metadata({"weather": ["x", "y", "x"]})
    told: list[str] = []
    for _ in range(2):
        try:
            validate(given, dataset=dataset, registry=REGISTRY)
            told.append("")
        except errors.TamisError as error:
            told.append(str(error))
    assert told[0] == told[1], "validate isn't of one mind"
    try:
        found = select(dataset, given, registry=REGISTRY)
    except errors.TamisError:
        return
    assert not told[0], f"select takes what validate refuses: {told[0]}"
    assert len(set(found.selected)) == len(found.selected)
    assert set(found.selected) <= set(dataset.samples)
    found.write(folder / "out")
    assert Selection.read(folder / "out").selected == found.selected


def predictions(random: random.Random, folder: Path) -> None:
    """Each sample has as many objects as its file, or a reason, or is counted among those that lack some."""
    dataset = images(folder)
    task = folder / ".lightly/predictions/t"
    task.mkdir(parents=True)
    (task.parent / "tasks.json").write_text('["t"]')
    (task / "schema.json").write_text('{"task_type": "object-detection", "categories": [{"id": 0, "name": "x"}]}')
    for number in range(len(dataset)):
        objects = [
            {"category_id": 0, "score": random.random(), "bbox": [random.random() * 9 for _ in range(4)]}
            for _ in range(random.randrange(4))
        ]
        data = mutated(random, {"file_name": f"{number}.png", "predictions": objects})
        (task / f"{number}.json").write_bytes(as_json(random, data))
    found = select(
        Dataset.from_directory(folder, registry=REGISTRY), {"n_samples": 2, "strategies": [COUNT]}, registry=REGISTRY
    )
    told = {failure.sample: failure.reason for failure in found.failures}
    fewer = 0
    for number, sample in enumerate(found.samples):
        count = found.table().row(sample).get("t.CATEGORY_COUNT")
        assert (count is None) <= (sample in told), f"{sample} has no objects and no reason"
        if count is not None:
            given = len(json.loads((task / f"{number}.json").read_bytes())["predictions"])
            fewer += count < given
    assert not fewer or f"objects of {fewer} sample" in " ".join(found.notes), "objects are left out without a word"
    assert all(len(reason) < 2000 for reason in told.values()), "a reason without end"


def metadata(random: random.Random, folder: Path) -> None:
    """Each sample has the value of its file, or the default, or a reason."""
    images(folder)
    meta = folder / ".lightly/metadata"
    meta.mkdir(parents=True)
    entry = {"name": "n", "path": "a.b", "defaultValue": 7, "valueDataType": "NUMERIC_FLOAT"}
    (meta / "schema.json").write_bytes(as_json(random, mutated(random, [entry]) if random.random() < 0.3 else [entry]))
    odd_one = random.randrange(4)
    for number in range(3):
        data = {"file_name": f"{number}.png", "metadata": {"a": {"b": number / 2}}}
        content = as_json(random, mutated(random, data)) if number == odd_one else json.dumps(data).encode()
        (meta / f"{number}.json").write_bytes(content)
    table = compute(Dataset.from_directory(folder, registry=REGISTRY), ["a.b"], registry=REGISTRY)
    lacking = {failure.sample for failure in table.failures}
    for number, row in enumerate(table.rows()):
        if row["a.b"] is None:
            assert row["sample"] in lacking
        elif row["a.b"] != 7:
            found = json.loads((meta / f"{number}.json").read_bytes())["metadata"]["a"]["b"]
            assert isinstance(found, (int, float))
            assert row["a.b"] == float(found), "a value that is in no file"


def labels(random: random.Random, folder: Path) -> None:
    """Of each file of labels the objects are taken, or a reason is told, whichever format it has."""
    dataset = images(folder / "p")
    kind = random.choice(("coco", "yolo", "voc"))
    place = LABELS[kind](random, folder / "labels")
    annotated = dataset.annotate(kind, place, registry=REGISTRY)
    for task in annotated.annotations.tasks():
        found = annotated.annotations.predictions(task, annotated.samples, lambda done, total: None)
        assert len(found) == len(dataset)
        assert all(found.reasons.values()), "a reason that says nothing"
        fitting = fitted(found, np.array([[8 + number, 6] for number in range(len(dataset))]))
        known = ~np.isnan(fitting.boxes[:, 0])
        assert (fitting.boxes[known] >= 0).all(), "a box beyond its image"
        given = np.diff(found.offsets) - np.diff(fitting.offsets)
        assert set(np.flatnonzero(given).tolist()) <= {*fitting.dropped, *fitting.reasons}, (
            "objects are left out in silence"
        )


def pictures(random: random.Random, folder: Path) -> None:
    """Each image has its values or a reason; those of a whole one beside it are what they were."""
    whole = images(folder, 1)
    before = compute(whole, ["lightly.sharpness"], registry=REGISTRY).row("0.png")
    pixels = np.random.default_rng(random.randrange(99)).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    kinds = (("png", "P"), ("jpg", "L"), ("tiff", "RGB"), ("webp", "RGB"), ("gif", "L"), ("bmp", "1"))
    suffix, mode = random.choice(kinds)
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, {"jpg": "JPEG"}.get(suffix, suffix.upper()))
    (folder / f"1.{suffix}").write_bytes(damaged(random, buffer.getvalue()))
    table = compute(
        Dataset.from_directory(folder, registry=REGISTRY), ["lightly.sharpness", "lightly.width"], registry=REGISTRY
    )
    assert table.row("0.png")["lightly.sharpness"] == before["lightly.sharpness"]
    failed = {failure.sample for failure in table.failures}
    for row in table.rows():
        assert None not in row.values() or row["sample"] in failed, "a cell is empty without a reason"


def vectors(random: random.Random, folder: Path) -> None:
    """Rows are finite and as long as each other; a sample without one has a reason."""
    samples, values = ["a.png", "b.png"], np.array([[0, 1], [0.5, -2]], dtype=np.float32)
    if random.random() < 0.5:
        text = "filenames,embedding_0,embedding_1,labels\n" + "".join(
            f"{name},{row[0]},{row[1]},0\n" for name, row in zip(samples, values, strict=True)
        )
        path, content = folder / "v.csv", text.encode()
    else:
        buffer = io.BytesIO()
        np.save(buffer, values)
        path, content = folder / "v.npy", buffer.getvalue()
        (folder / "v.txt").write_bytes(damaged(random, b"a.png\nb.png\n"))
    path.write_bytes(damaged(random, content))
    found = read_embeddings(path, samples)
    assert found.values.shape[0] == 2
    assert np.isfinite(found.values[found.valid]).all()
    assert {row for row in range(2) if not found.valid[row]} == set(found.reasons)


def stores(random: random.Random, folder: Path) -> None:
    """Values are what they were, or the store is refused."""
    (folder / "p").mkdir()
    dataset, keys = images(folder / "p"), ["lightly.sharpness", "lightly.width"]
    before = compute(dataset, keys, registry=REGISTRY, store=folder / "s")
    ledger = folder / "s/ledger.db"
    with suppress(OSError, sqlite3.Error):
        ledger.write_bytes(damaged(random, ledger.read_bytes()))
    with suppress(errors.StoreError):
        Store(folder / "s").table()
    after = compute(dataset, keys, registry=REGISTRY, store=folder / "s")
    assert list(after.rows()) == list(before.rows()), "a damaged store has given other values"


def results(random: random.Random, folder: Path) -> None:
    """A result with one damaged file is read, or refused; what is read can be explained."""
    (folder / "p").mkdir()
    given = {"n_samples": 2, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    select(images(folder / "p"), given, registry=REGISTRY).write(folder / "out")
    path = random.choice(sorted((folder / "out").iterdir()))
    if path.suffix == ".json":
        path.write_bytes(as_json(random, mutated(random, json.loads(path.read_bytes()))))
    else:
        path.write_bytes(damaged(random, path.read_bytes()))
    outcome = CliRunner().invoke(cli, ["explain", str(folder / "out"), "0.png"])
    assert not re.search("unexpected [A-Z]|Traceback", outcome.output), outcome.output
    found = Selection.read(folder / "out")
    found.standings()


def command_lines(random: random.Random, folder: Path) -> None:
    """A status from 0 to 2, and a line that says why; never that it's a bug."""
    (folder / "p").mkdir()
    images(folder / "p")
    (folder / "c.json").write_bytes(as_json(random, config(random)))
    place, output, name = str(folder / "p"), str(folder / "o.csv"), str(folder / "c.json")
    lines = [
        ["compute", "lightly.width", "--input", place, "--no-store", "-j1", "-o", output],
        ["select", name, "--input", place, "--no-store", "-j1", "-o", str(folder / "out")],
        ["validate", name, "--input", place],
        ["explain", str(folder / "out"), "0.png"],
        ["embed", "images", "--input", place, "--no-store", "-j1", "-o", output],
        ["plugins", "show", "lightly.width"],
        ["store", "info", "--store", place],
        ["export", str(folder / "out"), "files", output],
    ]
    words = random.choice(lines)
    for _ in range(random.choice((0, 1, 1, 2))):
        spot = random.randrange(1, len(words) + 1)
        odd = ("", "--force", "-q", "--input", "x:y,z=[", "--task", "{", "-", "a" * 300, "../x", "--json", "-j", "0")
        words = [*words[:spot], random.choice(odd), *words[spot + random.randrange(2) :]]
    outcome = CliRunner().invoke(cli, words, input="")
    assert outcome.exit_code in (0, 1, 2), f"{words}: {outcome.exit_code}"
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), f"{words}: {outcome.exception!r}"
    assert not re.search("unexpected [A-Z]|Traceback", outcome.output), f"{words}: {outcome.output}"
    assert outcome.exit_code == 0 or outcome.output.strip(), f"{words}: silent"


KINDS: dict[str, Callable[[random.Random, Path], None]] = {
    kind.__name__: kind
    for kind in (configs, predictions, metadata, labels, pictures, vectors, stores, results, command_lines)
}


def run(kind: str, seed: int, folder: Path) -> str:
    """One case; what tamis said if it has refused it. Raises whatever must not be, and says which case it was."""
    where = os.getcwd()  # noqa: PTH109
    os.chdir(folder)
    try:
        KINDS[kind](random.Random(f"{kind} {seed}"), folder)
    except errors.TamisError as error:
        said: Any = str(error)
        assert said, "an error that says nothing"
        return str(said)
    finally:
        os.chdir(where)
    return ""
