"""What went wrong with one sample, without ending the run: the lines of ``errors.jsonl``."""

from __future__ import annotations

from typing import Literal

import attrs

from tamis.printable import printable, shortened

Stage = Literal["list", "open", "decode", "view", "metric", "object", "task", "embed", "crash", "timeout", "input"]


def _bounded(reason: str) -> str:
    return shortened(reason)


@attrs.frozen
class Failure:
    """One thing that a sample lacks, and why.

    Attributes:
        sample: Its name in the dataset.
        stage: ``list`` (found, but unusable by name or kind of file), ``open`` (not an image that can be read),
            ``decode`` (its pixels can't), ``view``, ``metric``, ``object`` (a metric of one of its objects), ``task``
            or ``embed`` (a plugin's function failed), ``crash`` (it ended the process that worked on it), ``timeout``
            (it took too long), ``input`` (an input has no value for it).
        key: The view, metric, task, embedding or input, ``image`` for decoding in a process that ended at that; None
            for what concerns the image as a whole.
        reason: What happened; of a very long text its beginning and its end.
    """

    sample: str
    stage: Stage
    key: str | None
    reason: str = attrs.field(converter=_bounded)

    def __str__(self) -> str:
        where = f"{self.stage} {self.key}" if self.key else self.stage
        return printable(f"{self.sample}: {where}: {self.reason}")
