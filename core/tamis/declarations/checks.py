"""What is checked of the fields of declarations, whatever their kind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

#: What attrs hands to a validator.
Attribute = Any


def clean(doc: str | None) -> str:
    """Docstrings are None under ``python -OO``."""
    if not isinstance(doc, (str, type(None))):
        raise TypeError(f"doc is text, not {doc!r:.80}")
    return inspect.cleandoc(doc or "")


def is_name(declaration: Any, attribute: Attribute, name: Any) -> None:
    """Raise `ValueError` unless it is a name that can be printed."""
    if not isinstance(name, str) or not name or not name.isprintable():
        raise ValueError(f"{attribute.name} is a name of printable characters, not {name!r}")


def is_prefix(declaration: Any, attribute: Attribute, name: Any) -> None:
    """Raise `ValueError` unless it can stand before a location, as in ``name:LOCATION``; a single letter is a drive."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z][\w.-]+", name):
        raise ValueError(f"{attribute.name} is a letter and further letters, digits, '_', '.' or '-', not {name!r}")


def is_schema(declaration: Any, attribute: Attribute, schema: Any) -> None:
    """Raise `TypeError` unless it is a mapping."""
    if not isinstance(schema, Mapping):
        raise TypeError(f"schema is a JSON Schema as a mapping, not {schema!r:.80}")


def is_text(declaration: Any, attribute: Attribute, text: Any) -> None:
    """Raise `TypeError` unless it is a string."""
    if not isinstance(text, str):
        raise TypeError(f"{attribute.name} is text, not {text!r:.80}")


def is_text_or_function(declaration: Any, attribute: Attribute, value: Any) -> None:
    """Raise `TypeError` unless it is either."""
    if not isinstance(value, str) and not callable(value):
        raise TypeError(f"{attribute.name} is text or a function, not {value!r:.80}")


def is_length_or_function(declaration: Any, attribute: Attribute, value: Any) -> None:
    """Raise `TypeError` unless it is either."""
    if not (isinstance(value, int) and value >= 0) and not callable(value):
        raise TypeError(f"{attribute.name} is a number of dimensions or a function, not {value!r:.80}")


def one_of(options: tuple[str, ...]) -> Callable[..., None]:
    """A validator that raises `ValueError` unless the value is one of these."""

    def check(declaration: Any, attribute: Attribute, value: Any) -> None:
        if value not in options:
            raise ValueError(f"{attribute.name} is one of {', '.join(options)}, not {value!r}")

    return check


is_function: Callable[..., None] = attrs.validators.is_callable()
may_be_function: Callable[..., None] = attrs.validators.optional(attrs.validators.is_callable())


def unprepared(params: Any) -> Any:
    """The parameters as they are: what a plugin works with that prepares nothing."""
    return params
