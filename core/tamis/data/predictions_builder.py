"""Predictions from the objects of samples: laid out as columns, and checked, many at a time.

Good samples take the short way: their objects are laid out together and checked with array operations. Only when a
check fails are the samples of that batch looked at one by one, and only a bad one is held against a JSON Schema, to
say what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from tamis.data.polygons import Polygons
from tamis.data.prediction_columns import columns_of
from tamis.data.prediction_faults import explained
from tamis.data.predictions import Predictions
from tamis.data.regrouping import regrouped
from tamis.data.task_schema import TaskSchema
from tamis.printable import shortened

#: Samples whose objects are parsed before they are laid out.
BATCH = 512
_SCALARS = frozenset((int, float, str, bool, type(None)))


class PredictionsBuilder:
    """Makes `Predictions` of the objects of a dataset's samples, taken in many at a time.

    An object is a mapping as a prediction file has it: ``category_id``, and by the type of the task ``score``,
    ``bbox`` (x, y, width, height in pixels), ``keypoints`` (x, y, confidence for each) and ``segmentation`` (run
    lengths of zeros and ones in turn, row by row, zeros first), with ``probabilities`` if there are any. In place of
    ``segmentation`` there may be ``polygons``: rings of x, y in turn, which enclose the object. Numbers and arrays of
    numpy are taken, too.

    Args:
        schema: The task.
        samples: How many samples there are.
        relative: Whether boxes, keypoints and polygons are in shares of the image's width and height. tamis makes
            pixels of them once it knows these.

    Attributes:
        reasons: Why a sample's prediction is invalid, by row. More may be added.
    """

    def __init__(self, schema: TaskSchema, samples: int, *, relative: bool = False) -> None:
        self._schema = schema
        self._relative = relative
        self._parts = [columns_of([], schema)]
        self._rows = [np.empty(0, dtype=np.int64)]
        self._present = np.zeros(samples, dtype=bool)
        self.reasons: dict[int, str] = {}

    def add(self, objects: Mapping[int, list[Any]]) -> None:
        """Take in the objects of some samples, by row. Rows may come in any order, and in several calls.

        Raises:
            ValueError: a row is of none of the samples.
        """
        self._check_rows(objects)
        self._present[list(objects)] = True
        try:
            columns = columns_of(list(chain.from_iterable(objects.values())), self._schema)
        except MemoryError:
            raise  # which says nothing about the objects
        except Exception:  # noqa: BLE001 (anything may be in a file)
            for row, found in objects.items():
                self._add_one(row, found)
        else:
            self._parts.append(columns)
            self._rows.append(np.repeat(np.array(list(objects), dtype=np.int64), list(map(len, objects.values()))))

    def _add_one(self, row: int, objects: list[Any]) -> None:
        try:
            objects = plain(objects)
            self._parts.append(columns_of(objects, self._schema))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001
            self.reasons[row] = shortened(explained(objects, self._schema, error))
        else:
            self._rows.append(np.full(len(objects), row, dtype=np.int64))

    def _check_rows(self, rows: Iterable[int]) -> None:
        """Raise `ValueError` about one that is of no sample."""
        for row in rows:
            if not 0 <= row < len(self._present):
                raise ValueError(f"row {row} is of none of the {len(self._present)} samples, whose rows count from 0")

    def build(self, orphans: tuple[str, ...] = (), where: str = "", notes: tuple[str, ...] = ()) -> Predictions:
        """All that has been taken in.

        Args:
            orphans: What belongs to no sample, such as names of files.
            where: Where the predictions were read, for messages.
            notes: What the user should know of how they were read.

        Raises:
            ValueError: a reason is of none of the samples.
        """
        self._check_rows(self.reasons)
        rows = np.concatenate(self._rows)
        valid = ~np.isin(rows, list(self.reasons))
        counts = np.bincount(rows[valid], minlength=len(self._present))
        polygons = Polygons.concatenated([part.pop("polygons") for part in self._parts])
        columns = {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}
        for name in ("keypoint", "run"):
            columns[f"{name}_offsets"] = np.concatenate([[0], np.cumsum(columns.pop(f"{name}_counts"))])
        built = Predictions(
            schema=self._schema,
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            present=self._present,
            reasons=self.reasons,
            orphans=orphans,
            where=where,
            notes=notes,
            relative=np.full(len(columns["categories"]), self._relative),
            polygons=polygons,
            dropped={},
            **columns,
        )
        if valid.all() and (rows[1:] >= rows[:-1]).all():
            return built
        order = np.argsort(rows, kind="stable")
        return regrouped(built, order[valid[order]], counts)


def plain(value: Any) -> Any:
    """With numbers and arrays of numpy, or the like, as Python has them."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, (list, tuple)):  # of tens of millions of numbers, in a file that is wrong
        return list(value) if set(map(type, value)) <= _SCALARS else [plain(each) for each in value]
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value
