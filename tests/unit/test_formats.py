"""One raster for all formats: what is measured of each is what its file stores, whatever its decoder does by itself."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import GifImagePlugin, Image, ImageFile, PngImagePlugin, TiffImagePlugin, features

from tamis import Dataset, Metric, Registry, Workers, compute, errors, select
from tamis.dataset import decoder
from tamis.dataset.formats import FORMATS, HEIF_REMEDY
from tests.conftest import Install, metric_module

KEYS = ["lightly.width", "lightly.height", "lightly.meanRed"]

#: How each format is written, and whether it holds the orientation of EXIF.
WRITTEN: dict[str, tuple[dict[str, Any], bool]] = {
    "a.jpg": ({"quality": 100, "subsampling": 0}, True),
    "a.png": ({}, True),
    "a.webp": ({"lossless": True}, True),
    "a.gif": ({}, False),
    "a.bmp": ({}, False),
    "a.tif": ({}, True),
    "lzw.tif": ({"compression": "tiff_lzw"}, True),
    "deflate.tif": ({"compression": "tiff_adobe_deflate"}, True),
    "a.ppm": ({}, False),
    "a.avif": ({"quality": 100}, True),
    "a.jp2": ({}, False),
    "a.qoi": ({}, False),
}


def corner() -> Image.Image:
    """60 x 40, dark but for its upper left quarter, which is light: turned or mirrored, it is another."""
    image = Image.new("RGB", (60, 40), (40, 40, 40))
    image.paste((200, 200, 200), (0, 0, 30, 20))
    return image


def upper_left(image: Image.Image) -> float:
    """The mean of the upper left quarter, of each image."""
    grey = np.asarray(image.convert("L"), dtype=float)
    return float(grey[: grey.shape[0] // 2, : grey.shape[1] // 2].mean())


@pytest.mark.parametrize(
    ("name", "orientation"),
    [(name, tag) for name, (_, holds) in WRITTEN.items() for tag in (None, 2, 3, 6, 8) if holds or tag is None],
)
def test_orientation_is_applied_to_no_format(tmp_path: Path, name: str, orientation: int | None) -> None:
    """Width, height and pixels are those of the stored raster; the tag itself can still be read."""
    settings, _ = WRITTEN[name]
    if name.endswith(".avif") and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    if orientation is not None:
        exif = Image.Exif()
        exif[274] = orientation
        settings = {**settings, "exif": exif}
    corner().save(tmp_path / name, **settings)
    registry = Registry()
    registry.register(Metric("test.corner", lambda image: upper_left(image)))
    registry.register(Metric("test.tag", lambda image: float(image.getexif().get(274, 0))))
    dataset = Dataset.from_directory(tmp_path)
    table = compute(dataset, ["lightly.width", "lightly.height", "test.corner", "test.tag"], registry=registry)
    values = [float(table[key].values[0]) for key in table.columns]

    assert not table.failures
    assert values == pytest.approx([60, 40, 200, orientation or 0], abs=6)


def test_every_format_is_in_the_table() -> None:
    """One that is added is measured here, too."""
    kinds = {"jpg": "JPEG", "tif": "TIFF", "jp2": "JPEG2000"}
    assert {kinds.get(name.split(".")[1], name.split(".")[1].upper()) for name in WRITTEN} == set(FORMATS)


def tiff(pixels: np.ndarray[Any, Any], photometric: int | None) -> bytes:
    """A TIFF of grey values as they are; 0 stands for white with ``photometric`` 0, for black with 1."""
    data, bits = pixels.tobytes(), 8 * pixels.itemsize
    entries = {256: pixels.shape[1], 257: pixels.shape[0], 258: bits, 259: 1, 262: photometric, 273: 8, 277: 1}
    entries |= {278: pixels.shape[0], 279: len(data)}
    fields = [struct.pack("<HHII", tag, 3, 1, value) for tag, value in entries.items() if value is not None]
    return (
        struct.pack("<2sHI", b"II", 42, 8 + len(data))
        + data
        + struct.pack("<H", len(fields))
        + b"".join(fields)
        + bytes(4)
    )


@pytest.mark.parametrize(("photometric", "red"), [(0, 205), (1, 50), (None, 205)])
def test_what_is_white_in_a_tiff_is_white(tmp_path: Path, photometric: int | None, red: int) -> None:
    """Whether it counts from black or from white, of 8 bits and of 16, compressed and not."""
    (tmp_path / "8.tif").write_bytes(tiff(np.full((4, 6), 50, "u1"), photometric))
    deep = np.full((4, 6), 50 * 257, "<u2")
    (tmp_path / "16.tif").write_bytes(tiff(deep, photometric))
    if photometric is not None:
        Image.fromarray(deep).save(tmp_path / "lzw.tif", compression="tiff_lzw", tiffinfo={262: photometric})
    table = compute(Dataset.from_directory(tmp_path), ["lightly.meanRed"])

    assert not table.failures
    assert [value * 255 for value in table["lightly.meanRed"].cells()] == pytest.approx([red] * len(table))


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


LONG = os.urandom(100) * 15_000
BESIDE = {
    "profile": chunk(b"iCCP", b"x\0\0" + zlib.compress(LONG)),
    "compressed text": chunk(b"zTXt", b"k\0\0" + zlib.compress(LONG)),
    "text": chunk(b"tEXt", b"k\0" + b"a" * 1_500_000),
    "international text": chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(b"a" * 3_000_000)),
    "much text": b"".join(chunk(b"tEXt", b"%d\0" % number + b"a" * 1_000_000) for number in range(70)),
}


@pytest.mark.parametrize("kind", BESIDE)
@pytest.mark.parametrize("after", [False, True], ids=["before the pixels", "after them"])
def test_what_is_beside_the_pixels_of_a_png_costs_it_nothing(tmp_path: Path, kind: str, after: bool) -> None:
    """However long it is: Pillow's limits of text and profiles are no limits of pixels."""
    plain = io.BytesIO()
    corner().save(plain, "PNG")
    png, at = plain.getvalue(), len(plain.getvalue()) - 12 if after else 33
    (tmp_path / "a.png").write_bytes(png)
    (tmp_path / "b.png").write_bytes(png[:at] + BESIDE[kind] + png[at:])
    table = compute(Dataset.from_directory(tmp_path), KEYS)

    assert not table.failures
    assert all(column.values[0] == column.values[1] for column in table.columns.values())


