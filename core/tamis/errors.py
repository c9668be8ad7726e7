"""Every error that tamis raises on purpose.

    TamisError
    ├── ConfigError              the selection config is wrong; holds every problem found, each with its path
    ├── ParameterError           raised by a plugin about one of its parameters; becomes part of a ConfigError
    ├── NoValueError             raised by a metric about an image that has no such value; its message is the reason
    ├── DatasetError             the images, or the list of them, can't be used
    ├── PredictionError          the predictions of a task can't be used
    ├── EmbeddingError           vectors can't be had: of this task, from this file, with these options
    ├── MetadataError            custom metadata is invalid; names files, path, expected and found
    ├── DataError                what a config needs of its data can't be had; holds every problem that was found
    ├── RunError                 the run can't go on: no usable sample, a failure under ``strict``, impossible numbers
    ├── OutputError              the result can't be written there
    ├── StoreError               the store can't be used: damaged, foreign, newer, in use, or its disk is full
    ├── MissingDependencyError   an optional package isn't installed; names the command that installs it
    ├── Cancelled                the caller asked the run to stop
    └── PluginError
        ├── UnknownKeyError      no installed plugin has this key; names the nearest
        ├── BlockedPluginError   the key exists, and allow, block or the environment excludes it
        ├── BrokenPluginError    the plugin behind the key can't be loaded; holds the cause
        └── PluginConflictError  several distributions claim the key; names all of them

Messages say what happened, where, and what to do about it. The command line prints them as they are.
Every class pickles, so that errors cross process boundaries.
"""

from __future__ import annotations

import sys
from typing import ClassVar

import attrs

from tamis.printable import printable
from tamis.suggestion import did_you_mean

__all__ = [
    "BlockedPluginError",
    "BrokenPluginError",
    "Cancelled",
    "ConfigError",
    "DataError",
    "DatasetError",
    "EmbeddingError",
    "MetadataError",
    "MissingDependencyError",
    "NoValueError",
    "OutputError",
    "ParameterError",
    "PluginConflictError",
    "PluginError",
    "PredictionError",
    "Problem",
    "RunError",
    "StoreError",
    "TamisError",
    "UnknownKeyError",
    "did_you_mean",
]


#: How many of many problems a message names.
SHOWN = 5
#: What passes through plugins as it is: the user's wish to stop, and the end of a generator.
PASSING = (KeyboardInterrupt, GeneratorExit)


class TamisError(Exception):
    """Base of every error that tamis raises on purpose."""

    #: What the command line exits with: 2 for bad usage or config, 1 for a run that failed.
    exit_code: ClassVar[int] = 1


def join(path: str, name: str) -> str:
    """The path of a member."""
    return f"{path}.{name}" if path else name


def described(error: BaseException) -> str:
    """The type and message of what a plugin raised, on one line."""
    try:
        text = " ".join(str(error).split())
    except PASSING:
        raise
    except BaseException:  # noqa: BLE001 (a plugin's own class of errors may be wrong, too)
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@attrs.frozen
class Problem:
    """One thing that is wrong with a config.

    Attributes:
        path: Where, such as ``strategies[1].input.key``; empty for the config as a whole.
        message: What is wrong there and what would be right.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.path}: {self.message}" if self.path else self.message)


class ConfigError(TamisError):
    """The selection config is wrong.

    Attributes:
        problems: Everything that was found, in the order of the config.
    """

    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


class ParameterError(TamisError):
    """A plugin refuses the value of one of its parameters.

    Input providers and strategies raise it; tamis adds where in the config the parameter stands.
    """

    exit_code = 2

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(parameter, message)
        self.parameter = parameter
        self.message = message

    def __str__(self) -> str:
        return f"{self.parameter}: {self.message}"


class NoValueError(TamisError):
    """An image has no such value, as a PNG has no JPEG quality: its message says why, and is what users read.

    Metrics raise it. That is no fault of theirs, where any other exception is one.
    """


class DatasetError(TamisError):
    """The images, or the list of them, can't be used."""

    exit_code = 2


class PredictionError(TamisError):
    """The predictions of a task can't be used: its schema is wrong, or all of its files are missing or invalid."""

    exit_code = 2


class EmbeddingError(TamisError):
    """Embeddings can't be had."""

    exit_code = 2


class MetadataError(TamisError):
    """Custom metadata is invalid.

    Attributes:
        problems: Everything that was found, each with the file, the path, what was expected and what was found.
    """

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems

    def __str__(self) -> str:
        shown, more = self.problems[:SHOWN], len(self.problems) - SHOWN
        rest = [f"and {more} more; tamis validate --data names them all"] if more > 0 else []
        return "\n".join([*shown, *rest])


class DataError(TamisError):
    """What a config needs of its data can't be had, so that a run would end.

    Attributes:
        problems: Everything that was found.
    """

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class RunError(TamisError):
    """The run can't go on: no usable sample is left, or a sample failed under ``strict``.

    A strategy raises it about values that it can't compute with; tamis adds where in the config it stands.
    """


class OutputError(TamisError):
    """The result can't be written there."""

    exit_code = 2


class StoreError(TamisError):
    """The store can't be used: it is damaged, something else, of a newer version, in use, or its disk is full."""


class MissingDependencyError(TamisError):
    """An optional package is needed and isn't installed: an extra of tamis, or of a plugin's own distribution.

    Made where an `ImportError` is handled, it tells a package that isn't there from one that is, and can't be imported.

    Attributes:
        why: Why a package that is there can't be imported; empty if it isn't there.
    """

    exit_code = 2

    def __init__(
        self, package: str, purpose: str, extra: str, distribution: str = "tamis", why: str | None = None
    ) -> None:
        self.why = _why(sys.exc_info()[1]) if why is None else why
        super().__init__(package, purpose, extra, distribution, self.why)
        self.package, self.purpose, self.extra, self.distribution = package, purpose, extra, distribution

    def __str__(self) -> str:
        why = f", which can't be imported ({self.why})" if self.why else ""
        return f"{self.purpose} needs {self.package}{why}: pip install '{self.distribution}[{self.extra}]'"


def _why(error: BaseException | None) -> str:
    """Why what is installed can't be imported; empty if nothing is: whoever imports it has found no such module."""
    if not isinstance(error, ImportError):
        return ""
    importers, place = set(), error.__traceback__
    while place:
        importers.add(place.tb_frame.f_globals.get("__name__", "").partition(".")[0])
        place = place.tb_next
    missing = isinstance(error, ModuleNotFoundError) and len(importers - {"importlib"}) <= 1
    return "" if missing else described(error)


class Cancelled(TamisError):  # noqa: N818 (an outcome the caller asked for)
    """The caller asked the run to stop, and it has."""


class PluginError(TamisError):
    """A plugin can't be used."""

    exit_code = 2


class UnknownKeyError(PluginError):
    """No installed plugin has this key."""


class BlockedPluginError(PluginError):
    """The key exists, and ``allow``, ``block`` or the environment excludes it."""


class BrokenPluginError(PluginError):
    """The plugin behind the key can't be loaded; ``__cause__`` is what it raised."""


class PluginConflictError(PluginError):
    """Several distributions claim one key."""
