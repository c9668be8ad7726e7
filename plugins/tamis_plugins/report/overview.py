"""The page's first section: what became of the input, and how the selection compares with chance."""

from __future__ import annotations

from tamis_plugins.report.facts import Facts
from tamis_plugins.report.markup import Child, Markup, join, tag
from tamis_plugins.report.sets import RANDOM, SEED
from tamis_plugins.report.strategies import Used
from tamis_plugins.report.tables import table
from tamis_plugins.report.wording import TITLES, counted, number


def overview(facts: Facts) -> Markup:
    """What there is to know at a glance."""
    said = [*facts.manifest["notes"], *facts.notes]
    notes = tag("ul", *(tag("li", note) for note in said), class_="notes") if said else None
    return join(
        tag(
            "p",
            f"{_outcome(facts)} It ended because {facts.manifest['stopped']}." if _unmet(facts) else _outcome(facts),
        ),
        notes,
        tag("div", _funnel(facts), _measures(facts), class_="halves"),
        _strategies(facts),
    )


def _outcome(facts: Facts) -> str:
    counts = facts.manifest["counts"]
    given = f", beside {counted(counts['preselected'], 'preselected sample')}" if counts["preselected"] else ""
    return f"{counted(counts['selected'], 'sample was', 'samples were')} selected of {counts['input']:,}{given}."


def _unmet(facts: Facts) -> bool:
    counts = facts.manifest["counts"]
    return bool(counts["selected"] < counts["asked_for"])


def _funnel(facts: Facts) -> Markup:
    counts = facts.manifest["counts"]
    left = counts["input"]
    rows: list[list[Child]] = [["Input", "", number(left)]]
    steps = [("Failed: could not be read, or lack a value", counts["failed"])]
    steps += [("No candidates", counts["not_candidates"])] * bool(counts["not_candidates"])
    steps += [("Excluded, by name or where the vectors come from", counts["excluded"])] * bool(counts["excluded"])
    steps += [("Preselected: there from the start", counts["preselected"])] * bool(counts["preselected"])
    by_path = {each.path: each for each in facts.strategies}
    for removed in counts["removed"]:
        used = by_path[removed["path"]]
        steps.append((f"Removed: not {used.name} {used.wording}", removed["samples"]))
    for what, lost in steps:
        left -= lost
        rows.append([what, f"-{lost:,}" if lost else "0", number(left)])
    rows.append(["Candidates", "", number(counts["candidates"])])
    rows.append([tag("strong", "Selected"), "", tag("strong", number(counts["selected"]))])
    return table("From the input to the selection", ["Step", "Lost", "Left"], rows)


def _measures(facts: Facts) -> Markup:
    sets = list(facts.sets.rows)
    rows: list[list[Child]] = [
        ["Samples", *(number(len(facts.sets.rows[name])) for name in sets)],
    ]
    sampled = False
    for spread in facts.spreads:
        what = f"of {spread.points.name}" if len(facts.spreads) > 1 or spread.points.objects else ""
        rows.append([f"Diversity {what}".strip(), *(number(spread.diversity(name)) for name in sets)])
        rows.append([f"Coverage {what}".strip(), *(number(spread.coverage(name)) for name in sets)])
        sampled |= spread.sampled
    rows += [
        [f"Balance of {task.name}", *(number(task.objects.balance(name)) for name in sets)] for task in facts.tasks
    ]
    for name, categories in facts.categories.items():
        if not any(name == f"{task.name}.CLASS_DISTRIBUTION" for task in facts.tasks):
            rows.append([f"Balance of {name}", *(number(categories.balance(each)) for each in sets)])
    explained = [
        "More is better. Random is a random choice of as many samples as were selected, from all that were there to "
        f"choose from, thresholds or not; always the same one (seed {SEED}).",
        "Diversity: the mean distance of the samples of a set to their nearest neighbours in it. Coverage: 1 / (1 + "
        "the mean distance of the samples of the input to their nearest in the set). Balance: the entropy of the "
        "shares of the classes that occur in the input, from 0 (all the same) to 1 (all as frequent).",
    ]
    if sampled:
        explained.append("Distances are those of a random sample of the vectors, as there are many.")
    return tag(
        "div",
        table("Beside chance", ["Measure", *(TITLES[name] for name in sets)], rows),
        *(tag("p", line, class_="aside") for line in explained),
    )


def _strategies(facts: Facts) -> Markup:
    reached = facts.manifest["summaries"]
    rows = [
        [each.path, each.type, tag("bdi", each.name), each.wording, reached.get(each.path, ""), _by_chance(facts, each)]
        for each in facts.strategies
    ]
    header = ["Place", "Strategy", "Input", "Asked for", "Reached", "By chance"]
    return table("What was asked for, and reached", header, rows, texts=6)


def _by_chance(facts: Facts, used: Used) -> str:
    """What the random set has of it, where there are numbers for that."""
    if used.removed is not None or not len(facts.sets.rows[RANDOM]):
        return ""
    numbers = {name: facts.numbers[column] for name, column in used.recorded.items() if column in facts.numbers}
    if used.name in facts.numbers:
        numbers = {"": facts.numbers[used.name]}
    means = [f"mean {name} {number(each.summaries[RANDOM].get('mean'))}" for name, each in numbers.items()]
    if used.target and used.name in facts.categories:
        categories = facts.categories[used.name]
        shares = dict(zip(categories.labels, categories.shares(RANDOM).tolist(), strict=True))
        return ", ".join(f"{label} {shares.get(label, 0.0):.2f}" for label in used.target)
    if not means:
        near = [spread.within[RANDOM].distances for spread in facts.spreads if spread.points.name == used.name]
        means = [f"the closest two are {number(float(each.min()))} apart" for each in near if len(each)]
    return ", ".join(means).replace("  ", " ")
