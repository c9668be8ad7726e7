"""What an inspection costs beside CleanVision with all its checks: ``python tests/benchmarks/inspecting.py DIR``.

The photographs of DIR, and as many like COCO's that are made of them (see measuring.py), are inspected by tamis and by
CleanVision, duplicates included: each in one process of its own, which has done it once before it is measured. A figure
is the ratio of two mean processor times over all rounds.
"""

from __future__ import annotations

import json
import runpy
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

COCO_LIKE = runpy.run_path(str(Path(__file__).with_name("measuring.py")))["coco_like"]
#: By kind of folder, how many times less processor time than CleanVision.
TARGETS = {"given": 5.0, "COCO-like": 4.0}
#: What is run, by who does it: a function of a folder that inspects it.
CODE = {
    "tamis": """
import tamis
registry = tamis.Registry(allow=["tamis"], environ=False)
def inspect(folder):
    tamis.inspect(tamis.Dataset.from_directory(folder), registry=registry)
""",
    "CleanVision": """
from cleanvision import Imagelab
def inspect(folder):
    Imagelab(data_path=folder, verbose=False).find_issues(n_jobs=1, verbose=False)
""",
}
TIMING = """
import contextlib, io, sys, time
folder = sys.argv[1]
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    inspect(folder)
    before = time.process_time()
    inspect(folder)
    took = time.process_time() - before
print(took)
"""


def seconds(python: str, who: str, folder: Path) -> float:
    """Processor time of one inspection."""
    command = [python, "-c", CODE[who] + TIMING, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rounds", default=3, show_default=True)
@click.option("--cleanvision", default=sys.executable, metavar="PYTHON", help="An interpreter that has CleanVision.")
def main(folder: Path, rounds: int, cleanvision: str) -> None:
    """Print the table for the images of FOLDER."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch, "COCO-like")
        made.mkdir()
        COCO_LIKE(paths, made)
        for kind, place in {"given": folder, "COCO-like": made}.items():
            found: dict[str, list[float]] = {who: [] for who in CODE}
            for _ in range(rounds):
                for who, python in {"tamis": sys.executable, "CleanVision": cleanvision}.items():
                    found[who].append(seconds(python, who, place))
            click.echo(told(kind, found, len(paths)))


def told(kind: str, found: dict[str, list[float]], images: int) -> str:
    """A line of the table."""
    means: dict[str, Any] = {who: statistics.mean(times) / images * 1000 for who, times in found.items()}
    ratio, target = means["CleanVision"] / means["tamis"], TARGETS[kind]
    took = ", ".join(f"{who} {took:.1f} ms" for who, took in means.items())
    return (
        f"{kind}: {took} of CPU an image: {ratio:.2f} times less, {'met' if ratio >= target else 'MISSED'} ({target:g})"
    )


if __name__ == "__main__":
    main()
