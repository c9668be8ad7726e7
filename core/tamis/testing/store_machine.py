"""A state machine for `tamis.Store`: whatever was stored before, a run gives what a run without a store gives."""

# ruff: noqa: S101, PT017 (a machine is a test)

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Literal

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tamis import Dataset, Registry, Store, compute, errors
from tamis.store.rows import METRICS
from tamis.testing.images import images
from tamis.testing.installed import Site

DISTRIBUTION = "tamis-testing-stored"
SAMPLES = ("a.png", "b.png", "deep/c.png")
#: Metrics of the machine's own: of the header, of the pixels, and one that refuses some images.
KEYS = ("stored.width", "stored.pixels", "stored.picky")
VERSIONS = ("1", "2", "3")
#: Files by what is special about them. The torn one has a header only; the last two are no images.
CONTENTS = ("rgb", "l", "one_pixel", "torn", "text", "empty")

#: Every call is noted, and values tell which version made them.
SOURCE = """
from tamis import Metric, hookimpl
VERSION = "1"
CALLS = []

def noted(key, value):
    CALLS.append(key)
    return value + 10_000 * int(VERSION)

def width(header):
    return noted("stored.width", header.width)

def pixels(rgb):
    return noted("stored.pixels", int(rgb[0, 0].sum()))

def picky(header):
    noted("stored.picky", 0)
    if header.width == 1:
        raise ValueError("too narrow")
    return header.height

@hookimpl
def tamis_metrics():
    yield Metric("stored.width", width)
    yield Metric("stored.pixels", pixels)
    yield Metric("stored.picky", picky)
"""

Fingerprint = Literal["stat", "sha256"]
#: What one state of a file is known by.
Known = tuple[str, str]


def written() -> dict[str, bytes]:
    """What is in each of the files."""
    found = {}
    for name in CONTENTS[:3]:
        file = io.BytesIO()
        images()[name].save(file, "PNG")
        found[name] = file.getvalue()
    return {**found, "torn": found["rgb"][:200], "text": b"no image", "empty": b""}


