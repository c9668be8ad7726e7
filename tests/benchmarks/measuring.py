"""What measuring costs, beside decoding and beside its peers: ``python tests/benchmarks/measuring.py DIR``.

From the photographs of DIR three more folders are made, the same each time: their copies; photographs like COCO's, of
640 x 480 pixels and some 150 kB; and photographs of 12 megapixels. Each round measures a folder in a process of its
own, and each peer in another, by the wall clock and by the processor time of that process. A figure is the ratio of two
mean times over all rounds.

The mean, and processes whose environments differ in size, because the same decode takes a third longer in about every
other process: libjpeg-turbo writes past the cache where the line buffer that Pillow hands it happens to begin at a
multiple of 32 bytes, which depends on all that was allocated before.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image

from tamis import Dataset, Metric, Registry, Workers, compute

ALL, ONE, TWO, WARM = "all ten keys", "a run with one worker", "a run with two", "two workers, started before"
BOTH, ONLY, ALONE = "sharpness and acme.mean", "sharpness", "its arithmetic"
CLEANVISION, PIXELPATROL = "CleanVision, seven checks", "PixelPatrol, one process"
#: What is compared: folder, dividend, divisor, and what the ratio should be.
TARGETS = (
    ("given", ALL, "decode", "<= 2.6"),
    ("COCO-like", ALL, "decode", "<= 1.9"),
    ("12 megapixels", ALL, "decode", ""),
    ("given", "width and height", "decode", "<= 0.1"),
    ("COCO-like", "width and height", "decode", "<= 0.1"),
    ("given", "header read", "decode", ""),
    ("given", CLEANVISION, ALL, ">= 5"),
    ("COCO-like", CLEANVISION, ALL, ""),
    ("given", PIXELPATROL, ALL, ""),
    ("given", "one worker, started before", WARM, ">= 1.8"),
    ("copies", ONE, TWO, ">= 1.8"),
    ("given", ONE, TWO, ""),
)


#: Seconds per image by the name of a case: by the wall clock, and of the processor.
Times = dict[str, tuple[float, float]]


def mean(gray: Any) -> float:
    """A third party's metric."""
    return float(gray.mean())


def tile(path: Path, size: tuple[int, int]) -> Image.Image:
    """The middle of a photograph in the shape of ``size``, resized to it."""
    with Image.open(path) as image:
        scale = min(image.width / size[0], image.height / size[1])
        width, height = size[0] * scale, size[1] * scale
        left, top = (image.width - width) / 2, (image.height - height) / 2
        box = (left, top, left + width, top + height)
        return image.convert("RGB").resize(size, Image.Resampling.LANCZOS, box=box)


