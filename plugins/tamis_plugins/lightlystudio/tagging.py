"""A tag in a dataset of LightlyStudio, by its Python API.

It is a program, too: LightlyStudio has one database for a process, and sets up logging when it is imported, so that it
is given a process of its own, unless the host uses it already. The program imports nothing of tamis.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any


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
    """Give a tag to some images of a dataset, and to no others, in one transaction: to all of them, or none.

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
    from lightly_studio.database import db_manager

    try:
        found = ImageDataset.load(dataset)
    except ValueError as error:
        return {"problem": str(error)}
    texts = [path for path in paths if path.encode(errors="replace").decode() == path]  # it has no others
    wanted = found.match(_among(texts))
    there = {sample.file_path_abs for sample in wanted}
    if missing := [path for path in paths if path not in there]:
        return {"missing": missing, "known": next((sample.file_path_abs for sample in found[:1]), None)}
    tagged = found.match(ImageSampleField.tags.contains(name)).to_list()
    if tagged and not force:
        return {"tagged": len(tagged)}
    try:
        for sample in tagged:
            if sample.file_path_abs not in there:  # not by remove_tag, which commits
                row = sample.sample_table
                row.tags = [each for each in row.tags if each.name != name]
        wanted.add_tag(name)  # commits
    except BaseException:
        db_manager.persistent_session().rollback()
        raise
    return {}


def _among(paths: Sequence[str]) -> Any:
    """What matches the images that have one of these paths, however many there are."""
    from lightly_studio.core.dataset_query import ImageSampleField
    from lightly_studio.core.dataset_query.match_expression import MatchExpression
    from lightly_studio.database import db_manager
    from sqlalchemy import String, any_, literal
    from sqlalchemy.dialects.postgresql import ARRAY

    class Among(MatchExpression):  # type: ignore[misc, unused-ignore]
        def get(self) -> Any:
            path = ImageSampleField.file_path_abs.get_sqlmodel_field()
            if db_manager.get_backend().value == "postgresql":  # which takes 65,535 values in a query, but long arrays
                return path == any_(literal(list(paths), ARRAY(String())))
            return path.in_(paths)

    return Among()


def main() -> None:
    """Read what is to be done as JSON, and write what came of it."""
    answers, sys.stdout = sys.stdout, sys.stderr
    order = json.load(sys.stdin)
    problem = connect(order.pop("url"))
    json.dump({"problem": problem} if problem else tag(**order), answers)


if __name__ == "__main__":
    main()
