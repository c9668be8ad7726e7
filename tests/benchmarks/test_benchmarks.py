"""The benchmarks keep working; what they measure is not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def test_measuring(photographs: Path) -> None:
    """One round over ten small images prints a ratio for each case, and whether it is as it should be."""
    script = Path(__file__).with_name("measuring.py")
    command = [sys.executable, str(script), str(photographs), "--rounds", "1", "--copies", "1", "--large", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.count("all ten keys / decode") == 3
    assert done.stdout.count("met") + done.stdout.count("MISSED") + 2 * done.stdout.count("not installed") >= 6


@pytest.mark.parametrize("option", [[], ["--filled"]])
def test_scaling(option: list[str]) -> None:
    """A few rows, measured or stored directly: the second run finds them."""
    script = Path(__file__).with_name("scaling.py")
    done = subprocess.run([sys.executable, str(script), "100", *option], capture_output=True, text=True, check=True)

    assert done.stdout.count("peak memory") == 2


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds workers in /proc")
def test_killing(photographs: Path) -> None:
    """A driver and a worker are killed, and the table is the same."""
    script = Path(__file__).with_name("killing.py")
    command = [sys.executable, str(script), str(photographs), "--times", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("1 drivers and 1 workers killed;")
    assert "0 of them different; 0 times rows were lost" in done.stdout


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds the peak of memory in /proc")
def test_containers(photographs: Path) -> None:
    """Ten small images, once and twice: a ratio for each form but the folder, and two peaks for each."""
    script = Path(__file__).with_name("containers.py")
    command = [sys.executable, str(script), str(photographs), "--rounds", "1", "--copies", "1", "--times", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.count("<= 1.1") == 3
    assert done.stdout.count("kB an image more") == 4


def test_table() -> None:
    """A thousand rows: a peak for each kind of file of vectors, from runs that pick something."""
    script = Path(__file__).with_name("table.py")
    done = subprocess.run([sys.executable, str(script), "1500"], capture_output=True, text=True, check=True)

    assert done.stdout.count("1000 picked") == done.stdout.count("peak memory") == 2


def test_listing() -> None:
    """A few files: a ratio for what the source does, and one for the whole dataset."""
    script = Path(__file__).with_name("listing.py")
    command = [sys.executable, str(script), "2000", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.count("os.walk") == 2


def test_selecting() -> None:
    """One round over a few samples prints a row for each case, and the picks are those of the exact greedy choice."""
    script = Path(__file__).with_name("selecting.py")
    command = [sys.executable, str(script), "--samples", "1000", "--dimensions", "8", "--rounds", "1", "--check"]
    command += ["--busy", "--long"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.count("picks equal the exact greedy choice") == 2
    assert len(done.stdout.splitlines()) == 8


def test_duplicates(photographs: Path) -> None:
    """A few hashes, vectors and photographs: a line for each distance, for the vectors, and for each alteration."""
    script = str(Path(__file__).with_name("duplicates.py"))
    lines = {}
    for given in (["hashes", "--samples", "1000"], ["vectors", "--samples", "1000"], ["recall", str(photographs)]):
        done = subprocess.run([sys.executable, script, *given], capture_output=True, text=True, check=True)
        lines[given[0]] = done.stdout.splitlines()

    assert len(lines["hashes"]) == 4
    assert "100 repeat another" in lines["vectors"][0]
    assert len(lines["recall"]) == 8
    assert lines["recall"][1].startswith("JPEG 90 | 1.000")


def test_inspecting(photographs: Path) -> None:
    """One round prints a ratio for both kinds of photographs, and whether it is as it should be."""
    pytest.importorskip("cleanvision")
    script = Path(__file__).with_name("inspecting.py")
    command = [sys.executable, str(script), str(photographs), "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout.count("times less") == 2
    assert done.stdout.count("met (") + done.stdout.count("MISSED (") == 2
