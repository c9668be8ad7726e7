"""``tamis.select`` as a whole: what it returns, what it explains, and what it does when plugins misbehave."""

from __future__ import annotations

import json
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from tamis import (
    Column,
    Context,
    Dataset,
    Embedder,
    InputProvider,
    Kind,
    Listing,
    Metric,
    Objective,
    Registry,
    Source,
    Strategy,
    compute,
    errors,
    select,
    validate,
)
from tamis.progress import Progress

SHARPNESS = {"type": "METADATA", "key": "lightly.sharpness"}
WIDE = {
    "input": {"type": "METADATA", "key": "lightly.width"},
    "strategy": {"type": "THRESHOLD", "threshold": 40, "operation": "BIGGER"},
}
CONFIG = {
    "n_samples": 3,
    "strategies": [
        {"input": SHARPNESS, "strategy": {"type": "THRESHOLD", "threshold": 41, "operation": "BIGGER"}},
        {"input": SHARPNESS, "strategy": {"type": "WEIGHTS"}},
        {"input": {"type": "RANDOM", "random_seed": 3}, "strategy": {"type": "WEIGHTS", "strength": 0.5}},
    ],
}


def builtins() -> Registry:
    """tamis's own plugins, whatever else is installed."""
    return Registry(allow=["tamis"], environ=False)


def provider(provide: Callable[..., Any], **fields: Any) -> InputProvider:
    """An input of type X."""
    return InputProvider("X", provide, **{"kind": lambda params, about: Kind.SCALAR, **fields})


def test_the_same_run_gives_the_same_selection(photographs: Path) -> None:
    """On any number of threads, and again."""
    dataset = Dataset.from_directory(photographs)
    manifests = [
        json.dumps(select(dataset, CONFIG, registry=builtins(), jobs=jobs).manifest()) for jobs in (1, 1, 2, 7)
    ]

    assert len(set(manifests)) == 1


def test_the_config_of_the_manifest_repeats_the_run(photographs: Path) -> None:
    """It holds every default, the seeds, and who took part; it is JSON."""
    dataset = Dataset.from_directory(photographs)
    first = select(dataset, CONFIG, registry=builtins())
    manifest = json.loads(json.dumps(first.manifest()))

    assert select(dataset, manifest["config"], registry=builtins()).selected == first.selected
    assert manifest["seeds"] == {"strategies[2].input.random_seed": 3}
    assert manifest["counts"]["input"] == 10
    assert manifest["stopped"] == "as many samples as asked for"
    assert {(p["kind"], p["key"]) for p in manifest["plugins"]} == {
        *(("input", key) for key in ("METADATA", "RANDOM")),
        *(("strategy", key) for key in ("THRESHOLD", "WEIGHTS")),
        *(("view", key) for key in ("rgb_image", "gray_image", "gray", "laplacian")),
        ("metric", "lightly.sharpness"),
    }
    assert {p["distribution"] for p in manifest["plugins"]} == {"tamis"}
    assert [(p["rank"], p["sample"]) for p in manifest["picks"]] == list(enumerate(first.selected, start=1))
    assert list(manifest["picks"][0]["objectives"]) == ["strategies[1]", "strategies[2]"]


def test_objectives_of_the_manifest_accumulate(photographs: Path) -> None:
    """After the last pick they are the sums over the selection."""
    selection = select(Dataset.from_directory(photographs), CONFIG, registry=builtins())
    rows = [selection.samples.index(name) for name in selection.selected]
    last = selection.manifest()["picks"][-1]["objectives"]

    assert last["strategies[1]"] == pytest.approx(selection.columns[1].values[rows].sum())
    assert last["strategies[2]"] == pytest.approx(selection.columns[2].values[rows].sum())


