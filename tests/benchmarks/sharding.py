"""Shards that are killed, and merges: ``python tests/benchmarks/sharding.py FOLDER``.

The shards of FOLDER are measured and embedded, each into a store of its own, and made one store. Runs over shards and
merges are killed at random moments, by signal 9, each going on when it is run again. The merged store has to give what
that of one run gives, byte by byte, and a run with it must open no image. Last, simulated stores are merged, to tell
how long that takes beside filling one store with the same rows.
"""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click

from tamis import Store
from tamis.store.records import Output, Row

KEYS = ("lightly.sharpness", "lightly.uniformRowRatio", "lightly.width", "tamis.format")


def commands(folder: Path, store: Path, scratch: Path, *options: object) -> list[list[object]]:
    """Those that measure and embed images, or a shard of them."""
    common = ["--input", folder, "--store", store, "--force", "--jobs", 1, *options]
    return [
        ["compute", *KEYS, *common, "-o", scratch / f"{store.name}.csv"],
        ["embed", "images", *common, "-o", scratch / f"{store.name}.npy"],
    ]


def killed(command: list[object], after: float) -> bool:
    """Run a command, and kill it after so many seconds; whether it was at work still."""
    program = [sys.executable, "-m", "tamis", *map(str, command)]
    with subprocess.Popen(program, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        try:
            if run.wait(after):
                raise click.ClickException(f"failed: {' '.join(map(str, command))}")
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            return run.wait() == -signal.SIGKILL
    return False


def run(command: list[object]) -> str:
    """Run a command to its end; what it says."""
    program = [sys.executable, "-m", "tamis", *map(str, command)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(done.stderr)
    return done.stderr


def digest(scratch: Path, store: Path) -> str:
    """Of all that is known by a store: its table, its failures, the table and the vectors of a run with it."""
    table = Store(store).table()
    columns = [(key, column.valid.tobytes(), column.values.tobytes()) for key, column in table.columns.items()]
    files = [(scratch / f"{store.name}{suffix}").read_bytes() for suffix in (".csv", ".npy", ".txt")]
    return hashlib.sha256(repr((table.samples, columns, table.failures, files)).encode()).hexdigest()


def fill(store: Path, start: int, stop: int) -> None:
    """Store so many rows of four keys."""
    outputs = [Output("metric", f"lightly.{number}", '{"plugins": []}') for number in range(4)]
    with Store(store).writing() as session:
        for first in range(start, stop, 4096):
            session.commit(
                [
                    Row(f"folder/{number:09}.jpg", f"{number}", dict.fromkeys(outputs, (number / 7,)), {})
                    for number in range(first, min(first + 4096, stop))
                ]
            )


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--shards", default=3, show_default=True)
@click.option("--times", default=20, show_default=True, help="Runs over shards, and merges, to kill.")
@click.option("--rows", default=200_000, show_default=True, help="Simulated, in four stores.")
@click.option("--seed", default=0, show_default=True)
def main(folder: Path, shards: int, times: int, rows: int, seed: int) -> None:
    """Measure FOLDER in shards, merge, and kill both."""
    chance = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        whole, merged = scratch / "whole", scratch / "merged"
        for command in commands(folder, whole, scratch):
            run(command)
        stores = [scratch / f"shard-{number}" for number in range(1, shards + 1)]
        kills, left = {"shard": 0, "merge": 0}, list(range(1, shards + 1))
        while left:
            number = chance.choice(left)
            began = time.monotonic()
            for command in commands(folder, stores[number - 1], scratch, "--shard", f"{number}/{shards}"):
                usual = 3.0 if not kills["shard"] else max(3.0, time.monotonic() - began)
                if kills["shard"] < times:
                    kills["shard"] += killed(command, chance.uniform(0, 2 * usual))
                else:
                    run(command)
                    continue
                break
            else:
                left.remove(number)
        merge: list[object] = ["store", "merge", *stores, "-o", merged]
        began = time.monotonic()
        run([*merge[:-1], scratch / "undisturbed"])
        usual = time.monotonic() - began
        tries = 0
        while kills["merge"] < times and tries < 5 * times:
            tries += 1
            kills["merge"] += killed(merge, chance.uniform(0.3, 1) * usual)
        run(merge)
        opened = [line for command in commands(folder, merged, scratch) for line in run(command).splitlines()]
        none = sum("all measured before" in line for line in opened) == 2
        same = digest(scratch, merged) == digest(scratch, whole)
        click.echo(
            f"{kills['shard']} runs over shards and {kills['merge']} merges killed; the merged store is "
            f"{'' if same else 'not '}that of one run, and a run with it opens {'no image' if none else 'images'}"
        )
        began = time.process_time()
        fill(scratch / "filled", 0, rows)
        filled = time.process_time() - began
        parts = [scratch / f"part-{number}" for number in range(4)]
        for number, part in enumerate(parts):
            fill(part, number * rows // 4, (number + 1) * rows // 4)
        began = time.process_time()
        Store(scratch / "parts").merge(parts)
        took = time.process_time() - began
        click.echo(
            f"{rows:,} rows of four keys: filled in {filled:.1f} s of CPU, merged of four stores in {took:.1f} s "
            f"({took / filled:.2f} x), {took / rows * 1e6:.0f} s for a million"
        )
        if not (same and none):
            raise SystemExit(1)


if __name__ == "__main__":
    main()
