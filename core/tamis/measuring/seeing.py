"""Whether a worker on another machine sees the images that the run sees."""

from __future__ import annotations

from collections.abc import Sequence
from platform import node

import attrs

from tamis.dataset.images import fingerprint, path_of, portion
from tamis.declarations.source import Images
from tamis.errors import RunError


@attrs.frozen
class Seen:
    """Some images as the machine that started a run sees them.

    One of them is enough for a worker to be trusted, as any may be changed or removed meanwhile.

    Attributes:
        node: The machine.
        fingerprints: What their source knows of them, by name.
        portion: What of the source travels with them, if anything does.
    """

    node: str
    fingerprints: dict[str, str]
    portion: Images | None

    @classmethod
    def of(cls, images: Images, samples: Sequence[str]) -> Seen | None:
        """The first of the samples, one in the middle and the last; None if nothing is known of them here either."""
        names = dict.fromkeys(samples[place] for place in (0, len(samples) // 2, -1))
        known = {name: found for name in names if (found := fingerprint(images, name, "stat"))}
        return cls(node(), known, portion(images, list(known))) if known else None

    def check(self, images: Images, kind: str | None) -> None:
        """Raise `RunError` if none of them is here, or if all are others, where that is told by their fingerprint.

        Args:
            images: As they came here.
            kind: The kind of fingerprint by which what is measured will be stored, if it is.
        """
        images, others = self.portion or images, False
        for name, known in self.fingerprints.items():
            found = fingerprint(images, name, "stat")
            if found == known or (found and kind != "stat"):
                return
            others |= found is not None
        name = next(iter(self.fingerprints))
        where = repr(str(path_of(images, name) or name))
        if not others:
            raise RunError(
                f"a worker on {node()!r} can't see {where}, which is there for {self.node!r}: share the folder with "
                "all workers under the same path, or have the images in a bucket"
            )
        raise RunError(
            f"a worker on {node()!r} sees another {where} than {self.node!r}, of another size or time of modification: "
            "share the folder with all workers; of copies, what is measured can be kept by --fingerprint sha256"
        )
