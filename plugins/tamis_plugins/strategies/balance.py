"""Brings the shares of classes in the selection close to a target.

The objective of a selection is the inverse of the cross-entropy between the target ``t`` and the shares ``p`` that the
selection has: ``1 / -sum over classes k of t[k] * ln(p[k] + 1e-10)``. The shares are ``p = q / sum(q)``, where ``q`` is
the sum of the class vectors; they are 0 while nothing is selected. Class vectors are summed as they are, so a sample
with ten objects counts ten times as much as one with a single object. A cross-entropy below 1e-12 counts as 1e-12, as
where a target of one class is met.

``distribution`` says what the target is. TARGET: the shares in ``target``, by class. All other classes that occur count
as one class, whose share is the rest up to 1. Shares that sum to more than 1 are scaled to 1, and a note says so. A
category of metadata that no sample has is a note, too; a class that a task's schema doesn't list is an error.
UNIFORM: the same share for each class that occurs among the candidates. INPUT: the shares that the candidates have. A
number as a category is named by its digits.

A note says which shares the selection misses by more than 0.02, and by more than one sample makes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tamis import Kind, Params, Strategy, errors, hookimpl
from tamis_plugins.objectives.closeness import Closeness
from tamis_plugins.objectives.target import unknown_classes


def check(params: Params) -> None:
    """A target, and a distribution that is given by one, go together."""
    if params["distribution"] == "TARGET" and "target" not in params:
        raise errors.ParameterError("target", "is missing: distribution TARGET is given by it")
    if params["distribution"] != "TARGET" and "target" in params:
        raise errors.ParameterError("target", f"goes with distribution TARGET, not {params['distribution']}")
    if "target" in params and not 0 < (total := sum(params["target"].values())) < np.inf:
        raise errors.ParameterError("target", f"its shares sum to {total:g}")


def check_labels(params: Params, labels: tuple[str, ...], kind: Kind) -> None:
    """The classes of a target are there."""
    unknown_classes(params, labels, kind, "the input")


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare BALANCE."""
    schema: dict[str, Any] = {
        "properties": {
            "distribution": {
                "enum": ["TARGET", "UNIFORM", "INPUT"],
                "default": "TARGET",
                "description": "What the target is: the given one, the same for all classes, or that of the input.",
            },
            "target": {
                "type": "object",
                "additionalProperties": {"type": "number", "minimum": 0},
                "minProperties": 1,
                "description": 'With TARGET: the share of each class, such as {"clear": 0.65, "rain": 0.35}.',
            },
        },
        "examples": [{"distribution": "UNIFORM"}, {"distribution": "INPUT"}, {"target": {"a": 0.5, "b": 0.3}}],
    }
    return [
        Strategy(
            "BALANCE",
            accepts={Kind.CATEGORY, Kind.DISTRIBUTION},
            objective=Closeness,
            schema=schema,
            check=check,
            check_labels=check_labels,
            doc=__doc__ or "",
        )
    ]
