"""Whatever the input, tamis takes it or says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzzing.kinds import KINDS, run

#: Cases of each kind; `run.py` makes any number.
CASES = 25


@pytest.mark.parametrize("kind", KINDS)
def test_generated_inputs_are_taken_or_refused(kind: str, tmp_path: Path) -> None:
    """With no exception but a `TamisError`, no warning, and nothing left out in silence."""
    for seed in range(CASES):
        folder = tmp_path / f"{seed}"
        folder.mkdir()
        try:
            run(kind, seed, folder)
        except Exception as error:
            raise AssertionError(f"python tests/fuzzing/run.py --kind {kind} --cases 1 --seed {seed}") from error
