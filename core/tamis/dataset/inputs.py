"""A dataset from what a command line, or a file, says of its inputs and annotations."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import permutations
from pathlib import Path, PurePath

from tamis.config.locations import Location, parse_location
from tamis.dataset.dataset import LIGHTLY, Dataset
from tamis.dataset.images import path_of
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError, did_you_mean
from tamis.printable import without_secrets


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
        DatasetError: a location can't be used, a label is there twice, an image is in two inputs, or no format is
            named.
        ConfigError: options are wrong.
    """
    located = [parse_location(text, "--input", registry.keys("source")) for text in inputs]
    for text in annotations:
        _with_format(text, registry)  # what is wrong with it is said before the inputs are listed
    labels = [_label(location) for location in located]
    inputs = [without_secrets(text) for text in inputs]
    _check_labels(inputs, located, labels)
    opened = [Dataset._open(each.text, each.plugin, each.options, registry) for each in located]
    if len(opened) == 1 and located[0].label is None:
        dataset = opened[0]
    else:
        _check_apart(inputs, located, opened)
        dataset = Dataset.concat(dict(zip(labels, opened, strict=True)))
    return annotated(dataset, annotations, registry, lightly=lightly)


def annotated(
    dataset: Dataset,
    annotations: Sequence[str],
    registry: Registry,
    *,
    lightly: str | os.PathLike[str] | None = None,
) -> Dataset:
    """The dataset with annotations. Arguments and errors are those of `open_inputs`."""
    wanted = [_with_format(text, registry) for text in annotations]
    if lightly is not None:
        dataset = dataset.unannotated().annotate(LIGHTLY, lightly, registry=registry)
    for each in wanted:
        dataset = dataset._annotate(each.plugin or "", each.text, each.label, each.options, registry)
    return dataset


def _label(location: Location) -> str:
    """What was said, or the last part of the location."""
    if location.label is not None:
        return location.label
    text = location.text.rstrip("/\\")
    if os.path.lexists(location.text):
        text = os.path.realpath(location.text)
    return PurePath(without_secrets(text)).name or "input"


def _check_labels(inputs: Sequence[str], located: Sequence[Location], labels: Sequence[str]) -> None:
    """Raise `DatasetError` if two inputs have one label."""
    for label in labels:
        if labels.count(label) > 1:
            first, second, *_ = (number for number, other in enumerate(labels) if other == label)
            example = inputs[second] if located[second].label is None else inputs[second].partition("=")[2]
            raise DatasetError(
                f"the inputs {inputs[first]!r} and {inputs[second]!r} are both called {label!r}: name them apart, "
                f"--input LABEL={example}"
            )


def _check_apart(inputs: Sequence[str], located: Sequence[Location], opened: Sequence[Dataset]) -> None:
    """Raise `DatasetError` if an input lies in another, and has images of that: they would be candidates twice."""
    for (outer, around), (inner, within) in permutations(enumerate(map(_place, located)), 2):
        if around and within and (around == within or around in within.parents):
            files = {file: name for name, file in _files(opened[outer])}
            shared = [(files[file], name) for name, file in _files(opened[inner]) if file in files]
            if shared:
                raise DatasetError(
                    f"the inputs {inputs[outer]!r} and {inputs[inner]!r} have {len(shared)} of their images in common, "
                    f"such as {shared[0][0]!r} and {shared[0][1]!r}: leave one of the two out"
                )


def _place(location: Location) -> Path | None:
    """Where a location really is; None if it is no path."""
    return Path(os.path.realpath(location.text)) if os.path.lexists(location.text) else None


def _files(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """The names of samples that are files of this machine, and where these really are."""
    if (images := dataset.images) is not None:
        for name in dataset.samples:
            if (path := path_of(images, name)) is not None:
                yield name, os.path.realpath(path)


def _with_format(text: str, registry: Registry) -> Location:
    formats = registry.keys("annotation")
    location = parse_location(text, "--annotations", formats)
    if location.plugin is None:
        raise DatasetError(f"--annotations {text}: name the format, FORMAT:LOCATION{did_you_mean('', formats)}")
    return location
