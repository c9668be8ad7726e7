"""Opening a dataset again from what a result says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from tamis.data.names import text_of
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError


def reopened(origin: Mapping[str, Any], samples: Sequence[str], registry: Registry) -> Dataset:
    """The dataset of these samples.

    Args:
        origin: As `Dataset.origin` has it.
        samples: Names of the samples, as a table has them.
        registry: The plugins.

    Raises:
        DatasetError: it was in memory, isn't where it was, or has lost samples.
    """
    dataset = _opened(origin, samples, registry)
    known = {text_of(name): name for name in dataset.samples}
    if lost := [name for name in samples if text_of(name) not in known]:
        raise DatasetError(f"the dataset no longer has {len(lost)} of its {len(samples)} samples, such as {lost[0]!r}")
    return attrs.evolve(dataset.subset([known[text_of(name)] for name in samples]), origin=origin)


def _opened(origin: Mapping[str, Any], samples: Sequence[str], registry: Registry) -> Dataset:
    if not origin:
        raise DatasetError("the dataset was in memory, and can't be opened again: pass it (dataset=)")
    if "concat" in origin:
        dataset = Dataset.concat(
            {
                label: _opened(
                    part, [name.partition("/")[2] for name in samples if name.startswith(f"{label}/")], registry
                )
                for label, part in origin["concat"].items()
            }
        )
    else:
        options = dict(origin["options"])
        if origin.get("listed"):
            options["names"] = list(samples)
        dataset = Dataset._open(origin["location"], origin["source"], options, registry)
    if origin.get("alone"):
        dataset = dataset.unannotated()
    for record in origin.get("annotations", ()):
        dataset = dataset._annotate(record["format"], record["location"], record["name"], record["options"], registry)
    return dataset
