"""Pictures of samples on the page: a card each, with the boxes of what was predicted, a caption and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs
import numpy as np

from tamis import blocks
from tamis_plugins.report.bounds import Cards
from tamis_plugins.report.markup import Markup, join, tag
from tamis_plugins.report.thumbnails import Thumbnail, Thumbnails
from tamis_plugins.statistics.tasks import Task
from tamis_plugins.statistics.wording import text_of

#: Boxes drawn on a picture: those with the highest scores.
BOXES = 20
#: Colours of classes.
HUES = 8


@attrs.frozen(eq=False)
class Pictures:
    """Draws the cards of a page.

    Attributes:
        rows: Of the samples, by name.
        thumbnails: Those that there are.
        tasks: Whose boxes are drawn.
    """

    rows: Mapping[str, int]
    thumbnails: Thumbnails
    tasks: Sequence[Task]

    def gallery(self, block: blocks.Gallery, key: str) -> Markup:
        """Samples side by side; the one that fills the page can be searched."""
        cards = list(block.cards)
        parts = [
            self.card(card, key=f"{key}-{number}" if block.fills else None)
            for number, card in enumerate(cards, start=1)
        ]
        told = " ".join(part for part in (block.told, _rest(block, len(cards))) if part)
        content = tag("div", *parts, class_="cards small" if block.small else "cards")
        if not block.fills:
            return join(tag("p", told) if told else None, content)
        return tag(
            "div",
            self._tools(),
            tag("p", told) if told else None,
            self._lost(),
            content,
            tag("p", "No sample has this in its name.", class_="nothing", hidden=True),
            class_="main",
        )

    def pairs(self, block: blocks.Pairs) -> Markup:
        """Two and two."""
        return tag(
            "div",
            *(
                tag("div", self.card(each.first), self.card(each.second), tag("p", each.told), class_="pair")
                for each in block.pairs
            ),
            class_="pairs",
        )

    def card(self, card: blocks.Card, *, key: str | None = None) -> Markup:
        """A sample: its picture, its label, its name, what is told of it, and reasons to unfold."""
        name = text_of(card.sample)
        why = None
        if card.reasons:
            why = tag(
                "details",
                tag("summary", "Why", tag("span", f" {name}", class_="unseen")),
                tag("ul", *(tag("li", reason) for reason in card.reasons)),
            )
        caption = tag(
            "figcaption",
            tag("span", card.label, class_="label") if card.label else None,
            tag("span", tag("bdi", name), class_="name", title=name),
            *(tag("span", each, class_="told") for each in card.told),
            why,
        )
        return tag("figure", self._picture(name, card.label), caption, class_="card", id=key, data_name=name.lower())

    def _tools(self) -> Markup:
        """What the program of the page adds."""
        boxes = any(bool(np.isfinite(task.outlines).all(axis=1).any()) for task in self.tasks)
        return tag(
            "div",
            tag("label", "Find by name ", tag("input", type="search", id="find", autocomplete="off")),
            tag("label", tag("input", type="checkbox", id="boxes", checked=True), " Boxes") if boxes else None,
            tag("button", "Show all reasons", type="button", id="unfold"),
            class_="tools",
            hidden=True,
        )

    def _lost(self) -> Markup | None:
        """How many pictures there are not, and why."""
        note = self.thumbnails.note
        return tag("p", f"{note}.", class_="notes") if note else None

    def _picture(self, name: str, label: str) -> Markup:
        row = self.rows[name]
        thumbnail = self.thumbnails.found.get(row)
        if thumbnail is None:
            reason = self.thumbnails.lost.get(row, "")
            return tag("div", tag("span", reason or "no picture"), class_="thumb none")
        shape = f"aspect-ratio:{thumbnail.width}/{thumbnail.height}"
        wide = "wide" if thumbnail.width >= thumbnail.height else "tall"
        image = tag(
            "img",
            src=f"data:image/webp;base64,{thumbnail.data}",
            alt=f"{label} {name}".strip(),
            loading="lazy",
            decoding="async",
            data_row=row,
        )
        frame = tag("div", image, self._boxes(row, thumbnail), class_=f"frame {wide}", style=shape)
        return tag("div", frame, class_=f"thumb turned{thumbnail.orientation}")

    def _boxes(self, row: int, thumbnail: Thumbnail) -> Markup | None:
        boxes = [box for task in self.tasks for box in self._of_task(task, row)]
        if not boxes:
            return None
        view = f"0 0 {thumbnail.width} {thumbnail.height}"
        return tag("svg", *boxes, viewBox=view, preserveAspectRatio="none", class_="boxes", aria_hidden="true")

    def _of_task(self, task: Task, row: int) -> Iterable[Markup]:
        predictions = task.predictions
        start, stop = predictions.offsets[row], predictions.offsets[row + 1]
        part = task.outlines[start:stop]
        rank = np.argsort(-np.nan_to_num(predictions.scores[start:stop], nan=1.0), kind="stable")
        for number in [each for each in rank if np.isfinite(part[each]).all()][:BOXES]:
            x, y, width, height = (f"{value:.1f}".removesuffix(".0") for value in part[number])
            category = int(predictions.categories[start + number])
            score = predictions.scores[start + number]
            told = predictions.schema.category_names[category] + ("" if np.isnan(score) else f" {score:.2f}")
            shape = tag("rect", x=x, y=y, width=width, height=height)
            yield tag("g", tag("title", told), shape, class_=f"c{category % HUES}")


def _rest(block: blocks.Gallery, shown: int) -> str:
    """That there are more, and where."""
    where = f"; {block.rest}" if block.rest else ""
    if block.total is None:
        more = isinstance(block.cards, Cards) and block.cards.more
        return f"The first {shown:,} are shown{where}." if more else ""
    return f"The first {shown:,} of {block.total:,} are shown{where}." if block.total > shown else ""
