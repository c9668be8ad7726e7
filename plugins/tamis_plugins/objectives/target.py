"""Which share each class of a distribution is to have."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Column, Kind, Params, errors

Rows = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: The class that stands for all classes that a target doesn't list.
OTHER = "(other)"
#: How much a category has to resemble another to be suggested: 'cra' is a misspelt 'car', and 'snowy' no 'sunny'.
SPELLING = 0.65
NOTHING = "{} has no class in any sample: there is nothing to balance"


def unknown_classes(params: Params, labels: tuple[str, ...], kind: Kind, name: str) -> list[str]:
    """The classes of the target that an input of this name and kind doesn't have.

    Raises:
        ParameterError: the input can't have them: the schema of a task lists all that there can be.
    """
    unknown = [each for each in params.get("target", {}) if each not in labels]
    if unknown and kind is Kind.DISTRIBUTION:
        near = errors.did_you_mean(unknown[0], labels)
        raise errors.ParameterError("target", f"{name} has no {', '.join(map(repr, unknown))}{near}")
    return unknown


@attrs.frozen(eq=False)
class Target:
    """Which share each class is to have.

    Attributes:
        classes: Their names. `OTHER` is the last, if it is one of them.
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
        """From the parameters of BALANCE, and the amount of each label among the candidates."""
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
        # Of a category the labels may be those of samples that are left out, too.
        is_category = column.kind is Kind.CATEGORY
        labels = tuple(column.labels[each] for each in occurring) if is_category else column.labels
        unknown = unknown_classes(params, labels, column.kind, column.name)
        notes = tuple(
            f"target: no sample's {column.name} is {name!r}{errors.did_you_mean(name, labels, likeness=SPELLING)}"
            for name in unknown
        )
        if len(unknown) == len(wanted):
            notes += ("target: none of its classes occurs, so this strategy prefers no sample",)
        names: tuple[str, ...] = tuple(name for name in wanted if name not in unknown)
        positions = np.array([column.labels.index(name) for name in names], dtype=np.intp)
        shares = np.array([wanted[name] for name in names], dtype=np.float64)
        total = sum(wanted.values())
        if total > 1 + 1e-9:
            notes += (f"target: the shares sum to {total:.10g}, and are scaled to 1",)
            shares /= total
        others = np.setdiff1d(occurring, positions)
        if len(others):
            names, shares = (*names, OTHER), np.append(shares, max(1 - total, 0.0))
        if not len(occurring):
            notes += (NOTHING.format(column.name),)
        return cls(names, shares, notes, positions, others)

    def one_each(self, labels: int) -> Floats:
        """What `merged` makes of a class vector for each of so many labels, with 1 of that."""
        vectors = np.zeros((labels, len(self.classes)))
        vectors[self._positions, np.arange(len(self._positions))] = 1
        vectors[self._others, -1:] = 1
        return vectors

    def merged(self, vectors: Floats) -> Floats:
        """Class vectors over the target's classes: the classes that it doesn't list are summed up, or left out."""
        if np.array_equal(self._positions, np.arange(vectors.shape[1])):
            return vectors
        listed = vectors[:, self._positions]
        if not len(self._others):
            return listed
        return np.column_stack([listed, vectors[:, self._others].sum(axis=1)])
