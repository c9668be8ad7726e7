"""Checks of everything that an installed distribution contributes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import metadata
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

import attrs

from tamis import Registry, errors
from tamis.config.locations import parse_location
from tamis.discovery.finding import Plugin, normalized
from tamis.discovery.hookspecs import EXTENSION_POINTS
from tamis.testing.checking import Check, CheckResult, require, run_checks
from tamis.testing.importing import import_afresh
from tamis.testing.located import LocatedSuite
from tamis.testing.suites import SUITES, suite_of


def check_distribution(
    name: str, *, locations: Sequence[str] = (), expected_failures: Mapping[str, str] | None = None
) -> list[CheckResult]:
    """Check every plugin of a distribution that is installed in this environment.

    Args:
        name: Of the distribution, as pip has it.
        locations: What its sources and annotation formats are to be checked on: ``KEY:LOCATION[,OPTION=VALUE...]``,
            as ``--input`` and ``--annotations`` take it.
        expected_failures: Reasons by ``"<kind> <key>: <check>"``, such as ``"metric acme.x: one_pixel"``.

    Raises:
        UnknownKeyError: no such distribution contributes plugins, or ``expected_failures`` names no check.
        DatasetError: a location names no source or annotation format of it.
    """
    return run_checks(distribution_checks(name, expected_failures, locations))


def distribution_checks(
    name: str, expected_failures: Mapping[str, str] | None = None, locations: Sequence[str] = ()
) -> list[Check]:
    """The checks of `check_distribution`, not run yet."""
    wanted = normalized(name)
    registry = Registry(environ=False)
    statuses = registry.plugins()
    plugins = [status.plugin for status in statuses if normalized(status.plugin.distribution) == wanted]
    if not plugins:
        _grouped(name)
        names = {status.plugin.distribution for status in statuses}
        message = f"no installed distribution '{name}' contributes plugins: install it first (pip install -e .)"
        raise errors.UnknownKeyError(message + errors.did_you_mean(name, names))
    checks = [
        Check(f"distribution {plugins[0].distribution}", check, str(function.__doc__), partial(function, wanted))
        for check, function in (("requires_tamis", _require), ("groups", _grouped))
    ]
    located = _located(locations, [plugin.key for plugin in plugins if issubclass(SUITES[plugin.kind], LocatedSuite)])
    imported = import_afresh(plugin.module for plugin in plugins)
    for plugin in plugins:
        load = partial(_load, registry, plugin)
        checks.append(Check(f"{plugin.kind} {plugin.key}", "loads", str(_load.__doc__), load))
        try:
            declaration = registry.declaration(plugin.kind, plugin.key)
        except errors.PluginError:
            continue
        there = located.get(plugin.key, {}) if issubclass(SUITES[plugin.kind], LocatedSuite) else {}
        checks += suite_of(declaration, imported=imported[plugin.module], **there).checks()
    return list(_expecting(checks, expected_failures or {}))


def _located(locations: Sequence[str], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Arguments of a suite by the key that each location begins with."""
    found: dict[str, dict[str, Any]] = {}
    for text in locations:
        location = parse_location(text, "--location", keys)
        if location.plugin is None:
            there = ", ".join(sorted(keys)) or "none"
            raise errors.DatasetError(f"--location {text}: name the plugin, KEY:LOCATION (there is {there})")
        if location.plugin in found:
            raise errors.DatasetError(f"--location {text}: there is another location for {location.plugin}")
        found[location.plugin] = {"location": location.text, "options": dict(location.options) or None}
    return found


def _require(distribution: str) -> None:
    """The distribution depends on tamis, so that pip can tell which versions go together."""
    try:
        requirements = requires(distribution) or []
    except PackageNotFoundError:
        requirements = []
    named = {normalized(re.split(r"[^\w.-]", requirement, maxsplit=1)[0]) for requirement in requirements}
    require(distribution == "tamis" or "tamis" in named, "it does not depend on tamis: add it to its dependencies")


def _grouped(distribution: str) -> None:
    """Its entry points under ``tamis.`` are in groups that there are: others are never looked at."""
    groups = [point.group for point in EXTENSION_POINTS.values()]
    hooks = [point.hook for point in EXTENSION_POINTS.values()]
    with suppress(PackageNotFoundError):
        for entry in metadata.distribution(distribution).entry_points:
            if (entry.group.startswith("tamis.") and entry.group not in groups) or entry.group in hooks:
                message = f"its entry point '{entry.name}' is in '{entry.group}', which is no group of tamis"
                raise errors.UnknownKeyError(message + errors.did_you_mean(entry.group, groups))


def _load(registry: Registry, plugin: Plugin) -> None:
    """It loads, declares the key that its entry point names, and no other distribution claims that key."""
    registry.declaration(plugin.kind, plugin.key)


def _expecting(checks: list[Check], expected: Mapping[str, str]) -> Iterator[Check]:
    """With the reasons filled in."""
    names = {f"{check.subject}: {check.name}" for check in checks}
    for name in expected:
        if name not in names:
            raise errors.UnknownKeyError(f"no check is '{name}'{errors.did_you_mean(name, names)}")
    for check in checks:
        yield attrs.evolve(check, expected=expected.get(f"{check.subject}: {check.name}"))
