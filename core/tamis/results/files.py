"""The folder of a selection's results."""

from __future__ import annotations

from pathlib import Path

from tamis.errors import OutputError
from tamis.results.folder import ResultFolder
from tamis.workspaces import destination

SELECTED, MANIFEST = "selected.txt", "selection.json"
INPUTS, STANDINGS = "inputs", "standings"
SELECTION = ResultFolder(MANIFEST, SELECTED, (INPUTS, STANDINGS))


def check_apart(target: str, folder: Path) -> None:
    """Raise `OutputError` if what is written to ``target`` would replace the result in a folder; a report may be."""
    path, folder = destination(target), destination(folder)
    if folder.is_relative_to(path) or (path.parent == folder and path.name in SELECTION.files):
        relation = "is" if path == folder else "is of" if path.parent == folder else "holds"
        raise OutputError(f"{target!r} {relation} the result that is exported: choose another target")
