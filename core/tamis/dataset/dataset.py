"""Which samples there are, and where their images come from."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import attrs

from tamis.data.failure import Failure
from tamis.errors import DatasetError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image


#: File name suffixes that make a file in a folder an image to select from.
SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("avif", "bmp", "gif", "j2k", "jfif", "jp2", "jpe", "jpeg", "jpg", "mpo", "pbm", "pgm", "png", "pnm", "ppm"),
        *("qoi", "tif", "tiff", "webp"),
    )
)


class Source(Protocol):
    """Where a dataset's images come from. May be used from several threads."""

    @property
    def shareable(self) -> bool:
        """Whether it can be pickled, at little cost, and used in another process."""

    def open(self, sample: str) -> AbstractContextManager[Image.Image]:
        """The image of a sample, opened and not decoded."""

    def fingerprint(self, sample: str, kind: str) -> str | None:
        """What stands for a sample's content, and changes with it; None if there is no such thing.

        Args:
            sample: Its name.
            kind: ``stat``, by size and time of modification, or ``sha256``, by content.
        """


@attrs.frozen(eq=False)
class Dataset:
    """An ordered list of samples, and what there is for each. Immutable, and safe to share between threads.

    Attributes:
        samples: Their names, unique: relative POSIX paths for files. Every result is in this order, and
            the lowest index wins a tie.
        source: Where the images are; None if there are vectors only.
        vectors: ``(n, d)`` float32, finite and read-only: embeddings of the host's own, which no embedder then makes.
        lightly: The folder that holds ``.lightly/``, if there is one.
        failures: What was found and can't be a sample, with the reason.
        ignored: How many files of the folder have no image suffix.

    Raises:
        DatasetError: no sample, a name twice, or a name that a line of ``selected.txt`` can't hold.
    """

    samples: tuple[str, ...]
    source: Source | None = attrs.field(repr=False)
    vectors: npt.NDArray[np.float32] | None = attrs.field(default=None, kw_only=True, repr=False)
    lightly: Path | None = attrs.field(default=None, kw_only=True)
    failures: tuple[Failure, ...] = attrs.field(default=(), kw_only=True, repr=False)
    ignored: int = attrs.field(default=0, kw_only=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.samples)} samples, such as {self.samples[0]!r}>"

    def __attrs_post_init__(self) -> None:
        if not self.samples:
            raise DatasetError("the dataset has no samples")
        name, count = _commonest(self.samples)
        if count > 1:
            raise DatasetError(f"the dataset has {count} samples named {name!r}: names must be unique")
        for name in self.samples:
            if _breaks_line(name):
                raise DatasetError(f"the name {name!r} holds a line break: {_LINE_BREAK}")

    def __len__(self) -> int:
        return len(self.samples)

    def subset(self, names: Iterable[str]) -> Dataset:
        """Some of the samples only, in the order given. Raises `DatasetError` for a name that there isn't."""
        rows = {name: row for row, name in enumerate(self.samples)}
        names = tuple(names)
        if unknown := next((name for name in names if name not in rows), None):
            raise DatasetError(f"the dataset has no sample {unknown!r}")
        vectors = None if self.vectors is None else self.vectors[[rows[name] for name in names]]
        return attrs.evolve(self, samples=names, vectors=vectors, failures=(), ignored=0)

    @classmethod
    def from_directory(
        cls, directory: str | os.PathLike[str], *, lightly: str | os.PathLike[str] | None = None
    ) -> Dataset:
        """All images below a folder, in the order of their relative paths.

        An image is a file whose suffix is in `SUFFIXES`, in any letter case. Hidden files and folders are passed
        over; links are followed, except to a folder that is in the dataset already.

        Args:
            directory: The folder.
            lightly: The folder that holds ``.lightly/``; by default the same.

        Raises:
            DatasetError: a folder doesn't exist or can't be read, or the first holds no image.
        """
        root = _folder(directory, "input folder")
        listing = _Listing(root)
        listing.read()
        if not listing.samples:
            plural = "s" * (listing.ignored != 1)
            found = f"; {listing.ignored} other file{plural}, such as {listing.other!r}" if listing.ignored else ""
            raise DatasetError(f"no image in {root}{found}{listing.reasons()}")
        return cls(
            tuple(sorted(listing.samples)),
            _Files(str(root.absolute())),
            lightly=root.absolute() if lightly is None else _lightly_folder(lightly).absolute(),
            failures=tuple(sorted(listing.failures, key=lambda failure: failure.sample)),
            ignored=listing.ignored,
        )

    @classmethod
    def from_files(
        cls,
        directory: str | os.PathLike[str],
        files: Iterable[str],
        *,
        lightly: str | os.PathLike[str] | None = None,
    ) -> Dataset:
        """The given files of a folder, in the given order.

        Args:
            directory: The folder.
            files: Paths relative to it, with ``/`` between their parts. A file that isn't there is a sample
                that can't be opened.
            lightly: The folder that holds ``.lightly/``; by default the same.

        Raises:
            DatasetError: the folder doesn't exist, or a path is absolute or leaves it.
        """
        root = _folder(directory, "input folder")
        if isinstance(files, str):
            raise TypeError(f"files is a collection of paths, not the string {files!r}")
        names = tuple(PurePosixPath(name).as_posix() for name in files)
        for name in names:
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                raise DatasetError(f"{name!r} is not a path inside {root}")
        above = root if lightly is None else _lightly_folder(lightly)
        return cls(names, _Files(str(root.absolute())), lightly=above.absolute())

    @classmethod
    def from_images(cls, names: Iterable[str], images: Sequence[Any]) -> Dataset:
        """Images in memory.

        Args:
            names: One for each image.
            images: Pillow images, or ``(H, W, 3)`` or ``(H, W)`` uint8 arrays. They are not changed, except that a
                Pillow image whose pixels are still in a file is loaded.

        Raises:
            DatasetError: lengths differ, or something is neither.
        """
        names = tuple(names)
        if len(names) != len(images):
            raise DatasetError(f"{len(names)} names for {len(images)} images")
        for name, image in zip(names, images, strict=True):
            shape, dtype = tuple(getattr(image, "shape", ())), getattr(image, "dtype", None)
            is_array = dtype == "uint8" and len(shape) in (2, 3) and shape[2:] in ((), (3,)) and 0 not in shape
            is_image = hasattr(image, "getbands") and 0 not in image.size
            if not is_array and not is_image:
                found = f"a {dtype} array of shape {shape}" if dtype else f"a {type(image).__name__}"
                raise DatasetError(
                    f"image {name!r} is {found}, neither a Pillow image nor an (H, W, 3) or (H, W) uint8 array"
                )
        return cls(names, _Memory(dict(zip(names, images, strict=True))))

    @classmethod
    def from_embeddings(cls, names: Iterable[str], vectors: npt.ArrayLike, *, normalize: bool = False) -> Dataset:
        """Vectors of the host's own, without images: what has to be measured on an image can't be had.

        Args:
            names: One for each vector.
            vectors: ``(n, d)`` finite numbers. Kept as float32, without a copy if that is what they are.
            normalize: Whether to scale each to unit length.

        Raises:
            DatasetError: another shape, a number that isn't finite, or a zero vector that has to be scaled.
        """
        from tamis.data.vectors import checked

        names = tuple(names)
        try:
            return cls(names, None, vectors=checked(names, vectors, normalize=normalize))
        except ValueError as error:
            raise DatasetError(str(error)) from error


