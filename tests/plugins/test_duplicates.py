"""DUPLICATES: what is kept, what is removed in favour of it, and that both are said."""

from __future__ import annotations

import shutil
import struct
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from threading import Event
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Progress, Registry, Selection, compute, errors, select, validate
from tamis_plugins.pixels import lanczos

REGISTRY = Registry(allow=["tamis"], environ=False)


def config(**params: Any) -> dict[str, Any]:
    """Remove duplicates."""
    strategy = {"type": "THRESHOLD", "threshold": 1, "operation": "SMALLER"}
    return {"proportion_samples": 1, "strategies": [{"input": {"type": "DUPLICATES", **params}, "strategy": strategy}]}


def without(dataset: Dataset, given: dict[str, Any] | None = None, **params: Any) -> Selection:
    """What is left without duplicates."""
    options = given or {}
    return select(dataset, config(**params), registry=REGISTRY, **options)


def scene(seed: int, size: int = 64) -> Image.Image:
    """Smooth blobs of colour, other ones for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((size, size), Image.Resampling.BICUBIC)


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Three scenes, and of the first a copy of the file, one in another format, a smaller one, and one encoded anew."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name, seed in (("a.png", 0), ("b.png", 1), ("c.png", 2)):
        scene(seed).save(folder / name)
    shutil.copy(folder / "a.png", folder / "a_copy.png")
    scene(0).save(folder / "a_format.bmp")
    scene(0).resize((48, 48)).save(folder / "a_small.png")
    scene(0).save(folder / "a_worse.jpg", quality=70)
    return folder


@pytest.mark.parametrize(
    ("by", "removed"),
    [
        ("bytes", {"a_copy.png"}),
        ("pixels", {"a_copy.png", "a_format.bmp"}),
        ("phash", {"a_copy.png", "a_format.bmp", "a_small.png", "a_worse.jpg"}),
        ("embeddings", {"a_copy.png", "a_format.bmp", "a_small.png", "a_worse.jpg"}),
    ],
)
def test_what_is_a_duplicate_hangs_on_what_is_compared(copies: Path, by: str, removed: set[str]) -> None:
    """The first of the dataset is kept of each group."""
    dataset = Dataset.from_directory(copies)
    result = without(dataset, by=by)

    assert set(dataset.samples) - set(result.selected) == removed
    assert result.inputs()[f"DUPLICATES.{by}"].values.sum() == sum(range(len(removed) + 1))


def test_the_one_that_was_kept_is_named(copies: Path, tmp_path: Path) -> None:
    """In the table, by explain, also of what was written, and how many there are in a note."""
    result = without(Dataset.from_directory(copies), by="phash")
    row = result.table().row("a_worse.jpg")

    assert row["DUPLICATES.phash.kept_duplicate"] == "a.png"
    assert row["DUPLICATES.phash.group"] == 1
    assert row["DUPLICATES.phash.distance"] == 0
    assert result.table().row("a.png")["DUPLICATES.phash.group"] == 1
    assert result.table().row("b.png")["DUPLICATES.phash.group"] is None
    result.write(tmp_path / "result")
    for told in (result, Selection.read(tmp_path / "result")):
        text = told.explain("a_worse.jpg")
        assert "was removed by THRESHOLD of DUPLICATES.phash" in text
        assert "Its kept duplicate is a.png." in text
        assert "kept duplicate" not in told.explain("b.png")
        assert "strategies[0].input: 4 samples repeat another one, in 1 group" in told.notes


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        ("first", "a.png"),
        ({"key": "lightly.width", "order": "smallest"}, "a_small.png"),
        ({"key": "lightly.sizeInBytes"}, "a_format.bmp"),
        ({"key": "lightly.width", "order": "largest"}, "a.png"),
    ],
)
def test_keep_says_which_one(copies: Path, keep: Any, kept: str) -> None:
    """By the value of a metric; of equal ones it is the first."""
    assert set(without(Dataset.from_directory(copies), by="phash", keep=keep).selected) == {kept, "b.png", "c.png"}


def test_keep_may_go_by_metadata_and_one_without_a_value_is_last(copies: Path) -> None:
    """Numbers of the user's own, such as a rating."""
    rating = {"sample": ["a_copy.png", "a_small.png", "b.png"], "rating": [2, 3, 1]}
    dataset = Dataset.from_directory(copies).with_metadata(rating)
    kept = {"largest": "a_small.png", "smallest": "a_copy.png"}
    for order, name in kept.items():
        result = without(dataset, by="phash", keep={"key": "rating", "order": order})
        assert set(result.selected) == {name, "b.png", "c.png"}