def test_a_selection_says_what_to_send_in_its_place(photographs: Path) -> None:
    """It holds what plugins made: whoever pickles it is told what is data."""
    config = {"n_samples": 2, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(Dataset.from_directory(photographs), config, registry=builtins())

    with pytest.raises(TypeError, match="send its `manifest"):
        pickle.dumps(selection)
    assert json.loads(json.dumps(selection.manifest())) == selection.manifest()


def test_ranks_and_table(photographs: Path) -> None:
    """Names map to ranks from 1; the table has a row for every sample, selected or not."""
    selection = select(Dataset.from_directory(photographs), CONFIG, registry=builtins())
    rows = list(selection.table().rows())

    assert selection.ranks == {name: rank for rank, name in enumerate(selection.selected, 1)}
    assert list(rows[0]) == ["sample", "lightly.sharpness", "RANDOM", "selected", "rank"]
    assert {row["sample"]: row["rank"] for row in rows if row["selected"]} == selection.ranks
    assert [row["rank"] for row in rows if not row["selected"]] == [None] * 7


def test_inputs_that_share_a_name_and_differ_get_columns_of_their_own(photographs: Path) -> None:
    """Two random inputs of one seed are two columns; one metric used twice is one."""
    random = {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}
    other = {"input": {"type": "RANDOM", "random_seed": 1}, "strategy": {"type": "WEIGHTS"}}
    config = {"n_samples": 1, "strategies": [random, random, other, *CONFIG["strategies"][:2]]}  # type: ignore[index]
    columns = select(Dataset.from_directory(photographs), config, registry=builtins()).inputs()

    assert list(columns) == ["RANDOM", "RANDOM#strategies[1]", "RANDOM#strategies[2]", "lightly.sharpness"]


def test_every_sample_is_explained(photographs: Path) -> None:
    """Picked, removed, unreadable, not reached: each in words of its own."""
    (photographs / "a" / "bad.png").write_text("no image")
    selection = select(Dataset.from_directory(photographs), CONFIG, registry=builtins())
    removed_all = {row["sample"] for row in selection.standings().rows() if row["strategies[0].removed"]}
    removed = min(removed_all)
    others = set(selection.dataset.samples) - set(selection.selected) - {"a/bad.png"}

    assert "was picked as number 2 of 3" in selection.explain(selection.selected[1])
    assert "WEIGHTS of lightly.sharpness (strategies[1]): Its value is" in selection.explain(selection.selected[1])
    assert (
        f"{removed} was removed by THRESHOLD of lightly.sharpness (strategies[0]), with threshold=41 operation=BIGGER."
    ) in selection.explain(removed)
    assert "a/bad.png was left out" in selection.explain("a/bad.png")
    assert "not an image in a format" in selection.explain("a/bad.png")
    for sample in others - removed_all:
        told = selection.explain(sample)
        assert "was not picked. The run picked 3 samples (as many samples as asked for). Rank " in told
    with pytest.raises(KeyError):
        selection.explain("nobody")


def test_what_a_notebook_shows_is_a_line(photographs: Path) -> None:
    """However many samples there are: the size, and what it is about."""
    dataset = Dataset.from_directory(photographs)
    selection = select(dataset, CONFIG, registry=builtins())

    assert repr(dataset) == "<Dataset of 10 samples, such as 'a/0.png'>"
    assert (
        repr(validate(CONFIG, dataset=dataset, registry=builtins()))
        == "<Plan: THRESHOLD of METADATA, WEIGHTS of METADATA, WEIGHTS of RANDOM>"
    )
    assert repr(selection) == "<Selection of 3 from 10 samples: as many samples as asked for>"
    assert repr(selection.table()) == "<Table of 10 rows: sample, lightly.sharpness, RANDOM, selected, rank>"
    assert repr(selection.columns[0]) == "<Column 'lightly.sharpness' of 10 rows, a SCALAR each>"


def test_what_a_plugin_says_is_explained_on_its_line() -> None:
    """Whatever is in it: a terminal is not to be steered by a plugin."""

    class Curt(Objective):
        refusal = "not\nthat \x1b[31mone"

        def allowed(self, rows: Any) -> Any:
            return rows == 0

        def finished(self) -> str | None:
            return None

        def values(self, rows: Any) -> Any:
            return np.ones(len(rows))

        def add(self, row: int) -> None:
            pass

    registry = builtins()
    registry.register(Strategy("CURT", accepts={Kind.SCALAR}, objective=lambda column, params: Curt()))
    dataset = Dataset.from_images(["a", "b"], [np.zeros((2, 2, 3), dtype=np.uint8)] * 2)
    config = {"n_samples": 2, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "CURT"}}]}

    told = select(dataset, config, registry=registry).explain("b").splitlines()

    assert r"Rejected because of CURT of RANDOM (strategies[0]): not\nthat \x1b[31mone." in told[0]
    assert all(line.isprintable() for line in told)


