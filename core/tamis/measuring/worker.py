"""Inside a worker process: batches measured as they are ordered."""

from __future__ import annotations

import faulthandler
import io
import os
import pickle
import sys
import warnings
from collections.abc import Sequence
from functools import lru_cache
from threading import current_thread, main_thread
from typing import Any

from tamis.dataset import decoder, pillow_log
from tamis.declarations.source import Images
from tamis.errors import RunError, described
from tamis.measuring.allocator import keep_freed_memory
from tamis.measuring.batch import At, Item, Measured, run_batch
from tamis.measuring.memory import limit
from tamis.measuring.order import Order
from tamis.measuring.recipe import Recipe
from tamis.measuring.sending import leave
from tamis.measuring.standard_streams import hold_places
from tamis.measuring.steps import Key
from tamis.measuring.worker_process import MARK
from tamis.measuring.workers import Workers

#: Seconds, months of them: more than systems can count is as good as none.
LONGEST = 1e7


@lru_cache(maxsize=4)
def _prepared(order: bytes) -> tuple[Recipe, Order]:
    unpacked: Order = pickle.loads(order)  # noqa: S301 (from our own process)
    keep_freed_memory()
    if unpacked.seen:
        unpacked.seen.check(unpacked.images, unpacked.fingerprint)
    return unpacked.recipe(), unpacked


@lru_cache(maxsize=64)
def _part(order: bytes, keys: tuple[Key, ...]) -> Recipe:
    return _prepared(order)[0].only(keys)


def measure_batch(
    order: bytes,
    keys: tuple[Key, ...],
    items: Sequence[Item],
    portion: Images | None = None,
    at: At = lambda position, step=None, images=1: None,
) -> Measured:
    """Measure some images in another process, for these steps of a recipe; as they travelled, or as in the order."""
    _, ordered = _prepared(order)
    decoder.set_to(ordered.decoder)
    alone = current_thread() is main_thread()
    images = portion or ordered.images
    measured = run_batch(_part(order, keys), items, images, ordered.fingerprint, at, alone=alone)
    return leave(measured, ordered.incoming)


def measure_apart(
    order: bytes, keys: tuple[Key, ...], items: Sequence[Item], portion: Images | None = None
) -> Measured:
    """The same in a process of this one's own: what ends that doesn't end the worker of a cluster.

    Raises:
        WorkerLostError: it has ended, and this is where.
    """
    with Workers(1) as workers:
        measured: Measured = workers.submit(measure_batch, order, keys, items, portion).result()
    return measured


@pillow_log.unprinted()
def serve() -> None:
    """Do what comes by stdin, until it ends; answer by stdout. What plugins print goes to stderr."""
    hold_places()
    commands = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _leave(commands.fileno(), answers.fileno()))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # as nothing is flushed when the process ends

    def answer(kind: str, content: Any) -> None:
        answers.write(pickle.dumps((kind, content), protocol=pickle.HIGHEST_PROTOCOL))
        answers.flush()

    try:
        answers.write(MARK)
        timeout = _greeted(pickle.load(commands))  # noqa: S301 (from our own process)
        answer("ready", None)

        def at(position: int, step: Key | None = None, images: int = 1) -> None:
            if timeout is not None and step is None:  # a thread below Python, so that nothing can hold it up
                faulthandler.dump_traceback_later(min(timeout * images, LONGEST), exit=True, file=devnull)
            answer("at", (position, step, images))

        with open(os.devnull, "w", encoding="utf-8") as devnull:  # noqa: PTH123
            while True:
                function, args, kwargs = pickle.load(commands)  # noqa: S301
                try:
                    result = function(*args, at=at, **kwargs)
                except BaseException as error:  # noqa: BLE001 (it's for the run to judge)
                    answer("error", _portable(error))
                else:
                    answer("result", result)
                finally:
                    faulthandler.cancel_dump_traceback_later()
    except (EOFError, BrokenPipeError, pickle.UnpicklingError):
        os._exit(0)  # the run has ended, one way or another; nothing here needs to be put away


def _leave(*pipes: int) -> None:
    """In a process that a plugin has forked: neither take what is for this one, nor answer in its place."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for pipe in pipes:
        os.dup2(nowhere, pipe)
    os.close(nowhere)


def _greeted(greeting: Any) -> float | None:
    """Take over what the run's process has settled."""
    warnings.filters[:], timeout, memory = greeting  # type: ignore[index]  # it's a list
    if memory is not None:
        limit(memory)
    return timeout  # type: ignore[no-any-return]


def _portable(error: BaseException) -> BaseException:
    """The error, or another that says the same and can travel."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001
        return RunError(described(error))
    return error if isinstance(error, Exception) else RunError(described(error))  # the user's Ctrl-C isn't seen here
