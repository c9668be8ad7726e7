"""A host that is sealed: it runs what it was built with, whatever else is installed beside it.

Nothing is looked up: no entry point is read, and no plugin is imported but those below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import tamis
from tamis_plugins.inputs import metadata
from tamis_plugins.strategies import threshold, weights


def megapixels(header: tamis.Header) -> float:
    """Of the stored raster."""
    return header.width * header.height / 1e6


def sealed_registry() -> tamis.Registry:
    """METADATA with one metric of the host's own, THRESHOLD and WEIGHTS; nothing else exists."""
    registry = tamis.Registry(autoload=False, environ=False)
    for plugin in (metadata, threshold, weights, tamis.Metric("host.megapixels", megapixels, unit="MP")):
        registry.register(plugin)
    return registry


def largest(names: Sequence[str], images: Sequence[Any], n: int) -> tuple[str, ...]:
    """The names of the n images with the most pixels."""
    config: Mapping[str, Any] = {
        "n_samples": n,
        "strategies": [
            {"input": {"type": "METADATA", "key": "host.megapixels"}, "strategy": {"type": "WEIGHTS"}},
        ],
    }
    dataset = tamis.Dataset.from_images(names, images)
    return tamis.select(dataset, config, registry=sealed_registry()).selected
