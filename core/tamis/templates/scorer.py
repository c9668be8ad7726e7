"""How unsure the surest prediction of each sample is: 1 minus its largest score, from 0 to 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Predictions, Scorer, hookimpl


def score(predictions: Predictions) -> npt.NDArray[np.float64]:
    """``(n,)`` over all objects of the dataset at once; an object without a score counts as certain."""
    certain = np.nan_to_num(predictions.scores, nan=1.0)
    return 1.0 - predictions.largest(certain)


@hookimpl
def tamis_scorers() -> list[Scorer]:
    """Declare the scorer."""
    return [Scorer("template_key", score, task_types=["classification", "object-detection"], doc=__doc__ or "")]
