"""Names in annotations, matched with those of samples: as they are, else by the end of a path.

An annotation file may call ``train/a.jpg`` just ``a.jpg``, or ``/data/train/a.jpg``, or give its URL. Where no name is
the same, one is taken for a sample if either is the other's last parts, and if there is no second such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]

#: No row; and several that it could be.
_NONE, _SEVERAL = -1, -2


@attrs.frozen(eq=False)
class Matched:
    """What belongs to each of some samples.

    Attributes:
        rows: ``(n,)`` the row of the annotations for each sample; -1 where there is none.
        orphans: Rows that belong to no sample, ascending.
        notes: What the user should know of how they were matched.
        unclear: Positions of samples that several rows could be of, or that share one with others; they have none.
    """

    rows: Rows
    orphans: Rows
    notes: tuple[str, ...] = ()
    unclear: tuple[int, ...] = ()


class NameIndex:
    """The rows of annotations by the names that they have there.

    Args:
        names: Unique, in the order of the rows.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._rows = {name: row for row, name in enumerate(names)}
        self._ends: Mapping[str, int] | None = None

    def match(self, samples: Sequence[str]) -> Matched:
        """The row of each sample."""
        rows = np.fromiter((self._rows.get(sample, _NONE) for sample in samples), np.int64, len(samples))
        unclear: list[int] = []
        notes = tuple(self._by_ends(samples, rows, unclear)) if len(self._names) and (rows == _NONE).any() else ()
        used = np.zeros(len(self._names), dtype=bool)
        used[rows[rows >= 0]] = True
        return Matched(rows, np.flatnonzero(~used), notes, tuple(unclear))

    def _by_ends(self, samples: Sequence[str], rows: Rows, unclear: list[int]) -> Iterator[str]:
        """Fill in the rows of samples that are not named as they are, and which are unclear; yield what to say."""
        taken = set(rows[rows >= 0].tolist())
        claims: dict[int, list[int]] = {}
        for position in np.flatnonzero(rows == _NONE).tolist():
            found = self._ending(samples[position])
            if found == _SEVERAL:
                unclear.append(position)
            elif found >= 0 and found not in taken:
                claims.setdefault(found, []).append(position)
        matched: list[int] = []
        for row, positions in claims.items():
            if len(positions) == 1:
                rows[positions[0]] = row
                matched.append(positions[0])
            else:
                unclear += positions
        if matched:
            yield (
                f"{len(matched)} samples are matched by the ends of their paths, such as {samples[matched[0]]} with "
                f"{self._names[rows[matched[0]]]}"
            )
        if unclear:
            yield (
                f"{len(unclear)} samples have none, because it isn't clear which is theirs: a name is the end of "
                f"several paths, such as {samples[unclear[0]]}"
            )

    def _ending(self, sample: str) -> int:
        """The only row whose name is the end of the sample's, the longest first; or which ends with the sample's."""
        for end in _ends(sample):
            if (row := self._rows.get(end)) is not None:
                return row
        if self._ends is None:
            ends: dict[str, int] = {}
            for row, name in enumerate(self._names):
                for end in (_posix(name), *_ends(_posix(name))):
                    ends[end] = row if ends.get(end, row) == row else _SEVERAL
            self._ends = ends
        return self._ends.get(sample, _NONE)


def _posix(name: str) -> str:
    """With ``/`` between its parts, as names of samples have it, and nothing before the first."""
    return name.replace("\\", "/").removeprefix("./")


def _ends(name: str) -> Iterator[str]:
    """What is left of a path without its first parts, the longest first."""
    start = name.find("/")
    while start >= 0:
        if end := name[start + 1 :]:
            yield end
        start = name.find("/", start + 1)
