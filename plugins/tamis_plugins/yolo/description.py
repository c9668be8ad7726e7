"""YOLO's ``data.yaml``, with the names of classes as they are written."""

from __future__ import annotations

import re
from typing import Any

#: What a plain scalar may be but text.
_KEPT = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
#: Integers that are the same as text; ids are such.
_INTEGER = re.compile(r"(?:0|[1-9][0-9]{0,17})\Z")


def parsed_description(text: str) -> Any:
    """What a description says: integers, nulls, and all else as text, as classes may be called ``no`` or ``1.10``.

    Raises:
        ImportError: PyYAML isn't installed.
        ValueError: it isn't YAML.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        """Takes no text for a boolean, a date, or a number that is written in another way."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag in _KEPT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("0123456789"))
    try:
        return yaml.load(text, Loader)  # noqa: S506  (it is a SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"not YAML: {error}") from error