def test_what_a_png_says_within_the_limits_is_there(tmp_path: Path) -> None:
    """A view of a third party may want the profile; and the host's own images are as they were."""
    corner().save(tmp_path / "a.png", icc_profile=b"profile", dpi=(300, 300))
    with Dataset.from_directory(tmp_path).image("a.png") as image:
        assert image.info["icc_profile"] == b"profile"
    with Image.open(tmp_path / "a.png") as image:
        assert type(image) is PngImagePlugin.PngImageFile
    assert PngImagePlugin.PngImageFile._open.__globals__["PngStream"] is PngImagePlugin.PngStream


@pytest.fixture
def settings() -> Iterator[None]:
    """Pillow's settings are as they were afterwards."""
    before = decoder.settings()
    yield
    decoder.set_to(before)


def test_what_needs_no_pixels_has_no_limit_of_them(tmp_path: Path, settings: None) -> None:
    """The width is in the header; pixels are refused before they are decoded, with the way to have them."""
    Image.new("L", (300, 200)).save(tmp_path / "large.png")
    Image.new("L", (3, 2)).save(tmp_path / "small.png")
    decoder.limit_pixels(59_999)
    table = compute(Dataset.from_directory(tmp_path), KEYS)

    assert table["lightly.width"].cells() == [300, 3]
    assert table["lightly.meanRed"].cells() == [None, 0.0]
    (failure,) = table.failures
    assert (failure.sample, failure.stage) == ("large.png", "decode")
    assert "300 x 200 = 60,000 pixels, more than the 59,999 that may be decoded (--max-pixels" in failure.reason
    with (
        pytest.raises(Image.DecompressionBombError, match="60,000"),
        Dataset.from_directory(tmp_path).image("large.png"),
    ):
        pass

    decoder.limit_pixels(60_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        assert compute(Dataset.from_directory(tmp_path), KEYS)["lightly.meanRed"].valid.all()


def test_max_pixels_reaches_all_processes(tmp_path: Path) -> None:
    """It takes both ways: to more than Pillow would, and to less."""
    (tmp_path / "in").mkdir()
    Image.new("L", (19_000, 10_000)).save(tmp_path / "in" / "aerial.png", compress_level=1)
    command = [sys.executable, "-m", "tamis", "compute", "lightly.width", "lightly.meanRed", "--input"]

    def run(*more: str) -> str:
        arguments = [*command, str(tmp_path / "in"), "--no-store", "-q", "-j", "2", *more]
        return subprocess.run(arguments, capture_output=True, text=True, check=False).stdout.splitlines()[1]

    assert run() == "aerial.png,19000,"
    assert run("--max-pixels", "190000000") == "aerial.png,19000,0.0"
    assert run("--max-pixels", "189999999") == "aerial.png,19000,"


CHANGES = [
    (Image, "MAX_IMAGE_PIXELS", 1_000),
    (ImageFile, "LOAD_TRUNCATED_IMAGES", True),
    (PngImagePlugin, "MAX_TEXT_CHUNK", 7),
    (PngImagePlugin, "MAX_TEXT_MEMORY", 7),
    (TiffImagePlugin, "READ_LIBTIFF", True),
    (GifImagePlugin, "LOADING_STRATEGY", GifImagePlugin.LoadingStrategy.RGB_ALWAYS),
]


@pytest.mark.parametrize(("module", "name", "value"), CHANGES, ids=lambda value: str(getattr(value, "__name__", value)))
def test_settings_of_pillow_reach_every_worker(
    photographs: Path, install: Install, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, value: Any
) -> None:
    """So that a result doesn't depend on the number of processes. A plugin looks at them there."""
    body = f"import {module.__name__} as it; return float({value!r} == it.{name})"
    body = body.replace(repr(value), repr(int(value)))
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body))
    dataset = Dataset.from_directory(photographs)
    with Workers(1) as workers:
        assert not compute(dataset, ["acme.x"], executor=workers)["acme.x"].values.any()
        monkeypatch.setattr(module, name, value)
        assert compute(dataset, ["acme.x"], executor=workers)["acme.x"].values.all()  # the same process


