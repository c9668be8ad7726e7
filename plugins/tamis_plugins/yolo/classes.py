"""What the numbers of YOLO's labels are called."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen(eq=False)
class Classes:
    """The names of the categories.

    Attributes:
        names: By id; empty if they aren't known.
        where: What has them: a file, or an option.
    """

    names: Mapping[int, str]
    where: str

    def check(self, id_: int) -> None:
        """Raise `ValueError` if a class has no name."""
        if id_ not in self.names:
            listed = f"{len(self.names)} classes, from {min(self.names)} to {max(self.names)}"
            raise ValueError(f"class {id_} has no name: {self.where} lists {listed}")
