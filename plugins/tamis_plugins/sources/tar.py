"""Images in tar archives, as WebDataset writes them, without unpacking.

The location is an archive, ``shards/train-0000.tar``; several, ``shards/train-{0000..0099}.tar`` or
``shards/train-*.tar``; or, as ``tar:shards``, all archives of a folder. Compressed ones are refused: nothing in them
can be read by itself.

Each of these may be a URL, as ``url`` takes them, with its extras and credentials: ``s3://bucket/train-{0000..0099}.tar``.
With options, name the source: ``tar:s3://bucket/train.tar,anonymous=true``. Of an archive on a server the headers are
read first, what lies between two of them only if it is less than 16 kB; then, in the order of the archive, images
together in requests of up to 1 MB, several ahead of the one that is measured. No byte of an image is asked for twice in
a pass, nothing is stored here, and the server has to send parts of files. An archive that has changed since its headers
were read costs the images that weren't read before, with that reason.

Samples are named by the members that are images, key and suffix, in the order of the archive; where there are several
archives, with the archive before it: ``train-0000/000123.jpg``. What lies beside an image under the same key is
metadata: the members of an object in ``.json``, the whole of ``.cls`` and ``.txt``, as categories named so. Of a
member that is there twice, the last counts. Links, sparse members and names that leave the archive are refused; what
an archive that was cut off still holds is used.

Images are read where they lie, those of an archive together, so that none is opened twice in a pass. An image is known
again by size and time of its archive, and its position.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from tamis import Failure, Listing, Params, Source, hookimpl, without_secrets
from tamis.errors import DatasetError
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, files_at
from tamis_plugins.anywhere.layout import Layout
from tamis_plugins.remote.connecting import ALL
from tamis_plugins.tar_archives.images import TarImages
from tamis_plugins.tar_archives.members import Members, members_of
from tamis_plugins.tar_archives.sidecars import Sidecars

SUFFIX = ".tar"


def list_archives(location: str, options: Params) -> Listing:
    """Read the headers of all archives."""
    found = files_at(location, SUFFIX, options)
    layout, prefixes = Layout.of(found.paths)
    archives = [found.files.file(path) for path in found.paths]
    names: list[str] = []
    parts: list[int] = []
    failures: list[Failure] = []
    ignored, other, described = 0, "", False
    known: dict[str, tuple[str, int, int]] = {}
    beside: list[tuple[File, str, Members | None]] = []
    for archive, path, prefix, members in zip(
        archives, found.paths, prefixes, _all_members(archives, found.files.at_once), strict=True
    ):
        if members.images:
            parts.append(len(names))
        names += [f"{prefix}{name}" for name in members.images]
        beside.append((archive, prefix, members if found.files.at_once else None))
        if found.files.at_once:
            known |= {f"{prefix}{name}": (path, *place) for name, place in members.images.items()}
        failures += [Failure(f"{prefix}{name}", "list", None, reason) for name, reason in members.refused.items()]
        if members.damage:
            failures.append(
                Failure(prefix.rstrip("/") or PurePosixPath(archive.where).name, "list", None, members.damage)
            )
        ignored, other = ignored + members.ignored, other or members.other
        described = described or bool(members.sidecars)
    if not names:
        plural = "s" * (ignored != 1)
        others = f"; {ignored} other file{plural}, such as {other!r}" if ignored else ""
        raise DatasetError(
            f"no image in {without_secrets(location)}{others}{''.join(f'{chr(10)}{each}' for each in failures[:5])}"
        )
    return Listing(
        names,
        TarImages(layout, found.files, known=known),
        failures=failures,
        ignored=ignored,
        parts=parts,
        annotations=[Sidecars(without_secrets(location), beside)] if described else [],
    )


def _all_members(archives: Sequence[File], at_once: int) -> Iterator[Members]:
    """Of several archives at a time, where that saves waiting."""
    if not at_once:
        yield from map(_members, archives)
        return
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(_members, archives)


def _members(archive: File) -> Members:
    try:
        return members_of(archive)
    except tarfile.ReadError as error:
        raise DatasetError(f"{archive.where}: not a tar archive, or a compressed one: {error}") from error
    except OSError as error:
        raise DatasetError(f"{archive.where}: can't be read: {error.strerror or error}") from error


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare tar."""
    return [
        Source(
            "tar",
            list_archives,
            schemes=ALL,
            endings=(SUFFIX,),
            suffixes=(SUFFIX,),
            schema={"properties": dict(ACCESS)},
            doc=__doc__ or "",
        )
    ]
