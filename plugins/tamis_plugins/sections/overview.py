"""At a glance: what became of the input, how the selection compares with chance, and what each strategy has reached.

Of a dataset of which nothing was selected: how many samples there are, how many have failed, and how even the classes
are. What the page lacks is said here.
"""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Params, Section, Subject, blocks, hookimpl
from tamis_plugins.statistics.chosen import Chosen
from tamis_plugins.statistics.facts import Facts
from tamis_plugins.statistics.sets import INPUT, RANDOM
from tamis_plugins.statistics.strategies import Used
from tamis_plugins.statistics.wording import counted, number

Row = list[blocks.Cell]

DISTANCES = (
    "Diversity: the mean distance of the samples of a set to their nearest neighbours in it. Coverage: 1 / (1 + the "
    "mean distance of the samples of the input to their nearest in the set)."
)
EVENNESS = (
    "Balance: the entropy of the shares of the classes that occur in the input, from 0 (all the same) to 1 (all as "
    "frequent)."
)
#: Numbers of a dataset that are told here; Distributions has all.
NUMBERS = 12


def make(subject: Subject, options: Params) -> Iterator[blocks.Block]:
    """What there is to know at a glance."""
    facts = subject.once(Facts.of)
    chosen = facts.chosen
    notes = [*(chosen.manifest["notes"] if chosen else ()), *subject.notes]
    yield blocks.Text(_outcome(chosen) if chosen else _there(subject))
    if notes:
        yield blocks.Notes(notes)
    if chosen:
        yield blocks.Halves([_funnel(chosen), blocks.Group("", _measures(facts))])
        yield _strategies(facts, chosen)
    else:
        yield blocks.Halves([blocks.Table("In short", ["Measure", "All"], _short(facts)), _numbers(facts)])


def _there(subject: Subject) -> str:
    failed = len({failure.sample for failure in subject.failures})
    lost = "none of them could" if failed == len(subject.samples) else f"{failed:,} could not"
    with_failures = f"; {lost} be read or measured in full" if failed else ""
    return f"{counted(len(subject.samples), 'sample')}{with_failures}."


def _short(facts: Facts) -> Iterator[Row]:
    subject = facts.subject
    yield ["Samples", len(subject.samples)]
    for spread in facts.spreads:
        what = "Objects" if spread.points.objects else "Samples"
        yield [f"{what} with a vector of {spread.points.name}", len(spread.points.owners)]
        yield [f"Mean distance to the nearest neighbour in {spread.points.name}", spread.diversity(INPUT)]
    for task in facts.tasks:
        yield [f"Objects of {task.name}", float(task.objects.counts[INPUT].sum())]
        yield [f"Balance of {task.name}, from 0 (one class) to 1 (all as frequent)", task.objects.balance(INPUT)]


def _numbers(facts: Facts) -> blocks.Block:
    if not facts.numbers:
        return blocks.Text("Nothing was measured.", tone="aside")
    rows: list[Row] = []
    for name, numbers in list(facts.numbers.items())[:NUMBERS]:
        found = numbers.summaries[INPUT]
        rows.append([name, found.get("min"), found.get("median"), found.get("max"), numbers.missing[INPUT]])
    return blocks.Table("Numbers", ["Number", "Least", "Median", "Most", "Without"], rows)


def _outcome(chosen: Chosen) -> str:
    counts = chosen.manifest["counts"]
    given = f", beside {counted(counts['preselected'], 'preselected sample')}" if counts["preselected"] else ""
    told = f"{counted(counts['selected'], 'sample was', 'samples were')} selected of {counts['input']:,}{given}."
    if not counts["selected"]:
        told = f"Nothing was selected of {counted(counts['input'], 'sample')}{given}: what follows is about these."
    unmet = counts["selected"] < counts["asked_for"]
    return f"{told} It ended because {chosen.manifest['stopped']}." if unmet else told


def _funnel(chosen: Chosen) -> blocks.Table:
    counts = chosen.manifest["counts"]
    left = counts["input"]
    rows: list[Row] = [["Input", "", left]]
    steps = [("Failed: could not be read, or lack a value", counts["failed"])]
    steps += [("No candidates", counts["not_candidates"])] * bool(counts["not_candidates"])
    steps += [("Excluded, by name or where the vectors come from", counts["excluded"])] * bool(counts["excluded"])
    steps += [("Preselected: there from the start", counts["preselected"])] * bool(counts["preselected"])
    by_path = {each.path: each for each in chosen.strategies}
    for removed in counts["removed"]:
        used = by_path[removed["path"]]
        steps.append((f"Removed: not {used.name} {used.wording}", removed["samples"]))
    for what, lost in steps:
        left -= lost
        rows.append([what, f"-{lost:,}" if lost else "0", left])
    rows += [["Candidates", "", counts["candidates"]], ["Selected", "", counts["selected"]]]
    return blocks.Table("From the input to the selection", ["Step", "Lost", "Left"], rows, total=True)


def _measures(facts: Facts) -> Iterator[blocks.Block]:
    sets = facts.subject.sets
    rows: list[Row] = [["Samples", *(len(part) for part in sets.values())]]
    sampled = False
    for spread in facts.spreads:
        what = f"of {spread.points.name}" if len(facts.spreads) > 1 or spread.points.objects else ""
        rows.append([f"Diversity {what}".strip(), *(spread.diversity(name) for name in sets)])
        rows.append([f"Coverage {what}".strip(), *(spread.coverage(name) for name in sets)])
        sampled |= spread.sampled
    balances: list[Row] = [
        [f"Balance of {task.name}", *(task.objects.balance(name) for name in sets)] for task in facts.tasks
    ]
    for name, categories in facts.categories.items():
        if not any(name == f"{task.name}.CLASS_DISTRIBUTION" for task in facts.tasks):
            balances.append([f"Balance of {name}", *(categories.balance(each) for each in sets)])
    yield blocks.Table("Beside chance", ["Measure", *(facts.titles[name] for name in sets)], rows + balances)
    yield blocks.Text(
        "Random is a random choice of as many samples as were selected, from all that were there to choose from, "
        "thresholds or not; always the same one.",
        tone="aside",
    )
    told = [DISTANCES] * bool(facts.spreads) + [EVENNESS] * bool(balances)
    if told:
        yield blocks.Text(" ".join([*told, "More is better."]), tone="aside")
    if sampled:
        yield blocks.Text("Distances are those of a random sample of the vectors, as there are many.", tone="aside")


def _strategies(facts: Facts, chosen: Chosen) -> blocks.Table:
    reached = chosen.manifest["summaries"]
    rows = [
        [each.path, each.type, each.name, each.wording, reached.get(each.path, ""), _by_chance(facts, each)]
        for each in chosen.strategies
    ]
    header = ["Place", "Strategy", "Input", "Asked for", "Reached", "By chance"]
    return blocks.Table("What was asked for, and reached", header, rows, texts=6)


def _by_chance(facts: Facts, used: Used) -> str:
    """What the random set has of it, where there are numbers for that."""
    if used.removed is not None or not len(facts.subject.sets[RANDOM]):
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


@hookimpl
def tamis_sections() -> list[Section]:
    """Declare overview."""
    return [Section("overview", make, title="At a glance", position=10, doc=__doc__ or "")]
