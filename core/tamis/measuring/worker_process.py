"""One process that measures images for `tamis.Workers`, and the pipes to and from it."""

from __future__ import annotations

import math
import multiprocessing.spawn
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import Any

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

    def __str__(self) -> str:
        return f"its process has ended ({self.how})"


class WorkerProcess:
    """A process, started as this is made: its pipes, its time limit, and what it was doing when it ended."""

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
        self._gone = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="tamis-watch", daemon=True)
        self._watching.start()

    def _watch(self) -> None:
        """End it if it should have ended itself, and once it has ended, what it has started: that holds its pipes."""
        while self._popen.poll() is None:
            if time.monotonic() > self._deadline:
                self.kill()
            self._gone.wait(WATCH)
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
        self._gone.set()
        self._watching.join()

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


def _filters() -> list[Any]:
    """What becomes of warnings here, as far as it can travel."""
    kept = []
    for entry in warnings.filters:
        with suppress(Exception):
            pickle.loads(pickle.dumps(entry))  # noqa: S301 (our own)
            kept.append(entry)
    return kept
