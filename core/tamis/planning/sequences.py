"""What a config may ask for where sequences of samples are selected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tamis.data.kind import Kind
from tamis.errors import Problem
from tamis.planning.plan import Entry

#: What calls for sequences.
LENGTH = "selected_sequence_length"
#: The values of samples that have a mean.
AVERAGED = (Kind.VECTOR, Kind.QUERY)


def sequence_problems(config: Mapping[str, Any], entries: Sequence[Entry]) -> Iterator[Problem]:
    """Numbers of samples that are no whole sequences, and inputs whose values have no mean."""
    length, asked = config.get(LENGTH), config.get("n_samples")
    if not isinstance(length, int) or length <= 1:
        return
    if isinstance(asked, int) and asked > 0 and asked % length:
        below, above = asked // length * length, -(-asked // length) * length
        nearest = f"{below} or {above}" if below else f"{above}"
        yield Problem("n_samples", f"{asked} samples are no whole sequences of {length} ({LENGTH}): ask for {nearest}")
    for entry in entries:
        if entry.kind not in AVERAGED:
            yield Problem(
                f"{entry.path}.input",
                f"{entry.provider.type} can't be used with {LENGTH}: sequences are selected by the mean of their "
                "samples' vectors, so only EMBEDDINGS of images can",
            )
