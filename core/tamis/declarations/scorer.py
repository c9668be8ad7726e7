"""Scorers: a number for each sample from the predictions of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import attrs

from tamis.data.names import names
from tamis.data.task_schema import TASK_TYPES
from tamis.declarations.checks import clean, is_function, is_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tamis.data.predictions import Predictions


def _task_types(types: Iterable[str]) -> frozenset[str]:
    if unknown := set(names(types)) - set(TASK_TYPES):
        raise ValueError(f"{sorted(unknown)} are no task types: there are {', '.join(TASK_TYPES)}")
    return frozenset(types)


@attrs.frozen
class Scorer:
    """A number for each sample from the predictions of a task.

    Attributes:
        name: The ``score`` of a SCORES input. The entry-point name.
        score: ``score(predictions) -> (n,) float64``, computed over all objects of the dataset at once. A sample
            without a prediction gets 0 whatever it returns.
        task_types: Those of `tamis.TaskSchema.task_type` that it can score.
        doc: Definition, formula, range, source.
    """

    name: str = attrs.field(validator=is_name)
    score: Callable[[Predictions], npt.NDArray[np.float64]] = attrs.field(validator=is_function)
    task_types: frozenset[str] = attrs.field(kw_only=True, converter=_task_types)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
