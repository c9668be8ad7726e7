"""Ids of COCO's files, which some tools write as text."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

#: Integers from 0 as JSON writes them, of a length that no id exceeds.
_INTEGER = re.compile(r"0|[1-9][0-9]{0,18}")


def number_of_id(id_: Any) -> Any:
    """The integer that an id is the text of; any other as it is."""
    return int(id_) if isinstance(id_, str) and _INTEGER.fullmatch(id_) else id_


class ListedIds:
    """The ids that a file lists, to look up those that others refer to.

    Args:
        ids: As the file has them.
    """

    def __init__(self, ids: Collection[Any]) -> None:
        self._ids = frozenset(ids)
        self._by_number = {number_of_id(id_): id_ for id_ in ids}

    def find(self, id_: Any) -> Any:
        """The one that is meant, be it the number or its text; None if it isn't listed."""
        return id_ if id_ in self._ids else self._by_number.get(number_of_id(id_))
