"""What EXIF says of images, numbers and categories; and what damaged EXIF costs."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.PngImagePlugin import PngInfo

from tamis import Dataset, Registry, Store, compute, select
from tamis.measuring import one_image
from tests.conftest import photograph

REGISTRY = Registry(allow=["tamis"], environ=False)
CATEGORIES = ["exif.camera", "exif.lens", "exif.time.hour", "exif.time.month"]
KEYS = [key for key in REGISTRY.keys("metric") if key.startswith("exif.")]
NUMBERS = [key for key in KEYS if key not in CATEGORIES]


def block(shot: dict[int, Any], position: dict[int, Any] | None = None, image: dict[int, Any] | None = None) -> bytes:
    """EXIF as Pillow writes it."""
    exif = Image.Exif()
    exif.update({Base.Software: "a test", **(image or {})})
    exif.get_ifd(IFD.Exif).update(shot)
    exif.get_ifd(IFD.GPSInfo).update(position or {})
    return exif.tobytes()


ALL = block(
    {
        Base.DateTimeOriginal: "2024:05:01 12:30:15",
        Base.SubsecTimeOriginal: "25",
        Base.OffsetTimeOriginal: "+02:00",
        Base.ExposureTime: 0.004,
        Base.FNumber: 2.8,
        Base.ISOSpeedRatings: 400,
        Base.FocalLength: 35.0,
        Base.LensModel: "Acme 35 mm",
    },
    {
        GPS.GPSLatitudeRef: "S",
        GPS.GPSLatitude: (33.0, 51.0, 36.0),
        GPS.GPSLongitudeRef: "E",
        GPS.GPSLongitude: (151.0, 12.0, 0.0),
        GPS.GPSAltitudeRef: b"\1",
        GPS.GPSAltitude: 3.5,
    },
    {Base.Make: "Acme", Base.Model: "One", Base.Orientation: 6},
)


def folder(root: Path, blocks: dict[str, bytes]) -> Dataset:
    """Images with these."""
    for number, (name, exif) in enumerate(blocks.items()):
        photograph(number).convert("RGB").save(root / name, **({"exif": exif} if exif else {}))
    return Dataset.from_directory(root)


def reasons(dataset: Dataset, keys: list[str]) -> dict[str, str]:
    """Why samples have no value, by sample."""
    return {failure.sample: failure.reason for failure in compute(dataset, keys, registry=REGISTRY).failures}


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_numbers_are_what_the_camera_wrote(suffix: str, tmp_path: Path) -> None:
    """In each format that has EXIF, without any annotations; a second run reads nothing."""
    dataset = folder(tmp_path, {f"a.{suffix}": ALL})
    store = Store(tmp_path / "store")
    table = compute(dataset, KEYS, store=store)
    (tmp_path / f"a.{suffix}").touch(exist_ok=True)
    again = compute(dataset, KEYS, store=store)
    expected = {
        "exif.time": datetime(2024, 5, 1, 10, 30, 15, 250_000, tzinfo=timezone.utc).timestamp(),
        "exif.exposureTime": 0.004,
        "exif.fNumber": 2.8,
        "exif.iso": 400.0,
        "exif.focalLength": 35.0,
        "exif.latitude": -33.86,
        "exif.longitude": 151.2,
        "exif.altitude": -3.5,
        "exif.orientation": 6,
    }

    assert {key: table[key].values[0] for key in NUMBERS} == pytest.approx(expected, rel=1e-12)
    assert sorted(expected) == NUMBERS
    assert all(table[key].equals(again[key]) for key in KEYS)


def test_nothing_is_decoded(tmp_path: Path) -> None:
    """A file whose pixels are cut off has its EXIF all the same, in this process and in another."""
    dataset = folder(tmp_path, {"a.jpg": ALL})
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: len(content) - 20])

    for jobs in (1, 2):
        assert compute(dataset, ["exif.iso"], jobs=jobs)["exif.iso"].values.tolist() == [400.0]
    assert compute(dataset, ["exif.iso", "lightly.snr"], registry=REGISTRY)["exif.iso"].values.tolist() == [400.0]


@pytest.mark.parametrize(
    ("key", "exif", "reason"),
    [
        ("exif.iso", b"", "it has no EXIF"),
        ("exif.iso", block({}), "it has no ISOSpeedRatings in its EXIF"),
        ("exif.time", block({Base.DateTimeOriginal: "0000:00:00 00:00:00"}), "is '0000:00:00 00:00:00', not a moment"),
        ("exif.time", block({Base.DateTimeOriginal: "  \0"}), "its DateTimeOriginal is empty"),
        ("exif.time", block({}, image={Base.DateTime: "2024:05:01 12:30:15"}), "it has no DateTimeOriginal"),
        ("exif.orientation", block({}, image={Base.Orientation: 9}), "its Orientation in EXIF is 9, not 1 to 8"),
        ("exif.exposureTime", block({Base.ExposureTime: "quick"}), "not a number"),
        ("exif.latitude", block({}, {GPS.GPSLatitude: (47.0, 0.0, 0.0)}), "it has no GPSLatitudeRef"),
        (
            "exif.latitude",
            block({}, {GPS.GPSLatitude: (147.0, 0.0, 0.0), GPS.GPSLatitudeRef: "N"}),
            "N, which is nowhere",
        ),
    ],
)
def test_a_value_that_is_not_there_or_is_wrong_is_said(key: str, exif: bytes, reason: str, tmp_path: Path) -> None:
    """It costs its sample that value, and the other images nothing."""
    dataset = folder(tmp_path, {"a.jpg": exif, "b.jpg": ALL})
    table = compute(dataset, [key, "lightly.width"], registry=REGISTRY)

    assert [(failure.sample, failure.key) for failure in table.failures] == [("a.jpg", key)]
    assert reason in table.failures[0].reason
    assert table["lightly.width"].valid.all()
    assert table[key].valid.tolist() == [False, True]


def test_a_clock_without_an_offset_shows_utc(tmp_path: Path) -> None:
    """And where there is no moment of the shot, that of digitizing counts."""
    dataset = folder(tmp_path, {"a.jpg": block({Base.DateTimeDigitized: "1970:01:01 00:01:00"})})

    assert compute(dataset, ["exif.time"])["exif.time"].values.tolist() == [60.0]


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some damage
@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_damaged_exif_costs_its_values_only(suffix: str, tmp_path: Path) -> None:
    """Whatever bytes are wrong: a run ends as usual, and what is missing is named with its sample."""
    source = tmp_path / f"source.{suffix}"
    photograph(0).convert("RGB").save(source, exif=ALL)
    content = source.read_bytes()
    source.unlink()
    start = content.index(b"a test") - 300
    chance = random.Random(7)  # noqa: S311 (it is for no secret)
    for number in range(120):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 40))):
            damaged[chance.randrange(max(start, 8), start + 700) % len(content)] = chance.choice((0, 1, 255, 137))
        (tmp_path / f"{number:03}.{suffix}").write_bytes(damaged)
    photograph(1).convert("RGB").save(tmp_path / f"good.{suffix}", exif=ALL)
    dataset = Dataset.from_directory(tmp_path)
    table = compute(dataset, KEYS, registry=REGISTRY)

    failed = {failure.sample for failure in table.failures}
    for key in KEYS:
        assert table[key].valid[-1]
        assert {name for name, valid in zip(table.samples, table[key].valid, strict=True) if not valid} <= failed


def test_categories_come_from_headers(tmp_path: Path) -> None:
    """In the pass that reads images anyway; who has none is told why, without blame for the plugin."""
    blocks = {
        "a.jpg": ALL,
        "b.png": block({}, image={Base.Make: "Acme", Base.Model: "Acme Two"}),
        "c.jpg": block({}, image={Base.Model: "Three\0"}),
        "d.jpg": b"",
    }
    dataset = folder(tmp_path, blocks)
    found = compute(dataset, CATEGORIES, registry=REGISTRY)
    said = {(failure.sample, failure.key): failure.reason for failure in found.failures}

    assert found["exif.camera"].cells() == ["Acme One", "Acme Two", "Three", None]
    assert found["exif.lens"].cells() == ["Acme 35 mm", None, None, None]
    assert found["exif.time.month"].cells() == ["05", None, None, None]
    assert found["exif.time.hour"].cells() == ["12", None, None, None]
    assert said["b.png", "exif.lens"] == "it has no LensModel in its EXIF"
    assert said["d.jpg", "exif.lens"] == "it has no EXIF"


def test_a_config_balances_cameras(tmp_path: Path) -> None:
    """And takes numbers in the same run."""
    models = {f"{number}.jpg": block({Base.ISOSpeedRatings: 100 * (number + 1)}) for number in range(6)}
    for number in range(6):
        camera = {Base.Model: "One" if number < 5 else "Two"}
        models[f"{number}.jpg"] = block({Base.ISOSpeedRatings: 100 * (number + 1)}, image=camera)
    dataset = folder(tmp_path, models)
    strategies = [
        {
            "input": {"type": "METADATA", "key": "exif.camera"},
            "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
        },
        {
            "input": {"type": "METADATA", "key": "exif.iso"},
            "strategy": {"type": "THRESHOLD", "threshold": 150, "operation": "BIGGER"},
        },
    ]
    selection = select(dataset, {"n_samples": 2, "strategies": strategies}, registry=REGISTRY)

    assert sorted(selection.selected) == ["1.jpg", "5.jpg"]


def test_a_run_that_needs_no_exif_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs what it did before."""
    asked: list[Any] = []
    monkeypatch.setattr(one_image, "exif_of", lambda image: asked.append(image) or b"")  # type: ignore[func-returns-value]
    dataset = folder(tmp_path, {"a.jpg": ALL})

    assert compute(dataset, ["lightly.width", "lightly.snr"])["lightly.width"].valid.all()
    assert not asked
    assert "it has no EXIF" in reasons(dataset, ["exif.iso", "lightly.width"])["a.jpg"]
    assert len(asked) == 1


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_exif_of_which_no_tag_is_left_is_not_taken_for_none(tmp_path: Path) -> None:
    """It ends in the middle of its first tag, or says that tags are where the file has ended."""
    exif = Image.Exif()
    exif[Base.Model] = "Acme"
    whole = exif.tobytes()
    photograph(0).save(tmp_path / "cut.jpg", exif=whole[:15])
    photograph(0).save(tmp_path / "lies.jpg", exif=whole[:10] + b"\x7f\xff\xff\xff" + whole[14:])
    photograph(0).save(tmp_path / "none.jpg")
    dataset = Dataset.from_directory(tmp_path)
    table = compute(dataset, ["exif.camera", "lightly.width"], registry=Registry(environ=False))

    told = {failure.sample: failure.reason.partition(":")[0] for failure in table.failures}
    assert told == {
        **dict.fromkeys(("cut.jpg", "lies.jpg"), "its EXIF is empty or cut off"),
        "none.jpg": "it has no EXIF",
    }


def test_exif_that_is_damaged_is_told_again_from_the_store(tmp_path: Path) -> None:
    """As the reason why there is no value."""
    damaged = PngInfo()
    damaged.add_text("Raw profile type exif", "\nexif\n  10\nno hexadecimal\n")
    photograph(0).save(tmp_path / "a.png", pnginfo=damaged)
    dataset, store = Dataset.from_directory(tmp_path), tmp_path / "store"
    first, second = (compute(dataset, ["exif.iso", "lightly.width"], store=store).failures for _ in range(2))
    assert [(failure.stage, failure.key) for failure in first] == [("view", "exif")]
    assert second == first
