"""What a result folder doesn't hold, and can be had again without opening an image."""

from __future__ import annotations

from collections.abc import Iterable

from tamis.data.predictions import Predictions
from tamis.dataset.dataset import Dataset
from tamis.errors import TamisError


def predictions_again(dataset: Dataset, names: Iterable[str]) -> tuple[list[Predictions], list[str]]:
    """The predictions of a dataset's own tasks, read again, and why those of others can't be had."""
    found, reasons = [], []
    for name in names:
        try:
            annotations = dataset.annotations
            if name not in annotations.tasks():
                reasons.append(
                    f"the predictions of {name!r} do not come with the dataset: they were made in the run, or are "
                    "elsewhere now"
                )
                continue
            found.append(annotations.predictions(name, dataset.samples, lambda done, total: None))
        except TamisError as error:
            reasons.append(f"the predictions of {name!r} can't be read again: {error}")
    return found, reasons
