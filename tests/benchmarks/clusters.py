"""Dask and Ray as clusters of several processes on this machine: ``python tests/benchmarks/clusters.py DIR``.

A run over the images of DIR has to give on each cluster the table, the store, the vectors and the picks of local
processes, byte by byte. Then, at a random moment of each of so many runs, one worker is killed by signal 9; in others,
the run itself, which is started again; and in others a node with all that is on it, which comes back for the next. The
table and the store have to be the same still, and how many images were measured again is told. Last, what each cluster
costs more than local processes, as many: seconds by the clock and of CPU, all processes of the cluster counted, run by
run in turn.

A node of Ray is a raylet with workers of its own, one of Dask a nanny with one. Ray asks for a token, as clusters do.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
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


Command = Sequence[object]

#: How often a cluster is started anew that isn't there after minutes, as one of Ray may not be on a busy machine.
ATTEMPTS = 5


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
        """The processes of all images that were measured since `forget`."""
        return [int(line) for line in self.noted.read_bytes().split(b"\n")[:-1]] if self.noted.exists() else []

    def forget(self) -> None:
        """Count images from 0."""
        with suppress(FileNotFoundError):
            os.truncate(self.noted, 0)

    def start(self, executor: str, name: str, *command: object) -> subprocess.Popen[bytes]:
        """A run with a store of its own."""
        options = ["--input", self.images, "--store", self.scratch / f"{name}-store", "--executor", executor]
        arguments = [*command, *options, "-o", self.scratch / name, "--force", "--quiet"]
        with (self.scratch / "said.txt").open("wb") as said:
            program = [sys.executable, "-m", "tamis", *map(str, arguments)]
            return subprocess.Popen(program, env=self.environment, stdout=said, stderr=said)

    def end(self, run: subprocess.Popen[bytes]) -> None:
        """Wait for a run, which has to come to its end."""
        if run.wait():
            said = (self.scratch / "said.txt").read_text()
            raise click.ClickException(f"a run failed with {run.returncode}: {said}")

    def compute(self, executor: str, name: str) -> tuple[float, float]:
        """Measure; the seconds that it took, by the clock and of this run's own CPU."""
        began, before = time.monotonic(), os.times()
        self.forget()
        self.end(self.start(executor, f"{name}.csv", "compute", *KEYS))
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return time.monotonic() - began, cpu

    def outcome(self, name: str) -> str:
        """A digest of the table, of what failed and of all that is stored."""
        store = Store(self.scratch / f"{name}.csv-store")
        errors = self.scratch / f"{name}.csv.errors.jsonl"
        table = store.table()
        stored = [table.samples, *((key, column.values.tobytes()) for key, column in sorted(table.columns.items()))]
        content = (self.scratch / f"{name}.csv").read_bytes() + (errors.read_bytes() if errors.exists() else b"")
        counts = {each.output.name: (each.rows, each.failed) for each in store.info()}
        return hashlib.sha256(content + repr((stored, counts)).encode()).hexdigest()

    def picks(self, executor: str, name: str) -> tuple[bytes, bytes]:
        """The vectors of all images, and what is selected by them."""
        (self.scratch / "config.json").write_text(json.dumps(CONFIG))
        self.end(self.start(executor, f"{name}.npy", "embed", "images"))
        self.end(self.start(executor, name, "select", self.scratch / "config.json"))
        return (self.scratch / f"{name}.npy").read_bytes(), (self.scratch / name / "selected.txt").read_bytes()


@attrs.define
class Cluster:
    """A cluster of processes on this machine.

    Attributes:
        executor: What ``--executor`` is.
        bench: Of this.
        commands: What starts the head, which all others know, and each node.
        processes: Of these.
    """

    executor: str
    bench: Bench
    commands: list[Command]
    processes: list[subprocess.Popen[bytes]] = attrs.field(factory=list)

    def start(self) -> None:
        """Start what doesn't run: at first all of it, and what has died, as a raylet does that waits too long."""
        here = dict(enumerate(self.processes))
        self.processes = [
            here[number] if number in here and here[number].poll() is None else started(self.bench, command)
            for number, command in enumerate(self.commands)
        ]

    def stop(self) -> None:
        """End all of it."""
        for process in reversed(self.processes):
            kill(process)
        self.processes = []

    def is_ready(self, check: str) -> bool:
        """Whether some code doesn't fail."""
        self.start()
        return started(self.bench, [sys.executable, "-c", check]).wait() == 0

    def seconds(self) -> float:
        """The CPU that all of it has had so far."""
        return seconds_of([process.pid for process in self.processes])


