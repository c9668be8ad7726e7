"""Metadata fields: what is known of samples beside their images, known before any value is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from tamis.data.kind import Kind

if TYPE_CHECKING:
    from tamis.data.column import Column


@attrs.frozen
class MetadataField:
    """One field of metadata.

    Attributes:
        key: What a config calls it: ``{"type": "METADATA", "key": ...}``.
        kind: SCALAR for numbers, CATEGORY for all else.
        refusal: Why it can't be used for selection; empty if it can.
        why: Why it is of this kind, such as which value is no number, for the message where another kind is needed;
            may be empty.
    """

    key: str
    kind: Kind
    refusal: str = attrs.field(default="", kw_only=True)
    why: str = attrs.field(default="", kw_only=True)


@attrs.frozen(eq=False)
class Metadata:
    """The values of some fields for some samples.

    Attributes:
        columns: A row for each sample, in the order asked for, by key.
        notes: What the user should know, such as files that belong to no sample.
    """

    columns: Mapping[str, Column]
    notes: tuple[str, ...] = ()
