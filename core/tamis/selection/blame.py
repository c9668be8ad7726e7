"""Whose fault it is: errors of plugins name the plugin and the place in the config."""

from __future__ import annotations

from typing import Any

import attrs

from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.errors import BrokenPluginError, ConfigError, ParameterError, Problem, RunError, TamisError, described
from tamis.progress import Monitor


@attrs.frozen
class Blame:
    """Names the plugin, and the place in the config, in whatever its code raises in the ``with`` block.

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
        if isinstance(error, (Exception, SystemExit)) and not isinstance(error, TamisError):
            plugin = self.registry.provider(self.kind, self.key)
            message = f"{self.path}: {self.kind} '{self.key}' of {plugin} failed: {described(error)}"
            raise BrokenPluginError(message) from error
