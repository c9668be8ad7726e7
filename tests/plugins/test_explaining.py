"""What is said of a sample and of a strategy, with tamis's own strategies: sentences, and the facts behind them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tamis import Column, Dataset, InputProvider, Kind, Registry, Selection, select

DIVERSITY, WEIGHTS = {"type": "DIVERSITY"}, {"type": "WEIGHTS"}
UNIFORM = {"type": "BALANCE", "distribution": "UNIFORM"}


def run(column: Column, strategy: dict[str, Any], n: int = 99, **options: Any) -> Selection:
    """A selection from samples s0, s1, ... that have this column."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(InputProvider("X", lambda params, context: column, kind=lambda params, about: column.kind))
    samples = [f"s{row}" for row in range(len(column))]
    dataset = Dataset.from_images(samples, [np.zeros((1, 1, 3), np.uint8)] * len(samples))
    config = {"n_samples": n, "strategies": [{"input": {"type": "X"}, "strategy": strategy}]}
    return select(dataset, config, registry=registry, **options)


def number(*values: float) -> Column:
    """Of a SCALAR."""
    return Column("size", Kind.SCALAR, np.array(values))


def point(*values: float) -> Column:
    """Of a VECTOR, on a line."""
    return Column("place", Kind.VECTOR, np.array(values, dtype=np.float32)[:, None])


def lines(selection: Selection, sample: str) -> list[str]:
    """What is said of a sample."""
    return selection.explain(sample).split("\n  ")


def test_weights_say_what_a_sample_adds_to_the_sum() -> None:
    """Of 5, 3, 2 and 1: 3 is 3 of 8; then 1 would make 8 to 9."""
    selection = run(number(3, 1, 5, 2), WEIGHTS, 2)

    assert lines(selection, "s0") == [
        "s0 was picked as number 2 of 2.",
        "WEIGHTS of size (strategies[0]): Its value is 3. The sum of size rose from 5 to 8; 37.5 % of it is from this "
        "sample.",
    ]
    assert lines(selection, "s1") == [
        "s1 was not picked. The run picked 2 samples (as many samples as asked for). Rank 2 for the next pick.",
        "WEIGHTS of size (strategies[0]): Its value is 1. The sum of size would be 9 with it, and is 8. "
        "The last pick's value was 3.",
    ]


def test_a_threshold_is_said_beside_the_value() -> None:
    """Of samples that it keeps, and of those that it removes."""
    selection = run(number(3, 1, 5), {"type": "THRESHOLD", "threshold": 2, "operation": "BIGGER"}, 1)
    kept = "THRESHOLD of size (strategies[0]): Its value is {}, kept by threshold=2 operation=BIGGER."

    assert lines(selection, "s0")[1:] == [kept.format(3)]
    assert lines(selection, "s2")[1:] == [kept.format(5)]
    assert lines(selection, "s1") == [
        "s1 was removed by THRESHOLD of size (strategies[0]), with threshold=2 operation=BIGGER.",
        "THRESHOLD of size (strategies[0]): Its value is 1.",
    ]


def test_values_are_said_as_they_are() -> None:
    """Fractions to four digits; whole numbers and names of categories whole, whatever they look like."""
    names = Column("kind", Kind.CATEGORY, np.array([0, 1]), labels=("007", "12345678"))

    assert "Its value is 007." in run(names, UNIFORM).explain("s0")
    assert "Its value is 12345678." in run(names, UNIFORM).explain("s1")
    assert "Its value is 25620." in run(number(25620, 0.123456), WEIGHTS).explain("s0")
    assert "Its value is 0.1235." in run(number(25620, 0.123456), WEIGHTS).explain("s1")


def test_values_that_had_to_be_shifted_are_said_with_the_weight() -> None:
    """-2 became 0, and 1 became 3."""
    told = run(number(-2, 1), WEIGHTS).explain("s1")

    assert "Its value is 1. Its weight is 3. The sum of size above -2 rose from 0 to 3." in told


