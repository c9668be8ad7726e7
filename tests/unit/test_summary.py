"""Summaries of tables: numbers to choose thresholds and targets by."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tamis
from tamis import Column, Kind, Table
from tamis.cli.summary import ASCII, BLOCKS, bar, shown
from tamis.data.summary import BINS, PERCENT, Categories, Numbers


def numbers(*values: float | None, dtype: str = "f8") -> Numbers:
    """Of a column with these values."""
    valid = np.array([value is not None for value in values], dtype=bool)
    array = np.array([0 if value is None else value for value in values], dtype=dtype)
    found = Numbers.of(Column("x", Kind.SCALAR, array, valid=valid))
    assert isinstance(found, Numbers)
    return found


def test_numbers() -> None:
    """Worked out by hand: of 0 to 20, 5 % is 1, 25 % is 5; of what is missing nothing but the count."""
    found = numbers(*range(20, -1, -1), None, None, dtype="i8")

    assert (found.count, found.missing, found.minimum, found.maximum) == (21, 2, 0, 20)
    assert found.quantiles == {5: 1, 25: 5, 50: 10, 75: 15, 95: 19}
    assert isinstance(found.minimum, int)
    assert numbers(1, 2).quantiles == {5: 1.05, 25: 1.25, 50: 1.5, 75: 1.75, 95: 1.95}
    assert numbers(None, None) == Numbers(0, 2)


def test_histograms() -> None:
    """Equal intervals, the last with its upper end; equal values are in the first."""
    histogram = numbers(*range(17)).histogram

    assert histogram == (1,) * 15 + (2,)
    assert numbers(3, 3, 3).histogram == (3,) + (0,) * 15


def slow_quantile(values: list[float], percent: int) -> float:
    """Between the two values around position (n - 1) * p, as Hyndman and Fan's type 7 has it."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] * (1 - (position - below)) + ordered[above] * (position - below)


@settings(max_examples=200)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
@example([0.0, 5e-324])
@example([1.0, 1.0 + 2**-52])
def test_any_numbers_have_a_summary(values: list[float]) -> None:
    """However large: it is finite, in order and within their range, and no value is lost."""
    found = numbers(*values)
    assert found.quantiles is not None
    assert found.histogram is not None
    told = [found.minimum, *found.quantiles.values(), found.maximum]

    assert (found.minimum, found.maximum) == (min(values), max(values))
    assert all(math.isfinite(value) for value in told if value is not None)
    assert sum(found.histogram) == len(values)
    assert len(found.histogram) == BINS
    if max(map(abs, values)) < 1e300:
        for percent in PERCENT:
            expected = slow_quantile(values, percent)
            close = 1e-9 * max(map(abs, values)) + 1e-320  # the least floats have few digits
            assert math.isclose(found.quantiles[percent], expected, rel_tol=1e-9, abs_tol=close)


def test_categories() -> None:
    """Those that occur, the commonest first, then in the order of their names."""
    labels = ("a", "b", "c", "never")
    column = Column(
        "c", Kind.CATEGORY, np.array([1, 2, 1, 0, 2, 3]), labels=labels, valid=np.array([1, 1, 1, 1, 1, 0], dtype=bool)
    )

    assert Categories.of(column) == Categories(5, 1, {"b": 2, "c": 2, "a": 1})
    assert list(Categories.of(column).values) == ["b", "c", "a"]


TABLE = Table(
    ("s0", "s1", "s2"),
    {
        "x": Column("x", Kind.SCALAR, np.array([1.0, np.nan, 3.0])),
        "v": Column("v", Kind.VECTOR, np.zeros((3, 2))),
        "c": Column("c", Kind.CATEGORY, np.array([0, 1, 1]), labels=("no", "yes")),
        "none": Column("none", Kind.SCALAR, np.full(3, np.nan)),
    },
)


def test_a_tables_summary_is_data() -> None:
    """As JSON, and in pandas a row for each column of numbers; vectors are left out."""
    summary = TABLE.summary()
    frame = summary.to_pandas()

    assert isinstance(summary, tamis.Summary)
    assert summary["c"] == Categories(3, 0, {"yes": 2, "no": 1})
    assert json.loads(json.dumps(summary.to_dict())) == {
        "x": {
            "count": 2,
            "missing": 1,
            "minimum": 1.0,
            "quantiles": {"5": 1.1, "25": 1.5, "50": 2.0, "75": 2.5, "95": 2.9},
            "maximum": 3.0,
            "histogram": [1, *[0] * 14, 1],
        },
        "c": {"count": 3, "missing": 0, "values": {"yes": 2, "no": 1}},
        "none": {
            "count": 0,
            "missing": 3,
            "minimum": None,
            "quantiles": None,
            "maximum": None,
            "histogram": None,
        },
    }
    assert frame.index.tolist() == ["x", "none"]
    assert frame.loc["x"].tolist() == [2, 1, 1.0, 1.1, 1.5, 2.0, 2.5, 2.9, 3.0]
    assert frame.loc["none", "minimum":].isna().all()
    assert frame["count"].dtype == "Int64"


def test_without_pandas_it_says_what_to_install() -> None:
    """In an interpreter that doesn't have it."""
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "import tamis\n"
        "try: tamis.Table((), {}).summary().to_pandas()\n"
        "except tamis.errors.MissingDependencyError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "to_pandas() needs pandas: pip install 'tamis[pandas]'"


@pytest.mark.parametrize("heights", [BLOCKS, ASCII])
def test_bars(heights: str) -> None:
    """The most is the highest, few are the lowest, none is blank."""
    assert bar((0, 1, 1000, 500), heights) == f" {heights[0]}{heights[-1]}{heights[3]}"
    assert bar((), heights) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (341, "341"), (0.123456, "0.1235"), (15623.4, "15623"), (-2e-7, "-2e-07"), (1.5e9, "1.5e+09")],
)
def test_numbers_are_shown_in_few_digits(value: float | None, text: str) -> None:
    """Four that count, or the whole number."""
    assert shown(value) == text
