"""What the code of a plugin raises, as an error that names the plugin."""

from __future__ import annotations

from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.errors import BrokenPluginError, described


def failed(registry: Registry, kind: PluginKind, key: str, error: BaseException, path: str = "") -> BrokenPluginError:
    """The error to raise from it; ``path`` is where the config names the plugin."""
    where = f"{path}: " if path else ""
    return BrokenPluginError(f"{where}{kind} '{key}' of {registry.provider(kind, key)} failed: {described(error)}")
