"""What the export writes of a selection."""

from pathlib import Path

import numpy as np

import tamis
from tamis.templates import export as plugin


def test_ranks_and_names(tmp_path: Path) -> None:
    """In the order picked."""
    (export,) = plugin.tamis_exports()
    registry = tamis.Registry(block=[export.name])
    registry.register(plugin)
    images = [np.zeros((4, width, 3), dtype=np.uint8) for width in (5, 9)]
    dataset = tamis.Dataset.from_images(["a.png", "b.png"], images)
    entry = {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}}
    selection = tamis.select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=registry)
    notes = selection.export(export.name, tmp_path / "ranks.txt", registry=registry, separator=" ")

    assert (tmp_path / "ranks.txt").read_text() == "1 b.png\n2 a.png\n"
    assert notes == (f"2 samples -> {tmp_path / 'ranks.txt'}",)