def test_diversity_says_the_nearest_selected_neighbour() -> None:
    """At 0, 10 and 5: those are picked in this order, and 9.5 is 0.5 from the second."""
    selection = run(point(0, 10, 9.5, 5), DIVERSITY, 3)

    assert lines(selection, "s3")[1] == (
        "DIVERSITY of place (strategies[0]): Distance to the nearest selected neighbour: 5 (s0, pick 1). "
        "The sum of squared distances to the nearest selected neighbour fell from 200 to 75."
    )
    assert lines(selection, "s2") == [
        "s2 was not picked. The run picked 3 samples (as many samples as asked for). Rank 1 for the next pick.",
        "DIVERSITY of place (strategies[0]): Distance to the nearest selected neighbour: 0.5 (s1, pick 2). "
        "The sum of squared distances to the nearest selected neighbour would be 75.25 with it, and is 75. "
        "The last pick's distance was 5.",
    ]


def test_a_distance_that_was_not_looked_for_again_is_an_upper_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many samples, not every one is compared with the last picks; then the sentence says so."""
    monkeypatch.setattr("tamis.selection.standings.PAIRS", 0)
    selection = run(point(0, 10, 9.5, 5), DIVERSITY, 3)

    assert "Rank about 1 for the next pick." in selection.explain("s2")
    assert "Distance to the nearest selected neighbour: at most 0.5 (s1, pick 2)." in selection.explain("s2")
    assert "neighbour would be at most 75.25 with it" in selection.explain("s2")
    assert not selection.explanation("s2")["exact"]


def test_what_is_too_close_is_said_to_be_rejected() -> None:
    """It has no rank; the condition is in words, with its parameter."""
    selection = run(point(0, 10, 9.5, 5), {**DIVERSITY, "stopping_condition_minimum_distance": 1.0})

    assert lines(selection, "s2")[0] == (
        "s2 was not picked. Rejected because of DIVERSITY of place (strategies[0]): it is closer than 1 to a selected "
        "sample (stopping_condition_minimum_distance)."
    )
    assert [row["in_line"] for row in selection.standings().rows()] == [None]
    assert selection.manifest()["objectives"]["strategies[0]"]["rejected"] is True


def test_a_refusal_is_stated_where_there_was_one() -> None:
    """Without a condition there is none; with one that everything meets, none was rejected."""
    plain = run(number(1, 2), WEIGHTS).manifest()["objectives"]["strategies[0]"]
    limited = run(number(1, 2), {**WEIGHTS, "target_range": {"max_sum": 9}}).manifest()["objectives"]["strategies[0]"]

    assert plain == {"strength": 1.0, "quantity": "sum of size", "additive": True}
    assert (limited["condition"], limited["rejected"]) == (
        "it would raise the sum above 9 (target_range.max_sum)",
        False,
    )


def test_balance_says_a_samples_classes_and_their_shares() -> None:
    """Two buses and a car, then three cars: of six objects, two are buses, where half should be."""
    amounts = np.array([[2, 1, 0], [0, 3, 0], [0, 0, 5], [1, 0, 0]])
    column = Column("t.CLASS_DISTRIBUTION", Kind.DISTRIBUTION, amounts, labels=("bus", "car", "van"))
    target = {"type": "BALANCE", "target": {"bus": 0.5, "car": 0.5}}
    selection = run(column, target, 2)

    assert selection.selected == ("s0", "s1")
    assert lines(selection, "s0")[1] == (
        "BALANCE of t.CLASS_DISTRIBUTION (strategies[0]): Its classes are bus 2, car 1. "
        "Share of bus: 0 before, 0.6667 with it, target 0.5. Share of car: 0 before, 0.3333 with it, target 0.5."
    )
    assert lines(selection, "s3")[1] == (
        "BALANCE of t.CLASS_DISTRIBUTION (strategies[0]): Its classes are bus 1. "
        "Share of bus: 0.3333 in the selection, target 0.5."
    )
    assert selection.explanation("s1")["strategies"][0]["levels"] == [
        {"quantity": "share", "of": "car", "before": 1 / 3, "value": 4 / 6, "target": 0.5}
    ]


def test_typicality_and_the_number_of_objects_are_said() -> None:
    """Of two samples with objects at 0, 1 and at 2: each object's nearest two are at distances 1, 2 / 1, 1 / 1, 2."""
    column = Column("t.EMBEDDINGS", Kind.VECTORS, np.array([[0.0], [1], [2]]), offsets=np.array([0, 2, 3, 3]))
    selection = run(column, {"type": "TYPICALITY", "num_nearest_neighbors": 2})
    mean = (1 + 2 + 1 + 1 + 1 + 2) / 6
    one, two = np.exp(-1 / mean), np.exp(-2 / mean)
    typical = [((one + two) / 2 + one) / 2, (one + two) / 2, 0]

    assert list(selection.table()["t.EMBEDDINGS.typicality"].values) == pytest.approx(typical)
    assert list(selection.table()["t.EMBEDDINGS.objects"].values) == [2, 1, 0]
    assert (
        f"TYPICALITY of t.EMBEDDINGS (strategies[0]): Its number of objects is 2. Its typicality is {typical[0]:.4g}."
        in (selection.explain("s0"))
    )


