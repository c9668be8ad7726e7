"""What all blocks are, and how their fields are checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt


@attrs.frozen(eq=False)
class Block:
    """A part of a section, such as a paragraph or a plot."""


def is_text(block: Any, attribute: Any, value: Any) -> None:
    """Raise `TypeError` unless it is a string."""
    if not isinstance(value, str):
        raise TypeError(f"{_where(block, attribute)} is text, not {value!r:.80}")


def are_texts(block: Any, attribute: Any, values: tuple[Any, ...]) -> None:
    """Raise `TypeError` unless all are strings."""
    for value in values:
        is_text(block, attribute, value)


def are_blocks(block: Any, attribute: Any, values: tuple[Any, ...]) -> None:
    """Raise `TypeError` unless all are blocks."""
    for value in values:
        if not isinstance(value, Block):
            raise TypeError(f"{_where(block, attribute)} are blocks, not {value!r:.80}")


def are_all(kind: type) -> Any:
    """A validator that raises `TypeError` unless all are of one class."""

    def check(block: Any, attribute: Any, values: tuple[Any, ...]) -> None:
        for value in values:
            if not isinstance(value, kind):
                raise TypeError(f"{_where(block, attribute)} are each a {kind.__name__}, not {value!r:.80}")

    return check


def items(values: Any) -> tuple[Any, ...]:
    """A collection as a tuple; a text is none."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"a collection is needed, not {values!r:.80}")
    return tuple(values)


def numbers(values: Any) -> npt.NDArray[np.float64]:
    """Numbers in a row."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"numbers in a row are needed, not an array of shape {array.shape}")
    return array


def series(values: Any) -> dict[str, npt.NDArray[np.float64]]:
    """Numbers by the name of the series."""
    if not isinstance(values, Mapping) or not all(isinstance(name, str) for name in values):
        raise TypeError(f"series are numbers by name, such as {{'input': [3, 4]}}, not {values!r:.80}")
    return {name: numbers(part) for name, part in values.items()}


def check_lengths(block: Any, values: Mapping[str, npt.NDArray[Any]], length: int, what: str) -> None:
    """Raise `ValueError` unless each series has as many numbers as there are of what they belong to."""
    for name, part in values.items():
        if len(part) != length:
            raise ValueError(f"{type(block).__name__}: {length} {what}, and {len(part)} numbers of {name!r:.80}")


def _where(block: Any, attribute: Any) -> str:
    return f"{type(block).__name__}: {attribute.name}"
