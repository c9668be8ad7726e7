"""Labels of classes that hardly occur: too few to learn from, or a misspelt class.

Judged by the number of objects, in the whole dataset, of the rarest class that a sample has a label of; an image of a
classification counts as one object. Classes that no sample has are named in a note.
"""

from __future__ import annotations

import numpy as np

from tamis import Evidence, Issue, Ratings, hookimpl

#: How many classes a note names.
SHOWN = 10


def rate(evidence: Evidence) -> Ratings | None:
    """The objects of the rarest class of each sample; nothing without labels."""
    if not evidence.predictions:
        return None
    values = np.full(len(evidence.samples), np.inf)
    words: dict[int, str] = {}
    notes = []
    for task, labels in evidence.predictions.items():
        names = labels.schema.category_names
        counts = np.bincount(labels.categories, minlength=len(names))
        rows, of_object = labels.rows, counts[labels.categories].astype(np.float64)
        before = values.copy()
        np.minimum.at(values, rows, of_object)
        rarest = (of_object == values[rows]) & (values[rows] < before[rows])
        for row, category in zip(rows[rarest].tolist(), labels.categories[rarest].tolist(), strict=True):
            objects = "object" if counts[category] == 1 else "objects"
            words[row] = f"of a rare class: '{names[category]}' of task '{task}' has {counts[category]} {objects}"
        if absent := [name for name, count in zip(names, counts.tolist(), strict=True) if not count]:
            more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
            notes.append(f"task '{task}' has no object of {', '.join(absent[:SHOWN])}{more}")
    values[np.isinf(values)] = np.nan
    return Ratings(values, words, tuple(notes))


@hookimpl
def tamis_issues() -> list[Issue]:
    """Declare the issue."""
    return [
        Issue(
            "rare_class",
            rate=rate,
            below=10,
            words="of a rare class",
            source="a rule of thumb: of fewer than ten objects, a fifth kept for validation is one or two",
            doc=__doc__ or "",
        )
    ]