def test_similarity_says_which_query_sample_is_the_nearest() -> None:
    """At 0, 2 and 5, queries at 1.5 and 9: distances 1.5, 0.5 and 3.5, whose mean is 11 / 6."""
    column = Column(
        "EMBEDDINGS other best",
        Kind.QUERY,
        np.array([[0.0], [2], [5]]),
        query=np.array([[9], [1.5]]),
        query_names=("far.png", "hat.png"),
    )
    selection = run(column, {"type": "SIMILARITY"}, 2)
    table = selection.table()

    assert table["EMBEDDINGS other best.query_distance"].cells() == [1.5, 0.5, 3.5]
    assert table["EMBEDDINGS other best.nearest_query_sample"].cells() == ["hat.png"] * 3
    similar = np.exp(-np.array([1.5, 0.5, 3.5]) * 6 / 11)
    assert table["EMBEDDINGS other best.similarity"].cells() == pytest.approx(similar)
    assert (
        f"Its similarity is {similar[1]:.4g}. Its query distance is 0.5. Its nearest query sample is hat.png."
        in selection.explain("s1")
    )


@pytest.mark.parametrize(
    ("column", "strategy", "n", "summary"),
    [
        (number(3, 1, 5, 2), WEIGHTS, 2, "mean 4 in the selection, 2.75 among all candidates"),
        (
            number(3, 1, 5, 2),
            {**WEIGHTS, "target_range": {"min_sum": 2, "max_sum": 9}},
            2,
            "mean 4 in the selection, 2.75 among all candidates; sum 8 (at least 2, at most 9)",
        ),
        (
            number(3, 1, 5, 2),
            {"type": "THRESHOLD", "threshold": 2, "operation": "BIGGER"},
            2,
            "keeps 2 of 4 samples (threshold=2 operation=BIGGER)",
        ),
        (point(0, 10, 9, 5), DIVERSITY, 3, "the closest two selected samples are 5 apart"),
        (
            point(0, 10, 9, 5),
            {**DIVERSITY, "stopping_condition_minimum_distance": 4},
            9,
            "the closest two selected samples are 5 apart (at least 4)",
        ),
        (
            Column("kind", Kind.CATEGORY, np.array([0, 0, 0, 1]), labels=("car", "bus")),
            {"type": "BALANCE", "target": {"car": 0.4, "bus": 0.6}},
            4,
            "car 0.75 of 0.40, bus 0.25 of 0.60",
        ),
    ],
)
def test_each_strategy_says_in_a_line_what_it_reached(
    column: Column, strategy: dict[str, Any], n: int, summary: str
) -> None:
    """In the manifest, and with the name of the step."""
    selection = run(column, strategy, n)

    assert selection.manifest()["summaries"] == {"strategies[0]": summary}
    assert selection.summaries == (f"{strategy['type']} of {column.name} (strategies[0]): {summary}",)