class StoreMachine(RuleBasedStateMachine):
    """Runs of `tamis.compute` with one store, between which files, plugins and the store itself change.

    Every run must give what a run without a store gives, and call the machine's own metrics for what isn't stored and
    for nothing else. To see that of your own metrics too, install and name them::

        class Machine(StoreMachine):
            keys = ("acme.colorful",)

        TestStore = Machine.TestCase
    """

    #: Metrics of this environment that take part.
    keys: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tamis-testing-"))
        self.site = Site()
        self.contents = written()
        self.times = count(2_000_000_000)
        self.version = VERSIONS[0]
        self.stored: dict[Known, set[tuple[str, str]]] = {}
        self.readers: list[tuple[AbstractContextManager[Any], Any, Any]] = []
        self._install()

    def teardown(self) -> None:
        """Close what is open and remove all files."""
        while self.readers:
            self.readers.pop()[0].__exit__(None, None, None)
        self.site.close()
        shutil.rmtree(self.folder)

    def _install(self) -> None:
        keys = dict.fromkeys(KEYS, "tamis_testing_stored")
        self.site.install(DISTRIBUTION, self.version, {"tamis.metrics": keys}, {"tamis_testing_stored": SOURCE})

    def _store(self, fingerprint: Fingerprint = "stat") -> Store:
        return Store(self.folder / "store", fingerprint=fingerprint)

    # What changes

    @initialize()
    def write_all(self) -> None:
        """A file for each sample."""
        for sample, content in zip(SAMPLES, CONTENTS, strict=False):
            self._write(sample, content, as_before=True)

    @rule(
        sample=st.sampled_from(SAMPLES), content=st.sampled_from(CONTENTS), as_before=st.booleans(), then=st.booleans()
    )
    def write(self, sample: str, content: str, as_before: bool, then: bool) -> None:
        """A file with some content: new, or a copy with its old time of modification."""
        self._write(sample, content, as_before)
        self._run_all(then)

    def _write(self, sample: str, content: str, as_before: bool) -> None:
        path = self.folder / "images" / sample
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.contents[content])
        time = 1_000_000_000 + CONTENTS.index(content) if as_before else next(self.times)
        os.utime(path, (time, time))

    @rule(sample=st.sampled_from(SAMPLES))
    def touch(self, sample: str) -> None:
        """The same content, later."""
        path = self.folder / "images" / sample
        if path.exists():
            time = next(self.times)
            os.utime(path, (time, time))

    @rule(sample=st.sampled_from(SAMPLES))
    def remove(self, sample: str) -> None:
        """A file; its sample stays in datasets."""
        (self.folder / "images" / sample).unlink(missing_ok=True)

    @rule(version=st.sampled_from(VERSIONS), then=st.booleans())
    def update(self, version: str, then: bool) -> None:
        """The plugin, to a version that measures otherwise, or back to one that was there before."""
        self.version = version
        self._install()
        self._run_all(then)

    @rule(names=st.lists(st.sampled_from((*KEYS, "file")), unique=True, min_size=1), then=st.booleans())
    def forget(self, names: list[str], then: bool) -> None:
        """Some of what is stored, whatever version made it."""
        self._store().clear(names)
        for known in self.stored.values():
            known -= {output for output in known if output[0] in names}
        self._run_all(then)

    @precondition(lambda self: not self.readers)
    @rule()
    def forget_all(self) -> None:
        """The store as a whole."""
        self._store().clear()
        self.stored.clear()
        assert self._store().info() == ()

    # What a run gives

    @rule(
        samples=st.lists(st.sampled_from(SAMPLES), unique=True, min_size=1),
        keys=st.lists(st.sampled_from(KEYS), unique=True, min_size=1),
        fingerprint=st.sampled_from(("stat", "stat", "sha256")),
    )
    def run(self, samples: list[str], keys: list[str], fingerprint: Fingerprint) -> None:
        """Some metrics of some samples, by a store that is opened anew."""
        self._run(samples, keys, fingerprint)

    def _run_all(self, wanted: bool) -> None:
        if wanted:
            self._run(SAMPLES, KEYS, "stat")

    def _run(self, samples: Sequence[str], keys: Sequence[str], fingerprint: Fingerprint) -> None:
        wanted = [*keys, *self.keys]
        expected = self._computed(samples, wanted, None)
        lacking = self._lacking(samples, keys, fingerprint)
        found = self._computed(samples, wanted, self._store(fingerprint))
        assert found == expected, f"with the store a run gives {found}, without one {expected}"
        called, needed = sorted(self._calls()), sorted(key for _, key in lacking)
        assert called == needed, f"{called} were called, where the store lacks {needed}"
        for sample in samples:
            made = {(key, self.version) for key in keys if self._reaches(sample, key)}
            self.stored.setdefault(self._known(sample, fingerprint), set()).update(made)

    @rule(samples=st.lists(st.sampled_from(SAMPLES), unique=True, min_size=1), key=st.sampled_from(KEYS))
    def run_while_another_writes(self, samples: list[str], key: str) -> None:
        """What is stored can be had; a run that has something to add fails at once, and adds nothing."""
        lacking = self._lacking(samples, [key], "stat")
        expected = self._computed(samples, [key], None)
        with self._store().writing():
            try:
                found = self._computed(samples, [key], self._store())
            except errors.StoreError as error:
                assert "another run is writing" in str(error)
            else:
                assert found == expected
                assert not lacking
        assert not self._calls()

    @rule()
    def open_a_reader(self) -> None:
        """Which sees, for as long as it reads, what there is now."""
        opened = self._store().reading()
        session = opened.__enter__()
        if session is None:
            opened.__exit__(None, None, None)
            return
        session.hold()
        with self._store().reading() as other:
            self.readers.append((opened, session, self._read(other)))

    @precondition(lambda self: self.readers)
    @rule()
    def close_a_reader(self) -> None:
        """After it has seen that nothing has changed."""
        opened, session, before = self.readers.pop(0)
        assert self._read(session) == before
        opened.__exit__(None, None, None)

    # The model

    def _computed(self, samples: Iterable[str], keys: Iterable[str], store: Store | None) -> Any:
        """A table as plain values, or the error in its place."""
        import tamis_testing_stored  # type: ignore[import-not-found]

        tamis_testing_stored.VERSION = self.version
        tamis_testing_stored.CALLS.clear()
        dataset = Dataset.from_files(self.folder / "images", samples)
        try:
            table = compute(dataset, keys, registry=Registry(environ=False), store=store)
        except errors.RunError as error:
            return str(error)
        return list(table.rows()), sorted(map(str, table.failures))

    def _calls(self) -> list[str]:
        """Of the machine's own metrics, in the last run."""
        import tamis_testing_stored

        return list(tamis_testing_stored.CALLS)

    def _lacking(self, samples: Iterable[str], keys: Iterable[str], fingerprint: Fingerprint) -> list[tuple[str, str]]:
        """The samples and keys for which a metric has to be called."""
        return [
            (sample, key)
            for sample in samples
            for key in keys
            if self._reaches(sample, key)
            and (key, self.version) not in self.stored.get(self._known(sample, fingerprint), set())
        ]

    def _content(self, sample: str) -> bytes | None:
        path = self.folder / "images" / sample
        return path.read_bytes() if path.exists() else None

    def _reaches(self, sample: str, key: str) -> bool:
        """Whether the image gives what a metric needs."""
        content = self._content(sample)
        unreadable = [None, self.contents["text"], self.contents["empty"]]
        return content not in ([*unreadable, self.contents["torn"]] if key == "stored.pixels" else unreadable)

    def _known(self, sample: str, fingerprint: Fingerprint) -> Known:
        """What a sample, as it is now, is stored under."""
        content = self._content(sample)
        if content is None:
            return sample, ""
        if fingerprint == "sha256":
            return sample, hashlib.sha256(content).hexdigest()
        status = (self.folder / "images" / sample).stat()
        return sample, f"{status.st_size}:{status.st_mtime_ns}"

    def _read(self, session: Any) -> Any:
        """All that a reader can see."""
        names = list(session.names())
        metrics = sorted((output for output in session.outputs if output.kind in METRICS), key=str)
        return names, [list(session.values(metric)) for metric in metrics], list(session.all_failures())