def test_nothing_is_opened_for_a_config_that_is_wrong(photographs: Path) -> None:
    """The problems come before the work."""

    class Untouchable:
        shareable = False

        def open(self, sample: str) -> Any:
            raise AssertionError("an image was opened")

    dataset = Dataset(("a", "b"), Untouchable())
    unfit = {"input": {"type": "RANDOM"}, "strategy": {"type": "FAR"}}
    registry = builtins()
    registry.register(Strategy("FAR", accepts={Kind.VECTOR}, filter=lambda column, params: column.valid))
    registry.register(Metric("x.m", lambda grey: 1))

    with pytest.raises(errors.ConfigError, match="FAR takes a vector for each sample"):
        select(dataset, {"n_samples": 1, "strategies": [unfit]}, registry=registry)
    for key in ("x.m", "x.none"):
        entry = {"input": {"type": "METADATA", "key": key}, "strategy": {"type": "WEIGHTS"}}
        with pytest.raises((errors.ConfigError, errors.UnknownKeyError)):
            select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=registry)


def use_x(declared: InputProvider, photographs: Path, **strategy: Any) -> Any:
    """Run X with WEIGHTS, or another strategy."""
    registry = builtins()
    registry.register(declared)
    config = {"n_samples": 1, "strategies": [{"input": {"type": "X"}, "strategy": {"type": "WEIGHTS", **strategy}}]}
    return select(Dataset.from_directory(photographs), config, registry=registry)


def test_a_provider_says_why_a_sample_has_no_value(photographs: Path) -> None:
    """Its reasons are those of ``errors.jsonl``; without one, there is a general one."""

    def provide(params: Any, context: Context) -> Column:
        values = np.arange(10.0)
        values[[2, 4]] = np.nan
        return Column("x", Kind.SCALAR, values, reasons={2: "no row in the table"})

    selection = use_x(provider(provide), photographs)

    assert [(f.sample, f.reason) for f in selection.failures] == [
        ("a/2.png", "no row in the table"),
        ("a/4.png", "it has no value"),
    ]


def test_a_provider_reads_the_metrics_that_it_needs(photographs: Path) -> None:
    """Measured in the same pass; a metric that it hasn't declared is refused."""

    def provide(params: Any, context: Context) -> Column:
        column = context.metric("lightly.width")
        return Column("x", Kind.SCALAR, column.values * 2, valid=column.valid)

    selection = use_x(provider(provide, needs=lambda params, about: ["lightly.width"]), photographs)

    assert selection.columns[0].values.tolist() == [96] * 10
    with pytest.raises(errors.BrokenPluginError, match=r"'lightly\.width' is not among the needs"):
        use_x(provider(provide), photographs)


