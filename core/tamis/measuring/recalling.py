"""What a store has of a dataset, without opening any of its images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tamis.dataset.dataset import Dataset
from tamis.errors import DatasetError
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements, Results
from tamis.measuring.stored_results import StoredResults
from tamis.measuring.vectors import Boxes
from tamis.progress import Monitor
from tamis.store.store import Store


def recall(
    dataset: Dataset, recipe: Recipe, store: Store, boxes: Mapping[str, Boxes] | None = None
) -> tuple[Measurements, list[int]]:
    """What `measure` would take over from a store; what isn't there has no value, and has not failed.

    The rows come with it whose images the store knows, but with another content.

    Raises:
        DatasetError: the dataset has no images.
        StoreError: the store can't be read.
    """
    if dataset.images is None:
        raise DatasetError("the dataset has no images")
    results = Results(recipe, len(dataset))
    stored = StoredResults(recipe, boxes or {}, results)
    lacking = len(dataset)
    with store.reading() as session:
        if session:
            rows = np.arange(len(dataset), dtype=np.int64)
            groups = stored.recall(dataset, rows, dataset.images, store.fingerprint, session, Monitor())
            lacking = sum(len(group.rows) for group in groups)
    return results.measurements(len(dataset) - lacking), stored.changed
