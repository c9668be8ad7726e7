"""`tamis.inspect`: which samples are beyond the limits of issues, whosever they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tamis
from tamis import Dataset, Evidence, Issue, Metric, Ratings, Registry, errors

#: The issues that tamis itself has.
OWN = Registry.built_in().keys("issue")
#: Mean grey values of the images below.
GRAYS = {"a": 10, "b": 200, "c": 30, "d": 20, "e": 30}


def mean(gray: Any) -> float:
    """Of an image."""
    return float(gray.mean())


def images(grays: dict[str, int] = GRAYS) -> Dataset:
    """Images of one grey value each."""
    return Dataset.from_images(list(grays), [np.full((4, 5), gray, dtype=np.uint8) for gray in grays.values()])


def registry_with(*issues: Issue) -> Registry:
    """Of these issues, the metric ``acme.mean``, and what tamis has beside issues."""
    registry = Registry(allow=["tamis"], block=OWN, environ=False)
    for each in (Metric("acme.mean", mean, range=(0, 255)), *issues):
        registry.register(each)
    return registry


def dark(**fields: Any) -> Issue:
    """An issue of ``acme.mean``."""
    return Issue("dark", key="acme.mean", **{"below": 30, "words": "too dark", "source": "a guess", **fields})


def rows(found: tamis.Inspection) -> list[tuple[Any, ...]]:
    """The table of issues."""
    return [tuple(row.values()) for row in found.issues.rows()]


def test_samples_beyond_the_limit_have_the_issue() -> None:
    """The worst first; one at the limit has it not."""
    found = tamis.inspect(images(), registry=registry_with(dark()))

    assert rows(found) == [
        ("a", "dark", "acme.mean", 10.0, 30.0, "too dark: acme.mean is 10, below 30"),
        ("d", "dark", "acme.mean", 20.0, 30.0, "too dark: acme.mean is 20, below 30"),
    ]
    assert found.flagged == ("a", "d")
    assert found.values["acme.mean"].values.tolist() == list(GRAYS.values())
    assert [(each.name, each.rule, each.source) for each in found.summary] == [("dark", "below 30", "a guess")]


def test_a_limit_can_be_changed() -> None:
    """On the side of the declaration; where it comes from is then the caller."""
    found = tamis.inspect(images(), limits={"dark": 15}, registry=registry_with(dark()))

    assert [row[:2] + row[4:5] for row in rows(found)] == [("a", "dark", 15.0)]
    assert found.summary[0].source == "given"


def test_robust_limits_are_of_the_dataset() -> None:
    """Median 30, absolute deviations 20 170 0 10 0 with the median 10: two are 29.652, so that 200 is above."""
    issues = dark(below=-1), Issue("light", key="acme.mean", above=255)
    found = tamis.inspect(images(), deviations=2, limits={"dark": 15}, registry=registry_with(*issues))
    by_name = {each.name: each for each in found.summary}

    assert by_name["light"].samples == ("b",)
    assert by_name["light"].issue.limit == pytest.approx(30 + 2 * 1.4826 * 10)
    assert by_name["light"].source == "2 robust deviations from the median of this dataset"
    assert by_name["dark"].issue.limit == 15


def test_without_spread_there_is_no_robust_limit() -> None:
    """The declared one stays, and its source says so."""
    found = tamis.inspect(images({"a": 9, "b": 9, "c": 9, "d": 8}), deviations=3, registry=registry_with(dark(below=9)))

    assert [each.issue.limit for each in found.summary] == [9]
    assert found.summary[0].source == "a guess; there is no robust limit of such numbers"


def wide(evidence: Evidence) -> Ratings:
    """Twice the width of all but the first, and a word for the last."""
    values = evidence.sizes[:, 0] * 2.0
    values[0] = np.nan
    return Ratings(values, {len(values) - 1: "as wide as the others"}, ["all are wide"])


def test_an_issue_can_have_a_function_of_its_own() -> None:
    """It sees sizes, failures, metrics that it needs and labels; what it says stands in place of the number."""
    seen: list[Evidence] = []

    def rate(evidence: Evidence) -> Ratings:
        seen.append(evidence)
        return wide(evidence)

    issue = Issue("wide", rate=rate, needs=["acme.mean"], above=9, words="wide")
    found = tamis.inspect(images(), registry=registry_with(issue))

    assert [row[0] for row in rows(found)] == ["b", "c", "d", "e"]
    assert rows(found)[0][2:] == (None, 10.0, 9.0, "wide: 10, above 9")
    assert rows(found)[3][5] == "as wide as the others"
    assert found.notes == ("wide: all are wide",)
    assert seen[0].samples == tuple(GRAYS)
    assert seen[0].sizes.tolist() == [[5, 4]] * 5
    assert seen[0].metrics["acme.mean"].values.tolist() == list(GRAYS.values())


def test_an_issue_may_be_of_an_input() -> None:
    """As a config has it; the config that leaves it out names it so."""
    issue = Issue("unlucky", input={"type": "RANDOM", "random_seed": 3}, above=0.5)
    found = tamis.inspect(images(), registry=registry_with(issue))
    drawn = found.values["RANDOM"].values

    assert found.flagged == tuple(name for name, value in zip(GRAYS, drawn, strict=True) if value > 0.5)
    assert 0 < len(found.flagged) < 5
    assert found.summary[0].key == "RANDOM"
    assert found.config()["strategies"][0]["input"] == {"type": "RANDOM", "random_seed": 3}


def test_the_config_leaves_out_exactly_what_was_found() -> None:
    """Of the issues that it can name, and that some sample has."""
    issues = dark(), Issue("light", key="acme.mean", above=199), Issue("black", key="acme.mean", below=1)
    registry = registry_with(*issues, Issue("wide", rate=wide, above=9))
    found = tamis.inspect(images(), registry=registry)
    selection = tamis.select(images(), json.loads(json.dumps(found.config())), registry=registry)

    assert set(selection.selected) == {"c", "e"}
    assert [entry["strategy"]["operation"] for entry in found.config()["strategies"]] == [
        "BIGGER_EQUAL",
        "SMALLER_EQUAL",
    ]
    assert [each.name for each in found.configurable] == ["dark", "light"]
    assert set(found.flagged) == {"a", "b", "c", "d", "e"}


def test_without_images_there_are_labels() -> None:
    """What has to be measured is not looked for, and it is said why."""
    task = tamis.TaskSchema("cars", "classification", [0, 1], ["car", "bus"])
    dataset = Dataset.from_embeddings(["a", "b"], np.eye(2)).with_predictions(
        "cars", task, {"a": [{"category_id": 0, "score": 1.0}]}
    )
    found = tamis.inspect(dataset, registry=Registry.built_in())

    assert [(each.name, each.samples) for each in found.summary if len(each)] == [("rare_class", ("a",))]
    assert found.summary[0].words == ("of a rare class: 'car' of task 'cars' has 1 object",)
    assert "no images" in found.lacking["dark"]


def test_where_nothing_is_found_there_is_no_config() -> None:
    """A config has at least one strategy."""
    found = tamis.inspect(images(), limits={"dark": 1}, registry=registry_with(dark()))

    assert rows(found) == []
    assert found.flagged == ()
    with pytest.raises(errors.RunError, match="nothing was found"):
        found.config()


def failing(evidence: Evidence) -> Ratings:
    """A defect."""
    raise RuntimeError("no luck")


WRONG = {
    "raises": failing,
    "type": lambda evidence: [1.0],
    "shape": lambda evidence: Ratings(np.zeros(3)),
    "words": lambda evidence: Ratings(np.zeros(5), {0: 1}),
    "telling": lambda evidence: Ratings(np.ones(5), lambda row: {}[row]),
}


@pytest.mark.parametrize("way", WRONG)
def test_an_issue_that_fails_costs_no_other(way: str) -> None:
    """It is said what it lacks, and whose it is; to one who names it, it is an error."""
    registry = registry_with(dark(), Issue("odd", rate=WRONG[way], above=0))
    found = tamis.inspect(images(), registry=registry)

    assert found.flagged == ("a", "d")
    assert "issue 'odd' of (in process)" in found.lacking["odd"]
    with pytest.raises(errors.BrokenPluginError, match="issue 'odd'"):
        tamis.inspect(images(), issues=["odd"], registry=registry)


def test_an_issue_whose_number_there_is_not_costs_no_other() -> None:
    """An unknown metric, an input of categories, a metric that a function needs."""
    issues = (
        dark(),
        Issue("unknown", key="acme.maen", above=1),
        Issue("category", input={"type": "PREDICTIONS", "task": "x", "name": "CLASS_DISTRIBUTION"}, above=1),
        Issue("needy", rate=wide, needs=["acme.nothing"], above=1),
    )
    registry = registry_with(*issues)
    found = tamis.inspect(images(), registry=registry)

    assert [each.name for each in found.summary] == ["dark"]
    assert "no installed plugin has the metric 'acme.maen'" in found.lacking["unknown"]
    assert "strategies[" not in "".join(found.lacking.values())
    assert found.lacking.keys() == {"unknown", "category", "needy"}
    with pytest.raises(errors.ConfigError, match=r"^issue 'unknown': no installed plugin"):
        tamis.inspect(images(), issues=["unknown"], registry=registry)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"issues": ["drak"]}, errors.UnknownKeyError, "Did you mean 'dark'"),
        ({"limits": {"drak": 1}}, errors.UnknownKeyError, "'drak' is none. Did you mean 'dark'"),
        ({"limits": {"acme.mean": 1}}, errors.UnknownKeyError, "that of the issue 'dark' is on it"),
        ({"limits": {"dark": float("nan")}}, errors.ConfigError, "finite number"),
        (
            {"limits": {"dark": 256}},
            errors.ConfigError,
            "'acme.mean' is at least 0 and at most 255, never 256",
        ),
        ({"deviations": 0}, errors.ConfigError, "above 0"),
    ],
)
def test_what_is_wrong_is_named(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    """Before an image is opened."""
    with pytest.raises(error, match=message):
        tamis.inspect(images(), registry=registry_with(dark(), Issue("wide", rate=wide, above=1)), **arguments)


def test_labels_of_no_sample_are_told(tmp_path: Path) -> None:
    """Predictions of images that aren't there."""
    folder = tmp_path / ".lightly" / "predictions" / "cats"
    folder.mkdir(parents=True)
    (folder.parent / "tasks.json").write_text('["cats"]')
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "cat"}]}
    (folder / "schema.json").write_text(json.dumps(schema))
    for name in ("a", "gone"):
        cat = {"category_id": 0, "bbox": [1, 1, 2, 2], "score": 1}
        (folder / f"{name}.json").write_text(json.dumps({"file_name": f"{name}.png", "predictions": [cat]}))
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    found = tamis.inspect(Dataset.from_directory(tmp_path), issues=["rare_class"], registry=Registry.built_in())

    assert "task 'cats': 1 files belong to no sample: gone.json" in found.notes


