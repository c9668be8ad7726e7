"""What selecting from a table without images takes: ``python tests/benchmarks/table.py [ROWS ...]``.

Needs ``tamis[parquet]``. One Parquet file has names, ten columns of metadata (numbers, categories and a date) and
vectors of 128. A config that uses all of them selects 1,000 rows with ``tamis select``, in a process of its own; once
with the vectors from that file, once with those of a ``.npy`` file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import numpy as np
import pyarrow as pa
from pyarrow import parquet

NUMBERS, CATEGORIES, PICKS = 6, 3, 1000


def strategies() -> list[dict[str, Any]]:
    """One for each column, and one for the vectors."""
    over = {"type": "THRESHOLD", "threshold": 0.01, "operation": "BIGGER"}
    keys = [f"number{number}" for number in range(NUMBERS)]
    return [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {"input": {"type": "METADATA", "key": keys[0]}, "strategy": {"type": "WEIGHTS"}},
        *({"input": {"type": "METADATA", "key": key}, "strategy": over} for key in [*keys[1:], "date"]),
        *(
            {
                "input": {"type": "METADATA", "key": f"category{number}"},
                "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
            }
            for number in range(CATEGORIES)
        ),
    ]


def make(folder: Path, rows: int) -> None:
    """The files."""
    rng = np.random.default_rng(7)
    vectors = rng.standard_normal((rows, 128), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [f"camera-{number % 8}/{number:09}.jpg" for number in range(rows)]
    columns: dict[str, Any] = {"filenames": names}
    columns |= {f"number{number}": rng.random(rows) for number in range(NUMBERS)}
    for number in range(CATEGORIES):
        columns[f"category{number}"] = pa.array(np.char.add("class ", rng.integers(0, 10 + number, rows).astype(str)))
    columns["date"] = pa.array(rng.integers(0, 10**9, rows), pa.timestamp("s"))
    columns["embedding"] = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), 128)
    parquet.write_table(pa.table(columns), folder / "table.parquet", row_group_size=100_000)
    np.save(folder / "vectors.npy", vectors)
    (folder / "vectors.txt").write_text("\n".join(names))
    (folder / "config.json").write_text(json.dumps({"n_samples": PICKS, "strategies": strategies()}))


def select(folder: Path, vectors: str) -> str:
    """Seconds, and the peak of memory, of one run."""
    command = [
        *(sys.executable, "-m", "tamis", "select", str(folder / "config.json"), "-o", str(folder / f"out-{vectors}")),
        *("--input", f"parquet:{folder / 'table.parquet'},column=filenames"),
        *("--embedder", f"files:file={folder / vectors}"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"it ended with {process.returncode}")
    picked = len((folder / f"out-{vectors}" / "selected.txt").read_text().splitlines())
    return f"{picked} picked, {used.ru_utime + used.ru_stime:.1f} CPU s, peak memory {used.ru_maxrss / 1024:.0f} MB"


@click.command()
@click.argument("rows", nargs=-1, type=int)
def main(rows: tuple[int, ...]) -> None:
    """Print a line for each number of ROWS, and each kind of file of vectors."""
    for count in rows or (1_000_000,):
        with tempfile.TemporaryDirectory() as name:
            subprocess.run([sys.executable, "-c", MAKING, name, str(count)], check=True)
            for vectors in ("table.parquet", "vectors.npy"):
                click.echo(f"{count:>10,} rows, vectors of {vectors:13}: {select(Path(name), vectors)}")


#: Apart, as a process that is large when it starts another leaves that with its own peak.
MAKING = f"""
import runpy, sys
from pathlib import Path
runpy.run_path({__file__!r})["make"](Path(sys.argv[1]), int(sys.argv[2]))
"""

if __name__ == "__main__":
    main()
