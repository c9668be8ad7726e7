"""The conformance kit: it passes what is right, and each of its checks can fail."""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import tamis
import tamis_plugins.metrics.width
from tamis import (
    Column,
    Embedder,
    Gains,
    InputProvider,
    Issue,
    Kind,
    Level,
    Metric,
    Objective,
    Ratings,
    Registry,
    Scorer,
    Strategy,
    Task,
    Vectors,
    View,
    errors,
    testing,
)
from tamis.testing.suite import Suite
from tamis.testing.suites import SUITES, suite_of
from tests.conftest import Install, metric_module
from tests.unit import door_defects

# Functions as plugins have them, right or wrong in one respect each.


def one(header: Any) -> float:
    return 1.0


def unlike_before(header: Any, _count: Any = itertools.count()) -> float:  # noqa: B008
    return float(next(_count))


def largest_so_far(gray: Any, _seen: list[int] = []) -> float:  # noqa: B006
    _seen.append(int(gray.max()))
    return float(max(_seen[-3:]))


def racing(header: Any, _shared: dict[str, Any] = {}) -> float:  # noqa: B006
    _shared["width"] = header.width
    time.sleep(0.002)
    return float(_shared["width"])


def writing(rgb: Any) -> float:
    rgb[..., 0] = 77
    return 1.0


def printing(*args: Any) -> Any:
    print("hello")  # noqa: T201


def warning(header: Any) -> float:
    warnings.warn("look out", stacklevel=1)
    return 1.0


def failing_on(name: str) -> Callable[..., float]:
    """A metric's function that fails on one of the kit's images."""
    of_mode = {"l": "L", "la": "LA", "palette": "P", "rgba": "RGBA", "cmyk": "CMYK", "bilevel": "1", "float": "F"}
    of_size = {"rgb": (40, 30), "one_pixel": (1, 1), "one_row": (40, 1), "one_column": (1, 30)}

    def measure(header: Any, gray: Any) -> float:
        mode, size = header.mode, (header.width, header.height)
        hit = (
            mode == of_mode.get(name)
            or (name == "16_bit" and mode.startswith("I;16"))
            or (mode == "RGB" and size == of_size.get(name))
            or (size == (16, 12) and gray.max() == {"black": 0, "white": 255}.get(name))
        )
        return 1 / 0 if hit else 1.0

    return measure


def metric(function: Callable[..., Any], **fields: Any) -> Metric:
    return Metric("acme.x", function, **{"doc": "A number.", **fields})


def scalar(params: Any, about: Any) -> Kind:
    return Kind.SCALAR


def zeros(params: Any, context: Any) -> Column:
    return Column("ZEROS", Kind.SCALAR, np.zeros(len(context.samples)))


def undeclared(params: Any, context: Any) -> Column:
    return context.metric("lightly.width")  # type: ignore[no-any-return]


def provider(provide: Callable[..., Any] = zeros, **fields: Any) -> InputProvider:
    return InputProvider("ACME", provide, **{"kind": scalar, "doc": "An input.", **fields})


def shuffled(params: Any, context: Any) -> Column:
    return Column("X", Kind.SCALAR, np.random.default_rng().random(len(context.samples)))


def hasty(params: Any, context: Any, report: Callable[[int, int], None]) -> Column:
    report(2, 1)
    return zeros(params, context)


def stubborn(params: Any, context: Any, report: Callable[[int, int], None]) -> Column:
    with suppress(Exception):
        report(1, 2)
    return zeros(params, context)


def spoiling(params: Any, context: Any) -> Column:
    params["list"].append(1)
    return zeros(params, context)


def loud(params: Any, context: Any) -> Column:
    printing()
    return zeros(params, context)


def scorer(score: Callable[..., Any], types: Any = ("object-detection",)) -> Scorer:
    return Scorer("acme", score, task_types=types, doc="A score.")


def counts(predictions: Any) -> Any:
    return predictions.counts.astype(float)


def spoiling_scores(predictions: Any) -> Any:
    predictions.scores[:] = 0.5
    return counts(predictions)


