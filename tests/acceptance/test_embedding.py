"""``tamis embed``: vectors to files and back, models as files, embedders compared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import tamis as library
from tamis import Dataset
from tests.acceptance.test_command_line import tamis


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".parquet"])
def test_vectors_are_written_as_the_embedder_files_reads_them(photographs: Path, tmp_path: Path, suffix: str) -> None:
    """To the last bit; an image that can't be read has no row, and is named."""
    (photographs / "a" / "3.png").write_bytes(b"no image")
    file = tmp_path / f"vectors{suffix}"
    done = tamis("embed", "images", "--input", photographs, "-o", file)
    dataset = Dataset.from_directory(photographs)
    made, _ = library.embed(dataset)
    read, failures = library.embed(dataset, {"type": "files", "file": str(file)}, normalize=False)

    assert np.array_equal(made.valid, read.valid)
    assert made.valid.sum() == 9
    assert np.array_equal(made.values[made.valid], read.values[made.valid])
    assert "a/3.png: open" in done.stderr
    assert f"9 vectors of 193 dimensions -> {file}" in done.stderr
    assert [failure.sample for failure in failures] == ["a/3.png"]
    assert "exists already" in tamis("embed", "images", "--input", photographs, "-o", file, check=2).stderr


def test_what_cannot_be_written_or_made_is_said_first(photographs: Path, tmp_path: Path) -> None:
    """Before any image is opened."""
    done = tamis("embed", "images", "--input", photographs, "-o", tmp_path / "x.json", check=2)
    assert "embeddings are written to .csv, .npy, .parquet, not '.json'" in done.stderr

    done = tamis("embed", "export", "descriptor", "-o", tmp_path / "x.onnx", check=2)
    assert "embedder.type: 'descriptor' has no model that can be written to a file" in done.stderr

    done = tamis("embed", "compare", "descriptor", "--input", photographs, "--by", "kind", check=2)
    assert "by: there is no metadata 'kind'" in done.stderr
    assert not list(tmp_path.glob("x*"))


def test_a_model_is_exported_and_compared_with_others(photographs: Path, tmp_path: Path) -> None:
    """The file gives what the original gives, on images of two folders; the figures also as JSON."""
    file = tmp_path / "m.onnx"
    assert f"model -> {file}" in tamis("embed", "export", "pretrained", "-o", file).stderr
    assert "exists already" in tamis("embed", "export", "pretrained", "-o", file, check=2).stderr
    embedders = ["descriptor", "pretrained", f"onnx:model={file}"]
    command = ("embed", "compare", *embedders, "--input", photographs, "--no-store", "--quiet")
    found = json.loads(tamis(*command, "--json").stdout)
    lines = tamis(*command).stdout.splitlines()

    assert [each["embedder"] for each in found] == embedders
    assert [each["dim"] for each in found] == [193, 1280, 1280]
    assert found[1]["accuracy"] == found[2]["accuracy"]
    assert [line.split()[-1] for line in lines[1:4]] == embedders
    assert lines[1].split()[0] == f"{found[0]['accuracy']:.3f}"
    assert lines[4].endswith("the commonest class, always")
