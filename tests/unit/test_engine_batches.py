"""``tamis.Measure``: batches that another engine hands out."""

from __future__ import annotations

import io
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tamis import Dataset, Measure, compute, errors
from tests.conftest import photograph

KEYS = ["lightly.width", "lightly.sharpness"]
SIZES = [(30, 20), (40, 25), (50, 10)]


def png(seed: int, size: tuple[int, int]) -> bytes:
    """A photograph as a file."""
    file = io.BytesIO()
    photograph(seed, size).save(file, "PNG")
    return file.getvalue()


FILES = [png(seed, size) for seed, size in enumerate(SIZES)]


@pytest.fixture(scope="module")
def measure() -> Measure:
    """Of both keys; as it arrives at a worker."""
    copy: Measure = pickle.loads(pickle.dumps(Measure(KEYS)))  # noqa: S301
    return copy


@pytest.fixture(scope="module")
def expected() -> list[float]:
    """The sharpness, measured by `compute`."""
    dataset = Dataset.from_items(["0", "1", "2"], lambda name: FILES[int(name)])
    return compute(dataset, ["lightly.sharpness"])["lightly.sharpness"].values.tolist()


def test_a_mapping_comes_back_with_a_column_for_each_key(measure: Measure, expected: list[float]) -> None:
    """What was in it is kept, and numbers are float64."""
    found = measure({"bytes": FILES, "label": np.array([3, 4, 5])})

    assert list(found) == ["bytes", "label", *KEYS, "errors"]
    assert found["label"].tolist() == [3, 4, 5]
    assert found["lightly.width"].tolist() == [30, 40, 50]
    assert found["lightly.width"].dtype == found["lightly.sharpness"].dtype == np.float64
    assert found["lightly.sharpness"].tolist() == expected
    assert found["errors"].tolist() == [None, None, None]


@pytest.mark.parametrize("kind", [pa.table, pa.record_batch])
def test_arrow_comes_back_as_arrow(kind: Any, measure: Measure, expected: list[float]) -> None:
    """A table as a table, a record batch as one; numbers keep their types, and the schema its metadata."""
    batch = kind({"bytes": FILES, "label": [3, 4, 5]})
    found = measure(batch.replace_schema_metadata({"of": "somebody"}))

    assert type(found) is type(batch)
    assert found.schema.metadata == {b"of": b"somebody"}
    assert found.schema.names == ["bytes", "label", *KEYS, "errors"]
    assert found.column("lightly.width").to_pylist() == [30, 40, 50]
    assert found.schema.field("lightly.width").type == pa.int64()
    assert found.column("lightly.sharpness").to_pylist() == expected
    assert found.schema.field("errors").type == pa.string()


def test_pandas_comes_back_as_pandas(measure: Measure, expected: list[float]) -> None:
    """With its index."""
    found = measure(pd.DataFrame({"bytes": FILES}, index=["a", "b", "c"]))

    assert found.index.tolist() == ["a", "b", "c"]
    assert found["lightly.sharpness"].tolist() == expected


@pytest.mark.parametrize("column", ["path", "image"])
def test_an_image_is_a_path_or_a_mapping_too(column: str, tmp_path: Path, expected: list[float]) -> None:
    """Of both ways in a mapping, the bytes are taken."""
    for number, content in enumerate(FILES):
        (tmp_path / f"{number}.png").write_bytes(content)
    paths: list[Any] = [str(tmp_path / "0.png"), tmp_path / "1.png", str(tmp_path / "2.png")]
    cells = paths
    if column == "image":
        cells = [{"bytes": FILES[0], "path": "gone"}, {"bytes": None, "path": paths[1]}, {"bytes": FILES[2]}]
    found = Measure(["lightly.sharpness"])({column: cells})

    assert found["lightly.sharpness"].tolist() == expected


def test_a_bad_image_costs_its_own_row(measure: Measure, tmp_path: Path) -> None:
    """Each with its reason, in a column whose type is that of other batches."""
    cells = [b"no image", FILES[1], None, str(tmp_path / "gone.png"), 7]
    found, arrow = measure({"bytes": cells}), measure(pa.table({"bytes": [b"no image", FILES[1]]}))

    assert found["lightly.width"].dtype == np.float64
    assert np.isnan(found["lightly.width"][[0, 2, 3, 4]]).all()
    assert found["lightly.width"][1] == 40
    assert "not an image in a format that can be read" in found["errors"][0]
    assert found["errors"][1] is None
    assert "not NoneType" in found["errors"][2]
    assert "No such file" in found["errors"][3]
    assert "not int" in found["errors"][4]
    assert arrow.column("lightly.width").to_pylist() == [None, 40]
    assert arrow.schema.field("lightly.width").type == pa.int64()


def test_an_empty_batch_has_the_same_columns(measure: Measure) -> None:
    """Of the same types: engines ask for the schema with one."""
    found, arrow = measure({"bytes": []}), measure(pa.table({"bytes": pa.array([], pa.binary())}))

    assert [found[name].dtype for name in (*KEYS, "errors")] == [np.float64, np.float64, object]
    assert [arrow.schema.field(name).type for name in (*KEYS, "errors")] == [pa.int64(), pa.float64(), pa.string()]


def test_threads_may_share_one(measure: Measure, expected: list[float]) -> None:
    """Eight at once, one image each."""
    rows = [number % 3 for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: measure({"bytes": [FILES[row]]})["lightly.sharpness"][0], rows))

    assert found == [expected[row] for row in rows]


class Counted(os.PathLike[str]):
    """A path that knows how often it was asked for."""

    def __init__(self, path: Path) -> None:
        self.path, self.times = path, 0

    def __fspath__(self) -> str:
        self.times += 1
        return str(self.path)


def test_every_image_is_opened_once(tmp_path: Path) -> None:
    """Whatever is asked."""
    (tmp_path / "x.png").write_bytes(FILES[0])
    path = Counted(tmp_path / "x.png")
    Measure([*KEYS, "lightly.luminance"])({"path": [path]})

    assert path.times == 1


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ({"pixels": FILES}, "no column bytes or image or path with images: it has pixels"),
        ({"bytes": FILES, "errors": [1, 2, 3]}, "a column 'errors' already"),
        (pa.table({"bytes": FILES, "lightly.width": [1, 2, 3]}), "a column 'lightly.width' already"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(batch: Any, message: str, measure: Measure) -> None:
    """With its columns."""
    with pytest.raises(errors.DatasetError, match=message):
        measure(batch)


def test_the_column_can_be_named(measure: Measure) -> None:
    """And is looked for then, and no other."""
    assert Measure(["lightly.width"], column="pixels")({"pixels": FILES})["lightly.width"].tolist() == [30, 40, 50]
    with pytest.raises(errors.DatasetError, match="no column pixels with images: it has bytes"):
        Measure(["lightly.width"], column="pixels")({"bytes": FILES})


def test_a_wrong_key_is_noticed_at_once() -> None:
    """Before anything is sent anywhere."""
    with pytest.raises(errors.UnknownKeyError, match=r"lightly\.sharpnes"):
        Measure(["lightly.sharpnes"])
