"""What measuring from a server costs, beside the same images in a folder: ``python tests/benchmarks/cloud.py DIR``.

Needs ``tamis[enginetest]``. All ten keys of the photographs of DIR are measured from the folder and, object by object,
from a server that speaks S3, in a process of its own each time: a figure of its processor time is the ratio of two sums
over all rounds. So is one of wall time, with two workers, against a web server of the standard library that waits for
a while before it answers.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from tamis import Dataset, Registry, compute

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.plugins.servers import Web, s3

ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "user", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}


def processor() -> float:
    """Seconds of the processor that this process and those that it has started took."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def measured(location: str, options: dict[str, Any], jobs: int) -> tuple[float, float]:
    """Seconds, by the wall clock and of the processor, after a few images that load all that is needed."""
    registry = Registry(allow=["tamis"], environ=False)
    keys = [key for key in registry.keys("metric") if key.startswith("lightly.")]
    warming = Dataset.open(location, registry=registry, **options)
    compute(warming.subset(warming.samples[:4]), keys, registry=registry)
    used = processor()
    dataset = Dataset.open(location, registry=registry, **options)
    start = time.perf_counter()
    table = compute(dataset, keys, registry=registry, jobs=jobs)
    wall = time.perf_counter() - start
    if table.failures:
        raise RuntimeError(str(table.failures[0]))
    return wall, processor() - used


def apart(location: str, options: dict[str, Any], jobs: int) -> tuple[float, float]:
    """The same, in a process of its own."""
    command = [sys.executable, __file__, location, "--only", json.dumps(options), str(jobs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **ENVIRONMENT})
    return tuple(json.loads(done.stdout.splitlines()[-1]))  # type: ignore[return-value]


def serve(folder: str, seconds: float) -> None:
    """A folder as a web server that waits before it answers, until it is ended."""
    with Web() as server:
        for path in Path(folder).rglob("*"):
            if path.is_file():
                server.contents[path.relative_to(folder).as_posix()] = path.read_bytes()
        server.answer = lambda path, count: time.sleep(seconds)
        click.echo(server.url)
        server.serve_forever()


@contextmanager
def web(folder: str, seconds: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """A location on such a server, and the options that it needs."""
    command = [sys.executable, __file__, folder, "--serve", str(seconds)]
    with tempfile.TemporaryDirectory() as scratch, subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        names = Path(scratch) / "names.txt"
        names.write_text("\n".join(Dataset.from_directory(folder).samples))
        try:
            assert process.stdout  # it's a pipe
            yield process.stdout.readline().decode().strip(), {"list": str(names)}
        finally:
            process.terminate()


@contextmanager
def bucket(folder: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same in a bucket. Its server ends every connection after one answer, as those of clouds don't."""
    with tempfile.TemporaryDirectory() as scratch, s3(Path(scratch)) as server:
        server.put("bucket", b"")
        for name in Dataset.from_directory(folder).samples:
            server.put(f"bucket/{name}", (Path(folder) / name).read_bytes())
        yield "s3://bucket", {"endpoint": server.endpoint}


def compare(what: str, there: tuple[str, dict[str, Any]], folder: str, rounds: int, clock: int, target: float) -> None:
    """Print a line of the table: by the wall clock with two workers, or by that of the processor with one."""
    jobs = 2 - clock
    pairs = [(apart(*there, jobs)[clock], apart(folder, {}, jobs)[clock]) for _ in range(rounds)]
    one, other = map(sum, zip(*pairs, strict=True))
    ratios = sorted(a / b for a, b in pairs)
    more = f"{1000 * (one - other) / rounds / len(Dataset.from_directory(folder)):+.2f} ms an image"
    met = "met" if one / other <= target else "MISSED"
    click.echo(f"{what:62} {one / other:5.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), {more}  <= {target} {met}")


@click.command()
@click.argument("folder")
@click.option("--rounds", default=4, show_default=True)
@click.option("--latency", default=0.03, show_default=True, help="Seconds that the slow server waits.")
@click.option("--only", nargs=2, hidden=True, help="Options of a location and jobs: print seconds as JSON.")
@click.option("--serve", "serves", type=float, hidden=True, help="Be the slow server.")
def main(folder: str, rounds: int, latency: float, only: tuple[str, str] | None, serves: float | None) -> None:
    """Print the table for the images of FOLDER."""
    if only:
        click.echo(json.dumps(measured(folder, json.loads(only[0]), int(only[1]))))
        return
    if serves is not None:
        serve(folder, serves)
        return
    sizes = [path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()]
    click.echo(f"{len(sizes)} files of {sum(sizes) / len(sizes) / 1000:.0f} kB")
    with bucket(folder) as there:
        compare("processor time: a server that speaks S3 / the folder", there, folder, rounds, 1, 1.35)
    with web(folder, 0) as there:
        compare("processor time: one that keeps connections / the folder", there, folder, rounds, 1, 1.35)
    with web(folder, latency) as there:
        compare(f"wall time, two workers: one that waits {latency} s / the folder", there, folder, rounds, 0, 2.0)


if __name__ == "__main__":
    main()
