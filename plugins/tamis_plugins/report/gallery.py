"""The page's sections of pictures."""

from __future__ import annotations

from tamis_plugins.report.facts import Facts
from tamis_plugins.report.markup import Markup, join, tag
from tamis_plugins.report.pictures import Pictures, side_by_side
from tamis_plugins.report.sets import text_of
from tamis_plugins.report.shown import Border, Shown, reasons
from tamis_plugins.report.tables import table
from tamis_plugins.report.wording import counted, number

#: Failures listed.
FAILURES = 200


def picks(facts: Facts, shown: Shown, pictures: Pictures) -> Markup:
    """What was picked, in order."""
    total = len(facts.sets.picked)
    if not total:
        return tag("p", "No sample was selected.")
    left = total - len(shown.picks)
    more = f" The first {len(shown.picks):,} of {total:,} are shown; selected.txt has all." if left else ""
    cards = [
        pictures.card(row, label=f"{rank:,}", key=f"pick-{rank}", reasons=reasons(facts, row))
        for rank, row in enumerate(shown.picks.tolist(), start=1)
    ]
    return join(
        tag("p", f"In the order picked.{more}"),
        _lost(pictures),
        pictures.cards(cards),
        tag("p", "No sample has this in its name.", class_="nothing", hidden=True),
    )


def following(facts: Facts, shown: Shown, pictures: Pictures) -> Markup | None:
    """What would have been picked next."""
    if not len(shown.next):
        return None
    cards = [
        pictures.card(row, label=f"+{place}", reasons=reasons(facts, row))
        for place, row in enumerate(shown.next.tolist(), start=1)
    ]
    told = "These were not picked, and stood first in line when the selection ended; their order is an estimate."
    return join(tag("p", told), pictures.cards(cards, small=True))


def pairs(facts: Facts, shown: Shown, pictures: Pictures) -> Markup | None:
    """Samples that were left, each beside the selected one that it is closest to."""
    if not shown.pairs:
        return None
    ranks = {row: rank for rank, row in enumerate(facts.sets.picked.tolist(), start=1)}
    cards = [
        side_by_side(
            pictures.card(pair.picked, label=number(ranks[pair.picked])),
            pictures.card(pair.unpicked, label="not picked"),
            f"{number(pair.distance)} apart",
        )
        for pair in shown.pairs
    ]
    told = (
        "Samples that were not selected, beside the selected one that they are closest to in "
        f"{facts.spreads[0].points.name}, the closest first. If each pair is much the same, "
        "little is lost by leaving them out."
    )
    return join(tag("p", told), tag("div", *cards, class_="pairs"))


def borders(facts: Facts, shown: Shown, pictures: Pictures) -> Markup | None:
    """Samples at the border of each threshold."""
    return join(*(_border(facts, border, pictures) for border in shown.borders)) if shown.borders else None


def _border(facts: Facts, border: Border, pictures: Pictures) -> Markup:
    used = border.used

    def of(rows: list[int], side: str) -> Markup:
        cards = [pictures.card(row, f"{border.values[row]:.6g}") for row in rows]
        shown = pictures.cards(cards, small=True) if cards else tag("p", "None.")
        return tag("div", tag("h4", side), shown)

    return join(
        tag("h3", f"{used.name} {used.wording}"),
        tag(
            "div",
            of(border.inside.tolist(), "Just kept"),
            of(border.outside.tolist(), "Just removed"),
            class_="halves",
        ),
    )


def failures(facts: Facts) -> Markup | None:
    """What went wrong with single samples."""
    found = facts.selection.failures
    if not found:
        return None
    rows = [
        [tag("bdi", text_of(each.sample)), f"{each.stage} {each.key or ''}".strip(), each.reason]
        for each in found[:FAILURES]
    ]
    more = f"; the first {FAILURES} are listed, errors.jsonl has all" if len(found) > FAILURES else ""
    return join(
        tag("p", f"{counted(len(found), 'failure')}{more}. These samples take no part in anything below or above."),
        table("What failed", ["Sample", "Stage", "Reason"], rows, texts=3, unseen=True),
    )


def _lost(pictures: Pictures) -> Markup | None:
    """How many pictures there are not, and why."""
    lost = pictures.thumbnails.lost
    if not lost:
        return None
    reason = next(iter(lost.values()))
    return tag("p", f"{counted(len(lost), 'picture')} could not be made ({reason}).", class_="notes")
