"""Tags of a dataset: named lists of its samples."""

from __future__ import annotations

from pathlib import Path

from tamis.data.matching import matched
from tamis.dataset.dataset import Dataset
from tamis.errors import DatasetError, did_you_mean

#: The tag that every dataset has: all of it.
INITIAL_TAG = "initial-tag"


def tagged(dataset: Dataset, name: str) -> tuple[str, ...]:
    """The samples of a tag, in its order; those that the dataset no longer has are left out.

    Raises:
        DatasetError: there is no such tag, it can't be read, or no sample is left in it.
    """
    listed = names_in_tag(dataset, name)
    rows = dict.fromkeys(row for row in matched(listed, dataset.samples) if row >= 0)
    found = tuple(dataset.samples[row] for row in rows)
    if not found:
        raise DatasetError(f"the tag {name!r} is empty: it names {len(listed)} samples, none of the dataset's")
    return found


def names_in_tag(dataset: Dataset, name: str) -> tuple[str, ...]:
    """All names in a tag, in its order, whether the dataset has such samples or not.

    Raises:
        DatasetError: there is no such tag, or it can't be read.
    """
    if name == INITIAL_TAG:
        return dataset.samples
    tags = dataset.annotations.tags()
    if name not in tags:
        raise DatasetError(f"there is no tag {name!r}{did_you_mean(name, [INITIAL_TAG, *tags])}")
    return tuple(dataset.annotations.tag(name))


def tag_file(dataset: Dataset, name: str) -> Path:
    """Where a tag of this name is kept, or would be. Raises `DatasetError` if none can be called so."""
    if name == INITIAL_TAG:
        raise DatasetError(f"a tag can't be named {name!r}: that is all of a dataset")
    return dataset.annotations.tag_file(name)
