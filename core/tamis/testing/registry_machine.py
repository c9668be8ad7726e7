"""A state machine for `tamis.Registry`: whatever is installed and registered, it says what a simple model says."""

# ruff: noqa: S101, PT017 (a machine is a test)

from __future__ import annotations

import os
import re
import types
from collections.abc import Iterable
from itertools import count
from typing import Any, ClassVar, Literal
from unittest.mock import patch

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tamis import Metric, Registry, Scorer, View, errors, hookimpl
from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.testing.installed import Site

#: Keys that distributions of the machine claim: one in two kinds, one that is tamis's own, one that is reserved.
KEYS: tuple[tuple[PluginKind, str], ...] = (
    ("metric", "acme.x"),
    ("metric", "acme.y"),
    ("metric", "lightly.width"),
    ("metric", "lightly.new"),
    ("view", "acme_x"),
    ("view", "acme_y"),
    ("scorer", "acme_x"),
)
#: Names that a filter takes, as a user may spell them.
FILTERED = ("acme", "Apex_Tools", "tamis", "acme.x", "acme_x", "lightly.width")
DISTRIBUTIONS = ("acme", "apex-tools")

Condition = Literal["fine", "fails", "empty", "wrong key"]
Keyed = tuple[PluginKind, str]

_HOOKS = {
    "metric": ("tamis_metrics", "Metric({key!r}, lambda header: 1)"),
    "view": ("tamis_views", "View({key!r}, lambda header: 1)"),
    "scorer": (
        "tamis_scorers",
        "Scorer({key!r}, lambda predictions: predictions.counts, task_types=['classification'])",
    ),
}


@attrs.frozen
class Entry:
    """A key that somebody claims, as the model has it.

    Attributes:
        kind: Of plugin.
        key: Its key.
        distribution: Who claims it; the machine itself as ``(in process)``.
        module: What is imported for it.
        condition: What becomes of that.
        declaration: What was registered, of one that was.
    """

    kind: PluginKind
    key: str
    distribution: str
    module: str
    condition: Condition = "fine"
    declaration: Any = attrs.field(default=None, eq=False)

    @property
    def registered(self) -> bool:
        """Whether the machine registered it."""
        return self.declaration is not None

    @property
    def reserved(self) -> bool:
        """Whether its key is not for its distribution to claim."""
        return self.kind == "metric" and self.key.startswith("lightly.") and normalized(self.distribution) != "tamis"


