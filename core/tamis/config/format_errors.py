"""How the readers of the config formats say what is wrong with a text, and where."""

from __future__ import annotations

#: How much of a line is quoted.
QUOTED = 20
#: Lists and objects within one another. Parsers are recursive; no config comes near this.
MAX_DEPTH = 100
TOO_DEEP = "nested too deeply"
TOO_LARGE = "a number in it is too large"


class FormatError(Exception):
    """A text is not in the format that was tried.

    Attributes:
        message: What was found, or expected.
        at: Where that is, as an offset into the text.
        reached: How far the text could be read. The format that got furthest is most likely the one that was meant.
    """

    def __init__(self, message: str, at: int, reached: int | None = None) -> None:
        super().__init__(message, at, reached)
        self.message = message
        self.at = at
        self.reached = at if reached is None else reached


class ContentError(Exception):
    """A text is in the format that was tried, and holds what no config may hold.

    Attributes:
        message: What that is.
        at: Where it is, as an offset into the text, if that is known.
    """

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message, at)
        self.message = message
        self.at = at


def twice(name: object) -> str:
    """What is wrong with an object that has a name twice: parsers would keep the last in silence."""
    return f"an object has {name!r} twice"


def place(text: str, at: int) -> str:
    """``(line 2, column 5, at 'what stands there')``."""
    before, found = text[:at], text[at:].partition("\n")[0][:QUOTED]
    line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
    return f"(line {line}, column {column}, at {found!r})" if found else f"(line {line}, column {column})"
