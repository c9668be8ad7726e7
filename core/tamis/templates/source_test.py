"""What the source finds, in a run, and what the kit says of it."""

import json
from pathlib import Path

from PIL import Image

import tamis
from tamis.templates import source as plugin
from tamis.testing import check_source


def written(folder: Path) -> Path:
    """A list of two images."""
    for name, width in (("b.png", 8), ("a.png", 6)):
        Image.new("RGB", (width, 4)).save(folder / name)
    path = folder / "two.images.json"
    path.write_text(json.dumps({"images": ["b.png", "a.png"]}))
    return path


def test_the_list_is_measured_in_its_order(tmp_path: Path) -> None:
    """By its suffix, the location is known to be this source's."""
    (source,) = plugin.tamis_sources()
    registry = tamis.Registry(block=[source.name])
    registry.register(plugin)
    dataset = tamis.Dataset.open(written(tmp_path), registry=registry)
    table = tamis.compute(dataset, ["lightly.width"], registry=registry)

    assert dataset.samples == ("b.png", "a.png")
    assert table["lightly.width"].values.tolist() == [8, 6]


def test_conformance(tmp_path: Path) -> None:
    """No check fails on that list."""
    (source,) = plugin.tamis_sources()
    results = check_source(source, location=str(written(tmp_path)))

    assert [result for result in results if result.status == "failed"] == []
