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
    rarest = np.full((len(evidence.samples), 2), -1)  # the number of a task, and a category of it
    notes = []
    for number, (task, labels) in enumerate(evidence.predictions.items()):
        names = labels.schema.category_names
        counts = np.bincount(labels.categories, minlength=len(names))
        of_object = counts[labels.categories].astype(np.float64)
        rarer = np.flatnonzero(of_object < values[labels.rows])
        rarer = rarer[np.argsort(-of_object[rarer], kind="stable")]  # the last one written is the rarest
        rows = labels.rows[rarer]
        values[rows], rarest[rows, 0], rarest[rows, 1] = of_object[rarer], number, labels.categories[rarer]
        if absent := [f"'{name}'" for name, count in zip(names, counts.tolist(), strict=True) if not count]:
            more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
            notes.append(f"task '{task}' has no object of {', '.join(absent[:SHOWN])}{more}")
    values[np.isinf(values)] = np.nan
    tasks = list(evidence.predictions.values())

    def words(row: int) -> str:
        schema, objects = tasks[rarest[row, 0]].schema, int(values[row])
        name = schema.category_names[rarest[row, 1]]
        return f"of a rare class: '{name}' of task '{schema.name}' has {objects} object{'s' * (objects != 1)}"

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
