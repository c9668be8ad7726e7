"""What the code of a plugin raises, as an error that names the plugin."""

from __future__ import annotations

from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.errors import PASSING, BrokenPluginError, RunError, TamisError, described


def failed(registry: Registry, kind: PluginKind, key: str, error: BaseException, path: str = "") -> TamisError:
    """The error to raise from it; ``path`` is where the config names the plugin. Raises what passes through plugins."""
    if isinstance(error, PASSING):
        raise error
    where = f"{path}: " if path else ""
    if isinstance(error, MemoryError):  # which is no defect of the plugin
        who = f"{kind} '{key}' of {registry.provider(kind, key)}"
        return RunError(f"{where}there is not enough memory for {who}: {described(error)}")
    return BrokenPluginError(f"{where}{kind} '{key}' of {registry.provider(kind, key)} failed: {described(error)}")
