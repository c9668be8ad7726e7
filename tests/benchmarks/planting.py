"""What is found of planted faults, beside CleanVision and fastdup: ``python tests/benchmarks/planting.py PHOTOGRAPHS``.

200 crops of 256 x 192 pixels are taken from the photographs of a folder, ten more for each fault, and ten with a copy,
the same each time. Each tool looks for what it knows, by its own limits, and a fault is found if what it calls that
fault has it. A peer is run by a Python that has it: ``--cleanvision PYTHON``, ``--fastdup PYTHON``.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import click
import numpy as np
from PIL import Image, ImageFilter

import tamis

CLEAN, EACH, SIZE = 200, 10, (256, 192)

Found = dict[str, list[str]]


def moved(image: Image.Image, pixels: int) -> Image.Image:
    """The mean of so many pixels in a row."""
    kernel = np.ones(pixels) / pixels
    rows = np.asarray(image, dtype=np.float64)
    found = np.apply_along_axis(lambda row: np.convolve(np.pad(row, pixels // 2, "edge"), kernel, "valid"), 1, rows)
    return Image.fromarray(found.round().astype(np.uint8))


def blend(image: Image.Image, colour: str, share: float) -> Image.Image:
    """So much of one colour in it."""
    return Image.blend(image, Image.new("RGB", image.size, colour), share)


#: By fault, what it makes of a crop; the number goes from 0 to 1.
FAULTS: Mapping[str, Callable[[Image.Image, float], Image.Image]] = {
    "dark": lambda image, much: blend(image, "black", 0.79 + 0.09 * much),
    "bright": lambda image, _: blend(image, "white", 0.97),
    "blurred": lambda image, much: image.filter(ImageFilter.GaussianBlur(4 + 4.5 * much)),
    "moved": lambda image, much: moved(image, 15 + 2 * round(9 * much)),
    "grey": lambda image, _: image.convert("L").convert("RGB"),
    "plain": lambda _, much: Image.new("RGB", SIZE, (90, 60 + round(100 * much), 120)),
    "tall": lambda image, _: image.resize((80, 320)),
    "wide": lambda image, _: image.resize((600, 150)),
    "small": lambda image, _: image.resize((40, 30)),
}
#: By fault, what each tool calls it.
NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "tamis": {
        "dark": ("dark",),
        "bright": ("bright",),
        "blurred": ("blurred",),
        "moved": ("blurred",),
        "grey": ("grayscale",),
        "plain": ("low_information",),
        "tall": ("tall",),
        "wide": ("wide",),
        "small": ("odd_size",),
        "copied": ("exact_duplicate",),
        "scaled": ("near_duplicate",),
        "cut": ("unreadable",),
    },
    "CleanVision": {
        "dark": ("dark",),
        "bright": ("light",),
        "blurred": ("blurry",),
        "moved": ("blurry",),
        "grey": ("grayscale",),
        "plain": ("low_information",),
        "tall": ("odd_aspect_ratio",),
        "wide": ("odd_aspect_ratio",),
        "small": ("odd_size",),
        "copied": ("exact_duplicates",),
        "scaled": ("near_duplicates",),
    },
    "fastdup": {
        "dark": ("dark",),
        "bright": ("bright",),
        "blurred": ("blurry",),
        "moved": ("blurry",),
        "copied": ("exact_duplicates",),
        "scaled": ("near_duplicates",),
        "cut": ("invalid",),
    },
}
#: What a peer is asked in its own Python: a folder goes in, names by what it calls their fault come out.
PEERS = {
    "CleanVision": """
import contextlib, io, json, os, sys
from cleanvision import Imagelab
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    lab = Imagelab(data_path=sys.argv[1], verbose=False)
    lab.find_issues(n_jobs=1, verbose=False)
found = {
    column[3:-6]: [os.path.basename(name) for name in lab.issues.index[lab.issues[column]]]
    for column in lab.issues.columns if column.endswith("_issue")
}
print(json.dumps(found))
""",
    "fastdup": """
import json, os, sys
import fastdup
made = fastdup.create(work_dir=sys.argv[1] + "-work", input_dir=sys.argv[1])
made.run(verbose=False, overwrite=True)
names = lambda given: [os.path.basename(name) for name in given]
stats, near = made.img_stats(), made.similarity()
invalid = made.invalid_instances()
found = {
    "dark": names(stats[stats["mean"] < 4]["filename"]),
    "bright": names(stats[stats["mean"] > 253]["filename"]),
    "blurry": names(stats[stats["blur"] < 150]["filename"]),
    "invalid": names(invalid["filename"]),
}
for name, least in (("exact_duplicates", 0.999), ("near_duplicates", 0.9)):
    pairs = near[near["distance"] >= least]
    found[name] = sorted({*names(pairs["filename_from"]), *names(pairs["filename_to"])})
