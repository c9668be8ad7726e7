"""Sources: where samples and their images are."""

from __future__ import annotations

import hashlib
import pickle
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import IO, TYPE_CHECKING, Any

import attrs

from tamis.data.names import names
from tamis.declarations.checks import clean, is_function, is_prefix, is_schema, may_be_function
from tamis.declarations.params import Params

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from tamis.data.failure import Failure
    from tamis.declarations.annotations import Annotations


class Images(ABC):
    """Opens the images of one location by the names of their samples. May be used from several threads.

    It travels to worker processes with every batch of work. Keep it small: a path or a URL, not the list of names.

    Attributes:
        shareable: Whether it can be pickled and used in another process. If not, images are measured on threads of
            this process, and executors that work elsewhere are refused.
    """

    shareable: bool = True

    @property
    def identity(self) -> str | None:
        """A text that tells this location from others; None if nothing is to be stored of it.

        A store may be shared by several datasets. Files of two folders may well have one name, size and time. By
        default, it stands for all that is pickled of this object. Override it where that holds what doesn't tell
        locations apart, such as a token that expires.
        """
        return hashlib.sha256(pickle.dumps(self)).hexdigest()[:16] if self.shareable else None

    @abstractmethod
    def open(self, name: str) -> AbstractContextManager[IO[bytes] | Image.Image]:
        """Open an image: a context manager around a binary file, or around a Pillow image.

        A file is in a format that tamis decodes (JPEG, PNG, WebP, TIFF and others). tamis decodes it, so that every
        source gives the same pixels. A Pillow image is for what has no file, such as a frame of a video. Each image is
        opened once for all that is measured of it.

        Args:
            name: The sample, one of `Listing.names`.

        Raises:
            OSError: the image can't be read. That is recorded as the sample's failure, with ``strerror`` or the
                message as its reason, and the run goes on.
        """

    def fingerprint(self, name: str) -> str | None:
        """A text that changes when the content of an image does; None if there is none. Never raises.

        It is known without reading the content: size and time of modification, an ETag, the position in an archive.
        A store keeps what was measured of an image under its fingerprint, with the ``identity`` of the location.
        Without one, nothing is stored.
        """
        return None

    def size(self, name: str) -> int | None:
        """The bytes of the file that an image is, as far as that is known without opening it; else None. Never raises.

        Where no more is asked of an image than how large its file is, it is opened only if this is None. Give None for
        what can't be opened, too: then it is said why.
        """
        return None

    def reading(self, names: Sequence[str]) -> AbstractContextManager[Images]:
        """These images, as a context manager around a batch of work. By default they are as they are.

        Override it where an image takes longer to come than to measure, as from a server: give `Images` that have
        threads fetch the next ones while one is measured. In the batch, ``fingerprint`` may say what was fetched.

        Args:
            names: The samples that are going to be opened, each once, in this order.
        """
        return nullcontext(self)

    def portion(self, names: Sequence[str]) -> Images:
        """These images as they travel to another process with a batch of work. By default they are as they are.

        What opens images is pickled once for a run. Override this where whoever listed them knows what others would
        have to find out again, such as where each image is in an archive on a server: give `Images` that hold it for
        these samples. They have the same ``identity``, and are small: they are pickled with every batch.

        Args:
            names: The samples of the batch, in the order in which they are going to be opened.
        """
        return self

    def path(self, name: str) -> Path | None:
        """The file on this machine that holds an image, for exports that link to it; None if there is none."""
        return None


def _tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.frozen(eq=False)
class Listing:
    """What a source finds at a location.

    Attributes:
        names: Names of the samples, in dataset order: the same every time. They are unique and hold no line break.
            Where samples are files, they are relative POSIX paths, such as ``sub/a.jpg``.
        images: Opens the images of these samples; None if there are none, and annotations are all that is known.
        imageless: Why there are no images, in words for whoever needs some, such as which columns a table has.
        failures: What was found and can't be a sample, each with the reason.
        ignored: The number of files that were passed over since they are no images.
        ignored_kinds: How many of them are of which kind, such as ``{".mov": 4}``.
        parts: Ascending positions in ``names`` at which another archive begins, or whatever else is best read in one
            go. No batch of work crosses one, so that a worker reads from one archive at a time.
        units: Ascending positions in ``names`` at which begins what is best done by one worker as a whole, such as a
            row group, or the frames from one key frame on. Then each is a batch of work, unless it has more than 4096
            samples. By default batches are as long as they take about a second.
        annotations: What is known of the samples at the same location, such as a ``.lightly`` folder.
        conversions: What samples can be given back as, in Python: functions by names. ``{"acme": function}`` is the
            method ``to_acme`` of a `Dataset` that was opened so. ``function(names)`` takes names of samples, and
            returns an object of another library with these, in this order.
    """

    names: tuple[str, ...] = attrs.field(converter=names)
    images: Images | None
    imageless: str = attrs.field(default="", kw_only=True)
    failures: tuple[Failure, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)
    ignored: int = attrs.field(default=0, kw_only=True)
    ignored_kinds: Mapping[str, int] = attrs.field(factory=dict, kw_only=True)
    parts: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)
    units: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)
    annotations: tuple[Annotations, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)
    conversions: Mapping[str, Callable[[tuple[str, ...]], Any]] = attrs.field(factory=dict, kw_only=True)


def _lowered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.lower() for text in names(texts))


def _are_texts(source: Source, attribute: attrs.Attribute[tuple[str, ...]], texts: tuple[str, ...]) -> None:
    if "" in texts:
        raise ValueError(f"{attribute.name} hold an empty text, which every location would have")


@attrs.frozen
class Source:
    """A kind of place where images are, such as a folder or an archive.

    A location may name its source: ``SOURCE:LOCATION``. One that doesn't is opened by the source that claims it. A URL
    is claimed by its scheme; by one of ``endings``, too, if there are some. Anything else is claimed by the end of its
    name, or by ``recognizes``. If several sources claim a location, those that claim a URL by its end go before those
    that claim all of its scheme, and a ``fallback`` comes last. If there are still several, the user has to name one.

    In Python, a location may be an object of another library, such as a table that is loaded already. It is opened by
    the source that ``takes`` it.

    Attributes:
        name: What ``--input NAME:LOCATION`` calls it. The entry-point name.
        open: ``open(location, options) -> Listing``: finds the images at a location, and opens none of them. May
            raise `DatasetError`, and `ParameterError` about an option.
        schemes: The schemes of URLs that it claims, such as ``s3``, in any letter case.
        endings: The ends that URLs of these schemes have to have to be claimed, such as ``.tar``, in any letter case;
            none if any will do.
        suffixes: The ends of names of files that it claims, such as ``.tar``, in any letter case.
        recognizes: ``recognizes(location) -> bool``: whether it claims a location that has none of these suffixes and
            is no URL, such as a folder.
        takes: ``takes(object) -> bool``: whether ``open`` takes this object in place of a location. It is asked of
            objects of every kind, and best answers without importing the library that they would be of. None if it
            takes none.
        fallback: Whether it gives way where another source claims the location too.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in.
        doc: What its locations are, and how samples are named.
    """

    name: str = attrs.field(validator=is_prefix)
    open: Callable[[Any, Params], Listing] = attrs.field(validator=is_function)
    schemes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_lowered, validator=_are_texts)
    endings: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_lowered, validator=_are_texts)
    suffixes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_lowered, validator=_are_texts)
    recognizes: Callable[[str], bool] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    takes: Callable[[object], bool] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    fallback: bool = attrs.field(default=False, kw_only=True)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
