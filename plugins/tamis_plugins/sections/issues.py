"""Issues: what was found to be wrong with samples, how many have it, and pictures of the worst.

Of a dataset that was looked through, as `tamis.Subject.findings` has it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Finding, Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.wording import counted, share

#: Pictures of each issue.
SHOWN = 12


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """A table of all, and a gallery of each that was found."""
    if not subject.findings:
        return
    total = max(1, len(subject.samples))
    rows: list[list[blocks.Cell]] = [
        [each.name, each.doc, len(each.samples), share(len(each.samples) / total)] for each in subject.findings
    ]
    yield blocks.Table("What was looked for, and found", ["Issue", "What it is", "Samples", "Share"], rows, texts=2)
    for finding in subject.findings:
        if finding.samples:
            yield blocks.Group(finding.name, [_worst(finding)])


def _worst(finding: Finding) -> blocks.Gallery:
    told = finding.told or ("",) * len(finding.samples)
    cards = [
        blocks.Card(name, told=[text] if text else [])
        for name, text in list(zip(finding.samples, told, strict=True))[:SHOWN]
    ]
    left = len(finding.samples) - len(cards)
    more = f"The worst {len(cards)} of {counted(len(finding.samples), 'sample')}." if left else ""
    return blocks.Gallery(cards, told=more, small=True)


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare issues."""
    return [Section("issues", make, title="Issues", position=15, doc=__doc__ or "")]
