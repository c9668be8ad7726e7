"""What ends its process, or takes too long, costs its own key: all else of the image is measured."""

from __future__ import annotations

import os
import sys
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFile

from tamis import Dataset, Store, Table, Workers, compute, embed
from tests.conftest import Install, metric_module

#: On the odd image only.
ODD = "if header.width == 7: "
CRASH = "import ctypes; ctypes.string_at(0)"
WHAT = "the process that worked on it ended (signal SIGSEGV)"


@pytest.fixture
def dataset(photographs: Path) -> Dataset:
    """Ten images, and an odd one among them."""
    Image.new("RGB", (7, 7), (9, 9, 9)).save(photographs / "a/odd.png")
    return Dataset.from_directory(photographs)


def metric(key: str, odd: str) -> str:
    """A plugin whose metric does something to the odd image."""
    return metric_module(key, body=f"{ODD}{odd}\n    return 1.0")


def told(table: Table) -> list[tuple[str, str, str | None]]:
    """What failed."""
    assert all("(acme 1.0 [acme_x])" in failure.reason for failure in table.failures if failure.key)
    return [(failure.sample, failure.stage, failure.key) for failure in table.failures]


def test_a_metric_that_ends_its_process_costs_its_own_key(dataset: Dataset, tmp_path: Path, install: Install) -> None:
    """Now, from the store, and for runs that don't ask for it, which have nothing to measure."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric("acme.x", CRASH))
    keys, store = ["lightly.sharpness", "acme.x", "lightly.width"], tmp_path / "store"
    expected = compute(dataset, ["lightly.sharpness"])["lightly.sharpness"]
    for _ in range(2):
        with Workers(2) as workers:
            table = compute(dataset, keys, executor=workers, store=store)
        assert told(table) == [("a/odd.png", "crash", "acme.x")]
        assert table.failures[0].reason == f"{WHAT} (acme 1.0 [acme_x])"
        assert table["lightly.sharpness"].equals(expected)
        assert table.row("a/odd.png")["lightly.width"] == 7
        assert table["acme.x"].valid.sum() == 10

    seen: list[int] = []
    assert not compute(dataset, keys[::2], store=store, progress=lambda at: seen.append(at.done)).failures
    assert seen[0] == len(dataset)


def test_a_step_that_is_too_slow_costs_its_own_key_for_now(dataset: Dataset, tmp_path: Path, install: Install) -> None:
    """The next run tries that again, and nothing else."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric("acme.x", "import time; time.sleep(60)"))
    store = tmp_path / "store"
    with Workers(1, timeout=1) as workers:
        table = compute(dataset, ["acme.x", "lightly.contrast"], executor=workers, store=store)
    assert told(table) == [("a/odd.png", "timeout", "acme.x")]
    assert table.failures[0].reason == "it took longer than the time limit (acme 1.0 [acme_x])"
    assert table["lightly.contrast"].valid.all()
    assert not Store(store).failures()
    found = {stored.output.name: stored.rows for stored in Store(store).info()}
    assert found == {"file": 11, "acme.x": 10, "lightly.contrast": 11}


VIEW = f"""
from tamis import View, hookimpl
def edges(header, image):
    {ODD}{CRASH}
    return 1.0
@hookimpl
def tamis_views():
    yield View("acme_edges", edges)
"""
ON_VIEW = """
from tamis import Metric, hookimpl
def first(acme_edges): return acme_edges
@hookimpl
def tamis_metrics():
    yield Metric("acme.y", first)
    yield Metric("acme.z", first)
"""


def test_a_view_that_ends_its_process_costs_what_needs_it(dataset: Dataset, tmp_path: Path, install: Install) -> None:
    """It is named once, and known again by each of them."""
    points = {"tamis.views": {"acme_edges": "acme_x"}, "tamis.metrics": {"acme.y": "acme_y", "acme.z": "acme_y"}}
    install("acme", points, acme_x=VIEW, acme_y=ON_VIEW)
    for keys in (["acme.y", "lightly.contrast"], ["acme.y", "acme.z"], ["acme.z", "lightly.contrast"]):
        table = compute(dataset, keys, jobs=2, store=tmp_path / "store")
        assert told(table) == [("a/odd.png", "crash", "acme_edges")]
        assert [table.row("a/odd.png")[key] is None for key in keys] == [key.startswith("acme") for key in keys]


