"""Suggestions: the nearest name there is, from any number of names."""

from __future__ import annotations

import time

import pytest

from tamis.errors import did_you_mean

NAMES = [f"{folder}/{number:06}.jpg" for folder in ("left", "right") for number in range(100_000)]


@pytest.mark.parametrize(
    ("name", "options", "end"),
    [
        ("colour", ["color", "size"], ". Did you mean 'color'?"),
        ("HAT", ["hat", "coat"], ". Did you mean 'hat'?"),
        ("x", ["b", "a"], " (there is a, b)"),
        ("x", [], ""),
        ("x", [f"{n:02}" for n in range(31)], " (there are 31, such as 00, 01, 02)"),
        ("/home/me/photographs/of/last/summer/a.jpg", ["b.jpg", "a.jpg"], ". Did you mean 'a.jpg'?"),
    ],
)
def test_the_nearest_is_named_or_what_there_is(name: str, options: list[str], end: str) -> None:
    """Whatever the case; paths by their last part; a few of many."""
    assert did_you_mean(name, options) == end


def test_many_names_take_no_longer() -> None:
    """Comparing each of 200,000 with what was typed would take half a minute."""
    start = time.perf_counter()

    assert did_you_mean("./right/000007.jpg", NAMES) == ". Did you mean 'right/000007.jpg'?"
    assert did_you_mean("nobody.jpg", NAMES).startswith(" (there are 200,000, such as left/000000.jpg,")
    assert time.perf_counter() - start < 5
