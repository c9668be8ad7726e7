"""Fetching the next images while one is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import IO

from tamis import Images
from tamis_plugins.remote.store import Content


class Ahead(Images, AbstractContextManager["Ahead"]):
    """Images that are asked for one after the other, so many of them fetched ahead. Memory is that of these.

    Args:
        images: What they are otherwise.
        read: Fetches one.
        at_once: How many to fetch at a time.
        names: Those that are going to be asked for, in order.
    """

    def __init__(self, images: Images, read: Callable[[str], Content], at_once: int, names: Sequence[str]) -> None:
        self._images, self._read = images, read
        self._next: Iterator[str] = iter(names)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="tamis-fetch")
        self._fetched: dict[str, Future[Content]] = {}
        self._last: tuple[str, Future[Content]] | None = None
        for _ in range(at_once):
            self._fetch()

    def __exit__(self, *error: object) -> None:
        """Requests that are under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self) -> None:
        if (name := next(self._next, None)) is not None:
            self._fetched[name] = self._pool.submit(self._read, name)

    def _content(self, name: str) -> Content:
        """What was fetched; it is kept until another is asked for, as it may be looked at twice. Raises `OSError`."""
        if self._last is None or self._last[0] != name:
            self._last = None
            if (future := self._fetched.pop(name, None)) is None:
                return self._read(name)
            self._fetch()
            self._last = name, future
        return self._last[1].result()

    @property
    def identity(self) -> str | None:
        """Their own."""
        return self._images.identity

    def open(self, name: str) -> IO[bytes]:
        """Its bytes."""
        return self._content(name).open()

    def fingerprint(self, name: str) -> str | None:
        """That of the bytes that are going to be opened, whatever was listed."""
        try:
            return self._content(name).fingerprint
        except OSError:
            return None
