"""Choosing a plugin with its options: ``NAME``, ``NAME:OPTION=VALUE,...`` or an object with ``type``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tamis.config.reading import canonical, parse, plain, with_defaults
from tamis.config.schema import options_schema
from tamis.discovery.failing import failed
from tamis.discovery.hookspecs import PluginKind
from tamis.discovery.registry import Registry
from tamis.errors import (
    BrokenPluginError,
    ConfigError,
    ParameterError,
    PluginError,
    Problem,
    TamisError,
    did_you_mean,
)
from tamis.progress import Monitor
from tamis.validation import check_schema, find_problems

#: What closes what may hold commas.
_CLOSING = {"[": re.compile(r"\]"), "{": re.compile(r"\}"), '"': re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL)}


def parse_choice(text: str, path: str) -> dict[str, Any]:
    """A choice as an object with ``type``. Values are JSON where they can be, and text otherwise.

    Args:
        text: Such as ``onnx:model=m.onnx,mean=[0.5,0.5,0.5],batch=8``, or the object as JSON.
        path: What errors call the choice.

    Raises:
        ConfigError: it's none.
    """
    if text.lstrip().startswith("{"):
        return dict(parse(text, path))
    name, _, rest = text.partition(":")
    return {"type": name, **parse_options(_items(rest), path)}


def _items(text: str) -> list[str]:
    """What stands between commas; lists, objects and quoted text may hold some."""
    items, start, place = [], 0, 0
    open_ended = set()  # what is closed nowhere: looked for once, as a text may hold very many
    while place < len(text):
        char = text[place]
        place += 1
        if char == ",":
            items.append(text[start : place - 1])
            start = place
        elif char in _CLOSING and char not in open_ended:
            find = _CLOSING[char].match if char == '"' else _CLOSING[char].search
            if found := find(text, place):
                place = found.end()
            else:
                open_ended.add(char)
    return [item for item in (*items, text[start:]) if item]


def parse_options(items: list[str], path: str) -> dict[str, Any]:
    """``OPTION=VALUE`` texts as options. Raises `ConfigError` if one is none, or is there twice."""
    options: dict[str, Any] = {}
    for item in items:
        option, separator, value = item.partition("=")
        if not (option and separator):
            raise ConfigError((Problem(path, f"{item!r} is not OPTION=VALUE"),))
        if option in options or option == "type":
            reason = "is there twice" if option in options else "is no option: it goes before the colon"
            raise ConfigError((Problem(f"{path}.{option}", reason),))
        try:
            options[option] = json.loads(value)
        except (ValueError, RecursionError):
            options[option] = value
    return options


def settled(
    kind: PluginKind, choice: str | Mapping[str, Any], registry: Registry, path: str
) -> tuple[Any, dict[str, Any]]:
    """The declaration of the plugin that is chosen, and its options with defaults.

    Args:
        kind: What kind of plugin.
        choice: As `parse_choice` takes it, or such an object.
        registry: The plugins.
        path: What errors call the choice.

    Raises:
        ConfigError: there is no such plugin, or its options are wrong.
        BrokenPluginError: its schema is wrong.
    """
    problems: list[Problem] = []
    try:
        given = plain(parse_choice(choice, path) if isinstance(choice, str) else choice, path, problems)
    except RecursionError:
        raise ConfigError((Problem(path, "a choice is not nested so deeply"),)) from None
    name = given.get("type") if isinstance(given, dict) else None
    if not isinstance(name, str):
        message = f"a choice of {kind} is NAME, NAME:OPTION=VALUE,... or an object with 'type'"
        raise ConfigError((Problem(path, message),))
    try:
        declaration = registry.declaration(kind, name)
        plugin = registry.provider(kind, name)
    except PluginError as error:
        raise ConfigError((Problem(f"{path}.type", str(error)),)) from error
    try:
        check_schema(dict(declaration.schema))
    except ValueError as error:
        raise BrokenPluginError(f"{kind} '{name}' of {plugin} contributes a bad schema: {error}") from error
    schema = options_schema(kind, name, declaration)
    options = with_defaults(canonical(given, schema, path, problems), schema)
    known = [option for option in schema["properties"] if option != "type"]
    for option in [option for option in options if option not in schema["properties"]]:
        takes = did_you_mean(option, known) if known else ": it takes no options"
        problems.append(Problem(f"{path}.{option}", f"{kind} '{name}' has no such option{takes}"))
        del options[option]
    found = find_problems(options, schema)
    problems += [Problem(f"{path}.{problem.path}" if problem.path else path, problem.message) for problem in found]
    if problems:
        raise ConfigError(tuple(dict.fromkeys(problems)))
    del options["type"]
    return declaration, options


@contextmanager
def attributing(
    kind: PluginKind, key: str, registry: Registry, path: str, monitor: Monitor | None = None
) -> Iterator[None]:
    """Say where in the choice a problem is, and whose a plugin that fails; the caller's callback is no plugin."""
    try:
        yield
    except ParameterError as error:
        raise ConfigError((Problem(f"{path}.{error.parameter}", error.message),)) from error
    except TamisError:
        raise
    except BaseException as error:
        if monitor and monitor.has_raised(error):
            raise
        raise failed(registry, kind, key, error) from error
