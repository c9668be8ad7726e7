"""Dask and Ray as clusters of several processes on this machine: ``python tests/benchmarks/clusters.py DIR``.

A run over the images of DIR has to give on each cluster the table, the store and the picks of local processes, byte by
byte. Then one worker of each of so many runs is killed at a random moment, by signal 9: the table and the store have to
be the same still, and how many images were measured again is told. Last, what each cluster costs more than local
processes, as many: seconds by the clock and of CPU, all processes of the cluster counted, run by run in turn.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import attrs
import click

from tamis import Store

KEYS = ("lightly.sharpness", "lightly.snr", "lightly.uniformRowRatio", "lightly.width", "acme.noted")
CONFIG = {"n_samples": 20, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}

#: A metric that notes the process of each image.
NOTED = """
import os
from tamis import Metric, hookimpl

FILE = os.open({!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def measure(header):
    os.write(FILE, b"%d\\n" % os.getpid())
    return 1.0

@hookimpl
def tamis_metrics():
    yield Metric("acme.noted", measure)
"""


@attrs.frozen
class Bench:
    """Where a run is, and what it leaves.

    Attributes:
        images: The folder.
        scratch: Everything else.
        environment: In which the plugin is there.
    """

    images: Path
    scratch: Path
    environment: dict[str, str]

    @property
    def noted(self) -> Path:
        """The process of each image that was measured."""
        return self.scratch / "noted.txt"

    def pids(self) -> list[int]:
        """The processes of all images since `start`."""
        return [int(line) for line in self.noted.read_bytes().split(b"\n")[:-1]] if self.noted.exists() else []

    def start(self, executor: str, name: str, *command: object) -> subprocess.Popen[bytes]:
        """A run with a store of its own."""
        with suppress(FileNotFoundError):
            os.truncate(self.noted, 0)
        options = ["--input", self.images, "--store", self.scratch / f"{name}-store", "--executor", executor]
        arguments = [*command, *options, "-o", self.scratch / name, "--force", "--quiet"]
        return subprocess.Popen([sys.executable, "-m", "tamis", *map(str, arguments)], env=self.environment)

    def compute(self, executor: str, name: str) -> tuple[float, float]:
        """Measure; the seconds that it took, by the clock and of this run's own CPU."""
        began, before = time.monotonic(), os.times()
        if self.start(executor, f"{name}.csv", "compute", *KEYS).wait():
            raise click.ClickException(f"a run with {executor} failed")
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return time.monotonic() - began, cpu

    def outcome(self, name: str) -> tuple[str, dict[str, tuple[int, int]]]:
        """A digest of the table and of all that is stored, and how much that is."""
        store = Store(self.scratch / f"{name}.csv-store")
        errors = self.scratch / f"{name}.csv.errors.jsonl"
        table = store.table()
        stored = [table.samples, *((key, column.values.tobytes()) for key, column in sorted(table.columns.items()))]
        content = (self.scratch / f"{name}.csv").read_bytes() + (errors.read_bytes() if errors.exists() else b"")
        counts = {each.output.name: (each.rows, each.failed) for each in store.info()}
        return hashlib.sha256(content + repr(stored).encode()).hexdigest(), counts

    def picks(self, executor: str, name: str) -> bytes:
        """What is selected by vectors."""
        (self.scratch / "config.json").write_text(json.dumps(CONFIG))
        if self.start(executor, name, "select", self.scratch / "config.json").wait():
            raise click.ClickException(f"a selection with {executor} failed")
        return (self.scratch / name / "selected.txt").read_bytes()


@contextmanager
def running(environment: dict[str, str], *command: object) -> Iterator[int]:
    """A process with children of its own, which all end."""
    pipe = subprocess.DEVNULL
    with subprocess.Popen(list(map(str, command)), env=environment, stdout=pipe, stderr=pipe) as process:
        try:
            yield process.pid
        finally:
            for pid in [process.pid, *descendants(process.pid)]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


def descendants(root: int) -> list[int]:
    """The processes that one has started, those that these have, and so on."""
    found, left = [], [root]
    while left:
        with suppress(OSError):
            for task in Path(f"/proc/{left.pop()}/task").iterdir():
                children = [int(child) for child in (task / "children").read_text().split()]
                found += children
                left += children
    return found


def seconds_of(root: int) -> float:
    """The CPU that a process and its descendants have had."""
    ticks = 0
    for pid in [root, *descendants(root)]:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def until(true: Callable[[], Any], seconds: float = 120) -> None:
    """Wait."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise click.ClickException("a cluster doesn't start")
        time.sleep(0.1)


@contextmanager
def dask(bench: Bench, jobs: int) -> Iterator[tuple[str, int]]:
    """A scheduler, and workers that are started again when they die: what ``--executor`` is, and their parent."""
    file = bench.scratch / "scheduler.json"
    at = ("--scheduler-file", file, "--no-dashboard")
    begin = (sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", *at)
    work = (sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--nworkers", jobs, *at)
    with running(bench.environment, *begin):
        until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        with running(bench.environment, *work) as parent:
            yield f"dask:scheduler={json.loads(file.read_text())['address']}", parent


@contextmanager
def ray(bench: Bench, jobs: int) -> Iterator[tuple[str, int]]:
    """A head whose workers are processes: what ``--executor`` is, and their parent."""
    program, port = (sys.executable, "-m", "ray.scripts.scripts"), random.randint(20_000, 30_000)  # noqa: S311
    options = ("--num-cpus", jobs, "--port", port, "--include-dashboard", "false", "--disable-usage-stats", "--block")
    node = ("--node-ip-address", "127.0.0.1", "--object-store-memory", 100_000_000)
    temporary = ("--temp-dir", bench.scratch / "ray")
    with running(bench.environment, *program, "start", "--head", *options, *node, *temporary) as parent:
        until(lambda: any("raylet" in Path(f"/proc/{pid}/cmdline").read_text() for pid in descendants(parent)))
        yield f"ray:address=127.0.0.1:{port}", parent


def kill_one(run: subprocess.Popen[bytes], bench: Bench, after: int, chance: random.Random) -> bool:
    """Kill a worker once so many images are measured; whether the run was still at work then."""
    while run.poll() is None:
        if len(pids := bench.pids()) >= after:
            alive = [pid for pid in sorted(set(pids)) if Path(f"/proc/{pid}").exists()]
            with suppress(ProcessLookupError, IndexError):
                os.kill(chance.choice(alive), signal.SIGKILL)
                return run.poll() is None
        time.sleep(0.005)
    return False


def disturb(bench: Bench, executor: str, times: int, expected: Any, samples: int, chance: random.Random) -> bool:
    """Kill a worker in each of so many runs; tell what came of it, and return whether all was the same."""
    again, different, landed, tries = [], 0, 0, 0
    while landed < times and tries < 3 * times:
        tries += 1
        run = bench.start(executor, f"killed-{executor[:4]}-{tries}.csv", "compute", *KEYS)
        met = kill_one(run, bench, chance.randint(1, samples), chance)
        if run.wait():
            raise click.ClickException("a run failed whose worker was killed")
        if met:
            landed += 1
            again.append(len(bench.pids()) - samples)
            different += bench.outcome(f"killed-{executor[:4]}-{tries}") != expected
    click.echo(
        f"  {landed} workers killed, each in a run of its own; {different} runs different; of {samples} images "
        f"{statistics.median(again):.0f} were measured again in the median, {max(again)} at most"
    )
    return not different and landed == times


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--on", type=click.Choice(["dask", "ray"]), multiple=True, default=["dask", "ray"], show_default=True)
@click.option("--times", default=20, show_default=True, help="Workers to kill on each cluster.")
@click.option("--repeats", default=3, show_default=True, help="Runs whose cost is compared.")
@click.option("--jobs", default=2, show_default=True, help="Workers.")
@click.option("--seed", default=0, show_default=True)
def main(folder: Path, on: tuple[str, ...], times: int, repeats: int, jobs: int, seed: int) -> None:
    """Measure and select FOLDER on clusters, disturb them, and compare."""
    chance, alike = random.Random(seed), True  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        bench = Bench(folder, scratch, {**os.environ, "PYTHONPATH": str(scratch / "site")})
        info = scratch / "site" / "acme_noted-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme_noted\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[tamis.metrics]\nacme.noted = acme_noted\n")
        (scratch / "site" / "acme_noted.py").write_text(NOTED.format(str(bench.noted)))
        local = f"local:jobs={jobs}"
        bench.compute(local, "local")
        expected, samples = bench.outcome("local"), len(bench.pids())
        picks = bench.picks(local, "local-picks")
        click.echo(f"{samples} images, {jobs} workers, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        for cluster in [{"dask": dask, "ray": ray}[name] for name in on]:
            with cluster(bench, jobs) as (executor, parent):
                bench.compute(executor, cluster.__name__)
                table = bench.outcome(cluster.__name__) == expected
                selected = bench.picks(executor, f"{cluster.__name__}-picks") == picks
                click.echo(f"{cluster.__name__}: table and store {'' if table else 'not '}the same", nl=False)
                click.echo(f", picks {'' if selected else 'not '}the same")
                alike &= table and selected
                alike &= disturb(bench, executor, times, expected, samples, chance)
                walls, costs = [], []
                for number in range(repeats):
                    wall, cpu = bench.compute(local, f"local-{cluster.__name__}-{number}")
                    before = seconds_of(parent)
                    there, own = bench.compute(executor, f"{cluster.__name__}-{number}")
                    walls.append((wall, there))
                    costs.append((cpu, own + seconds_of(parent) - before))
                for what, pairs in (("by the clock", walls), ("of CPU", costs)):
                    ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
                    ratio = statistics.median(b / a for a, b in pairs)
                    click.echo(f"  seconds {what}: local {ours:.1f}, {cluster.__name__} {theirs:.1f}, {ratio:.2f} x")
    if not alike:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
