"""Images in tar archives, as WebDataset writes them, without unpacking.

The location is an archive, ``shards/train-0000.tar``; several, ``shards/train-{0000..0099}.tar`` or
``shards/train-*.tar``; or, as ``tar:shards``, all archives of a folder. Compressed ones are refused: nothing in them
can be read by itself.

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
from pathlib import Path

from tamis import Failure, Listing, Params, Source, hookimpl
from tamis.errors import DatasetError
from tamis_plugins.local_files.patterns import Layout, files_at
from tamis_plugins.tar_archives.images import TarImages
from tamis_plugins.tar_archives.members import Members, members_of
from tamis_plugins.tar_archives.sidecars import Sidecars

SUFFIX = ".tar"


def list_archives(location: str, options: Params) -> Listing:
    """Read the headers of all archives."""
    archives = [path.absolute() for path in files_at(location, SUFFIX)]
    layout, prefixes = Layout.of(archives)
    names: list[str] = []
    parts: list[int] = []
    failures: list[Failure] = []
    ignored, other, described = 0, "", False
    for path, prefix in zip(archives, prefixes, strict=True):
        members = _members(path)
        if members.images:
            parts.append(len(names))
        names += [f"{prefix}{name}" for name in members.images]
        failures += [Failure(f"{prefix}{name}", "list", None, reason) for name, reason in members.refused.items()]
        if members.damage:
            failures.append(Failure(prefix.rstrip("/") or path.name, "list", None, members.damage))
        ignored, other = ignored + members.ignored, other or members.other
        described = described or bool(members.sidecars)
    if not names:
        plural = "s" * (ignored != 1)
        others = f"; {ignored} other file{plural}, such as {other!r}" if ignored else ""
        raise DatasetError(f"no image in {location}{others}{''.join(f'{chr(10)}{each}' for each in failures[:5])}")
    beside = Sidecars(location, [(str(path), prefix) for path, prefix in zip(archives, prefixes, strict=True)])
    return Listing(
        names,
        TarImages(layout),
        failures=failures,
        ignored=ignored,
        parts=parts,
        annotations=[beside] if described else [],
    )


def _members(path: Path) -> Members:
    try:
        return members_of(str(path))
    except tarfile.ReadError as error:
        raise DatasetError(f"{path}: not a tar archive, or a compressed one: {error}") from error
    except OSError as error:
        raise DatasetError(f"{path}: can't be read: {error.strerror or error}") from error


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare tar."""
    return [Source("tar", list_archives, suffixes=(SUFFIX,), doc=__doc__ or "")]
