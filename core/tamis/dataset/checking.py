"""What a caller passes for a dataset is one, and not the path of a folder."""

from __future__ import annotations

from tamis.dataset.dataset import Dataset
from tamis.errors import DatasetError


def check_dataset(dataset: object) -> None:
    """Raise `DatasetError` if it is none."""
    if not isinstance(dataset, Dataset):
        raise DatasetError(f"a tamis.Dataset is needed, such as Dataset.open gives of a folder, not {dataset!r:.80}")
