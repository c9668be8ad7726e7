"""Configs as YAML, composed by PyYAML's safe loader and turned into data here: no tag constructs anything.

What a plain scalar is follows JSON, as in YAML 1.2: ``1e-3`` is a number, and ``no``, ``010`` and ``2024-01-31`` are
text. Names are the text that is written: ``0: 0.5`` names "0".
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tamis.config.format_errors import MAX_DEPTH, TOO_DEEP, TOO_LARGE, ContentError, FormatError, twice

#: Values that a document may have, those that an alias repeats counted each time.
MAX_VALUES = 200_000
TOO_MANY = f"more than {MAX_VALUES:,} values, those of aliases counted each time"
_CORE = "tag:yaml.org,2002:"
_NULL, _BOOL, _INT, _FLOAT = f"{_CORE}null", f"{_CORE}bool", f"{_CORE}int", f"{_CORE}float"
_STR, _SEQ, _MAP = f"{_CORE}str", f"{_CORE}seq", f"{_CORE}map"
#: Plain scalars that aren't text.
_PATTERNS = {
    _NULL: re.compile(r"(?:~|null|Null|NULL|)\Z"),
    _BOOL: re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"),
    _INT: re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z"),
    _FLOAT: re.compile(
        r"(?:[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
    ),
}


class _Loader(yaml.SafeLoader):
    """PyYAML's, with the scalars of JSON in place of those of YAML 1.1."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own way)
    values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node. Raises `ContentError` beyond the limit, rather than to read on for minutes."""
        is_name = parent is not None and index is None
        self.values += not is_name
        if self.values > MAX_VALUES:
            raise ContentError(TOO_MANY, self.peek_event().start_mark.index)  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


for _tag, _pattern in _PATTERNS.items():
    _Loader.add_implicit_resolver(_tag, _pattern, None)


def read_yaml(text: str) -> Any:
    """The data of one YAML document.

    Raises:
        FormatError: it is not YAML.
        ContentError: there are several documents, a mapping has a name twice, there are tags of other types, aliases
            that make it too large, or lists that are nested too deeply.
    """
    try:
        loader = _Loader(text)
    except yaml.reader.ReaderError as error:
        raise FormatError("a control character", error.position) from None
    try:
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.index if mark else 0
        if error.context == "expected a single document in the stream":
            raise ContentError("several documents; a config is one", at) from None
        raise FormatError(error.problem or str(error.context), at) from None
    except RecursionError:
        raise ContentError(TOO_DEEP) from None
    except (ValueError, OverflowError):  # of PyYAML itself: "\UFFFFFFFF", or a version of thousands of digits
        raise FormatError("a number or an escape that means nothing", loader.index) from None
    return _Data().of(node, 0) if node else None


class _Data:
    """Makes data of nodes, and counts it."""

    def __init__(self) -> None:
        self._values = 0

    def of(self, node: yaml.Node, depth: int) -> Any:
        """The data of a node."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise ContentError(TOO_MANY, _at(node))
        if depth > MAX_DEPTH:  # or it holds itself
            raise ContentError(TOO_DEEP, _at(node))
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQ:
            return [self.of(member, depth + 1) for member in node.value]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        raise _wrong_tag(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        names: set[str] = set()
        for key, value in node.value:
            name = _name(key)
            if name in names:
                raise ContentError(twice(name), _at(key))
            names.add(name)
            if name == "<<" and key.style is None:
                for base in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    if not isinstance(base, yaml.MappingNode):
                        raise ContentError("'<<' takes in mappings", _at(base))
                    merged = {**self.of(base, depth + 1), **merged}
            else:
                data[name] = self.of(value, depth + 1)
        return {**merged, **data}


def _name(key: yaml.Node) -> str:
    """The name that a key is: its text, whatever that would be as a value."""
    if not isinstance(key, yaml.ScalarNode):
        raise ContentError("a name is text", _at(key))
    if key.tag not in (_STR, *_PATTERNS):
        raise _wrong_tag(key)
    return str(key.value)


def _scalar(node: yaml.ScalarNode) -> Any:
    """The data of a scalar, by its tag: its own, or that of the pattern that it matches."""
    text = str(node.value)
    if node.tag == _STR:
        return text
    if node.tag not in _PATTERNS:
        raise _wrong_tag(node)
    if not _PATTERNS[node.tag].match(text) and not (node.tag == _FLOAT and _PATTERNS[_INT].match(text)):
        raise FormatError(f"{text!r} is no {node.tag.removeprefix(_CORE)}", _at(node))
    if node.tag == _NULL:
        return None
    if node.tag == _BOOL:
        return text.lower() == "true"
    if node.tag == _FLOAT:
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    try:
        return int(text)
    except ValueError:  # Python doesn't read integers of thousands of digits
        raise ContentError(TOO_LARGE, _at(node)) from None


def _wrong_tag(node: yaml.Node) -> ContentError:
    tag = node.tag.replace(_CORE, "!!", 1) if node.tag.startswith(_CORE) else node.tag
    return ContentError(f"the tag {tag} is not data that a config may hold", _at(node))


def _at(node: yaml.Node) -> int:
    return int(node.start_mark.index)
