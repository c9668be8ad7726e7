"""All images below a folder, in the order of their relative paths.

An image is a file with a suffix of a raster format (jpg, png, webp, tif and others), in any letter case. Hidden files
and folders are passed over; links are followed, except to a folder that is in the dataset already. Samples are named by
their paths relative to the folder. A ``.lightly`` folder in it comes along as annotations.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from tamis import Listing, Params, Source, hookimpl
from tamis.errors import DatasetError
from tamis_plugins.annotations.lightly import open_folder
from tamis_plugins.local_files.images import LocalImages
from tamis_plugins.local_files.listing import FolderListing
from tamis_plugins.videos.names import SUFFIXES

#: Which sources take folders of files in which images are, by the suffixes of these.
_SOURCES = {"tar": {".tar"}, "parquet": {".parquet"}, "video": set(SUFFIXES)}


def list_folder(location: str, options: Params) -> Listing:
    """Find the images below a folder."""
    root = folder(location)
    found = FolderListing(root)
    found.read()
    if not found.names:
        raise found.empty(root, _others(root, found.kinds))
    return Listing(
        tuple(sorted(found.names)),
        LocalImages(str(root.absolute())),
        failures=sorted(found.failures, key=lambda failure: failure.sample),
        ignored=found.ignored,
        ignored_kinds=dict(found.kinds),
        annotations=[open_folder(root)],
    )


def _others(root: Path, kinds: Collection[str]) -> str:
    """Which other sources take files of these kinds from a folder."""
    taken = [f"{source}:{root}" for source, suffixes in _SOURCES.items() if not suffixes.isdisjoint(kinds)]
    return f". Images inside of such files are found by {' or '.join(taken)}" if taken else ""


def folder(location: str) -> Path:
    """The folder. Raises `DatasetError` if there is none that can be read."""
    if not location:
        raise DatasetError("the input folder '' is none: the location is empty")
    path = Path(location)
    try:
        path.stat()
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        problem = "does not exist" if missing else f"can't be read: {getattr(error, 'strerror', None) or error}"
        raise DatasetError(f"the input folder {str(path)!r} {problem}") from error
    if not path.is_dir():
        raise DatasetError(f"the input folder {str(path)!r} is not a folder")
    return path


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare folder."""
    return [Source("folder", list_folder, recognizes=os.path.isdir, fallback=True, doc=__doc__ or "")]
