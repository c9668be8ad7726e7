"""What measuring from archives and tables costs, beside the same images in a folder.

``python tests/benchmarks/containers.py DIR``, with ``tamis[parquet]``. All ten keys of the photographs of DIR are
measured from the folder, from tar archives, from Parquet and from a folder of Hugging Face, in a process of its own
each time: a figure is the ratio of two sums of processor time over all rounds, opening the dataset included. And the
peak of memory, with as many and with eight times as many of the photographs in one archive or file.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import pyarrow as pa
from pyarrow import parquet

from tamis import Dataset, Registry, compute

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.plugins.saved_datasets import images_of, save

#: Images in an archive, and in a row group or a batch, as the tools of each form write them.
SHARD, GROUP = 1000, 100
PICTURE = {"image": {"_type": "Image"}}


def made(folder: Path, files: Sequence[Path], copies: int, shard: int) -> dict[str, Path]:
    """The files, each so often, in each form: where."""
    folder.mkdir()
    names = [f"{copy}-{number:06}{path.suffix}" for copy in range(copies) for number, path in enumerate(files)]
    contents = {name: files[number % len(files)] for number, name in enumerate(names)}
    (folder / "folder").mkdir()
    for name, path in contents.items():
        (folder / "folder" / name).symlink_to(path.absolute())
    links = [folder / "folder" / name for name in names]
    (folder / "tar").mkdir()
    for start in range(0, len(names), shard):
        with tarfile.open(folder / "tar" / f"{start:06}.tar", "w", dereference=True) as archive:
            for link in links[start : start + shard]:
                archive.add(link, link.name)
    schema = pa.schema({"image": pa.struct({"bytes": pa.binary(), "path": pa.string()})})
    with parquet.ParquetWriter(folder / "all.parquet", schema) as writer:
        for start in range(0, len(links), GROUP):
            writer.write_table(pa.table({"image": images_of(links[start : start + GROUP])}), GROUP)
    save(folder / "huggingface", {"image": images_of(links)}, PICTURE, files=-(-len(links) // shard), batch=GROUP)
    forms = {"folder": "folder", "tar": "tar", "parquet": "all.parquet", "huggingface": "huggingface"}
    return {form: folder / name for form, name in forms.items()}


def measured(form: str, location: str) -> tuple[float, float]:
    """Seconds of the processor, after a few images that load all that is needed; and the peak of memory in MB."""
    registry = Registry(allow=["tamis"], environ=False)
    keys = [key for key in registry.keys("metric") if key.startswith("lightly.")]
    warming = Dataset.open(location, form, registry=registry)
    compute(warming.subset(warming.samples[:2]), keys, registry=registry)
    used = resource.getrusage(resource.RUSAGE_SELF)
    table = compute(Dataset.open(location, form, registry=registry), keys, registry=registry)
    if table.failures:
        raise RuntimeError(str(table.failures[0]))
    now = resource.getrusage(resource.RUSAGE_SELF)
    status = Path("/proc/self/status").read_text(encoding="ascii")  # ru_maxrss would be that of the parent, if larger
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, peak


def apart(form: str, location: Path) -> tuple[float, float]:
    """The same, in a process of its own."""
    command = [sys.executable, __file__, str(location), "--only", form]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout.splitlines()[-1]))  # type: ignore[return-value]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--rounds", default=5, show_default=True)
@click.option("--copies", default=3, show_default=True, help="How often each photograph is there.")
@click.option("--times", default=8, show_default=True, help="How many times as many there are for the peak of memory.")
@click.option("--only", hidden=True, help="Measure this form, and print figures as JSON.")
def main(folder: Path, rounds: int, copies: int, times: int, only: str | None) -> None:
    """Print the table for the images of FOLDER."""
    if only:
        click.echo(json.dumps(measured(only, str(folder))))
        return
    files = [folder / name for name in Dataset.from_directory(folder).samples]
    with tempfile.TemporaryDirectory() as name:
        few = made(Path(name) / "few", files, copies, SHARD)
        taken = [{form: apart(form, place)[0] for form, place in few.items()} for _ in range(rounds)]
        click.echo(f"processor time / the folder's, {len(files) * copies} images, {rounds} rounds")
        for form in list(few)[1:]:
            ratio = sum(each[form] for each in taken) / sum(each["folder"] for each in taken)
            spread = sorted(each[form] / each["folder"] for each in taken)
            met = "met" if ratio <= 1.1 else "MISSED"
            click.echo(f"{form:12} {ratio:5.2f} ({spread[0]:.2f} to {spread[-1]:.2f})  <= 1.1 {met}")
        count = copies * len(files)
        many = made(Path(name) / "many", files, times * copies, times * count)
        one = made(Path(name) / "one", files, copies, count)
        click.echo(f"peak memory, {count} and {times * count} images in one archive or file")
        for form in many:
            small, large = apart(form, one[form])[1], apart(form, many[form])[1]
            per_image = 1024 * (large - small) / ((times - 1) * count)
            click.echo(f"{form:12} {small:6.0f} MB {large:6.0f} MB, {per_image:+.2f} kB an image more")


if __name__ == "__main__":
    main()
