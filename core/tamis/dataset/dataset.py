"""Which samples there are, where their images are, and what is known of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import attrs

from tamis.data.failure import Failure
from tamis.data.names import names as collected
from tamis.data.names import problem_of as problem_of_name
from tamis.data.shard import Shard, shard_of
from tamis.data.task_schema import TaskSchema
from tamis.dataset.combining import Named, combined
from tamis.dataset.memory import MemoryImages, problem_of
from tamis.dataset.opening import open_location, read_annotations
from tamis.declarations.annotations import Annotations
from tamis.declarations.source import Images
from tamis.discovery.registry import Registry
from tamis.errors import DatasetError
from tamis.printable import without_secrets

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

#: The format that `Dataset.from_directory` and ``--lightly`` name.
LIGHTLY = "lightly"


@attrs.frozen(eq=False)
class Dataset:
    """An ordered list of samples, their images, and what is known of them.

    `open`, `from_directory`, `from_files`, `from_images`, `from_items`, `from_embeddings` and `concat` make one;
    `annotate`, `with_metadata` and `with_predictions` return another with more annotations. A dataset doesn't change,
    and threads may share it.

    Attributes:
        samples: The n names of the samples, which are unique: relative POSIX paths for files. Every result has this
            order, and of samples that are equally good the first is picked.
        images: Opens the images by name; None if there are vectors only.
        vectors: ``(n, d)`` float32 or float16, finite and read-only: embeddings of the host's own, used in place of an
            embedder. None if there are none.
        annotations: Prediction tasks, metadata and tags of the samples.
        failures: What was found at the location and can't be a sample, each with the reason.
        ignored: The number of files at the location that were passed over since they are no images.
        ignored_kinds: How many of them are of which kind, such as ``{".mov": 4}``, where the source tells.
        parts: Ascending positions in ``samples`` at which another archive begins, or the like. No batch of work
            crosses one.
        units: Ascending positions in ``samples`` at which begins what is best done by one worker as a whole.
        imageless: Why there are no images, if the source tells.
        conversions: What samples can be given back as, in Python, by the source that it was opened by: functions by
            names. One called ``acme`` is the method ``to_acme(samples)``, which takes names of samples or a
            `Selection`, and returns an object of another library with these, in this order.
        sharded: Which `shard` of another dataset it is; None if it is whole.
        origin: How to open it again, as JSON data for ``selection.json``. It is empty if the images or vectors are in
            memory, and leaves out `with_metadata` and `with_predictions`.

    Raises:
        DatasetError: there is no sample, a name is there twice, or a name holds a line break.
    """

    samples: tuple[str, ...] = attrs.field(converter=collected)
    images: Images | None = attrs.field(default=None, repr=False)
    vectors: npt.NDArray[np.floating] | None = attrs.field(default=None, kw_only=True, repr=False)
    annotations: Annotations = attrs.field(factory=Annotations, kw_only=True, repr=False)
    failures: tuple[Failure, ...] = attrs.field(default=(), kw_only=True, repr=False)
    ignored: int = attrs.field(default=0, kw_only=True)
    ignored_kinds: Mapping[str, int] = attrs.field(factory=dict, kw_only=True, repr=False)
    parts: tuple[int, ...] = attrs.field(default=(), kw_only=True, repr=False)
    units: tuple[int, ...] = attrs.field(default=(), kw_only=True, repr=False)
    imageless: str = attrs.field(default="", kw_only=True, repr=False)
    conversions: Mapping[str, Callable[[tuple[str, ...]], Any]] = attrs.field(factory=dict, kw_only=True, repr=False)
    sharded: Shard | None = attrs.field(default=None, kw_only=True, repr=False)
    origin: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, repr=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.samples)} samples, such as {self.samples[0]!r}>"

    def __attrs_post_init__(self) -> None:
        if not self.samples:
            raise DatasetError("the dataset has no samples")
        for number, name in enumerate(self.samples):
            if problem := problem_of_name(name):
                raise DatasetError(f"the name {name!r}, that of sample {number}, {problem}")
        name, count = _commonest(self.samples)
        if count > 1:
            raise DatasetError(f"the dataset has {count} samples named {name!r}: names must be unique")

    def __len__(self) -> int:
        return len(self.samples)

    # Where samples come from

    @classmethod
    def open(
        cls,
        location: str | os.PathLike[str] | object,
        source: str | None = None,
        *,
        registry: Registry | None = None,
        **options: Any,
    ) -> Dataset:
        """The images at a location, with the annotations that come along, such as a ``.lightly`` folder.

        Args:
            location: What an installed source takes: a folder, a file such as a list of images, a URL. Or an object of
                another library that a source takes, such as a ``datasets.Dataset``; `origin` is empty then.
            source: The name of the source, such as ``folder``; by default the one that claims the location.
            registry: The plugins; by default all that are installed.
            options: Options of the source, such as ``column="path"`` of ``files``.

        Raises:
            DatasetError: no source claims the location, or several do; there are no images, or they can't be listed.
            ConfigError: there is no such source, or its options are wrong.
            PluginError: the source can't be used.
        """
        if isinstance(location, os.PathLike):
            location = os.fspath(location)
        return cls._open(location, source, options, registry or Registry())

    @classmethod
    def _open(cls, location: object, source: str | None, options: Mapping[str, Any], registry: Registry) -> Dataset:
        """As `open`, with options that may be called like its arguments."""
        found = open_location(location, source, options, registry)
        listing, origin = found.listing, {}
        if isinstance(location, str):
            origin = {"source": found.source, "location": _lasting(location), "options": dict(found.options)}
        return cls(
            listing.names,
            listing.images,
            annotations=combined(listing.annotations),
            failures=listing.failures,
            ignored=listing.ignored,
            ignored_kinds=dict(listing.ignored_kinds),
            parts=listing.parts,
            units=listing.units,
            imageless=listing.imageless,
            conversions=dict(listing.conversions),
            origin=origin,
        )

    @classmethod
    def from_directory(
        cls,
        directory: str | os.PathLike[str],
        *,
        lightly: str | os.PathLike[str] | None = None,
        registry: Registry | None = None,
    ) -> Dataset:
        """All images below a folder, in the order of their relative paths: by the source ``folder``.

        Args:
            directory: The folder.
            lightly: The folder that holds ``.lightly/``; by default the same.
            registry: The plugins, ``folder`` and ``lightly`` among them; by default those of tamis itself.

        Raises:
            DatasetError: a folder doesn't exist or can't be read, or the first holds no image.
        """
        registry = registry or Registry.built_in()
        return cls.open(directory, "folder", registry=registry)._with_lightly(lightly, registry)

    @classmethod
    def from_files(
        cls,
        directory: str | os.PathLike[str],
        files: Iterable[str],
        *,
        lightly: str | os.PathLike[str] | None = None,
        registry: Registry | None = None,
    ) -> Dataset:
        """The given files of a folder, in the given order.

        Args:
            directory: The folder.
            files: Paths relative to it, with ``/`` between their parts. A file that isn't there is a sample
                that can't be opened.
            lightly: The folder that holds ``.lightly/``; by default the same.
            registry: The plugins, ``files`` and ``lightly`` among them; by default those of tamis itself.

        Raises:
            DatasetError: the folder doesn't exist, or a path is absolute or leaves it.
        """
        if isinstance(files, str):
            raise TypeError(f"files is a collection of paths, not the string {files!r}")
        registry = registry or Registry.built_in()
        listed = list(files)
        for number, name in enumerate(listed):
            if problem := problem_of_name(name):
                raise DatasetError(f"files[{number}] is {name!r}, which {problem}")
            if name.startswith("/"):
                raise DatasetError(f"{name!r} is not a path inside {os.fspath(directory)}")
        root = str(Path(directory).absolute())
        opened = cls.open("", "files", registry=registry, root=os.fspath(directory), names=listed)
        # The names are in every result; here they would be there twice.
        origin = {"source": "files", "location": "", "options": {"root": root}, "listed": True}
        return attrs.evolve(opened, origin=origin)._with_lightly(lightly, registry)

    @classmethod
    def from_images(cls, names: Iterable[str], images: Sequence[Any]) -> Dataset:
        """Images in memory.

        Args:
            names: The names of the n samples.
            images: An image for each: a Pillow image, or an ``(H, W, 3)`` or ``(H, W)`` uint8 array. They are not
                copied and not changed, except that a Pillow image whose pixels are still in a file is loaded.

        Raises:
            DatasetError: the lengths differ, or an image is neither.
        """
        names = tuple(names)
        if len(names) != len(images):
            raise DatasetError(f"{len(names)} names for {len(images)} images")
        for name, image in zip(names, images, strict=True):
            if problem := problem_of(image):
                raise DatasetError(f"image {name!r} is {problem}")
        return cls(names, MemoryImages(dict(zip(names, images, strict=True))))

    @classmethod
    def from_items(
        cls, names: Iterable[str], open: Callable[[str], bytes | AbstractContextManager[IO[bytes] | Image.Image]]
    ) -> Dataset:
        """Images that a function of the host opens, each once for all that is measured of it.

        They are measured in this process, on threads if there are several jobs, and nothing is stored of them.

        Args:
            names: The names of the n samples.
            open: ``open(name)`` returns a binary file, the bytes of one, a Pillow image, or a context manager around a
                file or an image. What it raises is recorded as the failure of that sample. May be called from several
                threads.
        """
        from tamis.dataset.functions import FunctionImages

        return cls(names, FunctionImages(open))

    @classmethod
    def from_embeddings(cls, names: Iterable[str], vectors: npt.ArrayLike, *, normalize: bool = False) -> Dataset:
        """Vectors of the host's own, without images: what has to be measured on an image can't be had.

        Args:
            names: The names of the n samples.
            vectors: ``(n, d)`` finite numbers, a row for each sample. Kept as float32, without a copy if they are
                float32 or float16: so they may be a memory map.
            normalize: Whether to scale each row to unit length.

        Raises:
            DatasetError: another shape, a number that isn't finite, or a zero vector that has to be scaled.
        """
        from tamis.data.vectors import checked

        names = tuple(names)
        try:
            return cls(names, vectors=checked(names, vectors, normalize=normalize))
        except ValueError as error:
            raise DatasetError(str(error)) from error

    @classmethod
    def concat(cls, datasets: Mapping[str, Dataset]) -> Dataset:
        """Several datasets as one, one after the other. Each sample is named ``LABEL/name``.

        A prediction task or a metadata field may be in some of them only; samples of the others then have no value.
        A task must have one type and the same categories in all that have it, a field one kind. Otherwise using it
        raises `PredictionError` or `MetadataError`.

        Args:
            datasets: The datasets by label. A label is a name without ``/``.

        Raises:
            DatasetError: there is no dataset, a label can't be one, only some have images or vectors, or vectors have
                different lengths.
        """
        from tamis.dataset.joined_annotations import JoinedAnnotations
        from tamis.dataset.joined_images import JoinedImages

        for label in datasets:
            if not label or "/" in label or label in (".", ".."):
                raise DatasetError(f"{label!r} can't be the label of an input: it is a name without '/'")
        with_images = {label: each.images for label, each in datasets.items() if each.images is not None}
        lengths = {None if each.vectors is None else each.vectors.shape[1] for each in datasets.values()}
        if len(lengths) > 1 or len(with_images) not in (0, len(datasets)):
            raise DatasetError("inputs can't be joined: some have vectors or images of their own, and others not alike")
        vectors, start, parts, units = None, 0, [], []
        if lengths and lengths != {None}:
            import numpy as np

            vectors = np.concatenate([each.vectors for each in datasets.values() if each.vectors is not None])
            vectors.flags.writeable = False
        for each in datasets.values():
            parts += [start + part for part in each.parts]
            units += [start + unit for unit in each.units]
            start += len(each)
        return cls(
            tuple(f"{label}/{name}" for label, each in datasets.items() for name in each.samples),
            JoinedImages(with_images) if with_images else None,
            vectors=vectors,
            annotations=JoinedAnnotations({label: each.annotations for label, each in datasets.items()}),
            failures=tuple(
                attrs.evolve(failure, sample=f"{label}/{failure.sample}")
                for label, each in datasets.items()
                for failure in each.failures
            ),
            ignored=sum(each.ignored for each in datasets.values()),
            ignored_kinds=sum((Counter(each.ignored_kinds) for each in datasets.values()), Counter()),
            parts=tuple(parts),
            units=tuple(units) if all(each.units for each in datasets.values()) else (),
            origin={"concat": {label: each.origin for label, each in datasets.items()}},
        )

    @contextmanager
    def image(self, name: str) -> Iterator[Image.Image]:
        """The image of a sample as a `PIL.Image.Image` that is opened and not decoded yet, as a context manager.

        Args:
            name: One of ``samples``.

        Raises:
            DatasetError: the dataset has no images.
            OSError: the image can't be read, or is in no format that tamis decodes.
            PIL.Image.DecompressionBombError: it has more than twice ``PIL.Image.MAX_IMAGE_PIXELS`` pixels.
        """
        from tamis.dataset.images import decodable

        if self.images is None:
            raise DatasetError("the dataset has no images")
        with decodable(self.images, name) as image:
            yield image

    # What is known of them

    def annotate(
        self,
        format: str,
        location: str | os.PathLike[str],
        name: str | None = None,
        *,
        registry: Registry | None = None,
        **options: Any,
    ) -> Dataset:
        """The same samples, with annotations that are read from a location, beside those that it has.

        A task or a metadata key that two annotations have is an error when it is used; ``name`` keeps them apart.

        Args:
            format: The name of the annotation format, such as ``lightly``.
            location: Where the annotations are, such as a path.
            name: The new name of their task; of several tasks, each is called ``name.task``. Their metadata keys become
                ``name.key``. By default, names are as the annotations have them.
            registry: The plugins; by default all that are installed.
            options: Options of the format.

        Raises:
            ConfigError: there is no such format, or its options are wrong.
            DatasetError: there are no such annotations at the location, or nothing can be called so.
            PluginError: the format can't be used.
        """
        return self._annotate(format, os.fspath(location), name, options, registry or Registry())

    def _annotate(
        self, format_: str, location: str, name: str | None, options: Mapping[str, Any], registry: Registry
    ) -> Dataset:
        """As `annotate`, with options that may be called like its arguments."""
        if name is not None and not (TaskSchema.is_name(name) and name.partition(".")[0] != LIGHTLY):
            raise DatasetError(
                f"annotations can't be named {name!r}: a name is of letters, digits and _+=,.@:/-, and doesn't begin "
                "with 'lightly.'"
            )
        found = read_annotations(format_, location, options, registry)
        record = {"format": format_, "location": _lasting(location), "name": name, "options": dict(options)}
        origin = {**self.origin, "annotations": [*self.origin.get("annotations", ()), record]} if self.origin else {}
        return self._annotated(found if name is None else Named(found, name), origin)

    def with_metadata(self, table: Any) -> Dataset:
        """The same samples, with metadata from a table in memory. A METADATA input's ``key`` is the name of a column.

        Strings are categories. Numbers are numbers. Dates and times become seconds since 1970-01-01 in UTC; those
        without a time zone count as UTC. Null, None and NaN are missing values. Booleans can't be used for selection,
        which is said when a config names them.

        Args:
            table: A mapping of lists or arrays by name, or a pandas, polars or Arrow table. Its column ``sample``, if
                there is one, says which sample a row is of; samples without a row have no value. Without that column,
                there are n rows, in the order of the samples.

        Raises:
            MetadataError: this is no such table, two rows are of one sample, columns have different lengths, or a
                column mixes numbers and strings.
        """
        from tamis.dataset.given import metadata_of

        return self._annotated(metadata_of(table, self.samples), self.origin)

    def with_predictions(self, name: str, schema: TaskSchema | Mapping[str, Any], predictions: Any) -> Dataset:
        """The same samples, with the predictions of a task from memory.

        An object is a mapping as a prediction file has it: ``category_id`` (an id of the schema), ``score`` and
        ``probabilities`` in 0..1, ``bbox`` as x, y, width and height in pixels, and more by the type of the task (see
        `PredictionsBuilder`). A prediction that is wrong is found when the task is used, and costs its sample only.

        Args:
            name: The name of the task, for the ``task`` of an input.
            schema: A `TaskSchema`, or ``{"task_type": ..., "categories": [{"id": 0, "name": "car"}, ...]}``.
            predictions: A list of objects, or ``{"predictions": [...]}``, by the name of the sample. Or a list with an
                entry of that form for each of the n samples, None for a sample without a prediction.

        Raises:
            PredictionError: the schema is wrong, or ``predictions`` is neither.
        """
        from tamis.dataset.given import predictions_of

        return self._annotated(predictions_of(name, schema, predictions, self.samples), self.origin)

    def subset(self, names: Iterable[str]) -> Dataset:
        """Only these samples, in the order given. Raises `DatasetError` for a name that is no sample."""
        names = collected(names)
        rows = self._rows(names)
        vectors = None if self.vectors is None else self.vectors[rows]
        none: dict[str, Any] = {"failures": (), "ignored": 0, "ignored_kinds": {}, "parts": (), "units": ()}
        return attrs.evolve(self, samples=names, vectors=vectors, sharded=None, **none)

    def shard(self, number: int, count: int) -> Dataset:
        """One of several shards, which together are the dataset: each is for a machine that knows nothing of others.

        A run over it with a store of its own marks there that the shard is done, and `Store.merge` checks that no shard
        is missing. Shards are of about the same size and in the order of ``samples``. No archive is in two of them
        unless it is larger than a shard, and no row group, or other unit, unless that is. It depends on the listing
        alone which sample is in which.

        ``failures`` are with the first, so that all shards together tell of each once.

        Args:
            number: Which, from 1.
            count: Of how many.

        Raises:
            DatasetError: there is no such shard, there are more shards than samples, or this is a shard already.
        """
        if self.sharded:
            raise DatasetError(f"this is shard {self.sharded} already: take shards of the whole dataset")
        if not 1 <= number <= count:
            raise DatasetError(
                f"there is no shard {number}/{count}: shards of {count} are 1/{count} to {count}/{count}"
            )
        if count > len(self):
            raise DatasetError(f"{len(self)} samples make at most {len(self)} shards, not {count}")
        shard = shard_of(self.samples, number, count, self.parts, self.units)
        start, stop = shard.start, shard.stop
        return attrs.evolve(
            self,
            samples=self.samples[start:stop],
            vectors=None if self.vectors is None else self.vectors[start:stop],
            failures=self.failures if number == 1 else (),
            ignored=self.ignored if number == 1 else 0,
            ignored_kinds=self.ignored_kinds if number == 1 else {},
            parts=tuple(part - start for part in self.parts if start <= part < stop),
            units=tuple(unit - start for unit in self.units if start <= unit < stop),
            sharded=shard,
        )

    def _rows(self, names: Iterable[str]) -> list[int]:
        rows = {name: row for row, name in enumerate(self.samples)}
        try:
            return [rows[name] for name in names]
        except KeyError as error:
            raise DatasetError(f"the dataset has no sample {error.args[0]!r}") from None

    if not TYPE_CHECKING:  # to whom every misspelt attribute would be right

        def __getattr__(self, name: str) -> Callable[[Any], Any]:
            """The methods that `conversions` are."""
            missing = f"{type(self).__name__!r} object has no attribute {name!r}"
            if not name.startswith("to_"):
                raise AttributeError(missing)
            if (convert := self.conversions.get(name.removeprefix("to_"))) is None:
                known = ", ".join(f"to_{each}" for each in self.conversions) or "no"
                raise AttributeError(f"{missing}: what it was opened from has {known} such method")

            def converted(samples: Any) -> Any:
                names = collected(getattr(samples, "selected", samples))
                self._rows(names)
                return convert(names)

            return converted

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *(f"to_{name}" for name in self.conversions)]

    def unannotated(self) -> Dataset:
        """The same samples without any annotations, those that came along with the images included."""
        origin = {**self.origin, "alone": True, "annotations": []} if self.origin else {}
        return attrs.evolve(self, annotations=Annotations(), origin=origin)

    def _annotated(self, annotations: Annotations, origin: Mapping[str, Any]) -> Dataset:
        return attrs.evolve(self, annotations=combined([self.annotations, annotations]), origin=origin)

    def _with_lightly(self, lightly: str | os.PathLike[str] | None, registry: Registry) -> Dataset:
        """With the ``.lightly`` of another folder in place of what came along."""
        if lightly is None:
            return self
        return self.unannotated().annotate(LIGHTLY, lightly, registry=registry)


def _lasting(location: str) -> str:
    """A location that means the same when the working directory is another, and without the secrets of a URL."""
    return str(Path(location).absolute()) if os.path.lexists(location) else without_secrets(location)


def _commonest(names: Sequence[str]) -> tuple[str, int]:
    """The name that is there most often, and how often that is."""
    import numpy as np

    hashes = np.fromiter(map(hash, names), np.int64, len(names))
    hashes.sort()
    if (hashes[1:] != hashes[:-1]).all():  # the usual case, and a tenth of the memory that counting takes
        return names[0], 1
    return Counter(names).most_common(1)[0]
