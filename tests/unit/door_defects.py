"""Sources, annotation formats, exports, sections and executors, each wrong in one respect."""

from __future__ import annotations

import io
import itertools
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any

import attrs
import numpy as np

from tamis import (
    AnnotationFormat,
    Annotations,
    Column,
    ExecutorFactory,
    Export,
    Images,
    Kind,
    Listing,
    Metadata,
    MetadataField,
    Predictions,
    PredictionsBuilder,
    Section,
    Source,
    TaskSchema,
    blocks,
    check_output,
    errors,
    output_file,
)

_count = itertools.count()


@attrs.frozen
class Files(Images):
    """Images of a folder, as they should be."""

    root: str

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The file."""
        return Path(self.root, name).open("rb")


class Reading(Files):
    """Opens text in place of images."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Nothing that can be decoded."""
        return io.BytesIO(b"text")


class Changing(Files):
    """Gives another image each time."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """One of the folder's images, in turn."""
        paths = sorted(Path(self.root).glob("*.png"))
        return paths[next(_count) % len(paths)].open("rb")


class Another(Files):
    """Gives another image than the one that is asked for."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The first of the others."""
        return next(path for path in sorted(Path(self.root).glob("*.png")) if path.name != name).open("rb")


class Elsewhere(Files):
    """Gives other images once it was pickled."""

    def __reduce__(self) -> Any:
        return Another, (self.root,)


class Confused(Files):
    """Reads other images where it is told which."""

    def reading(self, names: Sequence[str]) -> AbstractContextManager[Images]:
        """Any."""
        return nullcontext(Another(self.root))


class Unpicklable(Files):
    """Can't be sent."""

    def __reduce__(self) -> Any:
        raise TypeError("not this one")


class Fickle(Files):
    """Its fingerprints change."""

    def fingerprint(self, name: str) -> str:
        """Never the same."""
        return str(next(_count))


class Boasting(Files):
    """Its files are larger than what is opened."""

    def size(self, name: str) -> int | None:
        """A byte too many."""
        path = Path(self.root, name)
        return path.stat().st_size + 1 if path.exists() else None


class Adrift(Files):
    """It is another source at every look."""

    @property
    def identity(self) -> str:
        """Never the same."""
        return str(next(_count))


class Guessing(Files):
    """Opens what isn't there."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The file, or an empty one."""
        return super().open(name) if Path(self.root, name).exists() else io.BytesIO()


class Sharing(Files):
    """Threads share what it opens."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The file that was asked for last."""
        _last["path"] = Path(self.root, name)
        import time

        time.sleep(0.005)
        return _last["path"].open("rb")


_last: dict[str, Path] = {}


def images_of(location: str) -> list[str]:
    """The names of the images in a folder, sorted. Raises `DatasetError`."""
    if not Path(location).is_dir():
        raise errors.DatasetError(f"{location} is no folder")
    return sorted(path.name for path in Path(location).iterdir() if path.suffix in (".png", ".jpg", ".tif"))


def is_folder(location: str) -> bool:
    """Whether it is one."""
    return Path(location).is_dir()


def source(open_: Callable[[str, Any], Any], **fields: Any) -> Source:
    """A source of folders."""
    return Source("acme", open_, recognizes=is_folder, doc="A source.", **fields)


def of(images: Callable[[str], Images], **fields: Any) -> Source:
    """A source that opens images so."""
    return source(lambda location, options: Listing(images_of(location), images(location), **fields))


def forgiving(location: str, options: Any) -> Listing:
    """Finds something where there is nothing."""
    with suppress(errors.DatasetError):
        return Listing(images_of(location), Files(location))
    return Listing(["a.png"], Files(location))


def loud_source(location: str, options: Any) -> Listing:
    """Talks."""
    print("opening")  # noqa: T201
    return Listing(images_of(location), Files(location))


