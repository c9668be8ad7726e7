"""Numbers that a caller passes beside a config, such as ``jobs`` and ``memory``: one that is wrong is told as there."""

from __future__ import annotations

from contextlib import suppress
from math import inf
from numbers import Real
from typing import Any

from tamis.errors import ConfigError, Problem


def number(path: str, value: Any, what: str, least: float = 0, *, above: bool = False) -> float:
    """A finite number.

    Args:
        path: What errors call it.
        value: What the caller has passed.
        what: What it is to be, such as ``a number of seconds``.
        least: From which number on.
        above: Whether that is too little itself.

    Raises:
        ConfigError: it is none, or less.
    """
    if isinstance(value, Real) and not isinstance(value, bool):
        with suppress(OverflowError):  # as of 10**400
            found = float(value)
            if least <= found < inf and (found > least or not above):
                return found
    raise _refused(path, value, f"{what}{' above' if above else ', from'} {least:g}")


def whole_number(path: str, value: Any, what: str, least: int = 1) -> int:
    """An integer, which may be written as a float, such as 4e9. The arguments are those of `number`."""
    if number(path, value, what, least).is_integer():
        return int(value)
    raise _refused(path, value, f"{what}, from {least}")


def _refused(path: str, value: object, what: str) -> ConfigError:
    return ConfigError((Problem(path, f"is {what}, not {value!r:.80}"),))
