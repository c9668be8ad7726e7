"""The registry and the store, in whatever order things happen to them; and the machines themselves."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tamis import Dataset, Registry, Store, compute, errors
from tamis.discovery.finding import Filter
from tamis.measuring import outputs
from tamis.store.writer import Writer
from tamis.testing.stateful import RegistryMachine, StoreMachine
from tests.conftest import Install, metric_module

MODEST = settings(max_examples=10, stateful_step_count=25, deadline=None)


class BuiltIn(RegistryMachine):
    """With all that is built in."""

    installed = ("tamis",)


class Stored(StoreMachine):
    """With metrics that are built in: of pixels, and of the header."""

    keys = ("lightly.contrast", "lightly.width")


TestRegistry = BuiltIn.TestCase
TestRegistry.settings = MODEST
TestStore = Stored.TestCase
TestStore.settings = MODEST


def run(machine: Callable[[], Any]) -> None:
    """Until it fails, without looking for a shorter way."""
    wanted = settings(max_examples=200, stateful_step_count=25, deadline=None, phases=[Phase.generate], database=None)
    with redirect_stdout(StringIO()):
        run_state_machine_as_test(machine, settings=wanted)  # type: ignore[no-untyped-call]


def test_a_registry_that_forgets_what_is_blocked_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine fails where a registry does."""
    monkeypatch.setattr(Filter, "reason", lambda self, plugin: None)

    with pytest.raises(AssertionError):
        run(RegistryMachine)


def test_a_store_that_ignores_versions_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would give what another version measured."""
    monkeypatch.setattr(outputs, "_versions", lambda plugins: sorted({plugin.distribution for plugin in plugins}))

    with pytest.raises(AssertionError):
        run(StoreMachine)


def test_a_store_that_keeps_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every value would be right, and each be measured again."""
    monkeypatch.setattr(Writer, "commit", lambda self, rows, parts: None)

    with pytest.raises(AssertionError):
        run(StoreMachine)


def test_a_metric_that_depends_on_more_than_the_image_is_found_out(install: Install) -> None:
    """An author's own: what is stored of it isn't what it measures now."""
    source = """
from itertools import count
from tamis import Metric, hookimpl
numbers = count()
@hookimpl
def tamis_metrics():
    yield Metric("acme.counter", lambda header: next(numbers))
"""
    install("acme", {"tamis.metrics": {"acme.counter": "acme_counter"}}, acme_counter=source)
    machine = type("Counting", (StoreMachine,), {"keys": ("acme.counter",)})

    with pytest.raises(AssertionError):
        run(machine)


def test_a_plugin_that_does_not_load_is_found_out(install: Install) -> None:
    """An author's own, among those that must."""
    install("acme-torn", {"tamis.metrics": {"acme.torn": "acme_torn"}}, acme_torn="raise ImportError('torn')")
    machine = type("Torn", (RegistryMachine,), {"installed": ("acme-torn",)})

    with pytest.raises(AssertionError):
        run(machine)


def test_the_kit_needs_no_hypothesis() -> None:
    """Importing it doesn't import it: the machines are a module of their own."""
    code = "import sys, tamis.testing; print('hypothesis' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"


def test_machines_leave_nothing() -> None:
    """Neither folders on the path nor modules, and the registry is as before."""
    path, keys = list(sys.path), Registry().keys("metric")
    run_state_machine_as_test(StoreMachine, settings=settings(max_examples=1, deadline=None, database=None))  # type: ignore[no-untyped-call]

    assert sys.path == path
    assert "tamis_testing_stored" not in sys.modules
    assert Registry().keys("metric") == keys


def test_a_run_that_needs_no_pixels_is_not_told_that_they_are_torn(photographs: Path, tmp_path: Path) -> None:
    """Whether or not the store knows; found by the machine."""
    torn = photographs / "a" / "0.png"
    torn.write_bytes(torn.read_bytes()[:200])
    dataset, store = Dataset.from_directory(photographs), Store(tmp_path / "store")
    told = [
        [failure.stage for failure in compute(dataset, [key], store=store).failures]
        for key in ("lightly.width", "lightly.contrast", "lightly.width", "lightly.contrast")
    ]

    assert told == [[], ["decode"], [], ["decode"]]


def test_a_reader_holds_what_was_stored_when_it_began(photographs: Path, tmp_path: Path) -> None:
    """Though it first looks later; found by the machine."""
    dataset, store = Dataset.from_directory(photographs), Store(tmp_path / "store")
    compute(Dataset.from_files(photographs, ["a/0.png"]), ["lightly.width"], store=store)
    with store.reading() as session:
        assert session is not None
        session.hold()
        compute(dataset, ["lightly.width"], store=store)
        assert list(session.names()) == [b"a/0.png"]

    assert len(store.table()) == 10


def test_a_reserved_key_is_refused_beside_one_that_is_not(install: Install) -> None:
    """A module that declares both, and of which the other was loaded before; found by the machine."""
    source = metric_module("acme.fine", "lightly.new")
    install("acme", {"tamis.metrics": dict.fromkeys(("acme.fine", "lightly.new"), "acme_both")}, acme_both=source)
    registry = Registry(environ=False)
    assert registry.metric("acme.fine").key == "acme.fine"

    with pytest.raises(errors.BrokenPluginError, match=r"'lightly\.\*' keys are tamis's own"):
        registry.metric("lightly.new")
