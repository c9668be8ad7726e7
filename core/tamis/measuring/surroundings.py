"""What plugins change beyond their results: put back, so that it is nobody else's.

The error handling of NumPy is a variable of a context, of which each function gets a copy. What belongs to the process
as a whole is compared with what was, once for an image, where there are plugins of others; on threads, once for a run.
"""

from __future__ import annotations

import decimal
import locale
import os
import random
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

from tamis.dataset import decoder


@contextmanager
def same_settings() -> Iterator[None]:
    """Put back the folder, the filters of warnings, the locale and the settings of `decimal` and of the decoder."""
    before = _settings()
    try:
        with decimal.localcontext():
            yield
    finally:
        if _settings() != before:
            _put_back(*before)


@contextmanager
def same_chances() -> Iterator[None]:
    """Put back the states of the global random generators, of Python and of NumPy, in the end."""
    states = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


def _settings() -> tuple[Any, ...]:
    return _folder(), list(warnings.filters), locale.setlocale(locale.LC_ALL), decoder.settings()


def _folder() -> str | None:
    """The working directory; None if it is gone."""
    try:
        return os.getcwd()  # noqa: PTH109 (it's called for every image)
    except OSError:
        return None


def _put_back(folder: str | None, filters: list[Any], languages: str, settings: Mapping[str, Any]) -> None:
    with suppress(OSError):
        os.chdir(folder or ".")
    warnings.filters[:] = filters  # type: ignore[index]  # it's a list
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, languages)
    decoder.set_to(settings)
