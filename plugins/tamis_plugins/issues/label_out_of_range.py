"""Labels that can't be right: boxes that leave their image or have no area, and annotations that can't be read.

Judged by how many of a sample's labels are so, over all tasks of its annotations. A box may be one pixel beyond the
edge, as by rounding. It often means that boxes are of another size of the image, of the image turned by its EXIF
orientation, or in another order of numbers (corners for width and height).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Evidence, Issue, Predictions, Ratings, hookimpl

#: How many pixels beyond its image a box may reach, as by rounding.
SLACK = 1.0
#: How many labels are named of a sample.
SHOWN = 3


def rate(evidence: Evidence) -> Ratings | None:
    """How many labels of each sample are out of range; nothing without labels."""
    if not evidence.predictions:
        return None
    counts, labelled = np.zeros(len(evidence.samples)), np.zeros(len(evidence.samples), dtype=bool)
    said: dict[int, list[str]] = {}
    for task, labels in evidence.predictions.items():
        labelled |= labels.present
        boxes = _in_pixels(labels, evidence.sizes)
        sizes = np.where(evidence.sizes <= 0, np.inf, evidence.sizes)[labels.rows]
        empty = np.logical_not((boxes[:, 2:] > 0).all(axis=1))
        outside = (boxes[:, :2] < -SLACK).any(axis=1) | (boxes[:, :2] + boxes[:, 2:] > sizes + SLACK).any(axis=1)
        wrong = ~np.isnan(boxes).any(axis=1) & (empty | outside)
        np.add.at(counts, labels.rows[wrong], 1)
        for number in np.flatnonzero(wrong).tolist():
            row = int(labels.rows[number])
            why = "has no area" if empty[number] else "leaves the image of {} x {}".format(*evidence.sizes[row])
            said.setdefault(row, []).append(f"{task}: box {_shown(boxes[number])} {why}")
        for row, why in {**labels.reasons, **labels.dropped}.items():
            counts[row] += 1
            said.setdefault(row, []).append(f"{task}: {why}")
    counts[~labelled & (counts == 0)] = np.nan
    words = {row: _joined(texts) for row, texts in said.items()}
    return Ratings(counts, words)


def _in_pixels(labels: Predictions, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """``(m, 4)`` the boxes in pixels; NaN where they are shares of an image whose size isn't known."""
    of_object = np.where(sizes > 0, sizes, np.nan)[labels.rows]
    factors = np.where(labels.relative[:, None], np.concatenate([of_object, of_object], axis=1), 1.0)
    return labels.boxes * factors


def _shown(box: npt.NDArray[np.float64]) -> str:
    return f"({', '.join(f'{value:.5g}' for value in box)})"


def _joined(texts: list[str]) -> str:
    more = [f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
    return "; ".join([*texts[:SHOWN], *more])


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "label_out_of_range",
            rate=rate,
            above=0,
            words="labels out of range",
            source="any such label",
            doc=__doc__ or "",
        )
    ]
