"""The docstrings of built-in metrics, views and scorers are their reference: examples run, and sources are named."""

from __future__ import annotations

import doctest
import inspect
import re
from importlib.metadata import EntryPoint, distribution
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
#: Where each kind has its page.
PAGES = {"tamis.metrics": "metrics.md", "tamis.scorers": "scores.md", "tamis.views": "views.md"}
POINTS = [point for point in distribution("tamis").entry_points if point.group in PAGES]
MEASURES = [point for point in POINTS if point.group != "tamis.views"]


def named(point: EntryPoint) -> str:
    """The name of a test."""
    return f"{point.group}:{point.name}"


def examples(text: str) -> list[doctest.Example]:
    """The examples in a docstring."""
    return doctest.DocTestParser().get_examples(text)


def section(point: EntryPoint, name: str) -> str:
    """What stands, indented, below a heading in the docstring of the plugin's module. None is empty."""
    found = re.search(rf"^{name}:\n((?:(?: {{4}}.*)?\n)+)", f"{inspect.getdoc(point.load())}\n", re.MULTILINE)
    return found[1].strip() if found else ""


def test_every_kind_has_entry_points() -> None:
    """What follows is about the documented metrics, those of EXIF and the hashes, the six scores, and all views."""
    groups = [point.group for point in POINTS]

    assert groups.count("tamis.metrics") == 11 + 9 + 3
    assert groups.count("tamis.scorers") == 6
    assert groups.count("tamis.views") >= 7


@pytest.mark.parametrize("point", POINTS, ids=named)
def test_examples_give_what_they_say(point: EntryPoint) -> None:
    """All of the module's, each docstring on its own: a reader can copy it and gets what stands below it."""
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    for test in doctest.DocTestFinder().find(point.load(), globs={}):
        assert not any(example.options for example in test.examples), "nothing is skipped or left open"
        runner.run(test, out=said.append)

    assert not said, "".join(said)


@pytest.mark.parametrize("point", POINTS, ids=named)
def test_every_docstring_has_an_example_of_its_own(point: EntryPoint) -> None:
    """It uses the metric by its key, or the function of the view or scorer, and ends in what that gives."""
    shown = examples(section(point, "Examples"))

    assert shown, "it has no example"
    assert re.search(r"\d", shown[-1].want), "its last line gives no number"
    used = f'"{point.name}"' if point.group == "tamis.metrics" else f"from {point.value} import "
    assert used in "".join(example.source for example in shown)


@pytest.mark.parametrize("point", MEASURES, ids=named)
def test_every_measure_names_its_source(point: EntryPoint) -> None:
    """A paper, a standard, a documentation or published code: what, and where or when."""
    sources = [" ".join(source.split()) for source in section(point, "References").split("\n\n")]

    for source in sources:
        assert re.search(r"\(\d{4}\)|:\d{4}|<https://\S+>|\.py``", source), source or "it names no source"


@pytest.mark.parametrize("point", MEASURES, ids=named)
def test_every_measure_says_what_its_values_mean(point: EntryPoint) -> None:
    """Its range, and which images have low and which have high values."""
    text = " ".join((inspect.getdoc(point.load()) or "").split())

    for words in ("The range is ", "Low values mean ", "High values mean "):
        assert words in text


@pytest.mark.parametrize("page", PAGES.values())
def test_examples_are_code_on_their_page(page: str) -> None:
    """Every prompt stands inside a fence, where Markdown doesn't take it for a quotation."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    fences = re.findall(r"^```pycon\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)

    assert fences
    assert sum(len(examples(fence)) for fence in fences) == len(examples(text)) == len(re.findall("^>>>", text, re.M))
