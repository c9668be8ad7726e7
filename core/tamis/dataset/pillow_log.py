"""What Pillow logs about odd files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unprinted() -> Iterator[None]:
    """It is for those who log: without any handler, Python would print it."""
    pillow, nowhere = logging.getLogger("PIL"), logging.NullHandler()
    pillow.addHandler(nowhere)
    try:
        yield
    finally:
        pillow.removeHandler(nowhere)
