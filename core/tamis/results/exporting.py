"""Carrying a selection somewhere by an export plugin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from tamis.claims import claimed
from tamis.config.choices import attributing, settled
from tamis.data.names import names
from tamis.declarations.export import Export
from tamis.discovery.registry import Registry
from tamis.errors import ConfigError, OutputError, Problem
from tamis.results.files import check_apart

#: The place that errors name when an export is chosen.
PATH = "export"


def choose(format_: str, options: Mapping[str, Any], registry: Registry) -> tuple[Export, dict[str, Any]]:
    """The export of this name, and its options with defaults.

    Raises:
        ConfigError: there is no such export, or its options are wrong.
    """
    if "type" in options:
        raise ConfigError((Problem(f"{PATH}.type", "is no option"),))
    return settled("export", {"type": format_, **options}, registry, PATH)


def check(format_: str, target: str, options: Mapping[str, Any], registry: Registry) -> None:
    """Raise `OutputError` if the export can't, or mustn't, write to this target; writes nothing.

    Raises:
        ConfigError: there is no such export, or its options are wrong.
    """
    chosen, params = choose(format_, options, registry)
    _check_target(target)
    if chosen.check is not None:
        with attributing("export", chosen.name, registry, PATH):
            chosen.check(target, params)


def export(
    selection: object,
    format_: str,
    target: str,
    options: Mapping[str, Any],
    registry: Registry,
    folder: Path | None = None,
) -> tuple[str, ...]:
    """Carry a selection to a target, but not in place of the folder that it was read from; see `Selection.export`."""
    chosen, params = choose(format_, options, registry)
    _check_target(target)
    if folder is not None:
        check_apart(target, folder)
    place = nullcontext() if "://" in target else claimed(target)
    with place, attributing("export", chosen.name, registry, PATH):
        written: object = chosen.write(selection, target, params)
        if not isinstance(written, Iterable):
            raise TypeError(f"write gave {written!r:.80}, not notes: it returns a collection of texts, or yields them")
        notes: tuple[object, ...] = names(written)
        for note in notes:
            if not isinstance(note, str):
                raise TypeError(f"write yielded {note!r:.80}, not a note as text")
    return tuple(map(str, notes))


def _check_target(target: str) -> None:
    """Raise `OutputError` if it is none, as from a variable that isn't set."""
    if not target:
        raise OutputError("the target of the export is empty")
