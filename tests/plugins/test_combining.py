"""Strategies combined, through the public ``select``: preselection, ties, explanations and odd data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Column, Dataset, Gains, InputProvider, Kind, Progress, Registry, Selection, Strategy, errors, select


def run(
    columns: Mapping[str, Column],
    entries: Sequence[tuple[str, dict[str, Any]]],
    n: int = 99,
    plugins: Sequence[object] = (),
    **options: Any,
) -> Selection:
    """A selection of samples s0, s1, ... with these columns, by these strategies."""
    registry = Registry(allow=["tamis"], environ=False)
    for plugin in plugins:
        registry.register(plugin)
    for name, column in columns.items():
        registry.register(
            InputProvider(name, lambda params, context, column=column: column, kind=lambda p, a, c=column: c.kind)
        )
    samples = [f"s{row}" for row in range(len(next(iter(columns.values()))))]
    dataset = Dataset.from_images(samples, [np.zeros((1, 1, 3), np.uint8)] * len(samples))
    strategies = [{"input": {"type": name}, "strategy": strategy} for name, strategy in entries]
    return select(dataset, {"n_samples": n, "strategies": strategies}, registry=registry, **options)


def number(*values: float) -> Column:
    """Of a SCALAR."""
    return Column("number", Kind.SCALAR, np.array(values, dtype=np.float64))


def point(*values: Any) -> Column:
    """Of a VECTOR, on a line unless more coordinates are given."""
    array = np.array(values, dtype=np.float32)
    return Column("point", Kind.VECTOR, array.reshape(len(array), -1))


def category(*values: str) -> Column:
    """Of a CATEGORY."""
    labels = tuple(sorted(set(values)))
    return Column("class", Kind.CATEGORY, np.array([labels.index(value) for value in values]), labels=labels)


DIVERSITY, WEIGHTS = {"type": "DIVERSITY"}, {"type": "WEIGHTS"}


def test_preselected_samples_count_in_every_objective_and_are_not_picked() -> None:
    """The farthest from what is there comes first, and the balance is of all; thresholds don't concern them."""
    columns = {"P": point(0, 4, 5, 10), "C": category("a", "a", "b", "a"), "N": number(0, 1, 1, 1)}
    threshold = {"type": "THRESHOLD", "threshold": 0.5, "operation": "BIGGER"}
    alone = run(columns, [("P", DIVERSITY), ("N", threshold)], 1, preselected=["s0"])
    both = run(
        columns, [("P", DIVERSITY), ("C", {"type": "BALANCE", "distribution": "UNIFORM"})], 1, preselected=["s0"]
    )

    assert alone.selected == ("s3",)
    assert both.selected == ("s2",)
    assert alone.manifest()["picks"][0]["nearest"] == {"strategies[0]": {"sample": "s0", "distance": 10.0}}
    assert alone.manifest()["counts"]["preselected"] == 1
    assert alone.explain("s0").startswith("s0 was preselected")
    assert "Distance to the nearest selected neighbour: 10 (s0, preselected)." in alone.explain("s3")


def test_proportions_are_of_the_samples_that_are_not_preselected() -> None:
    """Half of four others."""
    registry = Registry(allow=["tamis"], environ=False)
    dataset = Dataset.from_embeddings([f"s{row}" for row in range(6)], np.arange(6.0)[:, None])
    config = {"proportion_samples": 0.5, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": DIVERSITY}]}

    assert len(select(dataset, config, registry=registry, preselected=["s0", "s5"]).selected) == 2


@pytest.mark.parametrize(("names", "error"), [(["s9"], errors.DatasetError), ("s0", TypeError)])
def test_what_is_preselected_must_be_samples(names: Any, error: type[Exception]) -> None:
    """A name that is none's is named, with the nearest."""
    with pytest.raises(error, match=r"s9|string"):
        run({"P": point(0, 1)}, [("P", DIVERSITY)], preselected=names)


@settings(max_examples=25)
@given(
    points=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=12, unique=True),
    seed=st.integers(0, 9),
)
def test_the_order_of_the_input_changes_nothing_but_ties(points: list[tuple[int, int]], seed: int) -> None:
    """Whatever the order of samples, those of a weight of their own come in the same order."""
    weights = np.random.default_rng(seed).permutation(len(points)) + 1.5
    order = np.random.default_rng(seed + 1).permutation(len(points))
    straight = run({"N": number(*weights), "P": point(*points)}, [("N", WEIGHTS), ("P", DIVERSITY)])
    shuffled = run(
        {"N": number(*weights[order]), "P": point(*np.array(points)[order])}, [("N", WEIGHTS), ("P", DIVERSITY)]
    )
    there = [straight.samples.index(name) for name in straight.selected]
    here = [int(order[shuffled.samples.index(name)]) for name in shuffled.selected]
    first = next((rank for rank, (one, other) in enumerate(zip(there, here, strict=True)) if one != other), None)

    if first is not None:  # it was a tie: both were worth the same
        picks = [selection.manifest()["picks"][first] for selection in (straight, shuffled)]
        product = [np.prod(list(pick["objectives"].values())) for pick in picks]
        assert product[0] == pytest.approx(product[1], rel=1e-9)


