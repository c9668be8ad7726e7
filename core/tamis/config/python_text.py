"""Configs as literals of Python, the way that scripts for Lightly's client hold them. No code is ever run.

Either the whole text is a literal, or it is one assignment of a literal to a name.
"""

from __future__ import annotations

import ast
import re
import warnings
from itertools import accumulate
from typing import Any

from tamis.config.format_errors import MAX_DEPTH, TOO_DEEP, TOO_LARGE, ContentError, FormatError, twice

_STRING = r"""[rRuU]?(?:'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
#: All that a literal is made of. No other text is given to Python's parser, which could be made to crash.
_TOKEN = re.compile(
    rf"""
    (?P<blank> \s+ | \#[^\n]* | \\\n )
    | (?P<string> {_STRING} )
    | (?P<number> (?:\d|\.\d)(?:[eE][+-]\d|[\w.])* )
    | (?P<constant> (?:True|False|None)\b )
    | (?P<open> [\[{{(] )
    | (?P<close> [\]}})] )
    | (?P<mark> [,:] )
    | (?P<sign> [+-] )
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"\w+|\S")
_HEAD = re.compile(r"(?:\s|#[^\n]*)*")
#: ``name =`` or ``name: dict[str, Any] =``.
_TARGET = re.compile(r"""[^\W\d]\w*[ \t]*(?::[\w \t.,|\[\]"']{1,100})?=(?!=)""")
_NOT_A_LINE_BREAK = re.compile(r"[^\n]")
_IN_PYTHON = {"true": "True", "false": "False", "null": "None"}
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_VALUE_BEGINS, _VALUE_ENDS = {"string", "number", "constant", "open"}, {"string", "number", "constant", "close"}


def read_python(text: str) -> Any:
    """The data of a literal, or of one assignment of a literal; tuples become lists.

    Raises:
        FormatError: it is neither.
        ContentError: a dict has a key twice, a number is too large, or lists are nested too deeply.
    """
    value = _end(_TARGET, text, _end(_HEAD, text, 0))
    _check_tokens(text, value)
    # In parentheses, which indentation and line breaks mean nothing to; what stands before is replaced by spaces.
    source = f"({_NOT_A_LINE_BREAK.sub(' ', text[:value])}{text[value:]}\n)"
    places = _Places(source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python thinks of escapes such as "\d"
            literal = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        if "Exceeds the limit" in error.msg:  # Python doesn't read integers of thousands of digits
            raise ContentError(TOO_LARGE) from None
        raise FormatError(error.msg, places.offset(error.lineno or 1, (error.offset or 1) - 1)) from None
    except UnicodeEncodeError as error:
        raise FormatError("half a character, which no text has", error.start - len("(")) from None
    except (RecursionError, MemoryError):
        raise ContentError(TOO_DEEP) from None
    if isinstance(literal, ast.Tuple):
        at = places.end(literal.elts[0]) if literal.elts else value
        raise FormatError("one literal is expected, and no tuple", at, len(text))
    return _data(literal, places)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where what matches at ``start`` ends."""
    found = pattern.match(text, start)
    return found.end() if found else start


def _check_tokens(text: str, at: int) -> None:
    """Check that the text is made of what literals are made of, from ``at`` on, with brackets that fit."""
    brackets: list[tuple[str, int]] = []
    before = ""
    while at < len(text):
        token = _TOKEN.match(text, at)
        kind = token.lastgroup if token else None
        if token is None or kind is None or (kind == "sign" and before in {"sign", *_VALUE_ENDS}):
            raise FormatError(_refusal(text, at), at)
        if kind in _VALUE_BEGINS and before in _VALUE_ENDS and (kind, before) != ("string", "string"):
            missing = "',' or ':' is missing before this" if brackets else "one literal is expected, and nothing else"
            raise FormatError(missing, at)
        if kind == "open":
            brackets.append((token[0], at))
        elif kind == "close" and (not brackets or _CLOSING[brackets.pop()[0]] != token[0]):
            raise FormatError(f"{token[0]!r} closes nothing that is open", at)
        if len(brackets) > MAX_DEPTH:
            raise ContentError(TOO_DEEP, at)
        if kind != "blank":
            before = kind
        at = token.end()
    if brackets:
        raise FormatError(f"{brackets[-1][0]!r} is never closed", brackets[-1][1], len(text))
    if not before:
        raise FormatError("a literal is expected", len(text))


def _refusal(text: str, at: int) -> str:
    """Why what stands there can't be part of a literal."""
    word = text[at : _end(_WORD, text, at)]
    if word in _IN_PYTHON:
        return f"Python writes {_IN_PYTHON[word]}, not {word}"
    return "a string begins here and never ends" if word in "'\"" else f"{word!r} can't be part of a literal"


class _Places:
    """The places that Python's parser names, as offsets into the text without its first parenthesis."""

    def __init__(self, source: str) -> None:
        self._lines = re.split(r"(?<=\n)", source)
        self._starts = [0, *accumulate(map(len, self._lines))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line, from 1 on, and a character in it."""
        return max(self._starts[line - 1] + column - len("("), 0)

    def start(self, node: ast.expr) -> int:
        """Where a part of the tree begins."""
        return self._of_bytes(node.lineno, node.col_offset)

    def end(self, node: ast.expr) -> int:
        """Where a part of the tree ends."""
        return self._of_bytes(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def _of_bytes(self, line: int, column: int) -> int:
        """The offset of a line and a byte in it, which is how the tree counts."""
        return self.offset(line, len(self._lines[line - 1].encode("utf-8")[:column].decode("utf-8")))


def _data(node: ast.expr, places: _Places) -> Any:
    """The data of a literal."""
    if isinstance(node, ast.Dict):
        data: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None or isinstance(key, (ast.Dict, ast.List, ast.Tuple)):
                raise FormatError("a name is a string", places.start(key or value))
            name = _data(key, places)
            if name in data:
                raise ContentError(twice(name), places.start(key))
            data[name] = _data(value, places)
        return data
    if isinstance(node, (ast.List, ast.Tuple)):
        return [_data(member, places) for member in node.elts]
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float, type(None))):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        number = _data(node.operand, places)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return -number if isinstance(node.op, ast.USub) else number
    what = "a set" if isinstance(node, ast.Set) else "an expression"
    raise FormatError(f"{what} is not data that a config may hold", places.start(node))
