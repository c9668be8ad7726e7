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

import os
import tarfile
from pathlib import Path

from tamis import Failure, Listing, Params, Source, hookimpl
from tamis.errors import DatasetError
from tamis_plugins.tar_archives.images import TarImages
from tamis_plugins.tar_archives.locations import SUFFIX, archives_at
from tamis_plugins.tar_archives.members import Members, members_of
from tamis_plugins.tar_archives.sidecars import Sidecars


def list_archives(location: str, options: Params) -> Listing:
    """Read the headers of all archives."""
    archives = [path.absolute() for path in archives_at(location)]
    images, prefixes = _layout(archives)
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
        names, images, failures=failures, ignored=ignored, parts=parts, annotations=[beside] if described else []
    )


def _layout(archives: list[Path]) -> tuple[TarImages, list[str]]:
    """How to open images, and what the names of each archive's begin with."""
    if len(archives) == 1:
        return TarImages(str(archives[0])), [""]
    root = Path(os.path.commonpath([path.parent for path in archives]))
    labels = [path.relative_to(root).as_posix() for path in archives]
    depths, suffixes = {label.count("/") + 1 for label in labels}, {Path(label).suffix for label in labels}
    if len(depths) > 1 or len(suffixes) > 1:
        raise DatasetError(
            f"{labels[0]} and {labels[-1]} are not alike: archives are in folders of one depth, {SUFFIX}"
        )
    suffix = suffixes.pop()
    return TarImages(str(root), depths.pop(), suffix), [f"{label.removesuffix(suffix)}/" for label in labels]


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
