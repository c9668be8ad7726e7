"""Carrying a selection, or what is known of a dataset, somewhere by an export plugin."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import partial
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
    _check(chosen, target, params, registry)


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
    _check(chosen, target, params, registry)
    if folder is not None:
        check_apart(target, folder)
    return _written(chosen, chosen.write, selection, target, params, registry)


def describe(
    subject: object, format_: str, target: str, options: Mapping[str, Any], registry: Registry
) -> tuple[str, ...]:
    """Write what is known of a subject of which nothing need be selected; see `Subject.export`."""
    chosen, params = choose(format_, options, registry)
    if chosen.describe is None:
        raise ConfigError((Problem(PATH, f"'{chosen.name}' writes selections only: nothing was selected here"),))
    _check(chosen, target, params, registry)
    return _written(chosen, chosen.describe, subject, target, params, registry)


def with_registry(function: Callable[..., Any], registry: Registry) -> Callable[..., Any]:
    """A function of an export with the plugins, if it has such a parameter."""
    takes = "registry" in inspect.signature(function).parameters
    return partial(function, registry=registry) if takes else function


def _written(
    chosen: Export,
    function: Callable[..., Iterable[str]],
    subject: object,
    target: str,
    params: Mapping[str, Any],
    registry: Registry,
) -> tuple[str, ...]:
    """Call one of its functions; gives its notes."""
    place = nullcontext() if "://" in target else claimed(target)
    with place, attributing("export", chosen.name, registry, PATH):
        written: object = with_registry(function, registry)(subject, target, params)
        if not isinstance(written, Iterable):
            raise TypeError(f"write gave {written!r:.80}, not notes: it returns a collection of texts, or yields them")
        notes: tuple[object, ...] = names(written)
        for note in notes:
            if not isinstance(note, str):
                raise TypeError(f"write yielded {note!r:.80}, not a note as text")
    return tuple(map(str, notes))


def _check(chosen: Export, target: str, params: Mapping[str, Any], registry: Registry) -> None:
    """Raise `OutputError` if the target is none, as from a variable that isn't set, or is refused by the export."""
    if not target:
        raise OutputError("the target of the export is empty")
    if chosen.check is not None:
        with attributing("export", chosen.name, registry, PATH):
            with_registry(chosen.check, registry)(target, params)
