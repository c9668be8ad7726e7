"""Why a sample was, or was not, selected: the facts, from what ``selection.json`` and its tables hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

Facts = dict[str, Any]


@attrs.frozen
class Row:
    """What the tables of a result hold of one sample.

    Attributes:
        sample: Its name.
        values: Its row of the inputs, by column; empty if the dataset has no such sample.
        standing: Its row of the standings, by column; empty if there is none.
        failures: What failed on it, a line each.
    """

    sample: str
    values: Mapping[str, Any]
    standing: Mapping[str, Any]
    failures: Sequence[str] = ()

    @property
    def is_known(self) -> bool:
        """Whether the result has anything of it."""
        return bool(self.values or self.failures)


Picks = Mapping[str, Mapping[str, Any]]


def picks_of(manifest: Mapping[str, Any]) -> Picks:
    """Those of a result by their samples."""
    return {pick["sample"]: pick for pick in manifest["picks"]}


def explanation(manifest: Mapping[str, Any], picks: Picks, row: Row) -> Facts:
    """The facts about one sample, as JSON data.

    ``outcome`` is ``picked``, ``preselected``, ``excluded``, ``excluded by name``, ``no candidate``, ``removed``,
    ``failed``, ``rejected`` or ``not picked``.
    Each of ``strategies`` says what that strategy knew of the sample and did with it.

    Args:
        manifest: The content of ``selection.json``.
        picks: Its picks, as `picks_of` finds them.
        row: What the tables hold of the sample.
    """
    return _Sample(manifest, picks, row).facts()


@attrs.frozen
class _Sample:
    manifest: Mapping[str, Any]
    picks: Picks
    row: Row

    def facts(self) -> Facts:
        pick = self._own
        facts: Facts = {
            "sample": self.row.sample,
            "outcome": self._outcome(),
            "picks": len(self.manifest["picks"]),
            "stopped": self.manifest["stopped"],
            "failures": list(self.row.failures),
        }
        if pick:
            facts["rank"] = pick["rank"]
        elif facts["outcome"] == "not picked" and "in_line" in self.row.standing:
            facts |= {"next_rank": int(self.row.standing["in_line"]), "exact": self._is_exact}
        facts["strategies"] = [
            {**self._step(path), **told}
            for path in self.manifest["columns"]
            if (told := dict(self._strategy(path, facts["outcome"])))
        ]
        return facts

    @property
    def _own(self) -> Mapping[str, Any] | None:
        """Its own pick; None if it was not picked."""
        return self.picks.get(self.row.sample)

    @property
    def _is_exact(self) -> bool:
        return bool(int(self.row.standing.get("exact", 0)))

    def _outcome(self) -> str:
        sample, lists = self.row.sample, self.manifest["lists"]
        if self._own:
            return "picked"
        for outcome in ("preselected", "excluded"):
            if sample in self.manifest[outcome]:
                return outcome
        if sample in lists.get("exclude", {}).get("excluded", ()):
            return "excluded by name"
        if any(self.row.standing.get(f"{path}.removed") for path in self.manifest["columns"]):
            return "removed"
        if not self.row.standing and not self.row.failures and "candidates" in lists:
            return "no candidate"
        if not self.row.standing:
            return "failed"
        return "rejected" if self.row.standing.get("refused") else "not picked"

    def _step(self, path: str) -> Facts:
        """Which strategy it is."""
        number = int(path.removeprefix("strategies[").removesuffix("]"))
        params = dict(self.manifest["config"]["strategies"][number]["strategy"])
        return {
            "path": path,
            "strategy": params.pop("type"),
            "input": self.manifest["columns"][path],
            "params": params,
        }

    def _strategy(self, path: str, outcome: str) -> Iterator[tuple[str, Any]]:
        """What one strategy knew of the sample, and did with it."""
        if (value := self.row.values.get(self.manifest["columns"][path])) is not None:
            yield "value", value
        columns = self.manifest["classes"].get(path, {})
        if not self.row.values.keys().isdisjoint(columns.values()):  # as for an invalid prediction
            amounts = {name: float(self.row.values.get(column, 0)) for name, column in columns.items()}
            yield "classes", {name: amount for name, amount in amounts.items() if amount}
        if told := {
            name: self.row.values[column]
            for name, column in self.manifest["values"].get(path, {}).items()
            if self.row.values.get(column) is not None
        }:
            yield "recorded", told
        if outcome == "removed" and self.row.standing.get(f"{path}.removed"):
            yield "removed", True
        objective = self.manifest["objectives"].get(path)
        if objective and (pick := self._own):
            yield from self._of_pick(path, objective, pick)
        elif objective and outcome in ("not picked", "rejected"):
            yield from self._of_other(path, objective)

    def _of_pick(self, path: str, objective: Facts, pick: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        if near := pick["nearest"].get(path):
            yield "nearest", self._near(near["sample"], near["distance"], exact=True)
        if levels := pick["levels"].get(path):
            yield "levels", levels
        before, after = pick["before"].get(path), pick["objectives"].get(path)
        if after is not None:
            told = {"quantity": objective["quantity"], "before": before, "after": after}
            if objective["additive"] and after:
                told["share"] = (after - (before or 0.0)) / after
            yield "objective", told

    def _of_other(self, path: str, objective: Facts) -> Iterator[tuple[str, Any]]:
        standing = self.row.standing
        if standing.get("refused") == path:
            yield "rejected", objective.get("condition", "it is not allowed")
        if near := standing.get(f"{path}.nearest"):
            yield "nearest", self._near(near, float(standing[f"{path}.distance"]), exact=self._is_exact)
        if levels := [level for level in self.manifest["levels"].get(path, ()) if level["of"] in self._classes(path)]:
            yield "levels", levels
        last = self.manifest["picks"][-1] if self.manifest["picks"] else None
        if (after := standing.get(f"{path}.objective")) is not None:
            before = last["objectives"].get(path) if last else None
            told = {"quantity": objective["quantity"], "before": before, "after": float(after)}
            yield "objective", {**told, "exact": self._is_exact}
        if last:
            value = last["values"].get(path)
            recorded = last["recorded"].get(path, {})
            known = {
                "value": value if isinstance(value, (int, float)) else None,  # others are not to be compared
                "recorded": {name: each for name, each in recorded.items() if each is not None},
            }
            if path in last["nearest"]:
                known["distance"] = last["nearest"][path]["distance"]
            if known := {name: value for name, value in known.items() if value is not None and value != {}}:
                yield "last_pick", {"sample": last["sample"], **known}

    def _classes(self, path: str) -> set[str]:
        """Of the sample, those that a strategy's levels may be of."""
        columns = self.manifest["classes"].get(path, {})
        found = {name for name, column in columns.items() if float(self.row.values.get(column, 0))}
        return found | {str(self.row.values.get(self.manifest["columns"][path]))}

    def _near(self, sample: str, distance: float, *, exact: bool) -> Facts:
        pick = self.picks.get(sample)
        return {"sample": sample, "rank": pick["rank"] if pick else None, "distance": distance, "exact": exact}