def mosaic(paths: Sequence[Path], number: int, columns: int, rows: int, size: tuple[int, int]) -> Image.Image:
    """Some photographs side by side, none of them enlarged by much: its details are as sharp as a camera's."""
    image = Image.new("RGB", (columns * size[0], rows * size[1]))
    for place in range(columns * rows):
        path = paths[(columns * rows * number + place) % len(paths)]
        image.paste(tile(path, size), (place % columns * size[0], place // columns * size[1]))
    return image


def coco_like(paths: Sequence[Path], folder: Path) -> None:
    """At the lowest quality from 80 that makes 150 kB; every other one with full colour resolution."""
    for number in range(len(paths)):
        image = mosaic(paths, number, 2, 2, (320, 240))
        for quality in range(80, 100):
            encoded = io.BytesIO()
            image.save(encoded, "JPEG", quality=quality, subsampling=0 if number % 2 else 2)
            if encoded.tell() >= 150_000:
                break
        (folder / f"{number:06}.jpg").write_bytes(encoded.getvalue())


def megapixels(paths: Sequence[Path], folder: Path, count: int) -> None:
    """4000 x 3000, at quality 92."""
    for number in range(count):
        mosaic(paths, number, 10, 6, (400, 500)).save(folder / f"{number:06}.jpg", quality=92)


def cleanvision(folder: Path) -> Callable[[], object]:
    """CleanVision's seven checks, in this process."""
    from cleanvision import Imagelab

    def check() -> None:
        checks = ("light", "dark", "odd_aspect_ratio", "low_information", "blurry", "grayscale", "odd_size")
        lab = Imagelab(filepaths=[str(folder / sample) for sample in Dataset.from_directory(folder).samples])
        lab.find_issues({name: {} for name in checks}, n_jobs=1, verbose=False)

    return check


def pixelpatrol(folder: Path) -> Callable[[], object]:
    """PixelPatrol's statistics of channels and its thumbnails, in the one process it starts."""
    import pixel_patrol_loader_bio  # noqa: F401
    from pixel_patrol_base import api

    def process() -> None:
        with tempfile.TemporaryDirectory() as name:
            project = api.create_project("measuring", folder, loader="bioio", output_path=Path(name) / "table.parquet")
            suffixes = {Path(sample).suffix[1:] for sample in Dataset.from_directory(folder).samples}
            api.process_files(project, selected_file_extensions=suffixes, max_workers=1)

    return process


#: By the name of the case: a function that makes, for a folder, a function that measures it. Raises `ImportError`.
PEERS = {CLEANVISION: cleanvision, PIXELPATROL: pixelpatrol}


def cases(folder: Path, kind: str) -> dict[str, Callable[[], object]]:
    """What is measured on a kind of folder, by name."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Metric("acme.mean", mean))
    keys = tuple(key for key in registry.keys("metric") if key.startswith("lightly."))
    dataset = Dataset.from_directory(folder)
    paths = [str(folder / sample) for sample in dataset.samples]

    def decode() -> None:
        for path in paths:
            Image.open(path).load()

    def header() -> None:
        for path in paths:
            with Image.open(path):
                pass

    def measure(*keys: str, **where: Any) -> Callable[[], object]:
        return lambda: compute(dataset, keys, registry=registry, **where)

    runs = {ONE: measure(*keys), TWO: measure(*keys, jobs=2)}
    if kind == "copies":
        return runs
    found = {"decode": decode, ALL: measure(*keys), "width and height": measure("lightly.width", "lightly.height")}
    if kind == "12 megapixels":
        return found
    found["header read"] = header
    found[ONLY] = measure("lightly.sharpness")
    found[BOTH] = measure("lightly.sharpness", "acme.mean")
    arrays = [np.asarray(Image.open(path).convert("L")) for path in paths]
    found[ALONE] = lambda: [mean(array) for array in arrays]
    if kind == "given":
        started = {jobs: measure(*keys, executor=Workers(jobs)) for jobs in (1, 2)}
        found |= {"one worker, started before": started[1], WARM: started[2], **runs}
    return found


def one_round(folder: Path, kind: str, of: str) -> Times:
    """Each case of a kind of folder once, after it has been done once before."""
    try:
        functions = {of: PEERS[of](folder)} if of in PEERS else cases(folder, kind)
    except ImportError:
        return {}
    n = len(Dataset.from_directory(folder))
    found: Times = {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        if kind != "copies" and of != PIXELPATROL:  # these take long, and start processes each time
            for function in functions.values():
                function()
        for name, function in functions.items():
            wall, processor = time.perf_counter(), time.process_time()
            function()
            found[name] = (time.perf_counter() - wall) / n, (time.process_time() - processor) / n
    return found


def peak(folder: Path) -> float:
    """MB that this process has held at most, with all ten keys of a folder measured."""
    registry = Registry(allow=["tamis"], environ=False)
    keys = [key for key in registry.keys("metric") if key.startswith("lightly.")]
    compute(Dataset.from_directory(folder), keys, registry=registry)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def apart(*arguments: object, padding: int = 0) -> Any:
    """What this script prints in a process of its own, whose environment is larger by so many bytes."""
    command = [sys.executable, __file__, *map(str, arguments)]
    environment = {**os.environ, "PADDING": "." * padding}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def say(what: str, found: Sequence[float | str], target: str = "") -> None:
    """A row of the table: by the wall clock, by that of the processor, the target and whether it is met."""
    values = [value if isinstance(value, str) else f"{value:.2f}" for value in found]
    met = ""
    if target and isinstance(found[0], float):
        sign, limit = target.split()
        met = "met" if (found[0] <= float(limit) if sign == "<=" else found[0] >= float(limit)) else "MISSED"
    click.echo(f"{what:72}" + "".join(f" {value:>7}" for value in [*values, "", ""][:2]) + f" {target:>7} {met}")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rounds", default=8, show_default=True)
@click.option("--copies", default=9, show_default=True, help="How often the images are copied for the long run.")
@click.option("--large", default=8, show_default=True, help="How many images of 12 megapixels.")
@click.option("--only", nargs=2, hidden=True, help="Print as JSON one round of this kind, or the peak of memory.")
def main(folder: Path, rounds: int, copies: int, large: int, only: tuple[str, str] | None) -> None:
    """Print the table for the images of FOLDER."""
    if only:
        click.echo(json.dumps(peak(folder) if only[0] == "peak" else one_round(folder, *only)))
        return
    paths = [folder / sample for sample in Dataset.from_directory(folder).samples]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        folders = {"given": folder} | {kind: scratch / kind for kind in ("COCO-like", "12 megapixels", "copies")}
        for kind in ("COCO-like", "12 megapixels", "tiny", "single"):
            (scratch / kind).mkdir()
        coco_like(paths, folders["COCO-like"])
        megapixels(paths, folders["12 megapixels"], large)
        for number in range(copies):
            shutil.copytree(folder, folders["copies"] / str(number))
        tile(paths[0], (16, 16)).save(scratch / "tiny" / "tiny.jpg")
        shutil.copy(folders["12 megapixels"] / "000000.jpg", scratch / "single")

        times: dict[str, list[Times]] = {kind: [] for kind in folders}
        for kind, place in folders.items():
            wanted = ["tamis", *(peer for peer in PEERS if any((kind, peer) == case[:2] for case in TARGETS))]
            for number in range(rounds):
                found = [apart(place, "--only", kind, of, padding=80 * number) for of in wanted]
                times[kind].append({name: tuple(took) for of in found for name, took in of.items()})
        report(folders, times)
        if Path("/proc/self/status").exists():
            base = apart(scratch / "tiny", "--only", "peak", "tamis")
            for count, kind in ((1, "single"), (large, "12 megapixels")):
                beside = (apart(scratch / kind, "--only", "peak", "tamis") - base) / (36e6 / 2**20)
                say(f"peak memory, {count} of 12 megapixels / one decoded as RGB", [beside], "<= 6")


def report(folders: dict[str, Path], rounds: dict[str, list[Times]]) -> None:
    """The table."""
    for kind, folder in folders.items():
        sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
        about = f"{kind}: {len(sizes)} files of {sum(sizes) / len(sizes) / 1000:.0f} kB"
        if kind != "copies":
            decode = sorted(1000 * times["decode"][0] for times in rounds[kind])
            about += f", decoded in {decode[0]:.2f} to {decode[-1]:.2f} ms each, from process to process"
        click.echo(about)
    say("", ("wall", "CPU"), "target")
    means = {
        kind: {name: [statistics.mean(times[name][clock] for times in found) for clock in (0, 1)] for name in found[0]}
        for kind, found in rounds.items()
    }
    for kind, dividend, divisor, target in TARGETS:
        times = means[kind]
        what = f"{kind}: {dividend} / {divisor}"
        if dividend in times:
            ratios = [a / b for a, b in zip(times[dividend], times[divisor], strict=True)]
            say(what, ratios[:1] if "two" in divisor or dividend == PIXELPATROL else ratios, target)
        else:
            say(what, ["not installed"])
    for kind in ("given", "COCO-like"):
        clocks = list(zip(*(means[kind][name] for name in (BOTH, ONLY, ALONE, "decode")), strict=True))
        ratios = [(both - only) / decode for both, only, _, decode in clocks]
        say(f"{kind}: a metric of the grey view, beside sharpness / decode", ratios)
        say(f"{kind}: its arithmetic by itself / decode", [alone / decode for *_, alone, decode in clocks])


if __name__ == "__main__":
    main()
