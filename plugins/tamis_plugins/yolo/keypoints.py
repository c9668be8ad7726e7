"""The keypoints of YOLO's labels: how many there are, and what is said of each."""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen
class KeypointShape:
    """What ``kpt_shape`` of a description says.

    Attributes:
        count: How many keypoints each object has.
        size: How many numbers each keypoint has: 2, or 3 with its visibility.
    """

    count: int
    size: int

    def __str__(self) -> str:
        return f"{self.count} keypoints of {self.size} numbers each (kpt_shape)"

    @classmethod
    def of(cls, given: Any) -> KeypointShape:
        """From ``[count, size]``. Raises `ValueError` about all else."""
        if (
            not isinstance(given, list)
            or len(given) != 2
            or any(type(each) is not int for each in given)
            or given[0] < 1
            or given[1] not in (2, 3)
        ):
            raise ValueError(f"kpt_shape is {given!r}, not the number of keypoints and 2 or 3, the numbers of each")
        return cls(*given)

    @property
    def numbers(self) -> int:
        """Of all keypoints of an object."""
        return self.count * self.size

    def points(self, values: list[float]) -> list[tuple[float, float, float]]:
        """x, y and confidence of each: 1 if it was labelled, visible or not, or if nothing says how visible it is.

        Raises:
            ValueError: a visibility is none.
        """
        if self.size == 2:
            return [(x, y, 1.0) for x, y in zip(values[::2], values[1::2], strict=True)]
        visibilities = values[2::3]
        if (odd := next((each for each in visibilities if not (0 <= each <= 1 or each == 2)), None)) is not None:
            raise ValueError(f"a visibility is {odd:g}, not 0, 1 or 2, nor a confidence from 0 to 1")
        return [(x, y, min(seen, 1.0)) for x, y, seen in zip(values[::3], values[1::3], visibilities, strict=True)]
