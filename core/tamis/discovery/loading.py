"""Loading plugins: takes declarations out of them through pluggy, and leaves no trace of one that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pluggy

from tamis.discovery.hookspecs import EXTENSION_POINTS, HOOK_API, ExtensionPoint, Hooks, hookimpl
from tamis.suggestion import did_you_mean


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
            TypeError: it implements a hook that doesn't exist.
            pluggy.PluginValidationError: it implements a hook with other arguments.
        """
        new = not self._manager.is_registered(plugin)
        try:
            if new:
                name = str(getattr(plugin, "__name__", plugin))
                # pluggy wants names to be unique; several objects may share a module's name.
                self._manager.register(plugin, f"{name}#{id(plugin)}" if self._manager.has_plugin(name) else name)
                self._check_hooks(plugin)
            yield lambda point: self._declared(plugin, point)
        except BaseException:
            # Before pluggy 1.7 a plugin that fails validation stays half registered.
            if new and self._manager.is_registered(plugin):
                self._manager.unregister(plugin)
            raise

    def _check_hooks(self, plugin: object) -> None:
        for hook in self._manager.get_hookcallers(plugin) or ():
            if not hook.has_spec() and any(
                each.plugin is plugin and not each.optionalhook for each in hook.get_hookimpls()
            ):
                hooks = [point.hook for point in EXTENSION_POINTS.values()]
                hint = did_you_mean(hook.name, hooks)
                raise TypeError(f"it implements the hook '{hook.name}', which is none of hook API {HOOK_API}{hint}")

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
