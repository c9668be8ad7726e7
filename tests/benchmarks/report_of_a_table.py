"""What a report adds to a run on a table: python tests/benchmarks/report_of_a_table.py [--samples N] [--picks K].

Selects K of N samples without images, by a number and a category, and writes the result as ``tamis select -o`` does;
then again with a report. Prints CPU seconds of both, which were measured in one run, their ratio, and the largest
memory.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import tamis

#: How much longer a run may take with a report.
RATIO = 1.3


def dataset(samples: int) -> tamis.Dataset:
    """Names with a number and a category each."""
    rng = np.random.default_rng(0)
    names = [f"camera-{number % 7}/{number:08}.jpg" for number in range(samples)]
    metadata = {"speed": rng.gamma(2, 20, samples), "weather": rng.choice(["sun", "rain", "snow"], samples).tolist()}
    return tamis.Dataset(names).with_metadata(metadata)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(".")[0])
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--picks", type=int, default=1_000)
    arguments = parser.parse_args()
    entries = [
        {
            "input": {"type": "METADATA", "key": "speed"},
            "strategy": {"type": "THRESHOLD", "threshold": 5, "operation": "BIGGER"},
        },
        {"input": {"type": "METADATA", "key": "speed"}, "strategy": {"type": "WEIGHTS"}},
        {
            "input": {"type": "METADATA", "key": "weather"},
            "strategy": {"type": "BALANCE", "target": {"snow": 0.5, "rain": 0.25}},
        },
    ]
    start = time.process_time()
    found = dataset(arguments.samples)
    selection = tamis.select(found, {"n_samples": arguments.picks, "strategies": entries})
    with tempfile.TemporaryDirectory() as folder:
        selection.write(Path(folder, "out"))
        without = time.process_time() - start
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        selection.export("report", Path(folder, "out", "report.html"))
        added = time.process_time() - start
        size = Path(folder, "out", "report.html").stat().st_size
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    lines = [
        f"a run on {arguments.samples:,} samples: {without:.1f} CPU s; its report: {added:.1f} CPU s more",
        f"with the report: {(without + added) / without:.2f} times as long (at most {RATIO})",
        f"report.html: {size:,} bytes; memory {before / 1024:,.0f} MiB, then {after / 1024:,.0f} MiB",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
