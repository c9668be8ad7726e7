"""The schemas that the plugins of a registry contribute, and the one composed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tamis.config.schema import PARTS, Part, compose, input_schema, strategy_schema, task_schema
from tamis.discovery.registry import Registry
from tamis.errors import BrokenPluginError, PluginError
from tamis.validation import check_schema

_SCHEMA_OF: dict[Part, Callable[[Any], dict[str, Any]]] = {
    "input": input_schema,
    "strategy": strategy_schema,
    "task": task_schema,
}


class SchemaBook:
    """The schemas of the types that have been asked for, each loaded and checked once."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._schemas: dict[Part, dict[str, Mapping[str, Any]]] = {part: {} for part in PARTS}
        self._refused: set[tuple[Part, str]] = set()

    def of(self, part: Part, type_: str) -> Mapping[str, Any]:
        """The schema of an input, strategy or task type. Raises `PluginError`."""
        if type_ not in self._schemas[part]:
            self._refused.add((part, type_))
            self._schemas[part][type_] = self._load(part, type_)
            self._refused.remove((part, type_))
        return self._schemas[part][type_]

    def _load(self, part: Part, type_: str) -> Mapping[str, Any]:
        declaration = self._registry.declaration(part, type_)
        try:
            check_schema(dict(declaration.schema))
            return _SCHEMA_OF[part](declaration)
        except ValueError as error:
            plugin = self._registry.provider(part, type_)
            raise BrokenPluginError(f"{part} '{type_}' of {plugin} contributes a bad schema: {error}") from error

    def composed(self) -> dict[str, Any]:
        """The schema of whole configs, for the types asked for so far; it names all others but the refused."""
        types = {
            part: [type_ for type_ in self._registry.keys(part) if (part, type_) not in self._refused] for part in PARTS
        }
        return compose(self._schemas, types)


def composed_schema(registry: Registry) -> tuple[dict[str, Any], list[PluginError]]:
    """The JSON Schema of every installed plugin, and why some can't take part.

    Loads every input, strategy and task plugin.
    """
    book = SchemaBook(registry)
    refused: list[PluginError] = []
    for part in PARTS:
        for type_ in registry.keys(part):
            try:
                book.of(part, type_)
            except PluginError as error:
                refused.append(error)
    return book.composed(), refused
