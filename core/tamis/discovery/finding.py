"""Finding plugins: reads entry-point tables, imports nothing.

flake8 separates finding from loading in the same way; here the group and name of an entry point say what it
is, so that everything a listing needs is known before any plugin is imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, distributions, entry_points
from typing import Any

import attrs

from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind

#: The distribution whose plugins are built in.
OWN_DISTRIBUTION = "tamis"
#: Metric keys under this prefix belong to `OWN_DISTRIBUTION`.
RESERVED_PREFIX = "lightly."
RESERVED = f"'{RESERVED_PREFIX}*' keys are tamis's own: use '<vendor>.<name>'"
#: Comma-separated keys or distributions that no registry loads; ``*`` stands for all third parties.
BLOCK_VARIABLE = "TAMIS_BLOCK_PLUGINS"
#: What stands for the distribution of a plugin that the host registered itself.
IN_PROCESS = "(in process)"


@attrs.frozen
class Plugin:
    """A plugin before it is loaded: one key, and who provides it."""

    kind: PluginKind
    key: str
    distribution: str
    version: str
    value: str
    """Where its code is, as ``module`` or ``module:attribute``."""
    entry_point: EntryPoint | None = attrs.field(default=None, eq=False, repr=False)
    """None for a plugin that the host registered itself."""

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".rstrip() + f" [{self.value}]"

    @property
    def module(self) -> str:
        """The module that its code is in."""
        return self.value.partition(":")[0].strip()

    @property
    def from_index(self) -> bool:
        """Whether its version tells what its code is.

        What installs anything leaves a record, and of what came from anywhere but an index another (PEP 610).
        """
        dist = self.entry_point.dist if self.entry_point else None
        installed = dist is not None and dist.read_text("INSTALLER") is not None
        return installed and dist.read_text("direct_url.json") is None  # type: ignore[union-attr]

    @property
    def third_party(self) -> bool:
        """Whether it comes from anywhere but tamis's own distribution."""
        return normalized(self.distribution) != OWN_DISTRIBUTION

    @property
    def reserved(self) -> bool:
        """Whether it is a third party's and claims a key that is tamis's to define."""
        return self.third_party and self.kind == "metric" and self.key.startswith(RESERVED_PREFIX)


@lru_cache(maxsize=1024)
def normalized(distribution: str) -> str:
    """The name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def find_plugins(*, own: bool = False) -> Iterator[Plugin]:
    """Every entry point in a group of tamis, by kind, key and distribution; one scan, no plugin imported.

    A distribution that is found twice on ``sys.path`` counts once, as `importlib.metadata` does it.

    Args:
        own: Whether to look at tamis's own distribution only, which takes a tenth of the time.
    """
    try:
        table = distribution(OWN_DISTRIBUTION).entry_points if own else entry_points()
        entries = [entry for point in EXTENSION_POINTS.values() for entry in table.select(group=point.group)]
    except Exception:  # noqa: BLE001 (one damaged table, of whichever distribution, spoils them all)
        entries = list(_readable_entry_points())
    # Reading a distribution's metadata is slow: only those that have an entry here are read, each once.
    identities = {id(dist): _identity(dist) for dist in {id(entry.dist): entry.dist for entry in entries}.values()}
    for point in EXTENSION_POINTS.values():
        found = []
        for entry in entries:
            if entry.group == point.group:
                name, version = identities[id(entry.dist)]
                found.append(Plugin(point.kind, entry.name, name, version, entry.value, entry))
        yield from sorted(found, key=lambda plugin: (plugin.key, plugin.distribution, plugin.value))


def _readable_entry_points() -> Iterator[EntryPoint]:
    """Those of every distribution whose table can be read."""
    seen: set[str] = set()
    for dist in distributions():
        with suppress(Exception):
            entries = [entry for entry in dist.entry_points if entry.group.startswith("tamis.")]
            name = normalized(_identity(dist)[0])
            if entries and name not in seen:
                yield from entries
            seen.add(name)


def _identity(dist: Any) -> tuple[str, str]:
    """Name and version of a distribution, as far as its metadata has them."""
    with suppress(Exception):
        metadata = dist.metadata
        return str(metadata["Name"] or "unknown"), str(metadata["Version"] or "")
    return "unknown", ""


def is_own(value: str) -> bool:
    """Whether an entry point of tamis's own distribution names this module."""
    try:
        return any(entry.value == value for entry in distribution(OWN_DISTRIBUTION).entry_points)
    except PackageNotFoundError:
        return False


@attrs.frozen
class Filter:
    """Which of the plugins found may be imported, and why the others may not.

    Attributes:
        allow: Keys or distributions; when given, only these.
        block: Keys or distributions; ``*`` stands for all that aren't tamis's own.
        environ: The same, from `BLOCK_VARIABLE`.
    """

    allow: frozenset[str] | None
    block: frozenset[str]
    environ: frozenset[str]

    @classmethod
    def of(cls, allow: Iterable[str] | None, block: Iterable[str], *, environ: bool) -> Filter:
        """From the arguments of a registry; reads the environment now, or not at all."""
        blocked = os.environ.get(BLOCK_VARIABLE, "") if environ else ""
        return cls(
            None if allow is None else _names("allow", allow),
            _names("block", block),
            _names(BLOCK_VARIABLE, blocked.split(",")),
        )

    def reason(self, plugin: Plugin) -> str | None:
        """Why this plugin may not be imported; None if it may, as those always may that the host registered."""
        if plugin.entry_point is None:
            return None
        names = {plugin.key, normalized(plugin.distribution)}
        if self.allow is not None and not names & self.allow:
            return f"neither the key nor '{plugin.distribution}' is in allow="
        if plugin.third_party:
            names.add("*")
        for blocked, by in ((self.block, "block="), (self.environ, BLOCK_VARIABLE)):
            if hit := names & blocked:
                return f"{by} names '{min(hit)}'"
        return None


def _names(where: str, names: Iterable[str]) -> frozenset[str]:
    """The names as given and as distributions, so that either spelling matches."""
    if isinstance(names, str):
        raise TypeError(f"{where} takes a collection of names, not the string {names!r}")
    stripped = {name.strip() for name in names} - {""}
    return frozenset(stripped | {normalized(name) for name in stripped if name != "*"})
