"""From a location to files: a path or a URL; one, a pattern of several, or those of a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from tamis import Params, without_secrets
from tamis.errors import DatasetError, ParameterError
from tamis_plugins.anywhere.file import File, Files, Here, LocalFile
from tamis_plugins.anywhere.patterns import local_files
from tamis_plugins.anywhere.tree import LocalTree, Tree
from tamis_plugins.remote.finding import remote_file, remote_files, remote_tree
from tamis_plugins.remote.place import is_url

#: The options of a location that is a URL, for the schema of whoever takes one.
ACCESS: Mapping[str, Any] = {
    "anonymous": {"type": "boolean", "default": False, "description": "Of a bucket: ask without credentials."},
    "endpoint": {
        "type": "string",
        "minLength": 1,
        "description": "Of s3:// and gs://: the address of the server, such as https://minio:9000.",
    },
}


@attrs.frozen
class Found:
    """The files that a location means.

    Attributes:
        files: Where they are.
        paths: Their paths there, in order.
    """

    files: Files
    paths: tuple[str, ...]


def files_at(location: str, suffix: str, options: Params) -> Found:
    """The files, in order.

    Args:
        location: A file; a pattern with ``{0000..0099}``, ``{a,b}``, ``*`` and the like; or a folder. A path or a URL.
        suffix: Of those that are meant by a folder.
        options: Those of `ACCESS`.

    Raises:
        DatasetError: one isn't there, or none is, or the server can't be asked.
        ParameterError: an option is for another location.
        MissingDependencyError: the URL needs a package that isn't installed.
    """
    if is_url(location):
        return Found(*remote_files(location, suffix, options))
    check_access(options)
    return Found(Here(), tuple(str(path.absolute()) for path in local_files(location, suffix)))


def file_at(location: str, options: Params) -> File:
    """One file, which `File.problem` tells of if it is none. Raises as `files_at` does."""
    if is_url(location):
        return remote_file(location, options)
    check_access(options)
    return LocalFile(str(Path(location).absolute()))


def tree_at(location: str, options: Params) -> Tree:
    """A folder, of which `Tree.is_folder` tells whether it is there.

    Raises:
        DatasetError: the server can't be asked what it has.
        ParameterError: an option is for another location.
        MissingDependencyError: the URL needs a package that isn't installed.
    """
    if is_url(location):
        return remote_tree(location, options)
    check_access(options)
    return LocalTree(str(Path(location).absolute()))


def folder_there(location: str, what: str, options: Params) -> Tree:
    """The same. One that isn't there is a `DatasetError`, too."""
    tree = tree_at(location, options)
    if not tree.is_folder():
        is_file = not is_url(location) and os.path.lexists(location)
        raise DatasetError(f"the {what} {without_secrets(location)!r} {'is a file' if is_file else 'does not exist'}")
    return tree


def check_access(options: Params) -> None:
    """Raise `ParameterError` if one of `ACCESS` is given, of a location that is a path."""
    for name in ACCESS:
        if options.get(name):
            raise ParameterError(name, "is for a URL, and the location is a path")


def file_there(location: str, what: str, options: Params) -> File:
    """The same. One that can't be read, as far as can be told without doing so, is a `DatasetError`, too."""
    file = file_at(location, options)
    if problem := file.problem():
        raise DatasetError(f"the {what} {location!r} {problem}")
    return file


def file_of(option: str, options: Params) -> File | None:
    """The file that an option names beside that of the location; None without the option.

    The options of `ACCESS` are for it, too, if it is a URL.

    Raises:
        ParameterError: it can't be read, with the option.
    """
    if option not in options:
        return None
    location = options[option]
    try:
        return file_there(location, "file", options if is_url(location) else {})
    except DatasetError as error:
        raise ParameterError(option, str(error)) from error
