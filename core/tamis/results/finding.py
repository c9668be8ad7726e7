"""What was found to be wrong with samples."""

from __future__ import annotations

import attrs

from tamis.data.names import names


@attrs.frozen
class Finding:
    """A kind of problem that samples may have, and those that have it.

    Attributes:
        name: What it is called, such as ``near duplicates``.
        samples: Names of those that have it, the worst first; empty if it was looked for, and none has it.
        told: A text for each of them, such as ``0.01 from b.jpg``; or none at all.
        doc: What it is, and what to do about it, in a sentence or two.

    Raises:
        ValueError: there are texts, and not one for each sample.
    """

    name: str = attrs.field(validator=attrs.validators.instance_of(str))
    samples: tuple[str, ...] = attrs.field(converter=names)
    told: tuple[str, ...] = attrs.field(default=(), kw_only=True, converter=names)
    doc: str = attrs.field(default="", kw_only=True, validator=attrs.validators.instance_of(str))

    def __attrs_post_init__(self) -> None:
        if self.told and len(self.told) != len(self.samples):
            raise ValueError(f"finding {self.name!r}: {len(self.samples)} samples, and {len(self.told)} texts")
