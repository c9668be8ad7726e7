"""Images on a server: in a bucket, on the web, or wherever else a URL leads.

Locations are ``s3://bucket/folder``, ``gs://bucket/folder``, ``az://container/folder`` and ``https://host/folder``, by
obstore (the extra ``cloud``); and ``sftp://``, ``hf://``, ``memory://`` and all else that fsspec knows (the extra
``fsspec``), with what that needs for the scheme.

All images below the location, by the suffixes that ``folder`` takes, in the order of their names, which are relative to
the location. Names that begin with a dot are passed over, a ``.lightly`` folder too. A ``%`` in a URL begins an escape.

Credentials are what the library finds in the environment, such as ``AWS_ACCESS_KEY_ID`` or
``GOOGLE_APPLICATION_CREDENTIALS``; they are never stored. ``anonymous`` asks without any. ``endpoint`` is for servers
that speak the protocol of S3 or of Google's storage. With options, name the source:
``url:s3://bucket/folder,anonymous=true``. URLs that end in ``.tar`` or ``.parquet`` are those of the sources called so,
and another source that claims a scheme goes before this one.

Few web servers say what they have. ``list`` names a text file with an image on each line, as a path below the location
or as a URL; whatever its suffix. Each is asked for its ETag first.

An image is fetched once in a run, by one request, several ahead of the one that is measured. It is known again by size
and ETag, as the listing has them, so that a run in which all is known fetches nothing. One that has changed since it
was listed is measured, and kept, as it was read. Requests that are throttled, time out or break off are repeated, 8
times in all, after pauses that grow; an image that still fails is tried again by the next run.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from tamis import Listing, Params, Source, hookimpl, read_names
from tamis.errors import DatasetError
from tamis_plugins.local_files.sieve import Sieve
from tamis_plugins.remote.connecting import ALL
from tamis_plugins.remote.images import UrlImages
from tamis_plugins.remote.place import WEB, Place
from tamis_plugins.remote.store import Entry


def list_images(location: str, options: Params) -> Listing:
    """Ask the server what there is; no image is read."""
    place = Place.of(location, options)
    known: dict[str, str] = {}
    images = UrlImages(place, known)
    try:
        store = images.store
        if "list" in options:
            names = _listed(Path(options["list"]), place)
            with ThreadPoolExecutor(store.at_once) as pool:
                found = zip(names, pool.map(images.fingerprint, names), strict=True)
                known.update((name, fingerprint) for name, fingerprint in found if fingerprint)
            return Listing(names, images)
        sieve = _sieved(store.entries(), known)
    except OSError as error:
        reason = error.strerror or str(error)
        if place.scheme in WEB:
            reason += ". Few web servers list what they have: name a file with a path on each line, url:...,list=FILE"
        raise DatasetError(f"{place.shown} can't be listed: {reason}") from error
    if not sieve.names:
        raise sieve.empty(place.shown)
    return Listing(
        sorted(sieve.names),
        images,
        failures=sieve.failures,
        ignored=sieve.ignored,
        ignored_kinds=dict(sieve.kinds),
    )


def _sieved(entries: Iterable[Entry], known: dict[str, str]) -> Sieve:
    """The images among what is there. Their fingerprints become known."""
    sieve = Sieve()
    for entry in entries:
        is_folder = not entry.size and not PurePosixPath(entry.name).suffix  # as consoles make them in a bucket
        if is_folder or entry.name.startswith(".") or "/." in entry.name:
            continue
        sieve.take(entry.name)
        if entry.fingerprint and sieve.names and sieve.names[-1] is entry.name:
            known[entry.name] = entry.fingerprint
    return sieve


def _listed(path: Path, place: Place) -> list[str]:
    names = [place.name_of(line.strip()) for line in read_names(path) if line.strip()]
    if not names:
        raise DatasetError(f"the list {str(path)!r} names no file")
    return names


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare url."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "anonymous": {"type": "boolean", "default": False, "description": "Of a bucket: ask without credentials."},
            "endpoint": {
                **text,
                "description": "Of s3:// and gs://: the address of the server, such as https://minio:9000.",
            },
            "list": {**text, "description": "A text file with an image on each line, in place of the server's list."},
        }
    }
    return [Source("url", list_images, schemes=ALL, fallback=True, schema=schema, doc=__doc__ or "")]
