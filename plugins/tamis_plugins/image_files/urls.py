"""Images as other programs find them: a root, and a name after it."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

#: Object stores: what comes after the bucket is taken letter by letter.
_VERBATIM = re.compile(r"(?!https?:|file:)[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def url_of(root: str, name: str) -> str:
    """A root with a name after it.

    In web addresses the name is percent-encoded. It is as it is after another scheme, such as ``s3://bucket/``.
    """
    return root + (name if _VERBATIM.match(root) else quote(os.fsencode(name)))
