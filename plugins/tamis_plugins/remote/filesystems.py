"""All other servers that fsspec knows."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from tamis.errors import DatasetError, MissingDependencyError
from tamis_plugins.remote.patience import patiently
from tamis_plugins.remote.place import Place
from tamis_plugins.remote.problems import of_fsspec
from tamis_plugins.remote.store import Content, Entry, fingerprint_of

T = TypeVar("T")

#: Schemes that fsspec knows, beside those that are for obstore, that lie around another, or that are for programs.
SCHEMES = (
    *("adl", "arrow_hdfs", "box", "dbfs", "dropbox", "dvc", "file", "ftp", "gcs", "gdrive", "gist", "git", "github"),
    *("hdfs", "hf", "jlab", "jupyter", "lakefs", "local", "memory", "oci", "ocilake", "oss", "root", "sftp", "smb"),
    *("ssh", "tos", "tosfs", "wandb", "webdav", "webhdfs"),
)
#: What libraries call that which changes with a content, the most telling first.
TAGS = ("ETag", "etag", "e_tag", "md5Hash", "md5", "blob_id", "sha", "checksum", "mtime", "LastModified")
DATES = ("last_modified", "modified", "updated", "modificationTime", "modify", "created")


class Filesystem:
    """Files below a folder, as fsspec has them.

    Raises:
        MissingDependencyError: there is no fsspec.
        DatasetError: it knows no such scheme, or lacks what that needs.
        OSError: the server can't be reached.
    """

    def __init__(self, place: Place) -> None:
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise MissingDependencyError("fsspec", f"reading {place.scheme}:// locations", "fsspec") from error
        try:
            self._connect: Any = partial(url_to_fs, place.url, skip_instance_cache=True)  # that knows old listings
            self._files, self._root = self._connect()
        except ImportError as error:
            raise DatasetError(f"reading {place.scheme}:// locations needs more than fsspec: {error}") from error
        except ValueError as error:
            raise DatasetError(f"no library that is installed takes {place.scheme}:// locations: {error}") from None
        except Exception as error:  # noqa: BLE001 (there is a library for each scheme)
            raise of_fsspec(error) from None
        # Libraries that aren't asynchronous are used by one thread at a time, over a connection for each.
        self.at_once = 16 if self._files.async_impl else 4
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        self._idle.put(self._files)

    def entries(self, *, deep: bool = True) -> Iterator[Entry]:
        """Folder by folder; hidden ones are passed over."""
        if not self._asked(lambda files: files.isdir(self._root)):
            self._asked(lambda files: files.info(self._root))
            raise OSError("it is no folder")
        folders = [""]
        while folders:
            folder = folders.pop()
            for each in self._asked(partial(self._files_in, self._path(folder))):
                last = each["name"].rstrip("/").rpartition("/")[2]
                if last.startswith(".") or not last:
                    continue
                name = f"{folder}/{last}" if folder else last
                if each["type"] == "directory":
                    folders += [name] if deep else []
                else:
                    yield Entry(name, each.get("size") or 0, _fingerprint(each))

    def read(self, name: str) -> Content:
        """What is known of it, then all of it."""
        path = self._path(name)

        def read(files: Any) -> Content:
            fingerprint = _fingerprint(files.info(path))
            return Content(files.cat_file(path), fingerprint)

        return self._asked(read)

    def part(self, name: str, start: int, count: int) -> Content:
        """What is known of it, then some of it."""
        path = self._path(name)

        def read(files: Any) -> Content:
            fingerprint = _fingerprint(files.info(path))
            return Content(files.cat_file(path, start=start, end=start + count), fingerprint)

        return self._asked(read)

    def entry(self, name: str) -> Entry:
        """By what is known of it."""

        def told(files: Any) -> Entry:
            info = files.info(self._path(name))
            if info["type"] == "directory":
                raise FileNotFoundError
            return Entry(name, info.get("size") or 0, _fingerprint(info))

        return self._asked(told)

    @staticmethod
    def _files_in(path: str, files: Any) -> list[dict[str, Any]]:
        return files.ls(path, detail=True)  # type: ignore[no-any-return]  # so it is documented

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}" if name else self._root

    def _asked(self, request: Callable[[Any], T]) -> T:
        """Asked again for what may pass, over another connection. Raises `OSError`."""

        def once() -> T:
            try:
                files = self._connection()
                found = request(files)
            except Exception as error:  # noqa: BLE001
                raise of_fsspec(error) from None
            if not files.async_impl:
                self._idle.put(files)
            return found

        return patiently(once)

    def _connection(self) -> Any:
        """One that nobody uses now."""
        if self._files.async_impl:
            return self._files
        with suppress(queue.Empty):
            return self._idle.get_nowait()
        return self._connect()[0]


def _fingerprint(info: Mapping[str, Any]) -> str | None:
    found = (info[key] for key in (*TAGS, *DATES) if info.get(key) is not None)
    return fingerprint_of(info.get("size") or 0, next(found, None))
