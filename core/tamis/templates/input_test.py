"""What the input provides for a dataset, in a run."""

import numpy as np

import tamis
from tamis.templates import input as plugin


def test_the_number_is_in_the_name() -> None:
    """A sample without one is left out, and the reason is recorded."""
    (provider,) = plugin.tamis_input_providers()
    registry = tamis.Registry(block=[provider.type])
    registry.register(plugin)
    names = ["frame_7.jpg", "frame_10.jpg", "cover.jpg"]
    dataset = tamis.Dataset.from_images(names, [np.zeros((4, 4, 3), dtype=np.uint8)] * 3)
    entry = {"input": {"type": provider.type, "factor": 2}, "strategy": {"type": "WEIGHTS"}}
    result = tamis.select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=registry)

    assert result.columns[0].cells() == [14, 20, None]
    assert result.selected == ("frame_10.jpg", "frame_7.jpg")
    assert [failure.reason for failure in result.failures] == ["its name has no digits"]
