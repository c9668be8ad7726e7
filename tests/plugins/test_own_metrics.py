"""The metrics under ``tamis.``, against values that don't come from tamis.

References are written straight from the definitions, with float64 arrays and windows; what there is in another library
is compared with that.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFilter

from tamis import Dataset, Metric, Registry, compute
from tests.conftest import photograph

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
REGISTRY = Registry(environ=False)
KEYS = [key for key in REGISTRY.keys("metric") if key.startswith("tamis.")]
FILES = ["tamis.bytes", "tamis.jpegQuality", "tamis.format", "tamis.mode"]
OF_PIXELS = [key for key in KEYS if key not in FILES]


def measure(image: Pixels | Image.Image, *keys: str) -> dict[str, float]:
    """Some metrics of one image."""
    table = compute(Dataset.from_images(["it"], [image]), keys, registry=REGISTRY)
    return {key: float(table[key].values[0]) for key in keys}


def scene(seed: int, size: tuple[int, int]) -> Image.Image:
    """Discs of any size and colour, each in front of others, with a little grain: edges of every scale."""
    random = np.random.default_rng(seed)
    width, height = size
    image = Image.new("RGB", size, "gray")
    drawn = ImageDraw.Draw(image)
    for radius in np.sort(random.pareto(1.0, 300) * 0.01)[::-1].clip(0, 0.5) * max(size):
        x, y = random.random() * width, random.random() * height
        drawn.ellipse((x - radius, y - radius, x + radius, y + radius), tuple(random.integers(0, 256, 3).tolist()))
    pixels = np.asarray(image) + random.integers(-1, 2, (height, width, 1))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def luma(pixels: Pixels) -> Pixels:
    """As Pillow makes it."""
    return np.asarray(Image.fromarray(pixels).convert("L"))


def bits(gray: Pixels) -> float:
    """Entropy."""
    _, counts = np.unique(gray, return_counts=True)
    shares = counts / gray.size
    return float(-(shares * np.log2(shares)).sum())


def colors(pixels: Pixels) -> float:
    """Colourfulness."""
    r, g, b = np.moveaxis(pixels.astype(np.float64), -1, 0)
    rg, yb = r - g, (r + g) / 2 - b
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def grain(gray: Pixels) -> float:
    """Noise."""
    if min(gray.shape) < 3:
        return 0.0
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    windows = np.lib.stride_tricks.sliding_window_view(gray.astype(np.float64), (3, 3))
    return float(np.sqrt(np.pi / 2) / 6 * np.abs((windows * kernel).sum(axis=(2, 3))).mean())


def saturated(pixels: Pixels) -> float:
    """Saturation."""
    high, low = pixels.max(axis=-1).astype(np.float64), pixels.min(axis=-1)
    return float(np.divide(high - low, high, where=high > 0, out=np.zeros_like(high)).mean())


def reference(pixels: Pixels) -> dict[str, float]:
    """All that is of pixels, but blur."""
    gray = luma(pixels)
    quantiles = {f"tamis.brightness.p{q:02}": np.percentile(gray, q, method="inverted_cdf") / 255 for q in (5, 50, 95)}
    return {
        **{key: float(value) for key, value in quantiles.items()},
        "tamis.aspectRatio": pixels.shape[1] / pixels.shape[0],
        "tamis.colorfulness": colors(pixels),
        "tamis.entropy": bits(gray),
        "tamis.grayscale": float((pixels == pixels[..., :1]).all()),
        "tamis.noise": grain(gray),
        "tamis.saturation": saturated(pixels),
    }


def test_all_that_are_of_pixels_have_a_reference() -> None:
    """None is left out below."""
    assert {*reference(np.zeros((1, 1, 3), np.uint8)), "tamis.blur"} == set(OF_PIXELS)


@given(arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12), st.just(3))))
@example(np.zeros((1, 1, 3), np.uint8))
@example(np.full((2, 9, 3), 255, np.uint8))
def test_small_images_of_any_content(pixels: Pixels) -> None:
    """Any pixels, down to a single one, give the value of the definition."""
    expected = reference(pixels)

    # A deviation of 0 is exact here, and not quite there.
    assert measure(pixels, *expected) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("size", [(640, 480), (333, 1201), (2001, 37), (3, 3), (2, 400), (1030, 700)])
def test_photographs_of_any_size(size: tuple[int, int]) -> None:
    """Sizes that end in the middle of a strip of rows, and thin ones."""
    pixels = np.asarray(photograph(size[0], size))
    expected = reference(pixels)

    assert measure(pixels, *expected) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("size", [(160, 120), (320, 240), (640, 480)])
@pytest.mark.parametrize("deviation", [1.0, 2.0, 5.0, 10.0, 20.0])
def test_noise_is_the_deviation_of_grain(size: tuple[int, int], deviation: float) -> None:
    """At any resolution, of Gaussian grain on a plane that rises evenly."""
    random = np.random.default_rng(0)
    plane = np.linspace(90, 165, size[0])[None] + np.zeros((size[1], 1))
    pixels = (plane + random.normal(0, deviation, plane.shape) + 0.5).astype(np.uint8)

    assert measure(pixels, "tamis.noise")["tamis.noise"] == pytest.approx(deviation, rel=0.06)


def differences(values: Floats, axis: int) -> Floats:
    """Absolute responses to the Sobel kernel, mirrored at the edge."""
    kernel = np.outer([1, 2, 1], [-1, 0, 1])
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, 1, mode="symmetric"), (3, 3))
    found: Floats = np.abs((windows * (kernel if axis else kernel.T)).sum(axis=(2, 3)))
    return found[2:-1, 2:-1]


def blurred(image: Image.Image) -> float:
    """Blur."""
    factor = 192 / max(image.size)
    gray, block = image.convert("L"), max(1, int(1 / factor * 3 / 4))
    size = [round(side * factor) for side in image.size]
    box = (0, 0, image.width / block, image.height / block)  # blocks at the edge may be cut off
    small = gray.reduce(block).resize(size, Image.Resampling.HAMMING, box)
    values = np.asarray(small, dtype=np.float64)
    left = []
    for axis in (0, 1):
        margins = [(5, 5) if axis == each else (0, 0) for each in (0, 1)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, margins, mode="symmetric"), 11, axis)
        sharp = differences(values, axis)
        lost = np.maximum(0, sharp - differences(windows.mean(axis=-1), axis))
        left.append(1 - lost.sum() / sharp.sum())
    return float(max(left))


SIZES = [(512, 384), (384, 512), (427, 320), (240, 180)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("radius", [0, 1, 2, 4, 8])
def test_blur_follows_its_definition(size: tuple[int, int], radius: float) -> None:
    """Of sharp and of blurred images, upright and across."""
    image = scene(1, size).filter(ImageFilter.GaussianBlur(radius))

    assert measure(image, "tamis.blur")["tamis.blur"] == pytest.approx(blurred(image), rel=1e-9)


def test_blur_is_that_of_another_library() -> None:
    """scikit-image has the same measure, of an image at its own size."""
    skimage = pytest.importorskip("skimage.measure")
    image = scene(2, (192, 144))

    expected = skimage.blur_effect(np.asarray(image.convert("L")) / 255)
    assert measure(image, "tamis.blur")["tamis.blur"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_blur_is_the_same_at_every_resolution(seed: int) -> None:
    """Half and twice the size change it by less than 5 %, whatever filter made them."""
    image = scene(seed, (640, 480))
    filters = [Image.Resampling.BOX, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS]
    others = [image.resize(size, by) for size in ((320, 240), (1280, 960)) for by in filters]
    value, *values = (measure(each, "tamis.blur")["tamis.blur"] for each in (image, *others))

    assert values == pytest.approx([value] * len(values), rel=0.05)


KERNELS: list[Callable[[float], ImageFilter.Filter]] = [ImageFilter.GaussianBlur, ImageFilter.BoxBlur]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_more_blur_is_a_higher_value(kernel: Callable[[float], ImageFilter.Filter], scale: int) -> None:
    """In the order of the kernels, at each of three resolutions."""
    image = scene(4, (320 * scale, 240 * scale))
    values = [measure(image.filter(kernel(radius * scale)), "tamis.blur")["tamis.blur"] for radius in (0, 1, 2, 4, 8)]

    assert values == sorted(set(values))


def test_motion_is_blur_whichever_way_it_went() -> None:
    """It is as high as if all directions were blurred, though the other one is as sharp as before."""
    image = scene(5, (512, 512))
    rows = np.asarray(image)
    moved = np.mean([np.roll(rows, step, axis=1) for step in range(-8, 9)], axis=0).astype(np.uint8)
    still, across, down = (measure(each, "tamis.blur")["tamis.blur"] for each in (rows, moved, moved.swapaxes(0, 1)))

    assert across == pytest.approx(down, rel=0.01)  # Pillow rounds between the axes
    assert across > still + 0.2


@pytest.mark.parametrize("value", [0, 90, 255])
@pytest.mark.parametrize("size", [(1, 1), (40, 30), (640, 480)])
def test_a_flat_image_is_not_blurred(value: int, size: tuple[int, int]) -> None:
    """Nor is one with the faint grain of a sensor, or of a JPEG."""
    flat = np.full(size[::-1], value, np.uint8)
    grainy = (flat + np.random.default_rng(0).integers(0, 2, flat.shape)).clip(0, 255).astype(np.uint8)

    for pixels in (flat, grainy):
        assert measure(pixels, "tamis.blur") == {"tamis.blur": 0}


def saved(root: Path, name: str, image: Image.Image, **options: object) -> Dataset:
    """A dataset of one file."""
    image.save(root / name, **options)  # type: ignore[arg-type]
    return Dataset.from_directory(root)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_quality_is_what_it_was_saved_at(mode: str, tmp_path: Path) -> None:
    """Every setting of libjpeg, in every mode."""
    image = photograph(1).convert(mode)
    for quality in range(1, 101):
        image.save(tmp_path / f"{quality:03}.jpg", quality=quality, progressive=quality % 2 == 0)
    table = compute(Dataset.from_directory(tmp_path), ["tamis.jpegQuality"], registry=REGISTRY)

    assert table["tamis.jpegQuality"].values.tolist() == list(range(1, 101))


def of_libjpeg(quality: int) -> list[int]:
    """Its table of the luma, as a file has it."""
    photograph(1).save(file := io.BytesIO(), "JPEG", quality=quality)
    with Image.open(file) as image:
        return list(image.quantization[0])  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", [*([n] * 64 for n in (1, 6, 40, 255)), list(range(1, 65)), [*range(130, 66, -1)]])
def test_jpeg_quality_of_other_encoders_is_what_comes_closest(table: list[int], tmp_path: Path) -> None:
    """The least sum of differences from any of libjpeg's tables, for those that it wouldn't make."""
    dataset = saved(tmp_path, "it.jpg", photograph(1), qtables=[table, table])
    (found,) = compute(dataset, ["tamis.jpegQuality"], registry=REGISTRY)["tamis.jpegQuality"].values.tolist()
    with Image.open(tmp_path / "it.jpg") as image:
        table = list(image.quantization[0])  # type: ignore[attr-defined]  # as it was written: zigzag or not

    assert found == max(
        range(1, 101),
        key=lambda quality: (-sum(abs(a - b) for a, b in zip(of_libjpeg(quality), table, strict=True)), quality),
    )


def test_jpeg_quality_decodes_nothing_and_is_lacking_in_other_formats(tmp_path: Path) -> None:
    """A JPEG that breaks off after its header has one; a PNG has none, and the reason is said."""
    saved(tmp_path, "a.png", photograph(1))
    file = io.BytesIO()
    photograph(1, (640, 480)).save(file, "JPEG", quality=70)
    start = file.getvalue().index(b"\xff\xda") + 14
    (tmp_path / "b.jpg").write_bytes(file.getvalue()[:start])
    table = compute(Dataset.from_directory(tmp_path), ["tamis.jpegQuality", "tamis.bytes"], registry=REGISTRY)

    assert table["tamis.jpegQuality"].cells() == [None, 70]
    assert table["tamis.bytes"].cells() == [(tmp_path / "a.png").stat().st_size, start]
    assert [failure.sample for failure in table.failures] == ["a.png"]
    assert "the image is no JPEG file" in table.failures[0].reason


def test_what_a_metric_does_to_the_header_is_nobody_elses(tmp_path: Path) -> None:
    """Each gets what the header says for itself."""

    def clear(info: dict[str, object]) -> int:
        info.clear()
        return 0

    registry = Registry(environ=False)
    for key in ("acme.before", "acme.after"):
        registry.register(Metric(key, clear, dtype="int"))
    dataset = saved(tmp_path, "it.jpg", photograph(1), quality=80, dpi=(72, 72))
    table = compute(dataset, ["acme.before", "tamis.jpegQuality", "acme.after"], registry=registry)

    assert table["tamis.jpegQuality"].values.tolist() == [80]
    assert not table.failures


ODD: dict[str, Callable[[Image.Image], Image.Image]] = {
    "I;16": lambda image: Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257),
    "CMYK": lambda image: image.convert("CMYK"),
    "P": lambda image: image.quantize(32),
    "RGBA": lambda image: Image.merge("RGBA", (*image.split(), Image.linear_gradient("L").resize(image.size))),
    "LA": lambda image: image.convert("LA"),
    "1": lambda image: image.convert("1"),
}


@pytest.mark.parametrize("mode", ODD)
def test_every_mode_is_measured_as_rgb(mode: str) -> None:
    """16 bits by their high 8, palettes resolved, alpha dropped."""
    image = ODD[mode](scene(6, (96, 64)))
    gray = {"I;16": lambda: Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))}
    as_rgb = gray[mode]() if mode in gray else image
    expected = measure(as_rgb.convert("RGBA").convert("RGB") if mode == "P" else as_rgb.convert("RGB"), *OF_PIXELS)

    assert measure(image, *OF_PIXELS) == expected


def test_the_first_picture_of_an_animation_counts(tmp_path: Path) -> None:
    """As for every other metric."""
    first, second = photograph(1), photograph(2)
    dataset = saved(tmp_path, "it.webp", first, lossless=True, save_all=True, append_images=[second], duration=100)
    table = compute(dataset, OF_PIXELS, registry=REGISTRY)

    assert {key: column.values[0] for key, column in table.columns.items()} == measure(first, *OF_PIXELS)


def test_extremes_stay_within_their_ranges() -> None:
    """A chessboard of single pixels is what no image is noisier than."""
    board = (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)
    values = measure(board, *OF_PIXELS)

    assert values["tamis.noise"] == pytest.approx(2040 * math.sqrt(math.pi / 2) / 6)
    for key, value in values.items():
        low, high = REGISTRY.metric(key).range
        assert low is not None
        assert low <= value <= (math.inf if high is None else high)
