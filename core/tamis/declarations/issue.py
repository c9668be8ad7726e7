"""Issues: what may be wrong with samples, and from which number on it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import attrs

from tamis.data.names import names
from tamis.declarations.checks import Attribute, clean, is_name, is_text, may_be_function

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from tamis.data.column import Column
    from tamis.data.failure import Failure
    from tamis.data.predictions import Predictions


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return names(texts)


@attrs.frozen(eq=False, kw_only=True)
class Evidence:
    """What an inspection knows of the n samples of a dataset, for an issue that is no limit on a number of each.

    Attributes:
        samples: Their names.
        sizes: ``(n, 2)`` int64, width and height in pixels; -1 for images that could not be opened, 0 where there are
            none.
        failures: Everything that failed, each with its sample, stage and reason.
        metrics: A column for each key of the issue's ``needs``: a SCALAR, or of a metric that is a category a CATEGORY.
        predictions: The labels or predictions of every task of the annotations that could be read, as they are there:
            boxes are not clipped to their images, and may be in shares of them; see `Predictions.relative`.
    """

    samples: tuple[str, ...]
    sizes: npt.NDArray[np.int64]
    failures: tuple[Failure, ...] = ()
    metrics: Mapping[str, Column] = attrs.field(factory=dict)
    predictions: Mapping[str, Predictions] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Ratings:
    """What an issue's ``rate`` makes of the evidence.

    Attributes:
        values: ``(n,)`` numbers, which the issue's limit applies to; NaN for samples that it says nothing of.
        words: What is to be said of samples in place of the issue's words and the number: texts by row, or a function
            from a row to a text, which is asked about samples that have the issue.
        notes: What is to be said of the dataset as a whole, a sentence each.
    """

    values: npt.NDArray[np.float64]
    words: Mapping[int, str] | Callable[[int], str] = attrs.field(factory=dict)
    notes: tuple[str, ...] = attrs.field(default=(), converter=_texts)


def _number(limit: Any) -> float | None:
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not math.isfinite(limit):
        raise ValueError(f"a limit is a finite number, not {limit!r:.80}")
    return limit


def _is_input(issue: Issue, attribute: Attribute, given: Any) -> None:
    if given is not None and not (isinstance(given, Mapping) and isinstance(given.get("type"), str)):
        raise TypeError(f"input is an input of a config, such as {{'type': 'RANDOM'}}, not {given!r:.80}")


@attrs.frozen
class Issue:
    """Something that may be wrong with a sample, told by a number and a limit.

    The number is that of a ``key``, of an ``input``, or what ``rate`` makes of all that an inspection knows: one of the
    three is given. The limit is ``below`` or ``above``: a sample has the issue if its number is beyond it. A sample
    without a number has not. Whoever inspects can set another limit.

    Attributes:
        name: What reports and ``--limit`` call it, such as ``blurred``. The entry-point name.
        key: Of a metric, or of metadata of the dataset that is a number.
        input: An input of a selection config that yields a SCALAR, such as ``{"type": "SCORES", "task": ...}``.
        rate: ``rate(evidence) -> Ratings``; None where there is nothing to look at, such as labels. Computed over all
            samples at once.
        needs: The keys of the metrics that ``rate`` reads; see `Evidence.metrics`. Those of all issues are measured
            together, so that each image is opened once.
        below: A number below it is the issue.
        above: A number above it is the issue.
        words: What is wrong, in a few words that follow a sample's name, such as ``"out of focus"``.
        source: Where the limit comes from: who uses it, or what it was measured on.
        doc: What it is, why it matters, what to do about it.
    """

    name: str = attrs.field(validator=is_name)
    key: str | None = attrs.field(default=None, validator=attrs.validators.optional(is_name))
    input: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True, validator=_is_input, hash=False)
    rate: Callable[[Evidence], Ratings | None] | None = attrs.field(
        default=None, kw_only=True, validator=may_be_function
    )
    needs: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_texts)
    below: float | None = attrs.field(default=None, kw_only=True, converter=_number)
    above: float | None = attrs.field(default=None, kw_only=True, converter=_number)
    words: str = attrs.field(default="", kw_only=True, validator=is_text)
    source: str = attrs.field(default="", kw_only=True, validator=is_text)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)

    def __attrs_post_init__(self) -> None:
        if sum(each is not None for each in (self.key, self.input, self.rate)) != 1:
            raise ValueError(f"issue '{self.name}' has one of key, input and rate")
        if (self.below is None) == (self.above is None):
            raise ValueError(f"issue '{self.name}' has one limit: below or above")
        if self.needs and self.rate is None:
            raise ValueError(f"issue '{self.name}' has needs, which are for rate")

    @property
    def side(self) -> Literal["below", "above"]:
        """On which side of the limit the issue is."""
        return "above" if self.below is None else "below"

    @property
    def limit(self) -> float:
        """The limit, ``below`` or ``above``."""
        limit = self.above if self.below is None else self.below
        assert limit is not None  # noqa: S101 (one of them is given)
        return limit

    def with_limit(self, limit: float) -> Issue:
        """The same issue with another limit on the same side. Raises `ValueError` if it is no finite number."""
        return attrs.evolve(self, below=limit) if self.side == "below" else attrs.evolve(self, above=limit)
