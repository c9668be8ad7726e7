"""A hook of mkdocs: a key stays on one line, as one may be searched for, and copied."""

from __future__ import annotations

import re
from typing import Any

#: Code in a text, short enough for the screen of a phone, in which there is no place to go on in a new line.
KEY = re.compile(r"<code>([^<>\s]{1,36})</code>")


def on_page_content(html: str, **_: Any) -> str:
    """Mark keys for the style sheet."""
    return KEY.sub(r'<code class="key">\1</code>', html)
