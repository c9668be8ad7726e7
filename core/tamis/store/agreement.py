"""Whether stores belong together: made by the same versions, and no shard there twice or missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from tamis.errors import StoreError
from tamis.store.differences import Asked, asked, difference, name_of
from tamis.store.missing import Listing, check_whole
from tamis.store.records import Contents, Output, StoredShard


def check(sources: Sequence[Contents], target: Contents | None, *, partial: bool) -> None:
    """Raise `StoreError` unless stores can be one, with what the target has already.

    Args:
        sources: What is to be merged.
        target: What is there already.
        partial: Whether shards may be missing.
    """
    _check_versions(sources)
    shards = [(store, stored) for store in [*([target] if target else []), *sources] for stored in store.shards]
    _check_twice([(store, stored) for store, stored in shards if stored.done], target)
    if not partial:
        check_whole(shards)


def _check_versions(stores: Sequence[Contents]) -> None:
    """Of what two stores have, one version at least has to be in both."""
    versions: dict[Asked, dict[frozenset[Output], Contents]] = defaultdict(dict)
    for store in stores:
        by_asked: dict[Asked, list[Output]] = defaultdict(list)
        for output in store.outputs:
            by_asked[asked(output)].append(output)
        for what, outputs in by_asked.items():
            versions[what].setdefault(frozenset(outputs), store)
    for found in versions.values():
        for (ours, one), (theirs, other) in combinations(found.items(), 2):
            if not ours & theirs:
                output, another = min(ours, key=str), min(theirs, key=str)
                here, there = difference(output, another)
                raise StoreError(
                    f"{name_of(output)} was made by {here} in {one}, and by {there} in {other}: have the same on all "
                    "machines, and run one of them again"
                )


def _check_twice(shards: Sequence[tuple[Contents, StoredShard]], target: Contents | None) -> None:
    """No sample is in shards of two stores, but for what the target has of this very merge, that was killed."""
    by_output: dict[tuple[Listing, Output], list[tuple[Contents, StoredShard]]] = defaultdict(list)
    for store, stored in shards:
        by_output[Listing.of(stored), stored.output].append((store, stored))
    for found in by_output.values():
        found.sort(key=lambda each: (each[1].shard.start, each[1].shard.stop))
        for (one, ours), (other, theirs) in _overlapping(found):
            if one is other or (target in (one, other) and ours.shard == theirs.shard):
                continue
            if ours.shard == theirs.shard:
                raise StoreError(f"shard {ours.shard} is there twice, in {one} and in {other}: leave one of them out")
            raise StoreError(
                f"shard {ours.shard} in {one} and shard {theirs.shard} in {other} overlap: they are of one dataset, "
                "cut in two ways; leave one of them out, and run what is then missing"
            )


def _overlapping(
    found: Sequence[tuple[Contents, StoredShard]],
) -> Iterator[tuple[tuple[Contents, StoredShard], tuple[Contents, StoredShard]]]:
    """The pairs that have samples in common, of what ascends."""
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            if other[1].shard.start >= one[1].shard.stop:
                break
            yield one, other
