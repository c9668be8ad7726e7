"""The page: one HTML file that loads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

import attrs

from tamis import MadeSection, Subject, __version__, blocks
from tamis_plugins.report.bounds import Cards, bounded, cards_of
from tamis_plugins.report.cards import Pictures
from tamis_plugins.report.drawing import Drawing
from tamis_plugins.report.markup import Markup, tag
from tamis_plugins.report.plots import Plots
from tamis_plugins.report.series import Series
from tamis_plugins.report.thumbnails import Thumbnails
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.wording import counted, text_of

#: What the page may do: nothing but show what is in it.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
#: Cards of the gallery that fills the page where there are no pictures.
LISTED = 200
#: What parts of the page other than sections are called.
TAKEN = frozenset({"content", "find", "boxes", "unfold"})


@attrs.frozen(eq=False)
class Part:
    """A section of the page, cut down to what there is room for."""

    section: MadeSection
    blocks: Sequence[blocks.Block] = ()

    @classmethod
    def of(cls, section: MadeSection, subject: Subject) -> Part:
        """From what its plugin has made."""
        try:
            return cls(section, [part for block in section.blocks for part in bounded(block, subject.rows)])
        except BaseException as error:  # noqa: BLE001 (what blocks make on demand may raise anything)
            return cls(section.failed(error))

    def filled(self, most: int) -> Part:
        """With so many cards in each gallery that fills the page."""
        try:
            for gallery in self._filling():
                gallery.take(most)
        except BaseException as error:  # noqa: BLE001 (as above)
            return Part(self.section.failed(error))
        return self

    def _filling(self) -> Iterator[Cards]:
        for block in cards_of(self.blocks):
            if isinstance(block, blocks.Gallery) and block.fills and isinstance(block.cards, Cards):
                yield block.cards

    @property
    def filling(self) -> int:
        """How many galleries fill the page."""
        return sum(1 for _ in self._filling())

    def samples(self) -> Iterator[str]:
        """The samples of its cards."""
        for block in cards_of(self.blocks):
            if isinstance(block, blocks.Pairs):
                yield from (card.sample for pair in block.pairs for card in (pair.first, pair.second))
            else:
                yield from (card.sample for card in block.cards)


def arranged(subject: Subject, made: Sequence[MadeSection], pictures: int) -> list[Part]:
    """The sections that have something to show, with as many samples as there are to be pictures."""
    parts = [Part.of(section, subject) for section in made]
    others = len({sample for part in parts for sample in part.samples()})
    filling = max(1, sum(part.filling for part in parts))
    most = max(pictures - min(others, pictures // 4), 0) or LISTED
    parts = [part.filled(max(1, most // filling)) if part.filling else part for part in parts]
    return [part for part in parts if part.blocks or part.section.problem]


def pictured(subject: Subject, parts: Sequence[Part]) -> list[int]:
    """Rows of the samples that have a picture, the most important first."""
    order = sorted(parts, key=lambda part: not part.filling)
    return list(dict.fromkeys(subject.rows[sample] for part in order for sample in part.samples()))


def page(subject: Subject, parts: Sequence[Part], thumbnails: Thumbnails, points: int) -> str:
    """The whole file.

    Args:
        subject: What it is about.
        parts: Its sections.
        thumbnails: Pictures of samples.
        points: How many points a map has at the most.
    """
    facts = subject.once(Facts.of)
    title = _title(subject)
    keys = list(_keys(parts))
    plots = Plots(Series(facts.titles))
    pictures = Pictures(subject.rows, thumbnails, facts.tasks)
    sections = [
        _section(key, part, Drawing(key, subject.samples, pictures, plots, points))
        for key, part in zip(keys, parts, strict=True)
    ]
    here = files(__package__)
    links = (tag("a", part.section.title, href=f"#{key}") for key, part in zip(keys, parts, strict=True))
    return "<!doctype html>\n" + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("meta", name="generator", content=f"tamis {_version(subject)}"),
            tag("title", title),
            tag("style", Markup(here.joinpath("page.css").read_text(encoding="utf-8"))),
        ),
        tag(
            "body",
            tag("a", "To the content", href="#content", class_="skip"),
            tag("h1", title),
            tag("p", *_where(subject), class_="where"),
            tag("nav", *links, aria_label="Sections"),
            tag("main", *sections, id="content"),
            tag("script", Markup(here.joinpath("page.js").read_text(encoding="utf-8"))),
        ),
        lang="en",
    )


def _title(subject: Subject) -> str:
    if subject.selection is None:
        return f"What is in {counted(len(subject.samples), 'sample')}"
    return f"{counted(len(subject.selection.selected), 'sample')} selected of {len(subject.samples):,}"


def _version(subject: Subject) -> str:
    chosen = subject.once(Facts.of).chosen
    return str(chosen.manifest["tamis"]) if chosen else __version__


def _where(subject: Subject) -> Iterator[str | Markup]:
    yield f"By tamis {_version(subject)}"
    times = subject.selection.times if subject.selection else {}
    if "started" in times:
        yield f", {times['started'].replace('T', ' ').replace('+00:00', ' UTC')}"
    chosen = subject.once(Facts.of).chosen
    origin = chosen.manifest.get("dataset") if chosen else None
    if origin is None and subject.dataset is not None:
        origin = subject.dataset.origin
    locations = list(_locations(origin or {}))
    if locations:
        yield ", from "
        yield tag("bdi", text_of("; ".join(locations)))


def _locations(origin: object) -> Iterator[str]:
    """Where the dataset was."""
    if isinstance(origin, dict) and "concat" in origin:
        for label, part in origin["concat"].items():
            yield from (f"{label}: {location}" for location in _locations(part))
    elif isinstance(origin, dict):
        location = origin.get("location") or origin.get("options", {}).get("root")
        if location:
            yield str(location)


def _keys(parts: Sequence[Part]) -> Iterator[str]:
    """What each section is called in addresses: its name, without what can't be in one."""
    taken = set(TAKEN)
    for part in parts:
        name = key = re.sub(r"[^\w-]", "-", part.section.name, flags=re.ASCII)
        number = 1
        while key in taken:
            number += 1
            key = f"{name}-{number}"
        taken.add(key)
        yield key


def _section(key: str, part: Part, drawing: Drawing) -> Markup:
    title = tag("h2", part.section.title, id=f"{key}-title")
    if part.section.problem:
        content = tag("p", f"This section could not be made: {part.section.problem}", class_="notes")
    else:
        content = drawing.section(part.blocks)
    return tag("section", title, content, id=key, aria_labelledby=f"{key}-title")
