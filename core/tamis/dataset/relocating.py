"""A result's dataset at another place than it was."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from tamis.dataset.dataset import Dataset
from tamis.dataset.inputs import annotated, open_inputs
from tamis.dataset.reopening import reopened
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError


def relocated(
    origin: Mapping[str, Any],
    samples: Sequence[str],
    registry: Registry,
    *,
    inputs: Sequence[str] = (),
    annotations: Sequence[str] = (),
    lightly: str | os.PathLike[str] | None = None,
) -> tuple[Dataset, tuple[str, ...]]:
    """The dataset, with its images, its annotations or both where they are now; and notes on what isn't there.

    Args:
        origin: As `Dataset.origin` has it.
        samples: Names of the samples, as a table has them.
        registry: The plugins.
        inputs: As `open_inputs` takes them; none if the images are where they were.
        annotations: Likewise. With none of these, and no ``lightly``, they are those that there were.
        lightly: Likewise.

    Raises:
        DatasetError: a location can't be used.
        ConfigError: options are wrong.
    """
    if not inputs:
        dataset = reopened({**origin, "annotations": []}, samples, registry)
        return annotated(dataset, annotations, registry, lightly=lightly), ()
    dataset = open_inputs(inputs, annotations, registry, lightly=lightly)
    if annotations or lightly is not None:
        return dataset, ()
    if origin.get("alone"):
        dataset = dataset.unannotated()
    notes = []
    for each in origin.get("annotations", ()):
        try:
            dataset = dataset._annotate(each["format"], each["location"], each["name"], each["options"], registry)
        except DatasetError as error:
            notes.append(f"{error}: left out, unless --annotations or --lightly says where that is now")
    return dataset, tuple(notes)
