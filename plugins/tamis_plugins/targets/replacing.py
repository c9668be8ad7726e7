"""What is at a target already: kept, or replaced if the user says so, but never what the dataset is read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tamis import Params, Selection, check_output
from tamis.errors import OutputError, TamisError

#: The schema of the option that says whether to replace it.
FORCE = {"type": "boolean", "default": False, "description": "Replace what is there already."}


def check_file(target: str, options: Params) -> None:
    """Raise `OutputError` if a file can't, or mustn't, be written there."""
    check_output(target, force=options["force"])


def check_folder(target: str, options: Params) -> None:
    """Raise `OutputError` if a folder can't, or mustn't, be made there."""
    check_output(target, force=options["force"], folder=True)


def check_apart(target: str, selection: Selection, options: Params) -> None:
    """Raise `OutputError` if what the selection's dataset is read from is at a target that is to be replaced."""
    path = Path(target)
    if not options["force"] or not path.exists():
        return
    for what, place in _places(selection, images=path.is_dir()):
        if place.exists() and place.resolve().is_relative_to(path.resolve()):
            raise OutputError(f"{target!r} holds {what} of the dataset: it can't be replaced")


def _places(selection: Selection, *, images: bool) -> Iterator[tuple[str, Path]]:
    """The folders that images are in, if they matter, and the locations of sources and annotations."""
    if images and (found := selection.dataset.images) is not None:
        files = ((name, file) for name in selection.samples if (file := found.path(name)) is not None)
        for folder, name in {file.parent: name for name, file in files}.items():
            yield f"{name!r}, an image", folder
    origins = [selection.manifest().get("dataset", {})]
    with suppress(TamisError):  # what isn't there can't be replaced
        origins.append(selection.dataset.origin)  # which may be elsewhere by now
    for location in dict.fromkeys(location for origin in origins for location in _locations(origin)):
        yield f"{location!r}, a source", Path(location)


def _locations(origin: Mapping[str, Any]) -> Iterator[str]:
    """Where a dataset was, with its annotations and the parts that it was joined of."""
    for each in (origin, *origin.get("annotations", ())):
        if each.get("location"):
            yield each["location"]
    for part in origin.get("concat", {}).values():
        yield from _locations(part)