def test_what_repeats_a_preselected_sample_is_removed(copies: Path) -> None:
    """Though it comes before it in the dataset, and is preferred otherwise."""
    result = without(Dataset.from_directory(copies), {"preselected": ["a_worse.jpg"]}, by="phash")

    assert set(result.selected) == {"b.png", "c.png"}
    assert "Its kept duplicate is a_worse.jpg." in result.explain("a.png")


def test_samples_that_take_no_part_stand_for_nobody(copies: Path) -> None:
    """One that is excluded by name is kept of no group."""
    result = without(Dataset.from_directory(copies), {"exclude": ["a.png"]}, by="pixels")

    assert "a_copy.png" in result.selected
    assert "a_format.bmp" not in result.selected


def test_groups_are_no_chains() -> None:
    """Of points in a row, each within the distance of the next, every second one is kept."""
    points = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]], dtype=np.float32)
    dataset = Dataset.from_embeddings(list("abcde"), points)

    assert without(dataset, by="embeddings", distance=1).selected == ("a", "c", "e")


def test_a_distance_that_joins_nearly_all_is_said(copies: Path) -> None:
    """With how many, and what to do where there is a distance."""
    notes = without(Dataset.from_directory(copies), by="embeddings", distance=9).notes
    for name in ("b.png", "c.png"):
        shutil.copy(copies / "a.png", copies / name)

    assert "strategies[0].input: 7 of 7 samples are in one group: a smaller distance tells more of them apart" in notes
    notes = without(Dataset.from_directory(copies), by="bytes").notes
    assert "strategies[0].input: 4 of 7 samples are in one group" in notes


@pytest.mark.parametrize(("by", "distance"), [("embeddings", 0.1), ("phash", 4)])
def test_the_host_follows_the_search_and_stops_it(copies: Path, by: str, distance: float) -> None:
    """While samples are compared: it is told how many are settled, up to all, and asked whether to go on."""
    said: list[tuple[int, int]] = []
    cancel = Event()

    def follow(progress: Progress) -> None:
        if progress.stage == "preparing":
            said.append((progress.done, progress.total))

    def stop(progress: Progress) -> None:
        if progress.stage == "preparing":
            cancel.set()

    dataset = Dataset.from_directory(copies)
    without(dataset, {"progress": follow}, by=by, distance=distance)

    assert said == sorted(said)
    assert said[-1][0] == said[-1][1] > 1
    with pytest.raises(errors.Cancelled):
        without(dataset, {"progress": stop, "cancel": cancel}, by=by, distance=distance)


def test_no_duplicates_are_said(copies: Path) -> None:
    """A user who expected some learns that there are none."""
    (copies / "a_copy.png").unlink()

    assert (
        "strategies[0].input: no duplicates among the samples"
        in without(Dataset.from_directory(copies), by="bytes").notes
    )


def test_old_images_are_not_opened_for_new_ones(copies: Path, tmp_path: Path, counted: Counter[str]) -> None:
    """What is in the store is compared with, and neither opened nor decoded."""
    store = {"store": tmp_path / "store"}
    without(Dataset.from_directory(copies), store, by="phash")
    counted.clear()
    scene(1).resize((80, 80)).save(copies / "new.png")
    result = without(Dataset.from_directory(copies), store, by="phash")

    assert "new.png" not in result.selected
    assert counted == {"open": 1, "decode": 1}


def test_bytes_decode_nothing(copies: Path, counted: Counter[str]) -> None:
    """Each file is opened once."""
    without(Dataset.from_directory(copies), by="bytes")

    assert counted == {"open": 7}


