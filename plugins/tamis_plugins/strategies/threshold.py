"""Keeps the samples whose value is on one side of a threshold, and removes the rest before anything is picked.

SMALLER keeps ``value < threshold``, SMALLER_EQUAL ``<=``, BIGGER ``>``, BIGGER_EQUAL ``>=``. Several thresholds
must all be met. It says nothing about which of the kept samples to prefer: alone, it selects them in input order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, Strategy, hookimpl

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "SMALLER": operator.lt,
    "SMALLER_EQUAL": operator.le,
    "BIGGER": operator.gt,
    "BIGGER_EQUAL": operator.ge,
}


def keep(column: Column, params: Params) -> npt.NDArray[np.bool_]:
    """Which samples are on the right side."""
    kept: npt.NDArray[np.bool_] = OPERATIONS[params["operation"]](column.values, params["threshold"])
    return kept


#: The operations as words.
WORDS = {
    "SMALLER": "SMALLER than",
    "SMALLER_EQUAL": "SMALLER than or EQUAL to",
    "BIGGER": "BIGGER than",
    "BIGGER_EQUAL": "BIGGER than or EQUAL to",
}


def keeps(params: Params) -> str:
    """Which samples those are."""
    return f"{WORDS[params['operation']]} {params['threshold']:g}"


@hookimpl
def tamis_strategies() -> list[Strategy]:
    """Declare THRESHOLD."""
    schema = {
        "properties": {
            "threshold": {"type": "number"},
            "operation": {"enum": list(OPERATIONS), "description": "Which side of it to keep."},
        },
        "required": ["threshold", "operation"],
        "examples": [{"threshold": 1, "operation": "SMALLER"}, {"threshold": 0.5, "operation": "BIGGER"}],
    }
    return [Strategy("THRESHOLD", accepts={Kind.SCALAR}, filter=keep, keeps=keeps, schema=schema, doc=__doc__ or "")]
