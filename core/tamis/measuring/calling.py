"""Calling functions of plugins: what they get is kept from changes, what they return is checked."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
from PIL import Image

from tamis.data.names import text_of
from tamis.errors import NoValueError, described


def frozen(view: Any) -> Any:
    """The same array or image, not to be written to."""
    if isinstance(view, np.ndarray):
        view.flags.writeable = False
    elif isinstance(view, Image.Image):
        view.readonly = 1  # Pillow then gives the image pixels of its own before it writes to it
    return view


def call(compute: Callable[..., Any], views: dict[str, Any]) -> Any:
    """Call a function with views as keywords. What it does to an image is undone, and an error."""
    for view in views.values():
        if isinstance(view, Image.Image):
            return _guarded(compute, views)
    return compute(**views)


def _guarded(compute: Callable[..., Any], views: dict[str, Any]) -> Any:
    """Call it; undo what it does to a Pillow image that others share, and raise `ValueError` about it."""
    images = [(view, view.im, dict(vars(view))) for view in views.values() if isinstance(view, Image.Image)]
    try:
        return compute(**views)
    finally:
        changed = [(view, before) for view, pixels, before in images if view.im is not pixels]
        for view, before in changed:
            vars(view).clear()
            vars(view).update(before)
        if changed:
            raise ValueError("it changes an image that others share")


#: Characters that a category may have.
LONGEST = 200


def value(result: Any, dtype: str) -> float | int | str:
    """The number or category that a metric returned. Raises if it isn't one."""
    return _category(result) if dtype == "category" else _number(result, dtype)


def _category(result: Any) -> str:
    if not isinstance(result, str):
        raise TypeError(f"returned {result!r:.80}, not a text")
    if not 0 < len(result) <= LONGEST:
        raise ValueError(f"returned a text of {len(result)} characters, and a category has 1 to {LONGEST}")
    return text_of(str.__str__(result))


def _number(result: Any, dtype: str) -> float | int:
    if dtype == "int":
        try:
            integer = operator.index(result)
        except TypeError:
            raise TypeError(f"returned {result!r:.80}, not an integer") from None
        if not -(2**63) <= integer < 2**63:
            raise OverflowError(f"returned {integer}, which 64 bits can't hold")
        return integer
    if not isinstance(result, float):
        if np.ndim(result):
            raise TypeError(f"returned an array of shape {np.shape(result)}, not a number")
        if isinstance(result, (str, bytes)) or not isinstance(result, (SupportsFloat, SupportsIndex)):
            raise TypeError(f"returned {result!r:.80}, not a number")
    if not math.isfinite(real := float(result)):
        raise ValueError(f"returned {real}")
    return real


def objects_of(result: Iterable[Any]) -> str:
    """The objects that a task returned, as a prediction file has them: JSON. Raises if that can't be."""
    if isinstance(result, (Mapping, str)) or not isinstance(result, Iterable):
        raise TypeError(f"returned {result!r:.80}, not a list of objects")
    return json.dumps(list(result), default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"returned objects with a value of type {type(value).__name__}, which a prediction can't hold")


def is_passing(error: BaseException) -> bool:
    """Whether the system, a limit or a filter of warnings refused it, rather than the image or the plugin is wrong."""
    limits = (MemoryError, Image.DecompressionBombError, Warning)
    return isinstance(error, limits) or (isinstance(error, OSError) and error.errno is not None)


def reason_of(error: BaseException) -> str:
    """What happened, on one line. The type of an OSError, or a NoValueError, adds nothing to what it says."""
    if isinstance(error, NoValueError):
        return described(error).removeprefix(f"{type(error).__name__}: ")
    if isinstance(error, OSError):
        return error.strerror or " ".join(str(error).split()) or type(error).__name__
    return described(error)
