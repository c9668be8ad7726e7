"""The place of each sample among its duplicates: 0 for the one to keep, 1 and up for those that repeat it.

A THRESHOLD ``SMALLER`` than 1 removes all but the ones to keep. ``by`` says what makes a duplicate:

- ``bytes``: files that are the same. Nothing is decoded.
- ``pixels``: images with the same size and the same pixels as the view `rgb` has them, whatever their format.
- ``phash``: perceptual hashes (see `hash.phash`) that differ in at most ``distance`` of 64 bits, by default 4: copies
  that were compressed again, scaled, or brightened a little. With 0 hashes must be equal.
- ``embeddings``: vectors (see `EMBEDDINGS`) within the Euclidean ``distance``, by default 0.1, of each other.

``keep`` says which sample of a group is kept: the ``first`` of the dataset, or that with the ``largest`` or
``smallest`` value of a ``key``, a metric or metadata as for METADATA; of equal ones the first, and one without a value
last. A preselected sample comes before all others, so that what repeats one is removed.

Groups have no chains. The most preferred sample of all takes every other that is within the distance of it; then the
most preferred of the rest does, and so on. So a sample that is removed is within the distance of the one that is kept
in its place, and no two that are kept are within the distance of each other.

The table of inputs has three columns more, empty for a sample without duplicates: ``kept_duplicate``, the sample that
is kept in place of one that isn't; ``distance``, how far it is from that; and ``group``, the number of the group, from
1. `tamis explain` names them, too. A sample without a hash, or a vector, is left out.

Hashes are measured in the pass that reads images anyway, and kept in a store: new images are compared with old ones
without opening these again. Hashes are found by sorting, not by comparing each with each: a million in seconds up to a
distance of 6. The time grows steeply with the distance, to minutes at 10. Vectors are compared with all that are kept.
A threshold on something else may remove the one that is kept of a group: ``keep`` by the same key, and it won't.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import About, Column, Context, InputProvider, Kind, Params, Report, errors, hookimpl
from tamis_plugins.duplicates import hashes, vectors
from tamis_plugins.duplicates.equal import first_equal
from tamis_plugins.duplicates.groups import Groups
from tamis_plugins.inputs import metadata

#: The metrics that each way to compare images needs; vectors are none.
NEEDS = {
    "bytes": ("hash.bytes", "lightly.sizeInBytes"),
    "pixels": ("hash.pixels", "lightly.width", "lightly.height"),
    "phash": ("hash.phash",),
    "embeddings": (),
}
#: The distance of each, where none is given, and the largest there may be.
DISTANCES = {"phash": (4, 16), "embeddings": (0.1, np.inf)}
#: From which share of the samples on a single group is worth a note.
LARGE = 0.5

Ints = npt.NDArray[np.intp]


def kind(params: Params, about: About) -> Kind:
    """A number, once it's certain that everything fits."""
    by, distance = params["by"], params.get("distance")
    if distance is not None:
        if by not in DISTANCES:
            fitting = " and ".join(map(repr, DISTANCES))
            raise errors.ParameterError("distance", f"goes with by {fitting}; by '{by}' duplicates are equal")
        if by == "phash" and (distance != int(distance) or distance > DISTANCES[by][1]):
            raise errors.ParameterError(
                "distance", f"is a number of bits from 0 to {DISTANCES[by][1]}, not {distance:g}"
            )
    if by == "embeddings":
        about.embeddings()
    if params["keep"] != "first" and _keyed(params, about) is not Kind.SCALAR:
        raise errors.ParameterError("keep.key", f"'{params['keep']['key']}' is a category, which has no largest value")
    return Kind.SCALAR


def _keyed(params: Params, about: About) -> Kind:
    try:
        return metadata.kind({"key": params["keep"]["key"]}, about)
    except errors.ParameterError as error:
        raise errors.ParameterError(f"keep.{error.parameter}", error.message) from error


def needs(params: Params, about: About) -> tuple[str, ...]:
    """The hash, and what decides which one is kept."""
    keep = params["keep"]
    return (*NEEDS[params["by"]], *(() if keep == "first" else metadata.needs({"key": keep["key"]}, about)))


def provide(params: Params, context: Context, report: Report) -> Column:
    """Find the groups."""
    by, distance = params["by"], params.get("distance", DISTANCES.get(params["by"], (0,))[0])
    compared = [context.metric(key) for key in NEEDS[by]] or [context.embeddings()]
    valid = np.logical_and.reduce([column.valid for column in compared])
    order = _preferred(params["keep"], context)
    order = order[valid[order]]
    if by == "embeddings":
        owners = vectors.first_near(compared[0].values, order, distance, report)
    elif by == "phash":
        owners = order[hashes.first_near(compared[0].values[order].view(np.uint64), int(distance), report)]
    else:
        owners = order[first_equal([column.values[order] for column in compared])]
    groups = Groups.of(order, owners, len(context.samples))
    reasons = {row: why for column in compared for row, why in column.reasons.items()}
    return Column(
        f"DUPLICATES.{by}",
        Kind.SCALAR,
        groups.places,
        valid=valid,
        reasons=reasons,
        record=_record(groups, compared[0], by, context.samples),
        notes=tuple(_notes(groups, by)),
    )


