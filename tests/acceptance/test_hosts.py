"""The example hosts, and what embedding tamis promises, under load."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tamis
from tests.conftest import Install, metric_module, photograph

HOSTS = Path(__file__).parents[2] / "docs" / "examples" / "hosts"
WEIGHTS = {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}}
CONFIG = {"n_samples": 3, "strategies": [WEIGHTS]}


def host(name: str) -> ModuleType:
    """One of the examples, as a module."""
    spec = importlib.util.spec_from_file_location(name, HOSTS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def waiting_for(what: Any, seconds: float = 30) -> Any:
    """The first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(0.01)
    pytest.fail("it took too long")


# The service


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What the slow metric of the service waits for."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def client(photographs: Path, gate: threading.Event) -> Iterator[Any]:
    """The service with ten photographs, and a metric that waits."""
    from fastapi.testclient import TestClient

    def patient(header: Any) -> float:
        gate.wait(30)
        return 1.0

    registry = tamis.Registry(environ=False, allow=["tamis"])
    registry.register(tamis.Metric("host.patient", patient))
    with TestClient(host("service").create_app(tamis.Dataset.from_directory(photographs), registry)) as client:
        yield client


def test_the_service_runs_a_config_and_explains(client: Any, photographs: Path) -> None:
    """In the background; with the very picks of a run in the foreground."""
    run = client.post("/runs", json=CONFIG)
    assert run.status_code == 202
    url = f"/runs/{run.json()['id']}"
    done = waiting_for(lambda: (found := client.get(url).json())["state"] == "done" and found)
    expected = tamis.select(tamis.Dataset.from_directory(photographs), CONFIG)

    assert done["selected"] == list(expected.selected)
    assert done["progress"]["stage"] == "selecting"
    explained = client.get(f"{url}/explanations/{done['selected'][0]}").json()["explanation"]
    assert explained.startswith(f"{done['selected'][0]} was picked as number 1 of 3")
    assert client.get(f"{url}/explanations/nowhere.png").status_code == 404


def test_the_service_validates_before_it_runs(client: Any) -> None:
    """Every problem with its place; nothing is started."""
    wrong = {"n_samples": 1, "strategies": [{"input": {"type": "METADATA", "key": "lightly.sharp"}, "strategy": {}}]}

    problems = client.post("/validate", json=wrong).json()["problems"]
    assert [problem["path"] for problem in problems] == [
        "strategies[0].input.key",
        "strategies[0].strategy.type",
    ]
    assert client.post("/runs", json=wrong).status_code == 422
    assert client.post("/validate", json=CONFIG).json() == {"problems": []}


def test_the_service_cancels_a_run_in_the_middle(client: Any, gate: threading.Event) -> None:
    """It says so, and another run goes on."""
    entry = {"input": {"type": "METADATA", "key": "host.patient"}, "strategy": {"type": "WEIGHTS"}}
    run = client.post("/runs", json={"n_samples": 3, "strategies": [entry]}).json()["id"]
    other = client.post("/runs", json=CONFIG).json()["id"]
    waiting_for(lambda: client.get(f"/runs/{run}").json()["state"] == "running")
    assert client.get(f"/runs/{run}/explanations/a/0.png").status_code == 409
    client.delete(f"/runs/{run}")
    gate.set()

    assert waiting_for(lambda: (s := client.get(f"/runs/{run}").json()["state"]) != "running" and s) == "cancelled"
    assert waiting_for(lambda: (s := client.get(f"/runs/{other}").json()["state"]) == "done" and s) == "done"


def test_the_service_under_load(client: Any) -> None:
    """Eight threads start and read runs at once; all give the same picks."""

    def one(_: int) -> list[str]:
        run = client.post("/runs", json=CONFIG).json()["id"]
        found = waiting_for(lambda: (found := client.get(f"/runs/{run}").json())["state"] == "done" and found)
        return found["selected"]  # type: ignore[no-any-return]

    with ThreadPoolExecutor(8) as pool:
        picks = list(pool.map(one, range(16)))

    assert len(picks) == 16
    assert all(pick == picks[0] for pick in picks)


# The others


def test_the_notebook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """From the first cell to the last, with pandas."""
    found = vars(host("notebook"))

    assert list(found["frame"].columns) == ["lightly.luminance", "lightly.contrast", "my.blownOut"]
    assert len(found["picked"]) == 4
    assert (found["frame"].loc[list(found["result"].selected), "my.blownOut"] < 0.002).all()
    assert "THRESHOLD" in capsys.readouterr().out