def test_duplicates_are_not_both_picked_while_there_is_another() -> None:
    """Exact ones, of any number, far from and close to each other."""
    rng = np.random.default_rng(0)
    distinct = rng.standard_normal((40, 5))
    copies = np.concatenate([distinct, distinct, distinct + 0.0])[rng.permutation(120)]
    selection = run({"P": point(*copies)}, [("P", DIVERSITY)], n=40)
    picked = np.array([copies[selection.samples.index(name)] for name in selection.selected])

    assert len(np.unique(picked.astype(np.float32), axis=0)) == 40


def test_the_run_says_beforehand_what_balance_cannot_reach() -> None:
    """With how many are needed and exist; as progress, and in the result."""
    said: list[Progress] = []
    target = {"type": "BALANCE", "target": {"ambulance": 0.2, "car": 0.8}}
    columns = {"C": category(*["car"] * 30, "ambulance")}
    selection = run(columns, [("C", target)], 10, progress=said.append)
    notes = [progress.note for progress in said if progress.note]

    assert notes == ["strategies[0].strategy: 20 % ambulance needs 2 samples, 1 exists"]
    assert notes[0] in selection.notes
    assert notes[0] in selection.outlook
    assert not run(columns, [("C", target)], 5).outlook


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        ({}, "target: is missing"),
        ({"distribution": "INPUT", "target": {"car": 1}}, "goes with distribution TARGET"),
        ({"target": {"car": -1}}, "less than the minimum"),
        ({"target": {"car": 0}}, "sum to 0"),
        ({"target": {}}, "target"),
    ],
)
def test_targets_that_are_none_are_refused(strategy: dict[str, Any], words: str) -> None:
    """With the place in the config."""
    with pytest.raises(errors.ConfigError, match=words) as caught:
        run({"C": category("car", "bus")}, [("C", {"type": "BALANCE", **strategy})])
    assert caught.value.problems[0].path.startswith("strategies[0].strategy.target")


def test_the_rest_of_a_target_goes_to_all_others_together() -> None:
    """Of a half for cars, the other half is anything else. Shares above 1 are scaled, and leave nothing for vans."""
    columns = {"C": category("car", "car", "bus", "van", "car", "bus")}
    half = run(columns, [("C", {"type": "BALANCE", "target": {"car": 0.5}})], 4)
    more = run(columns, [("C", {"type": "BALANCE", "target": {"car": 2, "bus": 2}})], 4)

    assert sorted(half.selected) == ["s0", "s1", "s2", "s3"]
    assert more.selected == ("s0", "s2", "s1", "s5")
    assert any("sum to 4, and are scaled to 1" in note for note in more.notes)


def test_input_and_uniform_distributions() -> None:
    """Three to one as in the input; one to one."""
    columns = {"C": category(*"aaabaaab")}
    as_input = run(columns, [("C", {"type": "BALANCE", "distribution": "INPUT"})], 4)
    uniform = run(columns, [("C", {"type": "BALANCE", "distribution": "UNIFORM"})], 4)

    assert sum(name in ("s3", "s7") for name in as_input.selected) == 1
    assert sum(name in ("s3", "s7") for name in uniform.selected) == 2


