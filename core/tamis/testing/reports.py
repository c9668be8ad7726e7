"""How a plugin calls ``report``: no more is done than there is, and what that raises ends its work."""

from __future__ import annotations

from collections.abc import Callable

from tamis import errors
from tamis.declarations.params import Report


def complaint_of(work: Callable[[Report], object]) -> str:
    """What is wrong with the reports of some work, which is done twice; empty if nothing is."""
    seen: list[tuple[int, int]] = []
    work(lambda done, total: seen.append((done, total)))
    if wrong := [counts for counts in seen if not 0 <= counts[0] <= counts[1]]:
        return f"it reports {wrong[0]}, and can't have done so much of so much"
    return "" if stops(work) else "it goes on when report raises"


def stops(work: Callable[[Report], object]) -> bool:
    """Whether some work ends when ``report`` raises, if it calls that at all."""
    called = False

    def stop(done: int, total: int) -> None:
        nonlocal called
        called = True
        raise errors.Cancelled("the host wants to stop")

    try:
        work(stop)
    except errors.Cancelled:
        return True
    return not called
