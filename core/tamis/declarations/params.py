"""What functions of several kinds of plugins take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

#: The parameters of a plugin, as its schema describes them, defaults filled in.
Params = Mapping[str, Any]
#: Tells the host how much is done of how much, and raises if the host wants to stop.
Report = Callable[[int, int], None]


def own(params: Params) -> dict[str, Any]:
    """A copy for one call of a plugin: what that writes there is seen by no other call, and by no record."""
    return {name: deepcopy(value) for name, value in params.items()}
