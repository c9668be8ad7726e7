"""Carrying a selection somewhere by an export plugin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tamis.config.choices import attributing, settled
from tamis.data.names import names
from tamis.declarations.export import Export
from tamis.discovery.registry import Registry

#: The place that errors name when an export is chosen.
PATH = "export"


def choose(format_: str, options: Mapping[str, Any], registry: Registry) -> tuple[Export, dict[str, Any]]:
    """The export of this name, and its options with defaults.

    Raises:
        ConfigError: there is no such export, or its options are wrong.
    """
    return settled("export", {"type": format_, **options}, registry, PATH)


def check(format_: str, target: str, options: Mapping[str, Any], registry: Registry) -> None:
    """Raise `OutputError` if the export can't, or mustn't, write to this target; writes nothing.

    Raises:
        ConfigError: there is no such export, or its options are wrong.
    """
    chosen, params = choose(format_, options, registry)
    if chosen.check is not None:
        with attributing("export", chosen.name, registry, PATH):
            chosen.check(target, params)


def export(
    selection: object, format_: str, target: str, options: Mapping[str, Any], registry: Registry
) -> tuple[str, ...]:
    """Carry a selection to a target; see `tamis.Selection.export`."""
    chosen, params = choose(format_, options, registry)
    with attributing("export", chosen.name, registry, PATH):
        return names(chosen.write(selection, target, params))
