"""Loading plugins: takes declarations out of them through pluggy, and leaves no trace of one that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pluggy

from tamis.discovery.hookspecs import EXTENSION_POINTS, ExtensionPoint, Hooks, hookimpl


class Loader:
    """The plugins of one registry, as pluggy knows them."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager("tamis")
        self._manager.add_hookspecs(Hooks)

    @contextmanager
    def registered(self, plugin: object) -> Iterator[Callable[[ExtensionPoint], dict[str, Any]]]:
        """Register a module or object; take it out again if it, or anything in the ``with`` block, fails.

        A plugin that is registered already, because another of its keys was loaded, stays so.

        Yields:
            A function that calls one hook of this plugin and returns what it declares, by key.

        Raises:
            pluggy.PluginValidationError: it implements a hook that doesn't exist, or with other arguments.
        """
        new = not self._manager.is_registered(plugin)
        try:
            if new:
                # pluggy wants names to be unique; several objects may share a module's name.
                self._manager.register(plugin, f"{getattr(plugin, '__name__', plugin)}#{id(plugin)}")
                self._manager.check_pending()
            yield lambda point: self._declared(plugin, point)
        except BaseException:
            # Before pluggy 1.7 a plugin that fails validation stays half registered.
            if new and self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            raise

    def _declared(self, plugin: object, point: ExtensionPoint) -> dict[str, Any]:
        others = [other for _, other in self._manager.list_name_plugin() if other is not plugin]
        hook = self._manager.subset_hook_caller(point.hook, remove_plugins=others)
        declared: dict[str, Any] = {}
        for batch in hook():
            if isinstance(batch, point.declaration):
                raise TypeError(f"{point.hook} returns one {point.declaration.__name__}; it must yield it")
            for declaration in batch:
                if not isinstance(declaration, point.declaration):
                    raise TypeError(f"{point.hook} yields {declaration!r}, not a {point.declaration.__name__}")
                key = getattr(declaration, point.key)
                if key in declared:
                    raise TypeError(f"{point.hook} yields '{key}' twice")
                declared[key] = declaration
        return declared


def as_plugin(declaration: object) -> object | None:
    """An object that implements the hook which yields this declaration; None if it isn't one."""
    for point in EXTENSION_POINTS.values():
        if isinstance(declaration, point.declaration):
            plugin: object = type(point.kind, (), {point.hook: staticmethod(hookimpl(lambda: [declaration]))})()
            return plugin
    return None
