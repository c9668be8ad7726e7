"""What workers import is what the host imports; forks and what is printed at the start don't confuse them."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tamis import Dataset, Metric, Registry, Workers, compute

KEYS = ["lightly.width"]
fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


def run(code: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Some Python in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload,no-any-return]


MEASURE = (
    "import sys, tamis\n"
    "dataset = tamis.Dataset.from_directory(sys.argv[1])\n"
    "table = tamis.compute(dataset, ['lightly.width'], executor='local:jobs=1')\n"
    "print(table['lightly.width'].valid.all())\n"
)


def test_nothing_in_the_working_directory_runs_in_a_worker(photographs: Path, tmp_path: Path) -> None:
    """Not even a module that has the name of one of Python's."""
    for name in ("pickle", "tempfile", "numpy", "tamis"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    script = tmp_path / "scripts" / "measure.py"
    script.parent.mkdir()
    script.write_text(MEASURE)
    done = subprocess.run(
        [sys.executable, str(script), str(photographs)], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stdout == "True\n", done.stderr
    assert not (tmp_path / "ran").exists()


def test_what_is_printed_as_python_starts_is_no_answer(photographs: Path, tmp_path: Path) -> None:
    """By a path file in the environment that workers are started from, here that of a stand-in for it."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho "Welcome to ACME!"\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    code = f"import multiprocessing; multiprocessing.set_executable({str(python)!r})\n{MEASURE}"
    done = run(code, photographs)

    assert done.stdout == "True\n", done.stderr


@fork
def test_workers_work_in_a_forked_process(photographs: Path) -> None:
    """As with a server that loads the application before it forks: it starts processes of its own."""
    code = (
        "import os, sys, tamis\n"
        "dataset, workers = tamis.Dataset.from_directory(sys.argv[1]), tamis.Workers(2)\n"
        "tamis.compute(dataset, ['lightly.width'], executor=workers)\n"
        "if not (child := os.fork()):\n"
        "    valid = tamis.compute(dataset, ['lightly.width'], executor=workers)['lightly.width'].valid.all()\n"
        "    workers.shutdown()\n"
        "    os._exit(0 if valid else 1)\n"
        "status = os.waitpid(child, 0)[1]\n"
        "again = tamis.compute(dataset, ['lightly.width'], executor=workers)['lightly.width'].valid.all()\n"
        "workers.shutdown()\n"
        "print(status, again)\n"
    )
    done = run(code, photographs)

    assert done.stdout == "0 True\n", done.stderr


@fork
@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc")
def test_workers_end_with_the_host_though_it_has_forked(photographs: Path) -> None:
    """The child holds none of their pipes."""
    code = (
        "import os, sys, time, tamis\n"
        "workers = tamis.Workers(2)\n"
        "tamis.compute(tamis.Dataset.from_directory(sys.argv[1]), ['lightly.width'], executor=workers)\n"
        "if not (child := os.fork()):\n    time.sleep(40); os._exit(0)\n"
        "print(child, *(process._popen.pid for process in workers._processes), flush=True)\n"
        "time.sleep(40)\n"
    )
    command = [sys.executable, "-c", code, str(photographs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout
        child, *workers = map(int, host.stdout.readline().split())
        host.kill()
        for _ in range(100):
            if not any(Path(f"/proc/{pid}").exists() for pid in workers):
                break
            time.sleep(0.1)
        os.kill(child, 9)

    assert workers
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_a_registry_may_be_listed_while_plugins_are_registered() -> None:
    """From several threads, as its docstring says."""
    registry = Registry(environ=False)
    problems: list[BaseException] = []
    stop = threading.Event()

    def listing() -> None:
        try:
            while not stop.is_set():
                registry.plugins()
                registry.keys("metric")
        except BaseException as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=listing) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(200):
        registry.register(Metric(f"acme.x{number}", lambda header: 1.0))
    stop.set()
    for thread in threads:
        thread.join()

    assert problems == []
    assert "acme.x199" in registry.keys("metric")


def test_workers_of_a_host_do_several_runs(photographs: Path) -> None:
    """As before."""
    dataset = Dataset.from_directory(photographs)
    with Workers(1) as workers:
        for _ in range(2):
            assert compute(dataset, KEYS, executor=workers)["lightly.width"].valid.all()
