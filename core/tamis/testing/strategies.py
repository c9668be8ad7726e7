"""Checks of strategies."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Chooser, Column, Gains, Kind, Level, Memory, Objective, Params, Selection, Strategy
from tamis.declarations.params import Report
from tamis.selection.answers import record_column
from tamis.selection.plugin_calls import check_word, offering
from tamis.testing.checking import CheckResult, Skip, fail, require, run_checks
from tamis.testing.columns import ROWS, TESTING, columns, dataset
from tamis.testing.configured import ConfiguredSuite, runs
from tamis.testing.reports import complaint_of


class StrategySuite(ConfiguredSuite):
    """Checks of a strategy."""

    kind = "strategy"

    @property
    def function(self) -> str:  # type: ignore[override]
        """Its filter or its objective."""
        return "filter" if self.declaration.filter else "objective"

    def cases(self) -> Iterator[tuple[str, Kind, str, Column, dict[str, Any]]]:
        """Every column that it accepts with all parameters: how to call it, kind, name, column and parameters."""
        for kind in sorted(self.declaration.accepts, key=lambda kind: kind.name):
            for name, column in columns(kind).items():
                for params in self.params:
                    yield f"{kind.name} ({name})", kind, name, column, params

    def _selected(self, kind: Kind, name: str, params: Params) -> Selection:
        entry = {
            "input": {"type": TESTING.type, "kind": kind.name, "column": name},
            "strategy": {"type": self.key, **params},
        }
        selection: Selection = runs(dataset(), self.registry_with(self.declaration, TESTING), entry)
        return selection

    def _asked(
        self,
        column: Column,
        params: Params,
        report: Report = lambda done, total: None,
        rows: npt.NDArray[np.intp] | None = None,
    ) -> Any:
        """What its function returns; of some rows, if it takes such, and of all by default."""
        rows = np.arange(len(column)) if rows is None else rows
        function = self.declaration.filter or self.declaration.objective
        return offering(function, report=report, memory=Memory(), rows=rows)(column, params)

    def _objectives(self) -> Iterator[tuple[str, Objective, Objective]]:
        """Two objectives of each case, made alike."""
        if not self.declaration.objective:
            raise Skip("it has a filter, and no objective")
        for shown, _, _, column, params in self.cases():
            yield shown, self._asked(column, params), self._asked(column, params)

    def check_keeps(self) -> None:
        """Of a filter, what it keeps is said in a few words on one line."""
        for params in self.params if self.declaration.keeps else ():
            words = self.declaration.keeps(params)
            require(isinstance(words, str) and words.strip(), f"keeps returned {words!r}, not words")
            require("\n" not in words, f"keeps returned more than a line: {words!r}")

    def check_runs(self) -> None:
        """It selects, from every kind of input that it accepts."""
        for shown, kind, name, _, params in self.cases():
            try:
                self._selected(kind, name, params)
            except (Skip, AssertionError):
                raise
            except Exception as error:
                raise AssertionError(f"{shown}: {error}") from error

    def check_deterministic(self) -> None:
        """The same config and data give the same selection."""
        for shown, kind, name, _, params in self.cases():
            first, second = self._selected(kind, name, params), self._selected(kind, name, params)
            require(first.selected == second.selected, f"{shown}: it selects something else the second time")

    def check_values(self) -> None:
        """The values of an objective are finite and not negative, one for each row, before and after each pick."""
        for shown, objective, _ in self._objectives():
            for picked in range(4):
                for rows in (np.arange(picked, ROWS), np.arange(picked, picked + 1), np.arange(0)):
                    values = np.asarray(objective.values(rows))
                    require(values.shape == rows.shape, f"{shown}: shape {values.shape} for {len(rows)} rows")
                    fine = np.isfinite(values).all() and (values >= 0).all()
                    require(fine, f"{shown}: a value is negative or not finite: {values}")
                objective.add(picked)

    def check_asking(self) -> None:
        """Asking an objective for values changes nothing, and may be split in any way: only `add` does."""
        for shown, asked, fresh in self._objectives():
            for row in range(3):
                rows = np.arange(row, ROWS)
                asked.values(rows[::-1])
                split = np.concatenate([np.asarray(asked.values(part)) for part in np.array_split(rows, 3)])
                whole = np.asarray(fresh.values(rows))
                require(np.allclose(split, whole, rtol=1e-9, atol=1e-12), f"{shown}: other values when asked in parts")
                asked.add(row)
                fresh.add(row)

    def check_groups(self) -> None:
        """Rows that an objective puts into one group have one value, whatever is picked."""
        for shown, objective, _ in self._objectives():
            if (groups := objective.groups()) is not None:
                require(np.shape(groups) == (ROWS,), f"{shown}: groups of shape {np.shape(groups)} for {ROWS} rows")
                for row in range(3):
                    values, of = np.asarray(objective.values(np.arange(row, ROWS))), np.asarray(groups)[row:]
                    for group in set(of.tolist()):
                        spread = np.ptp(values[of == group])
                        require(spread <= 1e-9 * values.max(), f"{shown}: group {group} has values {spread} apart")
                    objective.add(row)

    def check_shortlist(self) -> None:
        """The rows with the largest of the values, and with the smallest, are on the shortlist, if there is one."""
        for shown, objective, _ in self._objectives():
            for picked in range(4):
                rows = np.arange(picked, ROWS)
                values = np.asarray(objective.values(rows))
                for largest, best in ((True, values.max()), (False, values.min())):
                    if (short := objective.shortlist(rows, largest)) is not None:
                        missing = set(rows[values == best].tolist()) - set(np.asarray(short).tolist())
                        require(not missing, f"{shown}: rows {sorted(missing)} could be the best, and are not on it")
                objective.add(picked)

    def check_drift(self) -> None:
        """Values are within the bounds of `mark`; what they are now, divided by what they were then, within `drift`."""
        for shown, objective, _ in self._objectives():
            objective.add(0)
            rows = np.arange(4, ROWS)
            least, most = map(np.asarray, objective.mark(rows))
            before = np.asarray(objective.values(rows), dtype=np.float64)
            marked = (least * (1 - 1e-9) <= before).all() and (before <= most * (1 + 1e-9)).all()
            require(marked, f"{shown}: mark says between {least} and {most}, and its values are {before}")
            for row in (1, 2, 3):
                objective.add(row)
                if (bounds := objective.drift()) is not None and (before > 0).all():
                    quotients = np.asarray(objective.values(rows)) / before
                    low, high = bounds[0] * (1 - 1e-9), bounds[1] * (1 + 1e-9)
                    fits = (low <= quotients).all() and (quotients <= high).all()
                    require(fits, f"{shown}: its drift is said to be {bounds}, and is {quotients}")

    def check_gains(self) -> None:
        """Gains never grow, don't change if they are `constant`, and add up with the base to the values."""
        for shown, objective, _ in self._objectives():
            if isinstance(objective, Gains):
                rows, before = np.arange(4, ROWS), np.full(ROWS - 4, np.inf)
                for row in range(4):
                    gains = np.asarray(objective.exact(rows), dtype=np.float64)
                    grown = gains - before > 1e-9 * np.abs(gains) + 1e-12
                    require(not grown.any(), f"{shown}: a gain grows after a pick")
                    same = not objective.constant or np.isinf(before).all() or np.allclose(gains, before)
                    require(same, f"{shown}: a gain changes, and is said to be constant")
                    close = np.abs(np.asarray(objective.gains(rows)) - gains) <= objective.error + 1e-9 * np.abs(gains)
                    require(close.all(), f"{shown}: a gain is further off than its error, {objective.error}")
                    values = np.asarray(objective.values(rows))
                    require(np.allclose(values, objective.base() + gains), f"{shown}: base and gains aren't its values")
                    before = gains
                    objective.add(row)

    def check_after(self) -> None:
        """Gains that are told from those before are exactly those of the objective; telling them changes nothing."""
        for shown, objective, whole in self._objectives():
            if not isinstance(whole, Gains) or not isinstance(objective, Gains):
                continue
            rows, gains, copied = np.arange(5, ROWS), np.asarray(whole.gains(np.arange(5, ROWS))), objective
            for added in ([], [1], [0, 3, 4]):
                found = copied.after(rows, gains, np.array(added, dtype=np.intp))
                if found is None:
                    break
                for row in added:
                    whole.add(row)
                expected = np.asarray(whole.exact(rows))
                require(np.array_equal(found, expected), f"{shown}: after tells other gains than exact, after {added}")
                gains, copied = found, pickle.loads(pickle.dumps(objective))  # noqa: S301 (its own)

    def check_choice(self) -> None:
        """What ``additive`` and ``chooses`` say of an objective is so; it chooses candidates, the same every time."""
        for shown, objective, other in self._objectives():
            try:
                check_word(self.declaration, objective)
            except TypeError as error:
                fail(f"{shown}: {error}")
            if not isinstance(objective, Chooser) or not isinstance(other, Chooser):
                continue
            rows, utility = np.arange(1, ROWS), np.linspace(1, -1, ROWS - 1)
            for each in (objective, other):
                each.add(0)
            chosen, again = (each.choose(rows, 3, utility, lambda done, total: None) for each in (objective, other))
            shape = np.shape(chosen)
            require(len(shape) == 1 and len(set(chosen)) == shape[0] <= 3, f"{shown}: of 3 it has chosen {chosen}")
            require(np.isin(chosen, rows).all(), f"{shown}: it has chosen {chosen}, and not of {rows}")
            require(np.array_equal(chosen, again), f"{shown}: it chooses something else the second time")

    def check_part(self) -> None:
        """The objective of some rows has the values that the whole has of them, in another process too.

        While nothing is picked, they may be in proportion: what all candidates would gain alike is of no account.
        """
        for shown, objective, whole in self._objectives():
            rows = np.arange(1, ROWS, 2)
            if (part := objective.part(rows)) is None:
                continue
            part = pickle.loads(pickle.dumps(part))  # noqa: S301 (its own)
            for number, row in enumerate(rows[:3].tolist()):
                values = np.asarray(part.values(np.arange(number, len(rows))))
                expected = np.asarray(whole.values(rows[number:]))
                if not number and expected.max() > 0:
                    values = values * (expected.max() / max(values.max(), np.finfo(np.float64).tiny))
                same = np.allclose(values, expected, rtol=1e-9, atol=1e-12)
                require(same, f"{shown}: a part of it has other values")
                part.add(number)
                whole.add(row)

    def check_rows(self) -> None:
        """Where it takes ``rows``, the objective of some rows is that of a column of those, numbered from 0."""
        if not self.declaration.objective or "rows" not in inspect.signature(self.declaration.objective).parameters:
            raise Skip("it takes no rows")
        for shown, _, _, column, params in self.cases():
            for rows in (np.arange(1, ROWS, 2), np.arange(2, ROWS), np.arange(0)):
                found, copied = self._asked(column, params, rows=rows), self._asked(column.take(rows), params)
                for row in range(min(4, len(rows))):
                    ours, theirs = (np.asarray(each.values(np.arange(row, len(rows)))) for each in (found, copied))
                    same = ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-9, atol=1e-12)
                    require(same, f"{shown}: of rows {rows} it has other values than of a column of those")
                    found.add(row)
                    copied.add(row)

    def check_record(self) -> None:
        """What it tells for the record has the shape that the record needs, and doesn't depend on what is picked."""
        for shown, objective, _ in self._objectives():
            before = self._record(shown, objective)
            for row in range(3):
                for level in objective.effect(row):
                    require(isinstance(level, Level), f"{shown}: effect has {level!r:.80}, not a Level")
                    require(level.before is not None, f"{shown}: effect does not say what was before: {level}")
                objective.add(row)
            after = self._record(shown, objective)
            same = before.keys() == after.keys() and all(before[name].equals(after[name]) for name in before)
            require(same, f"{shown}: its record changes when a row is picked")
            levels = list(objective.levels())
            require(all(isinstance(level, Level) for level in levels), f"{shown}: levels has {levels!r:.80}")
            known = {(level.quantity, level.of) for level in levels}
            effect = {(level.quantity, level.of) for level in objective.effect(3)}
            require(effect <= known, f"{shown}: effect has {sorted(effect - known)}, which levels has not")
            summary = objective.summary()
            require(summary is None or isinstance(summary, str), f"{shown}: summary is {summary!r:.80}, not text")
            require(isinstance(objective.quantity, str), f"{shown}: quantity is {objective.quantity!r:.80}, not text")

    @staticmethod
    def _record(shown: str, objective: Objective) -> dict[str, Column]:
        try:
            return {name: record_column(name, values, ROWS) for name, values in objective.record().items()}
        except (TypeError, ValueError, AttributeError) as error:
            fail(f"{shown}: {error}")

    def check_report(self) -> None:
        """Where it takes ``report``, no more is done than there is, and what that raises ends it."""
        for shown, _, _, column, params in self.cases():
            complaint = complaint_of(partial(self._asked, column, params))
            require(not complaint, f"{shown}: {complaint}")

    def check_read_only(self) -> None:
        """It changes neither its parameters nor its column."""
        for shown, _, _, column, params in self.cases():
            before = copy.deepcopy(params), copy.deepcopy(column)
            asked = self._asked(column, params)
            if self.declaration.objective:
                asked.values(np.arange(ROWS))
                asked.add(0)
            require(params == before[0], f"{shown}: it changes its parameters")
            require(column.equals(before[1]), f"{shown}: it changes its column")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        for _, kind, name, _, params in self.cases():
            self.quietly(lambda kind=kind, name=name, params=params: self._selected(kind, name, params))  # type: ignore[misc]


def check_strategy(
    strategy: Strategy,
    *,
    params: Sequence[Params] = (),
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check a strategy on columns of every kind that it accepts. Arguments as for `check_input_provider`.

    The categories of the kit's columns are ``a``, ``b`` and ``c``.
    """
    suite = StrategySuite(strategy, params=params, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
