"""A tag in a dataset of LightlyStudio, by its Python API.

It is a program, too: LightlyStudio has one database for a process, and sets up logging when it is imported, so that it
is given a process of its own, unless the host uses it already. The program imports nothing of tamis.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

#: Paths in one query.
_CHUNK = 500


def connect(url: str) -> str | None:
    """Open a database that is there. What LightlyStudio has to say if it can't be."""
    from lightly_studio.database import db_manager

    try:
        db_manager.connect(db_url=url, must_exist=True)
    except Exception as error:  # noqa: BLE001 (of DuckDB, PostgreSQL and what is between)
        return f"{error}".partition("\n")[0]
    return None


def connected() -> str:
    """The database that this process has open; the one that LightlyStudio opens by default if there is none yet."""
    from lightly_studio.database import db_manager

    url: str = db_manager.persistent_session().get_bind().url.render_as_string(hide_password=False)
    return url


def tag(dataset: str | None, name: str, paths: Sequence[str], *, force: bool) -> dict[str, Any]:
    """Give a tag to some images of a dataset, and to no others.

    Args:
        dataset: What it is called; None is the name that LightlyStudio gives by default.
        name: Of the tag.
        paths: Of the images, as LightlyStudio has them.
        force: Whether to take the tag from images that have it.

    Returns:
        What is the matter, and then nothing is changed: ``problem``, a text; ``missing``, those paths that it doesn't
        have, with ``known``, one that it has; or ``tagged``, on how many images the tag was. Empty if all went well.
    """
    from lightly_studio import ImageDataset
    from lightly_studio.core.dataset_query import ImageSampleField

    try:
        found = ImageDataset.load(dataset)
    except ValueError as error:
        return {"problem": str(error)}
    texts = [path for path in paths if path.encode(errors="replace").decode() == path]  # it has no others
    chunks = list(_queries(found, texts))
    there = {sample.file_path_abs for chunk in chunks for sample in chunk}
    if missing := [path for path in paths if path not in there]:
        return {"missing": missing, "known": next((sample.file_path_abs for sample in found[:1]), None)}
    tagged = found.match(ImageSampleField.tags.contains(name)).to_list()
    if tagged and not force:
        return {"tagged": len(tagged)}
    for sample in tagged:
        if sample.file_path_abs not in there:
            sample.remove_tag(name)
    for chunk in chunks:
        chunk.add_tag(name)
    return {}


def _queries(dataset: Any, paths: Sequence[str]) -> Iterator[Any]:
    """Those that find the images, some at a time."""
    from lightly_studio.core.dataset_query import OR, ImageSampleField

    for start in range(0, len(paths), _CHUNK):
        chunk = paths[start : start + _CHUNK]
        yield dataset.match(OR(*(ImageSampleField.file_path_abs == path for path in chunk)))


def main() -> None:
    """Read what is to be done as JSON, and write what came of it."""
    answers, sys.stdout = sys.stdout, sys.stderr
    order = json.load(sys.stdin)
    problem = connect(order.pop("url"))
    json.dump({"problem": problem} if problem else tag(**order), answers)


if __name__ == "__main__":
    main()
