"""Worker processes: what dies in one costs an image, and where work is done changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Metric, Registry, Workers, compute, errors
from tamis.measuring.pacing import FIRST, Batches
from tamis.measuring.stored_results import Group
from tests.conftest import Install, metric_module

#: Of the metrics that every image has; not every one has EXIF.
KEYS = tuple(key for key in Registry(allow=["tamis"], environ=False).keys("metric") if key.startswith("lightly."))


def processes() -> Executor:
    """A host's own pool."""
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.mark.parametrize("executor", [lambda: Workers(1), lambda: Workers(3), processes, lambda: ThreadPoolExecutor(2)])
def test_results_are_the_same_wherever_they_come_from(photographs: Path, executor: Callable[[], Executor]) -> None:
    """Bit for bit, with the failures and in the order of the dataset; no thread is left of those that looked on."""
    threads = set(threading.enumerate())
    (photographs / "a/3.png").write_bytes(b"no image")
    torn = (photographs / "b/6.png").read_bytes()
    (photographs / "b/6.png").write_bytes(torn[: len(torn) // 2])
    dataset = Dataset.from_directory(photographs)
    expected = compute(dataset, KEYS)
    with executor() as pool:
        tables = [compute(dataset, KEYS, executor=pool), compute(dataset, KEYS[:3], executor=pool)]
    assert set(threading.enumerate()) <= threads

    for table in tables:
        assert table.failures == expected.failures
        for key, column in table.columns.items():
            assert column.values.tobytes() == expected[key].values.tobytes()
            assert np.array_equal(column.valid, expected[key].valid)


def test_a_frozen_program_does_not_start_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be the program that is started again; unless the host names a Python."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(errors.RunError, match="measure with one job"):
        Workers(2)
    monkeypatch.setattr(sys, "executable", "/opt/program")
    Workers(2).shutdown()


def test_a_process_that_dies_costs_the_image_that_killed_it(
    photographs: Path, tmp_path: Path, install: Install
) -> None:
    """Killed from outside once, it is tried again; an image that kills it every time is named, and not tried again."""
    body = f"""
    import os, signal
    if header.width == 7:
        with open({str(tmp_path / "deaths")!r}, "a") as file: file.write("x")
        os.kill(os.getpid(), signal.SIGSEGV)
    if not os.path.exists({str(tmp_path / "once")!r}):
        open({str(tmp_path / "once")!r}, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return 1.0
"""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body.strip()))
    from PIL import Image

    Image.new("RGB", (7, 7)).save(photographs / "b/poison.png")
    dataset = Dataset.from_directory(photographs)
    for _ in range(2):
        with Workers(2) as workers:
            table = compute(dataset, ["acme.x"], executor=workers, store=tmp_path / "store")
        assert [(f.sample, f.stage, f.key) for f in table.failures] == [("b/poison.png", "crash", "acme.x")]
        assert table.failures[0].reason == "the process that worked on it ended (signal SIGSEGV) (acme 1.0 [acme_x])"
        assert table["acme.x"].valid.sum() == 10
        assert (tmp_path / "deaths").read_text() == "xx"


def test_an_image_that_takes_too_long_is_given_up(photographs: Path, install: Install) -> None:
    """Even where Python can't interrupt it; the others have their values."""
    body = "import time; time.sleep(60 if header.width == 7 else 0); return 1.0"
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body))
    from PIL import Image

    Image.new("RGB", (7, 7)).save(photographs / "a/slow.png")
    start = time.monotonic()
    with Workers(1, timeout=0.5) as workers:
        table = compute(Dataset.from_directory(photographs), ["acme.x"], executor=workers)

    assert [(f.sample, f.stage) for f in table.failures] == [("a/slow.png", "timeout")]
    assert table["acme.x"].valid.sum() == 10
    assert time.monotonic() - start < 20


def test_what_a_plugin_prints_in_a_process_is_no_answer(
    photographs: Path, install: Install, capfd: pytest.CaptureFixture[str]
) -> None:
    """It goes to stderr."""
    body = "print('hello'); return 1.0"
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body))
    with Workers(1) as workers:
        assert compute(Dataset.from_directory(photographs), ["acme.x"], executor=workers)["acme.x"].valid.all()

    out, err = capfd.readouterr()
    assert (out, err) == ("", "hello\n" * 10)


