"""The lightly metrics, against values that don't come from tamis.

References are written straight from the definitions, slowly, with Pillow's own filter and float64 arrays.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageFilter

from tamis import Dataset, Metric, Registry, compute
from tests.conftest import photograph

Pixels = npt.NDArray[np.uint8]


def measure(pixels: Pixels | Image.Image, key: str) -> float:
    """One metric of one image."""
    dataset = Dataset.from_images(["it"], [pixels])
    return float(compute(dataset, [key], registry=Registry(environ=False))[key].values[0])


def gradients() -> Pixels:
    """8 x 8: red rises with the column, green with the row, blue is constant."""
    ramp = np.arange(8) * 30
    return np.stack([*np.meshgrid(ramp, ramp), np.full((8, 8), 128)], axis=-1).astype(np.uint8)


def solid(*color: int) -> Pixels:
    """16 x 16 of one colour."""
    return np.full((16, 16, 3), color, dtype=np.uint8)


DOT = np.zeros((5, 5), dtype=np.uint8)
DOT[2, 2], DOT[0, 0] = 100, 50


@pytest.mark.parametrize(
    ("pixels", "key", "expected"),
    [
        (DOT, "lightly.sharpness", 50.5189074),  # 50 kept at the border, 8 * 100 clipped to 255, 23 zeros
        (gradients(), "lightly.sharpness", 64.8989298),
        (gradients(), "lightly.snr", 1.9709879),
        (gradients(), "lightly.meanRed", 105 / 255),
        (gradients(), "lightly.meanGreen", 105 / 255),
        (gradients(), "lightly.meanBlue", 128 / 255),
        (gradients(), "lightly.contrast", 0.1776247),
        (gradients(), "lightly.luminance", 45.171796),
        (solid(0, 0, 0), "lightly.luminance", 0.0),
        (solid(255, 255, 255), "lightly.luminance", 100.0),
        (solid(119, 119, 119), "lightly.luminance", 50.034439),  # CIELAB of sRGB #777777
        (solid(7, 7, 7), "lightly.snr", 0.0),
        (solid(7, 7, 7), "lightly.contrast", 0.0),
        (solid(7, 7, 7), "lightly.sharpness", 7 * np.sqrt(60 * 196) / 256),  # 60 border pixels keep their 7
        (solid(7, 7, 7), "lightly.uniformRowRatio", 1.0),
        (np.zeros((20, 30, 3), np.uint8), "lightly.width", 30),
        (np.zeros((20, 30, 3), np.uint8), "lightly.height", 20),
    ],
)
def test_known_values(pixels: Pixels, key: str, expected: float) -> None:
    """Values worked out by hand or published for the definition."""
    assert measure(pixels, key) == pytest.approx(expected, rel=2e-7, abs=1e-9)


def filtered(pixels: Pixels) -> Pixels:
    """Pillow's own 3 x 3 kernel on its own greyscale."""
    kernel = ImageFilter.Kernel((3, 3), [-1, -1, -1, -1, 8, -1, -1, -1, -1], scale=1, offset=0)
    return np.asarray(Image.fromarray(pixels).convert("L").filter(kernel))


def reference(pixels: Pixels) -> dict[str, float]:
    """The definitions in float64, without a thought for time."""
    values = pixels / 255.0
    deviation = values.std()
    return {
        "lightly.sharpness": float(filtered(pixels).std()),
        "lightly.snr": float(values.mean() / deviation) if deviation > 1e-9 else 0.0,
        "lightly.meanRed": float(values[..., 0].mean()),
        "lightly.meanGreen": float(values[..., 1].mean()),
        "lightly.meanBlue": float(values[..., 2].mean()),
        "lightly.contrast": float((np.asarray(Image.fromarray(pixels).convert("L")) / 255.0).std()),
    }


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))))
@example(np.zeros((1, 1, 3), np.uint8))
def test_small_images_of_any_content(pixels: Pixels) -> None:
    """Any pixels, down to a single one, give the value of the definition."""
    keys = reference(pixels)
    table = compute(Dataset.from_images(["it"], [pixels]), keys, registry=Registry(environ=False))

    for key, expected in keys.items():
        assert table[key].values[0] == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("size", [(640, 480), (333, 1201), (2001, 37), (3, 3), (2, 400), (1030, 700)])
def test_photographs_of_any_size(size: tuple[int, int]) -> None:
    """Sizes that end in the middle of a strip of rows, and thin ones."""
    pixels = np.asarray(photograph(size[0], size))
    keys = reference(pixels)
    table = compute(Dataset.from_images(["it"], [pixels]), keys, registry=Registry(environ=False))

    for key, expected in keys.items():
        assert table[key].values[0] == pytest.approx(expected, rel=1e-9)


def row_ratio(gray: npt.NDArray[np.uint8]) -> float:
    """uniformRowRatio from its definition: bilinear resize without antialiasing, kernel, two strict limits."""
    height, width = gray.shape
    if min(height, width) < 3:
        return 0.0
    x = gray.astype(np.float64)
    if height > 400:
        factor = 400 / height
        for axis, (size, new) in enumerate([(height, int(height * factor)), (width, max(3, int(width * factor)))]):
            position = np.clip((np.arange(new) + 0.5) * (size / new) - 0.5, 0, None)
            low = np.floor(position).astype(int)
            weight = np.expand_dims(position - low, 1 - axis)
            x = x.take(low, axis) * (1 - weight) + x.take(np.minimum(low + 1, size - 1), axis) * weight
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3))
    response = 9 * x[1:-1, 1:-1] - windows.sum(axis=(2, 3))
    uniform = np.abs(response) < 5 - 1e-9  # what is 5 in exact arithmetic must not round below it
    return float((uniform.mean(axis=1) > 0.97).mean())


