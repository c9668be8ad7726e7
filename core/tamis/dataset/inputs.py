"""A dataset from what a command line, or a file, says of its inputs and annotations."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePath

from tamis.config.locations import Location, parse_location
from tamis.dataset.dataset import LIGHTLY, Dataset
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError, did_you_mean


def open_inputs(
    inputs: Sequence[str],
    annotations: Sequence[str],
    registry: Registry,
    *,
    lightly: str | os.PathLike[str] | None = None,
) -> Dataset:
    """The samples of all inputs, with their annotations.

    Args:
        inputs: ``[LABEL=][SOURCE:]LOCATION[,OPTION=VALUE...]``. With several, or a label, samples are named
            ``LABEL/name``; the label is by default the last part of the location.
        annotations: ``[NAME=]FORMAT:LOCATION[,OPTION=VALUE...]``.
        registry: The plugins.
        lightly: The folder that holds ``.lightly/``, in place of annotations that come along with the inputs.

    Raises:
        DatasetError: a location can't be used, a label is there twice, or no format is named.
        ConfigError: options are wrong.
    """
    located = [parse_location(text, "--input", registry.keys("source")) for text in inputs]
    wanted = [_with_format(text, registry) for text in annotations]
    labels = [_label(location) for location in located]
    for label in labels:
        if labels.count(label) > 1:
            first, second, *_ = (text for text, other in zip(inputs, labels, strict=True) if other == label)
            raise DatasetError(
                f"the inputs {first!r} and {second!r} are both called {label!r}: name them apart, "
                f"--input LABEL={second}"
            )
    opened = [Dataset.open(each.text, each.plugin, registry=registry, **each.options) for each in located]
    if len(opened) == 1 and located[0].label is None:
        dataset = opened[0]
    else:
        dataset = Dataset.concat(dict(zip(labels, opened, strict=True)))
    if lightly is not None:
        dataset = dataset.unannotated().annotate(LIGHTLY, lightly, registry=registry)
    for each in wanted:
        dataset = dataset.annotate(each.plugin or "", each.text, each.label, registry=registry, **each.options)
    return dataset


def _label(location: Location) -> str:
    """What was said, or the last part of the location."""
    if location.label is not None:
        return location.label
    text = location.text.rstrip("/\\")
    if os.path.lexists(location.text):
        text = os.path.realpath(location.text)
    return PurePath(text).name or "input"


def _with_format(text: str, registry: Registry) -> Location:
    formats = registry.keys("annotation")
    location = parse_location(text, "--annotations", formats)
    if location.plugin is None:
        raise DatasetError(f"--annotations {text}: name the format, FORMAT:LOCATION{did_you_mean('', formats)}")
    return location
