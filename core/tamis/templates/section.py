"""How many samples of each folder there are, in each set: beside a selection, in the input and at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tamis import Params, Section, Subject, blocks, hookimpl


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """Bars, those of the fullest folders; of nothing to show, nothing is yielded."""
    folders = [name.rpartition("/")[0] or "(no folder)" for name in subject.samples]
    labels = [label for label, _ in Counter(folders).most_common(options["most"])]
    if len(labels) < 2:
        return
    counts = {name: Counter(folders[row] for row in rows) for name, rows in subject.sets.items()}
    yield blocks.Bars(
        "Samples of each folder",
        labels,
        {name: [found[label] for label in labels] for name, found in counts.items()},
        of="Folder",
    )


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare the section."""
    most = {"type": "integer", "minimum": 1, "default": 20, "description": "How many folders are shown."}
    schema = {"properties": {"most": most}}
    return [Section("template_key", make, title="Folders", schema=schema, doc=__doc__ or "")]
