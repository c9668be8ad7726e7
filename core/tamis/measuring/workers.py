"""``tamis.Workers``: processes of this machine to measure on, as an executor.

`concurrent.futures.ProcessPoolExecutor` would lose all that is under way with one process that dies, without saying
which task has killed it, and import the host's main module into every process. Here each thread of the pool looks after
one process, knows what that was doing when it died, and starts another.
"""

from __future__ import annotations

import math
import multiprocessing.spawn
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from typing import Any

from tamis.errors import RunError
from tamis.measuring.memory import available

#: Libraries that would each start as many threads as there are cores, in every process.
PINNED = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

#: Signals by which a system ends a process for what that itself did.
FAULTS = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE")

#: What a worker runs, isolated: nothing in the working directory or the environment has a say in what it imports. Where
#: to find modules it is told before it imports any beside those of Python.
BOOTSTRAP = """
import pickle, sys
sys.path[:] = pickle.load(sys.stdin.buffer)
from tamis.measuring.worker import serve
serve()
"""
#: What a worker answers before anything else. Whatever comes before it was printed as Python started.
MARK = b"\0tamis worker\0"
#: So much may be printed as Python starts.
PRELUDE = 1 << 20


#: Seconds that one image may take: far more than any should.
TIMEOUT = 120.0


#: Seconds between two looks at a process, and that it has to end itself beyond its time.
WATCH, GRACE = 0.5, 5


class WorkerLostError(BrokenExecutor):
    """A process has ended before it was done.

    Attributes:
        position: The image of the batch that it was working on; -1 for several, None if it hadn't come to any.
        step: What it was doing with it, where that is known.
        timed_out: Whether that was because the image took too long.
        how: How it ended.
        faulted: Whether a defect in what it was doing has ended it, rather than the system or somebody else.
    """

    def __init__(
        self,
        position: int | None,
        timed_out: bool,
        how: str,
        faulted: bool = False,
        step: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(position, timed_out, how, faulted, step)
        self.position, self.timed_out, self.how, self.faulted, self.step = position, timed_out, how, faulted, step


class Workers(Executor):
    """Processes that measure images. A context manager, like every executor; may be used for several runs.

    A process that dies, as from a defect in a plugin, costs what it was doing with the image that it was working on,
    and nothing else. They are started when there is work for them, don't import the host's main module, don't see its
    Ctrl-C, and end when the host's process does.

    Args:
        jobs: How many.
        timeout: Seconds that one image may take; then its process is ended. None or 0 for no limit.
        memory: Bytes that each process may have; what would need more fails with a `MemoryError`. 0 for no limit; None
            for all memory of the machine, or of the container. On Linux only.

    Raises:
        RunError: the program is frozen, and `multiprocessing.set_executable` names no Python.
    """

    def __init__(self, jobs: int, *, timeout: float | None = TIMEOUT, memory: int | None = None) -> None:
        if jobs < 1:
            raise ValueError(f"jobs is {jobs}; it is a number of processes, from 1")
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"timeout is {timeout}; it is a number of seconds, from 0")
        if getattr(sys, "frozen", False) and os.fsdecode(multiprocessing.spawn.get_executable()) == sys.executable:
            # To start it would start the program again, and that again.
            raise RunError(
                "a frozen program has no Python to start processes of: measure with one job, without Workers"
            )
        self.jobs, self.timeout = jobs, timeout or None
        self.memory = available() if memory is None else memory or None
        self._closed = False
        self._start_over()
        _ALIVE.add(self)

    def _start_over(self) -> None:
        """With no process; so begins the copy in a forked process, too, which has none of the threads."""
        self._tasks: queue.SimpleQueue[tuple[Future[Any], bytes] | None] = queue.SimpleQueue()
        self._processes: set[_Process] = set()
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
        process: _Process | None = None
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

    def _started(self) -> _Process:
        with self._lock:
            if self._closed:
                raise RuntimeError("the workers have been shut down")
            process = _Process(self.timeout, self.memory)
            self._processes.add(process)
        try:
            process.greet()
        except BaseException:
            self._end(process)
            raise
        return process

    def _end(self, process: _Process) -> None:
        with self._lock:
            self._processes.discard(process)
        process.close()


