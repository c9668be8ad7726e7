"""The page's sections of numbers: distributions of the inputs, and what was predicted."""

from __future__ import annotations

from collections.abc import Mapping

from tamis_plugins.report import plots
from tamis_plugins.report.distributions import Categories, Numbers
from tamis_plugins.report.facts import Facts
from tamis_plugins.report.markup import Child, Markup, join, tag
from tamis_plugins.report.measures import QUANTILES
from tamis_plugins.report.tables import table
from tamis_plugins.report.tasks import Task
from tamis_plugins.report.wording import TITLES, counted, number

#: Labels in a table of categories.
LABELS = 50


def distributions(facts: Facts) -> Markup | None:
    """Of every number and category that the config uses."""
    shown = [_numbers(facts, name, numbers) for name, numbers in facts.numbers.items()]
    for spread in facts.spreads:
        name = f"distance to the nearest neighbour in {spread.points.name}"
        near = Numbers.of({each: found.distances for each, found in spread.within.items()})
        shown.append(_panel(name, near, None))
    grids = [tag("div", *shown, class_="panels")] if shown else []
    targets = {each.name: each.target for each in facts.strategies if each.target}
    grids += [_categories(name, found, targets.get(name, {})) for name, found in facts.categories.items()]
    return join(plots.legend(list(facts.sets.rows)), *grids) if grids else None


def _numbers(facts: Facts, name: str, numbers: Numbers) -> Markup:
    borders = [each.threshold for each in facts.strategies if each.name == name and each.threshold is not None]
    return _panel(name, numbers, borders[0] if borders else None)


def _panel(name: str, numbers: Numbers, border: float | None) -> Markup:
    """A histogram, and what it says in numbers."""
    header = ["Set", "Mean", "Std", "Min", *(f"{100 * quantile:g} %" for quantile in QUANTILES), "Max"]
    rows: list[list[Child]] = []
    for each, summary in numbers.summaries.items():
        cells = [summary.get("mean"), summary.get("std"), summary.get("min")]
        cells += numbers.quantiles[each] or [None] * len(QUANTILES)
        rows.append([TITLES[each], *map(number, [*cells, summary.get("max")])])
    lacking = {each: count for each, count in numbers.missing.items() if count}
    return tag(
        "section",
        tag("h3", tag("bdi", name)),
        plots.histogram(numbers, name, border),
        _missing(lacking),
        tag(
            "details",
            tag("summary", "In numbers", tag("span", f": {name}", class_="unseen")),
            table(name, header, rows, unseen=True),
        ),
        class_="panel",
    )


def _categories(name: str, categories: Categories, targets: Mapping[str, float]) -> Markup:
    rows = plots.bars(categories, name, targets, LABELS)
    sets = list(categories.counts)
    header: list[Child] = ["Category", *(TITLES[each] for each in sets)]
    if targets:
        header.append("Target")
        for row, label in zip(rows, categories.labels, strict=False):
            row.append(f"{100 * targets[label]:.1f} %" if label in targets else "")
    left = len(categories.labels) - len(rows)
    return tag(
        "section",
        tag("h3", tag("bdi", name)),
        table(f"Shares of {name}", header, rows, unseen=True, bars=True),
        tag("p", f"{counted(left, 'rarer category', 'rarer categories')} not shown.") if left else None,
        _missing({each: count for each, count in categories.missing.items() if count}),
        class_="wide",
    )


def _missing(lacking: Mapping[str, int]) -> Markup | None:
    if not lacking:
        return None
    told = ", ".join(f"{count:,} of {TITLES[each].lower()}" for each, count in lacking.items())
    return tag("p", f"Without a value: {told}.", class_="aside")


def predictions(facts: Facts) -> Markup | None:
    """Of every task that was used: objects and images of each class, and scores."""
    return join(*(_task(facts, task) for task in facts.tasks)) if facts.tasks else None


def _task(facts: Facts, task: Task) -> Markup:
    names = task.predictions.schema.category_names
    sets = list(task.objects.counts)
    rows = plots.bars(task.objects, task.name, {}, LABELS)
    images = {label: place for place, label in enumerate(task.images.labels)}
    means: list[list[Child]] = []
    for label in task.objects.labels[:LABELS]:
        cells: list[Child] = [tag("bdi", label)]
        for each in sets:
            cells.append(number(float(task.images.counts[each][images[label]])))
            cells.append(number(float(task.means[each][names.index(label)])))
        means.append(cells)
    header = ["Class", *(cell for each in sets for cell in (f"{TITLES[each]}: images", "mean score"))]
    left = len(task.objects.labels) - len(rows)
    return tag(
        "section",
        tag("h3", tag("bdi", task.name), f" ({task.predictions.schema.task_type})"),
        table("Objects of each class", ["Class", *(TITLES[each] for each in sets)], rows, bars=True),
        tag("p", f"{counted(left, 'rarer class', 'rarer classes')} not shown.") if left else None,
        table("Images with the class, and mean scores", header, means),
        tag("div", _panel(f"{task.name}: scores of objects", task.scores, None), class_="panels"),
    )
