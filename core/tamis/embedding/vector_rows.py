"""What a file of embeddings holds: names, vectors and flags, in columns that Lightly's worker has given their names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

FILENAMES, LABELS, MASKED, SELECTED, EMBEDDING = "filenames", "labels", "masked", "selected", "embedding"
FLAGS = (MASKED, SELECTED)

Flags = npt.NDArray[np.bool_]


@attrs.frozen(eq=False)
class VectorRows:
    """What a file holds."""

    names: list[str]
    values: Any
    flags: Mapping[str, Flags] = attrs.field(factory=dict)


def numbered(names: Sequence[str]) -> list[str]:
    """The columns of the vectors by their numbers. Raises `ValueError` if there are others, or one is lacking."""
    numbers = {}
    for name in names:
        if not (match := re.fullmatch(rf"{EMBEDDING}_(\d+)", name, re.ASCII)):
            raise ValueError(f"column {name!r} is none of {EMBEDDING}_<number>, {MASKED} and {SELECTED}")
        numbers[int(match[1])] = name
    if not names or sorted(numbers) != list(range(len(names))):
        raise ValueError(f"columns {EMBEDDING}_0, {EMBEDDING}_1, ... must be there, each once")
    return [numbers[number] for number in range(len(names))]


def flag(value: Any, name: str) -> bool:
    """What a cell of a flag says. Raises `ValueError`."""
    text = str(value).lower()
    if text not in ("0", "1", "false", "true"):
        raise ValueError(f"{name} is {value!r}, not 0 or 1")
    return text in ("1", "true")
