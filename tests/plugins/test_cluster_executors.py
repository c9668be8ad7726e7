"""The executors dask and ray, on real clusters of several processes on this machine."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tamis import Dataset, Registry, compute, errors, select
from tamis.testing import check_executor
from tamis_plugins.executors import dask
from tests.conftest import photograph

pytest.importorskip("distributed", reason="distributed isn't installed")
pytest.importorskip("ray", reason="ray isn't installed")

KEYS = ["lightly.sharpness", "lightly.width"]
#: A distribution that all processes here see; the second only this one.
HERE_AND_THERE = """
import os
from tamis import Metric, hookimpl

def measure(header):
    if header.width == 31:
        os._exit(1)
    return 1.0

@hookimpl
def tamis_metrics():
    yield Metric("acme.deadly", measure)
"""
ONLY_HERE = HERE_AND_THERE.replace("acme.deadly", "acme.here")


def distribution(folder: Path, name: str, key: str, source: str) -> Path:
    """As pip would leave it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tamis.metrics]\n{key} = {name}\n")
    (folder / f"{name}.py").write_text(source)
    return folder


@contextmanager
def running(*command: object, env: dict[str, str], cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with children of its own, which all end."""
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        env=env,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def until(true: Callable[[], Any], seconds: float = 60) -> None:
    """Wait."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of modules that this process and the workers see."""
    folder = distribution(tmp_path_factory.mktemp("shared"), "acme_deadly", "acme.deadly", HERE_AND_THERE)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def scheduler(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Dask scheduler with two workers, which are started again when they die."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    env = {**os.environ, "PYTHONPATH": str(shared), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    at = ("--scheduler-file", file)
    begin = ("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", *at)
    work = ("-m", "distributed.cli.dask_worker", "--nthreads", "1", "--nworkers", "2", "--no-dashboard", *at)
    with running(*begin, env=env, cwd=folder):
        until(lambda: file.exists() and file.read_text().rstrip().endswith("}"))
        with running(*work, env=env, cwd=folder):
            yield json.loads(file.read_text())["address"]


@pytest.fixture(scope="module")
def ray_cluster(shared: Path) -> Iterator[dict[str, Any]]:
    """A Ray cluster on this machine that this process is connected to."""
    import ray

    ray.init(
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        runtime_env={"env_vars": {"PYTHONPATH": str(shared)}},
    )
    yield {"type": "ray"}
    ray.shutdown()


@pytest.fixture(params=["dask", "ray"])
def cluster(request: pytest.FixtureRequest) -> Any:
    """What ``executor`` is for each."""
    if request.param == "dask":
        return {"type": "dask", "scheduler": request.getfixturevalue("scheduler")}
    return request.getfixturevalue("ray_cluster")


def test_a_cluster_measures_and_selects_what_one_process_does(cluster: Any, photographs: Path) -> None:
    """The same values, the same failures, the same picks."""
    (photographs / "bad.jpg").write_text("no image")
    dataset = Dataset.from_directory(photographs)
    here, there = compute(dataset, KEYS), compute(dataset, KEYS, executor=cluster)
    config = {"n_samples": 3, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}

    assert all(here[key].equals(there[key]) for key in KEYS)
    assert here.failures == there.failures
    assert select(dataset, config).selected == select(dataset, config, executor=cluster).selected


def test_what_was_measured_on_a_cluster_is_stored(cluster: Any, photographs: Path, tmp_path: Path) -> None:
    """A run in this process opens nothing again."""
    dataset = Dataset.from_directory(photographs)
    there = compute(dataset, KEYS, executor=cluster, store=tmp_path / "store")
    for path in photographs.rglob("*.png"):
        path.chmod(0)
    steps: list[tuple[int, int]] = []
    here = compute(dataset, KEYS, store=tmp_path / "store", progress=lambda p: steps.append((p.done, p.total)))

    assert here[KEYS[0]].equals(there[KEYS[0]])
    assert steps[0] == (10, 10)


def test_an_image_that_kills_its_worker_is_named(cluster: Any, photographs: Path) -> None:
    """So is the metric that does; all else is measured."""
    photograph(99, (31, 20)).save(photographs / "a" / "deadly.png")
    table = compute(Dataset.from_directory(photographs), ["acme.deadly", "lightly.width"], executor=cluster)

    assert [(f.sample, f.stage, f.key) for f in table.failures] == [("a/deadly.png", "crash", "acme.deadly")]
    assert int(table["acme.deadly"].valid.sum()) == 10
    assert table["lightly.width"].valid.all()


def test_workers_without_the_plugin_refuse(cluster: Any, photographs: Path, tmp_path: Path) -> None:
    """The message names what they lack."""
    folder = distribution(tmp_path / "site", "acme_here", "acme.here", ONLY_HERE)
    sys.path.insert(0, str(folder))
    try:
        with pytest.raises(errors.TamisError, match=r"acme\.here"):
            compute(Dataset.from_directory(photographs), ["acme.here"], executor=cluster)
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize(
    ("executor", "message"),
    [
        ({"type": "dask", "scheduler": "tcp://127.0.0.1:9"}, "no Dask scheduler answers at 'tcp://127.0.0.1:9'"),
        (
            {"type": "dask", "scheduler": "nonsense"},
            "executor.scheduler: 'nonsense' has no HOST:PORT: it is such as tcp://host:8786",
        ),
        ({"type": "dask"}, "executor.scheduler: is missing"),
    ],
)
def test_a_cluster_that_cant_be_reached_is_one_clear_line(executor: Any, message: str, photographs: Path) -> None:
    """It says which, before any image is opened."""
    with pytest.raises(errors.TamisError) as found:
        compute(Dataset.from_directory(photographs), KEYS, executor=executor)
    assert str(found.value).startswith(message)
    assert "\n" not in str(found.value)


def test_a_ray_cluster_that_cant_be_reached_is_one_clear_line(photographs: Path) -> None:
    """It says which; and where the process is connected to a cluster already, that no other can be used."""
    command = [sys.executable, "-m", "tamis", "compute", *KEYS, "--input", str(photographs)]
    done = subprocess.run(
        [*command, "--executor", "ray:address=127.0.0.1:9"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert re.fullmatch(r"tamis: no Ray cluster answers at '127\.0\.0\.1:9': .*refused\n", done.stderr)


def test_a_process_that_is_connected_to_a_ray_cluster_uses_that(ray_cluster: Any, photographs: Path) -> None:
    """Another address can't be given."""
    with pytest.raises(errors.TamisError, match=r"executor\.address: is for a process that is connected to no Ray"):
        compute(Dataset.from_directory(photographs), KEYS, executor={"type": "ray", "address": "127.0.0.1:9"})


def test_workers_may_come_when_there_is_work() -> None:
    """Of a scheduler that has none yet, with jobs; without, nobody could say how many there will be."""
    from distributed import LocalCluster

    with (
        LocalCluster(
            n_workers=0, processes=False, protocol="tcp://", dashboard_address="127.0.0.1:0", host="127.0.0.1"
        ) as cluster,
        dask.make({"scheduler": cluster.scheduler_address, "jobs": 3}) as executor,
    ):
        future = executor.submit(int, "5")
        cluster.scale(1)

        assert isinstance(executor, dask.DaskExecutor)
        assert executor.jobs == 3
        assert future.result(timeout=60) == 5


def test_a_scheduler_that_is_gone_takes_no_work() -> None:
    """What was handed in is lost, and whatever comes next is refused: a run must end, and not wait for ever."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, processes=False, protocol="tcp://", dashboard_address="127.0.0.1:0", host="127.0.0.1"
    ) as cluster:
        executor = dask.make({"scheduler": cluster.scheduler_address})
        under_way = executor.submit(time.sleep, 1)
        until(lambda: cluster.scheduler.tasks)
    with pytest.raises(BrokenExecutor, match="has lost it"):
        under_way.result(timeout=60)
    with executor, pytest.raises(BrokenExecutor, match="doesn't answer any more"):
        executor.submit(int, "5")


def test_what_cant_be_had_from_a_dask_worker_is_an_error(scheduler: str) -> None:
    """As where it runs another version of tamis: the run must not wait for it for ever."""
    with dask.make({"scheduler": scheduler}) as executor:
        future = executor.submit(eval, "type('Odd', (), {'__reduce__': lambda self: (int, ('none',))})()")

        assert isinstance(future.exception(timeout=60), ValueError)


def test_the_kit_passes(cluster: Any) -> None:
    """All that is asked of an executor."""
    settings = {name: value for name, value in cluster.items() if name != "type"}
    declared = Registry.built_in().declaration("executor", cluster["type"])
    results = check_executor(declared, params=[settings])

    assert [result for result in results if result.status == "failed"] == []


def test_from_the_command_line(scheduler: str, photographs: Path, tmp_path: Path) -> None:
    """The address goes after the name."""
    command = [sys.executable, "-m", "tamis", "compute", *KEYS, "--input", photographs, "-o", tmp_path / "there.csv"]
    done = subprocess.run(
        [*map(str, command), "--executor", f"dask:scheduler={scheduler}"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "there.csv").read_text().splitlines()) == 11
