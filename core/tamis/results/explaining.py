"""Why a sample was, or was not, selected, in plain words: from what ``selection.json`` and its tables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from tamis.printable import printable


@attrs.frozen
class Record:
    """What a run has recorded.

    Attributes:
        manifest: The content of ``selection.json``.
        values: The sample's row of the inputs, by column; empty if the dataset has no such sample.
        standing: Its row of the standings, by column; empty if there is none.
        failures: What failed on it, a line each.
    """

    manifest: Mapping[str, Any]
    values: Mapping[str, Any]
    standing: Mapping[str, Any]
    failures: Sequence[str] = ()

    def explain(self, sample: str) -> str:
        """A line that says what became of the sample, and one for each strategy that had a say in it."""
        lines = [self._verdict(sample), *self.failures]
        lines += [f"{path}: {told}" for path in self._paths() for told in self._strategy(path, sample)]
        return "\n  ".join(map(printable, lines))

    def _paths(self) -> list[str]:
        return [f"strategies[{number}]" for number in range(len(self.manifest["config"]["strategies"]))]

    def _entry(self, path: str) -> tuple[str, str, dict[str, Any]]:
        """The name of the input, the type of the strategy and its parameters."""
        number = int(path.removeprefix("strategies[").removesuffix("]"))
        strategy = dict(self.manifest["config"]["strategies"][number]["strategy"])
        return self.manifest["columns"][path], strategy.pop("type"), strategy

    def _pick(self, sample: str) -> Mapping[str, Any] | None:
        return next((pick for pick in self.manifest["picks"] if pick["sample"] == sample), None)

    @property
    def _removed_by(self) -> list[str]:
        return [path for path in self._paths() if self.standing.get(f"{path}.removed")]

    def _verdict(self, sample: str) -> str:
        picks = self.manifest["picks"]
        if pick := self._pick(sample):
            return f"{sample} was picked as number {pick['rank']} of {len(picks)}."
        if sample in self.manifest["preselected"]:
            return f"{sample} was preselected: it counts as selected from the start."
        if sample in self.manifest["excluded"]:
            return f"{sample} was left out: it is masked where its vectors come from."
        lists = self.manifest.get("lists", {})
        if sample in lists.get("exclude", {}).get("excluded", ()):
            return f"{sample} was left out: it is excluded by name."
        if removed := self._removed_by:
            return f"{sample} was removed by {' and '.join(map(self._condition, removed))}."
        if not self.standing and not self.failures and "candidates" in lists:
            return f"{sample} took no part: it is not one of the {lists['candidates']['samples']} candidates."
        if not self.standing:
            return f"{sample} was left out: it could not be read, or lacks a value."
        others = f"{len(picks)} other{'s were' if len(picks) != 1 else ' was'} picked before it"
        line = f"{sample} was not picked: {others} ({self.manifest['stopped']})."
        if path := self.standing.get("refused"):
            return f"{line} It can't be: {path}: {self.manifest['objectives'][path]['refusal'] or 'it is not allowed'}."
        if place := self.standing.get("in_line"):
            return f"{line} It stands at about number {place} in line for the next."
        return f"{line} No strategy says which samples to prefer: they are taken in input order."

    def _condition(self, path: str) -> str:
        _, type_, params = self._entry(path)
        return f"{path} ({type_} {' '.join(f'{name}={value}' for name, value in params.items())})"

    def _strategy(self, path: str, sample: str) -> Iterator[str]:
        """What one strategy made of it."""
        column, type_, _ = self._entry(path)
        value = self.values.get(column)
        said = [] if value in (None, "") else [f"{column} is {_shown(value)}"]
        if pick := self._pick(sample):
            said += self._of_pick(path, pick)
        elif self.standing and not self._removed_by and path in self.manifest["objectives"]:
            said += self._of_other(path)
        if said:
            yield f"{type_}: {'; '.join(said)}"

    def _of_pick(self, path: str, pick: Mapping[str, Any]) -> Iterator[str]:
        if near := pick["nearest"].get(path):
            yield f"{_shown(near['distance'])} away from {self._named(near['sample'])}, its nearest so far"
        if (after := pick["objectives"].get(path)) is not None:
            before = pick["before"].get(path)
            yield "the objective became " + (
                _shown(after) if before is None else f"{_shown(after)}, from {_shown(before)}"
            )

    def _of_other(self, path: str) -> Iterator[str]:
        last = self.manifest["picks"][-1] if self.manifest["picks"] else None
        alone = len(self.manifest["objectives"]) == 1 and not self.standing.get("refused")
        much = "much" if self.manifest["objectives"][path]["strength"] > 0 else "little"
        needed = f", and it would have needed as {much}" if alone else ""
        if near := self.standing.get(f"{path}.nearest"):
            distance = _shown(self.standing[f"{path}.distance"])
            yield f"{distance} or less from the selection: so far is {self._named(near)}"
            if last and (other := last["nearest"].get(path)):
                yield f"the last pick was {_shown(other['distance'])} away from its nearest{needed}"
        elif last and (value := last["values"].get(path)) is not None:
            yield f"the last pick had {_shown(value)}{needed if isinstance(value, (int, float)) else ''}"
        if (bound := self.standing.get(f"{path}.objective")) not in (None, ""):
            yield f"with it, the objective would be {_shown(bound)} at the most"

    def _named(self, sample: str) -> str:
        pick = self._pick(sample)
        return f"{sample} (pick {pick['rank']})" if pick else f"{sample} (preselected)"


def _shown(value: Any) -> str:
    """A number with a fraction to four digits, all else as it is; what was read from a file is text of either."""
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return f"{number:.4g}" if str(value) == repr(number) else str(value)
