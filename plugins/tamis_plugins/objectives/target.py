"""Which share each class of a distribution is to have."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, errors

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: The class of all that a target doesn't list.
OTHER = "(other)"
NOTHING = "{} has no class in any sample: there is nothing to balance"


def unknown_classes(params: Params, labels: tuple[str, ...], kind: Kind, name: str) -> list[str]:
    """The classes of the target that an input of this name and kind doesn't have.

    Raises:
        ParameterError: the input can't have them, or has none of those that the target lists.
    """
    wanted = params.get("target", {})
    unknown = [each for each in wanted if each not in labels]
    if unknown and (kind is Kind.DISTRIBUTION or len(unknown) == len(wanted)):
        near = errors.did_you_mean(unknown[0], labels)
        raise errors.ParameterError("target", f"{name} has no {', '.join(map(repr, unknown))}{near}")
    return unknown


@attrs.frozen(eq=False)
class Target:
    """Which share each class is to have.

    Attributes:
        classes: Their names, `OTHER` the last if it is one of them.
        shares: ``(c,)``, not negative.
        notes: What the user should know.
    """

    classes: tuple[str, ...]
    shares: Floats
    notes: tuple[str, ...]
    _positions: Rows
    _others: Rows

    @classmethod
    def of(cls, column: Column, amounts: Floats, params: Params) -> Target:
        """From the parameters, and how much of each label there is."""
        occurring = np.flatnonzero(amounts > 0)
        notes: tuple[str, ...] = ()
        if params["distribution"] != "TARGET":
            shares = (
                amounts[occurring] / amounts.sum() if params["distribution"] == "INPUT" else np.ones(len(occurring))
            )
            notes = () if len(occurring) else (NOTHING.format(column.name),)
            occur = tuple(column.labels[position] for position in occurring)
            return cls(occur, shares / max(shares.sum(), 1.0), notes, occurring, occurring[:0])
        wanted: dict[str, float] = params["target"]
        unknown = unknown_classes(params, column.labels, column.kind, column.name)
        notes = tuple(
            f"target: no sample's {column.name} is {name!r}{errors.did_you_mean(name, column.labels)}"
            for name in unknown
        )
        names: tuple[str, ...] = tuple(name for name in wanted if name not in unknown)
        positions = np.array([column.labels.index(name) for name in names], dtype=np.intp)
        shares = np.array([wanted[name] for name in names], dtype=np.float64)
        total = sum(wanted.values())
        if total > 1 + 1e-9:
            notes += (f"target: the shares sum to {total:g}, and are scaled to 1",)
            shares /= total
        others = np.setdiff1d(occurring, positions)
        if len(others):
            names, shares = (*names, OTHER), np.append(shares, max(1 - total, 0.0))
        if not len(occurring):
            notes += (NOTHING.format(column.name),)
        return cls(names, shares, notes, positions, others)

    def merged(self, vectors: Floats) -> Floats:
        """Class vectors over the target's classes: those not listed as one, or left out."""
        listed = vectors[:, self._positions]
        if not len(self._others):
            return listed
        return np.column_stack([listed, vectors[:, self._others].sum(axis=1)])
