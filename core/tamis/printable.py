"""Text that others have written, such as file names and what plugins say, made fit for a line on a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with all that isn't printable, such as line breaks and escape sequences, spelled out."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def printable_lines(text: str) -> str:
    """The same, but for its line breaks."""
    return "\n".join(map(printable, text.split("\n")))


def shortened(text: str, most: int = 1000) -> str:
    """The text, or its beginning and its end if it is longer than that."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 3 :]}"
