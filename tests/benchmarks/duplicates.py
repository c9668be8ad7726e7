"""Finding duplicates: time and memory at scale, and what is found of altered photographs.

    python tests/benchmarks/duplicates.py hashes [--samples N] [--distances D ...]
    python tests/benchmarks/duplicates.py vectors [--samples N] [--dimensions D]
    python tests/benchmarks/duplicates.py recall FOLDER [--imagededup PYTHON] [--cleanvision PYTHON] [--fastdup PYTHON]

``hashes`` are random, a tenth of them copies with two bits changed, beside a sort of as many numbers. ``vectors`` are
random, a tenth of them near another, beside an exact search by faiss where it is installed. ``recall`` alters the
photographs of a folder in several ways. For each way it joins them with their originals, and says how many copies are
ascribed to their original, and how many of all that are ascribed to another one rightly are. A peer is run by a Python
that has it, since they need other versions of NumPy than tamis.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance

import tamis
from tamis_plugins.duplicates import hashes, vectors


def say(line: str) -> None:
    """Print it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def cpu(function: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of all threads, and what it returned."""
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def of_hashes(samples: int, distances: list[int]) -> None:
    """A line for each distance."""
    rng = np.random.default_rng(0)
    found = rng.integers(0, 2**64, samples, dtype=np.uint64)
    copies = samples // 10
    bits = np.uint64(1) << rng.integers(0, 64, (2, copies), dtype=np.uint64)
    found[samples - copies :] = found[:copies] ^ bits[0] ^ bits[1]
    sorting, _ = cpu(lambda: np.sort(found))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for distance in distances:
        seconds, owners = cpu(lambda distance=distance: hashes.first_near(found, distance))  # type: ignore[misc]
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        repeats = np.count_nonzero(owners != np.arange(samples))
        say(
            f"{samples:,} hashes, distance {distance}: {seconds:.2f} CPU s, {seconds / sorting:.0f} x a sort "
            f"({sorting:.3f} s), {more / 1024:.0f} MB more at the peak, {repeats:,} repeat another"
        )


def of_vectors(samples: int, dimensions: int) -> None:
    """Beside one exact search of the two nearest neighbours of all."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((samples, dimensions), dtype=np.float32)
    copies = samples // 10
    points[samples - copies :] = points[:copies] + 0.002 * rng.standard_normal((copies, dimensions), dtype=np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    ours, owners = cpu(lambda: vectors.first_near(points, np.arange(samples), 0.1))
    repeats = np.count_nonzero(owners != np.arange(samples))
    say(f"{samples:,} x {dimensions} vectors: {ours:.1f} CPU s, {repeats:,} repeat another")
    try:
        import faiss
    except ImportError:
        say("faiss: not installed")
        return
    index = faiss.IndexFlatL2(dimensions)
    index.add(points)
    theirs, _ = cpu(lambda: index.search(points, 2))
    say(f"faiss, exact search: {theirs:.1f} CPU s; tamis takes {ours / theirs:.2f} of it")


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Encoded and decoded."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """In width and height."""
    return image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))


def cropped(image: Image.Image, share: float) -> Image.Image:
    """Less this share of width and height, half of it on each side."""
    x, y = round(image.width * share / 2), round(image.height * share / 2)
    return image.crop((x, y, image.width - x, image.height - y))


ALTERED: Mapping[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG 90": lambda image: jpeg(image, 90),
    "JPEG 70": lambda image: jpeg(image, 70),
    "JPEG 50": lambda image: jpeg(image, 50),
    "scaled 0.75": lambda image: scaled(image, 0.75),
    "scaled 0.5": lambda image: scaled(image, 0.5),
    "cropped 2 %": lambda image: cropped(image, 0.02),
    "brighter 1.2": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
}

#: What a peer is asked in its own Python: a folder goes in, pairs of names come out. Both with their defaults.
PEERS = {
    "imagededup": """
import json, sys
from imagededup.methods import PHash
hasher = PHash(verbose=False)
found = hasher.find_duplicates(image_dir=sys.argv[1], max_distance_threshold=int(sys.argv[2]))
print(json.dumps([[name, other] for name, others in found.items() for other in others]))
""",
    "cleanvision": """
import contextlib, io, json, os, sys
from cleanvision import Imagelab
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    lab = Imagelab(data_path=sys.argv[1], verbose=False)
    lab.find_issues({"exact_duplicates": {}, "near_duplicates": {}}, n_jobs=1, verbose=False)
sets = [each for kind in ("exact_duplicates", "near_duplicates") for each in lab.info[kind]["sets"]]
print(json.dumps([[os.path.basename(a), os.path.basename(b)] for each in sets for a in each for b in each if a < b]))
""",
    "fastdup": """
import json, os, sys
import fastdup
made = fastdup.create(work_dir=sys.argv[1] + "-work", input_dir=sys.argv[1])
made.run(verbose=False, overwrite=True)
found = made.similarity()
found = found[found["distance"] >= float(sys.argv[2])]
pairs = zip(found["filename_from"], found["filename_to"])
print(json.dumps([[os.path.basename(one), os.path.basename(two)] for one, two in pairs]))
""",
}


def by_tamis(folder: Path, by: str, distance: float) -> list[tuple[str, str]]:
    """Each sample that repeats another, and that."""
    given = {"type": "DUPLICATES", "by": by, "distance": distance}
    strategy = {"type": "THRESHOLD", "threshold": 1, "operation": "SMALLER"}
    config = {"proportion_samples": 1, "strategies": [{"input": given, "strategy": strategy}]}
    result = tamis.select(tamis.Dataset.from_directory(folder), config, store=folder.with_name("store"))
    kept = result.table()[f"DUPLICATES.{by}.kept_duplicate"].cells()
    return [(name, other) for name, other in zip(result.samples, kept, strict=True) if other is not None]


def by_peer(folder: Path, peer: str, python: str, distance: float) -> list[tuple[str, str]] | None:
    """All pairs that a peer finds; None if it fails."""
    command = [python, "-c", PEERS[peer], str(folder), str(distance)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        say(f"{peer} failed: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return [(one, two) for one, two in json.loads(done.stdout.strip().splitlines()[-1])]


def told(pairs: list[tuple[str, str]] | None, photographs: int) -> str:
    """How many copies are paired with their original, and how many of the pairs of copies and others are so."""
    if pairs is None:
        return "failed"
    found = {tuple(sorted(pair)) for pair in pairs if any(name.startswith("copy") for name in pair)}
    right = {pair for pair in found if len({name.split("_")[1] for name in pair}) == 1}
    return f"{len(right) / photographs:.3f} / {len(right) / max(len(found), 1):.3f}"


def of_photographs(source: Path, peers: Mapping[str, str | None]) -> None:
    """A row for each way to alter them: recall / precision of each method."""
    listed = tamis.Dataset.from_directory(source)
    methods = {f"phash {bits}": ("phash", bits) for bits in (4, 6, 8, 10)} | {"embeddings 0.1": ("embeddings", 0.1)}
    asked = {
        "imagededup 10": ("imagededup", 10),
        "CleanVision": ("cleanvision", 0),
        "fastdup 0.96": ("fastdup", 0.96),
    }
    asked = {name: each for name, each in asked.items() if peers[each[0]]}
    say(" | ".join(["altered", *methods, *asked]))
    for way, alter in ALTERED.items():
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "images")
            folder.mkdir()
            for number, sample in enumerate(listed.samples):
                image = Image.open(source / sample).convert("RGB")
                image.save(folder / f"a_{number}_.png", compress_level=1)
                alter(image).save(folder / f"copy_{number}_.png", compress_level=1)
            cells = [told(by_tamis(folder, *each), len(listed)) for each in methods.values()]
            cells += [
                told(by_peer(folder, peer, peers[peer] or "", distance), len(listed))
                for peer, distance in asked.values()
            ]
        say(" | ".join([way, *cells]))


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="what", required=True)
    of = commands.add_parser("hashes")
    of.add_argument("--samples", type=int, default=1_000_000)
    of.add_argument("--distances", type=int, nargs="+", default=[0, 2, 4, 6])
    of = commands.add_parser("vectors")
    of.add_argument("--samples", type=int, default=100_000)
    of.add_argument("--dimensions", type=int, default=512)
    of = commands.add_parser("recall")
    of.add_argument("folder", type=Path)
    for peer in PEERS:
        of.add_argument(f"--{peer}", metavar="PYTHON")
    given = parser.parse_args()
    if given.what == "hashes":
        of_hashes(given.samples, given.distances)
    elif given.what == "vectors":
        of_vectors(given.samples, given.dimensions)
    else:
        of_photographs(given.folder, {peer: getattr(given, peer) for peer in PEERS})


if __name__ == "__main__":
    main()
