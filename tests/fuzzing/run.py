"""Any number of generated inputs: ``python tests/fuzzing/run.py --cases N --seed S``; prints which show a defect."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fuzzing.kinds import KINDS, run

#: Seconds that a case may take.
SLOW = 60


def main() -> None:
    """Run the cases, and exit with 1 if one of them shows a defect."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000, help="of each kind")
    parser.add_argument("--seed", type=int, default=0, help="of the first")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this one; repeatable")
    given = parser.parse_args()
    warnings.simplefilter("error")
    defects = 0
    for kind in given.kind or KINDS:
        refused = 0
        for seed in range(given.seed, given.seed + given.cases):
            start = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    refused += bool(run(kind, seed, Path(folder)))
                except Exception as error:  # noqa: BLE001 (what is looked for)
                    defects += 1
                    print(f"{kind} {seed}: {type(error).__name__}: {error}"[:500])
            if (took := time.monotonic() - start) > SLOW:
                defects += 1
                print(f"{kind} {seed}: took {took:.0f} s")
        print(f"{kind}: {given.cases} cases, {refused} refused")
    sys.exit(bool(defects))


if __name__ == "__main__":
    main()