SOURCES: list[tuple[str, Any]] = [
    ("SourceSuite.lists", source(lambda location, options: Listing([], Files(location)))),
    ("SourceSuite.lists", source(lambda location, options: images_of(location))),
    ("SourceSuite.lists", source(lambda location, options: Listing([str(next(_count))], Files(location)))),
    ("SourceSuite.opens", of(Reading)),
    ("SourceSuite.opens", of(Changing)),
    ("SourceSuite.measures", of(Changing)),
    ("SourceSuite.reading", of(Confused)),
    ("SourceSuite.shareable", of(Unpicklable)),
    ("SourceSuite.shareable", of(Elsewhere)),
    ("SourceSuite.fingerprints", of(Fickle)),
    ("SourceSuite.sizes", of(Boasting)),
    ("SourceSuite.identity", of(Adrift)),
    ("SourceSuite.missing", of(Guessing)),
    ("SourceSuite.nothing_there", source(forgiving)),
    ("SourceSuite.parts", of(Files, parts=(5, 3))),
    ("SourceSuite.threads", of(Sharing)),
    ("SourceSuite.quiet", source(loud_source)),
]


class Right(Annotations):
    """A task and a field, as they should be."""

    def __init__(self, where: str) -> None:
        if not Path(where).exists():
            raise errors.DatasetError(f"{where} isn't there")
        self.where = where
        self.schema = TaskSchema("label", "classification", (0, 1), ("cat", "dog"))

    def tasks(self) -> Collection[str]:
        """One."""
        return ("label",)

    def task(self, name: str) -> TaskSchema:
        """Its schema."""
        return self.schema if name == "label" else super().task(name)

    def known(self, sample: str) -> bool:
        """Whether it says something of a sample."""
        return sample.endswith(".png") and "/" not in sample

    def predictions(self, name: str, samples: Sequence[str], report: Callable[[int, int], None]) -> Predictions:
        """One object each."""
        report(0, len(samples))
        builder = PredictionsBuilder(self.schema, len(samples))
        builder.add({row: [{"category_id": len(s) % 2}] for row, s in enumerate(samples) if self.known(s)})
        return builder.build()

    def fields(self) -> Mapping[str, MetadataField]:
        """One."""
        return {"length": MetadataField("length", Kind.SCALAR)}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Callable[[int, int], None]) -> Metadata:
        """The length of each name."""
        report(0, len(samples))
        column = Column("length", Kind.SCALAR, np.array([float(len(sample)) for sample in samples]))
        return Metadata(dict.fromkeys(keys, column))


class Empty(Annotations):
    """Has nothing."""

    def __init__(self, where: str) -> None:
        self.where = where


class Misnamed(Right):
    """Its schema has another name."""

    def task(self, name: str) -> TaskSchema:
        """Of another task."""
        return attrs.evolve(self.schema, name="other")


class InItsOwnOrder(Right):
    """Sorts samples, whatever is asked for."""

    def predictions(self, name: str, samples: Sequence[str], report: Callable[[int, int], None]) -> Predictions:
        """In another order."""
        return super().predictions(name, sorted(samples), report)


class OddField(Right):
    """A field that is neither a number nor a category."""

    def fields(self) -> Mapping[str, MetadataField]:
        """Vectors."""
        return {"length": MetadataField("length", Kind.VECTOR)}


class ShortMetadata(Right):
    """A row too few."""

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Callable[[int, int], None]) -> Metadata:
        """Of all but the last."""
        return super().metadata(keys, samples[:-1], report)


class Deaf(Right):
    """Goes on whatever report raises."""

    def predictions(self, name: str, samples: Sequence[str], report: Callable[[int, int], None]) -> Predictions:
        """Swallows it."""
        with suppress(Exception):
            report(0, len(samples))
        return super().predictions(name, samples, lambda done, total: None)


class KnowsAll(Right):
    """Has every task."""

    def task(self, name: str) -> TaskSchema:
        """Whatever it is called."""
        return attrs.evolve(self.schema, name=name)


