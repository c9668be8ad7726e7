"""What a JSON Schema finds wrong with a config, in the words of someone who has to mend it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, SchemaError, ValidationError, validators
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from tamis.errors import Problem, join
from tamis.printable import shortened
from tamis.suggestion import did_you_mean, nearest

#: What each of a config's ``strategies`` is made of, and how that is written.
ENTRY_PARTS = ("input", "strategy")
_ENTRY_PATH = re.compile(r"strategies\[[0-9]+\]")
ENTRY_SHAPE = '{"input": {"type": ..., ...}, "strategy": {"type": ..., ...}}'

_ARTICLES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "null": "null",
}


def check_schema(schema: Mapping[str, Any]) -> None:
    """Check that this is a JSON Schema that stands by itself.

    Raises:
        ValueError: it's none, or refers to something outside; nothing is ever fetched.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"{error.message} (at {path_of(error.absolute_path) or 'its root'})") from error
    try:
        json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"it is no JSON: {error}") from error
    for each in _parts(schema):
        if strange := each.keys() & {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor"}:
            raise ValueError(f"it has {min(strange)!r}: it is to stand by itself, and be part of a larger one")
    properties = schema.get("properties", {})
    if unnamed := [name for name in schema.get("required", ()) if name not in properties]:
        raise ValueError(f"it requires {unnamed[0]!r}, which is not among its properties (at required)")
    resource = DRAFT202012.create_resource(schema)
    resolver = Registry().with_resource("", resource).resolver()
    found: dict[str, Any] = {}
    for each in _parts(schema):
        if isinstance(reference := each.get("$ref"), str):
            try:
                found[reference] = resolver.lookup(reference).contents
            except Unresolvable as error:
                raise ValueError(f"it refers to {reference!r}, which isn't in it") from error
    for reference in found:
        _check_ends(reference, found, ())


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in it, but for values that are data."""
    if isinstance(schema, Mapping):
        yield schema
        for name, value in schema.items():
            if name not in ("default", "const", "enum", "examples"):
                yield from _parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _parts(value)


def _check_ends(reference: str, found: Mapping[str, Any], path: tuple[str, ...]) -> None:
    """Raise `ValueError` if a reference leads back to itself about the same value, so that there is no end to it."""
    if reference in path:
        raise ValueError(f"{reference!r} refers to itself")
    for each in _about_the_same(found[reference]):
        if isinstance(following := each.get("$ref"), str):
            _check_ends(following, found, (*path, reference))


def _about_the_same(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A schema, and those in it that are about the same value."""
    if isinstance(schema, Mapping):
        yield schema
        for name in ("allOf", "anyOf", "oneOf", "not", "if", "then", "else"):
            for each in value if isinstance(value := schema.get(name), list) else [value]:
                yield from _about_the_same(each)


def find_problems(config: Any, schema: Mapping[str, Any]) -> list[Problem]:
    """Everything that the schema finds wrong; some of it may be there twice."""
    validator = _Validator(schema, registry=Registry())
    return [problem for error in validator.iter_errors(config) for problem in _problems(error, schema)]


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """As JSON Schema has it, in a time that grows with the length of the list alone."""
    if unique and isinstance(instance, list) and len({_key(item) for item in instance}) < len(instance):
        yield ValidationError("it holds something twice")


def _key(value: Any) -> Any:
    """What is equal for values that are equal as JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return frozenset((name, _key(each)) for name, each in value.items())
    if isinstance(value, list):
        return tuple(map(_key, value))
    return (bool, value) if isinstance(value, bool) else value


_Validator: Any = validators.extend(Draft202012Validator, {"uniqueItems": _unique_items})  # type: ignore[no-untyped-call]


def path_of(parts: Any) -> str:
    """``strategies[1].input.key`` for ``("strategies", 1, "input", "key")``."""
    path = ""
    for part in parts:
        path = f"{path}[{part}]" if isinstance(part, int) else join(path, part)
    return path


def _problems(error: ValidationError, whole: Mapping[str, Any]) -> Iterator[Problem]:
    path = path_of(error.absolute_path)
    instance: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    names = schema.get("properties", {}) if isinstance(schema, Mapping) else {}
    if _ENTRY_PATH.fullmatch(path) and error.validator in ("additionalProperties", "required"):
        yield from _entry_problems(error.validator, instance, path, whole)
    elif error.validator == "additionalProperties":
        for name in instance:
            if name not in names:
                yield Problem(join(path, name), f"unknown key{did_you_mean(name, names)}")
    elif not path and "proportion_samples" in str(rule):
        given = "both are" if "n_samples" in instance else "neither is"
        yield Problem("", f"give exactly one of 'n_samples' and 'proportion_samples': {given} given")
    elif error.validator == "required":
        for name in rule:
            if name not in instance:
                yield Problem(join(path, name), "is missing")
    elif error.validator == "enum" and path == "version":
        *most, last = map(str, rule)
        known = f"the versions {', '.join(most)} and {last} of the selection config"
        yield Problem(path, f"tamis knows {known}, and not {_shown(instance)}")
    elif error.validator == "const":
        why = f": {schema['description']}" if "description" in schema else ""
        yield Problem(path, f"{_shown(instance)} is not {_shown(rule)}, the only value that there is{why}")
    elif error.validator == "enum":
        near = nearest(instance, map(str, rule)) if isinstance(instance, str) else None
        hint = f". Did you mean {near!r}?" if near else ""
        yield Problem(path, f"{_shown(instance)} is not one of {', '.join(map(_shown, rule))}{hint}")
    elif error.validator == "type":
        types = [rule] if isinstance(rule, str) else rule
        hint = f'. Did you mean {{"type": {_shown(instance)}}}?' if _is_bare_type(instance, schema) else ""
        yield Problem(path, f"{_shown(instance)} is not {' or '.join(_ARTICLES[name] for name in types)}{hint}")
    elif error.validator == "uniqueItems":
        yield Problem(path, f"{_shown(instance)} holds something twice")
    elif error.validator == "minItems":
        yield Problem(path, f"needs at least {rule} item{'s' * (rule > 1)}")
    else:
        yield Problem(path, shortened(error.message))


def _entry_problems(rule: str, entry: Mapping[str, Any], path: str, whole: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the names of an entry: parameters are beside its parts, or in place of them."""
    other = [name for name in entry if name not in ENTRY_PARTS]
    misplaced = [name for name in other if not nearest(name, ENTRY_PARTS)]
    is_flat = bool(misplaced) and not all(isinstance(entry.get(part), dict) for part in ENTRY_PARTS)
    if rule == "required":
        missing = [] if is_flat else [part for part in ENTRY_PARTS if part not in entry]
        yield from (Problem(join(path, part), "is missing") for part in missing)
        return
    if is_flat:
        given = ", ".join(map(repr, misplaced))
        yield Problem(path, f"parameters go inside 'input' and 'strategy': {ENTRY_SHAPE}; beside them: {given}")
    for name in other:
        if name not in misplaced:
            yield Problem(join(path, name), f"unknown key{did_you_mean(name, ENTRY_PARTS)}")
        elif not is_flat:
            yield Problem(join(path, name), _where_to(name, entry, whole))


def _where_to(name: str, entry: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """Where in an entry a parameter belongs that is beside its parts: into the one whose schema has it."""
    for part in ENTRY_PARTS:
        type_ = entry[part].get("type")
        cases = whole.get("$defs", {}).get(part, {}).get("allOf", ())
        schemas = [case["then"] for case in cases if case["if"]["properties"]["type"]["const"] == type_]
        if any(name in schema.get("properties", {}) for schema in schemas) or (name, part) == ("strength", "strategy"):
            shown = "..." if type_ is None else _shown(type_)
            return f'goes inside {part!r}: {{"type": {shown}, {_shown(name)}: {_shown(entry[name])}}}'
    return "unknown key; parameters go inside 'input' or 'strategy'"


def _is_bare_type(instance: Any, schema: Mapping[str, Any]) -> bool:
    """Whether this is a text in place of an object with a type."""
    return isinstance(instance, str) and schema.get("type") == "object" and schema.get("required") == ["type"]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:57]}..."