def test_samples_that_fail_have_no_number(tmp_path: Path) -> None:
    """They are told; under strict they are an error; where all fail, there is still an inspection."""
    (tmp_path / "a.png").write_bytes(b"torn")
    found = tamis.inspect(Dataset.from_directory(tmp_path), registry=registry_with(dark()))

    assert found.flagged == ()
    assert [failure.stage for failure in found.failures] == ["open"]
    assert not found.readable.any()
    with pytest.raises(errors.RunError, match="strict: 1 failed"):
        tamis.inspect(Dataset.from_directory(tmp_path), registry=registry_with(dark()), strict=True)


def test_files_are_whole_and_kept(tmp_path: Path) -> None:
    """What a folder holds is replaced only by force, and the result of a selection never."""
    found = tamis.inspect(images(), registry=registry_with(dark()))
    found.write(tmp_path / "out")
    before = {path.name for path in (tmp_path / "out").iterdir()}
    with pytest.raises(errors.OutputError, match="already holds a result"):
        found.write(tmp_path / "out")
    found.write(tmp_path / "out", force=True, command=["tamis", "inspect"])
    (tmp_path / "chosen").mkdir()
    (tmp_path / "chosen" / "selection.json").write_text("{}")
    with pytest.raises(errors.OutputError, match="result of a selection"):
        found.write(tmp_path / "chosen", force=True)
    manifest = json.loads((tmp_path / "out" / "inspection.json").read_text())

    assert before == {"inspection.json", "flagged.txt", "errors.jsonl", "issues.parquet", "values.parquet"}
    assert tamis.read_names(tmp_path / "out" / "flagged.txt") == ("a", "d")
    assert manifest["counts"] == {"samples": 5, "not_opened": 0, "flagged": 2}
    assert manifest["command"] == ["tamis", "inspect"]
    assert manifest["issues"][0]["worst"][0] == {
        "sample": "a",
        "value": 10.0,
        "words": "too dark: acme.mean is 10, below 30",
    }