def test_the_sealed_host_has_what_it_was_built_with(install: Install) -> None:
    """What is installed doesn't exist for it, and isn't imported."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x="raise RuntimeError('imported')")
    sealed = host("sealed")
    images = [np.zeros((4, width, 3), dtype=np.uint8) for width in (5, 9, 7)]

    assert sealed.largest(["a", "b", "c"], images, 2) == ("b", "c")
    registry = sealed.sealed_registry()
    assert [status.plugin.key for status in registry.plugins()] == [
        "METADATA",
        "THRESHOLD",
        "WEIGHTS",
        "host.megapixels",
    ]
    with pytest.raises(tamis.errors.UnknownKeyError):
        registry.metric("lightly.sharpness")


def test_the_allowing_host_imports_the_allowed_only(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names of distributions; the environment has no say."""
    monkeypatch.setenv("TAMIS_BLOCK_PLUGINS", "*")
    install("acme-catalog", {"tamis.metrics": {"acme.x": "acme_allowed"}}, acme_allowed=metric_module("acme.x"))
    install("rogue", {"tamis.metrics": {"rogue.x": "rogue_x"}}, rogue_x="raise RuntimeError('imported')")
    allowing = host("allowing")
    registry = allowing.allowing_registry()

    assert registry.metric("acme.x").key == "acme.x"
    assert registry.metric("lightly.width").key == "lightly.width"
    with pytest.raises(tamis.errors.BlockedPluginError, match="rogue"):
        registry.metric("rogue.x")
    assert len(allowing.report(registry)) == 1
    assert "rogue_x" not in sys.modules


# What embedding promises


def test_two_registries_in_eight_threads_do_not_see_each_other(photographs: Path) -> None:
    """Each has its own metric under the same key; a third of the runs are cancelled in the middle."""
    dataset = tamis.Dataset.from_directory(photographs)
    registries = [tamis.Registry(environ=False, allow=["tamis"]) for _ in range(2)]
    registries[0].register(tamis.Metric("host.x", lambda gray: gray.mean()))
    registries[1].register(tamis.Metric("host.x", lambda gray: -gray.mean()))
    entry = {"input": {"type": "METADATA", "key": "host.x"}, "strategy": {"type": "WEIGHTS"}}
    config = {"n_samples": 10, "strategies": [entry]}
    expected = [tamis.select(dataset, config, registry=registry).selected for registry in registries]

    def run(number: int) -> tuple[str, ...] | None:
        stop = threading.Event()

        def progress(p: tamis.Progress) -> None:
            if number % 3 == 2 and p.done:
                stop.set()

        try:
            return tamis.select(
                dataset, config, registry=registries[number % 2], progress=progress, cancel=stop, jobs=1 + number % 2
            ).selected
        except tamis.errors.Cancelled:
            return None

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(run, range(48)))

    assert expected[0] == expected[1][::-1]
    for number, selected in enumerate(found):
        assert selected == (None if number % 3 == 2 else expected[number % 2])


def test_eight_threads_load_the_same_plugins_once(install: Install) -> None:
    """A registry that is asked from many threads at once imports and registers each plugin one time."""
    counting = (
        metric_module("acme.x") + "import builtins\nbuiltins.acme_loads = getattr(builtins, 'acme_loads', 0) + 1\n"
    )
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=counting)
    registry = tamis.Registry(environ=False)
    keys = registry.keys("metric")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(registry.metric, keys * 8))

    assert all(metric is registry.metric(metric.key) for metric in found)
    import builtins

    assert vars(builtins).pop("acme_loads") == 1


def test_a_run_prints_nothing_sets_no_handler_and_writes_nowhere(tmp_path: Path) -> None:
    """In an interpreter of its own, whose working directory, home and temporary folder stay empty."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        photograph(number).save(photos / f"{number}.png")
    for name in ("cwd", "home", "temporary"):
        (tmp_path / name).mkdir()
    code = (
        "import signal, socket, threading\n"
        "def refuse(*args, **kwargs): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "before = [signal.getsignal(number) for number in signal.valid_signals()]\n"
        "import tamis\n"
        f"dataset = tamis.Dataset.from_directory({str(photos)!r})\n"
        f"result = tamis.select(dataset, {CONFIG!r}, registry=tamis.Registry(environ=False))\n"
        "assert len(result.selected) == 3\n"
        "assert before == [signal.getsignal(number) for number in signal.valid_signals()]\n"
        "assert threading.active_count() == 1\n"
    )
    environment = {
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "temporary"),
        "XDG_CACHE_HOME": str(tmp_path / "home"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path / "cwd",
        env=environment,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for name in ("cwd", "home", "temporary") for path in (tmp_path / name).rglob("*")] == []
    assert sorted(path.name for path in photos.rglob("*")) == ["0.png", "1.png", "2.png"]


def test_signal_handlers_are_the_hosts_also_from_a_thread(photographs: Path) -> None:
    """A run in a thread, where handlers can't be set, works; Ctrl-C is still the host's."""
    before = signal.getsignal(signal.SIGINT)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(tamis.select, tamis.Dataset.from_directory(photographs), CONFIG).result()

    assert len(result.selected) == 3
    assert signal.getsignal(signal.SIGINT) is before
