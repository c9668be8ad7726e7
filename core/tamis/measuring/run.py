"""How a run is carried out: with which plugins, where, what it keeps, and how its caller follows and stops it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from threading import Event
from typing import Any

import attrs

from tamis.config.arguments import whole_number
from tamis.config.choices import attributing, settled
from tamis.data.memory import Memory
from tamis.discovery.registry import Registry
from tamis.errors import BrokenPluginError, RunError
from tamis.measuring.executors import ExecutorError
from tamis.progress import Monitor, ProgressCallback
from tamis.store.store import Store

#: What errors call the choice of an executor.
PATH = "executor"


@attrs.frozen(eq=False)
class Run:
    """What the public functions take beside their data.

    Attributes:
        registry: The plugins.
        monitor: The caller's wires into the run.
        jobs: How many images to work on at a time, where there is no executor.
        executor: Where to work on them.
        store: Keeps what is measured.
        strict: Whether anything that fails is an error.
        memory: Where large arrays are.
    """

    registry: Registry
    monitor: Monitor
    jobs: int = 1
    executor: Executor | None = None
    store: Store | None = None
    strict: bool = False
    memory: Memory = attrs.field(factory=Memory)


@contextmanager
def running(
    *,
    registry: Registry | None,
    progress: ProgressCallback | None,
    cancel: Event | None,
    jobs: int,
    executor: Executor | str | Mapping[str, Any] | None,
    store: Store | str | os.PathLike[str] | None,
    strict: bool,
    memory: Memory | None = None,
) -> Iterator[Run]:
    """A run with these arguments, which are those of `tamis.compute`. An executor that is named ends with it.

    Raises:
        ConfigError: ``jobs`` is no number from 1, there is no such executor, or its options are wrong.
        BrokenPluginError: it failed in another way.
    """
    jobs = whole_number("jobs", jobs, "a number of jobs")
    registry = registry or Registry()
    monitor = Monitor(progress, cancel)
    made = _made(executor, registry) if isinstance(executor, (str, Mapping)) else nullcontext(executor)
    with made as work:
        yield Run(registry, monitor, jobs, work, Store.of(store), strict, memory or Memory())


@contextmanager
def _made(choice: str | Mapping[str, Any], registry: Registry) -> Iterator[Executor]:
    """The executor of this name, entered and left."""
    factory, options = settled("executor", choice, registry, PATH)
    attributed = partial(attributing, "executor", factory.name, registry, PATH)
    with attributed():
        executor = factory.make(options)
        if not isinstance(executor, Executor):
            raise TypeError(f"make returned {type(executor).__name__}, not an Executor")
        executor.__enter__()
    try:
        yield executor
    except BaseException as error:
        with suppress(BrokenPluginError), attributed():  # what came first is what there is to tell
            executor.__exit__(type(error), error, error.__traceback__)
        if isinstance(error, ExecutorError):
            plugin = registry.provider("executor", factory.name)
            raise RunError(f"executor '{factory.name}' of {plugin}: {error}") from error
        raise
    with attributed():
        executor.__exit__(None, None, None)
