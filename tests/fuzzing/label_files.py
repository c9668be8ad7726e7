"""Seeded label files that are nearly right, in the formats that most have, for images 0.png, 1.png and 2.png."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.fuzzing.generators import as_json, damaged, mutated

COUNT = 3


def coco(random: random.Random, folder: Path) -> Path:
    """One file of boxes and outlines."""
    path = folder.with_suffix(".json")
    outline = [random.random() * 9 for _ in range(8)]
    objects = [
        {"id": n, "image_id": n % COUNT, "category_id": 1 + n % 2, "bbox": [1, 1, 3.5, 2], "segmentation": [outline]}
        for n in range(random.randrange(1, 6))
    ]
    data = {
        "images": [{"id": n, "file_name": f"{n}.png", "width": 8 + n, "height": 6} for n in range(COUNT)],
        "annotations": objects,
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    path.write_bytes(as_json(random, mutated(random, data)))
    return path


def yolo(random: random.Random, folder: Path) -> Path:
    """A file for each image, and one of the names."""
    (folder / "labels").mkdir(parents=True)
    names = b"names:\n  0: cat\n  1: dog\n"
    (folder / "data.yaml").write_bytes(damaged(random, names) if random.random() < 0.2 else names)
    for number in range(COUNT):
        rows = [
            " ".join([str(random.randrange(2)), *(f"{random.random():.4f}" for _ in range(random.choice((4, 8))))])
            for _ in range(random.randrange(4))
        ]
        (folder / f"labels/{number}.txt").write_bytes(damaged(random, "\n".join(rows).encode()))
    return folder


def voc(random: random.Random, folder: Path) -> Path:
    """A file for each image."""
    folder.mkdir()
    box = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>6.5</xmax><ymax>5</ymax></bndbox>"
    for number in range(COUNT):
        objects = f"<object><name>{random.choice('ab')}</name>{box}</object>" * random.randrange(3)
        size = f"<size><width>{8 + number}</width><height>6</height></size>"
        text = f"<annotation><filename>{number}.png</filename>{size}{objects}</annotation>"
        (folder / f"{number}.xml").write_bytes(damaged(random, text.encode()))
    return folder


LABELS: dict[str, Callable[[random.Random, Path], Path]] = {each.__name__: each for each in (coco, yolo, voc)}
