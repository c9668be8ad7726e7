"""Parsing JSON: an object that has a name twice is refused, as one of the two would count and the other be dropped."""

from __future__ import annotations

import json
from typing import Any


def parsed(content: bytes | str, error_type: type[Exception], where: str = "") -> Any:
    """The data of JSON.

    Args:
        content: It.
        error_type: What to raise if it is none, or has an object with a name twice.
        where: Where it is from, for the message; empty if whoever catches the error says that.
    """
    try:
        return json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        what = _told(error)
        raise error_type(f"{where}: {what}" if where else what) from error


def _told(error: ValueError | RecursionError) -> str:
    if isinstance(error, _TwiceError):
        return str(error)
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, (json.JSONDecodeError, UnicodeError)):
        return f"not JSON: {error}"
    return "a number in it is too large"  # Python doesn't read integers of thousands of digits


class _TwiceError(ValueError):
    """An object has a name twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(f"an object has {next(name for name in names if names.count(name) > 1)!r} twice")
    return found
