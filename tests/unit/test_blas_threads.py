"""How many threads make a matrix product while samples are selected, and what the host finds afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Event, Thread

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from tamis import Dataset, Progress, Registry, errors, select
from tamis.selection.blas_threads import one_blas_thread

CONFIG = {
    "n_samples": 20,
    "strategies": [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "TYPICALITY"}},
    ],
}


def threads() -> set[int]:
    """Of every BLAS library of this process."""
    return {library.num_threads for library in ThreadpoolController().select(user_api="blas").lib_controllers}


@pytest.fixture(autouse=True)
def three() -> Iterator[None]:
    """The host has set three, though the tests run with one."""
    with threadpool_limits(3, user_api="blas"):
        if threads() != {3}:
            pytest.skip("numpy's BLAS library is none whose threads can be set")
        yield


def run(progress: object) -> None:
    """A selection from a hundred points."""
    dataset = Dataset.from_embeddings([f"s{row}" for row in range(100)], np.random.default_rng(0).random((100, 8)))
    select(dataset, CONFIG, registry=Registry(allow=["tamis"], environ=False), progress=progress)  # type: ignore[arg-type]


def test_a_selection_makes_products_with_one_thread_and_leaves_the_setting_as_it_was() -> None:
    """While strategies prepare themselves, and while samples are picked."""
    seen: dict[str, set[int]] = {}
    run(lambda progress: seen.setdefault(progress.stage, threads()))

    assert seen["preparing"] == seen["selecting"] == {1}
    assert threads() == {3}


def test_it_is_left_as_it_was_after_an_error_too() -> None:
    """Of the host's own callback, in the middle."""

    def fail(progress: Progress) -> None:
        if progress.stage == "selecting" and progress.done == 10:
            raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        run(fail)
    assert threads() == {3}


def test_selections_that_overlap_hold_the_limit_until_the_last_ends() -> None:
    """Whichever began first, and from one thread or two."""
    entered, leave = Event(), Event()

    def other() -> None:
        with one_blas_thread():
            entered.set()
            leave.wait(10)

    thread = Thread(target=other)
    with one_blas_thread():
        thread.start()
        assert entered.wait(10)
        with one_blas_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == {1}
    leave.set()
    thread.join()
    assert threads() == {3}


def test_what_the_host_sets_in_the_meantime_stays() -> None:
    """It is what the host wants now."""
    with one_blas_thread():
        for library in ThreadpoolController().select(user_api="blas").lib_controllers:
            library.set_num_threads(2)
    assert threads() == {2}
    threadpool_limits(3, user_api="blas")


ALONE = """
import time
import numpy as np
from tamis import Dataset, Registry, select
points = np.random.default_rng(0).standard_normal((2000, 256)).astype("f4")
dataset = Dataset.from_embeddings([str(row) for row in range(2000)], points)
config = {"n_samples": 200, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
registry = Registry(allow=["tamis"], environ=False)
of_all, of_this = time.process_time(), time.thread_time()
select(dataset, config, registry=registry)
print((time.process_time() - of_all) / (time.thread_time() - of_this))
"""


def test_no_thread_spins_beside_it() -> None:
    """Without settings in the environment, all threads together take the CPU of the one that selects."""
    environ = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", ALONE], env=environ, capture_output=True, text=True, check=True)

    assert float(done.stdout) < 1.15
