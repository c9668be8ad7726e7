"""Which samples have the issue, in an inspection."""

import numpy as np

import tamis
from tamis.templates import issue as plugin


def test_flat_images_have_it() -> None:
    """One of two grey values that are next to each other, and not one of black and white."""
    (issue,) = plugin.tamis_issues()
    registry = tamis.Registry(block=[issue.name])
    registry.register(plugin)
    images = [np.array([[low, high]] * 2, dtype=np.uint8) for low, high in ((90, 91), (0, 255))]
    dataset = tamis.Dataset.from_images(["fog.png", "clear.png"], images)
    (found,) = tamis.inspect(dataset, issues=[issue.name], registry=registry).summary

    assert found.samples == ("fog.png",)
