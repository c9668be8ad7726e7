"""Vectors come of the same pass: one decode for images, their objects and everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Lock
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Embedder, Registry
from tamis.measuring.embedding import Embedding
from tamis.measuring.jobs import Job
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import Run
from tamis.measuring.vectors import Boxes, Wanted
from tamis.progress import Monitor


def corner_embedder(**options: Any) -> Embedder:
    """Size and first and last pixel of what it gets: ``[height, width, first, last]``."""

    def embed(images: list[Any]) -> Any:
        return np.array([[*image.shape[:2], image[0, 0, 0], image[-1, -1, 0]] for image in images], dtype=float)

    return Embedder("corners", embed, dim=4, version="1", **options)


def run(dataset: Dataset, wanted: Mapping[str, Wanted], registry: Registry, jobs: int = 1, **more: Any) -> Measurements:
    """One pass for these vectors, and a metric."""
    tasks = more.pop("tasks", {})
    recipe = Recipe.of(["lightly.luminance"], registry, tasks, wanted)
    return measure(dataset, recipe, Run(registry, Monitor(), jobs=jobs), more.pop("boxes", None))


@pytest.fixture
def registry() -> Registry:
    """The built-ins, and the embedder above."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(corner_embedder())
    return registry


def gradient(width: int, height: int) -> np.ndarray[Any, Any]:
    """Pixels whose value is ``10 * row + column``."""
    return (np.arange(height)[:, None, None] * 10 + np.arange(width)[None, :, None]).repeat(3, 2).astype(np.uint8)


@pytest.mark.parametrize("jobs", [1, 2])
def test_images_and_objects_have_vectors(registry: Registry, jobs: int) -> None:
    """By hand: boxes cut out of the image, in order; the dropped are counted; a sample without objects has none."""
    dataset = Dataset.from_images(["a", "b", "c"], [gradient(8, 6), gradient(5, 4), gradient(4, 4)])
    nowhere = [np.nan] * 4
    boxes = Boxes(
        np.array([0, 4, 4, 5]),
        np.array([[1, 2, 3, 2], nowhere, [6, 4, 10, 10], [2, 2, 0.5, 3], [0, 0, 4, 4]], dtype=float),
    )
    embedding = Embedding.of(registry.embedder("corners"), {})
    wanted = {"whole": Wanted(embedding), "cars": Wanted(embedding, "cars")}
    measured = run(dataset, wanted, registry, jobs, boxes={"cars": boxes})

    whole, cars = measured.vectors["whole"], measured.vectors["cars"]
    assert whole.values.tolist() == [[6, 8, 0, 57], [4, 5, 0, 34], [4, 4, 0, 33]]
    assert whole.values.dtype == np.float32
    assert whole.offsets is None
    assert cars.offsets is not None
    assert cars.offsets.tolist() == [0, 2, 2, 3]
    assert cars.values.tolist() == [[2, 3, 21, 33], [2, 2, 46, 57], [4, 4, 0, 33]]
    assert cars.dropped.tolist() == [2, 0, 0]  # one without a box, one less than a pixel wide
    assert whole.valid.all()
    assert cars.valid.all()
    assert measured.columns["lightly.luminance"].valid.all()


@pytest.mark.parametrize(
    ("box", "padding", "corners"),
    [
        ([10, 20, 40, 20], 0.0, [10, 20, 50, 40]),
        ([10, 20, 40, 20], 0.1, [8, 19, 52, 41]),  # 44 x 22 around (30, 30)
        ([10, 20, 5, 5], 0.1, [9, 19, 15, 25]),  # 9.75 .. 15.25, truncated
        ([-10, 20, 40, 20], 0.5, [0, 15, 37, 45]),  # clipped to 0 .. 30 first
        ([80, 40, 40, 40], 1.0, [70, 35, 100, 50]),
    ],
)
def test_a_box_is_clipped_padded_clipped_and_truncated(
    registry: Registry, box: list[float], padding: float, corners: list[int]
) -> None:
    """By hand, in an image of 100 x 50."""
    wanted = Wanted(Embedding.of(registry.embedder("corners"), {}), "t", padding=padding)

    assert wanted.corners(np.array([box], dtype=float), 100, 50).tolist() == [corners]


def test_small_objects_are_dropped(registry: Registry) -> None:
    """Those narrower or lower than ``min_size`` after padding."""
    wanted = Wanted(Embedding.of(registry.embedder("corners"), {}), "t", padding=0.5, min_size=3)
    kept, dropped = wanted.cut(gradient(20, 20), np.array([[4, 4, 2, 2], [4, 4, 1, 9], [4, 4, 2, 3]], dtype=float))

    assert [image.shape for image in kept] == [(3, 3, 3), (4, 3, 3)]  # 3.5..6.5 and 3.25..7.75
    assert dropped == 1


def test_objects_of_an_auto_task_are_embedded_in_the_same_decode(
    photographs: Path, registry: Registry, counted: Counter[str]
) -> None:
    """Tiles, their vectors, vectors of the images and a metric: ten images, ten opens, ten decodes."""
    tiles = Job.of("tiles", registry.task("TILING"), {"num_rows": 2, "num_cols": 3, "overlap": 0})
    embedding = Embedding.of(registry.embedder("corners"), {})
    wanted = {"tiles": Wanted(embedding, "tiles"), "images": Wanted(embedding)}
    measured = run(Dataset.from_directory(photographs), wanted, registry, tasks={"tiles": tiles})

    assert counted == {"open": 10, "decode": 10}
    assert measured.vectors["tiles"].values[:, :2].tolist() == [[18, 16]] * 60  # of 48 x 36
    assert measured.vectors["images"].values[:, :2].tolist() == [[36, 48]] * 10


def test_an_embedder_that_fails_costs_the_sample_its_vectors(registry: Registry) -> None:
    """Those of its batch have theirs; the reason names the plugin."""

    def embed(images: list[Any]) -> Any:
        if any(image[0, 0, 0] == 13 for image in images):
            raise ValueError("unlucky")
        return np.array([[image.mean()] for image in images])

    registry.register(Embedder("picky", embed, dim=1, version="1"))
    frames = [np.full((3, 3, 3), value, dtype=np.uint8) for value in (7, 13, 21)]
    wanted = {"v": Wanted(Embedding.of(registry.embedder("picky"), {}))}
    measured = run(Dataset.from_images(["a", "b", "c"], frames), wanted, registry)

    assert measured.vectors["v"].valid.tolist() == [True, False, True]
    assert measured.vectors["v"].values[[0, 2], 0].tolist() == [7, 21]
    assert [(f.sample, f.stage, f.key) for f in measured.failures] == [("b", "embed", "v")]
    assert measured.failures[0].reason == "ValueError: unlucky ((in process) [Embedder])"


def test_an_embedder_is_called_from_one_thread_at_a_time(registry: Registry) -> None:
    """However many threads measure."""
    busy, overlapped = Lock(), Event()

    def embed(images: list[Any]) -> Any:
        if not busy.acquire(blocking=False):
            overlapped.set()
            return np.zeros((len(images), 1))
        try:
            return np.array([[image.mean()] for image in images])
        finally:
            busy.release()

    registry.register(Embedder("alone", embed, dim=1, version="1"))
    frames = [gradient(40, 20)] * 300
    wanted = {"v": Wanted(Embedding.of(registry.embedder("alone"), {}))}
    measured = run(Dataset.from_images([f"{n}" for n in range(300)], frames), wanted, registry, jobs=4)

    assert not overlapped.is_set()
    assert measured.vectors["v"].valid.all()