def started(bench: Bench, command: Command) -> subprocess.Popen[bytes]:
    """A process that says nothing; for FREE in its command it gets ports that nothing listens at."""
    nowhere, parts = subprocess.DEVNULL, [str(free_port()) if part == "FREE" else str(part) for part in command]
    return subprocess.Popen(parts, env=bench.environment, stdout=nowhere, stderr=nowhere)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started, and what those have."""
    for pid in [process.pid, *descendants(process.pid)]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


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


def seconds_of(roots: Sequence[int]) -> float:
    """The CPU that processes and their descendants have had."""
    ticks = 0
    for pid in [each for root in roots for each in (root, *descendants(root))]:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def until(true: Callable[[], Any], seconds: float) -> bool:
    """Wait; whether it became true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def free_port() -> int:
    """One that nothing listens at."""
    with socket.socket() as connection:
        connection.bind(("127.0.0.1", 0))
        return int(connection.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(bench: Bench, jobs: int, *, executor: str, head: Command, node: Command, ready: str) -> Iterator[Cluster]:
    """A head and so many nodes, once they know each other.

    Args:
        bench: Of this.
        jobs: How many nodes.
        executor: What ``--executor`` is; HEAD stands for the address of the head, here and in what follows.
        head: Its command, without the port.
        node: The command of a node.
        ready: Code that fails as long as not all nodes are there.
    """
    cluster = Cluster("", bench, [])
    try:
        for _ in range(ATTEMPTS):
            cluster.stop()
            port = free_port()
            known = [str(part).replace("HEAD", f"127.0.0.1:{port}") for part in (executor, ready, *node)]
            cluster.executor, cluster.commands = f"{known[0]},jobs={jobs}", [[*head, "--port", port]]
            cluster.start()
            if until(lambda port=port: answers(port), 60):  # type: ignore[misc]
                cluster.commands += [known[2:]] * jobs
                if until(lambda check=known[1]: cluster.is_ready(check), 120):  # type: ignore[misc]
                    break
        else:
            raise click.ClickException(f"a cluster didn't start, {ATTEMPTS} times")
        yield cluster
    finally:
        cluster.stop()


def dask(bench: Bench, jobs: int) -> AbstractContextManager[Cluster]:
    """A scheduler, and nannies with one worker each, which they start again when it dies."""
    program = (sys.executable, "-m")
    work = (*program, "distributed.cli.dask_worker", "tcp://HEAD", "--nthreads", 1, "--no-dashboard")
    return running(
        bench,
        jobs,
        executor="dask:scheduler=tcp://HEAD",
        head=(*program, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--no-dashboard"),
        node=(*work, "--local-directory", bench.scratch / "dask"),
        ready=f"from distributed import Client; Client('tcp://HEAD').wait_for_workers({jobs}, timeout=60)",
    )


def ray(bench: Bench, jobs: int) -> AbstractContextManager[Cluster]:
    """A head that does no work, and nodes with one CPU each."""
    program = (sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats")
    agents = ("--dashboard-agent-grpc-port", "FREE", "--dashboard-agent-listen-port", "FREE")  # no wait for them
    more = ("--metrics-export-port", "FREE", "--runtime-env-agent-port", "FREE")
    options = ("--node-ip-address", "127.0.0.1", "--object-store-memory", 100_000_000, *agents, *more)
    as_head = ("--head", "--include-dashboard", "false", "--temp-dir", bench.scratch / "ray")
    return running(
        bench,
        jobs,
        executor="ray:address=HEAD",
        head=(*program, *options, *as_head, "--num-cpus", 0),
        node=(*program, *options, "--address", "HEAD", "--num-cpus", 1),
        ready=f"import ray; ray.init('HEAD'); assert ray.cluster_resources()['CPU'] >= {jobs}",
    )


def kill_worker(run: subprocess.Popen[bytes], cluster: Cluster, chance: random.Random) -> None:
    """One of those that have measured something."""
    alive = [pid for pid in sorted(set(cluster.bench.pids())) if Path(f"/proc/{pid}").exists()]
    if alive:
        with suppress(ProcessLookupError):
            os.kill(chance.choice(alive), signal.SIGKILL)


def kill_run(run: subprocess.Popen[bytes], cluster: Cluster, chance: random.Random) -> None:
    """The run itself."""
    run.kill()


def kill_node(run: subprocess.Popen[bytes], cluster: Cluster, chance: random.Random) -> None:
    """A node with all that is on it; another comes in its place."""
    kill(chance.choice(cluster.processes[1:]))
    cluster.start()


Disturb = Callable[[subprocess.Popen[bytes], Cluster, random.Random], None]
DISTURBANCES: dict[str, Disturb] = {"workers": kill_worker, "runs": kill_run, "nodes": kill_node}


def disturb(
    cluster: Cluster, what: str, times: int, each: int, expected: str, samples: int, chance: random.Random
) -> bool:
    """Kill so many, and so many at most in each run; tell what came of it, and return whether all was the same."""
    bench, again, different, landed, tries = cluster.bench, [], 0, 0, 0
    while landed < times and tries < 3 * times:
        tries += 1
        name = f"{cluster.executor[:4]}-{what}-{tries}"
        moments = sorted(chance.randint(1, samples * 9 // 10) for _ in range(min(each, times - landed)))
        bench.forget()
        run = bench.start(cluster.executor, f"{name}.csv", "compute", *KEYS)
        met = 0
        for after in moments:
            while run.poll() is None and len(bench.pids()) < after:
                time.sleep(0.005)
            if run.poll() is None:
                DISTURBANCES[what](run, cluster, chance)
                met += 1
        if run.wait() == -signal.SIGKILL and what == "runs":
            run = bench.start(cluster.executor, f"{name}.csv", "compute", *KEYS)
        bench.end(run)
        if met:
            landed += met
            again.append(len(bench.pids()) - samples)
            different += bench.outcome(name) != expected
    click.echo(
        f"  {landed} {what} killed in {len(again)} runs; {different} outcomes different; of {samples} images "
        f"{statistics.median(again):.0f} were measured again in the median, {max(again)} at most"
    )
    return not different and landed == times


def costs(cluster: Cluster, local: str, repeats: int) -> None:
    """Tell what a run on a cluster takes, and what the same takes here, in turn."""
    walls, cpus = [], []
    for number in range(repeats):
        wall, cpu = cluster.bench.compute(local, f"local-{cluster.executor[:4]}-{number}")
        before = cluster.seconds()
        there, own = cluster.bench.compute(cluster.executor, f"{cluster.executor[:4]}-{number}")
        walls.append((wall, there))
        cpus.append((cpu, own + cluster.seconds() - before))
    for what, pairs in (("by the clock", walls), ("of CPU", cpus)):
        ours, theirs = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(b / a for a, b in pairs)
        click.echo(f"  seconds {what}: local {ours:.1f}, there {theirs:.1f}, {ratio:.2f} x")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--on", type=click.Choice(["dask", "ray"]), multiple=True, default=["dask", "ray"], show_default=True)
@click.option("--workers", default=20, show_default=True, help="Workers to kill on each cluster.")
@click.option("--each", default=1, show_default=True, help="Workers to kill in one run.")
@click.option("--runs", default=5, show_default=True, help="Runs to kill, and to start again.")
@click.option("--nodes", default=5, show_default=True, help="Nodes to kill.")
@click.option("--repeats", default=3, show_default=True, help="Runs whose cost is compared.")
@click.option("--jobs", default=2, show_default=True, help="Workers.")
@click.option("--seed", default=0, show_default=True)
def main(
    folder: Path,
    on: tuple[str, ...],
    workers: int,
    each: int,
    runs: int,
    nodes: int,
    repeats: int,
    jobs: int,
    seed: int,
) -> None:
    """Measure and select FOLDER on clusters, disturb them, and compare."""
    chance, alike = random.Random(seed), True  # noqa: S311
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and the clusters end, too
    with tempfile.TemporaryDirectory(prefix="tc-") as name:  # short, as Ray's sockets lie in it
        scratch = Path(name)
        settings = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(), "RAY_USAGE_STATS_ENABLED": "0"}
        settings |= {f"RAY_{name}": "600" for name in ("raylet_start_wait_time_s", "gcs_server_port_wait_time_s")}
        settings |= {"RAY_agent_register_timeout_ms": "600000"}  # on a busy machine
        bench = Bench(folder.absolute(), scratch, {**os.environ, **settings, "PYTHONPATH": str(scratch / "site")})
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
        for make in [{"dask": dask, "ray": ray}[name] for name in on]:
            with make(bench, jobs) as cluster:
                bench.compute(cluster.executor, make.__name__)
                same = {
                    "table and store": bench.outcome(make.__name__) == expected,
                    "vectors and picks": bench.picks(cluster.executor, f"{make.__name__}-picks") == picks,
                }
                told = ", ".join(f"{what} {'' if there else 'not '}the same" for what, there in same.items())
                click.echo(f"{make.__name__}: {told}")
                alike &= all(same.values())
                if repeats:
                    costs(cluster, local, repeats)
                for what, number, most in (("workers", workers, each), ("runs", runs, 1), ("nodes", nodes, 1)):
                    if number:
                        alike &= disturb(cluster, what, number, most, expected, samples, chance)
    if not alike:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