class Forgetful(Right):
    """Has a task only once it is asked twice."""

    def tasks(self) -> Collection[str]:
        """None for a while."""
        _seen[self.where] += 1
        return ("label",) if _seen[self.where] % 2 else ()


_seen: Counter[str] = Counter()


def annotation(read: Callable[[str], Any], **fields: Any) -> AnnotationFormat:
    """A format that reads so."""
    return AnnotationFormat("acme", lambda location, options: read(location), doc="A format.", **fields)


def unchecked(location: str) -> Annotations:
    """Reads what isn't there."""
    return Right("/")


def loud_annotations(location: str) -> Annotations:
    """Talks."""
    print("reading")  # noqa: T201
    return Right(location)


def write_nothing(location: str, samples: Sequence[str], predictions: Predictions) -> str:
    """Says that it has written."""
    return location


ANNOTATIONS: list[tuple[str, Any]] = [
    ("AnnotationSuite.tasks", annotation(Misnamed)),
    ("AnnotationSuite.predictions", annotation(InItsOwnOrder)),
    ("AnnotationSuite.fields", annotation(OddField)),
    ("AnnotationSuite.metadata", annotation(ShortMetadata)),
    ("AnnotationSuite.stops", annotation(Deaf)),
    ("AnnotationSuite.unknown", annotation(KnowsAll)),
    ("AnnotationSuite.nothing_there", annotation(unchecked)),
    ("AnnotationSuite.writes", annotation(Right, write=write_nothing)),
    ("AnnotationSuite.selects", annotation(Forgetful)),
    ("AnnotationSuite.quiet", annotation(loud_annotations)),
]


def right(selection: Any, target: str, options: Any) -> Iterator[str]:
    """Writes names, as it should."""
    with output_file(target, force=False) as file:
        file.write("\n".join(selection.selected).encode())
    yield "done"


def number_note(selection: Any, target: str, options: Any) -> Iterator[Any]:
    """Its note is a number."""
    yield from right(selection, target, options)
    yield 3


def by_identity(selection: Any, target: str, options: Any) -> Iterator[str]:
    """Names its file by the object."""
    Path(target).mkdir()
    (Path(target) / str(id(selection))).touch()
    yield "done"


def random_content(selection: Any, target: str, options: Any) -> Iterator[str]:
    """Never writes the same."""
    check_output(target, force=False)
    Path(target).write_text(str(next(_count)))
    yield "done"


def overwriting(selection: Any, target: str, options: Any) -> Iterator[str]:
    """Writes over what is there, and lets the system complain."""
    Path(target).write_text("new")
    yield "done"


def spoiling(selection: Any, target: str, options: Any) -> Iterator[str]:
    """Changes the selection."""
    object.__setattr__(selection, "selected", selection.selected[:-1])
    yield from right(selection, target, options)


def loud_export(selection: Any, target: str, options: Any) -> Iterator[str]:
    """Talks."""
    print("writing")  # noqa: T201
    yield from right(selection, target, options)


def export(write: Callable[..., Any]) -> Export:
    """An export that writes so."""
    return Export("acme", write, doc="An export.")


EXPORTS: list[tuple[str, Any]] = [
    ("ExportSuite.writes", export(number_note)),
    ("ExportSuite.writes", export(lambda selection, target, options: 1 / 0)),
    ("ExportSuite.read_back", export(by_identity)),
    ("ExportSuite.deterministic", export(random_content)),
    (
        "ExportSuite.describes",
        Export("acme", right, describe=lambda subject, target, options: [len(subject.selection.selected)], doc="One."),
    ),
    ("ExportSuite.keeps", export(overwriting)),
    ("ExportSuite.whole", export(overwriting)),
    ("ExportSuite.leaves_the_selection", export(spoiling)),
    ("ExportSuite.quiet", export(loud_export)),
    (
        "ConfiguredSuite.schema",
        Export("acme", right, doc="An export.", schema={"properties": {"target": {"type": "string"}}}),
    ),
]


