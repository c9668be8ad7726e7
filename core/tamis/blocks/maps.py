"""Maps of points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.blocks.block import Block, is_text

Rows = npt.NDArray[np.intp]


def _places(values: Any) -> npt.NDArray[np.floating]:
    places = np.asarray(values)
    if places.ndim != 2 or places.shape[1] != 2 or places.dtype.kind not in "fiu":
        raise ValueError(f"Map: places are an (n, 2) array of numbers, not {places.dtype} of shape {places.shape}")
    if not np.isfinite(places).all():
        raise ValueError("Map: a place is not finite")
    return places


def _rows(values: Any) -> Rows:
    return np.asarray(values, dtype=np.intp).reshape(-1)


def _groups(groups: Any) -> dict[str, Rows]:
    return {str(name): _rows(rows) for name, rows in dict(groups).items()}


@attrs.frozen(eq=False)
class Map(Block):
    """Points in the plane, to move about in: each with the name and picture of its sample.

    Attributes:
        name: What it is a map of.
        places: ``(n, 2)`` of the points; the second number grows upwards.
        samples: ``(n,)`` the sample of each, as its row in `tamis.Subject.samples`.
        groups: Which points stand out, by name of a group; at most eight groups. Those in none are drawn as ``input``.
        axes: What the two numbers are, such as ``the first two principal components of EMBEDDINGS``.
        objects: Whether a point is an object, and not a sample.
    """

    name: str = attrs.field(validator=is_text)
    places: npt.NDArray[np.floating] = attrs.field(converter=_places)
    samples: Rows = attrs.field(converter=_rows)
    groups: Mapping[str, Rows] = attrs.field(factory=dict, kw_only=True, converter=_groups)
    axes: str = attrs.field(default="", kw_only=True, validator=is_text)
    objects: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        count = len(self.places)
        if len(self.samples) != count:
            raise ValueError(f"Map: {count} places, and {len(self.samples)} samples")
        for name, rows in self.groups.items():
            if len(rows) and not 0 <= rows.min() <= rows.max() < count:
                raise ValueError(f"Map: group {name!r:.80} has a point that is none of the {count}")
