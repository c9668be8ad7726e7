"""What is measured on the executor."""

import numpy as np

import tamis
from tamis.templates import executor as plugin


def test_a_run_gives_the_same_there() -> None:
    """By its name and options."""
    (executor,) = plugin.tamis_executors()
    registry = tamis.Registry(block=[executor.name])
    registry.register(plugin)
    images = [np.full((4, 4, 3), shade, dtype=np.uint8) for shade in (10, 200)]
    dataset = tamis.Dataset.from_images(["a", "b"], images)
    here = tamis.compute(dataset, ["lightly.luminance"], registry=registry)
    there = tamis.compute(dataset, ["lightly.luminance"], registry=registry, executor=f"{executor.name}:jobs=3")

    assert there["lightly.luminance"].equals(here["lightly.luminance"])