class Right(Objective):
    """The sum of the picked."""

    def __init__(self, column: Column, params: Any) -> None:
        self.column = column
        self.total = 0.0

    def values(self, rows: Any) -> Any:
        return self.total + np.abs(self.column.values[rows].astype(float))

    def add(self, row: int) -> None:
        self.total += abs(float(self.column.values[row]))


class Negative(Right):
    def values(self, rows: Any) -> Any:
        return super().values(rows) - 100


class Negating(Right):
    """Right at first."""

    def add(self, row: int) -> None:
        self.total -= 100


class Counting(Right):
    def values(self, rows: Any) -> Any:
        self.total += len(rows)
        return super().values(rows)


class Relative(Right):
    def values(self, rows: Any) -> Any:
        found = super().values(rows)
        return found / max(found.max(initial=0), 1)


class OneGroup(Right):
    def groups(self) -> Any:
        return np.zeros(len(self.column), dtype=np.intp)


class Hasty(Right):
    def shortlist(self, rows: Any, largest: bool) -> Any:
        return rows[:1]


class Standing(Right):
    def drift(self) -> tuple[float, float]:
        return 1.0, 1.0


class Whole(Right):
    def part(self, rows: Any) -> Objective:
        return self


class Elsewhere(Right):
    def __init__(self, column: Column, params: Any, rows: Any = None) -> None:
        super().__init__(column, params)


class Short(Right):
    def record(self) -> dict[str, Any]:
        return {"luck": [1.0]}


class Forgetting(Right):
    def record(self) -> dict[str, Any]:
        return {"luck": np.full(len(self.column), self.total)}


class Vague(Right):
    def effect(self, row: int) -> list[Level]:
        return [Level("share", "bus", 0.5)]


class Wordless(Right):
    def summary(self) -> Any:
        return 5


class Growing(Gains):
    def __init__(self, column: Column, params: Any) -> None:
        self.picked = 0

    def base(self) -> float:
        return 0.0

    def gains(self, rows: Any) -> Any:
        return np.full(len(rows), 1.0 + self.picked)

    def add(self, row: int) -> None:
        self.picked += 1


class Shrinking(Growing):
    constant = True

    def gains(self, rows: Any) -> Any:
        return np.full(len(rows), 1 / (1.0 + self.picked))


class Stale(Growing):
    def gains(self, rows: Any) -> Any:
        return np.full(len(rows), 1 / (1.0 + self.picked))

    def after(self, rows: Any, gains: Any, added: Any) -> Any:
        return gains


class Rough(Growing):
    def gains(self, rows: Any) -> Any:
        return np.full(len(rows), 1.5)

    def exact(self, rows: Any) -> Any:
        return np.full(len(rows), 1.0)


class Drawing(Right):
    def values(self, rows: Any) -> Any:
        return np.random.default_rng().random(len(rows))


class Spoiling(Right):
    def __init__(self, column: Column, params: Any) -> None:
        super().__init__(column, params)
        params["list"] = []


class Loud(Right):
    def add(self, row: int) -> None:
        super().add(row)
        printing()


def overdone(column: Column, params: Any, report: Callable[[int, int], None]) -> Any:
    report(2, 1)
    return np.ones(len(column), dtype=bool)


def deaf(column: Column, params: Any, report: Callable[[int, int], None]) -> Any:
    with suppress(Exception):
        report(1, 2)
    return np.ones(len(column), dtype=bool)


def strategy(objective: Any = Right, **fields: Any) -> Strategy:
    return Strategy("ACME", **{"accepts": {Kind.SCALAR}, "objective": objective, "doc": "A strategy.", **fields})


def nothing_found(header: Any) -> list[Any]:
    return []


def one_category(params: Any) -> list[str]:
    return ["thing"]


def task(predict: Callable[..., Any] = nothing_found, **fields: Any) -> Task:
    given = {"categories": one_category, "task_type": "object-detection", "doc": "A task.", **fields}
    return Task("ACME", predict, **given)


def mean_color(images: Any) -> Any:
    return np.stack([image.mean(axis=(0, 1)) for image in images])


