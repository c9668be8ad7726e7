"""The benchmark of embedders keeps working."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path


def test_embedding(photographs: Path) -> None:
    """Two classes of five: a line for guessing, for thumbnails and for the descriptor, with what it takes."""
    script = Path(__file__).with_name("embedding.py")
    done = subprocess.run([sys.executable, str(script), str(photographs)], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()

    assert lines[0].startswith("10 images of 2 classes")
    assert [line[5:].strip() for line in lines[1:-1]] == [
        "guessing by frequency",
        "the commonest class",
        "pixels of 32 x 32 thumbnails",
    ]
    assert re.fullmatch(r"[01]\.\d{3}  descriptor, \d+\.\d times a decode", lines[-1])
    assert lines[1].startswith("0.500")
