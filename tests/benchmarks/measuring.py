"""What measuring costs, as ratios to decoding the same files with Pillow: ``python tests/benchmarks/measuring.py DIR``.

Every figure is the median over rounds of (time of this) / (time of the bare decode in the same round), on one thread
and with warm files, since absolute times say more about the machine than about the program.
"""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import click
from PIL import Image

from tamis import Dataset, Registry, Workers, compute

REGISTRY = Registry(allow=["tamis"], environ=False)
METRICS = REGISTRY.keys("metric")


def seconds(function: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def cleanvision(paths: list[Path]) -> dict[str, Callable[[], object]]:
    """CleanVision's seven checks in this process, where it is installed (``tamis[benchmark]``)."""
    try:
        from cleanvision import Imagelab
    except ImportError:
        return {}

    def check() -> None:
        checks = ("light", "dark", "odd_aspect_ratio", "low_information", "blurry", "grayscale", "odd_size")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            lab = Imagelab(filepaths=[str(path) for path in paths])
            lab.find_issues({name: {} for name in checks}, n_jobs=1, verbose=False)

    return {"CleanVision, seven checks": check}


def cases(folder: Path) -> dict[str, Callable[[], object]]:
    """What is measured, by name; the bare decode comes first."""
    dataset = Dataset.from_directory(folder)
    paths = [folder / sample for sample in dataset.samples]

    def decode() -> None:
        for path in paths:
            Image.open(path).load()

    def header() -> None:
        for path in paths:
            with Image.open(path):
                pass

    def measure(*keys: str) -> Callable[[], object]:
        return lambda: compute(dataset, keys, registry=REGISTRY)

    def on_processes(jobs: int) -> Callable[[], object]:
        workers = Workers(jobs)
        return lambda: compute(dataset, METRICS, registry=REGISTRY, executor=workers)

    return {
        "decode": decode,
        "header read": header,
        "all ten keys": measure(*METRICS),
        "width and height": measure("lightly.width", "lightly.height"),
        **{f"all ten keys, {jobs} processes": on_processes(jobs) for jobs in (1, 2)},
        **cleanvision(paths),
        **{key: measure(key) for key in METRICS if key not in ("lightly.width", "lightly.height")},
    }


def ratios(folder: Path, rounds: int) -> tuple[float, dict[str, float]]:
    """Milliseconds of the bare decode per image, and the ratio of everything to it."""
    functions = cases(folder)
    for function in functions.values():
        function()
    times = [{name: seconds(function) for name, function in functions.items()} for _ in range(rounds)]
    decode = statistics.median(times_["decode"] for times_ in times) / len(Dataset.from_directory(folder)) * 1000
    return decode, {name: statistics.median(t[name] / t["decode"] for t in times) for name in functions}


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rounds", default=7, show_default=True)
def main(folder: Path, rounds: int) -> None:
    """Print the table for the images of FOLDER."""
    decode, found = ratios(folder, rounds)
    click.echo(f"bare decode: {decode:.2f} ms per image")
    for name, ratio in found.items():
        click.echo(f"{name:26} {ratio:6.2f} x decode")


if __name__ == "__main__":
    main()