def found_vectors(dataset: Any, options: Any) -> Vectors:
    vectors = np.array([[len(sample), 1.0] for sample in dataset.samples], dtype=np.float32)
    return Vectors(vectors, np.ones(len(dataset), dtype=bool))


def embedder(embed: Callable[..., Any] | None = mean_color, **fields: Any) -> Embedder:
    given = {"dim": 3, "version": "1", "doc": "Vectors.", **fields} if embed else {"doc": "Vectors.", **fields}
    return Embedder("acme", embed, **given)


LIST = {"properties": {"list": {"type": "array", "default": []}}}
LOUD_OPTIONS = {"properties": {"x": {}}}


def issue(rate: Callable[..., Any] | None = None, **fields: Any) -> Issue:
    """An issue that is right but for what is given."""
    own = {"key": "lightly.width"} if rate is None else {"rate": rate}
    told = {"words": "wide", "source": "a guess", "doc": "Wide.", "above": 0}
    return Issue("acme_wide", **{**own, **told, **fields})


def widths(evidence: Any) -> Ratings:
    """A number of each sample."""
    return Ratings(evidence.sizes[:, 0] * 1.0)


def needing_labels(evidence: Any) -> Ratings:
    """Fails where there are none."""
    next(iter(evidence.predictions))
    return widths(evidence)


def drawn(evidence: Any, _count: Any = itertools.count()) -> Ratings:  # noqa: B008
    return Ratings(widths(evidence).values + next(_count))


def judging(evidence: Any) -> Ratings:
    """Has a limit of its own, which it doesn't say."""
    return Ratings(np.where(widths(evidence).values > 30, 1e308, np.nan) * 10)