@pytest.mark.parametrize(
    ("provide", "reason"),
    [
        (lambda params, context: 1 / 0, "ZeroDivisionError"),
        (lambda params, context: np.zeros(10), "not a Column"),
        (lambda params, context: Column("x", Kind.SCALAR, np.zeros(3)), "3 rows of SCALAR for 10 samples of SCALAR"),
        (lambda params, context: Column("x", Kind.VECTOR, np.zeros((10, 2))), "10 rows of VECTOR for 10 samples"),
        (lambda params, context: exec("raise SystemExit"), "SystemExit"),
        (lambda params, context: exec("raise BaseException('x')"), "BaseException: x"),
    ],
)
def test_a_broken_provider_is_named(photographs: Path, provide: Callable[..., Any], reason: str) -> None:
    """With its place in the config and its distribution."""
    with pytest.raises(
        errors.BrokenPluginError, match=r"strategies\[0\]\.input: input 'X' of \(in process\)"
    ) as caught:
        use_x(provider(provide), photographs)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"filter": lambda column, params: 1 / 0}, "ZeroDivisionError"),
        ({"filter": lambda column, params: column.values}, "filter returned float64"),
        ({"filter": lambda column, params: column.valid[:2]}, r"of shape (2,) for 10 samples"),
        ({"objective": lambda column, params: 1 / 0}, "ZeroDivisionError"),
    ],
)
def test_a_broken_strategy_is_named(photographs: Path, fields: dict[str, Any], reason: str) -> None:
    """Filters and objectives alike."""
    registry = builtins()
    registry.register(Strategy("S", accepts={Kind.SCALAR}, **fields))
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "S"}}]}

    with pytest.raises(errors.BrokenPluginError, match=r"strategies\[0\]\.strategy: strategy 'S' of") as caught:
        select(Dataset.from_directory(photographs), config, registry=registry)
    assert reason in str(caught.value)


def test_a_plugin_that_changes_its_parameters_changes_those_of_no_other_call(photographs: Path) -> None:
    """Each call gets what the config says, or the schema's default; so does the manifest, in every run."""
    got: list[Any] = []

    def grow(name: str, params: Any, answer: Any) -> Any:
        got.append((name, params["l"].copy(), params["given"].copy()))
        params["l"].append(1)
        params["given"]["x"] = 2
        return answer

    schema = {"properties": {"l": {"type": "array", "default": []}, "given": {"type": "object"}}}
    declared = (
        InputProvider(
            "X",
            lambda params, context: grow("provide", params, Column("x", Kind.SCALAR, np.zeros(len(context.samples)))),
            kind=lambda params, about: grow("kind", params, Kind.SCALAR),
            needs=lambda params, about: grow("needs", params, ()),
            schema=schema,
        ),
        Strategy(
            "Y",
            accepts={Kind.SCALAR},
            filter=lambda column, params: grow("filter", params, np.ones(len(column), dtype=bool)),
            check=lambda params: grow("check", params, None),
            stops=lambda params: grow("stops", params, False),
            schema=schema,
        ),
    )
    entry = {"input": {"type": "X", "given": {"x": 1}}, "strategy": {"type": "Y", "given": {"x": 1}}}
    config = {"n_samples": 2, "strategies": [entry]}
    for _ in range(2):
        registry = Registry(autoload=False)
        for each in declared:
            registry.register(each)
        recorded = select(Dataset.from_directory(photographs), config, registry=registry).manifest()["config"]
        assert recorded["strategies"] == [
            {
                "input": {"type": "X", "l": [], "given": {"x": 1}},
                "strategy": {"type": "Y", "l": [], "given": {"x": 1}},
            }
        ]
    assert {name for name, *_ in got} == {"provide", "kind", "needs", "filter", "check", "stops"}
    assert [each for each in got if each[1:] != ([], {"x": 1})] == []
    assert entry["input"]["given"] == {"x": 1}


