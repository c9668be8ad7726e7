"""Text that others have written, such as file names and what plugins say, made fit for a terminal or a record."""

from __future__ import annotations

import re

#: What stands for a secret.
HIDDEN = "***"
#: The name of one, as a regular expression.
SENSITIVE = r"[\w.-]*(?:token|secret|passw(?:or)?d|pwd|credential|signature|api[-_]?key|access[-_]?key|\bsig)[\w.-]*"
#: A value of such a name, in ``name=value``, up to what may follow it in a choice or a URL.
_NAMED = re.compile(rf"((?:^|(?<=[,:?&;\s])|(?<=--)){SENSITIVE}=)[^,&;\s]+", re.IGNORECASE)
#: User and password in a URL; on the web a user alone, too, who elsewhere may be an account or a container.
_USER = re.compile(r"(://)[^/\s]*:[^/\s]*(?=@)|(https?://)[^/\s]+(?=@)", re.IGNORECASE)


def without_secrets(text: str) -> str:
    """The text, in which values that are named as secrets, and those that a URL identifies a user by, are hidden."""
    return _NAMED.sub(rf"\1{HIDDEN}", _USER.sub(rf"\1\2{HIDDEN}", text))


def printable(text: str) -> str:
    """The text with all that isn't printable, such as line breaks and escape sequences, spelled out."""
    return text if text.isprintable() else "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def printable_lines(text: str) -> str:
    """The same, but for its line breaks."""
    return "\n".join(map(printable, text.split("\n")))


def shortened(text: str, most: int = 1000) -> str:
    """The text, or its beginning and its end if it is longer than that."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 3 :]}"
