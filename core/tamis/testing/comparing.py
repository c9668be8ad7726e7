"""Comparing and copying whatever views and functions return."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
from PIL import Image


def same(one: Any, other: Any) -> bool:
    """Whether two results are equal to the last bit; NaN equals NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
    if isinstance(one, Image.Image):
        return (one.mode, one.size) == (other.mode, other.size) and one.tobytes() == other.tobytes()
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if attrs.has(type(one)):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in attrs.fields(type(one)))
    return bool(one == other) or (one != one and other != other)


def copied(value: Any) -> Any:
    """A copy that shares nothing, and that may be written to."""
    return value.copy() if isinstance(value, (np.ndarray, Image.Image)) else copy.deepcopy(value)
