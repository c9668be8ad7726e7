"""Whether shards are of the whole of a dataset; if not, which is missing, why, and what to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import attrs

from tamis.errors import StoreError
from tamis.printable import shortened
from tamis.store.differences import Asked, asked, difference, name_of
from tamis.store.records import Contents, Output, StoredShard

#: What to do about what is missing, if it is to stay so for now.
PARTIAL = "or merge what there is by --partial: a run with the merged store measures the rest"


@attrs.frozen
class Listing:
    """A whole dataset, as the machines have seen it."""

    names: str
    samples: int
    place: str
    fingerprint: str

    @classmethod
    def of(cls, stored: StoredShard) -> Listing:
        """That of a shard. By their content, images are the same wherever they are."""
        place = stored.place if stored.fingerprint == "stat" else ""
        return cls(stored.shard.listing, stored.shard.samples, place, stored.fingerprint)


def check_whole(shards: Sequence[tuple[Contents, StoredShard]]) -> None:
    """Whatever was asked for of a dataset has to be there of all of it, in one version."""
    found_of: dict[tuple[Listing, Asked], dict[Output, list[StoredShard]]] = defaultdict(lambda: defaultdict(list))
    for _, stored in shards:
        found_of[Listing.of(stored), asked(stored.output)][stored.output].append(stored)
    for (listing, _), versions in found_of.items():
        gaps = {output: list(_gaps(listing, found)) for output, found in versions.items()}
        if all(gaps.values()):
            output = min(gaps, key=lambda each: sum(stop - start for start, stop in gaps[each]))
            raise StoreError(_missing(listing, output, gaps[output], shards))


def _gaps(listing: Listing, found: Iterable[StoredShard]) -> Iterator[tuple[int, int]]:
    """Start and stop of the samples that are in no shard that is done."""
    reached = 0
    for shard in sorted((each.shard for each in found if each.done), key=lambda shard: shard.start):
        if shard.start > reached:
            yield reached, shard.start
        reached = max(reached, shard.stop)
    if reached < listing.samples:
        yield reached, listing.samples


def _missing(
    listing: Listing,
    output: Output,
    gaps: Sequence[tuple[int, int]],
    shards: Sequence[tuple[Contents, StoredShard]],
) -> str:
    """Why an output isn't there of all samples of a dataset, and what to do."""

    def in_gap(stored: StoredShard) -> bool:
        return any(stored.shard.start < stop and stored.shard.stop > start for start, stop in gaps)

    here = [(store, stored) for store, stored in shards if Listing.of(stored) == listing]
    there = [(store, stored) for store, stored in here if in_gap(stored)]
    there.sort(key=lambda each: (asked(each[1].output) != asked(output), each[1].done))
    if there:
        store, stored = there[0]
        if not stored.done:
            return f"shard {stored.shard} in {store} is not done: run it again, and it goes on from there; {PARTIAL}"
        if asked(stored.output) == asked(output):
            ours, theirs = difference(output, stored.output)
            return (
                f"{name_of(output)} was made by {ours}, and of shard {stored.shard} in {store} by {theirs}: have the "
                f"same on all machines, and run that shard again; {PARTIAL}"
            )
        lacking = f"shard {stored.shard} in {store} lacks {name_of(output)}"
        return f"{lacking}, which others have: run it for the same; {PARTIAL}"
    done = [stored.shard for _, stored in here if stored.output == output]
    own = next(each for each in here if each[1].output == output)  # else there is nothing to be missing
    for store, stored in shards:
        if Listing.of(stored) != listing and asked(stored.output) == asked(output) and in_gap(stored):
            return _other_dataset(own, (store, stored))
    counts, numbers = {shard.count for shard in done}, {shard.number for shard in done}
    if len(counts) == 1:
        count = counts.pop()
        missing = [f"{number}/{count}" for number in range(1, count + 1) if number not in numbers]
        which, are = ("shard ", "is") if len(missing) == 1 else ("shards ", "are")
        which += ", ".join(missing)
    else:
        which, are = f"images {', '.join(f'{a + 1:,} to {b:,}' for a, b in gaps)} of {listing.samples:,}", "are"
    return f"{shortened(which, 200)} {are} missing: no store has them; name those that have, or run them; {PARTIAL}"


def _other_dataset(one: tuple[Contents, StoredShard], other: tuple[Contents, StoredShard]) -> str:
    """What is different about the datasets of two shards."""
    (store, ours), (another, theirs) = one, other
    who, whom = f"shard {ours.shard} in {store}", f"shard {theirs.shard} in {another}"
    if ours.shard.listing != theirs.shard.listing:
        counts = f"{ours.shard.samples:,} images", f"{theirs.shard.samples:,}"
        return (
            f"{who} is of a dataset of {counts[0]}, and {whom} of another, of {counts[1]}: if they are meant to be "
            "one, something was added or removed meanwhile, or the locations differ; run one of them again, once all "
            f"machines see the same; {PARTIAL}"
        )
    if ours.fingerprint != theirs.fingerprint:
        return (
            f"{who} was run with --fingerprint {ours.fingerprint}, and {whom} with {theirs.fingerprint}: run one of "
            f"them again; {PARTIAL}"
        )
    return (
        f"{who} and {whom} are of images at two locations: a run at one of them would not take over what was measured "
        f"at the other; have them at the same path on all machines, or run with --fingerprint sha256; {PARTIAL}"
    )
