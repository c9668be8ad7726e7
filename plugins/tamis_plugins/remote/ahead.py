"""Fetching the next images while one is measured."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import IO

from tamis import Images
from tamis_plugins.anywhere.ahead import Ahead
from tamis_plugins.remote.store import Content, Store


class Fetched(Images, AbstractContextManager["Fetched"]):
    """Images that are asked for one after the other, so many of them fetched ahead.

    Args:
        images: What they are otherwise.
        store: Where they are.
        names: Those that are going to be asked for, in order.
    """

    def __init__(self, images: Images, store: Store, names: Sequence[str]) -> None:
        self._images = images
        self._ahead: Ahead[str, Content] = Ahead(store.read, store.at_once, names)

    def __exit__(self, *error: object) -> None:
        self._ahead.close()

    @property
    def identity(self) -> str | None:
        """Their own."""
        return self._images.identity

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        return self._ahead.take(name).open()

    def fingerprint(self, name: str) -> str | None:
        """That of the bytes that are going to be opened, whatever was listed."""
        try:
            return self._ahead.take(name).fingerprint
        except OSError:
            return None
