"""The benchmarks keep working; what they measure is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_measuring(photographs: Path) -> None:
    """One round over ten small images prints a ratio for each case."""
    script = Path(__file__).with_name("measuring.py")
    done = subprocess.run(
        [sys.executable, str(script), str(photographs), "--rounds", "1"], capture_output=True, text=True, check=True
    )

    assert "all ten keys" in done.stdout
    assert done.stdout.count("x decode") == 12
