"""``tamis.Store``: where results are kept between runs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Literal

import attrs

from tamis.config.arguments import number
from tamis.data.failure import Failure
from tamis.data.kind import Kind
from tamis.data.shard import Shard
from tamis.errors import StoreError
from tamis.progress import Monitor, Progress, ProgressCallback
from tamis.store.agreement import check
from tamis.store.ledger import OURS, claimed, complaining, exists, reading, writing
from tamis.store.merging import take_over
from tamis.store.records import Contents, Output
from tamis.store.rows import COLUMNS, METRICS, decoded
from tamis.store.session import Session
from tamis.store.writer import Writer

if TYPE_CHECKING:
    import numpy.typing as npt

    from tamis.data.column import Column
    from tamis.data.table import Table

#: How one tells whether an image has changed.
FingerprintKind = Literal["stat", "sha256"]


@attrs.frozen
class StoredOutput:
    """How much of something is stored.

    Attributes:
        output: What it is.
        made_by: All that its values depend on beside the content of the image, such as ``plugins``: names and versions.
        rows: Of how many images.
        failed: How many of them have no value.
    """

    output: Output
    made_by: dict[str, Any]
    rows: int
    failed: int


def _is_patience(store: Store, attribute: Any, value: Any) -> None:
    """Raise `ConfigError` unless it is a number of seconds; infinity is one here."""
    if not (isinstance(value, float) and value == inf):
        number("patience", value, "a number of seconds")


@attrs.frozen
class Store:
    """A folder that keeps what was measured: a run that is interrupted goes on from there, the next reuses it.

    Everything is kept under the sample's name, a fingerprint of its content, and all that a value depends on beside
    the content: the plugins that made it, in their version, and parameters. What doesn't match is measured anew, and
    nothing else. Failures are kept too, so that a damaged file is reported and not tried again.

    Making a store touches no file; the folder is made when there is something to keep. Any number of runs may read it
    while one writes.

    Attributes:
        path: The folder: a store's, empty, or not there yet.
        fingerprint: What stands for the content of a file: ``stat``, its size and time of modification; or ``sha256``,
            a hash of it, for which every file is read.
        patience: Seconds that a run which has something to keep waits while another is writing, before it fails;
            ``math.inf`` for as long as that takes.

    Raises:
        ConfigError: ``patience`` is no number of seconds from 0.
    """

    path: Path = attrs.field(converter=Path)
    fingerprint: FingerprintKind = attrs.field(
        default="stat", kw_only=True, validator=attrs.validators.in_(("stat", "sha256"))
    )

    patience: float = attrs.field(default=0.0, kw_only=True, validator=_is_patience)

    @classmethod
    def of(cls, store: Store | str | os.PathLike[str] | None) -> Store | None:
        """A store of what a caller passes for one."""
        return store if store is None or isinstance(store, Store) else cls(store)

    @contextmanager
    def reading(self) -> Iterator[Session | None]:
        """What is stored, or None if nothing is.

        Raises:
            StoreError: the folder holds something else, or a store that can't be read.
        """
        if not exists(self.path):
            yield None
            return
        with reading(self.path) as connection:
            yield Session(connection, self.path) if connection else None

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """The store for a run that writes.

        Raises:
            StoreError: as for `reading`; another run is writing; the disk is full.
        """
        with writing(self.path) as connection:
            yield Writer(connection, self.path)

    def info(self) -> tuple[StoredOutput, ...]:
        """What is stored, by kind and name. Raises `StoreError`."""
        found = []
        with self.reading() as session:
            for output in session.outputs if session else ():
                assert session  # noqa: S101 (it has outputs)
                value = COLUMNS[output.kind][2 if output.kind == "vectors" else 0].split()[0]
                rows, values = session.count(output, value)
                found.append(StoredOutput(output, _identity(output, session), rows, rows - values))
        return tuple(sorted(found, key=lambda stored: (stored.output.kind, stored.output.name, stored.output.identity)))

    def shards(self) -> tuple[tuple[Shard, bool], ...]:
        """Which shards of datasets a run was over, and whether it was done for all that is stored of them.

        Raises:
            StoreError: it can't be read.
        """
        done: dict[Shard, bool] = {}
        for stored in self._contents()[0].shards:
            done[stored.shard] = stored.done and done.get(stored.shard, True)
        return tuple(sorted(done.items(), key=lambda each: (each[0].listing, each[0].start, each[0].stop)))

    def failures(self) -> tuple[Failure, ...]:
        """All that is known to have failed, by sample. Raises `StoreError`."""
        with self.reading() as session:
            return tuple(dict.fromkeys(session.all_failures())) if session else ()

    def merge(
        self,
        stores: Iterable[Store | str | os.PathLike[str]],
        *,
        partial: bool = False,
        progress: ProgressCallback | None = None,
        cancel: Event | None = None,
    ) -> None:
        """Take over all that other stores hold, such as those of the shards of a dataset.

        A run with this store then gives what it would give if it had measured everything itself, and opens no image.
        What is there already stays, and is not read again: a merge that is killed goes on when it is done again.
        Nothing is written unless the stores belong together.

        Args:
            stores: The others, or their folders. They are read only, and may lie where nobody can write.
            partial: Whether shards may be missing, or not be done.
            progress: Called now and then, in this thread.
            cancel: Set it, from any thread, to stop.

        Raises:
            StoreError: one is no store, of another version, damaged, or there twice; what two of them hold was made by
                different versions of plugins or of what decodes; shards are of different datasets, overlap, or are
                missing or not done; as for `writing`.
            Cancelled: ``cancel`` was set. What was taken over by then stays there.
        """
        if isinstance(stores, (str, os.PathLike)):
            raise TypeError(f"stores is a collection of them, not {stores!r} alone")
        sources = [store if isinstance(store, Store) else Store(store) for store in stores]
        monitor = Monitor(progress, cancel)
        if not sources:
            raise StoreError("there are no stores to merge")
        real = [source.path.resolve() for source in sources]
        if twice := next((source for source, path in zip(sources, real, strict=True) if real.count(path) > 1), None):
            raise StoreError(f"{str(twice.path)!r} is named twice: leave it out once")
        if self.path.resolve() in real:
            raise StoreError(f"{str(self.path)!r} can't be merged into itself: the others can, so leave it out of them")
        found = [source._contents(must=True) for source in sources]
        check([contents for contents, _ in found], self._contents()[0], partial=partial)
        done, total = 0, sum(samples for _, samples in found)

        def step(samples: int) -> None:
            nonlocal done
            done += samples
            monitor.report(Progress("merging", min(done, total), total))
            monitor.check()

        with self.writing() as target:
            for source in sources:
                with source.reading() as session:
                    if session:
                        session.hold()
                        take_over(session, target, step)

    def clear(self, names: Iterable[str] | None = None) -> None:
        """Remove what is stored under some names, such as keys of metrics; without names, the store as a whole.

        Raises:
            StoreError: as for `writing`; to remove a whole store it needn't be readable.
        """
        if names is None:
            if exists(self.path):
                with complaining(self.path):
                    with claimed(self.path):
                        for name in OURS[:-1]:
                            path = self.path / name
                            is_folder = path.is_dir() and not path.is_symlink()
                            shutil.rmtree(path) if is_folder else path.unlink(missing_ok=True)
                    (self.path / OURS[-1]).unlink(missing_ok=True)
            return
        wanted = set(names)
        if exists(self.path):
            with self.writing() as writer:
                writer.drop([output for output in writer.outputs if output.name in wanted])

    def table(self) -> Table:
        """Every metric that is stored, and what has failed: a row for each sample, sorted by name.

        Where several versions of a sample or a metric are stored, the newest counts.

        Raises:
            StoreError: it can't be read.
        """
        from tamis.data.table import Table

        with self.reading() as session:
            if session is None:
                return Table((), {})
            session.hold()
            samples = tuple(map(decoded, session.names()))
            metrics = [output for output in session.outputs if output.kind in METRICS]
            columns = {
                metric.name: (_category if metric.kind == "category" else _column)(
                    metric.name, len(samples), session.values(metric)
                )
                for metric in metrics
            }
        return Table(samples, columns, self.failures())

    def _contents(self, *, must: bool = False) -> tuple[Contents, int]:
        """What it says of itself, and of how many images; nothing, where that may be and there is no store."""
        with self.reading() as session:
            if session:
                return Contents(self.path, tuple(session.outputs), tuple(session.shards())), session.size()
        if must:
            raise StoreError(f"there is no store in {str(self.path)!r}: name the folders that --store named")
        return Contents(self.path, (), ()), 0


def _identity(output: Output, session: Session) -> dict[str, Any]:
    """What an output depends on. Raises `StoreError` if that can't be told."""
    try:
        identity = json.loads(output.identity)
        if isinstance(identity, dict) and all(isinstance(text, str) for one in identity["plugins"] for text in one):
            return identity
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise session.damaged(f"what '{output.name}' was made by can't be told")


def _category(key: str, samples: int, values: Iterable[Any]) -> Column:
    """A category of every sample."""
    import numpy as np

    from tamis.data.column import Column

    texts = list(values)
    labels = sorted({text for text in texts if text is not None})
    places = {label: place for place, label in enumerate(labels)}
    codes = np.fromiter((-1 if text is None else places[text] for text in texts), np.int64, samples)
    return Column(key, Kind.CATEGORY, codes, labels=labels, valid=codes >= 0)


def _column(key: str, samples: int, values: Iterable[Any]) -> Column:
    """A metric of every sample; integers if all of them are."""
    import numpy as np

    from tamis.data.column import Column

    filled: npt.NDArray[Any] = np.zeros(samples, dtype=np.int64)
    valid = np.zeros(samples, dtype=bool)
    for row, value in enumerate(values):
        if value is not None:
            if isinstance(value, float):
                filled = filled.astype(np.float64, copy=False)
            filled[row], valid[row] = value, True
    return Column(key, Kind.SCALAR, filled, valid=valid)