#: For each check, a declaration that it must refuse; several where there are several ways to fail.
DEFECTS: list[tuple[str, Any]] = [
    ("Suite.entry_point", Metric("acme.width", tamis_plugins.metrics.width.width, doc="Width.")),
    ("Suite.documented", metric(one, doc="")),
    ("Suite.pickles", metric(lambda header: 1.0)),
    ("FunctionSuite.needs", metric(lambda nowhere: 1.0)),
    *((f"FunctionSuite.{name}", metric(failing_on(name))) for name in testing.SAMPLES),
    ("FunctionSuite.rgb", View("acme_view", failing_on("rgb"), doc="A view.")),
    ("FunctionSuite.rgb", task(failing_on("rgb"))),
    ("FunctionSuite.rgb", task(lambda header: [{"category_id": 7}])),
    ("FunctionSuite.deterministic", metric(unlike_before)),
    ("FunctionSuite.independent", metric(largest_so_far)),
    ("FunctionSuite.threads", metric(racing)),
    ("FunctionSuite.read_only", metric(writing)),
    ("FunctionSuite.quiet", metric(printing_metric := lambda header: printing() or 1.0)),
    ("FunctionSuite.quiet", metric(warning)),
    ("MetricSuite.number", metric(lambda gray: gray)),
    ("MetricSuite.number", metric(lambda header: float("nan"))),
    ("MetricSuite.number", metric(lambda header: "1")),
    ("MetricSuite.number", metric(one, dtype="int")),
    ("MetricSuite.range", metric(one, range=(2, None))),
    ("MetricSuite.range", metric(one, range=(None, 0))),
    ("ConfiguredSuite.schema", provider(schema={"properties": {"a": {"type": "nonsense"}}})),
    ("ConfiguredSuite.schema", provider(schema={"properties": {"a": {"$ref": "https://example.com/schema.json"}}})),
    ("ConfiguredSuite.schema_examples", provider(schema={"properties": {"a": {"type": "string", "default": 1}}})),
    ("ConfiguredSuite.schema_examples", provider(schema={"properties": {}, "examples": [{"a": 1}]})),
    ("InputSuite.kind", provider(kind=lambda params, about: "scalar")),
    ("InputSuite.kind", provider(yields={Kind.VECTOR: ""})),
    ("InputSuite.needs", provider(needs=lambda params, about: ["acme.nowhere"])),
    ("InputSuite.needs", provider(needs=lambda params, about: "lightly.width")),
    ("InputSuite.provides", provider(lambda params, context: Column("X", Kind.SCALAR, np.zeros(2)))),
    ("InputSuite.provides", provider(kind=lambda params, about: Kind.CATEGORY)),
    ("InputSuite.provides", provider(undeclared)),
    ("InputSuite.provides", provider(spoiling, schema=LIST)),
    ("InputSuite.labels", provider(labels=lambda params, about: ("a", "b"))),
    ("InputSuite.report", provider(hasty)),
    ("InputSuite.report", provider(stubborn)),
    ("InputSuite.deterministic", provider(shuffled)),
    ("InputSuite.quiet", provider(loud)),
    ("ScorerSuite.task_types", scorer(counts, types=())),
    ("ScorerSuite.runs", scorer(lambda predictions: np.full(len(predictions), np.nan))),
    ("ScorerSuite.runs", scorer(lambda predictions: predictions.scores)),
    ("ScorerSuite.order", scorer(lambda predictions: np.arange(len(predictions)) * 1.0)),
    ("ScorerSuite.deterministic", scorer(lambda predictions: np.random.default_rng().random(len(predictions)))),
    ("ScorerSuite.read_only", scorer(spoiling_scores)),
    ("ScorerSuite.quiet", scorer(lambda predictions: printing() or counts(predictions))),
    ("StrategySuite.keeps", strategy(objective=None, filter=lambda c, p: c.valid, keeps=lambda params: "a\nb")),
    ("StrategySuite.runs", strategy(lambda column, params: 1 / 0)),
    ("StrategySuite.runs", strategy(None, filter=lambda column, params: np.zeros(2, dtype=bool))),
    ("StrategySuite.deterministic", strategy(Drawing)),
    ("StrategySuite.values", strategy(Negative)),
    ("StrategySuite.values", strategy(Negating)),
    ("StrategySuite.asking", strategy(Counting)),
    ("StrategySuite.asking", strategy(Relative)),
    ("StrategySuite.groups", strategy(OneGroup)),
    ("StrategySuite.drift", strategy(Standing)),
    ("StrategySuite.gains", strategy(Growing)),
    ("StrategySuite.shortlist", strategy(Hasty)),
    ("StrategySuite.choice", strategy(Right, chooses=True)),
    ("StrategySuite.choice", strategy(Right, additive=True)),
    ("StrategySuite.gains", strategy(Shrinking)),
    ("StrategySuite.gains", strategy(Rough)),
    ("StrategySuite.after", strategy(Stale)),
    ("StrategySuite.part", strategy(Whole)),
    ("StrategySuite.rows", strategy(Elsewhere)),
    ("StrategySuite.record", strategy(Short)),
    ("StrategySuite.record", strategy(Forgetting)),
    ("StrategySuite.record", strategy(Vague)),
    ("StrategySuite.record", strategy(Wordless)),
    ("StrategySuite.read_only", strategy(Spoiling)),
    ("StrategySuite.report", strategy(None, filter=overdone)),
    ("StrategySuite.report", strategy(None, filter=deaf)),
    ("StrategySuite.quiet", strategy(Loud)),
    ("TaskSuite.categories", task(categories=lambda params: ["a", "a"])),
    ("TaskSuite.categories", task(categories=lambda params: "ab")),
    ("TaskSuite.parameters", task(schema=LIST, prepare=lambda params: params["list"].append(1))),
    ("EmbedderSuite.dim_and_version", embedder(dim=lambda options: 0)),
    ("EmbedderSuite.dim_and_version", embedder(version=lambda options: "")),
    ("EmbedderSuite.embeds", embedder(dim=4)),
    ("EmbedderSuite.embeds", embedder(lambda images: mean_color(images) * np.nan)),
    ("EmbedderSuite.deterministic", embedder(lambda images: np.random.default_rng().random((len(images), 3)))),
    ("EmbedderSuite.batches", embedder(lambda images: mean_color(images) - mean_color(images).mean(axis=0))),
    ("EmbedderSuite.lookup", embedder(None, lookup=lambda dataset, options: found_vectors(dataset, options).values)),
    (
        "EmbedderSuite.lookup",
        embedder(
            None, lookup=lambda dataset, options: Vectors(np.eye(len(dataset)), np.ones(len(dataset), dtype=bool))
        ),
    ),
    ("EmbedderSuite.texts", embedder(embed_texts=lambda texts: np.ones((len(texts), 2)))),
    ("EmbedderSuite.texts", embedder(embed_texts=lambda texts: np.full((len(texts), 3), np.nan))),
    ("EmbedderSuite.texts", embedder(embed_texts=lambda texts: np.random.default_rng().random((len(texts), 3)))),
    ("EmbedderSuite.texts", embedder(embed_texts=lambda texts: np.full((len(texts), 3), len(texts)))),
    ("EmbedderSuite.quiet", embedder(lambda images: printing() or mean_color(images))),
    ("EmbedderSuite.quiet", embedder(embed_texts=lambda texts: printing() or np.ones((len(texts), 3)))),
    ("IssueSuite.words", issue(words=" ")),
    ("IssueSuite.words", issue(source="")),
    ("IssueSuite.runs", issue(key="acme.nowhere")),
    ("IssueSuite.runs", issue(needing_labels)),
    ("IssueSuite.runs", issue(lambda evidence: [1.0])),
    ("IssueSuite.limit", issue(judging)),
    ("IssueSuite.deterministic", issue(drawn)),
    ("IssueSuite.quiet", issue(lambda evidence: printing() or widths(evidence))),
    *door_defects.DEFECTS,
]
#: Those that a module of its own has to show.
OF_MODULES = {"Suite.imports_quietly", "Suite.imports_lightly"}