def test_an_embedder_and_a_source_that_change_their_options_change_no_record() -> None:
    """The manifest has what they were given, with the schema's default, in every run."""
    schema = {"properties": {"l": {"type": "array", "default": []}}}
    given = Dataset.from_images(["a", "b"], [np.zeros((4, 4, 3), np.uint8)] * 2)

    def prepare(options: Any) -> Any:
        options["l"].append(1)
        return options

    def opened(location: Any, options: Any) -> Listing:
        options["l"].append(1)
        return Listing(given.samples, given.images)

    def embed(images: Any, options: Any) -> Any:
        return np.ones((len(images), len(options["l"])))

    embedder = Embedder("x_embedder", embed, dim=1, version="1", prepare=prepare, schema=schema)
    source = Source("x_source", opened, recognizes=lambda location: True, schema=schema)
    config = {"n_samples": 1, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
    for _ in range(2):
        registry = builtins()
        registry.register(embedder)
        registry.register(source)
        dataset = Dataset.open("x_source://", source="x_source", registry=registry)
        manifest = select(dataset, config, embedder="x_embedder", registry=registry).manifest()
        assert manifest["embeddings"]["options"] == {"l": []}
        assert dataset.origin["options"] == {"l": []}


def test_a_third_party_objective_takes_part(photographs: Path) -> None:
    """It sees the candidates only, gets ``strength`` without asking, and multiplies with the others."""
    sizes: list[int] = []

    class Latest(Objective):
        def __init__(self, column: Column, params: Any) -> None:
            sizes.append(len(column))

        def values(self, rows: Any) -> Any:
            return np.exp(rows.astype(float))

        def add(self, row: int) -> None:
            pass

    registry = builtins()
    registry.register(Strategy("LATEST", accepts={Kind.SCALAR}, objective=Latest))
    latest = {"input": {"type": "RANDOM"}, "strategy": {"type": "LATEST", "strength": 2}}
    config = {
        "n_samples": 2,
        "strategies": [WIDE, latest, {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}],
    }
    selection = select(Dataset.from_directory(photographs), config, registry=registry)

    assert selection.selected == ("b/9.png", "b/8.png")
    assert sizes == [10]


def test_progress_is_told_and_cancel_is_heard(photographs: Path) -> None:
    """The callback runs in the caller's thread; once the event is set, no further image is opened."""
    seen: list[Progress] = []
    dataset = Dataset.from_directory(photographs)
    select(dataset, CONFIG, registry=builtins(), progress=seen.append)

    assert (seen[0].stage, seen[0].done, seen[0].total) == ("measuring", 0, 10)
    assert seen[-1].stage == "selecting"
    event = Event()
    event.set()
    with pytest.raises(errors.Cancelled):
        select(dataset, CONFIG, registry=builtins(), cancel=event)


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_the_callback_raises_ends_the_run(photographs: Path, jobs: int) -> None:
    """A host that closes its window isn't held up."""

    def callback(progress: Progress) -> None:
        if progress.done:
            raise ConnectionError("the client has gone")

    with pytest.raises(ConnectionError):
        select(Dataset.from_directory(photographs), CONFIG, registry=builtins(), progress=callback, jobs=jobs)


def keep_all(column: Column, params: Any, report: Callable[[int, int], None]) -> Any:
    """A filter that takes its time."""
    for row in range(len(column)):
        report(row, len(column))
    return np.ones(len(column), dtype=bool)


def prefer(column: Column, params: Any, report: Callable[[int, int], None]) -> Objective:
    """An objective that does, too."""
    keep_all(column, params, report)

    class Flat(Objective):
        def values(self, rows: Any) -> Any:
            return np.ones(len(rows))

        def add(self, row: int) -> None:
            pass

    return Flat()


@pytest.mark.parametrize("function", [{"filter": keep_all}, {"objective": prefer}], ids=lambda given: next(iter(given)))
def test_a_strategy_that_takes_report_is_followed_and_stopped(function: dict[str, Any]) -> None:
    """Before the next row is looked at; what the callback raises is not the strategy's failure."""
    registry = builtins()
    registry.register(Strategy("SLOW", accepts={Kind.VECTOR}, **function))
    dataset = Dataset.from_embeddings([f"s{row}" for row in range(9)], np.arange(9.0)[:, None])
    config = {"n_samples": 1, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "SLOW"}}]}
    event, seen = Event(), []

    def stop(progress: Progress) -> None:
        seen.append(progress)
        if progress == Progress("preparing", 4, 9):
            event.set()

    def leave(progress: Progress) -> None:
        if progress.stage == "preparing":
            raise ConnectionError("the client has gone")

    with pytest.raises(errors.Cancelled):
        select(dataset, config, registry=registry, progress=stop, cancel=event)
    assert seen[-1] == Progress("preparing", 4, 9)
    with pytest.raises(ConnectionError):
        select(dataset, config, registry=registry, progress=leave)
    assert select(dataset, config, registry=registry).selected == ("s0",)


