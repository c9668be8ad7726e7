"""One thread for each matrix product while samples are selected.

Products of a selection are small. Threads of a BLAS library gain little by sharing them, and spin while they wait for
each other: on a machine with other work that costs several times the CPU, and takes longer too.

How many threads such a library uses is a setting of the whole process. So calls that overlap are counted: the first
sets the limit, and the last puts everything back as the first has found it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import attrs
from threadpoolctl import ThreadpoolController


@attrs.define
class _Limit:
    """The limit of this process, and how many calls hold it."""

    lock: Lock = attrs.field(factory=Lock)
    holders: int = 0
    #: The libraries that have been limited, and how many threads each had.
    before: list[tuple[Any, int]] = attrs.field(factory=list)

    def take(self) -> None:
        with self.lock:
            if not self.holders:
                libraries = ThreadpoolController().select(user_api="blas").lib_controllers
                self.before = [
                    (library, threads)
                    for library in libraries
                    # The setting of OpenMP is each thread's own, so that no other thread could put it back.
                    if library.threading_layer != "openmp" and (threads := library.num_threads or 1) > 1
                ]
                for library, _ in self.before:
                    _set(library, 1)
            self.holders += 1

    def leave(self) -> None:
        with self.lock:
            self.holders -= 1
            if not self.holders:
                for library, threads in self.before:
                    if library.num_threads == 1:  # otherwise the host has set it in the meantime
                        _set(library, threads)
                self.before = []


def _set(library: Any, threads: int) -> None:
    """From any thread: threadpoolctl itself, since 3.8, listens only to the one that has set a limit last."""
    release = getattr(library, "clear_controlling_thread", lambda force: None)
    release(force=True)
    library.set_num_threads(threads)
    release(force=True)


_LIMIT = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """In the ``with`` block, and meanwhile in all of the process, the thread that asks for a product makes it."""
    _LIMIT.take()
    try:
        yield
    finally:
        _LIMIT.leave()
