"""Noting in a store how far the run over a shard of a dataset is."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from tamis.data.shard import Shard
from tamis.dataset.dataset import Dataset
from tamis.dataset.images import identity_of
from tamis.store.records import Output, StoredShard
from tamis.store.session import Session
from tamis.store.writer import Writer


class Marking:
    """What a run notes of its shard.

    Args:
        dataset: The shard's.
        shard: Which it is.
        outputs: What the run is to find of each image.
        fingerprint: The kind of fingerprint of their content.
    """

    def __init__(self, dataset: Dataset, shard: Shard, outputs: Iterable[Output], fingerprint: str) -> None:
        place = (identity_of(dataset.images) if dataset.images else None) or ""
        self._done = tuple(StoredShard(output, shard, place, fingerprint, True) for output in outputs)

    def lacks(self, session: Session) -> bool:
        """Whether the shard is not marked as done."""
        return not set(self._done) <= set(session.shards())

    def begin(self, writer: Writer, lacking: Iterable[Output]) -> None:
        """Note that these outputs are not there of all of it, nor are those that are new."""
        outputs, marked = set(lacking), set(writer.shards())
        begun = [each for each in self._done if each.output in outputs or each not in marked]
        writer.mark(attrs.evolve(each, done=False) for each in begun)

    def end(self, writer: Writer) -> None:
        """Note that it is done."""
        writer.mark(self._done)
