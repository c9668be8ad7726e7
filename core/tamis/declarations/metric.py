"""Metrics: a number, or a category, for each image."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import attrs

from tamis.data.kind import Kind
from tamis.declarations.checks import Attribute, clean, is_function, is_name, is_text, one_of
from tamis.declarations.view import needs_of

if TYPE_CHECKING:
    import numpy as np


def _bounds(bounds: Iterable[float | None]) -> tuple[float | None, float | None]:
    given: tuple[Any, ...] = tuple(bounds) if isinstance(bounds, (tuple, list)) else ()
    if len(given) != 2 or not all(isinstance(bound, (int, float, type(None))) for bound in given):
        raise TypeError(f"a range is two numbers or None, not {bounds!r}")
    low, high = given
    if not (-math.inf if low is None else low) <= (math.inf if high is None else high):
        raise ValueError(f"a range goes from a lower to a higher number, not {bounds!r}")
    return low, high


def _is_key(declaration: Any, attribute: Attribute, key: Any) -> None:
    is_name(declaration, attribute, key)
    if not re.fullmatch(r"[^.\s]+\.\S+", key):
        raise ValueError(f"the key of a metric is <vendor>.<name>, not {key!r}")


@attrs.frozen
class Metric:
    """One number, or one category, for each image.

    Attributes:
        key: What a config calls it: ``{"type": "METADATA", "key": ...}``. The entry-point name;
            ``<vendor>.<name>`` for third parties, ``lightly.*`` is reserved.
        compute: Takes views by parameter name and returns one finite number, or a text of a ``category``. An image on
            which it raises, or returns something else, lacks the value; other images and metrics are not
            affected. `tamis.errors.NoValueError` says that an image has no such value, and why. May be called from
            several threads.
        doc: Definition, formula, source.
        dtype: ``"float"`` (stored as float64), ``"int"`` (stored as int64) or ``"category"`` (a text of 1 to 200
            characters, of which many images have the same).
        range: Lowest and highest value it can take; None where there is no bound. A category has none.
        unit: Such as ``"px"``; empty for a pure number, and for a category.
    """

    key: str = attrs.field(validator=_is_key)
    compute: Callable[..., float | str | np.floating[Any] | np.integer[Any]] = attrs.field(validator=is_function)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
    dtype: Literal["float", "int", "category"] = attrs.field(
        default="float", kw_only=True, validator=one_of(("float", "int", "category"))
    )
    range: tuple[float | None, float | None] = attrs.field(default=(None, None), kw_only=True, converter=_bounds)
    unit: str = attrs.field(default="", kw_only=True, validator=is_text)
    needs: tuple[str, ...] = attrs.field(init=False, eq=False)

    @needs.default
    def _needs(self) -> tuple[str, ...]:
        return needs_of(self.compute)

    def __attrs_post_init__(self) -> None:
        if self.dtype == "category" and (self.range != (None, None) or self.unit):
            raise ValueError("a category has no range and no unit")

    @property
    def kind(self) -> Kind:
        """What an input of it yields."""
        return Kind.CATEGORY if self.dtype == "category" else Kind.SCALAR
