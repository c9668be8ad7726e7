"""What a run shows on stderr while it works, and about what failed."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr
from tamis.dataset import pillow_log
from tamis.printable import printable

if TYPE_CHECKING:
    from tamis.data.failure import Failure
    from tamis.progress import Progress, ProgressCallback

#: Seconds between two lines of progress where there is no terminal to redraw.
INTERVAL = 10.0
WAITING = "waiting for another run that writes to the same store"
#: What is counted in each stage.
UNITS = {
    "waiting": "seconds",
    "downloading": "MB",
    "measuring": "images",
    "preparing": "steps",
    "selecting": "picks",
    "merging": "images",
}
#: Seconds from which on a speed means something.
SOON = 0.05
#: Failures to show when they are written to a file as well.
SHOWN = 5


@contextmanager
def progress(*, quiet: bool) -> Iterator[ProgressCallback | None]:
    """A callback that draws a bar on a terminal, and prints a line now and then elsewhere."""
    with _without_remarks(), prints_to_stderr():
        if quiet or sys.stderr is None:
            yield None
        elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":  # which can't redraw
            with _bar() as callback:
                yield callback
        else:
            yield _Lines()


@contextmanager
def _without_remarks() -> Iterator[None]:
    """Pillow's on odd files are nobody's: what it can't read is reported by tamis."""
    with pillow_log.unprinted(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


@contextmanager
def _bar() -> Iterator[ProgressCallback]:
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[speed]}"),
        bars.TimeRemainingColumn(),
        bars.TextColumn("left"),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as display:
        tasks: dict[str, bars.TaskID] = {}
        passes = _Passes()

        def callback(progress: Progress) -> None:
            if progress.stage == "waiting":
                display.console.print(WAITING)
                return
            if progress.note:
                display.console.print(printable(f"note: {progress.note}"), markup=False)
            if progress.stage not in tasks:
                tasks[progress.stage] = display.add_task(progress.stage, total=progress.total, speed="")
            task = tasks[progress.stage]
            display.update(task, completed=progress.done, total=progress.total)
            speed = display.tasks[task].finished_speed or display.tasks[task].speed
            unit = f"{UNITS[progress.stage]}/s"
            display.update(task, speed=f"{speed:,.0f} {unit}" if speed else "")
            passes.begins(progress)
            if passes.measured_before and progress.done == progress.total:
                before = f"{passes.measured_before:,} of {progress.total:,} images were measured before"
                display.console.print(before, highlight=False)

        yield callback


class _Lines:
    """Progress as lines."""

    def __init__(self) -> None:
        self._stage = ""
        self._passes = _Passes()
        self._started = self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage == "waiting":
            say(WAITING)
            return
        if progress.note:
            say(f"note: {progress.note}")
        if self._passes.begins(progress) or progress.stage != self._stage:
            self._stage, self._started, self._last = progress.stage, now, now
        finished = progress.done == progress.total
        if now - self._last < INTERVAL and not (finished and progress.stage == "measuring"):
            return
        self._last = now
        took, before = now - self._started, self._passes.measured_before
        details = []
        if finished and before:
            details.append(f"{'all' if before == progress.total else f'{before:,}'} measured before")
        if took > SOON and progress.done > before:  # else no speed can be told
            speed = (progress.done - before) / took
            details.append(f"{speed:,.0f} per second")
            if not finished:
                details.append(f"{(progress.total - progress.done) / speed:,.0f} s left")
        how = f" ({', '.join(details)})" if details else ""
        say(f"{progress.stage}: {progress.done:,} of {progress.total:,} {UNITS[progress.stage]}{how}")


class _Passes:
    """Follows the passes over images: a run makes one for each dataset.

    Attributes:
        measured_before: How many images the current pass takes from the store; 0 in any other stage.
    """

    def __init__(self) -> None:
        self.measured_before = 0
        self._under_way = False

    def begins(self, progress: Progress) -> bool:
        """Whether this report is the first of a pass: it counts what was there before anything is measured."""
        measuring = progress.stage == "measuring"
        first = measuring and not self._under_way
        if first or not measuring:
            self.measured_before = progress.done if measuring else 0
        self._under_way = measuring and progress.done < progress.total
        return first


def report_failures(failures: Sequence[Failure], where: Path | None) -> None:
    """Name what failed; all of it, unless it's all in a file."""
    shown = failures if where is None else failures[:SHOWN]
    for failure in shown:
        say(str(failure))
    if len(failures) > len(shown):
        say(f"... and {len(failures) - len(shown)} more")
    if failures:
        samples = len({failure.sample for failure in failures})
        say(f"{samples} failed" + (f", see {where}" if where else ""))