def test_typicality_and_similarity_are_stopped_between_blocks_of_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """They say how many samples have their neighbours, and look no further once the event is set."""
    monkeypatch.setattr("tamis_plugins.neighbours.search.BLOCK", 10)
    registry = builtins()
    points = np.random.default_rng(0).standard_normal((35, 3))
    kinds = {"VECTOR": Column("v", Kind.VECTOR, points), "QUERY": Column("q", Kind.QUERY, points, query=points[:25])}
    registry.register(provider(lambda params, context: kinds["VECTOR"], kind=lambda params, about: Kind.VECTOR))
    registry.register(InputProvider("Q", lambda params, context: kinds["QUERY"], kind=lambda params, about: Kind.QUERY))
    dataset = Dataset.from_embeddings([f"s{row}" for row in range(35)], points)
    for input_, strategy in (("X", "TYPICALITY"), ("Q", "SIMILARITY")):
        config = {"n_samples": 1, "strategies": [{"input": {"type": input_}, "strategy": {"type": strategy}}]}
        event, seen = Event(), []

        def stop(progress: Progress, event: Event = event, seen: list[int] = seen) -> None:
            if progress.stage == "preparing":
                seen.append(progress.done)
                if progress.done == 20:
                    event.set()

        with pytest.raises(errors.Cancelled):
            select(dataset, config, registry=registry, progress=stop, cancel=event)
        assert sorted(set(seen)) == [0, 10, 20]
        assert seen.count(20) == 1


def objective(**methods: Any) -> Callable[[Column, Any], Any]:
    """A factory of an objective with these methods or attributes in place of good ones."""

    def add(self: Any, row: int) -> None:
        pass

    good = {"values": lambda self, rows: np.ones(len(rows)), "add": add}
    return lambda column, params: type("Odd", (Objective,), {**good, **methods})()


