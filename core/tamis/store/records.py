"""What a store keeps: of an output, of a sample, of a shard; and what a store says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from tamis.data.failure import Failure
from tamis.data.shard import Shard
from tamis.store.rows import OutputKind


@attrs.frozen
class Output:
    """Something that can be had of each image.

    Attributes:
        kind: What it is: what opening the file gives, a metric, the objects of a task, or vectors.
        name: Its key.
        identity: All that its values depend on beside the content of the image, as JSON: plugins and their versions,
            parameters.
    """

    kind: OutputKind
    name: str
    identity: str


@attrs.frozen
class Row:
    """What is to be stored of one sample.

    Attributes:
        name: The sample.
        fingerprint: Of its content.
        cells: By output, in the order of `COLUMNS`; of vectors ``(vectors, dropped, boxes)`` with None in place of the
            ``(k, d)`` vectors where there are none.
        failures: Why values are missing, by output.
    """

    name: str
    fingerprint: str
    cells: Mapping[Output, tuple[Any, ...]]
    failures: Mapping[Output, Sequence[Failure]]


@attrs.frozen
class StoredShard:
    """That a run over a shard of a dataset has come to its end, or has begun.

    Attributes:
        output: What the run was to find of each image.
        shard: Which shard of which dataset.
        place: The identity of its images, as `Images` has it; empty if there is none.
        fingerprint: The kind of fingerprint of their content.
        done: Whether it has come to its end.
    """

    output: Output
    shard: Shard
    place: str
    fingerprint: str
    done: bool


@attrs.frozen
class Contents:
    """What a store says of itself.

    Attributes:
        folder: Where it is.
        outputs: What it has.
        shards: Which shards of datasets.
    """

    folder: Path
    outputs: tuple[Output, ...]
    shards: tuple[StoredShard, ...]

    def __str__(self) -> str:
        return repr(str(self.folder))
