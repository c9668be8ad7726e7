"""What the strategy selects, in a run."""

import numpy as np

import tamis
from tamis.templates import strategy as plugin


def test_the_extremes_are_selected() -> None:
    """The first sample wins the tie of the first pick; the one farthest from it comes next."""
    (strategy,) = plugin.tamis_strategies()
    registry = tamis.Registry(block=[strategy.type])
    registry.register(plugin)
    images = [np.zeros((4, width, 3), dtype=np.uint8) for width in (5, 6, 9)]
    dataset = tamis.Dataset.from_images(["a", "b", "c"], images)
    entry = {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": strategy.type}}
    result = tamis.select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=registry)

    assert result.selected == ("a", "c")
