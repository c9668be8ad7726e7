"""Kill runs and their workers at random moments, and compare what is left: ``python tests/benchmarks/killing.py DIR``.

A run over the images of DIR is killed, driver or worker by turns, until as many kills as asked have met it at work,
each time going on with the same store until it is whole. Whole runs must give the table of an undisturbed one, byte by
byte, and a store with as many rows; a killed one must have kept every row that was in the store before.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import click

from tamis import Store

KEYS = ("lightly.sharpness", "lightly.snr", "lightly.uniformRowRatio", "lightly.width")


def start(folder: Path, store: Path, output: Path) -> subprocess.Popen[bytes]:
    """A run with two workers."""
    options = ["--input", folder, "--store", store, "-o", output, "--force", "--quiet", "--jobs", 2]
    return subprocess.Popen([sys.executable, "-m", "tamis", "compute", *KEYS, *map(str, options)])


def children(pid: int) -> list[int]:
    """The processes that a run has started, and that haven't ended."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def kill(run: subprocess.Popen[bytes], moment: float, driver: bool, chance: random.Random) -> bool:
    """Kill a run, or one of its workers, when it has run so many seconds; whether it was still at work then."""
    end = time.monotonic() + moment
    while run.poll() is None:
        victims = [run.pid] if driver else children(run.pid)
        if victims and time.monotonic() >= end:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(victims), signal.SIGKILL)
                return not driver or run.wait() == -signal.SIGKILL
        time.sleep(0.002)
    return False


def digest(path: Path) -> str:
    """Of a table and of what failed."""
    errors = path.with_name(f"{path.name}.errors.jsonl")
    content = path.read_bytes() + (errors.read_bytes() if errors.exists() else b"")
    return hashlib.sha256(content).hexdigest()


def rows(store: Path) -> dict[str, tuple[int, int]]:
    """How many rows a store has of each output, and how many of them have failed."""
    return {stored.output.name: (stored.rows, stored.failed) for stored in Store(store).info()}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--times", default=50, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(folder: Path, times: int, seed: int) -> None:
    """Kill runs over FOLDER and compare."""
    chance = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        began = time.monotonic()
        if start(folder, scratch / "undisturbed", scratch / "expected.csv").wait():
            raise click.ClickException("the undisturbed run failed")
        usual = time.monotonic() - began
        expected = digest(scratch / "expected.csv"), rows(scratch / "undisturbed")
        drivers = workers = whole = different = lost = 0
        unfinished = False
        while drivers + workers < times or unfinished:
            store, driver = scratch / f"store-{whole}", drivers <= workers
            before = rows(store)
            run = start(folder, store, scratch / "found.csv")
            landed = drivers + workers < times and kill(run, chance.uniform(0, usual), driver, chance)
            drivers, workers = drivers + (landed and driver), workers + (landed and not driver)
            unfinished = landed and driver
            if run.wait() != (-signal.SIGKILL if unfinished else 0):
                raise click.ClickException("a run failed")
            if unfinished:  # the next one goes on from what it has stored
                after = rows(store)
                lost += any(after.get(output, (0, 0))[0] < count for output, (count, _) in before.items())
            else:  # a worker that was killed has been replaced
                different += (digest(scratch / "found.csv"), rows(store)) != expected
                whole += 1
        click.echo(
            f"{drivers} drivers and {workers} workers killed; {whole} runs whole, {different} of them different; "
            f"{lost} times rows were lost"
        )
        if different or lost:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
