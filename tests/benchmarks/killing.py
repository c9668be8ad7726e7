"""Kill runs and their workers at random moments, and compare what is left: ``python tests/benchmarks/killing.py DIR``.

A run over the images of DIR is killed, driver or worker by turns, as often as asked, each time going on with the same
store. The table that the last run gives must be that of an undisturbed run, byte by byte.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

KEYS = ("lightly.sharpness", "lightly.snr", "lightly.uniformRowRatio", "lightly.width")


def start(folder: Path, store: Path, output: Path) -> subprocess.Popen[bytes]:
    """A run with two workers."""
    options = ["--input", folder, "--store", store, "-o", output, "--force", "--quiet", "--jobs", 2]
    return subprocess.Popen([sys.executable, "-m", "tamis", "compute", *KEYS, *map(str, options)])


def workers(pid: int) -> list[int]:
    """The processes that a run has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    threads = Path(f"/proc/{pid}/task")
    try:
        found = [int(child) for task in threads.iterdir() for child in (task / "children").read_text().split()]
    except (OSError, ValueError):
        return []
    return found or [int(child) for child in children.read_text().split()]


def digest(path: Path) -> str:
    """Of a table and of what failed."""
    errors = path.with_name(f"{path.name}.errors.jsonl")
    content = path.read_bytes() + (errors.read_bytes() if errors.exists() else b"")
    return hashlib.sha256(content).hexdigest()


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
        usual, expected = time.monotonic() - began, digest(scratch / "expected.csv")
        killed = wrong = 0
        store = 0
        for number in range(times):
            run = start(folder, scratch / f"store-{store}", scratch / "found.csv")
            time.sleep(chance.uniform(0, usual))
            victims = workers(run.pid) if number % 2 else [run.pid]
            if victims and run.poll() is None:
                subprocess.run(["kill", "-9", str(chance.choice(victims))], check=False)
                killed += 1
            if run.wait() == 0:  # it was whole, or its worker was replaced
                wrong += digest(scratch / "found.csv") != expected
                store += 1  # and the next begins anew
        if start(folder, scratch / f"store-{store}", scratch / "found.csv").wait() == 0:
            wrong += digest(scratch / "found.csv") != expected
        click.echo(f"{killed} of {times} killed, {store + 1} runs whole, {wrong} of them different")
        if wrong:
            raise SystemExit(1)


if __name__ == "__main__":
    main()
