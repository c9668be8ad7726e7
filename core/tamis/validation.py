"""What a JSON Schema finds wrong with a config, in the words of someone who has to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from tamis.errors import Problem, join
from tamis.suggestion import did_you_mean, nearest

#: Names of the documented config that tamis knows and doesn't run.
NOT_YET = ("lightly_path_regex", "lightlyPathRegex")

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
    properties = schema.get("properties", {})
    if unnamed := [name for name in schema.get("required", ()) if name not in properties]:
        raise ValueError(f"it requires {unnamed[0]!r}, which is not among its properties (at required)")
    resource = DRAFT202012.create_resource(schema)
    resolver = Registry().with_resource("", resource).resolver()
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except Unresolvable as error:
            raise ValueError(f"it refers to {reference!r}, which isn't in it") from error


def _references(schema: Any) -> Iterator[str]:
    """Every ``$ref`` anywhere in it."""
    if isinstance(schema, Mapping):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def find_problems(config: Any, schema: Mapping[str, Any]) -> list[Problem]:
    """Everything that the schema finds wrong; some of it may be there twice."""
    validator = Draft202012Validator(schema, registry=Registry())
    return [problem for error in validator.iter_errors(config) for problem in _problems(error)]


def path_of(parts: Any) -> str:
    """``strategies[1].input.key`` for ``("strategies", 1, "input", "key")``."""
    path = ""
    for part in parts:
        path = f"{path}[{part}]" if isinstance(part, int) else join(path, part)
    return path


def _problems(error: ValidationError) -> Iterator[Problem]:
    path = path_of(error.absolute_path)
    instance: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        names = schema.get("properties", {})
        for name in instance:
            if name not in names:
                yield Problem(join(path, name), _unknown(name, names))
    elif not path and "proportion_samples" in str(rule):
        given = "both are" if "n_samples" in instance else "neither is"
        yield Problem("", f"give exactly one of 'n_samples' and 'proportion_samples': {given} given")
    elif error.validator == "required":
        for name in rule:
            if name not in instance:
                yield Problem(join(path, name), "is missing")
    elif error.validator == "enum":
        near = nearest(instance, map(str, rule)) if isinstance(instance, str) else None
        hint = f". Did you mean {near!r}?" if near else ""
        yield Problem(path, f"{_shown(instance)} is not one of {', '.join(map(_shown, rule))}{hint}")
    elif error.validator == "type":
        types = [rule] if isinstance(rule, str) else rule
        yield Problem(path, f"{_shown(instance)} is not {' or '.join(_ARTICLES[name] for name in types)}")
    elif error.validator == "uniqueItems":
        yield Problem(path, f"{_shown(instance)} holds something twice")
    elif error.validator == "minItems":
        yield Problem(path, f"needs at least {rule} item{'s' * (rule > 1)}")
    else:
        yield Problem(path, error.message)


def _unknown(name: str, names: Mapping[str, Any]) -> str:
    if name in NOT_YET:
        return "is part of the documented config, and this version of tamis does not run it yet"
    if {"input", "strategy"} == names.keys():
        hint = did_you_mean(name, names) if nearest(name, names) else "; parameters go inside 'input' or 'strategy'"
        return f"unknown key{hint}"
    return f"unknown key{did_you_mean(name, names)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else f"{text[:57]}..."