def defining(suite: type[Suite], check: str) -> str:
    """``MetricSuite.range``: the class that a check is written in."""
    owner = next(cls for cls in suite.__mro__ if f"check_{check}" in vars(cls))
    return f"{owner.__name__}.{check}"


def run(declaration: Any, *names: str, **options: Any) -> dict[str, testing.CheckResult]:
    """The results of some checks of a declaration, by name."""
    return {check.name: check() for check in suite_of(declaration, **options).checks() if check.name in names}


def names_of(suite: type[Suite]) -> list[str]:
    """The checks of a suite."""
    return [name.removeprefix("check_") for name in dir(suite) if name.startswith("check_")]


@pytest.mark.parametrize(("name", "declaration"), DEFECTS, ids=[name for name, _ in DEFECTS])
def test_each_check_can_fail(name: str, declaration: Any) -> None:
    """A plugin that is wrong in this respect fails the check, with a reason."""
    wanted = name.partition(".")[2]
    result = run(declaration, wanted)[wanted]

    assert result.status == "failed"
    assert result.reason


def test_there_is_a_defect_for_each_check() -> None:
    """Every check of every suite is above."""
    checks = {defining(suite, name) for suite in SUITES.values() for name in names_of(suite)}

    assert {name for name, _ in DEFECTS} | OF_MODULES | {door_defects.ALONE[0]} == checks


def test_annotations_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    """At a location that is given."""
    result = run(door_defects.ALONE[1], "holds_something", location=str(tmp_path))["holds_something"]

    assert result.status == "failed"
    assert "no task, no metadata field and no tag" in result.reason


@pytest.mark.parametrize(
    "declaration",
    [
        door_defects.of(door_defects.Files),
        door_defects.annotation(door_defects.Right),
        door_defects.export(door_defects.right),
        door_defects.section(door_defects.a_line),
        door_defects.executor(door_defects.Threads),
    ],
    ids=["source", "annotation", "export", "section", "executor"],
)
def test_what_is_right_of_the_other_kinds_passes(declaration: Any) -> None:
    """Each of those above, before it was made wrong; what a test makes can't be pickled."""
    results = [check() for check in suite_of(declaration).checks() if check.name not in ("pickles", "imports_lightly")]

    assert [result for result in results if result.status == "failed"] == []


@pytest.mark.parametrize("name", testing.SAMPLES)
def test_failing_on_one_image_fails_one_check_of_images(name: str) -> None:
    """The others pass, so that an author sees which it is."""
    results = run(metric(failing_on(name)), *testing.SAMPLES)

    assert [name for name, result in results.items() if result.status == "failed"] == [name]