@pytest.mark.parametrize(
    ("params", "path", "message"),
    [
        ({}, "by", "is missing"),
        ({"by": "looks"}, "by", "is not one of"),
        (
            {"by": "bytes", "distance": 1},
            "distance",
            "goes with by 'phash' and 'embeddings'; by 'bytes' duplicates are",
        ),
        ({"by": "phash", "distance": 17}, "distance", "is a number of bits from 0 to 16, not 17"),
        ({"by": "phash", "distance": 1.5}, "distance", "is a number of bits from 0 to 16, not 1.5"),
        ({"by": "embeddings", "distance": -1}, "distance", "-1 is less than the minimum of 0"),
        ({"by": "phash", "keep": "best"}, "keep", '"best" is not one of "first"'),
        ({"by": "phash", "keep": 3}, "keep", '3 is not one of "first"'),
        ({"by": "phash", "keep": {"order": "largest"}}, "keep.key", "is missing"),
        ({"by": "phash", "keep": {"key": "lightly.width", "order": "most"}}, "keep.order", '"most" is not one of'),
        ({"by": "phash", "keep": {"key": "lightly.sharp"}}, "keep.key", "Did you mean 'lightly.sharpness'?"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(params: dict[str, Any], path: str, message: str) -> None:
    """Before any image is opened."""
    with pytest.raises(errors.ConfigError) as caught:
        validate(config(**params), registry=REGISTRY)

    assert [problem.path for problem in caught.value.problems] == [f"strategies[0].input.{path}"]
    assert message in caught.value.problems[0].message


def test_a_category_has_no_largest_value(copies: Path) -> None:
    """A key that can't rank samples is refused before any image is opened."""
    dataset = Dataset.from_directory(copies).with_metadata({"sample": ["a.png"], "weather": ["rain"]})
    with pytest.raises(errors.ConfigError, match=r"keep\.key: 'weather' is a category, which has no largest value"):
        without(dataset, by="pixels", keep={"key": "weather"})


def test_images_that_are_no_files_have_no_bytes() -> None:
    """That is why they are left out, and by pixels they are compared."""
    flat = np.zeros((4, 4, 3), np.uint8)
    dataset = Dataset.from_images(["a", "b"], [flat, flat])

    assert without(dataset, by="pixels").selected == ("a",)
    with pytest.raises(errors.RunError, match="the image is no file: it has no content"):
        without(dataset, by="bytes")


RAMP = np.arange(64, dtype=np.uint8) * 3
HASHED = {
    "black": Image.new("L", (40, 40)),
    "white": Image.new("L", (40, 40), 255),
    "gray": Image.new("L", (9, 7), 93),
    "across": Image.fromarray(np.tile(RAMP, (50, 1))),
    "down": Image.fromarray(np.tile(RAMP[:, None], (1, 50))),
    "board": Image.fromarray((np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8)),
    **{f"scene {seed}": scene(seed) for seed in range(6)},
}
#: By imagehash 4.3.2 with SciPy 1.17.1.
EXPECTED = {
    "black": "0000000000000000",
    "white": "8000000000000000",
    "gray": "8000000000000000",
    "across": "aa00000000000000",
    "down": "8000800080008000",
    "board": "aa00aa00aa00aa00",
    "scene 0": "9e11a9f393a46c59",
    "scene 1": "a1d6a939ec0c16f3",
    "scene 2": "95d9585613aced61",
    "scene 3": "f853e9c3ceb91046",
    "scene 4": "ccd18386ac297bd6",
    "scene 5": "e9e1ecd96c9c1161",
}


def phashes(images: dict[str, Image.Image]) -> dict[str, str]:
    """As imagehash prints them."""
    dataset = Dataset.from_images(list(images), list(images.values()))
    values = compute(dataset, ["hash.phash"], registry=REGISTRY)["hash.phash"].values.view(np.uint64)
    return dict(zip(images, (f"{value:016x}" for value in values.tolist()), strict=True))


def test_the_perceptual_hash_is_that_of_imagehash() -> None:
    """Bit for bit, of blobs and of flat and striped images."""
    assert phashes(HASHED) == EXPECTED


def test_imagehash_says_the_same() -> None:
    """Where it is installed, of more blobs."""
    imagehash = pytest.importorskip("imagehash")
    images = HASHED | {f"more {seed}": scene(seed, 40 + seed) for seed in range(10, 60)}

    assert phashes(images) == {name: str(imagehash.phash(image)) for name, image in images.items()}


SIZES = [(1, 1), (127, 90), (128, 224), (400, 533), (533, 400), (301, 452), (400, 768), (700, 1369), (256, 1)]


@pytest.mark.parametrize("size", SIZES)
def test_squares_are_those_of_pillow(size: tuple[int, int]) -> None:
    """To the last bit, of noise, of black and white, and of a board whose sums are half way between two bytes."""
    noise = np.random.default_rng(size[0]).integers(0, 256, size[::-1], dtype=np.uint8)
    board = (np.indices(size[::-1]).sum(axis=0) % 2 * 255).astype(np.uint8)
    for pixels in (noise, noise // 128 * np.uint8(255), board):
        image = Image.fromarray(pixels)
        expected = np.asarray(image.resize((32, 32), Image.Resampling.LANCZOS))

        assert np.array_equal(lanczos.square(image, 32), expected)


def slowly_digested(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
    """What the page of hash.pixels says, word by word."""
    height, width, _ = pixels.shape
    content = pixels.tobytes()
    content += bytes(-len(content) % 8)
    weights = np.random.PCG64(2014).random_raw(16384).tolist()
    found = blake2b(struct.pack("<II", width, height), digest_size=8)
    words = [content[first : first + 8] for first in range(0, len(content), 8)]
    for first in range(0, len(words), 8192):
        part = words[first : first + 8192]
        for order, start in (("little", 0), ("big", 8192)):
            of_words = [int.from_bytes(word, order) for word in part]  # type: ignore[arg-type]
            total = sum(word * weight for word, weight in zip(of_words, weights[start:], strict=False))
            found.update(struct.pack("<Q", total % 2**64))
    return int.from_bytes(found.digest(), "big", signed=True)


@pytest.mark.parametrize("size", [(1, 1), (4, 2), (101, 7), (256, 256), (300, 293), (1024, 700)])
def test_a_digest_of_pixels_follows_its_definition(size: tuple[int, int]) -> None:
    """Of less than a word, of whole words, and of more than are summed up at a time."""
    pixels = np.random.default_rng(size[0]).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    values = compute(Dataset.from_images(["it"], [pixels]), ["hash.pixels"], registry=REGISTRY)["hash.pixels"].values

    assert values.tolist() == [slowly_digested(pixels)]


@pytest.mark.parametrize("lane", range(8))
def test_one_byte_makes_another_digest(lane: int) -> None:
    """Wherever in a word it is, and if two change that could cancel each other."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    images = [pixels]
    for values in ([128], [1], [128, 128], [255, 1]):
        images.append(pixels.copy())
        images[-1].reshape(-1)[lane : lane + 8 * len(values) : 8] = values
    names = [str(number) for number in range(len(images))]
    found = compute(Dataset.from_images(names, images), ["hash.pixels"], registry=REGISTRY)["hash.pixels"].values

    assert len(set(found.tolist())) == len(images)


def test_pixels_are_those_of_every_format(tmp_path: Path) -> None:
    """A palette, an RGB image and one with alpha of the same colours have one digest, and another shape another one."""
    palette = scene(0).quantize(16)
    images = [
        palette,
        palette.convert("RGB"),
        palette.convert("RGBA"),
        Image.fromarray(np.asarray(palette.convert("RGB")).reshape(32, 128, 3)),
    ]
    values = compute(Dataset.from_images(list("abcd"), images), ["hash.pixels"], registry=REGISTRY)[
        "hash.pixels"
    ].values

    assert len(set(values[:3].tolist())) == 1
    assert values[3] != values[0]


def test_a_reason_for_lacking_content_is_kept(copies: Path, tmp_path: Path) -> None:
    """From the store, a later run tells why an image has no value, as the first one did."""
    dataset = Dataset.from_directory(copies)
    assert dataset.images is not None

    class Opened(type(dataset.images)):  # type: ignore[misc]
        """Hands out decoded images in place of files."""

        def open(self, name: str) -> Any:
            return Image.open(copies / name)

    images = Opened.__new__(Opened)
    images.__dict__.update(vars(dataset.images))
    opened = attrs.evolve(dataset, images=images)
    first, second = (
        compute(opened, ["hash.bytes", "lightly.width"], registry=REGISTRY, store=tmp_path / "store").failures
        for _ in range(2)
    )

    assert first == second
    assert "it has no content" in str(first[0])
