"""The registry: which plugins there are, and loading the one that is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal, NoReturn, cast

import attrs

from tamis import errors
from tamis.discovery.finding import (
    BLOCK_VARIABLE,
    IN_PROCESS,
    OWN_DISTRIBUTION,
    RESERVED,
    Filter,
    Plugin,
    find_plugins,
    is_own,
)
from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.discovery.loading import Loader, as_plugin
from tamis.suggestion import did_you_mean

if TYPE_CHECKING:
    from tamis.declarations.annotations import AnnotationFormat
    from tamis.declarations.embedder import Embedder
    from tamis.declarations.executor import ExecutorFactory
    from tamis.declarations.export import Export
    from tamis.declarations.input import InputProvider
    from tamis.declarations.issue import Issue
    from tamis.declarations.metric import Metric
    from tamis.declarations.scorer import Scorer
    from tamis.declarations.section import Section
    from tamis.declarations.source import Source
    from tamis.declarations.strategy import Strategy
    from tamis.declarations.task import Task
    from tamis.declarations.view import View

NOTHING = "nothing: no function marked @tamis.hookimpl yields anything"

State = Literal["found", "loaded", "blocked", "conflicting", "broken"]


@attrs.frozen
class PluginStatus:
    """One row of the listing: a plugin and what became of it."""

    plugin: Plugin
    state: State
    reason: str = ""


class Registry:
    """The plugins that a run may use. Each host makes its own; nothing is shared between registries.

    Finding plugins reads entry-point tables and imports nothing. A plugin is imported when its key is first
    asked for, and one that is broken raises then and there, and costs no other key anything. Methods may be
    called from several threads.

    Args:
        autoload: Whether to find installed plugins, tamis's own included. Without, the registry holds what
            `register` adds and nothing else.
        allow: Keys or distribution names. When given, nothing else that is installed is imported; to keep
            the built-in plugins, name ``tamis`` too.
        block: Keys or distribution names that are not imported; ``"*"`` stands for every distribution but
            tamis. Decides a conflict: block one of the two.
        strict: Load everything now, and raise at the first plugin that is broken or conflicting.
        environ: Whether the environment variable ``TAMIS_BLOCK_PLUGINS`` adds to ``block``. Read once, here.

    Raises:
        PluginError: only under ``strict``.
    """

    def __init__(
        self,
        *,
        autoload: bool = True,
        allow: Iterable[str] | None = None,
        block: Iterable[str] = (),
        strict: bool = False,
        environ: bool = True,
    ) -> None:
        self._autoload = autoload
        self._filter = Filter.of(allow, block, environ=environ)
        self._lock = threading.RLock()
        self._loader = Loader()
        self._found: dict[tuple[PluginKind, str], list[Plugin]] = {}
        self._loaded: dict[Plugin, Any] = {}
        self._broken: dict[Plugin, BaseException] = {}
        for plugin in find_plugins() if autoload else ():
            self._found.setdefault((plugin.kind, plugin.key), []).append(plugin)
        if strict:
            for status in self.plugins():
                if status.state != "blocked":
                    self.declaration(status.plugin.kind, status.plugin.key)

    @classmethod
    def built_in(cls) -> Registry:
        """The plugins of tamis itself. No other distribution is looked at."""
        registry = cls(autoload=False, allow=[OWN_DISTRIBUTION], environ=False)
        for plugin in find_plugins(own=True):
            registry._found.setdefault((plugin.kind, plugin.key), []).append(plugin)
        return registry

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Registry can't be pickled: a worker makes its own")

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments for a registry, in another process, that finds the same installed plugins."""
        blocked = self._filter.block | self._filter.environ
        return {"allow": self._filter.allow, "block": blocked, "environ": False}

    # Asking for declarations

    def input(self, type_: str) -> InputProvider:
        """The input provider of this type, loading its plugin if need be. Raises `PluginError`."""
        return cast("InputProvider", self.declaration("input", type_))

    def metric(self, key: str) -> Metric:
        """The metric of this key, loading its plugin if need be. Raises `PluginError`."""
        return cast("Metric", self.declaration("metric", key))

    def view(self, name: str) -> View:
        """The view of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("View", self.declaration("view", name))

    def scorer(self, name: str) -> Scorer:
        """The scorer of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("Scorer", self.declaration("scorer", name))

    def strategy(self, type_: str) -> Strategy:
        """The strategy of this type, loading its plugin if need be. Raises `PluginError`."""
        return cast("Strategy", self.declaration("strategy", type_))

    def embedder(self, name: str) -> Embedder:
        """The embedder of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("Embedder", self.declaration("embedder", name))

    def task(self, name: str) -> Task:
        """The task plugin of this name, loading it if need be. Raises `PluginError`."""
        return cast("Task", self.declaration("task", name))

    def source(self, name: str) -> Source:
        """The source of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("Source", self.declaration("source", name))

    def annotation_format(self, name: str) -> AnnotationFormat:
        """The annotation format of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("AnnotationFormat", self.declaration("annotation", name))

    def export(self, name: str) -> Export:
        """The export of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("Export", self.declaration("export", name))

    def section(self, name: str) -> Section:
        """The section of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("Section", self.declaration("section", name))

    def executor(self, name: str) -> ExecutorFactory:
        """The executor of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("ExecutorFactory", self.declaration("executor", name))

    def issue(self, name: str) -> Issue:
        """The issue of this name, loading its plugin if need be. Raises `PluginError`."""
        return cast("Issue", self.declaration("issue", name))

    def declaration(self, kind: PluginKind, key: str) -> Any:
        """What declares this key, loading its plugin if need be. Raises `PluginError`."""
        with self._lock:
            plugin = self.provider(kind, key)
            if plugin not in self._loaded and plugin not in self._broken:
                self._load(plugin)
            if (cause := self._broken.get(plugin)) is not None:
                message = f"{kind} '{key}' of {plugin} is broken: {errors.described(cause)}"
                raise errors.BrokenPluginError(message) from cause
            return self._loaded[plugin]

    def keys(self, kind: PluginKind) -> tuple[str, ...]:
        """The keys of one kind that may be asked for, sorted: all but the blocked. Imports nothing."""
        with self._lock:
            return tuple(sorted(key for found, key in self._found if found == kind and self._candidates(kind, key)))

    def provider(self, kind: PluginKind, key: str) -> Plugin:
        """Who provides this key. Imports nothing. Raises `PluginError` if nobody or several do."""
        with self._lock:
            candidates = self._candidates(kind, key)
        if not candidates:
            self._raise_missing(kind, key)
        if len(candidates) > 1:
            names = " and ".join(str(plugin) for plugin in candidates)
            raise errors.PluginConflictError(
                f"{kind} '{key}' is claimed by {names}: uninstall one of them, or block its distribution"
                f" (Registry(block=...) or {BLOCK_VARIABLE})"
            )
        return candidates[0]

    def plugins(self) -> tuple[PluginStatus, ...]:
        """Every plugin, by kind and key, with its state. Imports nothing."""
        with self._lock:
            return tuple(self._status(plugin) for plugins in self._found.values() for plugin in plugins)

    # Adding plugins in process

    def register(self, plugin: object) -> None:
        """Add a plugin of the host's own: a module that implements hooks, or one declaration by itself.

        It is not subject to ``allow`` and ``block``. A key that an installed plugin has too is a conflict when
        it is used. Registering the module of an installed plugin loads that plugin.

        Raises:
            BrokenPluginError: the hooks, or what they yield, are not as they must be; nothing was added.
            PluginConflictError: a key has been registered before; nothing was added.
        """
        name = getattr(plugin, "__name__", None) or getattr(plugin, "key", None) or type(plugin).__name__
        implementation = as_plugin(plugin) or plugin
        with self._lock:
            try:
                with self._loader.registered(implementation) as declared_by:
                    declared = {
                        self._in_process(point.kind, key, str(name)): declaration
                        for point in EXTENSION_POINTS.values()
                        for key, declaration in declared_by(point).items()
                    }
                    if not declared:
                        raise TypeError(f"it declares {NOTHING}")
            except errors.PluginConflictError:
                raise
            except errors.PASSING:
                raise
            except BaseException as error:
                raise errors.BrokenPluginError(f"{name} can't be registered: {errors.described(error)}") from error
            for entry, declaration in declared.items():
                rivals = self._found.setdefault((entry.kind, entry.key), [])
                rivals[:] = [*(rival for rival in rivals if rival != entry), entry]
                self._loaded[entry] = declaration
                self._broken.pop(entry, None)

    def _in_process(self, kind: PluginKind, key: str, value: str) -> Plugin:
        """The plugin that a registered object stands for."""
        for other in self._found.get((kind, key), ()):
            if other.value == value and other.entry_point is not None:
                return attrs.evolve(other, entry_point=None)  # the same plugin, now by the host's own act
            if other.entry_point is None:
                raise errors.PluginConflictError(f"{kind} '{key}' has been registered before, by {other}")
        plugin = Plugin(kind, key, OWN_DISTRIBUTION if is_own(value) else IN_PROCESS, "", value)
        if plugin.reserved:
            raise ValueError(RESERVED)
        return plugin

    # Loading

    def _load(self, plugin: Plugin) -> None:
        """Import one plugin and take in what it declares, or record why that failed."""
        point = EXTENSION_POINTS[plugin.kind]
        siblings = self._siblings(plugin)
        try:
            if plugin.reserved or plugin.entry_point is None:
                raise ValueError(RESERVED)
            implementation = plugin.entry_point.load()
            with self._loader.registered(as_plugin(implementation) or implementation) as declared_by:
                declared = declared_by(point)
                if declared.keys() != siblings.keys():
                    raise TypeError(
                        f"its entry points in '{point.group}' name {_listed(siblings)}, and it declares "
                        f"{_listed(declared)}"
                    )
        except errors.PASSING:
            raise
        except BaseException as error:  # noqa: BLE001 (whatever a plugin raises is its own trouble)
            self._broken[plugin] = error
        else:
            named = ((siblings[key], declaration) for key, declaration in declared.items())
            self._loaded |= {sibling: declaration for sibling, declaration in named if not sibling.reserved}

    def _siblings(self, plugin: Plugin) -> dict[str, Plugin]:
        """The plugins of the same kind that the same module of the same distribution declares, by key."""
        identity = (plugin.kind, plugin.distribution, plugin.value)
        return {
            other.key: other
            for plugins in self._found.values()
            for other in plugins
            if (other.kind, other.distribution, other.value) == identity
        }

    # Answers

    def _candidates(self, kind: PluginKind, key: str) -> list[Plugin]:
        return [plugin for plugin in self._found.get((kind, key), ()) if not self._filter.reason(plugin)]

    def _status(self, plugin: Plugin) -> PluginStatus:
        if reason := self._filter.reason(plugin):
            return PluginStatus(plugin, "blocked", reason)
        rivals = [other for other in self._candidates(plugin.kind, plugin.key) if other is not plugin]
        if rivals:
            return PluginStatus(plugin, "conflicting", f"also claimed by {', '.join(map(str, rivals))}")
        if plugin.reserved:
            return PluginStatus(plugin, "broken", RESERVED)
        if (cause := self._broken.get(plugin)) is not None:
            return PluginStatus(plugin, "broken", errors.described(cause))
        return PluginStatus(plugin, "loaded" if plugin in self._loaded else "found")

    def _raise_missing(self, kind: PluginKind, key: str) -> NoReturn:
        if blocked := self._found.get((kind, key)):
            reasons = "; ".join(f"{plugin}: {self._filter.reason(plugin)}" for plugin in blocked)
            raise errors.BlockedPluginError(f"{kind} '{key}' is blocked ({reasons})")
        message = f"no installed plugin has the {kind} '{key}'"
        if self._autoload and not self._found:
            message += ": no entry point of tamis itself is found, so its package metadata is missing here"
        raise errors.UnknownKeyError(message + did_you_mean(key, self.keys(kind)))


def _listed(keys: Iterable[str]) -> str:
    return ", ".join(f"'{key}'" for key in sorted(keys)) or NOTHING
