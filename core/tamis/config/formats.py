"""Which format a config is in, and its data.

Strict JSON is tried first, whatever the file is called. A file that is called YAML is YAML. Else the first character
decides: what begins with a bracket is JSON with comments, or a literal of Python. It is never taken for YAML, in which
a JSON config without one of its quotation marks or colons would be right, and say something else. What assigns,
imports or defines is Python; the rest is YAML.
"""

from __future__ import annotations

import re
from typing import Any

from tamis.config.format_errors import ContentError, FormatError, place
from tamis.config.json_text import read_json, without_extras
from tamis.config.python_text import read_python
from tamis.errors import ConfigError, MissingDependencyError, Problem

#: Characters of a message, which may quote what stands in the text.
LONGEST = 200
#: What may stand before the first bracket.
_HEAD = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
#: A line of a program, or an assignment.
_PYTHON = re.compile(
    r"^(?:(?:import|from|def|class|with|if|for)[ \t]|@\w|[^\W\d]\w*[ \t]*(?:=(?!=)|:[^=\n]*=[ \t]*[\[{(]))",
    re.MULTILINE,
)
#: A member of a list or of a mapping, or the beginning of a document.
_YAML = re.compile(
    r"""^(?:---|%YAML|[ \t]*(?:-[ \t]|[!&?])|[ \t]*(?:[\w.$<-]+|"[^"\n]*"|'[^'\n]*')[ \t]*:(?:\s|\Z))""", re.MULTILINE
)


def parse(text: str, where: str, *, is_yaml: bool = False) -> Any:
    """The data of a text, in any of the formats.

    Args:
        text: The text.
        where: What errors call it.
        is_yaml: Whether its name says that it is YAML.

    Raises:
        ConfigError: it is in none of the formats, or holds what no config may.
        MissingDependencyError: it is YAML, and PyYAML is not installed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    try:
        return _data(text, where, is_yaml)
    except (ContentError, FormatError) as error:
        what = error.message if len(error.message) <= LONGEST else f"{error.message[:LONGEST]}..."
        message = what if error.at is None else f"{what} {place(text, error.at)}"
    raise ConfigError((Problem("", f"{where}: {message}"),))


def _data(text: str, where: str, is_yaml: bool) -> Any:
    try:
        return read_json(text)
    except FormatError as error:
        mistake = error
    first = text[_HEAD.match(text).end() :][:1]  # type: ignore[union-attr] # it matches nothing as well
    if not first:
        raise ContentError("it is empty")
    try:
        if is_yaml:
            tried = "not YAML"
            return _yaml(text, where)
        if first in "[{(":
            tried = "not JSON, with or without comments, or a Python literal"
            return _json_or_python(text)
        if _PYTHON.search(text):
            tried = "not a Python literal, or one assignment of it (no other Python is read)"
            return read_python(text)
        tried = "not JSON, YAML or a Python literal"
        if _YAML.search(text):
            return _yaml(text, where)
    except FormatError as error:
        mistake = error
    raise FormatError(f"{tried}: {mistake.message}", mistake.at)


def _json_or_python(text: str) -> Any:
    """Raises `FormatError` of the one that could be read further."""
    try:
        return read_json(without_extras(text))
    except FormatError as error:
        in_json = error
    try:
        return read_python(text)
    except FormatError as in_python:
        raise max(in_json, in_python, key=lambda error: error.reached) from None


def _yaml(text: str, where: str) -> Any:
    try:
        from tamis.config.yaml_text import read_yaml
    except ModuleNotFoundError as error:
        if error.name != "yaml":
            raise
        raise MissingDependencyError("PyYAML", f"{where}: reading YAML", "yaml") from None
    return read_yaml(text)
