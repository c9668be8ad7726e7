"""The JSON Schema of selection configs, composed from what the plugins contribute.

Keys and forms follow the documented selection config of Lightly's worker, versions 2 to 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote

from tamis.declarations.input import InputProvider
from tamis.declarations.strategy import Strategy
from tamis.declarations.task import Task

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: How many strategies and auto tasks a config may have.
MOST = 1000

#: Versions of the documented config. Each has the keys of the one before.
VERSIONS = (2, 3, 4)

_STRENGTH = {
    "type": "number",
    "minimum": -1e9,
    "maximum": 1e9,
    "default": 1.0,
    "description": "Exponent of this strategy's objective in the product. Negative turns its goal round; "
    "0 leaves it out.",
}
_SHARE = {**_STRENGTH, "description": "How much this strategy counts beside the others. 0 leaves it out."}


def input_schema(provider: InputProvider) -> dict[str, Any]:
    """The schema of a config's ``input`` of this type."""
    return _closed("input", provider.type, provider.schema, {}, provider.doc)


def strategy_schema(strategy: Strategy) -> dict[str, Any]:
    """The schema of a config's ``strategy`` of this type.

    A filter has no objective to give an exponent. What upstream's client writes for it, 1, is taken and does nothing.
    """
    extra: dict[str, Any] = {}
    if strategy.objective:
        extra = {"strength": _SHARE if strategy.chooses else _STRENGTH}
    elif "strength" not in strategy.schema.get("properties", {}):
        why = f"{strategy.type} keeps or removes samples, and has no objective to give an exponent"
        extra = {"strength": {"const": 1, "description": why}}
    return _closed("strategy", strategy.type, strategy.schema, extra, strategy.doc)


def task_schema(task: Task) -> dict[str, Any]:
    """The schema of one of a config's ``auto_tasks`` of this type."""
    name = {"type": "string", "pattern": r"^[a-zA-Z0-9_+=,.@:/-]+$", "default": task.name}
    return _closed("task", task.name, task.schema, {"name": {**name, "description": "What inputs call it."}}, task.doc)


def options_schema(kind: str, key: str, declaration: Any) -> dict[str, Any]:
    """The schema of the choice of a plugin with options, such as an embedder or a source."""
    return _closed(kind, key, declaration.schema, {}, declaration.doc)


def _closed(
    where: str, type_: str, contributed: Mapping[str, Any], extra: Mapping[str, Any], doc: str
) -> dict[str, Any]:
    """A contributed schema with its type, and closed to names that it doesn't mention.

    Raises:
        ValueError: it names a parameter that is not its own.
    """
    if taken := {"type", *extra} & contributed.get("properties", {}).keys():
        raise ValueError(f"it names {taken.pop()!r}, which tamis gives every {where}")
    return {
        # A resource of its own, so that a plugin's "#/$defs/..." means the plugin's.
        "$id": f"urn:tamis:{where}:{quote(type_)}",
        "description": doc,
        "type": "object",
        **contributed,
        "properties": {"type": {"const": type_}, **contributed.get("properties", {}), **extra},
        "required": ["type", *contributed.get("required", ())],
        "additionalProperties": False,
    }


Schemas = Mapping[str, Mapping[str, Any]]
Part = Literal["input", "strategy", "task"]
PARTS: tuple[Part, ...] = ("input", "strategy", "task")


def compose(schemas: Mapping[Part, Schemas], types: Mapping[Part, Iterable[str]]) -> dict[str, Any]:
    """The whole schema: of these schemas by type, of all types that there are, each for input, strategy and task."""
    return {
        "$schema": DIALECT,
        "title": "tamis selection config",
        "description": "How to choose samples. Names are written in snake_case; the camelCase names of the "
        "wire format are accepted as well.",
        "type": "object",
        "properties": {
            "$schema": {"type": "string", "description": "For editors; not used."},
            "version": {"enum": list(VERSIONS), "description": "Of the documented config; not used."},
            "n_samples": {
                "type": "integer",
                "minimum": -1,
                "description": "How many samples to select; -1 for as many as a stopping condition lets.",
            },
            "proportion_samples": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "Share of the usable samples to select, before thresholds; half a sample counts "
                "as one, and so does the least share above 0.",
            },
            "selected_sequence_length": {
                "type": "integer",
                "minimum": 1,
                "description": "How many samples that follow each other, such as frames of a video, are selected "
                "together, by the mean of their vectors; 1, as without it, for each by itself.",
            },
            "lightly_path_regex": {
                "type": "string",
                "minLength": 1,
                "description": "A regular expression that is searched for in the names of samples; its named groups "
                "are metadata, (?P<scene>...) that of the key path.scene.",
            },
            "auto_tasks": {
                "type": "array",
                "maxItems": MOST,
                "items": {"$ref": "#/$defs/task"},
                "description": "Predictions to make from the images, for inputs to use.",
            },
            "strategies": {
                "type": "array",
                "minItems": 1,
                "maxItems": MOST,
                "items": {
                    "type": "object",
                    "properties": {"input": {"$ref": "#/$defs/input"}, "strategy": {"$ref": "#/$defs/strategy"}},
                    "required": ["input", "strategy"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["strategies"],
        # Exactly one of the two.
        "if": {"required": ["n_samples"]},
        "then": {"not": {"required": ["proportion_samples"]}},
        "else": {"required": ["proportion_samples"]},
        "additionalProperties": False,
        "$defs": {part: _choice(schemas[part], types[part]) for part in PARTS},
    }


def _choice(schemas: Schemas, types: Iterable[str]) -> dict[str, Any]:
    """One of several schemas by ``type``. With ``if``/``then``, errors are of the type that was meant."""
    cases = [
        {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": schema}
        for name, schema in sorted(schemas.items())
    ]
    choice = {"type": "object", "properties": {"type": {"enum": sorted(types)}}, "required": ["type"]}
    return {**choice, "allOf": cases} if cases else choice


#: The schema without any plugin's: what the names of the top level are.
TOP = compose({part: {} for part in PARTS}, dict.fromkeys(PARTS, ()))
