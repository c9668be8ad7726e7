"""What several tests build: distributions that look installed, and folders of images."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# Before numpy is imported, here and in what tests start: they run side by side, and threads of each would be in the way
# of the others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Nor does each of what they start compile tamis again, as it would where Python is told to write no bytecode.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageFile

# How long an example takes says more about the machine than about the program. Every run draws others, so that there
# need not be many.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution on ``sys.path`` as pip would leave it: a dist-info folder, and modules.

    ``install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x="...source...")``
    """
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)

    def install(name: str, entry_points: dict[str, dict[str, str]], *, version: str = "1.0", **modules: str) -> None:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        groups = (
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
            for group, entries in entry_points.items()
        )
        (info / "entry_points.txt").write_text("\n".join(groups))
        (info / "INSTALLER").write_text("pip\n")
        for module, source in modules.items():
            (site / f"{module}.py").write_text(source)

    yield install
    for module in set(sys.modules) - before:
        if str(getattr(sys.modules[module], "__file__", "")).startswith(str(site)):
            del sys.modules[module]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's cache folder is a test's own."""
    folder = tmp_path_factory.mktemp("cache")
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(folder))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often Pillow opens files and decodes pixels, counted inside Pillow."""
    counts: Counter[str] = Counter()
    real_open, real_load = ImageFile.ImageFile.__init__, ImageFile.ImageFile.load

    def counting_open(*args: Any, **kwargs: Any) -> None:
        counts["open"] += 1
        real_open(*args, **kwargs)

    def counting_load(self: ImageFile.ImageFile) -> Any:
        counts["decode"] += bool(self.tile)  # what is still to be decoded; Pillow empties it
        return real_load(self)

    monkeypatch.setattr(ImageFile.ImageFile, "__init__", counting_open)
    monkeypatch.setattr(ImageFile.ImageFile, "load", counting_load)
    return counts


def metric_module(*keys: str, body: str = "return 1.0") -> str:
    """The source of a plugin module that declares metrics."""
    yields = "\n".join(f"    yield Metric({key!r}, measure)" for key in keys)
    return (
        "from tamis import Metric, hookimpl\n"
        f"def measure(header):\n    {body}\n"
        f"@hookimpl\ndef tamis_metrics():\n{yields}\n"
    )


def photograph(seed: int, size: tuple[int, int] = (48, 36)) -> Image.Image:
    """A smooth image with some grain, different for each seed."""
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize(size)
    pixels = np.asarray(coarse) + random.normal(0, 2 + seed % 5, (size[1], size[0], 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder with ten images in two folders: ``a/0.png`` ... ``b/9.png``."""
    root = tmp_path / "photographs"
    for number in range(10):
        path = root / ("a" if number < 5 else "b") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(number).save(path)
    return root