def test_every_setting_is_tried() -> None:
    """One that is added reaches the workers, too. The last is of a module that not every Pillow has."""
    tried = {(module.__name__.removeprefix("PIL."), name) for module, name, _ in CHANGES}

    assert tried == {*decoder.SETTINGS, decoder.PIXELS} - {("AvifImagePlugin", "DECODE_CODEC_CHOICE")}


def heic(folder: Path) -> Path:
    """A folder with a HEIC that no decoder could read, and a photograph."""
    (folder / "IMG_2.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200))
    corner().save(folder / "IMG_1.JPG")
    return folder


def test_heic_without_a_decoder_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a sample that can't be opened, and no other file that is passed over."""
    from tamis.dataset import formats

    monkeypatch.setattr(formats, "has_heif", lambda: False)
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(Dataset.from_directory(heic(tmp_path)), config)

    assert [(f.sample, f.stage, f.reason) for f in selection.failures] == [("IMG_2.HEIC", "open", HEIF_REMEDY)]
    with pytest.raises(errors.RunError, match="pillow-heif"):
        select(Dataset.from_directory(tmp_path), config, strict=True)


def test_heic_is_read_with_pillow_heif(tmp_path: Path) -> None:
    """Like any other format, and without a change to the host's Pillow; a damaged one is a failure."""
    pillow_heif = pytest.importorskip("pillow_heif")
    before = dict(Image.OPEN)
    pillow_heif.from_pillow(corner()).save(heic(tmp_path) / "IMG_3.heic", quality=-1)
    table = compute(Dataset.from_directory(tmp_path), KEYS)

    assert [(f.sample, f.stage) for f in table.failures] == [("IMG_2.HEIC", "open")]
    assert table["lightly.width"].cells() == [60, None, 60]
    assert table["lightly.meanRed"].values[2] == pytest.approx((200 + 3 * 40) / 4 / 255, abs=0.01)
    assert before == Image.OPEN