@pytest.mark.parametrize(
    ("source", "check", "reason"),
    [
        ("print('hello')", "imports_quietly", "prints 'hello"),
        ("import sys; print('hello', file=sys.stderr)", "imports_quietly", "prints 'hello"),
        (
            "import __main__, signal\nif hasattr(__main__, '_report'): signal.signal(signal.SIGTERM, signal.SIG_IGN)",
            "imports_quietly",
            "sets a signal handler",
        ),
        ("import __main__\nif hasattr(__main__, '_report'): import os; os._exit(3)", "imports_quietly", "an end to"),
        ("import __main__\nif hasattr(__main__, '_report'): raise SystemExit(3)", "imports_quietly", "SystemExit: 3"),
        ("import pandas", "imports_lightly", "imports pandas"),
        ("import time\nwhile time.process_time() < 1.5: pass", "imports_lightly", " s of CPU time"),
    ],
)
def test_what_importing_the_module_does_is_seen(source: str, check: str, reason: str, install: Install) -> None:
    """In another process, which it can't harm."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=f"{metric_module('acme.x')}\n{source}\n")
    results = run(Registry(environ=False).metric("acme.x"), check)

    assert results[check].status == "failed"
    assert reason in results[check].reason


@pytest.mark.parametrize(
    "declaration",
    [metric(one), View("acme_view", one, doc="One."), provider(), scorer(counts), strategy(), task(), embedder()],
    ids=lambda declaration: type(declaration).__name__,
)
def test_what_is_right_passes(declaration: Any) -> None:
    """All checks pass, but that it isn't installed; its module is this one, which has pytest to import."""
    check = getattr(
        testing,
        {"InputProvider": "check_input_provider"}.get(
            type(declaration).__name__, f"check_{type(declaration).__name__.lower()}"
        ),
    )
    results = check(declaration)

    assert [r for r in results if r.status == "failed" and r.name != "imports_lightly"] == []
    skipped = {r.name for r in results if r.status == "skipped"} - {"lookup", "texts", "rows"}
    assert skipped == {"entry_point"}
    assert [r.name for r in results] == [c.name for c in suite_of(declaration).checks()]


def test_an_embedder_that_looks_vectors_up_passes() -> None:
    """It has no batches."""
    results = testing.check_embedder(embedder(None, lookup=found_vectors))

    assert [r for r in results if r.status == "failed" and r.name != "imports_lightly"] == []
    assert {r.name for r in results if r.status == "passed"} >= {"lookup", "quiet", "schema"}


def test_a_view_that_can_not_be_had_is_said_once() -> None:
    """However deep it lies: what can't be called at all isn't blamed in every check."""
    through = View("acme_view", lambda nowhere: nowhere, doc="A view.")
    results = testing.check_metric(metric(lambda acme_view: 1.0), plugins=[through])
    failed = {result.name: result.reason for result in results if result.status == "failed"}
    skipped = {result.reason for result in results if result.name in testing.SAMPLES}

    assert failed.keys() - {"pickles", "imports_lightly"} == {"needs"}
    assert "no installed plugin has the view 'nowhere'" in failed["needs"]
    assert skipped == {"a view that it needs can't be had: see 'needs'"}


def test_an_expected_failure_is_skipped_and_its_end_is_noticed() -> None:
    """With the reason given; and a check that passes against expectation fails."""
    expected = {"one_row": "needs two rows", "one_pixel": "so does this"}
    results = run(metric(failing_on("one_row")), *expected, expected_failures=expected)

    assert (results["one_row"].status, results["one_row"].reason) == ("skipped", "expected to fail: needs two rows")
    assert results["one_pixel"].status == "failed"
    assert "it passes" in results["one_pixel"].reason


def test_an_expected_failure_of_no_check_is_an_error() -> None:
    """With the nearest name."""
    with pytest.raises(errors.UnknownKeyError, match="Did you mean 'one_pixel'"):
        testing.check_metric(metric(one), expected_failures={"one_pixels": "why"})