def test_objects_are_spread_over_images() -> None:
    """A sample gains the squared distances of its objects; one without any is never first."""
    column = Column("o", Kind.VECTORS, np.array([[0.0], [1], [5], [5], [0]]), offsets=np.array([0, 0, 2, 4, 5]))
    selection = run({"O": column}, [("O", DIVERSITY)])

    assert selection.selected == ("s1", "s2", "s0", "s3")


def test_typicality_passes_over_what_is_rare() -> None:
    """Three close ones are typical, the fourth is not."""
    typical = {"type": "TYPICALITY", "num_nearest_neighbors": 2}
    columns = {"P": point(0, 0.1, 0.2, 9)}

    assert run(columns, [("P", typical)]).selected[-1] == "s3"
    limited = run(columns, [("P", {**typical, "stopping_condition_minimum_typicality": 0.5})])
    assert set(limited.selected) == {"s0", "s1", "s2"}
    assert "stopping_condition_minimum_typicality" in limited.stopped


def test_similarity_prefers_what_is_near_the_query_or_far_by_a_negative_strength() -> None:
    """By the distance to the nearest query point."""
    column = Column("q", Kind.QUERY, np.array([[0.0], [2], [5]]), query=np.array([[1.9], [9]]))

    assert run({"Q": column}, [("Q", {"type": "SIMILARITY"})]).selected == ("s1", "s0", "s2")
    assert run({"Q": column}, [("Q", {"type": "SIMILARITY", "strength": -1})], 1).selected == ("s2",)


def test_a_query_where_there_is_none_is_refused_before_any_image_is_opened() -> None:
    """SIMILARITY says which inputs it takes."""
    with pytest.raises(errors.ConfigError, match="SIMILARITY takes a vector with a query to compare it with"):
        run({"P": point(0, 1)}, [("P", {"type": "SIMILARITY"})])


ODD = {
    "zeros": point(*np.zeros((4, 3))),
    "constants": point(*np.full((4, 3), 7.5)),
    "one sample": point((1, 2)),
    "huge": point(*(np.eye(3) * 1e18)),
    "tiny": point(*(np.eye(3) * 1e-18)),
    "NaN": point((0, 1), (np.nan, 1), (3, 4), (np.inf, 0)),
}


OPPOSITE = {"type": "DIVERSITY", "strength": -1}
OF_VECTORS = [DIVERSITY, OPPOSITE, {"type": "TYPICALITY"}, {"type": "SIMILARITY"}, {"type": "GIST"}]


def asked(column: Column, strategy: dict[str, Any]) -> Column:
    """As the strategy takes it: with a query of the first sample for SIMILARITY."""
    if strategy["type"] != "SIMILARITY":
        return column
    return Column("query", Kind.QUERY, column.values, query=column.values[:1], valid=column.valid)


@pytest.mark.parametrize("strategy", OF_VECTORS, ids=lambda strategy: " ".join(map(str, strategy.values())))
@pytest.mark.parametrize("name", ODD)
def test_odd_vectors_give_a_clear_result(name: str, strategy: dict[str, Any]) -> None:
    """Every sample that has a vector is selected, the first first; the others are recorded as failed."""
    selection = run({"P": asked(ODD[name], strategy)}, [("P", strategy)])
    usable = [f"s{row}" for row in np.flatnonzero(ODD[name].valid)]

    assert sorted(selection.selected) == usable
    assert selection.selected[0] == "s0"
    assert [failure.sample for failure in selection.failures] == [f"s{row}" for row in np.flatnonzero(~ODD[name].valid)]