class _Process:
    """One process, and the pipes to and from it."""

    def __init__(self, timeout: float | None, memory: int | None) -> None:
        self._timeout, self._memory = timeout, memory
        self.ended = False
        self._deadline = math.inf
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self._popen = subprocess.Popen(
            [
                os.fsdecode(multiprocessing.spawn.get_executable()),
                "-I",
                *(("-X", "utf8") if sys.flags.utf8_mode else ()),
                *("-c", BOOTSTRAP),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**dict.fromkeys(PINNED, "1"), **os.environ},
            **apart,
        )
        threading.Thread(target=self._watch, name="tamis-watch", daemon=True).start()

    def _watch(self) -> None:
        """End it if it should have ended itself, and once it has ended, what it has started: that holds its pipes."""
        while self._popen.poll() is None:
            if time.monotonic() > self._deadline:
                self.kill()
            time.sleep(WATCH)
        if sys.platform != "win32":
            with suppress(OSError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def greet(self) -> None:
        """Tell it what the host's process has settled, so that results are the same there. Raises `WorkerLostError`."""
        try:
            self._send(pickle.dumps(sys.path))
            self._send(pickle.dumps((_filters(), self._timeout, self._memory)))
            self._skip_prelude()
            ready = self._receive() == ("ready", None)
        except (OSError, EOFError):
            ready = False
        if not ready:
            self.ended = True
            raise WorkerLostError(None, False, self._how())

    def call(self, message: bytes) -> Any:
        """Have it do something; return what comes of it, or raise that."""
        position, step, allowed, since = None, None, self._timeout or math.inf, time.monotonic()
        try:
            self._send(message)
            while True:
                kind, content = self._receive()
                if kind != "at":
                    break
                position, step, images = content
                if step is None:
                    allowed, since = (self._timeout or math.inf) * images, time.monotonic()
                    self._deadline = since + 1.1 * allowed + GRACE
        except (OSError, EOFError):
            self.ended = True
            timed_out = time.monotonic() - since >= 0.9 * allowed
            raise WorkerLostError(position, timed_out, self._how(), self._faulted(), step) from None
        finally:
            self._deadline = math.inf
        if kind == "error":
            raise content
        return content

    def kill(self) -> None:
        """End it at once."""
        with suppress(OSError):
            self._popen.kill()

    def close(self) -> None:
        """Have it end, and wait for that."""
        for pipe in (self._popen.stdin, self._popen.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes
        try:
            self._popen.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()
            self._popen.wait()

    def disown(self) -> None:
        """In a forked process: hold its pipes no longer. They stay open here, and lead nowhere."""
        nowhere = os.open(os.devnull, os.O_RDWR)
        for pipe in (self._popen.stdin, self._popen.stdout):
            with suppress(OSError, ValueError):
                os.dup2(nowhere, pipe.fileno())  # type: ignore[union-attr]  # both are pipes
        os.close(nowhere)

    def _skip_prelude(self) -> None:
        """Pass over what was printed as Python started. Raises `EOFError` if nothing else comes."""
        assert self._popen.stdout  # noqa: S101 (it's a pipe)
        seen = b""
        while not seen.endswith(MARK):
            if not (byte := self._popen.stdout.read(1)) or len(seen) > PRELUDE:
                raise EOFError
            seen += byte

    def _send(self, message: bytes) -> None:
        assert self._popen.stdin  # noqa: S101 (it's a pipe)
        self._popen.stdin.write(message)
        self._popen.stdin.flush()

    def _receive(self) -> tuple[str, Any]:
        """What it says next. Raises `EOFError` if it has ended, or what comes is nothing of the kind."""
        assert self._popen.stdout  # noqa: S101 (it's a pipe)
        try:
            kind, content = pickle.load(self._popen.stdout)  # noqa: S301 (from our own process)
        except Exception as error:  # a plugin may have written there, too
            raise EOFError from error
        return kind, content

    def _faulted(self) -> bool:
        """Whether it has ended by a signal that nobody sends: it did what it mustn't."""
        with suppress(subprocess.TimeoutExpired):
            return -self._popen.wait(timeout=5) in {getattr(signal, name, None) for name in FAULTS}
        return False

    def _how(self) -> str:
        """How it ended."""
        with suppress(subprocess.TimeoutExpired):
            code = self._popen.wait(timeout=5)
            if code >= 0:
                return f"exit status {code}"
            with suppress(ValueError):
                return f"signal {signal.Signals(-code).name}"
            return f"signal {-code}"
        return "no answer"


#: All that there are, for a fork to know.
_ALIVE: weakref.WeakSet[Workers] = weakref.WeakSet()


def _after_fork() -> None:
    for workers in _ALIVE:
        workers._forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _filters() -> list[Any]:
    """What becomes of warnings here, as far as it can travel."""
    kept = []
    for entry in warnings.filters:
        with suppress(Exception):
            pickle.loads(pickle.dumps(entry))  # noqa: S301 (our own)
            kept.append(entry)
    return kept
