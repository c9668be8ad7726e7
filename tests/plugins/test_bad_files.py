"""Files of predictions, metadata and vectors that are wrong: a short reason for each, and nothing else."""

from __future__ import annotations

import json
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Selection, errors, read_embeddings, select, validate
from tamis.data import predictions_builder
from tests.conftest import photograph

COUNT = {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"}
SCHEMA = {"task_type": "object-detection", "categories": [{"id": 0, "name": "x"}]}
GOOD = '{"predictions": [{"category_id": 0, "score": 0.5, "bbox": [0, 0, 1, 1]}]}'


def folder(root: Path, *predictions: str, metadata: str | None = None, path: str = "k") -> Dataset:
    """Images with a prediction file each, and metadata of the first."""
    task, meta = root / ".lightly/predictions/t", root / ".lightly/metadata"
    task.mkdir(parents=True)
    (task.parent / "tasks.json").write_text('["t"]')
    (task / "schema.json").write_text(json.dumps(SCHEMA))
    for number, content in enumerate(predictions):
        photograph(number).save(root / f"{number}.png")
        (task / f"{number}.json").write_text(content)
    if metadata:
        meta.mkdir()
        entry = {"name": "n", "path": path, "defaultValue": 1, "valueDataType": "NUMERIC_INT"}
        (meta / "schema.json").write_text(json.dumps([entry]))
        (meta / "0.json").write_text(metadata)
    return Dataset.from_directory(root)


def selected(dataset: Dataset, entry: dict[str, Any] = COUNT) -> Selection:
    """One, by an input."""
    return select(dataset, {"n_samples": 1, "strategies": [{"input": entry, "strategy": {"type": "WEIGHTS"}}]})


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """In predictions it costs the sample, in metadata the run, as anything that is wrong there does."""
    twice = '{"predictions": [{"category_id": 0, "score": 0.5, "bbox": [0, 0, 1, 1]}], "predictions": []}'
    inner = '{"predictions": [{"category_id": 0, "score": 0.5, "score": 0.6, "bbox": [0, 0, 1, 1]}]}'
    dataset = folder(tmp_path, GOOD, twice, inner, metadata='{"metadata": {"k": 5}, "metadata": {}}')
    reasons = [(failure.sample, failure.reason) for failure in selected(dataset).failures]
    assert [sample for sample, _ in reasons] == ["1.png", "2.png"]
    assert "an object has 'predictions' twice" in reasons[0][1]
    assert "an object has 'score' twice" in reasons[1][1]
    with pytest.raises(errors.MetadataError, match=r"0\.json: an object has 'metadata' twice"):
        selected(dataset, {"type": "METADATA", "key": "k"})


def test_a_reason_is_short_and_soon_there(tmp_path: Path) -> None:
    """Of a box with millions of numbers, and of a list of millions of objects that are none."""
    box = '{"predictions":[{"category_id":0,"score":0.5,"bbox":[' + "0," * 2_000_000 + "0]}]}"
    none = '{"predictions":[' + "0," * 1_000_000 + "0]}"
    text = '{"predictions":[{"category_id":0,"score":0.5,"bbox":"' + "x" * 1_000_000 + '"}]}'
    dataset = folder(tmp_path, GOOD, box, none, text)
    start = time.process_time()
    failures = selected(dataset).failures
    assert time.process_time() - start < 20
    assert [failure.sample for failure in failures] == ["1.png", "2.png", "3.png"]
    assert max(len(failure.reason) for failure in failures) < 1500


def test_what_python_can_not_parse_is_told_in_words_of_the_file(tmp_path: Path) -> None:
    """A number of thousands of digits and lists in lists without end; not how to change Python's limits."""
    number = '{"predictions": [{"category_id": ' + "9" * 5000 + "}]}"
    dataset = folder(tmp_path, GOOD, number, "[" * 100_000, metadata='{"metadata": {"k": ' + "9" * 5000 + "}}")
    reasons = [failure.reason for failure in selected(dataset).failures]
    assert reasons == ["a number in it is too large", "nested too deeply"]
    with pytest.raises(errors.MetadataError, match=r"0\.json: a number in it is too large$"):
        selected(dataset, {"type": "METADATA", "key": "k"})


def test_memory_that_is_short_is_no_property_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends with a line that says so, where it would have called the files invalid and gone on."""
    dataset = folder(tmp_path, GOOD, GOOD)
    real = predictions_builder.columns_of

    def columns(objects: list[Any], schema: Any) -> Any:
        if objects:
            raise MemoryError
        return real(objects, schema)

    monkeypatch.setattr(predictions_builder, "columns_of", columns)
    with pytest.raises(errors.RunError, match="there is not enough memory for source 'folder'"):
        selected(dataset)


def test_boxes_beyond_all_numbers_give_no_warning(tmp_path: Path) -> None:
    """Their right side may have no float64; they cost their sample, with the reason."""
    far = '{"predictions": [{"category_id": 0, "score": 1, "bbox": [%s, 1, 1.7e308, 1]}]}'
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = selected(folder(tmp_path, GOOD, far % "1e308"))
    assert found.predictions[0].reasons == {1: "predictions[0].bbox[0] is a number that is too large"}


@pytest.mark.parametrize("key", ["sample", "rank", "selected"])
def test_metadata_called_as_a_column_of_results_is_refused_at_planning(tmp_path: Path, key: str) -> None:
    """Before any image is opened, where the config names it."""
    dataset = folder(tmp_path, GOOD, metadata='{"metadata": {}}', path=key)
    config = {
        "n_samples": 1,
        "strategies": [{"input": {"type": "METADATA", "key": key}, "strategy": {"type": "WEIGHTS"}}],
    }
    with pytest.raises(errors.ConfigError, match=r"strategies\[0\]\.input\.key: results have a column of that name"):
        validate(config, dataset=dataset)


def test_what_a_reader_of_vectors_raises_is_tamiss_own(tmp_path: Path) -> None:
    """A library's readers raise all sorts of things, here of dates that Python hasn't."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet

    path = tmp_path / "v.parquet"
    columns = {"filenames": pa.array([2**30, 1], pa.date32()), "embedding_0": [1.0, 2.0]}
    pyarrow.parquet.write_table(pa.table(columns), path)
    with pytest.raises(errors.EmbeddingError, match=r"v\.parquet: can't be read: OverflowError"):
        read_embeddings(path, ["a", "b"])


def test_tiles_are_limited(tmp_path: Path) -> None:
    """What the schema takes needs little memory; more is refused where the config says it."""
    photograph(0).save(tmp_path / "a.png")
    dataset = Dataset.from_directory(tmp_path)
    config = {
        "n_samples": 1,
        "auto_tasks": [{"type": "TILING", "name": "t", "num_rows": 256, "num_cols": 256}],
        "strategies": [{"input": COUNT, "strategy": {"type": "WEIGHTS"}}],
    }
    assert select(dataset, config).table().row("a.png")["t.CATEGORY_COUNT"] == 256**2
    config["auto_tasks"] = [{"type": "TILING", "name": "t", "num_rows": 257, "num_cols": 1}]
    with pytest.raises(errors.ConfigError, match=r"auto_tasks\[0\]\.num_rows: 257 is greater than the maximum of 256"):
        select(dataset, config)


def test_balance_with_a_target_is_as_over_all_classes(tmp_path: Path) -> None:
    """Picks are those of the greedy rule, computed here over one-hot vectors of every category."""
    generator = np.random.default_rng(3)
    labels = [f"c{number}" for number in generator.integers(0, 9, 60)]
    dataset = Dataset.from_embeddings([f"{n:02}" for n in range(60)], np.ones((60, 1), np.float32))
    target = {"c1": 0.4, "c2": 0.3, "c7": 0.1}
    balance = {"type": "BALANCE", "target": target}
    entries = [{"input": {"type": "METADATA", "key": "k"}, "strategy": balance}]
    found = select(dataset.with_metadata({"k": labels}), {"n_samples": 12, "strategies": entries})

    shares = np.array([*target.values(), 0.2])
    vectors = np.array([[label == name for name in target] + [label not in target] for label in labels], float)
    total, left, picks = np.zeros(4), list(range(60)), []
    for _ in range(12):
        sums = total + vectors[left]
        entropy = -np.log(sums / sums.sum(axis=1)[:, None] + 1e-10) @ shares
        best = left[int(np.argmin(np.round(entropy, 12)))]
        picks.append(labels[best])
        total, left = total + vectors[best], [row for row in left if row != best]
    assert [labels[int(name)] in target and labels[int(name)] for name in found.selected] == [
        name in target and name for name in picks
    ]
