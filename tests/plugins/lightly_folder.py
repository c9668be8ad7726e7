"""Makes ``.lightly`` folders, and datasets that go with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tamis import Dataset
from tamis_plugins.anywhere import tree


class Folder:
    """A dataset of black 8 x 6 images with a ``.lightly`` folder beside them."""

    def __init__(self, root: Path, *samples: str) -> None:
        self.root = root
        for sample in samples:
            path = root / sample
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 6)).save(path)

    def write(self, path: str, data: Any) -> Path:
        """A file below ``.lightly``: JSON data, or bytes as they are."""
        file = self.root / ".lightly" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        return file

    def task(self, task_type: str, categories: list[Any], predictions: dict[str, Any], name: str = "t") -> None:
        """A task, and its prediction for some of the samples, by stem: a list of objects, or what the file holds."""
        self.write("predictions/tasks.json", [name])
        listed = [
            c if isinstance(c, dict) else {"id": number, "name": c, "supercategory": "x"}
            for number, c in enumerate(categories)
        ]
        self.write(f"predictions/{name}/schema.json", {"task_type": task_type, "categories": listed})
        for stem, data in predictions.items():
            self.write(f"predictions/{name}/{stem}.json", {"predictions": data} if isinstance(data, list) else data)

    @property
    def dataset(self) -> Dataset:
        """All of it."""
        return Dataset.from_directory(self.root)


def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files of such folders that are opened from now on, each as often as it is."""
    opened: list[Path] = []
    real = tree.open_file

    def counting(path: str) -> Any:
        opened.append(Path(path))
        return real(path)

    monkeypatch.setattr(tree, "open_file", counting)
    return opened
