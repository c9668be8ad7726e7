"""Reading selection configs: from a file to plain data under canonical names."""

from __future__ import annotations

import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import attrs

from tamis.config import formats
from tamis.errors import ConfigError, Problem, join

#: What stands for standard input, and what errors call that.
STDIN, STDIN_NAME = "-", "standard input"
#: Bytes that a config may have.
MAX_SIZE = 16 * 2**20
#: What a config is called in the arguments of Lightly's client, and in what its API sends.
WRAPPED = ("selection_config", "selectionConfig")


@attrs.frozen
class Document:
    """A config that has been read.

    Attributes:
        data: What it says.
        notes: What its user should know about how that was found.
    """

    data: Any
    notes: tuple[str, ...] = ()


def read_config(path: str | os.PathLike[str]) -> Document:
    """The selection config of a file, also where that holds it beside other configs, as ``selection_config``.

    Raises:
        ConfigError: as `read_data`, or it holds a config twice.
        MissingDependencyError: it is YAML, and PyYAML is not installed.
    """
    return unwrapped(read_data(path), name_of(path))


def read_data(path: str | os.PathLike[str]) -> Any:
    """The data of a file, or of standard input for ``-``: JSON with comments or without, a literal of Python, or YAML.

    Raises:
        ConfigError: it can't be read, is in none of these formats, or holds what no config may, such as an object that
            has a name twice.
        MissingDependencyError: it is YAML, and PyYAML is not installed.
    """
    where = name_of(path)
    try:
        content = _content(path)
        if len(content) > MAX_SIZE:
            message = f"is larger than {MAX_SIZE // 2**20} MiB, and a config is not"
        else:
            text = content.decode("utf-8-sig")
            return formats.parse(text, where, is_yaml=Path(path).suffix.lower() in (".yaml", ".yml"))
    except UnicodeDecodeError as error:
        message = f"not UTF-8 text ({error.reason} at byte {error.start})"
    except OSError as error:
        message = f"can't be read: {error.strerror or error}"
    raise ConfigError((Problem("", f"{where}: {message}"),))


def parse(text: str, where: str) -> Any:
    """The data of a text. Raises `ConfigError`, as `read_data` does, naming ``where``."""
    return formats.parse(text, where)


def name_of(path: str | os.PathLike[str]) -> str:
    """What errors call a file."""
    return STDIN_NAME if os.fspath(path) == STDIN else os.fspath(path)


def unwrapped(data: Any, where: str) -> Document:
    """The selection config of data that holds it beside others, or else the data as it is.

    Raises:
        ConfigError: it holds it twice, or it is no object.
    """
    if not isinstance(data, dict) or "strategies" in data or not (found := [name for name in WRAPPED if name in data]):
        return Document(data)
    name, *more = found
    config = data[name]
    if more:
        raise ConfigError((Problem("", f"{where}: has both '{name}' and '{more[0]}': which one is meant?"),))
    if not isinstance(config, dict):
        raise ConfigError((Problem(name, "a selection config is an object"),))
    if "version" in data:
        config = {"version": data["version"], **config}
    rest = [repr(other) for other in data if other not in (name, "version")]
    note = f"{where}: the config is its '{name}'"
    if rest:
        note += f"; {', '.join(rest)} {'are' if len(rest) > 1 else 'is'} not used"
    return Document(config, (note,))


def _content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file, or of standard input, but for what is more than any config has."""
    if os.fspath(path) != STDIN:
        with Path(path).open("rb") as file:
            return file.read(MAX_SIZE + 1)
    if sys.stdin is None:
        raise OSError("it is closed")
    return sys.stdin.buffer.read(MAX_SIZE + 1)


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

    An integer that is written as a float, such as 5.0, becomes one; a very large one becomes a float where one will do.
    A name with null, unless the schema takes that, is left out: to Lightly's client it was as one that isn't given.
    """
    if schema.get("type") == "integer" and isinstance(data, float) and data.is_integer():
        return int(data)
    if schema.get("type") == "number" and isinstance(data, int) and not -(2**53) <= data <= 2**53:
        return float(data)  # as a plugin computes with it
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
    """A copy in which every parameter that isn't given has a copy of the schema's default, if there is one."""
    if not isinstance(data, dict):
        return data
    properties: Mapping[str, Any] = schema.get("properties", {})
    given = {name: with_defaults(value, _of(properties, name)) for name, value in data.items()}
    rules = {name: _of(properties, name) for name in properties if name not in data}
    return {**given, **{name: deepcopy(rule["default"]) for name, rule in rules.items() if "default" in rule}}


def _takes_null(schema: Mapping[str, Any]) -> bool:
    """Whether null may be a value of its own: unless the schema's type or its values say that it's none."""
    listed = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    types = schema.get("type", () if {"enum", "const"} & schema.keys() else "null")
    return "null" in ([types] if isinstance(types, str) else types) or None in listed


def _of(properties: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The schema of a property; empty if it has none, or a mere true or false."""
    schema = properties.get(name)
    return schema if isinstance(schema, Mapping) else {}
