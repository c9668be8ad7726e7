"""The class of each sample: the folder that it lies in, or what its metadata says."""

from __future__ import annotations

from tamis.data.kind import Kind
from tamis.dataset.dataset import Dataset
from tamis.errors import ConfigError, Problem, did_you_mean
from tamis.progress import Monitor


def classes_of(dataset: Dataset, key: str | None, monitor: Monitor) -> tuple[str | None, ...]:
    """The class of each sample; None where it has none.

    Args:
        dataset: The samples.
        key: Of a category of their metadata; None for the first folder in a sample's name.
        monitor: Told how far reading is.

    Raises:
        ConfigError: there is no such metadata, or it holds numbers.
        MetadataError: it can't be read.
    """
    if key is None:
        return tuple(name.partition("/")[0] if "/" in name else None for name in dataset.samples)
    fields = dataset.annotations.fields()
    if key not in fields:
        hint = did_you_mean(key, fields) if fields else ": the samples have no metadata (--annotations gives them some)"
        raise ConfigError((Problem("by", f"there is no metadata '{key}'{hint}"),))
    if fields[key].kind is not Kind.CATEGORY:
        raise ConfigError((Problem("by", f"metadata '{key}' holds numbers, and classes are names"),))
    column = dataset.annotations.metadata((key,), dataset.samples, monitor.step).columns[key]
    labels = column.labels
    return tuple(labels[int(v)] if valid else None for v, valid in zip(column.values, column.valid, strict=True))