def _preferred(keep: Any, context: Context) -> Ints:
    """All rows, those that are to be kept first."""
    preselected = np.zeros(len(context.samples), dtype=bool)
    preselected[context.preselected] = True
    if keep == "first":
        return np.argsort(~preselected, kind="stable")
    column = metadata.provide({"key": keep["key"]}, context)
    values = column.values if keep.get("order") == "smallest" else -column.values.astype(np.float64)
    return np.lexsort([values, ~column.valid, ~preselected])


def _record(groups: Groups, compared: Column, by: str, samples: tuple[str, ...]) -> dict[str, Column]:
    """Which sample is kept in place of another, how far it is, and the number of the group."""
    repeats = np.flatnonzero(groups.places > 0)
    kept, codes = np.unique(groups.owners[repeats], return_inverse=True)
    names, distances = (np.zeros(len(samples), dtype=dtype) for dtype in (np.int64, np.float64))
    names[repeats] = codes
    distances[repeats] = _distances(compared.values, repeats, groups.owners[repeats], by)
    if by != "embeddings":
        distances = distances.astype(np.int64)
    there = groups.places > 0
    return {
        "kept_duplicate": Column(
            "kept duplicate", Kind.CATEGORY, names, labels=tuple(samples[row] for row in kept.tolist()), valid=there
        ),
        "distance": Column("distance", Kind.SCALAR, distances, valid=there),
        "group": Column("group", Kind.SCALAR, groups.numbers, valid=groups.sizes > 1),
    }


def _distances(values: npt.NDArray[Any], rows: Ints, others: Ints, by: str) -> npt.NDArray[Any]:
    if by == "embeddings":
        differences = values[rows].astype(np.float64) - values[others]
        lengths: npt.NDArray[Any] = np.sqrt(np.vecdot(differences, differences))
        return lengths
    if by == "phash":
        bits: npt.NDArray[Any] = np.bitwise_count((values[rows] ^ values[others]).view(np.uint64))
        return bits
    return np.zeros(len(rows))


def _notes(groups: Groups, by: str) -> list[str]:
    """How many there are, and whether one group is nearly all."""
    repeats = int(np.count_nonzero(groups.places > 0))
    found = int(np.count_nonzero((groups.places == 0) & (groups.sizes > 1)))
    if not repeats:
        return ["no duplicates among the samples"]
    what = "1 sample repeats" if repeats == 1 else f"{repeats} samples repeat"
    notes = [f"{what} another one, in {found} group{'s' * (found > 1)}"]
    there, most = int(np.count_nonzero(groups.sizes)), int(groups.sizes.max())
    if most > 2 and most > LARGE * there:
        remedy = ": a smaller distance tells more of them apart" * (by in DISTANCES)
        notes.append(f"{most} of {there} samples are in one group{remedy}")
    return notes


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare DUPLICATES."""
    key = {
        "properties": {
            "key": {"type": "string", "minLength": 1, "description": "A metric, or numeric metadata."},
            "order": {"enum": ["largest", "smallest"], "description": "Which value is kept; by default the largest."},
        },
        "required": ["key"],
        "additionalProperties": False,
    }
    schema = {
        "properties": {
            "by": {"enum": list(NEEDS), "description": "What duplicates have in common."},
            "distance": {
                "type": "number",
                "minimum": 0,
                "description": "By phash the bits that may differ, 0 to 16, by default 4; by embeddings 0.1.",
            },
            "keep": {
                "if": {"type": "object"},
                "then": key,
                "else": {"enum": ["first"]},
                "default": "first",
                "description": 'Which one is kept: "first", or that with the largest or smallest value of a key.',
            },
        },
        "required": ["by"],
        "examples": [
            {"by": "bytes"},
            {"by": "pixels", "keep": {"key": "lightly.sizeInBytes", "order": "smallest"}},
            {"by": "phash", "distance": 6, "keep": {"key": "lightly.sharpness"}},
            {"by": "embeddings", "distance": 0.1},
        ],
    }
    return [
        InputProvider(
            "DUPLICATES",
            provide,
            kind=kind,
            needs=needs,
            schema=schema,
            yields={Kind.SCALAR: ""},
            doc=__doc__ or "",
        )
    ]
