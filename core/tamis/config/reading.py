"""Reading selection configs: from JSON text to plain data under canonical names."""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tamis.errors import ConfigError, Problem, join


def read_config(path: str | os.PathLike[str]) -> Any:
    """The content of a JSON file.

    Raises:
        ConfigError: it can't be read, is not JSON, or an object in it has a name twice.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not JSON: not UTF-8 text ({error.reason} at byte {error.start})"
    except OSError as error:
        message = f"can't be read: {error.strerror or error}"
    else:
        return parse(text, os.fspath(path))
    raise ConfigError((Problem("", f"{os.fspath(path)}: {message}"),))


def parse(text: str, where: str) -> Any:
    """The content of JSON text. Raises `ConfigError`, as `read_config` does, naming ``where``."""
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        found = error.doc[error.pos :].partition("\n")[0][:20]
        at = f", at {found!r}" if found else ""
        message = f"not JSON: {error.msg} (line {error.lineno}, column {error.colno}{at})"
    except RecursionError:
        message = "not a config: nested too deeply"
    except _DuplicateNameError as error:
        message = f"an object has {error} twice"
    except ValueError:  # Python doesn't read integers of thousands of digits
        message = "a number in it is too large"
    raise ConfigError((Problem("", f"{where}: {message}"),))


class _DuplicateNameError(Exception):
    """JSON would silently keep the last of them."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise _DuplicateNameError(next(repr(name) for name in names if names.count(name) > 1))
    return dict(pairs)


def plain(data: Any, path: str, problems: list[Problem]) -> Any:
    """A copy made of dict, list, str, int, float, bool and None; what has no place in JSON is a problem."""
    if isinstance(data, Mapping):
        odd = [name for name in data if not isinstance(name, str)]
        problems += [Problem(path, f"the name {name!r} is not a string") for name in odd]
        return {str(name): plain(value, join(path, str(name)), problems) for name, value in data.items()}
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return [plain(value, f"{path}[{number}]", problems) for number, value in enumerate(data)]
    if isinstance(data, float) and not math.isfinite(data):
        problems.append(Problem(path, f"{data} is not a number that JSON has"))
    elif isinstance(data, int) and abs(data) > sys.float_info.max:
        problems.append(Problem(path, "the number is too large"))
        return 0
    elif data is not None and not isinstance(data, (str, bool, int, float)):
        problems.append(Problem(path, f"{data!r} is not JSON data"))
        return repr(data)
    return data


def canonical(data: Any, schema: Mapping[str, Any], path: str, problems: list[Problem]) -> Any:
    """Rename camelCase names to the snake_case ones of the schema, at every object that it describes.

    An integer that is written as a float, such as 5.0, becomes one. A name with null, unless the schema takes that, is
    left out: to Lightly's client it was as one that isn't given.
    """
    if schema.get("type") == "integer" and isinstance(data, float) and data.is_integer():
        return int(data)
    properties = schema.get("properties", {})
    if not isinstance(data, dict) or not properties:
        return data
    renamed: dict[str, Any] = {}
    for name, value in data.items():
        snake = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: f"_{match[1].lower()}", name)
        target = snake if name not in properties and snake in properties else name
        if value is None and not (target in properties and _takes_null(_of(properties, target))):
            continue
        if target != name and target in data:
            problems.append(Problem(join(path, target), f"given twice, as '{target}' and as '{name}'"))
        renamed[target] = canonical(value, _of(properties, target), join(path, target), problems)
    return renamed


def with_defaults(data: Any, schema: Mapping[str, Any]) -> Any:
    """A copy in which every parameter that isn't given has the schema's default, if there is one."""
    if not isinstance(data, dict):
        return data
    properties: Mapping[str, Any] = schema.get("properties", {})
    given = {name: with_defaults(value, _of(properties, name)) for name, value in data.items()}
    rules = {name: _of(properties, name) for name in properties if name not in data}
    return {**given, **{name: rule["default"] for name, rule in rules.items() if "default" in rule}}


def _takes_null(schema: Mapping[str, Any]) -> bool:
    """Whether null may be a value of its own: unless the schema's type or its values say that it's none."""
    listed = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    types = schema.get("type", () if {"enum", "const"} & schema.keys() else "null")
    return "null" in ([types] if isinstance(types, str) else types) or None in listed


def _of(properties: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The schema of a property; empty if it has none, or a mere true or false."""
    schema = properties.get(name)
    return schema if isinstance(schema, Mapping) else {}
