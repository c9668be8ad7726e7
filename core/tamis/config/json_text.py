"""JSON as people write it: strict, or with ``//``, ``#`` and ``/* */`` comments and trailing commas."""

from __future__ import annotations

import json
import re
from typing import Any

from tamis.config.format_errors import TOO_DEEP, TOO_LARGE, ContentError, FormatError, twice

#: A string or comment that never ends matches all the same, so that no part of a text is looked at more than once.
_TOKEN = re.compile(
    r"""
    (?P<string> "[^"\\\n]*(?:\\.[^"\\\n]*)*"? )
    | (?P<comment> //[^\n]* | \#[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<comma> , )
    | (?P<close> [\]}] )
    | (?P<open> [\[{:] )
    | (?P<word> [^\s"/\#,\[\]{}:]+ | \S )
    """,
    re.VERBOSE | re.DOTALL,
)
_NOT_A_LINE_BREAK = re.compile(r"[^\n]")


def read_json(text: str) -> Any:
    """The data of strict JSON.

    Raises:
        FormatError: it is not JSON.
        ContentError: an object has a name twice, a number is too large, or lists are nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise FormatError(error.msg, error.pos) from None
    except RecursionError:
        raise ContentError(TOO_DEEP) from None
    except ValueError:  # Python doesn't read integers of thousands of digits
        raise ContentError(TOO_LARGE) from None


def without_extras(text: str) -> str:
    """The text with spaces in place of comments and trailing commas, so that all else stays where it is.

    Raises:
        FormatError: a comment never ends.
    """
    extras: list[tuple[int, int]] = []
    comma: int | None = None
    after_value = False  # only what follows a value is a trailing comma: [,] has none
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "comment":
            if token[0].startswith("/*") and (len(token[0]) < len("/**/") or not token[0].endswith("*/")):
                raise FormatError("a comment begins here and never ends", token.start(), len(text))
            extras.append(token.span())
            continue
        if kind == "close" and comma is not None:
            extras.append((comma, comma + 1))
        comma = token.start() if kind == "comma" and after_value else None
        after_value = kind in ("string", "word", "close")
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(extras):
        pieces += text[end:start], _NOT_A_LINE_BREAK.sub(" ", text[start:stop])
        end = stop
    return "".join((*pieces, text[end:]))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in pairs:
        if name in data:
            raise ContentError(twice(name))
        data[name] = value
    return data