@pytest.mark.parametrize("strategy", OF_VECTORS, ids=lambda strategy: " ".join(map(str, strategy.values())))
@pytest.mark.parametrize("kept", [np.arange(1, 40, 3), np.arange(10, 30)], ids=["here and there", "in a row"])
def test_what_takes_no_part_leaves_no_trace(kept: Any, strategy: dict[str, Any]) -> None:
    """The selection is that of a dataset without those samples; so it is of samples of any number of points."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((40, 3)).astype(np.float32)
    offsets = np.concatenate([[0], np.cumsum(rng.integers(0, 4, 40))])
    objects = rng.standard_normal((offsets[-1], 3)).astype(np.float32)
    columns = [asked(Column("p", Kind.VECTOR, points), strategy)]
    if strategy["type"] in ("DIVERSITY", "TYPICALITY"):
        columns.append(Column("o", Kind.VECTORS, objects, offsets=offsets))
    left_out = [f"s{row}" for row in np.setdiff1d(np.arange(40), kept)]
    for column in columns:
        whole = run({"P": column}, [("P", strategy)], 8, exclude=left_out)
        alone = run({"P": column.take(kept)}, [("P", strategy)], 8)

        assert whole.selected == tuple(f"s{kept[alone.samples.index(name)]}" for name in alone.selected)
        told, expected = ([pick["objectives"] for pick in each.manifest()["picks"]] for each in (whole, alone))
        assert told == expected


def test_picks_record_objectives_before_and_after_and_the_nearest() -> None:
    """Of DIVERSITY, the sum of squared distances to the nearest neighbours: 0, 0, 100 twice, then 25 three times."""
    picks = run({"P": point(0, 10, 5)}, [("P", DIVERSITY)]).manifest()["picks"]

    assert [pick["before"]["strategies[0]"] for pick in picks] == [0, 0, 200]
    assert [pick["objectives"]["strategies[0]"] for pick in picks] == [0, 200, 75]
    assert [pick["nearest"].get("strategies[0]") for pick in picks] == [
        None,
        {"sample": "s0", "distance": 10.0},
        {"sample": "s0", "distance": 5.0},
    ]


def test_what_has_no_class_of_the_target_is_not_picked_for_nothing() -> None:
    """Though it would change no share among those that are listed."""
    columns = {"C": category(*["bus"] * 9, "car", "car", "van", "van")}
    target = {"type": "BALANCE", "target": {"car": 0.5, "van": 0.5}}

    assert set(run(columns, [("C", target)], 4).selected) == {"s9", "s10", "s11", "s12"}


def test_near_duplicates_are_told_apart_by_float64() -> None:
    """In typicality, too: of ten tight clusters far from each other, by the definition."""
    rng = np.random.default_rng(1)
    points = np.repeat(rng.standard_normal((10, 3)), 30, axis=0) + 1e-5 * rng.standard_normal((300, 3))
    column = Column("p", Kind.VECTOR, points)
    distances = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    nearest = np.sort(distances, axis=1)[:, 1:3]
    typical = np.exp(-nearest / nearest.mean()).mean(axis=1)
    picked = run({"P": column}, [("P", {"type": "TYPICALITY", "num_nearest_neighbors": 2})], 20)

    assert [picked.samples.index(name) for name in picked.selected] == np.argsort(-typical, kind="stable")[:20].tolist()


@pytest.mark.parametrize(
    ("scale", "said"), [(1e23, ""), (1e-150, "too large or too small"), (1e200, "too large or too small")]
)
def test_vectors_of_any_size_are_compared_or_refused(scale: float, said: str) -> None:
    """The picks don't hang on the unit, and what float64 can't square is an error."""
    values = np.array([[0.0], [1], [2], [3.1]])
    column = Column("p", Kind.VECTOR, values * scale)
    if said:
        for strategy in (DIVERSITY, {"type": "TYPICALITY"}):
            with pytest.raises(errors.RunError, match=rf"^strategies\[0\].strategy: coordinates.*{said}"):
                run({"P": column}, [("P", strategy)])
    else:
        objectives, unit = (
            [pick["objectives"]["strategies[0]"] for pick in run({"P": of}, [("P", DIVERSITY)]).manifest()["picks"]]
            for of in (column, Column("p", Kind.VECTOR, values))
        )
        assert objectives == pytest.approx([value * scale**2 for value in unit], rel=1e-9)


@pytest.mark.parametrize(
    ("column", "strategy", "said"),
    [
        (number(1e308, 1e308, 1), WEIGHTS, "values of 'number' are as large as 1e[+]308"),
        (number(-1e308, 1e308), WEIGHTS, "can't sum up: scale them down"),
        (
            Column("d", Kind.DISTRIBUTION, np.full((2, 2), 1e308), labels=("a", "b")),
            {"type": "BALANCE", "distribution": "UNIFORM"},
            "amounts of 'd' are as large as 1e[+]308",
        ),
        (
            Column("d", Kind.DISTRIBUTION, np.array([[1.0, -2.0]]), labels=("a", "b")),
            {"type": "BALANCE", "distribution": "UNIFORM"},
            "'d' has a negative amount of a class, -2",
        ),
    ],
)
def test_values_that_cannot_be_summed_up_are_the_inputs_fault(
    column: Column, strategy: dict[str, Any], said: str
) -> None:
    """The error says which, and where they are used; no plugin is called broken."""
    with pytest.raises(errors.RunError, match=rf"^strategies\[1\].strategy: .*{said}"):
        run({"N": number(*range(len(column))), "X": column}, [("N", WEIGHTS), ("X", strategy)])


@pytest.mark.parametrize("strength", [1e9, -1e9])
def test_no_strength_is_too_large(strength: float) -> None:
    """Products that no float could hold are compared by their logarithms: the largest strength decides."""
    columns = {"L": number(1e300, 1e-300, 1e299, 2), "S": number(1, 9, 2, 3)}
    strong = run(columns, [("L", {**WEIGHTS, "strength": strength}), ("S", WEIGHTS), ("L", WEIGHTS)], 1)

    assert strong.selected == ("s0" if strength > 0 else "s1",)


def test_a_query_with_no_candidate_left_is_an_empty_selection() -> None:
    """As with every other strategy."""
    column = Column("q", Kind.QUERY, np.array([[0.0], [2]]), query=np.array([[1.0]]))
    none = {"type": "THRESHOLD", "threshold": 9, "operation": "BIGGER"}

    assert run({"Q": column, "N": number(1, 2)}, [("Q", {"type": "SIMILARITY"}), ("N", none)]).selected == ()


def test_a_preselected_sample_that_takes_no_part_is_named() -> None:
    """It has no vector."""
    selection = run({"P": point(0, np.nan, 5)}, [("P", DIVERSITY)], preselected=["s1", "s2"])

    assert selection.selected == ("s0",)
    assert any("1 preselected samples could not be read" in note and "s1" in note for note in selection.notes)


class Honest(Gains):
    """The sum of row numbers: what the liars below are made from."""

    def __init__(self, column: Column, params: Any) -> None:
        self.sum = 0.0

    def base(self) -> float:
        return self.sum

    def gains(self, rows: Any) -> Any:
        return rows.astype(np.float64)

    def add(self, row: int) -> None:
        self.sum += row


class Growing(Honest):
    """Gains that grow."""

    def gains(self, rows: Any) -> Any:
        return rows + self.sum


class Imaginary(Honest):
    """Numbers that are none."""

    def gains(self, rows: Any) -> Any:
        return rows * 1j


class Unsure(Honest):
    """A negative error."""

    error = -1.0


class Lost(Honest):
    """Close to a row that there isn't."""

    def nearest(self, rows: Any) -> Any:
        return rows + 99, rows * 1.0


class Short(Honest):
    """A group for one row only."""

    def groups(self) -> Any:
        return np.zeros(1, dtype=int)


class Silent(Honest):
    """A refusal that is no text."""

    refusal = 5  # type: ignore[assignment]


@pytest.mark.parametrize("liar", [Growing, Imaginary, Unsure, Lost, Short, Silent])
def test_an_objective_that_breaks_its_word_is_named(liar: type[Gains]) -> None:
    """Whatever it is, the error names the strategy, its plugin and the place."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("LIAR", accepts={Kind.VECTOR}, objective=liar))
    dataset = Dataset.from_embeddings([f"s{row}" for row in range(9)], np.arange(9.0)[:, None])
    strategies = [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": name}} for name in ("LIAR", "DIVERSITY")]
    config = {"n_samples": 5, "strategies": strategies}

    with pytest.raises(errors.BrokenPluginError, match=r"strategies\[0\].strategy: strategy 'LIAR' of \(in process\)"):
        select(dataset, config, registry=registry)
