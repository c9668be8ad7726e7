"""What can be told of an image by the size of its file, which sources often know without opening it."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import numpy.typing as npt

from tamis.dataset.dataset import Dataset
from tamis.dataset.images import size_of
from tamis.declarations.source import Images
from tamis.measuring.one_image import OneImage
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Results
from tamis.measuring.surroundings import same_chances, same_settings
from tamis.progress import Monitor, Progress

Rows = npt.NDArray[np.int64]

#: Samples between two reports.
CHUNK = 16_384


def measured_unopened(
    dataset: Dataset, recipe: Recipe, images: Images, rows: Rows, results: Results, monitor: Monitor
) -> Rows:
    """Measure what is known of files without opening them; return the rows of those that have to be opened."""
    left = []
    with same_chances(), same_settings() if recipe.third_party else nullcontext():
        for done, row in enumerate(rows.tolist()):
            if done % CHUNK == 0:
                monitor.check()
                monitor.report(Progress("measuring", done, len(rows)))
            if (size := size_of(images, dataset.samples[row])) is None:
                left.append(row)
            else:
                results.add(row, OneImage(recipe, dataset.samples[row]).of_file(size))
                results.sizes[row] = 0
    monitor.report(Progress("measuring", len(rows) - len(left), len(rows)))
    return np.array(left, dtype=np.int64)
