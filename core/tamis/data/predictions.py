"""Predictions of one task for a whole dataset, as columns over all its objects."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.polygons import Polygons
from tamis.data.task_schema import TaskSchema

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@attrs.frozen(eq=False, kw_only=True)
class Predictions:
    """What a model predicted, ragged by offsets: the objects of sample i are rows ``offsets[i]:offsets[i + 1]``.

    There are n samples, m objects and C categories. Arrays are read-only.

    Attributes:
        schema: The task.
        offsets: ``(n + 1,)``, ascending from 0 to m.
        present: ``(n,)`` bool: which samples have a prediction, be it of no object.
        orphans: What of it belongs to no sample, such as names of files.
        where: Where it was read, for messages; empty if it was made in the run.
        notes: What the user should know of how it was read.
        dropped: Why objects of a sample were left out and the rest kept, by row.
        reasons: Why a sample's prediction is invalid, by row; such a sample has no objects and is not usable.
        categories: ``(m,)`` positions in the schema's categories.
        scores: ``(m,)`` in 0..1; NaN where the file has none.
        has_probabilities: ``(m,)`` bool: which objects come with a class vector; p of them do.
        probabilities: ``(p, C)`` those vectors, in the order of the schema, each in 0..1 with sum 1; of a
            single category, the probability of being it.
        boxes: ``(m, 4)`` x, y, width, height in pixels from the top left; NaN where there is none.
        relative: ``(m,)`` bool: of which objects all that is in pixels is in shares of the image's width and height,
            until tamis knows that; then none.
        keypoint_offsets: ``(m + 1,)``: those of object j are rows ``keypoint_offsets[j]:keypoint_offsets[j + 1]``.
        keypoints: ``(k, 3)`` x, y in pixels and a confidence in 0..1.
        areas: ``(m,)`` pixels of the object's mask; NaN where there is none.
        run_offsets: ``(m + 1,)``: the mask of object j is rows ``run_offsets[j]:run_offsets[j + 1]`` of the runs.
        runs: ``(r,)`` run lengths of zeros and ones in turn, row by row, zeros first.
        polygons: Outlines that become masks once the size of the image is known; then there are none.
    """

    schema: TaskSchema
    offsets: Ints
    present: npt.NDArray[np.bool_]
    reasons: Mapping[int, str] = attrs.field(factory=dict)
    orphans: tuple[str, ...] = ()
    where: str = ""
    notes: tuple[str, ...] = ()
    dropped: Mapping[int, str] = attrs.field(factory=dict)
    categories: Ints
    scores: Floats
    has_probabilities: npt.NDArray[np.bool_]
    probabilities: Floats
    boxes: Floats
    keypoint_offsets: Ints
    keypoints: Floats
    areas: Floats
    run_offsets: Ints
    runs: Ints
    relative: npt.NDArray[np.bool_] = attrs.field(
        default=attrs.Factory(lambda self: np.zeros(len(self.categories), dtype=bool), takes_self=True)
    )
    polygons: Polygons = attrs.field(
        default=attrs.Factory(lambda self: Polygons.none(len(self.categories)), takes_self=True), repr=False
    )

    def __repr__(self) -> str:
        objects = f"{len(self.categories)} objects in {len(self)} samples"
        return f"<{type(self).__name__} of task {self.schema.name!r}: {objects}>"

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(type(self)):
            if isinstance(array := getattr(self, field.name), np.ndarray):
                array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` bool: which samples are usable: all but those with an invalid file."""
        valid = np.ones(len(self), dtype=bool)
        valid[list(self.reasons)] = False
        return valid

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` bool: of which samples there is a prediction that can be used, if only of no object."""
        return self.present & self.valid

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """``(n,)`` bool: of which samples there is none, not even an invalid one."""
        return ~self.present & self.valid

    def class_vectors(self, *, spread: bool) -> Floats:
        """``(m, C)`` the class vectors of all objects.

        Args:
            spread: What an object without one gets: with ``spread``, its score (1 if it has none) on its category and
                the rest evenly on all others; without, 1 on its category.
        """
        classes = len(self.schema.category_ids)
        vectors: Floats = np.zeros((len(self.categories), classes))
        vectors[self.has_probabilities] = self.probabilities
        lacking = np.flatnonzero(~self.has_probabilities)
        scores = np.nan_to_num(self.scores[lacking], nan=1.0) if spread else np.ones(len(lacking))
        if spread and classes > 1:
            vectors[lacking] = ((1 - scores) / (classes - 1))[:, None]
        vectors[lacking, self.categories[lacking]] = scores
        return vectors

    @property
    def outlines(self) -> Floats:
        """``(m, 4)`` the boxes; of an object without one, the least around its keypoints of a confidence above 0."""
        owners = np.repeat(np.arange(len(self.boxes)), np.diff(self.keypoint_offsets))
        seen = np.isnan(self.boxes[owners, 0]) & (self.keypoints[:, 2] > 0)
        outlines: Floats = self.boxes.copy()
        if seen.any():
            objects, starts = np.unique(owners[seen], return_index=True)
            least, most = (ufunc.reduceat(self.keypoints[seen, :2], starts) for ufunc in (np.minimum, np.maximum))
            outlines[objects] = np.concatenate([least, most - least], axis=1)
        return outlines

    @property
    def counts(self) -> Ints:
        """``(n,)`` objects of each sample."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> Ints:
        """``(m,)`` the sample of each object."""
        return np.repeat(np.arange(len(self)), self.counts)

    def total(self, values: npt.NDArray[np.floating | np.integer]) -> Floats:
        """``(n, ...)`` sums over the objects of each sample, 0 where there are none, of ``(m, ...)`` values."""
        sums: Floats = np.zeros((len(self), *values.shape[1:]))
        some = self.counts > 0
        if some.any():
            sums[some] = np.add.reduceat(values, self.offsets[:-1][some], axis=0)
        return sums

    def keypoint_means(self, values: Floats) -> Floats:
        """``(m,)`` means over the keypoints of each object, NaN where there are none, of ``(k,)`` values."""
        counts = np.diff(self.keypoint_offsets)
        means: Floats = np.full(len(counts), np.nan)
        some = counts > 0
        if some.any():
            means[some] = np.add.reduceat(values, self.keypoint_offsets[:-1][some]) / counts[some]
        return means

    def largest(self, values: Floats) -> Floats:
        """``(n,)`` the largest of each sample's objects, 0 where there are none, of ``(m,)`` values."""
        found: Floats = np.zeros(len(self))
        some = self.counts > 0
        if some.any():
            found[some] = np.maximum.reduceat(values, self.offsets[:-1][some])
        return found
