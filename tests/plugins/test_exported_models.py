"""Models that an embedder writes to a file, with all that has to be said to run them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.helper
import pytest

from tamis import Dataset, Embedder, Registry, errors, export_embedder
from tests.conftest import photograph
from tests.plugins.test_embeddings import column
from tests.plugins.test_model_embedders import OPTIONS, network

IMAGES = Dataset.from_images(["wide", "high"], [photograph(1, (300, 40)), photograph(2, (50, 90))])
KEY = "tamis.preprocessing"


def stating(path: Path, text: str) -> Path:
    """A model that states its preprocessing so."""
    model = onnx.load(network(path))
    onnx.helper.set_model_props(model, {KEY: text})
    onnx.save(model, path)
    return path


def vectors(embedder: Any) -> Any:
    """Of the two images, not scaled."""
    return column(IMAGES, embedder=embedder, normalize=False).values


def test_what_is_exported_embeds_as_the_original_without_options(tmp_path: Path) -> None:
    """To the last bit, since it is the same graph, run by the same runtime."""
    export_embedder("pretrained", tmp_path / "m.onnx")

    assert np.array_equal(vectors(f"onnx:model={tmp_path / 'm.onnx'}"), vectors("pretrained"))


def test_a_file_states_its_preprocessing_and_the_user_has_the_last_word(tmp_path: Path) -> None:
    """Stated and given are the same; what is given wins over what is stated."""
    stated = {**OPTIONS, "resize": "crop", "channels": "bgr"}
    path = stating(tmp_path / "stating.onnx", json.dumps(stated))
    plain = network(tmp_path / "plain.onnx")

    by_hand = vectors({"type": "onnx", "model": str(plain), **stated})
    assert np.array_equal(vectors(f"onnx:model={path}"), by_hand)
    assert not np.array_equal(vectors(f"onnx:model={path},channels=rgb"), by_hand)
    other = vectors({"type": "onnx", "model": str(plain), **stated, "channels": "rgb"})
    assert np.array_equal(vectors(f"onnx:model={path},channels=rgb"), other)


@pytest.mark.parametrize("text", ["{", "[]", '{"mean": 3}', '{"size": [0, 8]}', '{"colour": "rgb"}', "[" * 9999])
def test_a_file_that_states_nonsense_is_refused(text: str, tmp_path: Path) -> None:
    """With the key of its metadata."""
    with pytest.raises(errors.ConfigError, match=r"embedder\.model: its metadata 'tamis\.preprocessing' is wrong"):
        vectors(f"onnx:model={stating(tmp_path / 'm.onnx', text)}")


def test_an_embedder_without_a_model_exports_nothing(tmp_path: Path) -> None:
    """One line, and no file."""
    with pytest.raises(errors.ConfigError, match="'descriptor' has no model that can be written to a file"):
        export_embedder("descriptor", tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    """Unless ``force`` says otherwise; told before a model is loaded."""
    (tmp_path / "m").write_bytes(b"mine")
    registry = Registry(autoload=False)
    registry.register(Embedder("acme", lambda images: np.ones((len(images), 2)), dim=2, version="1", export=bytes_of))

    with pytest.raises(errors.OutputError, match="exists already"):
        export_embedder("acme", tmp_path / "m", registry=registry)
    assert (tmp_path / "m").read_bytes() == b"mine"
    export_embedder("acme", tmp_path / "m", registry=registry, force=True)
    assert (tmp_path / "m").read_bytes() == b"theirs"


def bytes_of(options: object) -> bytes:
    """Content of a file."""
    return b"theirs"


def test_an_embedder_that_exports_no_bytes_is_broken(tmp_path: Path) -> None:
    """With its name."""
    registry = Registry(autoload=False)
    wrong: Any = lambda options: "text"  # noqa: E731
    registry.register(Embedder("acme", lambda images: np.ones((len(images), 2)), dim=2, version="1", export=wrong))

    with pytest.raises(errors.BrokenPluginError, match=r"acme.*export returned str, not bytes"):
        export_embedder("acme", tmp_path / "m", registry=registry)
    assert list(tmp_path.iterdir()) == []
