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

try:
    import resource
except ImportError:  # as on Windows, which has no such limits
    LIMITS: Mapping[str, int] = {}
else:
    _NAMES = {getattr(resource, name): name for name in reversed(dir(resource)) if name.startswith("RLIMIT_")}
    LIMITS = {name: which for which, name in _NAMES.items()}  # some have two names


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


@contextmanager
def same_limits(*, telling: bool = True) -> Iterator[None]:
    """Put back what the system allows the process, such as how many open files, as far as that can be put back.

    Args:
        telling: Whether to raise `ValueError` if it was changed: whoever has done that is to be known, as others would
            seem to fail for it.
    """
    before = [resource.getrlimit(which) for which in LIMITS.values()]
    try:
        yield
    finally:
        changed = []
        for (name, which), limit in zip(LIMITS.items(), before, strict=True):
            if resource.getrlimit(which) != limit:
                changed.append(name)
                most = resource.getrlimit(which)[1]  # which not everybody may raise again
                for possible in (limit, (limit[0], most), (most, most)):
                    with suppress(OSError, ValueError):
                        resource.setrlimit(which, possible)
                        break
        if changed and telling:
            raise ValueError(f"it changes what the system allows the process: {', '.join(changed)}")


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
