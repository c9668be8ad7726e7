"""``tamis.Measure`` in engines that hand out batches themselves, as the documentation shows it; each engine is real."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tamis import Dataset, Measure, compute
from tests.conftest import photograph

KEYS = ["lightly.width", "lightly.sharpness"]


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Eight photographs, and a file that is none."""
    for number in range(8):
        photograph(number, (40 + number, 30)).save(tmp_path / f"{number}.png")
    (tmp_path / "8.png").write_bytes(b"no image")
    return [str(tmp_path / f"{number}.png") for number in range(9)]


def check(rows: Any, paths: list[str]) -> None:
    """The same numbers as `compute` gives, and why one has none."""
    found = {row["path"]: row for row in rows}
    expected = compute(Dataset.from_directory(Path(paths[0]).parent), KEYS)

    assert sorted(found) == sorted(paths)
    for number, path in enumerate(paths[:8]):
        assert found[path]["lightly.width"] == 40 + number
        assert found[path]["lightly.sharpness"] == expected["lightly.sharpness"].values[number]
        assert found[path]["errors"] is None
    assert "not an image" in found[paths[8]]["errors"]


@pytest.fixture
def ray() -> Iterator[Any]:
    """Ray on this machine, until the test ends: Daft would work there, too."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    root = str(Path(__file__).parents[2])
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env={"env_vars": {"PYTHONPATH": root}})
    yield ray
    ray.shutdown()


@pytest.mark.filterwarnings("ignore")
def test_ray_data(ray: Any, paths: list[str]) -> None:
    """Ray hands a batch to a worker as NumPy arrays."""
    rows = ray.data.from_items([{"path": path} for path in paths])
    check(rows.map_batches(Measure(KEYS), batch_size=4).take_all(), paths)


@pytest.mark.filterwarnings("ignore")
def test_dask_bags(paths: list[str]) -> None:
    """A partition of a bag is a list of objects; Dask's own processes."""
    bag = pytest.importorskip("dask.bag")
    pytest.importorskip("pandas")
    measure = Measure(KEYS)

    def measured(part: Any) -> list[dict[str, Any]]:
        rows = list(part)
        found = measure({"path": [row["path"] for row in rows]})
        return [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]

    rows = bag.from_sequence([{"path": path} for path in paths], npartitions=3)
    check(rows.map_partitions(measured).compute(scheduler="processes", num_workers=2), paths)


@pytest.mark.filterwarnings("ignore")
def test_datasets(paths: list[str], tmp_path: Path) -> None:
    """`datasets.map` on two processes."""
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_dict({"path": paths})
    check(rows.map(Measure(KEYS), batched=True, batch_size=4, num_proc=2), paths)


@pytest.mark.filterwarnings("ignore")
def test_spark(paths: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Spark's workers are given record batches of Arrow, one after another."""
    sql = pytest.importorskip("pyspark.sql")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    measure = Measure(KEYS)

    def measured(batches: Any) -> Any:
        return map(measure, batches)

    spark = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        rows = spark.createDataFrame([(path,) for path in paths], "path string").repartition(2)
        schema = "path string, `lightly.width` long, `lightly.sharpness` double, errors string"
        check([row.asDict() for row in rows.mapInArrow(measured, schema).collect()], paths)
    finally:
        spark.stop()


@pytest.mark.filterwarnings("ignore")
def test_daft(paths: list[str]) -> None:
    """A batch function of Daft has a series, and returns one of objects."""
    daft = pytest.importorskip("daft")
    import pyarrow as pa

    measure = Measure(KEYS)
    fields = {"lightly.width": daft.DataType.int64(), "lightly.sharpness": daft.DataType.float64()}
    fields["errors"] = daft.DataType.string()

    @daft.func.batch(return_dtype=daft.DataType.struct(fields))
    def measured(path: Any) -> Any:
        found = measure(pa.table({"path": path.to_arrow()}))
        return daft.Series.from_arrow(found.select([*KEYS, "errors"]).to_struct_array().combine_chunks())

    rows = daft.from_pydict({"path": paths}).with_column("found", measured(daft.col("path"))).to_pylist()
    check([{"path": row["path"], **row["found"]} for row in rows], paths)
