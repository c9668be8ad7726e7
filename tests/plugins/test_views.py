"""The shared views: what every pixel format becomes, and that nothing but them is touched."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Metric, Registry, compute
from tamis_plugins.pixels import array as arrays

ODD = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5


def mean_of(image: Image.Image) -> list[float]:
    """Channel means as tamis has them, in 0..255."""
    keys = ["lightly.meanRed", "lightly.meanGreen", "lightly.meanBlue"]
    table = compute(Dataset.from_images(["it"], [image]), keys, registry=Registry(environ=False))
    return [float(table[key].values[0]) * 255 for key in keys]


def test_alpha_is_dropped_not_blended() -> None:
    """A fully transparent image has the colour that is stored."""
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 0))

    assert mean_of(image) == pytest.approx([10, 20, 30])


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("L", (4, 4), 100), [100] * 3),
        (Image.new("LA", (4, 4), (100, 3)), [100] * 3),
        (Image.new("1", (4, 4), 1), [255] * 3),
        (Image.new("CMYK", (4, 4), (255, 0, 0, 0)), [0, 255, 255]),
        (Image.new("YCbCr", (4, 4), (100, 128, 128)), [100] * 3),
        (Image.new("HSV", (4, 4), (0, 0, 77)), [77] * 3),
        (Image.new("I", (4, 4), 0x4080), [0x40] * 3),
        (Image.new("I", (4, 4), 0x40000000), [0x80] * 3),
        (Image.new("I", (4, 4), -5), [0] * 3),
        (Image.new("F", (4, 4), 0.5), [128] * 3),
        (Image.new("F", (4, 4), 100.0), [100] * 3),
        (Image.new("F", (4, 4), 1000.0), [4] * 3),  # 1000 / 65535 of white
        (Image.new("F", (4, 4), 1e6), [255] * 3),
        (Image.new("F", (4, 4), float("nan")), [0] * 3),
        (Image.new("F", (4, 4), float("inf")), [255] * 3),
        (Image.fromarray(np.full((4, 4), 0x8001, dtype=np.uint16)), [0x80] * 3),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else "",
)
def test_every_mode_becomes_rgb(image: Image.Image, expected: list[float]) -> None:
    """Each of Pillow's pixel formats, by a colour whose value in RGB is plain."""
    assert mean_of(image) == pytest.approx(expected)


@pytest.mark.parametrize("odd", [np.nan, -9999.0, 3.402823466e38, -3.402823466e38, 1e30, 1e20, 70_000.0, 256.0])
def test_one_float_does_not_set_the_scale(odd: float) -> None:
    """Whatever stands for no data, or is an outlier: the others are as they were, but for one in a thousand."""
    values = np.random.default_rng(0).random((40, 60)).astype("f4") * 255
    expected = mean_of(Image.fromarray(values))
    values[0, :2] = odd

    assert mean_of(Image.fromarray(values)) == pytest.approx(expected, abs=0.3)


def test_a_border_without_data_is_black() -> None:
    """However large it is, where the number that stands for it can't have been measured."""
    values = np.full((40, 60), 100, dtype="f4")
    values[:20] = np.finfo("f4").max

    assert mean_of(Image.fromarray(values)) == pytest.approx([50] * 3)


def test_palettes_are_resolved() -> None:
    """With and without transparency the palette's colours count, not its indices, and Pillow has nothing to warn of."""
    image = Image.fromarray(ODD).quantize(16)
    expected = np.asarray(image.convert("RGB")).reshape(-1, 3).mean(axis=0)
    transparent = io.BytesIO()
    image.save(transparent, "PNG", transparency=bytes(range(16)))

    assert mean_of(image) == pytest.approx(expected)
    assert mean_of(Image.open(transparent)) == pytest.approx(expected)


def test_sixteen_bit_grey_agrees_with_sixteen_bit_colour(tmp_path: Path) -> None:
    """Pillow keeps the high byte of 16-bit colour; tamis does the same with grey."""
    Image.fromarray(np.full((4, 4), 0xABCD, dtype=np.uint16)).save(tmp_path / "grey.png")
    table = compute(Dataset.from_directory(tmp_path), ["lightly.meanRed"], registry=Registry(environ=False))

    assert table["lightly.meanRed"].values[0] * 255 == pytest.approx(0xAB)


