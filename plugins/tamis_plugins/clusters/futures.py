"""Futures of the standard library for work that a cluster does."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any


def settle(future: Future[Any], result: Any = None, error: BaseException | None = None) -> None:
    """Give a future what its work returned or raised; one that was cancelled meanwhile stays so."""
    if not future.set_running_or_notify_cancel():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