@pytest.mark.parametrize(
    ("factory", "reason"),
    [
        (lambda column, params: None, "not an Objective"),
        (objective(values=lambda self, rows: 1 / 0), "ZeroDivisionError"),
        (objective(values=lambda self, rows: exec("raise SystemExit")), "SystemExit"),
        (objective(values=lambda self, rows: exec("raise BaseException('x')")), "BaseException: x"),
        (objective(values=lambda self, rows: np.ones(1)), "shape (1,) for 10 rows"),
        (objective(values=lambda self, rows: 1.0), "shape () for 10 rows"),
        (objective(values=lambda self, rows: np.full(len(rows), np.nan)), "negative or not finite"),
        (objective(values=lambda self, rows: -np.ones(len(rows))), "negative or not finite"),
        (objective(values=lambda self, rows: rows.sort()), "read-only"),
        (objective(add=lambda self, row: 1 / 0), "ZeroDivisionError"),
        (objective(allowed=lambda self, rows: np.zeros(len(rows), int)), "not a boolean for each"),
        (objective(allowed=lambda self, rows: np.ones(2, bool)), "not a boolean for each"),
        (objective(finished=lambda self: True), "returned True, not a string"),
        (objective(shortfall=lambda self: 5), "returned 5, not a string"),
        (objective(notes="hello"), "'hello'"),
        (objective(notes=5), "a collection of names is needed, not 5"),
        (objective(nearest=lambda self, rows: 5), "nearest returned 5, not a pair"),
        (objective(nearest=lambda self, rows: (rows, rows, rows)), "not a pair"),
        (objective(nearest=lambda self, rows: (["a"] * len(rows), rows)), "nearest returned <U1 and int64, not rows"),
        (objective(nearest=lambda self, rows: (rows[:0], rows)), "nearest returned shapes (0,) and (1,) for 1 rows"),
        (objective(value=lambda self: "much"), "value returned 'much', not a number"),
        (objective(effect=lambda self, row: 5), "effect returned 5, not levels"),
        (objective(shortlist=lambda self, rows, largest: np.arange(3)), "or one that was not asked about"),
        (objective(shortlist=lambda self, rows, largest: rows + 1), "or one that was not asked about"),
        (objective(shortlist=lambda self, rows, largest: 5), "shortlist returned int64 of shape (), not rows"),
    ],
)
def test_an_objective_is_held_to_its_word(photographs: Path, factory: Any, reason: str) -> None:
    """Whatever it does wrong is an error that names the plugin and its place, not a strange selection."""
    registry = builtins()
    registry.register(Strategy("S", accepts={Kind.SCALAR}, objective=factory))
    config = {"n_samples": 2, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "S"}}]}

    with pytest.raises(
        errors.BrokenPluginError, match=r"strategies\[0\]\.strategy: strategy 'S' of \(in process\)"
    ) as caught:
        select(Dataset.from_directory(photographs), config, registry=registry)
    assert reason in str(caught.value)


def test_columns_of_one_name_each_name_the_samples_they_lack(photographs: Path) -> None:
    """No sample is left out without a line."""

    def provide(params: Any, context: Context) -> Column:
        values = np.arange(10.0)
        values[params["missing"]] = np.nan
        return Column("x", Kind.SCALAR, values)

    registry = builtins()
    schema = {"properties": {"missing": {"type": "integer"}}}
    registry.register(provider(provide, schema=schema))
    entries = [{"input": {"type": "X", "missing": row}, "strategy": {"type": "WEIGHTS"}} for row in (2, 5)]
    selection = select(Dataset.from_directory(photographs), {"n_samples": 10, "strategies": entries}, registry=registry)

    assert [failure.sample for failure in selection.failures] == ["a/2.png", "b/5.png"]


@pytest.mark.parametrize("name", ["sample", "selected", "rank"])
def test_names_of_tables_own_columns_are_taken(name: str) -> None:
    """An input that used one would lose its values, or the samples their names."""
    with pytest.raises(ValueError, match="tables have one of that name"):
        Column(name, Kind.SCALAR, np.zeros(1))


def test_threads_leave_their_batches_when_the_caller_leaves(photographs: Path) -> None:
    """A slow metric isn't run on the rest of sixteen images first."""
    calls: list[int] = []

    def slow(header: Any) -> float:
        calls.append(1)
        time.sleep(0.05)
        return 1.0

    def callback(progress: Progress) -> None:
        if progress.done:
            raise ConnectionError

    images = [np.zeros((2, 2), np.uint8)] * 200
    dataset = Dataset.from_images([str(i) for i in range(200)], images)
    registry = builtins()
    registry.register(Metric("x.slow", slow))
    with pytest.raises(ConnectionError):
        compute(dataset, ["x.slow"], registry=registry, progress=callback, jobs=2)

    assert len(calls) < 16 * 2 + 16


def test_declarations_without_a_docstring(photographs: Path) -> None:
    """Under ``python -OO`` a module has none."""
    assert Metric("x.m", lambda header: 1, doc=None).doc == ""  # type: ignore[arg-type]