def test_orientation_is_not_applied(tmp_path: Path) -> None:
    """Width and height are those of the stored raster."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "turned.jpg", exif=exif)
    table = compute(
        Dataset.from_directory(tmp_path), ["lightly.width", "lightly.height"], registry=Registry(environ=False)
    )

    assert [table[key].values[0] for key in ("lightly.width", "lightly.height")] == [30, 20]


def test_an_animation_counts_by_its_first_frame(tmp_path: Path) -> None:
    """Later frames are not looked at."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    table = compute(Dataset.from_directory(tmp_path), ["lightly.meanRed"], registry=Registry(environ=False))

    assert table["lightly.meanRed"].values[0] == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("view", ["rgb", "gray", "histogram", "laplacian"])
def test_shared_arrays_are_read_only(view: str) -> None:
    """A metric that writes to a view fails on that image; it doesn't spoil the view for others."""
    namespace: dict[str, object] = {}
    exec(f"def scribble({view}):\n    {view}[:] = 0\n    return 0", namespace)
    registry = Registry(environ=False)
    registry.register(Metric("host.scribble", namespace["scribble"]))  # type: ignore[arg-type]
    table = compute(
        Dataset.from_images(["it"], [ODD]), ["host.scribble", "lightly.sharpness", "lightly.meanRed"], registry=registry
    )

    assert not table["host.scribble"].valid[0]
    assert "read-only" in table.failures[0].reason
    assert table["lightly.meanRed"].values[0] == pytest.approx(ODD[..., 0].mean() / 255)


def test_a_host_keeps_its_images() -> None:
    """Measuring an array or a Pillow image in memory leaves it as it was, and open."""
    array, image = ODD.copy(), Image.fromarray(ODD)
    compute(Dataset.from_images(["a", "b"], [array, image]), ["lightly.sharpness"], registry=Registry(environ=False))

    assert np.array_equal(array, ODD)
    assert array.flags.writeable
    assert np.array_equal(np.asarray(image), ODD)


@pytest.mark.parametrize("view", ["image", "rgb_image", "gray_image"])
@pytest.mark.parametrize("change", ["paste(0, (0, 0, 2, 2))", "thumbnail((2, 2))", "putpixel((0, 0), 0)"])
def test_a_shared_image_stays_as_it_is(view: str, change: str) -> None:
    """A metric that changes it fails; metrics before and after it, and the host, see what they would without it."""
    namespace: dict[str, object] = {}
    exec(f"def scribble({view}):\n    {view}.{change}\n    return 0", namespace)
    registry = Registry(environ=False)
    registry.register(Metric("host.scribble", namespace["scribble"]))  # type: ignore[arg-type]
    keys = ["lightly.meanRed", "host.scribble", "lightly.sharpness", "lightly.contrast"]
    host = Image.fromarray(ODD)
    dataset = Dataset.from_images(["it"], [host])
    table = compute(dataset, keys, registry=registry)
    without = compute(dataset, [key for key in keys if key != "host.scribble"], registry=registry)

    assert not table["host.scribble"].valid[0]
    assert "it changes an image that others share" in table.failures[0].reason
    for key in without.columns:
        assert table[key].values[0] == without[key].values[0]
    assert np.array_equal(np.asarray(host), ODD)


@pytest.mark.parametrize("piece", [1 << 30, 50])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_pixels_out_of_pillow_are_those_of_numpy(mode: str, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one piece or in many, of an image that isn't decoded yet, and of a part of one."""
    monkeypatch.setattr(arrays, "PIECE", piece)
    file = io.BytesIO()
    Image.fromarray(ODD.repeat(3, axis=1)).convert(mode).save(file, "PNG")
    with Image.open(file) as image:
        assert np.array_equal(arrays.array(image), np.asarray(image))
        part = image.crop((1, 1, 8, 4))
        assert np.array_equal(arrays.array(part), np.asarray(part))