def test_the_hosts_settings_reach_the_processes(photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Pillow refuses as too large is settled by the host."""
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with (
        Workers(1) as workers,
        pytest.raises(errors.RunError, match="TooManyPixelsError: it has 48 x 36 = 1,728 pixels, more than the 200"),
    ):
        compute(Dataset.from_directory(photographs), ["lightly.snr"], executor=workers)


def test_cancelling_stops_within_a_batch(photographs: Path, install: Install, tmp_path: Path) -> None:
    """However long the batch has to go, and keeps what was done."""
    body = "import time; time.sleep(0.3); return 1.0"
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body))
    stop = threading.Event()

    def progress(at: Any) -> None:
        if at.done:
            stop.set()

    dataset = Dataset.from_directory(photographs)
    start = time.monotonic()
    with pytest.raises(errors.Cancelled):
        compute(dataset, ["acme.x"], jobs=2, progress=progress, cancel=stop, store=tmp_path / "store")
    assert time.monotonic() - start < 5

    seen: list[int] = []
    compute(dataset, ["acme.x"], progress=lambda at: seen.append(at.done), store=tmp_path / "store")
    assert seen[0] > 0


def test_another_version_in_a_process_is_not_accepted(photographs: Path, install: Install, tmp_path: Path) -> None:
    """What a run was started with is what it is done with."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x"))
    registry = Registry(environ=False)
    registry.metric("acme.x")
    site = tmp_path / "site-packages"
    (site / "acme-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.1\n")

    with (
        Workers(1) as workers,
        pytest.raises(errors.RunError, match=r"a worker \(.+\) has acme 1\.1 .* started with acme 1\.0"),
    ):
        compute(Dataset.from_directory(photographs), ["acme.x"], registry=registry, executor=workers)


def test_what_can_not_travel_is_measured_on_threads(photographs: Path) -> None:
    """Plugins of the host and images in memory; a pool of processes that isn't ours refuses them."""
    names: set[str] = set()

    def note(header: Any) -> float:
        names.add(threading.current_thread().name.partition("_")[0])
        return 1.0

    registry = Registry(environ=False)
    registry.register(Metric("host.x", note))
    dataset = Dataset.from_directory(photographs)
    assert compute(dataset, ["host.x"], registry=registry, jobs=2)["host.x"].valid.all()
    with Workers(2) as workers:
        assert compute(dataset, ["host.x"], registry=registry, executor=workers)["host.x"].valid.all()
    assert names == {"tamis"}
    with processes() as pool, pytest.raises(errors.RunError, match="registered in process"):
        compute(dataset, ["host.x"], registry=registry, executor=pool)


def test_a_script_without_a_guard_may_use_processes(photographs: Path, tmp_path: Path) -> None:
    """The host's main module is not imported again; and no worker outlives it."""
    script = tmp_path / "host.py"
    script.write_text(
        "print('once')\nimport tamis\n"
        f"table = tamis.compute(tamis.Dataset.from_directory({str(photographs)!r}), ['lightly.width'], jobs=2)\n"
        "print(len(table))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)

    assert (done.stdout, done.stderr) == ("once\n10\n", "")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="reads /proc")  # noqa: PTH112
def test_processes_end_with_the_one_that_started_them(photographs: Path, tmp_path: Path, install: Install) -> None:
    """Even if that is killed."""
    pids = tmp_path / "pids"
    body = f"""
    import os, time
    with open({str(pids)!r}, "a") as file: file.write(f"{{os.getpid()}} ")
    time.sleep(0.3); return 1.0
"""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body.strip()))
    code = f"import tamis; tamis.compute(tamis.Dataset.from_directory({str(photographs)!r}), ['acme.x'], jobs=2)"
    path = os.pathsep.join([str(tmp_path / "site-packages"), os.environ.get("PYTHONPATH", "")])
    host = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 20
    while not (pids.exists() and pids.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    host.kill()
    host.wait()
    workers = {int(pid) for pid in pids.read_text().split()}
    assert workers
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]


def test_batches_shrink_towards_the_end() -> None:
    """Of the work that is left none takes more than its share of those under way, so that all end at about once."""
    batches, sizes, left = Batches([Group((), np.arange(1000))], window=4), [], 1000
    while batch := batches.next():
        batches.took(batch, 0.001 * len(batch.rows))
        sizes.append(len(batch.rows))
        assert len(batch.rows) <= max(FIRST, -(-left // 4))
        left -= len(batch.rows)

    assert sum(sizes) == 1000
    assert sizes[1] > 200
    assert sizes[-1] == 1
