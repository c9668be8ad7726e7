"""What plugins change beyond their results, in the host's own process, is undone."""

from __future__ import annotations

import decimal
import locale
import os
import random
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

from tamis import Dataset, Metric, Registry, compute
from tamis.measuring.surroundings import same_settings

CHANGES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "numpy's errors": (lambda: np.seterr(all="raise"), np.geterr),
    "numpy's printing": (lambda: np.set_printoptions(precision=2), np.get_printoptions),
    "decimal": (lambda: setattr(decimal.getcontext(), "prec", 3), lambda: decimal.getcontext().prec),
    "filters of warnings": (lambda: warnings.simplefilter("ignore"), lambda: list(warnings.filters)),
    "the folder": (lambda: os.chdir("/"), os.getcwd),
    "the locale": (
        lambda: locale.setlocale(locale.LC_NUMERIC, "C.UTF-8"),
        lambda: locale.setlocale(locale.LC_ALL),
    ),
    "the decoder": (lambda: setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True), lambda: ImageFile.LOAD_TRUNCATED_IMAGES),
    "limits": (lambda: setattr(Image, "MAX_IMAGE_PIXELS", None), lambda: Image.MAX_IMAGE_PIXELS),
    "chances": (lambda: random.seed(1), random.getstate),
    "numpy's chances": (lambda: np.random.seed(1), lambda: np.random.get_state()[1].tolist()),  # type: ignore[index]
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_plugin_sets_is_as_it_was(what: str, jobs: int, photographs: Path) -> None:
    """Though it fails after that; and the next image sees nothing of it."""
    change, state = CHANGES[what]
    random.seed(7)
    np.random.seed(7)
    before, seen = state(), []

    def sets(header: Any) -> float:
        change()
        raise ValueError

    def sees(header: Any) -> float:
        seen.append(state())
        return 1.0

    registry = Registry(environ=False)
    registry.register(Metric("acme.sets", sets))
    registry.register(Metric("acme.sees", sees))
    dataset = Dataset.from_directory(photographs)
    table = compute(dataset, ["acme.sees", "acme.sets"], registry=registry, jobs=jobs)
    assert state() == before
    assert len(table.failures) == 10
    if "chances" not in what and jobs == 1:
        assert seen == [before] * 10


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_plugin_that_changes_a_limit_of_the_system_is_named(jobs: int, photographs: Path) -> None:
    """Whatever comes after it, and the next image, has the limit that there was."""
    resource = pytest.importorskip("resource")
    before, seen = resource.getrlimit(resource.RLIMIT_NOFILE), []

    def closes(header: Any) -> float:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
        return 1.0

    def sees(header: Any) -> float:
        seen.append(resource.getrlimit(resource.RLIMIT_NOFILE))
        return 1.0

    registry = Registry(environ=False)
    registry.register(Metric("acme.closes", closes))
    registry.register(Metric("acme.sees", sees))
    keys = ["acme.closes", "acme.sees"]
    table = compute(Dataset.from_directory(photographs), keys, registry=registry, jobs=jobs)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
    if jobs == 1:  # on threads, whose doing it is can't be known
        assert {failure.key for failure in table.failures} == {"acme.closes"}
        for failure in table.failures:
            assert "it changes what the system allows the process: RLIMIT_NOFILE" in failure.reason
        assert seen == [before] * 10


def test_chances_of_a_plugin_are_its_own_in_a_run(photographs: Path) -> None:
    """It draws other numbers for each image."""
    registry = Registry(environ=False)
    registry.register(Metric("acme.x", lambda header: random.random()))  # noqa: S311
    values = compute(Dataset.from_directory(photographs), ["acme.x"], registry=registry)["acme.x"].values
    assert len(set(values.tolist())) == 10


def test_to_look_costs_little() -> None:
    """Less than a hundredth of what decoding a photograph of a megapixel does."""
    pixels = np.random.default_rng(0).integers(0, 256, (1000, 1000, 3), dtype=np.uint8)
    import io

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG")

    def best(function: Callable[[], Any]) -> float:
        times = []
        for _ in range(20):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
        return min(times)

    def look() -> None:
        with same_settings():
            pass

    assert best(look) < 0.01 * best(lambda: Image.open(buffer).load())
