"""``tamis embed``: vectors to files and back, and a model trained on the images."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import tamis as library
from tamis import Dataset, errors
from tests.acceptance.test_command_line import tamis
from tests.conftest import photograph


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

    done = tamis("embed", "train", "--input", photographs, "-o", tmp_path / "m", "--embedder", "descriptor", check=2)
    assert "'descriptor' has nothing to train" in done.stderr

    arguments = ("embed", "images", "--input", photographs, "-o", tmp_path / "x.csv")
    assert "'ssl' trains a model for another embedder" in tamis(*arguments, "--embedder", "ssl", check=2).stderr
    assert not list(tmp_path.glob("x*"))


def training(photographs: Path, model: Path) -> subprocess.Popen[str]:
    """A training of three epochs, in a process in which torchvision can be imported."""
    folder = model.parent / "site"
    folder.mkdir(exist_ok=True)
    # There may be no torchvision for a torch without CUDA; it can be imported once these two are declared.
    (folder / "sitecustomize.py").write_text(
        "import torch\n"
        "library = torch.library.Library('torchvision', 'DEF')\n"
        "for name in ('nms', 'qnms'):\n"
        "    library.define(f'{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(folder), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tamis", "embed", "train", "--input", str(photographs), "-o", str(model)]
    command += ["--embedder", "ssl:epochs=3,size=32,batch=4"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def trained(photographs: Path, model: Path, *, status: int = 0) -> str:
    """What a training says."""
    process = training(photographs, model)
    _, messages = process.communicate(timeout=300)
    assert process.returncode == status, messages
    assert "Traceback" not in messages
    return messages


@pytest.fixture
def has_ssl() -> None:
    """What the extra brings, as far as it can be had here; the packages can't be imported without the above."""
    for name in ("torch", "torchvision", "lightly", "onnxscript"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")


@pytest.mark.usefixtures("has_ssl")
def test_a_model_is_trained_and_embeds(photographs: Path, tmp_path: Path) -> None:
    """An ONNX file for the embedder onnx; the same seed gives the same model, interrupted or not."""
    for seed in range(10, 16):
        photograph(seed).save(photographs / f"{seed}.png")
    assert "for two views of one image" in trained(photographs, tmp_path / "one.onnx")
    dataset = Dataset.from_directory(photographs)
    one, failures = library.embed(dataset, f"onnx:model={tmp_path / 'one.onnx'}")
    assert one.values.shape == (16, 512)
    assert not failures
    assert np.linalg.norm(one.values, axis=1) == pytest.approx(1, abs=1e-5)
    assert not (tmp_path / "one.onnx.checkpoint").exists()

    with training(photographs, tmp_path / "two.onnx") as process:
        while not (tmp_path / "two.onnx.checkpoint").exists():
            assert process.poll() is None
            time.sleep(0.005)
        process.kill()
    assert not (tmp_path / "two.onnx").exists()
    trained(photographs, tmp_path / "two.onnx")
    two, _ = library.embed(dataset, f"onnx:model={tmp_path / 'two.onnx'}")
    assert np.array_equal(one.values, two.values)


@pytest.mark.usefixtures("has_ssl")
def test_a_checkpoint_of_another_training_is_not_gone_on_from(photographs: Path, tmp_path: Path) -> None:
    """Nor is a file that is none; neither is removed."""
    checkpoint = tmp_path / "m.onnx.checkpoint"
    checkpoint.write_bytes(b"something else")
    messages = trained(photographs, tmp_path / "m.onnx", status=2)

    assert f"{checkpoint}: not a checkpoint: remove it to begin anew" in messages
    assert checkpoint.read_bytes() == b"something else"


def test_training_without_the_extra(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the command."""
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(errors.MissingDependencyError, match=r"pip install 'tamis\[ssl\]'"):
        library.train_embedder(Dataset.from_directory(photographs), tmp_path / "m.onnx")
