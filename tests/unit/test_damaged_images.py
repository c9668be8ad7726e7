"""Files that are damaged or odd: named, counted, and no end to the run."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tamis import Dataset, Registry, compute, errors, select
from tests.conftest import photograph

KEYS = ["lightly.width", "lightly.sharpness"]


def jpeg() -> bytes:
    """A good one."""
    buffer = io.BytesIO()
    photograph(0, (200, 100)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG file that claims a size and has hardly any pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


DAMAGED = {
    "empty": (b"", "open", "the file is empty"),
    "text": (b"This is not an image.\n", "open", "not an image in a format that can be read"),
    "header only": (jpeg()[:20], "open", ""),
    "half": (jpeg()[: len(jpeg()) // 2], "decode", "truncated"),
    "bomb": (png_header(50_000, 50_000), "decode", "2,500,000,000 pixels, more than the"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "open", "not an image in a format"),
}


@pytest.mark.parametrize(("content", "stage", "reason"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_costs_itself_only(photographs: Path, content: bytes, stage: str, reason: str) -> None:
    """It is recorded with its stage and reason, and every other sample has its values."""
    (photographs / "a" / "bad.jpg").write_bytes(content)
    table = compute(Dataset.from_directory(photographs), KEYS, registry=Registry(environ=False))

    assert [(failure.sample, failure.stage) for failure in table.failures] == [("a/bad.jpg", stage)]
    assert reason in table.failures[0].reason
    assert table["lightly.sharpness"].valid.sum() == 10
    assert table["lightly.width"].valid.sum() == (11 if stage == "decode" else 10)


def test_a_truncated_image_keeps_what_its_header_says(photographs: Path) -> None:
    """Its width is known; a selection that needs no more than that may pick it."""
    (photographs / "a" / "half.jpg").write_bytes(DAMAGED["half"][0])
    config = {
        "n_samples": 1,
        "strategies": [
            {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}},
        ],
    }

    selection = select(Dataset.from_directory(photographs), config, registry=Registry(environ=False))

    assert selection.selected == ("a/half.jpg",)


def test_a_file_that_is_no_image_is_never_selected(photographs: Path) -> None:
    """Not even where no input looks at the images."""
    (photographs / "a" / "bad.jpg").write_text("no image")
    config = {"n_samples": 99, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(Dataset.from_directory(photographs), config, registry=Registry(environ=False))

    assert len(selection.selected) == 10
    assert "a/bad.jpg" not in selection.selected
    assert selection.manifest()["counts"]["failed"] == 1


def test_no_usable_image_is_an_error(tmp_path: Path) -> None:
    """It says how many there were, and names one with its reason."""
    for name in "ab":
        (tmp_path / f"{name}.jpg").touch()

    with pytest.raises(
        errors.RunError, match=r"none of 2 images could be used, such as a\.jpg: open: the file is empty"
    ):
        compute(Dataset.from_directory(tmp_path), KEYS, registry=Registry(environ=False))


def test_strict_makes_any_failure_an_error(photographs: Path) -> None:
    """In measuring and in selecting."""
    (photographs / "bad.jpg").touch()
    dataset = Dataset.from_directory(photographs)
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}

    with pytest.raises(errors.RunError, match=r"strict: 1 failed, such as bad\.jpg"):
        compute(dataset, KEYS, registry=Registry(environ=False), strict=True)
    with pytest.raises(errors.RunError, match=r"strict: 1 failed, such as bad\.jpg"):
        select(dataset, config, registry=Registry(environ=False), strict=True)


def test_large_photographs_are_not_bombs(tmp_path: Path) -> None:
    """Between once and twice Pillow's limit, Pillow warns, the host decides, and tamis measures."""
    Image.new("1", (10_000, 9_000)).save(tmp_path / "large.png")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        table = compute(Dataset.from_directory(tmp_path), ["lightly.width"], registry=Registry(environ=False))

    assert table["lightly.width"].cells() == [10_000]


def test_what_a_filter_of_warnings_refuses_is_no_property_of_the_file(tmp_path: Path) -> None:
    """Pillow warns of a tag that is longer than its file, and passes over it, unless warnings are errors."""
    (tmp_path / "p").mkdir()
    photograph(0).save(tmp_path / "p/a.tiff")
    photograph(1).save(tmp_path / "p/b.png")
    content = (tmp_path / "p/a.tiff").read_bytes()
    compression = struct.pack("<HHI", 259, 3, 1)
    assert content.count(compression) == 1
    (tmp_path / "p/a.tiff").write_bytes(content.replace(compression, struct.pack("<HHI", 259, 3, 100_000)))
    dataset, seen = Dataset.from_directory(tmp_path / "p"), []
    for action in ("error", "ignore"):
        with warnings.catch_warnings():
            warnings.simplefilter(action)  # type: ignore[arg-type]
            table = compute(dataset, ["lightly.meanRed"], store=tmp_path / "s")
        seen.append((table["lightly.meanRed"].valid.tolist(), [failure.reason for failure in table.failures]))
    assert seen == [([False, True], ["UserWarning: Tag data larger than file. Skipping tag 259"]), ([True, True], [])]


def test_a_jpeg_of_thousands_of_scans_is_not_decoded(tmp_path: Path) -> None:
    """Each takes as long as the image is large, and is a few bytes in the file. Usual progressive ones are."""
    buffer = io.BytesIO()
    photograph(0, (200, 100)).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    last = content[content.rindex(b"\xff\xda") : -2]
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "b.jpg").write_bytes(content[:-2] + last * 3000 + b"\xff\xd9")
    table = compute(Dataset.from_directory(tmp_path), KEYS)
    assert [(failure.sample, failure.stage) for failure in table.failures] == [("b.jpg", "decode")]
    assert (
        table.failures[0].reason
        == f"ValueError: it is a JPEG of {content.count(last[:2]) + 3000:,} scans, and 200 are the most"
    )
    assert table["lightly.width"].values.tolist() == [200, 200]