DECODER = f"""
from PIL import Image, ImageFile
real = ImageFile.ImageFile.load
def load(self):
    if self.size == (7, 7) and self.tile: {CRASH}
    return real(self)
ImageFile.ImageFile.load = load
"""


def test_a_decoder_that_ends_its_process_costs_what_needs_pixels(
    dataset: Dataset, tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header has been read by then."""
    monkeypatch.setattr(ImageFile.ImageFile, "load", ImageFile.ImageFile.load)  # the plugin replaces it here too
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=DECODER + metric_module("acme.x"))
    for _ in range(2):
        with Workers(1) as workers:
            table = compute(dataset, ["lightly.contrast", "acme.x"], executor=workers, store=tmp_path / "store")
        assert [(f.sample, f.stage, f.key, f.reason) for f in table.failures] == [("a/odd.png", "crash", "image", WHAT)]
        assert table.row("a/odd.png") == {"sample": "a/odd.png", "lightly.contrast": None, "acme.x": 1.0}


EMBEDDER = """
import numpy as np
from tamis import Embedder, hookimpl
def embed(images):
    if any(image.shape[0] == 7 for image in images): import ctypes; ctypes.string_at(0)
    return np.ones((len(images), 2), np.float32)
@hookimpl
def tamis_embedders():
    yield Embedder("acme", embed, dim=2, version="1", preprocess=lambda image: image)
"""


def test_an_embedder_that_ends_its_process_costs_the_vector_of_one_image(
    dataset: Dataset, tmp_path: Path, install: Install
) -> None:
    """Though it gets the images of many at a time."""
    install("acme", {"tamis.embedders": {"acme": "acme_x"}}, acme_x=EMBEDDER)
    with Workers(1) as workers:
        vectors, failures = embed(dataset, "acme", executor=workers)
    assert [(f.sample, f.stage, f.reason) for f in failures] == [("a/odd.png", "crash", f"{WHAT} (acme 1.0 [acme_x])")]
    assert vectors.valid.sum() == 10


def test_an_image_whose_every_step_ends_its_process_is_given_up(dataset: Dataset, install: Install) -> None:
    """After the fifth."""
    keys = [f"acme.{number}" for number in range(6)]
    body = f"{ODD}{CRASH}\n    return 1.0"
    install("acme", {"tamis.metrics": dict.fromkeys(keys, "acme_x")}, acme_x=metric_module(*keys, body=body))
    table = compute(dataset, keys, jobs=2)
    ((sample, stage, key),) = told(table)
    assert (sample, stage, key) == ("a/odd.png", "crash", None)
    assert all(table[name].valid.sum() == 10 for name in keys)


class Elsewhere(Executor):
    """Has each piece of work done by a process of its own, as a cluster that says no more than that it was lost."""

    jobs = 2

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand it in."""
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(work, *args, **kwargs)


def test_where_a_worker_is_lost_without_a_word_the_step_is_found(dataset: Dataset, install: Install) -> None:
    """Whatever the executor: an image that is suspected is worked on apart."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric("acme.x", CRASH))
    table = compute(dataset, ["lightly.width", "acme.x"], executor=Elsewhere())
    assert told(table) == [("a/odd.png", "crash", "acme.x")]
    assert table["lightly.width"].valid.all()


@pytest.mark.parametrize(
    "error", ["KeyboardInterrupt", "GeneratorExit", "SystemExit", "type('Panic', (BaseException,), {})"]
)
def test_whatever_a_plugin_raises_in_a_worker_is_its_failure(dataset: Dataset, install: Install, error: str) -> None:
    """No Ctrl-C of a user gets there."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric("acme.x", f"raise {error}"))
    with Workers(1) as workers:
        table = compute(dataset, ["acme.x", "lightly.width"], executor=workers)
    assert told(table) == [("a/odd.png", "metric", "acme.x")]
    assert table["lightly.width"].valid.all()


@pytest.mark.parametrize(
    "error", ["KeyboardInterrupt", "GeneratorExit", "SystemExit", "type('Panic', (BaseException,), {})"]
)
@pytest.mark.parametrize("jobs", [1, 2])
def test_so_is_what_an_embedder_raises(dataset: Dataset, install: Install, error: str, jobs: int) -> None:
    """In this process too, but for what is the user's Ctrl-C there."""
    source = EMBEDDER.replace("import ctypes; ctypes.string_at(0)", f"raise {error}")
    install("acme", {"tamis.embedders": {"acme": "acme_x"}}, acme_x=source)
    if (error, jobs) == ("KeyboardInterrupt", 1):
        if "PYTEST_XDIST_WORKER" in os.environ:
            pytest.skip("it ends a worker of the tests as the user's would")
        with pytest.raises(KeyboardInterrupt):
            embed(dataset, "acme", jobs=jobs)
        return
    vectors, failures = embed(dataset, "acme", jobs=jobs)
    assert [(failure.sample, failure.stage) for failure in failures] == [("a/odd.png", "embed")]
    assert vectors.valid.sum() == 10


@pytest.mark.skipif(sys.platform != "linux", reason="limits are those of Linux")
def test_what_needs_too_much_memory_costs_its_own_key_for_now(
    dataset: Dataset, tmp_path: Path, install: Install
) -> None:
    """It is a circumstance, as memory that has run out."""
    body = metric("acme.x", "import numpy; numpy.ones(10**9)")
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=body)
    executor = {"type": "local", "jobs": 1, "memory": 2}
    table = compute(dataset, ["acme.x", "lightly.contrast"], executor=executor, store=tmp_path / "store")
    assert told(table) == [("a/odd.png", "metric", "acme.x")]
    assert "MemoryError" in table.failures[0].reason
    assert table["lightly.contrast"].valid.all()
    assert not Store(tmp_path / "store").failures()


