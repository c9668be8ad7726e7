"""The images that a JSON file lists: ``{"root": FOLDER, "images": [PATH, ...]}``, paths relative to the folder."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from tamis import Images, Listing, Params, Source, errors, hookimpl


class Listed(Images):
    """How to open them. It travels to worker processes with the work, so it holds little."""

    def __init__(self, root: str) -> None:
        self.root = root

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The content of an image; tamis decodes it. Raises `OSError` if it can't be read."""
        return Path(self.root, name).open("rb")

    def fingerprint(self, name: str) -> str | None:
        """What changes when the image does: what is measured is stored under it."""
        try:
            status = Path(self.root, name).stat()
        except OSError:
            return None
        return f"{status.st_size}:{status.st_mtime_ns}"


def list_images(location: str, options: Params) -> Listing:
    """The names of the samples, in order, and how to open them."""
    try:
        content = json.loads(Path(location).read_text(encoding="utf-8"))
        names = [str(name) for name in content["images"]]
        root = Path(location).parent / content.get("root", ".")
    except OSError as error:
        raise errors.DatasetError(f"{location}: can't be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise errors.DatasetError(f"{location}: not an object with a list 'images': {error}") from error
    return Listing(names, Listed(str(root.absolute())))


@hookimpl
def tamis_sources() -> list[Source]:
    """Declare the source, and which locations it claims."""
    return [Source("template_key", list_images, suffixes=[".images.json"], doc=__doc__ or "")]