class Threads(ThreadPoolExecutor):
    """Threads, as they should be."""

    jobs = 2

    def __init__(self) -> None:
        super().__init__(2)


class Miscounting(Threads):
    """Adds one to every number."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Waits, and changes what comes of it."""
        seconds, results = super().submit(fn, *args, **kwargs).result()
        for result in results:
            result.values = {key: value + 1 for key, value in result.values.items()}
        future: Future[Any] = Future()
        future.set_result((seconds, results))
        return future


class Tired(Threads):
    """Breaks after one run."""

    def __init__(self) -> None:
        super().__init__()
        self.done = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As long as it is the first."""
        if self.done >= 14:
            raise BrokenExecutor("no more")
        self.done += len(args[0].rows)
        return super().submit(fn, *args, **kwargs)


class Loud(Threads):
    """Talks."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """And works."""
        print("working")  # noqa: T201
        return super().submit(fn, *args, **kwargs)


def executor(make: Callable[[], Any]) -> ExecutorFactory:
    """An executor made so."""
    return ExecutorFactory("acme", lambda options: make(), doc="An executor.")


def plain() -> Executor:
    """Says not how many."""
    return ThreadPoolExecutor(2)


EXECUTORS: list[tuple[str, Any]] = [
    ("ExecutorSuite.makes", executor(lambda: 3)),
    ("ExecutorSuite.says_how_many", executor(plain)),
    ("ExecutorSuite.measures", executor(Miscounting)),
    ("ExecutorSuite.several_runs", executor(Tired)),
    ("ExecutorSuite.quiet", executor(Loud)),
]


def a_line(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """A section, as it should be."""
    yield blocks.Text(f"{len(subject.samples)} samples")


def fresh_only(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """Takes what only a selection in memory has."""
    if subject.selection is not None and subject.selection._folder is not None:
        raise KeyError("it is from a folder")
    yield from a_line(subject, options)


def of_selections(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """Thinks that something is selected."""
    yield blocks.Text(str(len(subject.selection.selected)))


def counting(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """Shows another number each time."""
    yield blocks.Text(str(next(_count)))


def opening(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """Looks at an image itself, later."""

    def cards() -> Iterator[blocks.Card]:
        name = subject.samples[0]
        if subject.dataset.images is not None:
            with subject.dataset.image(name):
                yield blocks.Card(name)

    yield blocks.Gallery(cards())


def taking_away(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """Changes the selection."""
    object.__setattr__(subject.selection, "selected", subject.selection.selected[:-1])
    yield from a_line(subject, options)


def loud_section(subject: Any, options: Any) -> Iterator[blocks.Block]:
    """Talks."""
    print("drawing")  # noqa: T201
    yield from a_line(subject, options)


def section(make: Callable[..., Any]) -> Section:
    """A section that shows so."""
    return Section("acme", make, title="Acme", doc="A section.")


SECTIONS: list[tuple[str, Any]] = [
    ("SectionSuite.makes", section(lambda subject, options: [1])),
    ("SectionSuite.makes", section(lambda subject, options: [blocks.Gallery([blocks.Card("no sample")])])),
    ("SectionSuite.makes", section(lambda subject, options: [blocks.Table("t", ["a", "b"], [[1]])])),
    ("SectionSuite.read_back", section(fresh_only)),
    ("SectionSuite.without_selection", section(of_selections)),
    ("SectionSuite.deterministic", section(counting)),
    ("SectionSuite.opens_no_image", section(opening)),
    ("SectionSuite.leaves_the_subject", section(taking_away)),
    ("SectionSuite.quiet", section(loud_section)),
]

DEFECTS = [*SOURCES, *ANNOTATIONS, *EXPORTS, *SECTIONS, *EXECUTORS]
#: Shown by a test of its own, since what holds nothing is not looked for in the kit's folder.
ALONE = ("AnnotationSuite.holds_something", annotation(Empty))
