"""From a URL to the files that it means."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase

from tamis import Params
from tamis.errors import DatasetError
from tamis_plugins.anywhere.patterns import expanded
from tamis_plugins.remote.files import RemoteFile, RemoteFiles, Server
from tamis_plugins.remote.place import PATTERN, WEB, Place
from tamis_plugins.remote.store import Entry
from tamis_plugins.remote.tree import RemoteTree


def remote_file(location: str, options: Params) -> RemoteFile:
    """One file. Raises `DatasetError` if it isn't there, or can't be asked for."""
    place, name = Place.of(location, options).split()
    try:
        server = Server.at(place)
        return RemoteFile(server, server.store.entry(name))
    except OSError as error:
        raise _unreadable(f"{place.shown}/{name}", error) from error


def remote_files(location: str, suffix: str, options: Params) -> tuple[RemoteFiles, tuple[str, ...]]:
    """The files, in order, and what is known of them.

    Args:
        location: A file; a pattern with ``{0000..0099}``, ``{a,b}`` and ``*``; or a folder.
        suffix: Of those that are meant by a folder.
        options: Of the location.
    """
    whole = Place.of(location, options)
    texts = [Place.of(text, options) for text in expanded(whole.url)]
    patterns = any(PATTERN.search(text.url) for text in texts)
    try:
        if len(texts) == 1 and not patterns and not whole.url.lower().endswith(suffix):
            server, entries = _of_folder(whole, suffix)
        else:
            root = Place.common(texts)
            server, names = Server.at(root), [root.below(text) for text in texts]
            entries = _matching(server, names, whole) if patterns else _named(server, names, whole)
    except OSError as error:
        raise _unreadable(whole.shown, error) from error
    if len({entry.name for entry in entries}) < len(entries):
        raise DatasetError(f"the input {whole.shown!r} names a file twice")
    return RemoteFiles(server, {entry.name: entry for entry in entries}), tuple(entry.name for entry in entries)


def remote_tree(location: str, options: Params) -> RemoteTree:
    """A folder, listed. Raises `DatasetError` if it can't be."""
    place = Place.of(location, options)
    try:
        server = Server.at(place)
        return RemoteTree(
            server, {entry.name: entry for entry in _listed(server, deep=True, remedy="copy it, or use a bucket")}
        )
    except OSError as error:
        raise _unreadable(place.shown, error) from error


def _named(server: Server, names: Sequence[str], whole: Place) -> list[Entry]:
    """Files by their names, each asked for."""
    with ThreadPoolExecutor(server.store.at_once) as pool:
        return list(pool.map(lambda name: _entry(server, name, whole, len(names)), names))


def _matching(server: Server, patterns: Sequence[str], whole: Place) -> list[Entry]:
    """The files of each pattern."""
    there = _listed(server, deep=any("/" in pattern for pattern in patterns))
    found = [entry for pattern in patterns for entry in there if _matches(entry.name, pattern)]
    if not found:
        raise DatasetError(f"the input {whole.shown!r} matches no file")
    return found


def _of_folder(whole: Place, suffix: str) -> tuple[Server, list[Entry]]:
    """The files in a folder; or the file, if that is what it is."""
    if whole.has_path:
        folder, name = whole.split()
        try:
            return (server := Server.at(folder)), [server.store.entry(name)]
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
    server = Server.at(whole)
    entries = _listed(server, deep=False)
    if not (found := [entry for entry in entries if _matches(entry.name, "*") and entry.name.lower().endswith(suffix)]):
        raise DatasetError(f"the folder {whole.shown!r} holds no file that ends in {suffix}")
    return server, found


def _listed(server: Server, *, deep: bool, remedy: str = "name each file, x-{000..099}") -> list[Entry]:
    try:
        return sorted(server.store.entries(deep=deep), key=lambda entry: entry.name)
    except OSError as error:
        if server.place.scheme not in WEB:
            raise
        reason = f"{error.strerror or error}. Few web servers list what they have: {remedy}"
        raise OSError(error.errno, reason) from error


def _matches(name: str, pattern: str) -> bool:
    """Part by part: none stands for several. What begins with a dot is meant by what does so only."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(
        fnmatchcase(part, each) and (each.startswith(".") or not part.startswith("."))
        for part, each in zip(parts, patterns, strict=True)
    )


def _entry(server: Server, name: str, whole: Place, count: int) -> Entry:
    try:
        return server.store.entry(name)
    except OSError as error:
        also = f" (one of {count} that {whole.shown!r} means)" if count > 1 else ""
        raise _unreadable(f"{server.place.shown}/{name}", error, also) from error


def _unreadable(shown: str, error: OSError, also: str = "") -> DatasetError:
    return DatasetError(f"{shown!r} can't be read: {error.strerror or error}{also}")