def test_the_table_of_issues_becomes_a_data_frame() -> None:
    """With a row for each sample and issue."""
    pandas = pytest.importorskip("pandas")
    found = tamis.inspect(images(), registry=registry_with(dark(), Issue("wide", rate=wide, above=9)))
    frame = found.issues.to_pandas()

    assert list(frame.columns) == ["sample", "issue", "key", "value", "limit", "words"]
    assert frame.groupby("sample", observed=True).size().to_dict() == {"a": 1, "b": 1, "c": 1, "d": 2, "e": 1}
    assert frame["key"].isna().tolist() == [True] * 4 + [False] * 2
    assert isinstance(frame, pandas.DataFrame)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"above": 1}, "one of key, input and rate"),
        ({"key": "acme.x", "rate": wide, "above": 1}, "one of key, input and rate"),
        ({"key": "acme.x"}, "one limit"),
        ({"key": "acme.x", "below": 1, "above": 2}, "one limit"),
        ({"key": "acme.x", "below": float("inf")}, "finite number"),
        ({"key": "acme.x", "below": True}, "finite number"),
        ({"key": "acme.x", "below": 1, "needs": ["acme.y"]}, "needs, which are for rate"),
        ({"input": {"key": "x"}, "below": 1}, "input is an input of a config"),
        ({"rate": 3, "below": 1}, "callable"),
    ],
)
def test_a_declaration_that_is_wrong_says_so(fields: dict[str, Any], message: str) -> None:
    """When it is made."""
    with pytest.raises((ValueError, TypeError), match=message):
        Issue("odd", **fields)
