"""Buckets and web servers, by obstore."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from tamis.errors import MissingDependencyError
from tamis_plugins.remote import patience
from tamis_plugins.remote.place import AMAZON, WEB, Place
from tamis_plugins.remote.problems import of_obstore
from tamis_plugins.remote.store import Content, Entry, fingerprint_of

#: An answer may take long as long as it goes on: many images may share a slow line.
TIMES = {"connect_timeout": "5s", "read_timeout": "30s", "timeout": "10m"}


class Bucket:
    """Objects whose keys begin with the location's. It is the library that looks for credentials, and asks again.

    Raises:
        MissingDependencyError: there is no obstore.
        OSError: the location is none that it takes.
    """

    at_once = 16

    def __init__(self, place: Place) -> None:
        try:
            import obstore.store
        except ImportError as error:
            raise MissingDependencyError("obstore", f"reading {place.scheme}:// locations", "cloud") from error
        config = {"endpoint" if place.scheme in AMAZON else "base_url": place.endpoint} if place.endpoint else {}
        if place.anonymous:
            config["skip_signature"] = "true"
        retries = {
            "max_retries": patience.ATTEMPTS - 1,
            "backoff": {
                "init_backoff": timedelta(seconds=patience.FIRST),
                "max_backoff": timedelta(seconds=patience.LONGEST),
                "base": 2,
            },
        }
        options = {"allow_http": place.scheme in (*AMAZON, "http") or bool(place.endpoint), **TIMES}
        self._obstore: Any = obstore

        def store(retries: Mapping[str, Any]) -> Any:
            given = {"config": config} if config else {}
            return self._obstore.store.from_url(place.url, **given, client_options=options, retry_config=retries)

        try:
            self._store = store(retries)
            # Few web servers can list, and most say so by what the library asks again after.
            self._listing = store({**retries, "max_retries": 0}) if place.scheme in WEB else self._store
        except Exception as error:  # noqa: BLE001 (its errors have no class of their own in common)
            raise of_obstore(error) from None

    def entries(self, *, deep: bool = True) -> Iterator[Entry]:
        """Page by page; of a web server, which has no pages, all at once."""
        by_library = self._listing is self._store
        for page in self._pages(deep) if by_library else patience.patiently(lambda: list(self._pages(deep))):
            for each in page:
                yield Entry(each["path"], each["size"], _fingerprint(each))

    def _pages(self, deep: bool) -> Iterator[Any]:
        try:
            if deep:
                yield from self._obstore.list(self._listing)
            else:
                yield self._obstore.list_with_delimiter(self._listing)["objects"]
        except Exception as error:  # noqa: BLE001
            raise of_obstore(error) from None

    def read(self, name: str) -> Content:
        """What was broken off goes on where it was, if it has an ETag that is still the same."""
        try:
            got = self._obstore.get(self._store, name)
            return Content(got.bytes().to_bytes(), _fingerprint(got.meta))
        except Exception as error:  # noqa: BLE001
            raise of_obstore(error) from None

    def part(self, name: str, start: int, count: int) -> Content:
        """By a range, which few servers don't know."""
        try:
            got = self._obstore.get(self._store, name, options={"range": (start, start + count)})
            return Content(got.bytes().to_bytes(), _fingerprint(got.meta))
        except Exception as error:  # noqa: BLE001
            if "RangeNotSupported" in str(error):
                raise OSError(errno.ENOTSUP, "the server sends whole files only, no parts of one: copy it") from None
            raise of_obstore(error) from None

    def entry(self, name: str) -> Entry:
        """By a HEAD."""
        try:
            found = self._obstore.head(self._store, name)
            return Entry(name, found["size"], _fingerprint(found))
        except Exception as error:  # noqa: BLE001
            raise of_obstore(error) from None


def _fingerprint(meta: Mapping[str, Any]) -> str | None:
    """By the ETag; a web server may have none."""
    return fingerprint_of(meta["size"], meta["e_tag"] or meta["last_modified"])
