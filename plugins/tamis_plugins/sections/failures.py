"""Failed: what went wrong with single samples, and why."""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.wording import counted, text_of

#: Failures listed.
LISTED = 200


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """A table of them."""
    found = subject.failures
    if not found:
        return
    rows = [[text_of(each.sample), f"{each.stage} {each.key or ''}".strip(), each.reason] for each in found[:LISTED]]
    rest = ", errors.jsonl has all" if subject.selection else ""
    more = f"; the first {LISTED} are listed{rest}" if len(found) > LISTED else ""
    apart = " These samples take no part in anything below or above." if subject.selection else ""
    yield blocks.Text(f"{counted(len(found), 'failure')}{more}.{apart}")
    yield blocks.Table("What failed", ["Sample", "Stage", "Reason"], rows, texts=3, captioned=False)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare failures."""
    return [Section("failures", make, title="Failed", position=60, doc=__doc__ or "")]
