"""Fetching what is going to be asked for, while something else is done with what came before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class Ahead(Generic[K, T]):
    """What is asked for one after the other. Memory is that of so many at once, and of the last.

    Args:
        read: Fetches one.
        at_once: How many to fetch at a time.
        keys: Those that are going to be asked for, in order.
    """

    def __init__(self, read: Callable[[K], T], at_once: int, keys: Iterable[K]) -> None:
        self._read = read
        self._next: Iterator[K] = iter(keys)
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="tamis-fetch")
        self._fetched: dict[K, Future[T]] = {}
        self._last: tuple[K, Future[T]] | None = None
        for _ in range(at_once):
            self._fetch()

    def close(self) -> None:
        """Requests that are under way end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self) -> None:
        if (key := next(self._next, None)) is not None:
            self._fetched[key] = self._pool.submit(self._read, key)

    def take(self, key: K) -> T:
        """What was fetched; it is kept until another is asked for. Raises what ``read`` does."""
        if self._last is None or self._last[0] != key:
            self._last = None
            if (future := self._fetched.pop(key, None)) is None:
                return self._read(key)
            self._fetch()
            self._last = key, future
        return self._last[1].result()
