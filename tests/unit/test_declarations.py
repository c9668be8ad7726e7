"""Declarations: what is wrong with one is said when it is made, in a line of tamis's own."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import (
    AnnotationFormat,
    Column,
    Embedder,
    Gains,
    InputProvider,
    Kind,
    Metric,
    Scorer,
    Source,
    Strategy,
    Task,
    View,
    errors,
)


def one(gray: Any) -> int:
    """A function of any kind."""
    return 1


def metric(*args: Any, **fields: Any) -> Metric:
    """One that is right but for what is given."""
    return Metric(*(args or ("acme.x", one)), **fields)


def embedder(**fields: Any) -> Embedder:
    """One that is right but for what is given."""
    return Embedder(**{"name": "acme", "embed": one, "dim": 3, "version": "1", **fields})


def strategy(**fields: Any) -> Strategy:
    """One that is right but for what is given."""
    return Strategy("ACME", **{"accepts": {Kind.SCALAR}, **fields})


def task(**fields: Any) -> Task:
    """One that is right but for what is given."""
    return Task("ACME", one, **{"task_type": "classification", "categories": list, **fields})


def column(**fields: Any) -> Column:
    """One that is right but for what is given."""
    return Column(**{"name": "x", "kind": Kind.CATEGORY, "values": [0, 1], "labels": ["a", "b"], **fields})


def test_a_missing_package_is_told_with_the_command_that_installs_it() -> None:
    """That of tamis, or of the plugin's own distribution; in another process, too."""
    ours = errors.MissingDependencyError("pyarrow", "Parquet output", "parquet")
    theirs = errors.MissingDependencyError("acme_models", "ACME_CARS", "models", "acme-tools")

    assert str(ours) == "Parquet output needs pyarrow: pip install 'tamis[parquet]'"
    assert str(theirs) == "ACME_CARS needs acme_models: pip install 'acme-tools[models]'"
    assert str(pickle.loads(pickle.dumps(theirs))) == str(theirs)  # noqa: S301 (our own)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("tamis_no_such", None, ""),
        (
            "tamis_lacking",
            "import tamis_no_such",
            ", which can't be imported (ModuleNotFoundError: No module named 'tamis_no_such')",
        ),
        (
            "tamis_broken",
            "raise ImportError('libacme.so: no such file')",
            ", which can't be imported (ImportError: lib",
        ),
    ],
)
def test_a_package_that_lacks_something_itself_is_told_apart(
    name: str, content: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To install it again wouldn't help without what it lacks; that is kept in another process, too."""
    if content:
        (tmp_path / f"{name}.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)

    def prepare(load: Callable[[str], Any]) -> None:
        try:
            load(name)
        except ImportError:
            raise errors.MissingDependencyError("acme", "ACME_CARS", "models") from None

    for load in (import_module, __import__):
        with pytest.raises(errors.MissingDependencyError) as caught:
            prepare(load)
        assert str(caught.value).startswith(f"ACME_CARS needs acme{why}")
        assert str(caught.value).endswith(": pip install 'tamis[models]'")
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 (our own)


def test_an_objective_names_what_it_lacks() -> None:
    """When it is made, before any row is asked for."""

    class Half(Gains):
        def base(self) -> float:
            return 0.0

    with pytest.raises(TypeError, match=r"'?add'?, '?gains'?"):
        Half()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("declare", "reason"),
    [
        (lambda: metric("acme", one), "the key of a metric is <vendor>.<name>, not 'acme'"),
        (lambda: metric("acme.two words", one), "the key of a metric is <vendor>.<name>, not 'acme.two words'"),
        (lambda: metric("acme.\x1b[31mred", one), r"key is a name of printable characters, not 'acme.\x1b[31mred'"),
        (lambda: metric(None, one), "key is a name of printable characters, not None"),
        (lambda: metric(dtype=float), "dtype is one of float, int, category, not <class 'float'>"),
        (lambda: metric(unit=None), "unit is text, not None"),
        (lambda: metric(doc=b"x"), "doc is text, not b'x'"),
        (lambda: metric(range=3), "a range is two numbers or None, not 3"),
        (lambda: metric(range=(0, 1, 2)), "a range is two numbers or None, not (0, 1, 2)"),
        (lambda: metric(range=(1, 0)), "a range goes from a lower to a higher number, not (1, 0)"),
        (lambda: metric(range=(float("nan"), 0)), "a range goes from a lower to a higher number, not (nan, 0)"),
        (lambda: View("class", one), "the name of a view is that of a parameter, such as acme_edges, not 'class'"),
        (lambda: View("Gray", one), "the name of a view is that of a parameter, such as acme_edges, not 'Gray'"),
        (lambda: View("image", one), "tamis itself provides the view of the name 'image'"),
        (lambda: Source("a b", one), "name is a letter and further letters, digits, '_', '.' or '-', not 'a b'"),
        (lambda: Source("c", one), "name is a letter and further letters, digits, '_', '.' or '-', not 'c'"),
        (lambda: Source("acme", one, suffixes=[""]), "suffixes hold an empty text, which every location would have"),
        (lambda: Source("acme", one, suffixes=".zip"), "a collection of names is needed, not the string '.zip'"),
        (
            lambda: AnnotationFormat("a:b", one),
            "name is a letter and further letters, digits, '_', '.' or '-', not 'a:b'",
        ),
        (lambda: Scorer("", one, task_types=[]), "name is a name of printable characters, not ''"),
        (lambda: task(task_type="detection"), "task_type is one of classification, object-detection"),
        (lambda: task(version=3), "version is text or a function, not 3"),
        (lambda: InputProvider("X", one, kind=one, schema="{}"), "schema is a JSON Schema as a mapping, not '{}'"),
        (lambda: strategy(filter=3), "must be callable"),
        (lambda: strategy(accepts=Kind.SCALAR, filter=one), "such as {Kind.SCALAR}, not <Kind.SCALAR"),
        (lambda: strategy(accepts={"SCALAR"}, filter=one), "such as {Kind.SCALAR}, not {'SCALAR'}"),
        (lambda: embedder(dim="3"), "dim is a number of dimensions or a function, not '3'"),
        (lambda: embedder(dim=-1), "dim is a number of dimensions or a function, not -1"),
        (lambda: embedder(version=1), "version is text or a function, not 1"),
        (lambda: embedder(embed=None, lookup=3), "must be callable"),
        (lambda: column(name=3), "the name of a column is text, not 3"),
        (lambda: column(kind="SCALAR"), "column 'x': kind is a Kind, not 'SCALAR'"),
        (lambda: column(labels="ab"), "a collection of names is needed, not the string 'ab'"),
        (lambda: column(labels=[1, 2]), "column 'x': labels are different texts, not (1, 2)"),
        (lambda: column(labels=["a", "a"]), "column 'x': labels are different texts, not ('a', 'a')"),
        (lambda: strategy(accepts=set(), filter=one), "accepts is empty: name the kinds of input that it works on"),
        (lambda: column(reasons={1: 3}), "column 'x': reasons are texts by row number, not {1: 3}"),
        (lambda: column(reasons={"1": "why"}), "column 'x': reasons are texts by row number, not {'1': 'why'}"),
        (lambda: column(reasons={2: "why"}), "column 'x': it has a reason for row 2, and 2 rows from 0 on"),
        (lambda: column(reasons={-1: "why", 0: "x"}), "column 'x': it has a reason for row -1, and 2 rows from 0 on"),
        (lambda: column(reasons=["why"]), "column 'x': reasons are texts by row number, not ['why']"),
        (lambda: column(values=["a", "b"]), "dtype <U1, where integer indices into labels are needed"),
        (lambda: Column("x", Kind.SCALAR, np.array([1, None])), "dtype object, where numbers of up to 64 bits"),
    ],
)
def test_what_is_declared_wrongly_is_refused(declare: Callable[[], object], reason: str) -> None:
    """By what is wrong and what would be right, with nothing of the library behind it: users read it too."""
    with pytest.raises((TypeError, ValueError)) as caught:
        declare()
    assert reason in str(caught.value)
    assert "Attribute(" not in str(caught.value)