print(json.dumps(found))
""",
}


def plant(photographs: list[Path], folder: Path) -> None:
    """Write the crops, and those with a fault. The names say which one."""
    rng = np.random.default_rng(22)
    opened = [Image.open(path).convert("RGB") for path in photographs]
    opened = [image for image in opened if image.width >= SIZE[0] and image.height >= SIZE[1]]
    if not opened:
        raise click.UsageError(f"no photograph is as large as {SIZE[0]} x {SIZE[1]} pixels")

    def crop() -> Image.Image:
        image = opened[rng.integers(len(opened))]
        left, top = (int(rng.integers(side - of + 1)) for side, of in zip(image.size, SIZE, strict=True))
        return image.crop((left, top, left + SIZE[0], top + SIZE[1]))

    for number in range(CLEAN):
        crop().save(folder / f"clean-{number:03}.png")
    for fault, make in FAULTS.items():
        for number in range(EACH):
            make(crop(), number / (EACH - 1)).save(folder / f"{fault}-{number}.png")
    for number in range(EACH):
        for name in ("copied", "scaled"):
            (image := crop()).save(folder / f"before-{name}-{number}.png")
            copy = image.resize((200, 150)) if name == "scaled" else image
            copy.save(folder / f"{name}-{number}.{'jpg' if name == 'scaled' else 'png'}", quality=55)
    for number in range(EACH):
        crop().save(whole := folder / f"cut-{number}.jpg", quality=90)
        whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])


def by_tamis(folder: Path) -> Found:
    """The samples of each issue."""
    inspection = tamis.inspect(tamis.Dataset.from_directory(folder), registry=tamis.Registry.built_in())
    return {each.name: list(each.samples) for each in inspection.summary}


def by_peer(peer: str, python: str, folder: Path) -> Found:
    """The same of a peer. CleanVision ends where an image is cut off: it doesn't get any."""
    if peer == "CleanVision":
        for path in folder.glob("cut-*"):
            path.unlink()
    done = subprocess.run([python, "-c", PEERS[peer], str(folder)], capture_output=True, text=True, cwd=folder.parent)
    if done.returncode:
        raise click.ClickException(f"{peer} failed: {done.stderr[-400:]}")
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def told(tool: str, fault: str, found: Found) -> str:
    """How many with a fault are found; nothing of a fault that the tool doesn't know."""
    names = NAMES[tool].get(fault)
    if names is None:
        return "-"
    right = {name for issue in names for name in found.get(issue, ()) if name.startswith(fault + "-")}
    return str(len(right))


def others(fault: str, found: Found) -> str:
    """How many of these samples are said to have which issue."""
    counts = {issue: sum(name.startswith(fault + "-") for name in names) for issue, names in found.items()}
    return ", ".join(f"{issue} {count}" for issue, count in counts.items() if count) or "nothing"


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--cleanvision", metavar="PYTHON", help="An interpreter that has CleanVision.")
@click.option("--fastdup", metavar="PYTHON", help="An interpreter that has fastdup.")
def main(photographs: Path, cleanvision: str | None, fastdup: str | None) -> None:
    """Print a table of what is found."""
    paths = sorted(path for path in photographs.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "planted")
        folder.mkdir()
        plant(paths, folder)
        found = {"tamis": by_tamis(folder)}
        for peer, python in {"fastdup": fastdup, "CleanVision": cleanvision}.items():
            if python:
                found[peer] = by_peer(peer, python, folder)
    click.echo(" | ".join(["planted", *found]))
    for fault in (*FAULTS, "copied", "scaled", "cut"):
        click.echo(" | ".join([f"{fault}, of {EACH}", *(told(tool, fault, each) for tool, each in found.items())]))
    for tool, each in found.items():
        flagged = {name for names in each.values() for name in names if name.startswith("clean-")}
        click.echo(f"{tool}: {len(flagged)} of {CLEAN} without a fault: {others('clean', each)}")
        for fault in (*FAULTS, "copied", "scaled", "cut"):
            click.echo(f"  {fault}: {others(fault, each)}")


if __name__ == "__main__":
    main()
