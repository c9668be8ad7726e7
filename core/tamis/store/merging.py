"""Taking over what another store has: sample by sample, by way of the writer that every run uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tamis.data.failure import Failure
from tamis.store.parts import Vectors
from tamis.store.records import Output, Row
from tamis.store.session import Session
from tamis.store.writer import Writer

#: Samples taken over at a time; the largest batch of a run.
CHUNK = 4096


def take_over(source: Session, target: Writer, step: Callable[[int], None]) -> None:
    """Store all of a source that the target lacks, then which shards it holds. What is there already stays.

    Each chunk is committed as a whole, so that a merge that is killed has what it came to, and the next goes on.

    Args:
        source: What there is, held as it is now.
        target: What writes to the store.
        step: Is told of so many samples that are done; what it raises ends this.

    Raises:
        StoreError: the source is damaged, or the target can't be written to.
    """
    for samples in source.samples(CHUNK):
        target.commit(_lacking(source, target, samples))
        step(len(samples))
    known = {(stored.output, stored.shard, stored.place, stored.fingerprint): stored for stored in target.shards()}
    found = source.shards()
    target.mark(
        stored
        for stored in found
        if stored.done or (stored.output, stored.shard, stored.place, stored.fingerprint) not in known
    )


def _lacking(source: Session, target: Session, samples: Sequence[tuple[int, str, str]]) -> list[Row]:
    """The rows of some samples, without what the target has."""
    there = _there(target, samples)
    source.know((row, id_) for row, (id_, _, _) in enumerate(samples))
    cells: dict[int, dict[Output, tuple[Any, ...]]] = defaultdict(dict)
    for output in source.outputs:
        found = [(row, *values) for row, *values in source.cells(output) if row not in there.get(output, ())]
        for row, *values in _with_vectors(source, output, found) if output.kind == "vectors" else found:
            cells[row][output] = tuple(values)
    failures: dict[int, dict[Output, list[Failure]]] = defaultdict(lambda: defaultdict(list))
    for row, output, stage, key, reason in source.failures(source.outputs):
        if output in cells[row]:
            failures[row][output].append(Failure(samples[row][1], stage, key, reason))
    return [
        Row(name, fingerprint, cells[row], failures[row])
        for row, (_, name, fingerprint) in enumerate(samples)
        if cells[row]
    ]


def _there(target: Session, samples: Sequence[tuple[int, str, str]]) -> dict[Output, set[int]]:
    """Which of the samples the target has, by output."""
    names = [name for _, name, _ in samples]
    target.know((row, id_) for row, stored, id_ in target.find(names) if samples[row][2] == stored)
    return {output: {row for row, *_ in target.cells(output)} for output in target.outputs}


def _with_vectors(source: Session, output: Output, cells: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Cells as a row takes them, with the vectors in place of where they are; each file is read once."""
    found: list[tuple[Any, ...]] = []
    by_part: dict[int | None, list[tuple[Any, ...]]] = defaultdict(list)
    for row, part, start, count, dropped, boxes in cells:
        if count is None or part is None:
            found.append((row, None if count is None else _none(), dropped, boxes))
        else:
            by_part[part].append((row, start, count, dropped, boxes))
    widths = set()
    for part, places in by_part.items():
        assert part is not None  # noqa: S101 (see above)
        vectors = source.part(output, part)
        widths.add(vectors.shape[1])
        for row, start, count, dropped, boxes in places:
            if start is None or start + count > len(vectors) or len(widths) > 1:
                raise source.damaged(f"the vectors of '{output.name}' are not where they should be")
            found.append((row, np.array(vectors[start : start + count]), dropped, boxes))
    return sorted(found, key=lambda cell: int(cell[0]))


def _none() -> Vectors:
    return np.empty((0, 0), dtype=np.float32)
