"""Errors of plugins name the plugin, and the place in the config."""

from __future__ import annotations

from typing import Any

import attrs

from tamis.discovery.failing import failed
from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.errors import ConfigError, ParameterError, Problem, RunError, TamisError, described
from tamis.progress import Monitor


@attrs.frozen
class Attribution:
    """Names the plugin, and the place in the config, in what its code raises in the ``with`` block.

    A `RunError`, about the data and not about the plugin, gets the place. What the caller's own callback raises passes
    through as it is.
    """

    registry: Registry
    monitor: Monitor
    kind: PluginKind
    key: str
    path: str

    def __enter__(self) -> None:
        pass

    def __exit__(self, type_: Any, error: BaseException | None, traceback: Any) -> None:
        if error is None or self.monitor.has_raised(error):
            return
        if isinstance(error, ParameterError):
            raise ConfigError((Problem(f"{self.path}.{error.parameter}", error.message),)) from error
        if isinstance(error, RunError):
            raise RunError(f"{self.path}: {error}") from error
        if not isinstance(error, TamisError):
            raise failed(self.registry, self.kind, self.key, error, self.path) from error


@attrs.frozen
class PlaceInConfig:
    """Names that place only, in what an objective raises in another process."""

    path: str

    def __enter__(self) -> None:
        pass

    def __exit__(self, type_: Any, error: BaseException | None, traceback: Any) -> None:
        if isinstance(error, Exception) and not isinstance(error, TamisError):
            raise RunError(f"{self.path}.strategy: {described(error)}") from error
