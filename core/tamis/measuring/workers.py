"""``tamis.Workers``: processes of this machine to measure on, as an executor.

`concurrent.futures.ProcessPoolExecutor` would lose all that is under way with one process that dies, without saying
which task has killed it, and import the host's main module into every process. Here each thread of the pool looks after
one process, knows what that was doing when it died, and starts another.
"""

from __future__ import annotations

import multiprocessing.spawn
import os
import pickle
import queue
import sys
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import Any

from tamis.config.arguments import number, whole_number
from tamis.errors import RunError
from tamis.measuring.memory import available
from tamis.measuring.worker_process import WorkerProcess

#: Seconds that one image may take: far more than any should.
TIMEOUT = 120.0


class Workers(Executor):
    """Processes that measure images. A context manager, like every executor; may be used for several runs.

    A process that dies, as from a defect in a plugin, costs what it was doing with the image that it was working on,
    and nothing else. They are started when there is work for them, don't import the host's main module, don't see its
    Ctrl-C, and end when the host's process does. What can't leave the host's process, as plugins registered there, is
    done in threads of that instead, without the timeout.

    Args:
        jobs: How many.
        timeout: Seconds that one image may take; then its process is ended. None or 0 for no limit.
        memory: Bytes that each process may have; what would need more fails with a `MemoryError`. 0 for no limit; None
            for all memory of the machine, or of the container. On Linux only.

    Raises:
        ConfigError: an argument is no such number.
        RunError: the program is frozen, and `multiprocessing.set_executable` names no Python.
    """

    def __init__(self, jobs: int, *, timeout: float | None = TIMEOUT, memory: int | None = None) -> None:
        self.jobs = whole_number("jobs", jobs, "a number of processes")
        self.timeout = None if timeout is None else number("timeout", timeout, "a number of seconds") or None
        bound = available() if memory is None else whole_number("memory", memory, "a number of bytes", 0)
        self.memory = bound or None
        if getattr(sys, "frozen", False) and os.fsdecode(multiprocessing.spawn.get_executable()) == sys.executable:
            # To start it would start the program again, and that again.
            raise RunError(
                "a frozen program has no Python to start processes of: measure with one job, without Workers"
            )
        self._closed = False
        self._start_over()
        _ALIVE.add(self)

    def _start_over(self) -> None:
        """With no process; so begins the copy in a forked process, too, which has none of the threads."""
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._processes: set[WorkerProcess] = set()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()

    def _forked(self) -> None:
        """Leave the processes to the one that was forked: they are to end with that, and not with this."""
        for process in self._processes:
            process.disown()
        self._start_over()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a process call ``fn(*args, at=at, **kwargs)``, and say by ``at``, an `At`, where it is.

        The future raises `WorkerLostError` if the process dies, be it before it has started.
        """
        message = pickle.dumps((fn, args, kwargs), protocol=pickle.HIGHEST_PROTOCOL)
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers have been shut down")
            self._tasks.put((future, message))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self.jobs:
                thread = threading.Thread(target=self._serve, name=f"tamis-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when they are done; with ``cancel_futures`` at once, whatever they are doing."""
        with self._lock:
            self._closed = True
            if cancel_futures:
                with suppress(queue.Empty):
                    while task := self._tasks.get_nowait():
                        task[0].cancel()
                for process in self._processes:
                    process.kill()
            for _ in self._threads:
                self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def __exit__(self, *error: object) -> None:
        """Wait for what is under way, unless an error ends it all."""
        self.shutdown(cancel_futures=error[0] is not None)

    def _serve(self) -> None:
        """Look after one process."""
        process: WorkerProcess | None = None
        try:
            while task := self._tasks.get():
                future, message = task
                if future.set_running_or_notify_cancel():
                    try:
                        process = process or self._started()
                        future.set_result(process.call(message))
                    except BaseException as error:  # noqa: BLE001 (it's for whoever waits)
                        if process and process.ended:
                            self._end(process)
                            process = None
                        future.set_exception(error)
                self._idle.release()
        finally:
            if process:
                self._end(process)

    def _started(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers have been shut down")
            process = WorkerProcess(self.timeout, self.memory)
            self._processes.add(process)
        try:
            process.greet()
        except BaseException:
            self._end(process)
            raise
        return process

    def _end(self, process: WorkerProcess) -> None:
        with self._lock:
            self._processes.discard(process)
        process.close()


#: All that there are, for a fork to know.
_ALIVE: weakref.WeakSet[Workers] = weakref.WeakSet()


def _after_fork() -> None:
    for workers in _ALIVE:
        workers._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
