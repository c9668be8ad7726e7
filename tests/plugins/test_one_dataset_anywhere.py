"""The same files in a folder, in a bucket, in tar archives, in Parquet and in a dataset of Hugging Face: one result."""

from __future__ import annotations

import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from tamis import Dataset, Kind, Registry, Selection, Workers, select
from tests.conftest import photograph
from tests.plugins.saved_datasets import images_of, save
from tests.plugins.servers import s3

REGISTRY = Registry.built_in()
TEN = [key for key in REGISTRY.keys("metric") if key.startswith("lightly.") and key != "lightly.sizeInBytes"]
ALL_PASS = {"type": "THRESHOLD", "threshold": -1, "operation": "BIGGER"}
CONFIG = {
    "n_samples": 4,
    "strategies": [
        *({"input": {"type": "METADATA", "key": key}, "strategy": ALL_PASS} for key in TEN),
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}},
    ],
}
FORMS = ("folder", "tar", "parquet", "huggingface", "bucket")


@pytest.fixture(scope="module", autouse=True)
def credentials() -> Iterator[None]:
    """For the bucket, and before workers are started."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", "user"), ("SECRET_ACCESS_KEY", "secret"), ("REGION", "us-east-1")):
            patch.setenv(f"AWS_{name}", value)
        yield


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of photographs in several formats, and all but the bucket beside it."""
    root = tmp_path_factory.mktemp("places")
    (root / "folder").mkdir()
    files = [root / "folder" / f"{number}.{('jpg', 'png', 'webp')[number % 3]}" for number in range(7)]
    for number, path in enumerate(files):
        photograph(number).save(path)
    for name in ("tar", "parquet"):
        (root / name).mkdir()
    for number, part in enumerate((files[:4], files[4:])):
        with tarfile.open(root / "tar" / f"{number}.tar", "w") as archive:
            for path in part:
                archive.add(path, path.name)
        parquet.write_table(pa.table({"image": images_of(part)}), root / "parquet" / f"{number}.parquet", 3)
    save(root / "huggingface", {"image": images_of(files)}, {"image": {"_type": "Image"}}, files=2, batch=3)
    return root


@pytest.fixture(scope="module")
def bucket(places: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server that speaks S3, with the photographs."""
    pytest.importorskip("obstore")
    pytest.importorskip("moto")
    with s3(tmp_path_factory.mktemp("s3")) as server:
        for path in (places / "folder").iterdir():
            server.put(f"photos/{path.name}", path.read_bytes())
        yield server


@pytest.fixture(scope="module")
def expected(places: Path) -> Selection:
    """What comes of the folder, by one process."""
    return select(Dataset.open(places / "folder", registry=REGISTRY), CONFIG, registry=REGISTRY)


@pytest.fixture(scope="module")
def two_processes() -> Iterator[Workers]:
    """As ``--jobs 2`` starts them, once for all tests."""
    with Workers(2) as workers:
        yield workers


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    """Dask, with a worker on this machine."""
    distributed = pytest.importorskip("distributed")
    options = {
        "n_workers": 1,
        "processes": False,
        "protocol": "tcp",
        "host": "127.0.0.1",
        "dashboard_address": "127.0.0.1:0",
    }
    with distributed.LocalCluster(**options) as dask:
        yield {"type": "dask", "scheduler": dask.scheduler_address}


def opened(form: str, request: pytest.FixtureRequest) -> Dataset:
    """The photographs in one of the forms."""
    if form != "bucket":
        location = request.getfixturevalue("places") / form
        return Dataset.open(location, None if form == "huggingface" else form, registry=REGISTRY)
    return Dataset.open("s3://photos", registry=REGISTRY, endpoint=request.getfixturevalue("bucket").endpoint)


def same(one: Selection, other: Selection) -> bool:
    """Whether two selections picked the same by the same values, bit for bit; archives are before the names in them."""
    assert [column.kind for column in one.columns] == [*[Kind.SCALAR] * len(TEN), Kind.VECTOR, Kind.SCALAR]
    return one.rows.tolist() == other.rows.tolist() and all(
        np.array_equal(ours.values, theirs.values) and ours.valid.all() and theirs.valid.all()
        for ours, theirs in zip(one.columns, other.columns, strict=True)
    )


@pytest.mark.parametrize("form", FORMS[1:])
def test_results_are_those_of_the_folder_and_the_next_run_opens_nothing(
    form: str,
    expected: Selection,
    counted: Counter[str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """All ten keys, the vectors and the picks; of a bucket, it asks for the list only."""
    first = select(opened(form, request), CONFIG, registry=REGISTRY, store=tmp_path / "store")
    assert same(first, expected)
    assert counted == {"open": 7, "decode": 7}
    counted.clear()
    server = request.getfixturevalue("bucket") if form == "bucket" else None
    with server.counting() if server else nullcontext({"LIST": 1}) as requests:
        again = select(opened(form, request), CONFIG, registry=REGISTRY, store=tmp_path / "store")

    assert same(again, expected)
    assert counted == {}
    assert requests == {"LIST": 1}


@pytest.mark.parametrize("executor", ["two_processes", "cluster"])
@pytest.mark.parametrize("form", FORMS)
def test_results_are_those_of_one_process(
    form: str,
    executor: str,
    expected: Selection,
    request: pytest.FixtureRequest,
) -> None:
    """Whoever measures."""
    how = request.getfixturevalue(executor)
    assert same(select(opened(form, request), CONFIG, registry=REGISTRY, executor=how), expected)