def banded(height: int, width: int, seed: int, rows: float) -> npt.NDArray[np.uint8]:
    """Grain, of which a share of the rows, in bands, is flat but for a few pixels."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (height, width), dtype=np.uint8)
    flat = np.repeat(random.random(-(-height // 16)) < rows, 16)[:height]
    pixels[flat] = random.integers(0, 256)
    sparse = random.random((height, width)) < 0.003
    pixels[sparse] = 255
    return pixels


@pytest.mark.parametrize(
    "size", [(3, 3), (2, 9), (9, 2), (100, 80), (400, 300), (401, 300), (539, 720), (1080, 640), (4000, 3), (410, 5)]
)
@pytest.mark.parametrize("rows", [0.0, 0.5, 1.0])
def test_uniform_row_ratio_follows_its_definition(size: tuple[int, int], rows: float) -> None:
    """Below and above the height from which images are resized, also where the new height is 399."""
    gray = banded(*size, seed=size[0], rows=rows)

    assert measure(gray, "lightly.uniformRowRatio") == pytest.approx(row_ratio(gray), abs=1e-12)


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 60)), elements=st.integers(100, 106)))
def test_uniform_row_ratio_of_almost_flat_images(gray: npt.NDArray[np.uint8]) -> None:
    """Responses on both sides of the limit, and shares of pixels on both sides of 97 %."""
    assert measure(gray, "lightly.uniformRowRatio") == pytest.approx(row_ratio(gray), abs=1e-12)


def test_three_percent_of_a_row_is_too_many() -> None:
    """The share of uniform pixels must be above 97 %: with 3 of 100 the row is not uniform, with 3 of 101 it is."""
    for columns, expected in ((100, 0.0), (101, 1.0)):
        gray = np.full((3, columns + 2), 100, dtype=np.uint8)
        gray[0, 0] = 105  # changes the response of pixel 0 alone
        gray[0, -1] = 105
        gray[1, 50] = 101  # 8 here, and 1, within the limit, at its neighbours
        assert measure(gray, "lightly.uniformRowRatio") == expected


def test_tall_images_may_need_wide_integers() -> None:
    """A panorama wide enough for its resized pixels to be larger than 32 bits."""
    gray = banded(420, 3200, seed=1, rows=0.5)

    assert measure(gray, "lightly.uniformRowRatio") == pytest.approx(row_ratio(gray), abs=1e-12)


def test_the_size_is_that_of_the_file_whatever_its_format(tmp_path: Path) -> None:
    """As the file system has it; what follows the picture in the file counts, too."""
    for name in ("a.png", "b.jpg", "c.webp", "d.tif", "e.gif"):
        photograph(1).save(tmp_path / name)
    with (tmp_path / "a.png").open("ab") as file:
        file.write(bytes(1000))
    table = compute(Dataset.from_directory(tmp_path), ["lightly.sizeInBytes"], registry=Registry(environ=False))

    sizes = [(tmp_path / name).stat().st_size for name in table.samples]
    assert table["lightly.sizeInBytes"].values.tolist() == sizes
    assert table["lightly.sizeInBytes"].values.dtype == np.int64


def test_pixels_are_the_same_when_the_size_is_asked_for(tmp_path: Path) -> None:
    """Looking for the end of a file leaves a decoder where it was, in every format."""
    names = ("a.png", "b.jpg", "c.webp", "d.tif", "e.gif", "f.bmp", "g.ppm", "h.jp2")
    for name in names:
        photograph(1).save(tmp_path / name)
    table = compute(
        Dataset.from_directory(tmp_path), ["lightly.sizeInBytes", "lightly.meanRed"], registry=Registry(environ=False)
    )

    expected = []
    for name in names:
        with Image.open(tmp_path / name) as image:
            expected.append(np.asarray(image.convert("RGB"))[..., 0].mean() / 255)
    assert table["lightly.meanRed"].values == pytest.approx(expected)


def test_an_image_in_memory_has_no_size_in_bytes(tmp_path: Path) -> None:
    """It lacks that value, with the reason, and has its others; so has one that was loaded from a file by the host."""
    made = Image.new("RGB", (4, 3))
    made.save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as loaded:
        dataset = Dataset.from_images(["made", "loaded"], [made, loaded])
        table = compute(dataset, ["lightly.sizeInBytes", "lightly.width"], registry=Registry(environ=False))

    assert table["lightly.sizeInBytes"].cells() == [None, None]
    assert table["lightly.width"].cells() == [4, 4]
    assert [(failure.sample, failure.stage, failure.key) for failure in table.failures] == [
        ("made", "metric", "lightly.sizeInBytes"),
        ("loaded", "metric", "lightly.sizeInBytes"),
    ]
    assert table.failures[0].reason == "the image is no file: it has no size in bytes"


def test_a_third_partys_metric_can_use_the_size(tmp_path: Path) -> None:
    """The header has it: bits per pixel need one open and no decode."""
    Image.new("RGB", (10, 5)).save(tmp_path / "a.bmp")
    registry = Registry(environ=False)
    registry.register(Metric("acme.bpp", lambda header: 8 * header.file_size / (header.width * header.height)))
    table = compute(Dataset.from_directory(tmp_path), ["acme.bpp"], registry=registry)

    # 54 bytes of headers, and 5 rows of 30 bytes that are filled up to 32.
    assert table["acme.bpp"].values.tolist() == [8 * (54 + 5 * 32) / 50]
