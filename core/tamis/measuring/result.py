"""What came of one image."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.failure import Failure, Stage
from tamis.data.header import Header
from tamis.data.object_values import Value
from tamis.errors import NoValueError
from tamis.measuring.calling import is_passing, reason_of


@attrs.define
class Result:
    """What came of one image.

    Attributes:
        header: None if it could not be opened.
        values: By metric key, without those that failed.
        objects: What was predicted, as JSON, by the name of the auto task, without those that failed.
        cuts: What waits for an embedder, and how many objects were dropped, by the name of the embedding.
        object_values: Of each object by the name of the `ObjectMetric`, without those that failed.
        vectors: What that became: ``(k, d)`` float32, and how many objects were dropped, by the same name.
        failures: Each thing that failed, once.
        passing: Those of them that the system is to blame for, and that another attempt may not meet.
        lacking: Those of them that say no more than that the image has no such value.
        fingerprint: Of the file's content before it was opened; None if it has none or nobody asked.
    """

    header: Header | None = None
    values: dict[str, float | int | str] = attrs.field(factory=dict)
    objects: dict[str, str] = attrs.field(factory=dict)
    cuts: dict[str, tuple[list[Any], int]] = attrs.field(factory=dict)
    object_values: dict[str, list[Value]] = attrs.field(factory=dict)
    vectors: dict[str, tuple[npt.NDArray[np.float32], int]] = attrs.field(factory=dict)
    failures: list[Failure] = attrs.field(factory=list)
    passing: list[Failure] = attrs.field(factory=list)
    lacking: list[Failure] = attrs.field(factory=list)
    fingerprint: str | None = None

    def fail(self, sample: str, stage: Stage, key: str | None, error: BaseException, origin: str = "") -> None:
        """Take in that something has failed. Where a plugin has a defect, ``origin`` says whose it is."""
        no_value = isinstance(error, NoValueError)
        self.failures.append(failure := Failure(sample, stage, key, reason_of(error) + ("" if no_value else origin)))
        if is_passing(error):
            self.passing.append(failure)
        if no_value:
            self.lacking.append(failure)