@attrs.frozen
class _Files:
    """Images that are files below a folder."""

    root: str
    shareable: ClassVar[bool] = True

    def open(self, sample: str) -> AbstractContextManager[Image.Image]:
        from tamis.dataset.images import opened

        return opened(f"{self.root}/{sample}")

    def fingerprint(self, sample: str, kind: str) -> str | None:
        from tamis.dataset.images import fingerprint

        return fingerprint(f"{self.root}/{sample}", kind)


@attrs.frozen(eq=False)
class _Memory:
    """Images that the host holds, and keeps: what is handed out is a copy, or a view that copies when written to."""

    images: Mapping[str, Any]
    shareable: ClassVar[bool] = False
    _loading: Lock = attrs.field(factory=Lock, init=False, repr=False)

    def open(self, sample: str) -> AbstractContextManager[Image.Image]:
        from PIL import Image

        image = self.images[sample]
        if hasattr(image, "dtype"):
            return nullcontext(Image.fromarray(image))
        with self._loading:  # an image that is still in a file can be loaded by one thread only
            return nullcontext(image.copy())

    def fingerprint(self, sample: str, kind: str) -> str | None:
        return None


class _Listing:
    """Reads a folder and those in it; each folder once, whatever links lead to it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: set[tuple[int, int]] = set()
        self.samples: list[str] = []
        self.failures: list[Failure] = []
        self.ignored = 0
        self.other = ""

    def read(self) -> None:
        """Folders proper first, then those that only links lead to, in the order of their paths."""
        links = [""]
        while links:
            links.sort(reverse=True)
            folders = [links.pop()]
            while folders:
                folder = folders.pop()
                try:
                    found, linked = self._read(folder)
                except OSError as error:
                    self._fail(folder, error.strerror or str(error))
                else:
                    folders += found
                    links += linked

    def _read(self, folder: str) -> tuple[list[str], list[str]]:
        """Take in the files of one folder; return its folders, and its links to folders."""
        status = (self._root / folder).stat()
        if (status.st_dev, status.st_ino) in self._seen:
            self._fail(folder, "a link to a folder that is in the dataset already")
            return [], []
        self._seen.add((status.st_dev, status.st_ino))
        folders: list[str] = []
        links: list[str] = []
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                name = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    is_folder = entry.is_dir()
                except OSError as error:  # such as a link to itself
                    self._fail(name, error.strerror or str(error))
                    continue
                if is_folder:
                    (links if entry.is_symlink() else folders).append(name)
                else:
                    self._take(name)
        return folders, links

    def _take(self, name: str) -> None:
        if PurePosixPath(name).suffix.lower() not in SUFFIXES:
            self.ignored += 1
            self.other = min(self.other or name, name)
        elif _breaks_line(name):
            self._fail(name, f"its name holds a line break: {_LINE_BREAK}")
        else:
            self.samples.append(name)

    def _fail(self, name: str, reason: str) -> None:
        self.failures.append(Failure(name or ".", "list", None, reason))

    def reasons(self) -> str:
        """What went wrong, a line each, for an error."""
        return "".join(f"\n{failure}" for failure in self.failures[:5])


_LINE_BREAK = "results are lists with one name per line"


def _commonest(names: Sequence[str]) -> tuple[str, int]:
    """The name that is there most often, and how often that is."""
    import numpy as np

    hashes = np.fromiter(map(hash, names), np.int64, len(names))
    hashes.sort()
    if (hashes[1:] != hashes[:-1]).all():  # the usual case, and a tenth of the memory that counting takes
        return names[0], 1
    return Counter(names).most_common(1)[0]


def _breaks_line(name: str) -> bool:
    return "\n" in name or "\r" in name


def _lightly_folder(path: str | os.PathLike[str]) -> Path:
    folder = _folder(path, "lightly folder")
    if folder.name == ".lightly":
        raise DatasetError(f"the lightly folder is the one that holds .lightly: {str(folder.parent)!r}")
    return folder


def _folder(path: str | os.PathLike[str], what: str) -> Path:
    folder = Path(path)
    try:
        if stat.S_ISDIR(folder.stat().st_mode):
            return folder
        problem = "is not a folder"
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "does not exist" if missing else f"can't be read: {error.strerror or error}"
    raise DatasetError(f"the {what} {str(folder)!r} {problem}")