def test_parameters_come_from_the_argument_the_examples_or_not_at_all() -> None:
    """Without any, what needs them is skipped and says so."""
    schema = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    needing = provider(schema=schema)
    without = run(needing, "provides")
    given = run(needing, "provides", params=[{"a": 1}])
    wrong = run(needing, "provides", "schema_examples", params=[{"a": "b"}])

    assert without["provides"].status == "skipped"
    assert "params=" in without["provides"].reason
    assert given["provides"].status == "passed"
    assert wrong["provides"].status == wrong["schema_examples"].status == "failed"


def test_a_distribution_that_is_broken_fails_where_it_is(install: Install) -> None:
    """A key that doesn't load fails one check; the other is checked in full; the missing dependency is noticed."""
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_x", "acme.y": "acme_y"}},
        acme_x=metric_module("acme.x"),
        acme_y="raise ImportError('no such luck')",
    )
    results = testing.check_distribution("Acme")
    failed = {(result.subject, result.name) for result in results if result.status == "failed"}

    assert failed == {
        ("distribution acme", "requires_tamis"),
        ("metric acme.x", "documented"),
        ("metric acme.y", "loads"),
    }
    with pytest.raises(errors.UnknownKeyError, match=r"no installed distribution 'acne'.*Did you mean 'acme'"):
        testing.check_distribution("acne")


@pytest.mark.parametrize("group", ["tamis.metric", "tamis_metrics"])
def test_a_misspelt_group_is_noticed(group: str, install: Install) -> None:
    """A registry never looks at it, so that nothing else would tell; others' groups are theirs."""
    install("acme", {group: {"acme.x": "acme_x"}, "acme.metric": {"x": "acme_x"}}, acme_x=metric_module("acme.x"))
    reason = f"its entry point 'acme.x' is in '{group}', which is no group of tamis. Did you mean 'tamis.metrics'?"
    with pytest.raises(errors.UnknownKeyError) as caught:
        testing.check_distribution("acme")
    assert str(caught.value) == reason
    install("apex", {group: {"acme.x": "apex_x"}, "tamis.metrics": {"apex.x": "apex_x"}}, apex_x="")
    (result,) = [result for result in testing.check_distribution("apex") if result.name == "groups"]

    assert (result.status, result.reason) == ("failed", reason)


def test_pytest_runs_each_check_as_a_test() -> None:
    """By name; a failure raises, what doesn't apply skips, what is expected to fail is marked so."""
    mark = testing.parametrize_with_checks(
        metric(failing_on("one_row")), expected_failures={"pickles": "made here"}
    ).mark
    cases = {case.id.partition(": ")[2]: case for case in mark.args[1]}

    assert mark.args[0] == "check"
    assert list(cases) == [check.name for check in suite_of(metric(one)).checks()]
    cases["rgb"].values[0]()
    with pytest.raises(AssertionError, match=r"metric acme.x: It works on an image of one row.*ZeroDivisionError"):
        cases["one_row"].values[0]()
    with pytest.raises(pytest.skip.Exception, match="not installed"):
        cases["entry_point"].values[0]()
    assert [mark.name for mark in cases["pickles"].marks] == ["xfail"]


def test_a_view_that_is_not_installed_is_given_beside() -> None:
    """What a metric needs of its own project."""
    needing = metric(lambda acme_view: acme_view)
    view = View("acme_view", one, doc="One.")

    assert run(needing, "needs")["needs"].status == "failed"
    assert run(needing, "needs", plugins=[view])["needs"].status == "passed"
    assert run(needing, "rgb", plugins=[view])["rgb"].status == "passed"


def test_a_plugin_that_is_installed_is_checked_as_given() -> None:
    """A changed declaration under an installed key is what is checked, and not the installed one."""
    threshold = Registry(environ=False).strategy("THRESHOLD")
    changed = attrs.evolve(threshold, filter=lambda column, params: np.zeros(1, dtype=bool))

    assert run(threshold, "runs")["runs"].status == "passed"
    assert run(changed, "runs")["runs"].status == "failed"


def test_the_kit_is_there_by_name_and_costs_nothing_until_then() -> None:
    """``tamis.testing`` is public."""
    assert tamis.testing is testing
    assert "testing" in tamis.__all__
