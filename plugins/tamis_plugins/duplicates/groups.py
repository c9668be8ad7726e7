"""Groups of samples that repeat each other, from the kept one that each is ascribed to."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]


@attrs.frozen(eq=False)
class Groups:
    """The groups of some of ``n`` samples; a sample that is alone has a group of its own.

    Attributes:
        owners: ``(n,)`` the sample that is kept of the group of each; -1 for samples that are in none.
        places: ``(n,)`` the place of each in its group in the order of preference, 0 for the kept one; -1 as above.
        sizes: ``(n,)`` how many are in the group of each; 0 as above.
    """

    owners: Ints
    places: Ints
    sizes: Ints

    @classmethod
    def of(cls, order: Ints, owners: Ints, count: int) -> Groups:
        """Group them.

        Args:
            order: ``(k,)`` rows of samples, the preferred first.
            owners: ``(k,)`` the row that is kept in place of each.
            count: How many samples there are.
        """
        by_owner = np.argsort(owners, kind="stable")
        found = np.full((3, count), -1, dtype=np.intp)
        found[2] = 0
        begins = np.flatnonzero(np.diff(owners[by_owner], prepend=-1))
        sizes = np.diff(begins, append=len(order))
        rows = order[by_owner]
        found[0, rows] = owners[by_owner]
        found[1, rows] = np.arange(len(order)) - np.repeat(begins, sizes)
        found[2, rows] = np.repeat(sizes, sizes)
        return cls(*found)

    @property
    def numbers(self) -> Ints:
        """``(n,)`` the number of the group of each, from 1 in the order of those kept; 0 for samples that have none."""
        kept = (self.places == 0) & (self.sizes > 1)
        return np.where(self.sizes > 1, np.cumsum(kept)[self.owners], 0)