ODDITIES = {
    "leaves a process that holds the pipes": "os.fork() or time.sleep(99)\n    os.kill(os.getpid(), signal.SIGKILL)",
    "says what is no answer": "[os.write(fd, b'nonsense') for fd in pipes()]\n    time.sleep(99)",
    "closes the pipes": "[os.close(fd) for fd in pipes()]",
    "exits as if all were well": "os._exit(0)",
    "stops": "os.kill(os.getpid(), signal.SIGSTOP)",
}
ON_ODD = """
import os, signal, stat, time
from tamis import Metric, hookimpl
def pipes():
    found = [fd for fd in range(3, 32) if os.path.exists(f"/proc/self/fd/{fd}")]
    return [fd for fd in found if stat.S_ISFIFO(os.fstat(fd).st_mode)]
def measure(header):
    if header.width != 7: return 1.0
    %s
@hookimpl
def tamis_metrics():
    yield Metric("acme.x", measure)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks for pipes as Linux has them")
@pytest.mark.parametrize("what", ODDITIES)
def test_however_a_worker_is_lost_the_run_goes_on(
    what: str, dataset: Dataset, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing holds it up, and the metric is named."""
    monkeypatch.setattr("tamis.measuring.worker_process.GRACE", 0.5)
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=ON_ODD % ODDITIES[what])
    with Workers(1, timeout=2) as workers:
        table = compute(dataset, ["acme.x", "lightly.width"], executor=workers)
    assert told(table)[0][::2] == ("a/odd.png", "acme.x")
    assert table["lightly.width"].valid.all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_fork_of_a_worker_is_no_worker(dataset: Dataset, install: Install) -> None:
    """Though it goes on where the plugin has forked, it takes no work and gives no answers."""
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_x"}},
        acme_x=metric_module("acme.x", body="import os; os.fork(); return 1.0"),
    )
    with Workers(2) as workers:
        for _ in range(2):
            table = compute(dataset, ["acme.x", "lightly.width"], executor=workers)
            assert not table.failures
            assert table["acme.x"].valid.all()
