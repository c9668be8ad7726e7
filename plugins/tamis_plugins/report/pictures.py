"""Pictures of samples on the page: a card each, with the boxes of what was predicted, a caption and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
import numpy as np

from tamis_plugins.report.markup import Child, Markup, join, tag
from tamis_plugins.report.tasks import Task
from tamis_plugins.report.thumbnails import Thumbnail, Thumbnails

#: Boxes drawn on a picture: those with the highest scores.
BOXES = 20
#: Colours of classes.
HUES = 8


@attrs.frozen(eq=False)
class Pictures:
    """Makes the cards of a page.

    Attributes:
        names: Of the samples, by row.
        thumbnails: Those that there are.
        tasks: Whose boxes are drawn.
    """

    names: Sequence[str]
    thumbnails: Thumbnails
    tasks: Sequence[Task]

    def card(
        self, row: int, *told: Child, label: str = "", key: str | None = None, reasons: Sequence[str] = ()
    ) -> Markup:
        """A sample: its picture, a label such as its rank, its name, what is told of it, and reasons to unfold."""
        name = self.names[row]
        why = None
        if reasons:
            why = tag(
                "details",
                tag("summary", "Why", tag("span", f" {name}", class_="unseen")),
                tag("ul", *(tag("li", reason) for reason in reasons)),
            )
        caption = tag(
            "figcaption",
            tag("span", label, class_="label") if label else None,
            tag("span", tag("bdi", name), class_="name", title=name),
            *(tag("span", each, class_="told") for each in told),
            why,
        )
        return tag("figure", self._picture(row, label), caption, class_="card", id=key, data_name=name.lower())

    def cards(self, cards: Iterable[Markup], *, small: bool = False) -> Markup:
        """Several side by side."""
        return tag("div", *cards, class_="cards small" if small else "cards")

    def _picture(self, row: int, label: str) -> Markup:
        thumbnail = self.thumbnails.found.get(row)
        if thumbnail is None:
            reason = self.thumbnails.lost.get(row, "")
            return tag("div", tag("span", reason or "no picture"), class_="thumb none")
        shape = f"aspect-ratio:{thumbnail.width}/{thumbnail.height}"
        wide = "wide" if thumbnail.width >= thumbnail.height else "tall"
        image = tag(
            "img",
            src=f"data:image/webp;base64,{thumbnail.data}",
            alt=f"{label} {self.names[row]}".strip(),
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


def side_by_side(first: Markup, second: Markup, told: str) -> Markup:
    """Two cards that belong together."""
    return tag("div", join(first, second), tag("p", told), class_="pair")
