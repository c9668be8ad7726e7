"""Sources: where samples and their images are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any

import attrs

from tamis.data.names import names
from tamis.declarations.checks import clean, is_function, is_name, is_schema, may_be_function
from tamis.declarations.params import Params

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from tamis.data.failure import Failure
    from tamis.declarations.annotations import Annotations


class Images(ABC):
    """How to open the images of one location, by name. May be used from several threads.

    It is small: it travels to other processes with the work on every batch, and the names don't.

    Attributes:
        shareable: Whether it can be pickled, and used in another process.
    """

    shareable: bool = True

    @abstractmethod
    def open(self, name: str) -> AbstractContextManager[IO[bytes] | Image.Image]:
        """The content of an image as a file open for reading, in one of the formats that tamis decodes; or an image.

        Called once per image for all that is measured of it. tamis decodes a file, so that all sources give the same
        pixels; an image is for what has no file, such as a frame of a video.

        Raises:
            OSError: it can't be read; that is recorded as this sample's failure, with ``strerror`` or the message.
        """

    def fingerprint(self, name: str) -> str | None:
        """What stands for an image's content, and changes with it; None if there is no such thing. Never raises.

        Had without reading the content: size and time of modification, an ETag, the position in an archive. What was
        measured is stored only where there is one.
        """
        return None

    def path(self, name: str) -> Path | None:
        """The file of this machine that an image is, for links to it; None if it is none."""
        return None


def _tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(values)


@attrs.frozen(eq=False)
class Listing:
    """What a source finds at a location.

    Attributes:
        names: Of the samples, in order; unique, without line breaks. Relative POSIX paths where they are files.
        images: How to open them; None if there are none, and all that is known of the samples is annotations.
        failures: What was found and can't be a sample, with the reason.
        ignored: How many files are there that are no images.
        parts: Positions in ``names`` at which another archive, or whatever is best read in one go, begins. No batch of
            work goes beyond one.
        annotations: What is known of the samples at the same location.
    """

    names: tuple[str, ...] = attrs.field(converter=names)
    images: Images | None
    failures: tuple[Failure, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)
    ignored: int = attrs.field(default=0, kw_only=True)
    parts: tuple[int, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)
    annotations: tuple[Annotations, ...] = attrs.field(default=(), kw_only=True, converter=_tuple)


def _lowered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.lower() for text in names(texts))


@attrs.frozen
class Source:
    """A kind of place where images are.

    A location is taken by the source that it names (``SOURCE:LOCATION``), or by the one that claims it: a URL by its
    scheme, anything else by the end of its name or by a look at it. Where several do, the user has to name one.

    Attributes:
        name: What ``--input NAME:LOCATION`` calls it. The entry-point name.
        open: ``open(location, options) -> Listing``: finds the images at a location. May raise `DatasetError`, and
            `ParameterError` about an option.
        schemes: Schemes of the URLs that it claims, such as ``s3``.
        suffixes: Ends of the names of files that it claims, such as ``.tar``; in any letter case.
        recognizes: ``recognizes(location)``: whether it claims a location that has none of these, such as a folder.
        fallback: Whether it steps back where another source claims a location, too.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in.
        doc: What its locations are, and how samples are named.
    """

    name: str = attrs.field(validator=is_name)
    open: Callable[[str, Params], Listing] = attrs.field(validator=is_function)
    schemes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_lowered)
    suffixes: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=_lowered)
    recognizes: Callable[[str], bool] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    fallback: bool = attrs.field(default=False, kw_only=True)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
