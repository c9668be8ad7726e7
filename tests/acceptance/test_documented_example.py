"""The documented example of the format: four strategies of four kinds of input in one run, on a project made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.acceptance.test_command_line import tamis

CONFIG: dict[str, Any] = {
    "n_samples": 6,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "weather.description"},
            "strategy": {
                "type": "BALANCE",
                "distribution": "TARGET",
                "target": {"sunny": 0.5, "cloudy": 0.5},
            },
        },
        {
            "input": {"type": "EMBEDDINGS", "task": "object-detection"},
            "strategy": {"type": "DIVERSITY"},
        },
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {
            "input": {
                "type": "SCORES",
                "task": "object-detection",
                "score": "uncertainty_entropy",
            },
            "strategy": {"type": "WEIGHTS"},
        },
    ],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Twenty-four street scenes: a grey road with up to three vehicles, three in four under a blue sky."""
    random = np.random.default_rng(11)
    predictions, metadata = (tmp_path / ".lightly" / name for name in ("predictions", "metadata"))
    for folder in (tmp_path / "frames", predictions / "object-detection" / "frames", metadata / "frames"):
        folder.mkdir(parents=True)
    (predictions / "tasks.json").write_text('["object-detection"]')
    categories = [{"id": number, "name": name} for number, name in enumerate(["car", "bus", "truck"])]
    schema = {"task_type": "object-detection", "categories": categories}
    (predictions / "object-detection" / "schema.json").write_text(json.dumps(schema))
    entry = {
        "name": "Weather",
        "path": "weather.description",
        "defaultValue": "unknown",
        "valueDataType": "CATEGORICAL_STRING",
    }
    (metadata / "schema.json").write_text(json.dumps([entry]))
    for number in range(24):
        weather = "cloudy" if number % 4 == 3 else "sunny"
        image = Image.new("RGB", (64, 48), (150, 150, 160) if weather == "cloudy" else (90, 140, 240))
        image.paste((70, 70, 70), (0, 30, 64, 48))
        objects = []
        for place in range(number % 4):
            left, top = 2 + 20 * place, int(random.integers(22, 30))
            image.paste(tuple(random.integers(0, 256, 3).tolist()), (left, top, left + 16, top + 12))
            probabilities = random.dirichlet([1, 1, 1])
            objects.append(
                {
                    "category_id": int(probabilities.argmax()),
                    "bbox": [left, top, 16, 12],
                    "score": float(probabilities.max()),
                    "probabilities": probabilities.tolist(),
                }
            )
        name = f"frames/{number:02}"
        image.save(tmp_path / f"{name}.png")
        document = {"file_name": f"{name}.png", "predictions": objects}
        (predictions / "object-detection" / f"{name}.json").write_text(json.dumps(document))
        document = {"file_name": f"{name}.png", "type": "image", "metadata": {"weather": {"description": weather}}}
        (metadata / f"{name}.json").write_text(json.dumps(document))
    return tmp_path


def test_the_documented_example_runs_as_it_stands(project: Path, tmp_path: Path) -> None:
    """Both weathers though one is rare, first an image with objects, the same list twice, all in the manifest."""
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    tamis("select", tmp_path / "config.json", "--input", project, "-o", tmp_path / "one", "--jobs", 2)
    tamis("select", tmp_path / "config.json", "--input", project, "-o", tmp_path / "two", "--jobs", 1)
    manifest = json.loads((tmp_path / "one" / "selection.json").read_text())
    selected = (tmp_path / "one" / "selected.txt").read_text()
    numbers = [int(Path(name).stem) for name in selected.split()]

    assert selected == (tmp_path / "two" / "selected.txt").read_text()
    assert len(set(numbers)) == 6
    assert 2 <= sum(number % 4 == 3 for number in numbers) <= 4
    assert numbers[0] % 4, "without an object its score is 0"
    assert manifest["counts"]["failed"] == 0
    assert manifest["embeddings"] == {
        "embedder": "descriptor",
        "version": "1",
        "options": {},
        "dimensions": 193,
        "normalized": True,
        "subjects": {
            "EMBEDDINGS": {"task": None, "padding": 0.0, "min_size": 1},
            "object-detection.EMBEDDINGS": {"task": "object-detection", "padding": 0.0, "min_size": 1},
        },
        "queries": [],
    }
    assert all(len(pick["objectives"]) == 4 for pick in manifest["picks"])
    assert {"DIVERSITY", "BALANCE", "EMBEDDINGS", "descriptor", "uncertainty_entropy"} <= {
        plugin["key"] for plugin in manifest["plugins"]
    }