def normalized(name: str) -> str:
    """As pip compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


class RegistryMachine(RuleBasedStateMachine):
    """Installs, blocks, allows, registers and asks, and compares every answer with that of a model.

    The distributions that it makes are fine or broken, claim keys of each other and of tamis, and come and go. To see
    that your own distribution takes that, install it and name it::

        class Machine(RegistryMachine):
            installed = ("acme-tools",)

        TestRegistry = Machine.TestCase
    """

    #: Distributions of this environment that take part. All of their plugins must load.
    installed: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.site = Site()
        self.numbers = count()
        there = [status.plugin for status in Registry(allow=("tamis", *self.installed), environ=False).plugins()]
        self.permanent = [
            Entry(plugin.kind, plugin.key, plugin.distribution, plugin.value)
            for plugin in there
            if plugin.distribution in self.installed
            or (plugin.distribution == "tamis" and (plugin.kind, plugin.key) in KEYS)
        ]
        self.of_site: list[Entry] = []

    def teardown(self) -> None:
        """Remove what was installed."""
        self.site.close()

    # What is there

    @initialize()
    def open_as_it_is(self) -> None:
        """A registry of everything."""
        self._open(None, (), "")

    @rule(
        allow=st.none() | st.lists(st.sampled_from(FILTERED), max_size=4),
        block=st.lists(st.sampled_from((*FILTERED, "*")), max_size=2),
        environ=st.lists(st.sampled_from((*FILTERED, "*", "")), max_size=2),
    )
    def open_with_filters(self, allow: list[str] | None, block: list[str], environ: list[str]) -> None:
        """Another registry; nothing that was loaded or registered in the one before is in it."""
        self._open(allow, block, " , ".join(environ))

    def _open(self, allow: Iterable[str] | None, block: Iterable[str], environ: str) -> None:
        with patch.dict(os.environ, {"TAMIS_BLOCK_PLUGINS": environ}):
            self.registry = Registry(allow=allow, block=block)
        self.allow = None if allow is None else {*allow, *map(normalized, allow)}
        blocked = {*block, *(name.strip() for name in environ.split(","))} - {""}
        self.block = {*blocked, *map(normalized, blocked)}
        self.found: dict[Keyed, list[Entry]] = {}
        for entry in (*self.permanent, *self.of_site):
            self.found.setdefault((entry.kind, entry.key), []).append(entry)
        self.loaded: set[Entry] = set()
        self.broken: set[Entry] = set()

    @rule(
        name=st.sampled_from(DISTRIBUTIONS),
        keys=st.just(list(KEYS[:2])) | st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=4),
        condition=st.sampled_from(("fine", "fine", "fails", "empty", "wrong key")),
        afresh=st.booleans(),
    )
    def install(self, name: str, keys: list[Keyed], condition: Condition, afresh: bool) -> None:
        """A distribution, in place of the one of its name. A registry that is open doesn't see it; another does."""
        entries, modules = [], {}
        for kind in dict(keys):
            module = f"tamis_testing_{kind}_{next(self.numbers)}"
            claimed = [key for of, key in keys if of == kind]
            modules[module] = _source(kind, claimed, condition)
            entries += [Entry(kind, key, name, module, condition) for key in claimed]
        groups = {
            EXTENSION_POINTS[kind].group: {entry.key: entry.module for entry in entries if entry.kind == kind}
            for kind in dict(keys)
        }
        self.site.install(name, "1.0", groups, modules)
        self.of_site = [entry for entry in self.of_site if entry.distribution != name] + entries
        if afresh:
            self.open_as_it_is()

    @rule(name=st.sampled_from(DISTRIBUTIONS))
    def uninstall(self, name: str) -> None:
        """A distribution, whose modules stay for registries that have found it."""
        self.site.uninstall(name)
        self.of_site = [entry for entry in self.of_site if entry.distribution != name]

    @rule(keys=st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=3))
    def register(self, keys: list[Keyed]) -> None:
        """One declaration, or a module of several: all of it is taken, or nothing and the reason is told."""
        declared = [(kind, key, _declaration(kind, key)) for kind, key in keys]
        entries = [Entry(kind, key, "(in process)", "", declaration=each) for kind, key, each in declared]
        twice = any(other.registered for keyed in keys for other in self.found.get(keyed, ()))
        reserved = any(entry.reserved for entry in entries)
        try:
            self.registry.register(declared[0][2] if len(declared) == 1 else _module(declared))
        except errors.PluginConflictError:
            assert twice
        except errors.BrokenPluginError:
            assert reserved
        else:
            assert not twice
            assert not reserved
            for entry in entries:
                self.found.setdefault((entry.kind, entry.key), []).append(entry)
            self.loaded |= set(entries)

    # What it says

    @rule(keyed=st.sampled_from(KEYS))
    def ask(self, keyed: Keyed) -> None:
        """For a declaration that somebody may have, or nobody."""
        self._ask(*keyed)

    @rule(data=st.data())
    def ask_for_what_was_there_before(self, data: st.DataObject) -> None:
        """For one of the distributions that are installed here."""
        entry = data.draw(st.sampled_from(self.permanent))
        self._ask(entry.kind, entry.key)

    @rule()
    def ask_for_all_that_was_installed(self) -> None:
        """One after the other: what the first does must not show in the others."""
        for entry in self.of_site:
            self._ask(entry.kind, entry.key)

    def _ask(self, kind: PluginKind, key: str) -> None:
        candidates = self._candidates(kind, key)
        try:
            declaration = self.registry.declaration(kind, key)
        except errors.UnknownKeyError:
            assert (kind, key) not in self.found
        except errors.BlockedPluginError:
            assert (kind, key) in self.found
            assert not candidates
        except errors.PluginConflictError as error:
            assert len(candidates) > 1
            assert all(entry.distribution in str(error) for entry in candidates)
        except errors.BrokenPluginError as error:
            (entry,) = candidates
            assert entry.reserved or entry.condition != "fine"
            assert f"{kind} '{key}' of {entry.distribution} " in str(error)
            self.broken.add(entry)
        else:
            (entry,) = candidates
            assert entry.condition == "fine"
            assert not entry.reserved
            assert getattr(declaration, EXTENSION_POINTS[kind].key) == key
            assert not entry.registered or declaration is entry.declaration
            assert self.registry.declaration(kind, key) is declaration
            identity = (entry.kind, entry.distribution, entry.module)
            if not entry.registered:
                self.loaded |= {e for e in self._entries() if (e.kind, e.distribution, e.module) == identity}

    @invariant()
    def keys_are_those_that_may_be_asked_for(self) -> None:
        """Sorted, of each kind, blocked ones left out; and each has the provider that it should have."""
        for kind in EXTENSION_POINTS:
            expected = sorted(key for of, key in self.found if of == kind and self._candidates(kind, key))
            assert [key for key in self.registry.keys(kind) if self._concerns(kind, key)] == expected
        for kind, key in KEYS:
            candidates = self._candidates(kind, key)
            try:
                provider = self.registry.provider(kind, key)
            except errors.PluginError:
                assert len(candidates) != 1
            else:
                assert [entry.distribution for entry in candidates] == [provider.distribution]

    @invariant()
    def every_plugin_has_its_state(self) -> None:
        """Also those that are blocked, in conflict or broken."""
        told = sorted(
            (status.plugin.kind, status.plugin.key, status.plugin.distribution, status.state)
            for status in self.registry.plugins()
            if self._concerns(status.plugin.kind, status.plugin.key)
        )
        assert told == sorted((e.kind, e.key, e.distribution, self._state(e)) for e in self._entries())

    @invariant()
    def nothing_is_imported_that_nobody_asked_for(self) -> None:
        """Listing, filtering and registering import no plugin."""
        self.asked = getattr(self, "asked", set()) | {entry.module for entry in self.loaded | self.broken}
        assert self.site.imported <= self.asked

    # The model

    def _concerns(self, kind: PluginKind, key: str) -> bool:
        """Whether the model knows the key: others that are installed here are not its concern."""
        return (kind, key) in KEYS or (kind, key) in self.found

    def _entries(self) -> Iterable[Entry]:
        return (entry for entries in self.found.values() for entry in entries)

    def _candidates(self, kind: PluginKind, key: str) -> list[Entry]:
        return [entry for entry in self.found.get((kind, key), ()) if self._permitted(entry)]

    def _permitted(self, entry: Entry) -> bool:
        names = {entry.key, normalized(entry.distribution)}
        if entry.registered:
            return True
        if self.allow is not None and not names & self.allow:
            return False
        return not names & self.block and not ("*" in self.block and normalized(entry.distribution) != "tamis")

    def _state(self, entry: Entry) -> str:
        if not self._permitted(entry):
            return "blocked"
        if len(self._candidates(entry.kind, entry.key)) > 1:
            return "conflicting"
        if entry.reserved or entry in self.broken:
            return "broken"
        return "loaded" if entry in self.loaded else "found"


def _source(kind: PluginKind, keys: list[str], condition: Condition) -> str:
    """A plugin module that declares these keys, or should."""
    if condition == "fails":
        return "raise RuntimeError('out of order')\n"
    if condition == "empty":
        return ""
    hook, call = _HOOKS[kind]
    declared = [key + "z" for key in keys] if condition == "wrong key" else keys
    body = "".join(f"    yield {call.format(key=key)}\n" for key in declared)
    return f"from tamis import Metric, Scorer, View, hookimpl\n@hookimpl\ndef {hook}():\n{body}"


def _declaration(kind: PluginKind, key: str) -> Any:
    if kind == "metric":
        return Metric(key, lambda header: 1)
    if kind == "view":
        return View(key, lambda header: 1)
    return Scorer(key, lambda predictions: predictions.scores, task_types=["classification"])


def _module(declared: list[tuple[PluginKind, str, Any]]) -> types.ModuleType:
    """A module whose hooks yield these."""
    module = types.ModuleType("registered")
    for kind in {kind for kind, _, _ in declared}:
        yielded = [each for of, _, each in declared if of == kind]
        vars(module)[_HOOKS[kind][0]] = hookimpl(lambda yielded=yielded: yielded)
    return module
