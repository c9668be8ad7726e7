"""The page: one HTML file that loads nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

import numpy as np

from tamis_plugins.report import chart, gallery, overview, statistics
from tamis_plugins.report.facts import Facts
from tamis_plugins.report.markup import Markup, join, tag, visible
from tamis_plugins.report.pictures import Pictures
from tamis_plugins.report.sets import INPUT
from tamis_plugins.report.shown import Shown
from tamis_plugins.report.tables import table
from tamis_plugins.report.thumbnails import Thumbnails
from tamis_plugins.report.wording import counted

#: What the page may do: nothing but show what is in it.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)


def page(facts: Facts, shown: Shown, thumbnails: Thumbnails, points: int) -> str:
    """The whole file.

    Args:
        facts: What it says.
        shown: Which samples it shows.
        thumbnails: Their pictures.
        points: How many points a map has at the most.
    """
    title = f"{counted(len(facts.selection.selected), 'sample')} selected of {len(facts.selection.samples):,}"
    parts = [(key, name, content) for key, name, content in _sections(facts, shown, thumbnails, points) if content]
    here = files(__package__)
    return "<!doctype html>\n" + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("meta", name="generator", content=f"tamis {facts.manifest['tamis']}"),
            tag("title", title),
            tag("style", Markup(here.joinpath("page.css").read_text(encoding="utf-8"))),
        ),
        tag(
            "body",
            tag("a", "To the content", href="#content", class_="skip"),
            tag("h1", title),
            tag("p", *_where(facts), class_="where"),
            tag("nav", *(tag("a", name, href=f"#{key}") for key, name, _ in parts), aria_label="Sections"),
            tag("main", *(_section(*part) for part in parts), id="content"),
            tag("script", Markup(here.joinpath("page.js").read_text(encoding="utf-8"))),
        ),
        lang="en",
    )


def _where(facts: Facts) -> Iterator[str | Markup]:
    yield f"By tamis {facts.manifest['tamis']}"
    if "started" in facts.selection.times:
        yield f", {facts.selection.times['started'].replace('T', ' ').replace('+00:00', ' UTC')}"
    locations = list(_locations(facts.manifest.get("dataset") or {}))
    if locations:
        yield ", from "
        yield tag("bdi", "; ".join(locations))


def _locations(origin: object) -> Iterator[str]:
    """Where the dataset was."""
    if isinstance(origin, dict) and "concat" in origin:
        for label, part in origin["concat"].items():
            yield from (f"{label}: {location}" for location in _locations(part))
    elif isinstance(origin, dict):
        location = origin.get("location") or origin.get("options", {}).get("root")
        if location:
            yield str(location)


def _section(key: str, name: str, content: Markup) -> Markup:
    return tag("section", tag("h2", name, id=f"{key}-title"), content, id=key, aria_labelledby=f"{key}-title")


def _sections(
    facts: Facts, shown: Shown, thumbnails: Thumbnails, points: int
) -> Iterator[tuple[str, str, Markup | None]]:
    pictures = Pictures(facts.sets.names, thumbnails, facts.tasks)
    yield "overview", "At a glance", overview.overview(facts)
    yield "picks", "Picks", join(_tools(facts), gallery.picks(facts, shown, pictures))
    yield "next", "Next in line", gallery.following(facts, shown, pictures)
    yield "pairs", "Close pairs", gallery.pairs(facts, shown, pictures)
    yield "thresholds", "At the thresholds", gallery.borders(facts, shown, pictures)
    yield "failures", "Failed", gallery.failures(facts)
    yield "distributions", "Distributions", statistics.distributions(facts)
    yield "predictions", "Predictions", statistics.predictions(facts)
    maps = [
        chart.section(chart.Chart.of(spread, points), number, facts.sets.names, thumbnails.found)
        for number, spread in enumerate(facts.spreads)
        if len(spread.chosen[INPUT])
    ]
    yield "map", "Map", join(*maps) if maps else None
    yield "run", "How it was made", _run(facts)


def _tools(facts: Facts) -> Markup | None:
    """What the program of the page adds to the picks."""
    if not len(facts.sets.picked):
        return None
    boxes = any(bool(np.isfinite(task.outlines).all(axis=1).any()) for task in facts.tasks)
    return tag(
        "div",
        tag("label", "Find by name ", tag("input", type="search", id="find", autocomplete="off")),
        tag("label", tag("input", type="checkbox", id="boxes", checked=True), " Boxes") if boxes else None,
        tag("button", "Show all reasons", type="button", id="unfold"),
        class_="tools",
        hidden=True,
    )


def _run(facts: Facts) -> Markup:
    """The config and the plugins."""
    plugins = [[each["kind"], each["key"], each["distribution"], each["version"]] for each in facts.manifest["plugins"]]
    config = json.dumps(facts.manifest["config"], indent=2, ensure_ascii=False)
    return join(
        tag("details", tag("summary", "The config, as run"), tag("pre", join(*_lines(config)))),
        tag(
            "details",
            tag("summary", "The plugins that took part"),
            table("Plugins", ["Kind", "Key", "Distribution", "Version"], plugins, texts=4, unseen=True),
        ),
    )


def _lines(text: str) -> Iterator[Markup]:
    """A text with its line breaks."""
    for line in text.split("\n"):
        yield join(visible(line), Markup("\n"))