def test_a_target_that_is_missed_is_a_note() -> None:
    """What is off by more than one sample makes; what is as close as can be isn't one."""
    column = Column("kind", Kind.CATEGORY, np.array([0] * 30 + [1] * 10), labels=("car", "bus"))
    missed = run(column, {"type": "BALANCE", "target": {"car": 0.2, "bus": 0.8}}, 20)
    met = run(column, {"type": "BALANCE", "target": {"car": 0.7, "bus": 0.3}}, 11)

    assert missed.notes[-1] == "strategies[0].strategy: the target is not reached: car 0.50 of 0.20, bus 0.50 of 0.80"
    assert met.notes == ()
    assert missed.manifest()["levels"]["strategies[0]"] == [
        {"quantity": "share", "of": "car", "value": 0.5, "target": 0.2},
        {"quantity": "share", "of": "bus", "value": 0.5, "target": 0.8},
    ]


def test_a_target_to_keep_away_from_is_not_missed() -> None:
    """With a negative strength, being far from it is what is wanted."""
    column = Column("kind", Kind.CATEGORY, np.array([0] * 30 + [1] * 10), labels=("car", "bus"))

    assert run(column, {"type": "BALANCE", "target": {"car": 0.2, "bus": 0.8}, "strength": -1}, 10).notes == ()


def test_of_many_classes_those_that_miss_most_are_named() -> None:
    """Ten classes, one of them had twice: eight are named, that one among them."""
    column = Column("kind", Kind.CATEGORY, np.array([*range(10), 9]), labels=tuple("abcdefghij"))
    summary = run(column, UNIFORM).manifest()["summaries"]["strategies[0]"]

    assert summary.endswith("j 0.18 of 0.10, and 2 more classes")


def test_a_table_has_a_column_for_each_class() -> None:
    """Named by the class; a thousand of them are as good as two."""
    labels = tuple(f"class {number}" for number in range(1000))
    amounts = np.arange(3000.0).reshape(3, 1000)
    table = run(Column("t", Kind.DISTRIBUTION, amounts, labels=labels), UNIFORM, 1).table()

    assert list(table.columns) == [*(f"t.{label}" for label in labels), "selected", "rank"]
    assert [row["t.class 999"] for row in table.rows()] == [999, 1999, 2999]


def test_a_pick_records_its_classes_and_what_was_computed_of_it() -> None:
    """Classes that it has none of are left out."""
    column = Column("t", Kind.DISTRIBUTION, np.array([[2, 0], [0, 1]]), labels=("bus", "car"))
    balanced = run(column, UNIFORM).manifest()["picks"]
    typical = run(point(0, 1, 2), {"type": "TYPICALITY", "num_nearest_neighbors": 2})

    assert [pick["classes"] for pick in balanced] == [{"strategies[0]": {"bus": 2}}, {"strategies[0]": {"car": 1}}]
    first = typical.manifest()["picks"][0]
    row = typical.table().row(first["sample"])
    assert first["recorded"] == {"strategies[0]": {"typicality": row["place.typicality"]}}


def test_facts_are_json() -> None:
    """Of every outcome; the same after the selection was written and read, by whatever sentences are made of."""
    selection = run(number(3, 1, 5, 2), {**WEIGHTS, "target_range": {"max_sum": 8}}, 2)

    for sample in selection.samples:
        facts = selection.explanation(sample)
        assert json.loads(json.dumps(facts)) == facts
        assert facts["sample"] == sample
    assert selection.explanation("s3")["outcome"] == "rejected"
