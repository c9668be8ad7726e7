"""Images on a server: the same results as from a folder, no more requests than needed, and what may go wrong."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from tamis import Dataset, Registry, Store, Table, compute, errors, select
from tamis.testing import check_source
from tamis_plugins.remote import buckets, filesystems, patience
from tamis_plugins.sources import url as plugin
from tests.conftest import photograph
from tests.plugins.servers import S3, Web, s3, web

pytest.importorskip("obstore")
fsspec = pytest.importorskip("fsspec")
pytest.importorskip("moto")

REGISTRY = Registry.built_in()
KEYS = tuple(key for key in REGISTRY.keys("metric") if key.startswith("lightly."))
CONFIG = {
    "n_samples": 4,
    "strategies": [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}},
    ],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """It speaks S3."""
    with s3(tmp_path_factory.mktemp("s3")) as found:
        yield found


@pytest.fixture
def pages() -> Iterator[Web]:
    """It speaks HTTP."""
    with web() as found:
        yield found


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and no long waits."""
    for name, value in (("ACCESS_KEY_ID", "user"), ("SECRET_ACCESS_KEY", "t0p"), ("REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(patience, "FIRST", 0.01)
    monkeypatch.setattr(patience, "ATTEMPTS", 3)
    monkeypatch.setitem(buckets.TIMES, "read_timeout", "500ms")


def png(number: int) -> bytes:
    """A photograph."""
    buffer = io.BytesIO()
    photograph(number).save(buffer, "PNG")
    return buffer.getvalue()


def uploaded(server: S3, folder: Path, bucket: str) -> str:
    """A folder in a bucket of its own."""
    server.put(bucket, b"")
    for path in sorted(folder.rglob("*.png")):
        server.put(f"{bucket}/data/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return f"s3://{bucket}/data"


def opened(location: str, **options: Any) -> Dataset:
    """The images at a URL."""
    return Dataset.open(location, "url", registry=REGISTRY, **options)


def equal(one: Table, other: Table) -> bool:
    """Whether two tables have the same values, bit for bit."""
    return one.samples == other.samples and all(
        np.array_equal(column.values, other[key].values) and np.array_equal(column.valid, other[key].valid)
        for key, column in one.columns.items()
    )


def reasons(dataset: Dataset, **how: Any) -> dict[str, str]:
    """Why each sample has failed that has."""
    table = compute(dataset, ["lightly.width"], registry=REGISTRY, **how)
    return {failure.sample: failure.reason for failure in table.failures}


# In a bucket


@pytest.mark.parametrize("how", [{"jobs": 1}, {"jobs": 2}, {"executor": "local:jobs=1"}], ids=str)
def test_results_are_those_of_the_folder(server: S3, photographs: Path, how: Any) -> None:
    """Metrics, vectors and selection, whatever the workers; with one request for the list, and one for each image."""
    location = uploaded(server, photographs, f"same-{len(str(how))}")
    with server.counting() as requests:
        dataset = opened(location, endpoint=server.endpoint)
        table = compute(dataset, KEYS, registry=REGISTRY, **how)
    folder = Dataset.from_directory(photographs)

    assert requests == {"LIST": 1, **{f"GET {location[5:]}/{name}": 1 for name in folder.samples}}
    assert equal(table, compute(folder, KEYS, registry=REGISTRY))
    selected, expected = (select(each, CONFIG, registry=REGISTRY, **how) for each in (dataset, folder))
    assert selected.selected == expected.selected


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_second_run_fetches_nothing(server: S3, photographs: Path, tmp_path: Path, jobs: int) -> None:
    """What is stored is found by what the list says; what has changed since is fetched, and nothing else."""
    location = uploaded(server, photographs, f"again-{jobs}")
    store = Store(tmp_path / "store")

    def run(jobs: int = jobs) -> tuple[Table, dict[str, int]]:
        with server.counting() as requests:
            dataset = opened(location, endpoint=server.endpoint)
            table = compute(dataset, KEYS, registry=REGISTRY, store=store, jobs=jobs)
        return table, dict(requests)

    (first, _), (second, requests), (_, other) = run(), run(), run(jobs=3 - jobs)
    server.put(f"again-{jobs}/data/a/0.png", png(99))
    third, changed = run()

    assert equal(first, second)
    assert requests == other == {"LIST": 1}
    assert changed == {"LIST": 1, f"GET again-{jobs}/data/a/0.png": 1}
    assert first["lightly.sharpness"].values[0] != third["lightly.sharpness"].values[0]


def test_sizes_are_in_the_list(server: S3, photographs: Path) -> None:
    """Where nothing else is asked, no object is fetched."""
    location = uploaded(server, photographs, "sizes")
    with server.counting() as requests:
        table = compute(opened(location, endpoint=server.endpoint), ["tamis.bytes"], registry=REGISTRY)

    assert requests == {"LIST": 1}
    assert table["tamis.bytes"].values.tolist() == [(photographs / name).stat().st_size for name in table.samples]


def test_an_object_that_changes_after_it_was_listed(server: S3, photographs: Path, tmp_path: Path) -> None:
    """It is measured, and known again, as it was read; one that is gone is named, and the next run goes on."""
    location = uploaded(server, photographs, "changing")
    dataset = opened(location, endpoint=server.endpoint)
    server.put("changing/data/a/0.png", png(99))
    server.delete("changing/data/a/1.png")
    store = Store(tmp_path / "store")
    table = compute(dataset, ["lightly.sharpness"], registry=REGISTRY, store=store)
    expected = compute(Dataset.from_images(["it"], [photograph(99)]), ["lightly.sharpness"])
    with server.counting() as requests:
        again = opened(location, endpoint=server.endpoint)
        following = compute(again, ["lightly.sharpness"], registry=REGISTRY, store=store)

    assert table["lightly.sharpness"].values[0] == expected["lightly.sharpness"].values[0]
    assert [(failure.sample, failure.reason) for failure in table.failures] == [("a/1.png", "it is not there (404)")]
    assert dict(requests) == {"LIST": 1}
    assert following["lightly.sharpness"].values[0] == expected["lightly.sharpness"].values[0]


def test_which_objects_are_samples(server: S3) -> None:
    """Those that a folder would have, by any name that a key may be, in the order of a folder."""
    server.put("names", b"")
    names = ["a b.png", "a+b.png", "a%20b.png", "ä.png", "b/#.JPG", "b/?.webp", "b.png", "~.png"]
    others = ["notes.txt", "movie.mov", ".hidden.png", "b/.thumbs/a.png", "b/", "c/"]
    for name in (*names, *others):
        server.put(f"names/x/{name}", b"" if name.endswith("/") else png(1))
    server.put("names/xy.png", png(1))
    dataset = opened("s3://names/x/", endpoint=server.endpoint)

    assert dataset.samples == tuple(sorted(names))
    assert dataset.ignored_kinds == {".txt": 1, ".mov": 1}
    assert reasons(dataset) == {}


def test_an_empty_object_is_named(server: S3) -> None:
    """As an empty file is."""
    server.put("empty", b"")
    server.put("empty/a.png", b"")
    server.put("empty/b.png", png(1))
    assert reasons(opened("s3://empty", endpoint=server.endpoint)) == {"a.png": "the file is empty"}


@pytest.mark.parametrize(
    ("location", "options", "message"),
    [
        ("s3://nobody-has-it/x", {}, r"s3://nobody-has-it/x can't be listed: it is not there \(404\)"),
        ("s3://photos/none", {}, "no image in s3://photos/none$"),
        ("s3://photos/x?X-Amz-Signature=t0p", {}, "credentials belong in the environment"),
        ("s3://photos", {"endpoint": "http://user:t0p@host"}, r"input\.endpoint: is not the address"),
        ("s3://photos", {"endpoint": "http://127.0.0.1:1"}, "no connection to the server"),
        ("https://u:t0p@host/x", {"anonymous": True}, r"input\.anonymous: is for buckets"),
        ("https://photos/x", {"endpoint": "https://host"}, r"input\.endpoint: is for s3:// and gs://"),
        ("az://photos", {}, "AZURE_STORAGE_ACCOUNT_NAME"),
        ("photos", {}, "'photos' is not a URL"),
        ("s3://", {}, "is not a URL"),
        ("sftp://***@host/x", {}, "was recorded without its user and password"),
        ("none://u:t0p@host", {}, r"none:// locations"),
    ],
)
def test_a_location_that_cannot_be_used(server: S3, location: str, options: Any, message: str) -> None:
    """Is told in a line, before any work, without what is secret in it."""
    if location.startswith("s3") and "endpoint" not in options:
        options = {"endpoint": server.endpoint}
    with pytest.raises((errors.DatasetError, errors.ConfigError), match=message) as caught:
        opened(location, **options)
    assert "t0p" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "reason", "requests"),
    [(403, r"there is no right to read it with these credentials \(403\)", 1), (503, r"throttled: .* \(503\)", 3)],
)
def test_a_bucket_that_cannot_be_listed(pages: Web, status: int, reason: str, requests: int) -> None:
    """There is no right to, or the server is busy for longer than one waits."""
    pages.answer = lambda path, count: ("status", status)
    with pytest.raises(errors.DatasetError, match=f"s3://private/x can't be listed: {reason}"):
        opened("s3://private/x", endpoint=pages.url, anonymous=True)
    assert len(pages.requests) == requests


@pytest.mark.parametrize(
    ("status", "reason", "requests"),
    [
        (501, r"the server doesn't know such requests \(501\)", 1),
        (405, r"the server refuses the request \(405\)", 1),
        (503, r"throttled: .* \(503\)", 3),
    ],
)
def test_a_web_server_that_cannot_list(pages: Web, status: int, reason: str, requests: int) -> None:
    """It's asked once, unless it is busy."""
    pages.answer = lambda path, count: ("status", status)
    with pytest.raises(errors.DatasetError, match=f"/x can't be listed: {reason}.*list=FILE"):
        opened(f"{pages.url}/x")
    assert pages.requests == [("PROPFIND", "x")] * requests


def test_without_credentials(server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is said, and what a public bucket needs."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.delenv(f"AWS_{name}")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(errors.DatasetError, match="no credentials in the environment; a public one needs anonymous"):
        opened("s3://photos", endpoint=server.endpoint)


def test_the_command_line_keeps_no_secret(server: S3, photographs: Path, tmp_path: Path) -> None:
    """A run by command, reported from its record alone; nothing that it writes or prints holds a key."""
    location = uploaded(server, photographs, "command")
    (tmp_path / "config.json").write_text(json.dumps({"n_samples": 3, "strategies": CONFIG["strategies"]}))
    source = f"url:{location},endpoint={server.endpoint}"
    tamis = [sys.executable, "-m", "tamis"]
    run = [*tamis, "select", "config.json", "--input", source, "-o", "out", "--report", "--store", "store"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    again = subprocess.run([*tamis, "report", "out", "--force"], cwd=tmp_path, capture_output=True, text=True)
    written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]

    assert done.returncode == again.returncode == 0, done.stderr + again.stderr
    assert len((tmp_path / "out" / "selected.txt").read_text().split()) == 3
    assert not [content for content in (*written, done.stderr.encode(), done.stdout.encode()) if b"t0p" in content]


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-data.md"
COMMANDS = re.findall(r"^tamis select .*s3://.*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_documented_commands_select(server: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Those of "Bring your data", on a bucket and a server of the names that stand there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    server.put("bucket", b"")
    for number in range(8):
        server.put(f"bucket/photos/{number}.png", png(number))
    weather = ["rainy" if number > 5 else "sunny" for number in range(8)]
    table = "\n".join(["file,weather", *(f"{number}.png,{each}" for number, each in enumerate(weather))])
    (tmp_path / "meta.csv").write_text(table)
    server.put("bucket/meta.csv", table.encode())
    images = [{"id": number, "file_name": f"{number}.png"} for number in range(8)]
    boxes = [{"image_id": number, "category_id": int(number > 5), "bbox": [0, 0, 9, 9]} for number in range(8)]
    categories = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    truth = {"images": images, "annotations": boxes, "categories": categories}
    server.put("bucket/instances.json", json.dumps(truth).encode())
    server.put("bucket/dataset/data.yaml", b"train: images\nnames: [cat, dog]\n")
    lightly = "bucket/photos/.lightly/metadata"
    field = {"name": "Weather", "path": "weather", "valueDataType": "CATEGORICAL_STRING", "defaultValue": None}
    server.put(f"{lightly}/schema.json", json.dumps([field]).encode())
    for number in range(8):
        server.put(f"bucket/dataset/labels/{number}.txt", f"{int(number > 5)} 0.5 0.5 0.1 0.1\n".encode())
        metadata = {"type": "image", "metadata": {"weather": weather[number]}}
        server.put(f"{lightly}/{number}.json", json.dumps(metadata).encode())
    columns = {
        "image": [png(number) for number in range(8)],
        "file": [f"{n}.png" for n in range(8)],
        "weather": weather,
    }
    buffer = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), buffer)
    server.put("bucket/train.parquet", buffer.getvalue())
    for shard in range(2):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for number in range(4 * shard, 4 * shard + 4):
                beside = json.dumps({"weather": weather[number]}).encode()
                for name, content in ((f"{number}.png", png(number)), (f"{number}.json", beside)):
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
        server.put(f"bucket/shards/train-{shard:03}.tar", buffer.getvalue())
    strategy = {"type": "BALANCE", "distribution": "UNIFORM"}
    for name, source in (
        ("weather", {"type": "METADATA", "key": "weather"}),
        ("labels", {"type": "PREDICTIONS", "task": "labels", "name": "CLASS_DISTRIBUTION"}),
    ):
        config = {"n_samples": 4, "strategies": [{"input": source, "strategy": strategy}]}
        (tmp_path / f"{name}.json").write_text(json.dumps(config))
    program, *arguments = shlex.split(command.replace("https://minio:9000", server.endpoint))
    assert program == "tamis"
    done = subprocess.run([sys.executable, "-m", "tamis", *arguments], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    selected = (tmp_path / arguments[-1] / "selected.txt").read_text().split()
    assert sorted(name.rpartition("/")[2] > "5.png" for name in selected) == [False, False, True, True]


# On the web


def filled(pages: Web, count: int = 4) -> list[str]:
    """Names of images on a server."""
    names = [f"{number}.png" for number in range(count)]
    pages.contents = {f"x/{name}": png(number) for number, name in enumerate(names)}
    return names


def listed(pages: Web, folder: Path, names: list[str]) -> Dataset:
    """The images of a list."""
    (folder / "names.txt").write_text("\n".join(names))
    return opened(f"{pages.url}/x", list=str(folder / "names.txt"))


def test_a_web_server_needs_a_list(pages: Web, photographs: Path, tmp_path: Path) -> None:
    """Of paths or URLs. Each is asked for its ETag, and fetched once; a second run fetches nothing."""
    names = [path.relative_to(photographs).as_posix() for path in sorted(photographs.rglob("*.png"))]
    pages.contents = {f"my x/{name}": (photographs / name).read_bytes() for name in names}
    lines = [f"{pages.url}/my%20x/{name}" if number % 2 else name for number, name in enumerate(names)]
    (tmp_path / "names.txt").write_text("\n".join(lines))
    tables = [
        compute(
            opened(f"{pages.url}/my%20x/", list=str(tmp_path / "names.txt")),
            KEYS,
            registry=REGISTRY,
            store=tmp_path / "store",
        )
        for _ in range(2)
    ]

    assert equal(tables[0], compute(Dataset.from_directory(photographs), KEYS, registry=REGISTRY))
    assert equal(*tables)
    assert sorted(path for method, path in pages.requests if method == "GET") == [f"my x/{name}" for name in names]
    with pytest.raises(errors.DatasetError, match=r"can't be listed: .* name a file with a path on each line"):
        opened(f"{pages.url}/my%20x")
    for line in ("http://u:t0p@elsewhere/a.png", "../a.png", "/a.png"):
        with pytest.raises(errors.DatasetError, match=r"not (a path )?below") as caught:
            listed(pages, tmp_path, [line])
        assert "t0p" not in str(caught.value)


def test_what_cannot_be_told_from_another_is_fetched_again(pages: Web, tmp_path: Path) -> None:
    """A server that gives neither an ETag nor a date: two images of one size may be different ones."""
    pages.tags = False
    dataset = listed(pages, tmp_path, filled(pages, 1))
    for _ in range(2):
        assert reasons(dataset, store=tmp_path / "store") == {}
    assert pages.requests.count(("GET", "x/0.png")) == 2


@pytest.mark.parametrize(
    ("answer", "reason", "requests"),
    [
        (("status", 404), "it is not there (404)", 1),
        (("status", 401), "the server doesn't know these credentials (401)", 1),
        (("status", 403), "there is no right to read it with these credentials (403)", 1),
        (("status", 429), "throttled: the server wants fewer requests (429), at the last attempt too", 3),
        (("status", 503), "throttled: the server wants fewer requests (503), at the last attempt too", 3),
        (("status", 500), "the server fails (500), at the last attempt too", 3),
        (("drop", 100), "the connection dropped before all of it was there", 3),
        (("slow", 0), "timed out, at the last attempt too", 3),
    ],
    ids=str,
)
def test_what_goes_wrong_is_told_apart(
    pages: Web, tmp_path: Path, answer: tuple[str, int], reason: str, requests: int
) -> None:
    """It costs that sample; what may pass is asked for again at once, and the next run goes on with what is missing."""
    names = filled(pages)
    dataset = listed(pages, tmp_path, names)

    def answering(path: str, count: int) -> tuple[str, int] | None:
        if path != "x/1.png":
            return None
        if answer[0] == "slow":
            time.sleep(0.8)
        return answer

    pages.answer = answering
    found = reasons(dataset, store=tmp_path / "store")
    asked = pages.requests.count(("GET", "x/1.png"))
    pages.answer = lambda path, count: None
    pages.requests.clear()

    assert found == {"1.png": reason}
    assert asked == requests
    assert reasons(dataset, store=tmp_path / "store") == {}
    assert pages.requests == [("GET", "x/1.png")]


@pytest.mark.parametrize("answer", [("status", 503), ("status", 429), ("drop", 100)], ids=str)
def test_what_passes_costs_nothing(pages: Web, tmp_path: Path, answer: tuple[str, int]) -> None:
    """An answer that comes at the second or third attempt is whole."""
    names = filled(pages)
    dataset = listed(pages, tmp_path, names)
    pages.answer = lambda path, count: answer if count < 3 else None
    table = compute(dataset, KEYS, registry=REGISTRY)

    assert table.failures == ()
    assert table["lightly.sizeInBytes"].values.tolist() == [len(png(number)) for number in range(4)]
    expected = compute(Dataset.from_images(names, [photograph(number) for number in range(4)]), ["lightly.snr"])
    assert np.array_equal(table["lightly.snr"].values, expected["lightly.snr"].values)


def test_an_object_that_changes_while_it_is_read(pages: Web, tmp_path: Path) -> None:
    """What was broken off is never put together from two contents: it is named, and read by the next run."""
    names = filled(pages)
    dataset = listed(pages, tmp_path, names)

    def answering(path: str, count: int) -> tuple[str, int] | None:
        if path != "x/1.png":
            return None
        pages.contents[path] = png(count + 20)
        return ("drop", 100)

    pages.answer = answering
    assert reasons(dataset) == {"1.png": "the connection dropped before all of it was there"}
    pages.answer = lambda path, count: None
    assert reasons(dataset) == {}


def test_images_are_fetched_while_others_are_measured(pages: Web, tmp_path: Path) -> None:
    """Sixteen that take a while take little longer than one."""
    names = filled(pages, 48)
    dataset = listed(pages, tmp_path, names)
    pages.answer = lambda path, count: time.sleep(0.1)
    start = time.perf_counter()
    found = reasons(dataset)

    assert found == {}
    assert time.perf_counter() - start < 48 * 0.1 / 3


# Wherever fsspec leads


@pytest.fixture
def memory() -> Iterator[Any]:
    """A file system in this process."""
    files = fsspec.filesystem("memory")
    for number in range(4):
        files.pipe(f"/photos/{number % 2}/{number}.png", png(number))
    files.pipe("/photos/.hidden/x.png", png(1))
    yield files
    files.rm("/photos", recursive=True)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_system_of_fsspec(memory: Any, jobs: int) -> None:
    """Names and values are those of a folder; what stays in the process is measured there."""
    dataset = opened("memory://photos")
    names = ["0/0.png", "0/2.png", "1/1.png", "1/3.png"]
    expected = compute(Dataset.from_images(names, [photograph(number) for number in (0, 2, 1, 3)]), ["lightly.snr"])

    assert equal(compute(dataset, ["lightly.snr"], registry=REGISTRY, jobs=jobs), expected)


def test_a_file_of_fsspec_is_known_again(memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the library knows of it; one that has changed is read again."""
    store, read = Store(tmp_path / "store"), []
    real = type(memory).cat_file

    def reading(self: Any, path: str, *args: Any, **kwargs: Any) -> Any:
        read.append(path)
        return real(self, path, *args, **kwargs)

    monkeypatch.setattr(type(memory), "cat_file", reading)
    for _ in range(2):
        assert reasons(opened("memory://photos"), store=store) == {}
    memory.pipe("/photos/0/0.png", png(5))
    reasons(opened("memory://photos"), store=store)

    assert sorted(read) == sorted([*(f"/photos/{number % 2}/{number}.png" for number in range(4)), "/photos/0/0.png"])


def test_a_local_url_is_read_in_other_processes(photographs: Path) -> None:
    """What a library of fsspec can reach from anywhere is shared."""
    dataset = opened(f"file://{photographs}")
    expected = compute(Dataset.from_directory(photographs), KEYS, registry=REGISTRY)
    assert equal(compute(dataset, KEYS, registry=REGISTRY, jobs=2), expected)


class _Answer(Exception):  # noqa: N818 (as a library may call it)
    def __init__(self, status: int) -> None:
        super().__init__(f"GET https://h/x?sig=t0p: {status}")
        self.status = status


@pytest.mark.parametrize(
    ("error", "reason", "requests"),
    [
        (FileNotFoundError("x"), "it is not there", 1),
        (PermissionError("x"), "there is no right to read it with these credentials", 1),
        (_Answer(503), "throttled: the server wants fewer requests (503), at the last attempt too", 3),
        (_Answer(501), "the server doesn't know such requests (501)", 1),
        (TimeoutError(), "timed out, at the last attempt too", 3),
        (ConnectionResetError("x"), "the connection dropped before all of it was there", 3),
        (RuntimeError("https://u:t0p@h/x"), "RuntimeError: https://***@h/x", 1),
    ],
    ids=repr,
)
def test_what_libraries_of_fsspec_raise(
    memory: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, requests: int
) -> None:
    """Is told in the same words, and asked for again where that may help."""
    asked: list[str] = []

    def failing(self: Any, path: str, *args: Any, **kwargs: Any) -> bytes:
        asked.append(path)
        if path.endswith("0.png"):
            raise error
        return png(1)

    monkeypatch.setattr(type(memory), "cat_file", failing)
    found = reasons(opened("memory://photos"))

    assert found == {"0/0.png": reason}
    assert asked.count("/photos/0/0.png") == requests


def test_every_scheme_of_fsspec_is_claimed() -> None:
    """But for those that lie around another, or are for programs."""
    from fsspec.registry import known_implementations

    others = {
        *("abfs", "az", "gs", "http", "https", "s3", "s3a"),  # by obstore
        *("blockcache", "cached", "filecache", "simplecache", "dir", "libarchive", "reference", "tar", "zip"),
        *("async_wrapper", "asyncwrapper", "asynclocal", "dask", "data", "generic", "pyscript"),
    }
    assert set(known_implementations) - others <= set(filesystems.SCHEMES)


# In all


@pytest.mark.parametrize(
    ("scheme", "package", "extra"),
    [("s3", "obstore", "cloud"), ("https", "obstore", "cloud"), ("sftp", "fsspec", "fsspec")],
)
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, scheme: str, package: str, extra: str) -> None:
    """One line, with the command that installs it."""
    for name in (package, f"{package}.store", f"{package}.core"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(errors.MissingDependencyError) as caught:
        opened(f"{scheme}://host/x")
    assert str(caught.value) == f"reading {scheme}:// locations needs {package}: pip install 'tamis[{extra}]'"


def test_conformance(server: S3, photographs: Path, memory: Any) -> None:
    """No check of the kit fails, in a bucket or elsewhere."""
    (declared,) = plugin.tamis_sources()
    location = uploaded(server, photographs, "kit")
    for where, options in ((location, {"endpoint": server.endpoint}), ("memory://photos", {})):
        results = check_source(declared, location=where, options=options)
        assert [result for result in results if result.status == "failed"] == []
