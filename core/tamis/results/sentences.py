"""Why a sample was, or was not, selected: the facts of `tamis.results.explaining` as plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tamis.data.parts import OBJECTS
from tamis.printable import printable

Facts = Mapping[str, Any]

#: Classes that a sentence names.
CLASSES = 8
#: Of samples that met every filter.
CANDIDATES = ("picked", "not picked", "rejected")
VERDICTS = {
    "preselected": "was preselected: it counts as selected from the start.",
    "excluded": "was left out: it is masked where its vectors come from.",
    "excluded by name": "was left out: it is excluded by name.",
    "no candidate": "took no part: it is not one of the candidates.",
    "failed": "was left out: it could not be read, or lacks a value.",
}


def step(facts: Facts) -> str:
    """A strategy by its type, its input and its place in the config."""
    return f"{facts['strategy']} of {facts['input']} ({facts['path']})"


def sentences(facts: Facts) -> str:
    """A line on why the sample was, or was not, selected, and one for each strategy that knew something of it."""
    lines = [f"{facts['sample']} {_verdict(facts)}", *facts["failures"]]
    told = ((strategy, " ".join(_strategy(strategy, facts["outcome"]))) for strategy in facts["strategies"])
    lines += [f"{step(strategy)}: {text}" for strategy, text in told if text]
    return "\n  ".join(map(printable, lines))


def _verdict(facts: Facts) -> str:
    outcome, picks = facts["outcome"], facts["picks"]
    if outcome in VERDICTS:
        return VERDICTS[outcome]
    if outcome == "picked":
        return f"was picked as number {facts['rank']} of {picks}."
    if outcome == "removed":
        return f"was removed by {' and '.join(_filter(each) for each in facts['strategies'] if 'removed' in each)}."
    if outcome == "rejected":
        rejecting = next(each for each in facts["strategies"] if "rejected" in each)
        return f"was not picked. Rejected because of {step(rejecting)}: {rejecting['rejected']}."
    line = f"was not picked. The run picked {picks} sample{'s' * (picks != 1)} ({facts['stopped']})."
    if "next_rank" not in facts:
        return f"{line} No strategy says which samples to prefer: they are taken in input order."
    return f"{line} Rank {'' if facts['exact'] else 'about '}{facts['next_rank']} for the next pick."


def _filter(facts: Facts) -> str:
    params = _params(facts)
    return f"{step(facts)}" + (f", with {params}" if params else "")


def _params(facts: Facts) -> str:
    return " ".join(f"{name}={value}" for name, value in facts["params"].items() if name != "strength")


def _strategy(facts: Facts, outcome: str) -> Iterator[str]:
    """What one strategy knew of the sample, and did with it."""
    if "value" in facts:
        is_kept = outcome in CANDIDATES and "strength" not in facts["params"]  # which is of objectives, not of filters
        yield f"Its value is {_shown(facts['value'])}{f', kept by {_params(facts)}' if is_kept else ''}."
    if "classes" in facts:
        yield _classes(facts["classes"])
    for name, value in facts.get("recorded", {}).items():
        yield f"Its {_words(name)} is {_shown(value)}."
    if near := facts.get("nearest"):
        distance = f"{'' if near['exact'] else 'at most '}{_shown(near['distance'])}"
        who = f"pick {near['rank']}" if near["rank"] else "preselected"
        yield f"Distance to the nearest selected neighbour: {distance} ({near['sample']}, {who})."
    yield from map(_level, facts.get("levels", ()))
    if "objective" in facts and "levels" not in facts:
        yield _objective(facts["objective"])
    yield from _last(facts.get("last_pick", {}))


def _words(name: str) -> str:
    return "number of objects" if name == OBJECTS else name.replace("_", " ")


def _classes(amounts: Mapping[str, float]) -> str:
    if not amounts:
        return "It has no object of any class."
    most = sorted(amounts, key=lambda name: -amounts[name])
    told = [f"{name} {_shown(amounts[name])}" for name in most[:CLASSES]]
    more = f" and {len(most) - CLASSES} more" if len(most) > CLASSES else ""
    return f"Its classes are {', '.join(told)}{more}."


def _level(level: Facts) -> str:
    what = f"{level['quantity'].capitalize()} of {level['of']}"
    changed = f"{_shown(level['before'])} before, " if "before" in level else ""
    value = f"{_shown(level['value'])}{' with it' if changed else ' in the selection'}"
    target = f", target {_shown(level['target'])}" if "target" in level else ""
    return f"{what}: {changed}{value}{target}."


def _objective(told: Facts) -> str:
    what, before, after = f"The {told['quantity'] or 'objective'}", told["before"], _shown(told["after"])
    if "exact" in told:  # it was not picked
        would = f"{what} would be {'' if told['exact'] else 'at most '}{after} with it"
        return would + (f", and is {_shown(before)}." if before is not None else ".")
    share = f"; {100 * told['share']:.3g} % of it is from this sample" if before and told.get("share") else ""
    if before is None:
        return f"{what} became {after}{share}."
    if before == told["after"]:
        return f"{what} stayed {after}."
    return f"{what} {'rose' if before < told['after'] else 'fell'} from {_shown(before)} to {after}{share}."


def _last(told: Facts) -> Iterator[str]:
    """What the last pick had instead."""
    if "value" in told:
        yield f"The last pick's value was {_shown(told['value'])}."
    for name, value in told.get("recorded", {}).items():
        yield f"The last pick's {_words(name)} was {_shown(value)}."
    if "distance" in told:
        yield f"The last pick's distance was {_shown(told['distance'])}."


def _shown(value: Any) -> str:
    """A number with a fraction to four digits, all else as it is; what was read from a CSV file is text of either."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    if str(value) != repr(number):  # a whole number, or text that looks like a number
        return str(value)
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else f"{number:.4g}"
