"""Map by UMAP: the vectors of samples or objects in the plane, such that those that are close to each other stay close.

It shows groups that the first two principal components lay on top of each other. How far two groups are apart, how
large one is and what the axes are says nothing. By McInnes, Healy and Melville, 2018, *UMAP: Uniform Manifold
Approximation and Projection for Dimension Reduction*, arXiv 1802.03426, with 15 neighbours, from the places that the
points have by their principal components. The same vectors give the same map.

A page has it where it is named, as in ``tamis report out -O 'also=["umap"]'``, and needs the package ``umap-learn``
(extra ``umap``). It takes half a minute to get ready, and then time in proportion to ``points``, which is how many
points it has at the most: all that are selected, as far as there is room, and others by chance.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from tamis import Params, Section, Subject, blocks, errors, hookimpl
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.maps import map_of
from tamis_plugins.statistics.sets import INPUT, PRESELECTED, SELECTED, Rows
from tamis_plugins.statistics.spread import Spread
from tamis_plugins.statistics.thinning import thinned

#: Neighbours that are to stay neighbours; UMAP's own default.
NEIGHBOURS = 15
#: Points from which on there is a map.
FEWEST = 3


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """One for each input of vectors."""
    for spread in subject.once(Facts.of).spreads:
        drawn = _drawn(spread, options["points"])
        if len(drawn) >= FEWEST:
            left = len(spread.chosen[INPUT]) - len(drawn)
            yield map_of(spread, drawn, _places(spread, drawn), f"UMAP of {spread.points.name}")
            if left:
                yield blocks.Text(f"{left:,} more points are not on this map.", tone="aside")


def _drawn(spread: Spread, most: int) -> Rows:
    """The points on the map, ascending: the selected ones first, and then whichever."""
    everything = spread.chosen[INPUT]
    chosen = np.concatenate([spread.chosen.get(name, everything[:0]) for name in (SELECTED, PRESELECTED)])
    return everything[thinned(np.isin(everything, chosen), most)]


def _places(spread: Spread, drawn: Rows) -> npt.NDArray[np.float64]:
    """Where UMAP puts them. Raises `MissingDependencyError`."""
    try:
        from umap import UMAP
    except ImportError:
        raise errors.MissingDependencyError("umap-learn", "section 'umap'", "umap") from None
    start = spread.places(drawn)
    start *= 10 / max(float(np.abs(start).max()), np.finfo(np.float64).tiny)  # as large as its own first places
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mapper = UMAP(
            n_neighbors=min(NEIGHBOURS, len(drawn) - 1),
            init=start.astype(np.float32),
            random_state=np.random.RandomState(0),
            n_jobs=1,
        )
        places = mapper.fit_transform(np.asarray(spread.points.values[drawn], dtype=np.float32))
    return np.asarray(places, dtype=np.float64)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare umap."""
    schema = {
        "properties": {
            "points": {"type": "integer", "minimum": FEWEST, "default": 10_000, "description": "At the most."},
        },
        "examples": [{"points": 2000}],
    }
    return [Section("umap", make, title="Map by UMAP", position=91, usual=False, schema=schema, doc=__doc__ or "")]
