"""How a run tells its caller how far it is, and how the caller stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Literal

import attrs

from tamis.errors import Cancelled


@attrs.frozen
class Progress:
    """So many of a stage's samples are done.

    ``waiting`` is for another run that writes to the same store; ``preparing`` is what an input or a strategy computes
    before anything is picked, in steps of its own; ``downloading`` is what a plugin fetches before it works, in
    megabytes.
    """

    stage: Literal["waiting", "downloading", "measuring", "preparing", "selecting", "merging"]
    done: int
    total: int
    note: str = ""
    """What the user should know at this point, if anything."""


#: Called in the caller's own thread, after every batch. What it raises ends the run.
ProgressCallback = Callable[[Progress], None]


@attrs.frozen
class Monitor:
    """The caller's two wires into a run."""

    callback: ProgressCallback | None = None
    cancel: Event | None = None
    _raised: list[BaseException] = attrs.field(factory=list, init=False, eq=False, repr=False)

    def report(self, progress: Progress) -> None:
        """Tell the caller."""
        if self.callback:
            try:
                self.callback(progress)
            except BaseException as error:
                self._raised.append(error)
                raise

    def step(self, done: int, total: int) -> None:
        """Stop here if the caller wants that: what reads files calls it often. Raises `Cancelled`."""
        self.check()

    def has_raised(self, error: BaseException) -> bool:
        """Whether the caller's own callback raised this, wherever it was called."""
        return any(error is raised for raised in self._raised)

    def check(self) -> None:
        """Stop here if the caller wants that. Raises `Cancelled`."""
        if self.cancel is not None and self.cancel.is_set():
            raise Cancelled("the run was cancelled")


_FOLLOWER: ContextVar[Monitor | None] = ContextVar("follower", default=None)


@contextmanager
def followed(monitor: Monitor | None) -> Iterator[None]:
    """While a plugin prepares: what it reports goes to this caller."""
    token = _FOLLOWER.set(monitor)
    try:
        yield
    finally:
        _FOLLOWER.reset(token)


def report_download(done: int, total: int) -> None:
    """Tell whoever runs this how many bytes are here of what a plugin downloads as it prepares, such as a model.

    To be called now and then, from the thread in which the plugin was called. Does nothing where nobody listens.

    Args:
        done: Bytes that are here.
        total: Bytes in all.

    Raises:
        Cancelled: the caller doesn't want to wait for it; or whatever its callback raises.
    """
    if monitor := _FOLLOWER.get():
        monitor.check()
        monitor.report(Progress("downloading", done // 1_000_000, -(-total // 1_000_000)))
