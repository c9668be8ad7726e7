"""What the scorer makes of predictions, in a run."""

import json
from pathlib import Path

from PIL import Image

import tamis
from tamis.templates import scorer as plugin


def test_the_surest_object_counts(tmp_path: Path) -> None:
    """Of two objects with the scores 0.25 and 0.75."""
    (scorer,) = plugin.tamis_scorers()
    registry = tamis.Registry(block=[scorer.name])
    registry.register(plugin)
    task = tmp_path / ".lightly" / "predictions" / "cars"
    task.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    objects = [{"category_id": 0, "bbox": [0, 0, 2, 2], "score": score} for score in (0.25, 0.75)]
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    (task / "schema.json").write_text(json.dumps(schema))
    (task / "a.json").write_text(json.dumps({"file_name": "a.png", "predictions": objects}))
    (task.parent / "tasks.json").write_text('["cars"]')
    entry = {"input": {"type": "SCORES", "task": "cars", "score": scorer.name}, "strategy": {"type": "WEIGHTS"}}
    dataset = tamis.Dataset.from_directory(tmp_path)
    result = tamis.select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=registry)

    assert result.columns[0].cells() == [0.25]
