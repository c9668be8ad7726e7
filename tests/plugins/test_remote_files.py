"""Archives, Parquet and annotations on a server: as those of a folder, no byte more than needed, what may go wrong."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Registry, Store, compute, errors
from tamis.testing import check_source
from tamis_plugins.remote import buckets, files, finding, patience
from tamis_plugins.remote.leaping import LEAP, Leaping
from tamis_plugins.sources import parquet as parquet_source
from tamis_plugins.sources import tar as tar_source
from tests.conftest import photograph
from tests.plugins.servers import S3, Web, ftp, s3, web

pytest.importorskip("obstore")
fsspec = pytest.importorskip("fsspec")
pytest.importorskip("moto")
pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

REGISTRY = Registry.built_in()
KEYS = ("lightly.sharpness", "lightly.sizeInBytes")
COUNT = 12
NAMES = [f"{number:02}.png" for number in range(COUNT)]
WEATHER = ["sunny" if number % 3 else "rainy" for number in range(COUNT)]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials, and no long waits."""
    for name, value in (("ACCESS_KEY_ID", "user"), ("SECRET_ACCESS_KEY", "t0p"), ("REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(patience, "FIRST", 0.01)
    monkeypatch.setattr(patience, "ATTEMPTS", 3)
    monkeypatch.setitem(buckets.TIMES, "read_timeout", "20s")  # of a busy machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise in two archives and in a table of three row groups, with what is known of it."""
    root = tmp_path_factory.mktemp("data")
    (root / "shards").mkdir()
    contents = []
    for number in range(COUNT):
        buffer = io.BytesIO()
        noise = np.random.default_rng(number).integers(0, 256, (150, 150, 3), dtype=np.uint8)
        Image.fromarray(noise).save(buffer, "PNG")
        contents.append(buffer.getvalue())
    for shard in range(2):
        with tarfile.open(root / "shards" / f"s-{shard}.tar", "w") as archive:
            for number in range(6 * shard, 6 * shard + 6):
                beside = json.dumps({"weather": WEATHER[number]}).encode()
                for name, content in ((NAMES[number], contents[number]), (f"{number:02}.json", beside)):
                    member = tarfile.TarInfo(name)
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
    table = {
        "image": [{"bytes": content, "path": name} for content, name in zip(contents, NAMES, strict=True)],
        "weather": WEATHER,
        "other": [os.urandom(30_000).hex() for _ in NAMES],
    }
    parquet.write_table(pa.table(table), root / "t.parquet", row_group_size=4)
    images = [{"id": number, "file_name": name, "width": 150, "height": 150} for number, name in enumerate(NAMES)]
    boxes = [{"image_id": number, "category_id": number % 2, "bbox": [1, 1, 9, 9]} for number in range(COUNT)]
    categories = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    (root / "instances.json").write_text(json.dumps({"images": images, "categories": categories, "annotations": boxes}))
    (root / "results.json").write_text(json.dumps([{**box, "score": 0.5} for box in boxes]))
    rows = [{"file": name, "weather": weather} for name, weather in zip(NAMES, WEATHER, strict=True)]
    (root / "meta.csv").write_text("file,weather\n" + "".join(f"{','.join(row.values())}\n" for row in rows))
    (root / "meta.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pa.Table.from_pylist(rows), root / "meta.parquet")
    with (
        pa.OSFile(str(root / "meta.arrow"), "wb") as sink,
        pa.ipc.new_stream(sink, pa.Table.from_pylist(rows).schema) as to,
    ):
        to.write_table(pa.Table.from_pylist(rows))
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[S3]:
    """It speaks S3, and has the folder in the bucket ``data``."""
    with s3(tmp_path_factory.mktemp("s3")) as found:
        found.put("data", b"")
        for path in folder.rglob("*.*"):
            found.put(f"data/{path.relative_to(folder).as_posix()}", path.read_bytes())
        yield found


@pytest.fixture
def pages(folder: Path) -> Iterator[Web]:
    """It speaks HTTP, and has the folder."""
    with web() as found:
        for path in folder.rglob("*.*"):
            found.contents[path.relative_to(folder).as_posix()] = path.read_bytes()
        yield found


def opened(location: str, source: str | None = None, **options: Any) -> Dataset:
    """What is at a location."""
    return Dataset.open(location, source, registry=REGISTRY, **options)


def same(dataset: Dataset, location: Path, **how: Any) -> bool:
    """Whether names, metrics and metadata are those of files here, bit for bit."""
    local = opened(str(location))
    one, other = compute(dataset, KEYS, registry=REGISTRY, **how), compute(local, KEYS, registry=REGISTRY)
    values = all(np.array_equal(one[key].values, other[key].values) for key in KEYS)
    return one.samples == other.samples and values and not one.failures and weather(dataset) == WEATHER


def weather(dataset: Dataset, key: str = "weather") -> list[Any]:
    """A column of metadata."""
    found = dataset.annotations.metadata((key,), dataset.samples, lambda done, total: None)
    return found.columns[key].cells()


@pytest.mark.parametrize("how", [{"jobs": 1}, {"jobs": 2}, {"executor": "local:jobs=1"}], ids=str)
@pytest.mark.parametrize("what", ["shards/s-{0..1}.tar", "t.parquet"])
def test_results_are_those_of_files_here(server: S3, folder: Path, what: str, how: Any) -> None:
    """Whatever the workers. A URL is claimed by its end, and needs no option but the server's address."""
    source = what.rpartition(".")[2]
    assert same(opened(f"s3://data/{what}", source, endpoint=server.endpoint), folder / what, **how)


@pytest.mark.parametrize(
    ("location", "source", "count"),
    [
        ("s3://data/shards/s-1.tar", "tar", 6),
        ("s3://data/shards/s-*.tar", "tar", 12),
        ("s3://data/*/s-[01].tar", "tar", 12),
        ("s3://data/shards/s-{0,1}.tar", "tar", 12),
        ("s3://data/shards/", "tar", 12),
        ("s3://data", "parquet", "s3://data/t.parquet: not the columns of the other files"),
        ("s3://data/{t,t}.parquet", "parquet", "names a file twice"),
        ("s3://data/shards/x-*.tar", "tar", "'s3://data/shards/x-\\*.tar' matches no file"),
        (
            "s3://data/shards/s-{0..2}.tar",
            "tar",
            r"'s3://data/shards/s-2.tar' can't be read: it is not there \(404\) \(one of",
        ),
        ("s3://data/nothing", "tar", "the folder 's3://data/nothing' holds no file that ends in .tar"),
        ("s3://data/meta.csv", "tar", "s3://data/meta.csv: not a tar archive"),
        ("s3://data/meta.csv", "parquet", "s3://data/meta.csv: not a Parquet file"),
        ("s3://nobody/x.tar", "tar", r"'s3://nobody/x.tar' can't be read: it is not there \(404\)"),
        ("shards", "tar", r"input\.endpoint: is for a URL"),
    ],
)
def test_which_files_a_url_means(server: S3, location: str, source: str, count: int | str) -> None:
    """As of a path: one, a pattern, or those of a folder; or why there is none, in a line."""
    if isinstance(count, int):
        assert len(opened(location, source, endpoint=server.endpoint)) == count
        return
    with pytest.raises((errors.DatasetError, errors.ConfigError), match=count) as caught:
        opened(location, source, endpoint=server.endpoint)
    assert "\n" not in str(caught.value)


def test_of_an_archive_headers_are_read_then_each_image_once(pages: Web, folder: Path) -> None:
    """Listing leaps over images; a pass asks for no byte twice, and a second run, in which all is known, for none."""
    pages.sent.clear()
    dataset = opened(f"{pages.url}/shards/s-{{0..1}}.tar")
    listed = {path: sum(end - start for start, end in parts) for path, parts in pages.sent.items()}
    size = (folder / "shards" / "s-0.tar").stat().st_size
    pages.sent.clear()
    assert same(dataset, folder / "shards" / "s-{0..1}.tar", jobs=2)
    images = {path: [part for part in parts if part[1] - part[0] > 10_000] for path, parts in pages.sent.items()}

    assert len(listed) == 2
    assert max(listed.values()) < size / 8
    for parts in images.values():
        taken = sorted(parts)
        assert all(before[1] <= after[0] for before, after in pairwise(taken))


def test_of_parquet_only_what_is_needed_is_read(pages: Web, folder: Path, tmp_path: Path) -> None:
    """No other column, and each row group once, by one of two workers; by a second run nothing but its end."""
    store = Store(tmp_path / "store")
    columns = parquet.ParquetFile(folder / "t.parquet").metadata
    image = [columns.row_group(number).column(0) for number in range(3)]
    assert image[0].path_in_schema == "image.bytes"
    dataset = opened(f"{pages.url}/t.parquet")
    pages.sent.clear()
    compute(dataset, KEYS, registry=REGISTRY, jobs=2, store=store)
    large = sorted(part for part in pages.sent["t.parquet"] if part[1] - part[0] > 100_000)
    pages.sent.clear()
    again = opened(f"{pages.url}/t.parquet")
    compute(again, KEYS, registry=REGISTRY, store=store)

    assert len(large) == 3
    assert sum(end - start for start, end in large) < sum(each.total_compressed_size for each in image) * 1.05
    assert sum(end - start for start, end in pages.sent["t.parquet"]) < 20_000


@pytest.mark.parametrize("what", ["shards/s-0.tar", "t.parquet"])
def test_what_has_changed_since_it_was_listed_is_named(server: S3, folder: Path, tmp_path: Path, what: str) -> None:
    """It costs its images; the next run lists it anew, and measures them."""
    key = f"data/changing{Path(what).suffix}"
    server.put(key, (folder / what).read_bytes())
    dataset = opened(f"s3://{key}", endpoint=server.endpoint, source=what.rpartition(".")[2])
    server.put(key, (folder / what.replace("s-0", "s-1")).read_bytes() + b"\0" * 512)
    with pytest.raises(errors.RunError, match=f"s3://{key}.* has changed since it was found"):
        compute(dataset, KEYS, registry=REGISTRY)
    server.delete(key)
    with pytest.raises(errors.RunError, match="it is not there"):
        compute(dataset, KEYS, registry=REGISTRY)


@pytest.mark.parametrize(
    ("answer", "reason", "requests"),
    [
        (("status", 403), r"no right to read it with these credentials \(403\)", 1),
        (("status", 503), r"throttled: .* \(503\), at the last attempt too", 3),
        (("drop", 10), "the connection dropped before all of it was there", 3),
    ],
    ids=str,
)
def test_what_goes_wrong_is_told_apart(
    pages: Web, tmp_path: Path, answer: tuple[str, int], reason: str, requests: int
) -> None:
    """It costs the images that were asked for together; the next run goes on with these."""
    dataset = opened(f"{pages.url}/shards/s-0.tar")
    store = Store(tmp_path / "store")
    before = pages.asked["GET", "shards/s-0.tar"]
    pages.answer = lambda path, count: answer
    with pytest.raises(errors.RunError, match=rf"shards/s-0\.tar: .*{reason}"):
        compute(dataset, KEYS, registry=REGISTRY, store=store)
    assert pages.asked["GET", "shards/s-0.tar"] - before == requests
    with pytest.raises(errors.DatasetError, match=r"x\.tar' can't be read: "):
        opened(f"{pages.url}/x.tar")
    pages.answer = lambda path, count: None
    assert compute(dataset, KEYS, registry=REGISTRY, store=store).failures == ()


def test_a_server_that_sends_whole_files_only(pages: Web) -> None:
    """It is said, with what to do; annotations, which are read whole, are read."""
    pages.ranges = False
    for what in ("shards/s-0.tar", "t.parquet"):
        with pytest.raises(errors.DatasetError, match="the server sends whole files only, no parts of one: copy it"):
            opened(f"{pages.url}/{what}")
    dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
    assert weather(dataset.annotate("table", f"{pages.url}/meta.csv", registry=REGISTRY)) == WEATHER
    with pytest.raises(errors.DatasetError, match="Few web servers list what they have: name each"):
        opened(f"{pages.url}/shards/*.tar")


@pytest.mark.parametrize("name", ["meta.csv", "meta.jsonl", "meta.parquet", "meta.arrow"])
def test_a_table_on_a_server(server: S3, name: str) -> None:
    """Of every kind, and fetched once where all of it is needed."""
    dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
    with server.counting() as requests:
        found = weather(dataset.annotate("table", f"s3://data/{name}", registry=REGISTRY, endpoint=server.endpoint))
    assert found == WEATHER
    assert requests[f"GET data/{name}"] == 1 or name.endswith((".parquet", ".arrow"))


def test_coco_on_a_server(server: S3, folder: Path) -> None:
    """Ground truth, and results whose images are in another file there; asked for with the others' options."""
    dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
    truth, results = "s3://data/instances.json", "s3://data/results.json"
    options = {"endpoint": server.endpoint}
    for there, here, more in ((truth, "instances.json", {}), (results, "results.json", {"images_from": truth})):
        local = {"images_from": str(folder / "instances.json")} if more else {}
        one = dataset.annotate("coco", there, registry=REGISTRY, **options, **more)
        other = dataset.annotate("coco", str(folder / here), registry=REGISTRY, **local)
        found, expected = (
            each.annotations.predictions("detection", NAMES, lambda done, total: None) for each in (one, other)
        )
        assert np.array_equal(found.boxes, expected.boxes)
        assert np.array_equal(found.scores, expected.scores)
    with pytest.raises(errors.DatasetError, match=r"'s3://data/none\.json' can't be read: it is not there \(404\)"):
        dataset.annotate("coco", "s3://data/none.json", registry=REGISTRY, **options)
    with pytest.raises(errors.ConfigError, match=r"annotations\.images_from: .*none\.json"):
        dataset.annotate("coco", truth, registry=REGISTRY, **options, images_from="s3://data/none.json")


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory, server: S3) -> Path:
    """Folders with a file of labels for each image, here and in the bucket ``data``."""
    root = tmp_path_factory.mktemp("labelled")
    tasks = {"categories": [{"id": 0, "name": "cat"}], "task_type": "object-detection"}
    fields = [{"name": "W", "path": "weather", "valueDataType": "CATEGORICAL_STRING", "defaultValue": None}]
    files: dict[str, Any] = {
        "yolo/data.yaml": "names: [cat]\npath: ../elsewhere\ntrain: images/train\n",
        "l/.lightly/predictions/tasks.json": ["detection"],
        "l/.lightly/predictions/detection/schema.json": tasks,
        "l/.lightly/metadata/schema.json": fields,
        "l/.lightly/tags/some.txt": "03.png\n04.png\n",
    }
    for number in range(COUNT - 1):  # the last image has no file
        corner, stem = f"<xmin>{number}</xmin><ymin>1</ymin><xmax>20</xmax><ymax>9</ymax>", f"{number:02}"
        box = {"category_id": 0, "bbox": [number, 1, 9, 9], "score": 0.5}
        files |= {
            f"yolo/labels/train/{stem}.txt": f"0 0.5 0.5 0.1 0.{number + 1}\n",
            f"voc/Annotations/{stem}.xml": f"<annotation><object><name>cat</name><bndbox>{corner}</bndbox></object>"
            "</annotation>",
            f"kitti/{stem}.txt": f"cat 0 0 0 {number} 1 20 9 0 0 0 0 0 0 0\n",
            f"l/.lightly/predictions/detection/{stem}.json": {"file_name": NAMES[number], "predictions": [box]},
            f"l/.lightly/metadata/{stem}.json": {"type": "image", "metadata": {"weather": WEATHER[number]}},
        }
    for path, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
        server.put(f"data/labelled/{path}", text.encode())
    return root


def detections(dataset: Dataset, location: str, **options: Any) -> Any:
    """The detections of a folder, as ``FORMAT:LOCATION``."""
    format_, _, place = location.partition(":")
    found = dataset.annotate(format_, place, registry=REGISTRY, **options)
    return found.annotations.predictions("detection", dataset.samples, lambda done, total: None)


@pytest.mark.parametrize(
    ("format_", "place", "options"),
    [
        ("yolo", "yolo", {}),
        ("yolo", "yolo/data.yaml", {}),
        ("yolo", "yolo/labels", {"names": ["cat"]}),
        ("voc", "voc", {}),
        ("kitti", "kitti", {"names": ["cat"]}),
        ("lightly", "l", {}),
    ],
)
def test_folders_of_labels_on_a_server(
    server: S3, labelled: Path, format_: str, place: str, options: dict[str, Any]
) -> None:
    """What is in them is what is in those here; each file is asked for once."""
    dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
    with server.counting() as requests:
        found = detections(dataset, f"{format_}:s3://data/labelled/{place}", endpoint=server.endpoint, **options)
    expected = detections(dataset, f"{format_}:{labelled}/{place}", **options)

    assert found.reasons == expected.reasons == {}
    assert found.counts.tolist() == expected.counts.tolist() == [1] * (COUNT - 1) + [0]
    assert np.array_equal(found.boxes, expected.boxes)
    suffix = {"yolo": ".txt", "voc": ".xml", "kitti": ".txt", "lightly": "[0-9].json"}[format_]
    asked = {key: count for key, count in requests.items() if re.search(f"GET.*{suffix}$", key)}
    assert (len(asked), set(asked.values())) == (COUNT - 1, {1})


def test_what_else_a_lightly_folder_on_a_server_has(server: S3, labelled: Path) -> None:
    """Metadata and tags; a tag isn't added to it."""
    options = {"registry": REGISTRY, "endpoint": server.endpoint}
    dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
    annotations = dataset.annotate("lightly", "s3://data/labelled/l/", **options).annotations
    found = annotations.metadata(("weather",), NAMES, lambda done, total: None).columns["weather"]

    assert found.cells() == [*WEATHER[:-1], None]
    assert (list(annotations.tags()), list(annotations.tag("some"))) == (["some"], ["03.png", "04.png"])
    with pytest.raises(errors.DatasetError, match=r"there is no tag 'more' in s3://data/labelled/l/\.lightly/tags"):
        annotations.tag("more")
    with pytest.raises(errors.DatasetError, match="can't be kept"):
        annotations.tag_file("more")


def test_a_label_file_that_is_gone_costs_its_sample(server: S3, labelled: Path) -> None:
    """So does one that is another by now. It says why."""
    for number in range(3):
        server.put(f"data/gone/{number:02}.txt", b"0 0.5 0.5 0.1 0.1\n")
    dataset = Dataset.from_images(NAMES[:3], [photograph(1)] * 3)
    options = {"registry": REGISTRY, "endpoint": server.endpoint, "names": ["cat"]}
    annotated = dataset.annotate("yolo", "s3://data/gone", **options)
    server.delete("data/gone/00.txt")
    server.put("data/gone/01.txt", b"0 0.5 0.5 0.9 0.9\n")
    found = annotated.annotations.predictions("detection", dataset.samples, lambda done, total: None)

    assert found.reasons == {
        0: "00.txt: can't be read: it is not there (404)",
        1: "01.txt: can't be read: it has changed since it was listed",
    }
    assert found.counts.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("yolo:s3://data/none", "the YOLO folder 's3://data/none' does not exist"),
        ("yolo:s3://data/none/data.yaml", "the file 's3://data/none/data.yaml' does not exist"),
        ("voc:s3://nobucket/x", r"s3://nobucket/x' can't be read: it is not there \(404\)"),
        ("lightly:s3://data/shards", "there is nothing in s3://data/shards/.lightly"),
        ("kitti:https://127.0.0.1:9/x", "can't be read: .*Few web servers list what they have"),
    ],
)
def test_folders_of_labels_that_are_not_there(server: S3, location: str, message: str) -> None:
    """It's said at once."""
    options = {"endpoint": server.endpoint} if "s3:" in location else {}
    with pytest.raises(errors.DatasetError, match=message):
        detections(Dataset.from_images(NAMES, [photograph(1)] * COUNT), location, **options)


@pytest.mark.parametrize("format_", ["yolo", "voc", "kitti", "lightly"])
def test_options_of_urls_are_none_of_paths(labelled: Path, format_: str) -> None:
    """They are refused, not passed over."""
    dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
    with pytest.raises(errors.ConfigError, match=r"annotations\.anonymous: is for a URL"):
        dataset.annotate(format_, labelled / "l", registry=REGISTRY, anonymous=True)


def test_no_secret_is_recorded(pages: Web) -> None:
    """A user and a password in a URL are neither in the origin nor in what an error says."""
    url = pages.url.replace("//", "//user:t0p@")
    dataset = opened(f"{url}/shards/s-{{0..1}}.tar").annotate("table", f"{url}/meta.csv", registry=REGISTRY)
    assert "t0p" not in json.dumps(dataset.origin) + repr(dataset.images)
    pages.contents.clear()
    with pytest.raises(errors.RunError) as caught:
        compute(dataset, KEYS, registry=REGISTRY)
    assert "t0p" not in str(caught.value)
    with pytest.raises(errors.MetadataError) as failed:
        weather(dataset)
    assert "t0p" not in str(failed.value)


@pytest.mark.parametrize("what", ["shards/s-{0..1}.tar", "t.parquet"])
def test_in_the_memory_of_this_process(folder: Path, what: str) -> None:
    """By fsspec, and on threads: other processes have another memory."""
    files = fsspec.filesystem("memory")
    for path in folder.rglob("*.*"):
        files.pipe(f"/all/{path.relative_to(folder).as_posix()}", path.read_bytes())
    assert same(opened(f"memory://all/{what}"), folder / what, jobs=2)
    files.rm("/all", recursive=True)


def test_on_an_ftp_server(folder: Path) -> None:
    """Another scheme of fsspec, with a server of its own: images, archives, tables, annotations."""
    pytest.importorskip("pyftpdlib")
    with ftp(folder) as url:
        for what in ("shards/s-{0..1}.tar", "shards/*.tar", "t.parquet"):
            assert same(opened(f"{url}/{what}"), folder / what.replace("*", "s-*"))
        dataset = Dataset.from_images(NAMES, [photograph(1)] * COUNT)
        assert weather(dataset.annotate("table", f"{url}/meta.csv", registry=REGISTRY)) == WEATHER
        (folder / "some").mkdir()
        (folder / "some" / "01.txt").write_text("0 0.5 0.5 0.1 0.1\n")
        assert detections(dataset, f"yolo:{url}/some", names=["cat"]).counts.tolist() == [0, 1] + [0] * (COUNT - 2)
        with pytest.raises(errors.DatasetError, match=r"ftp://\*\*\*@.*can't be read") as caught:
            opened(f"{url.replace('t0p', 'wr0ng')}/shards/s-0.tar")
        assert "wr0ng" not in str(caught.value)


def test_conformance(server: S3, folder: Path) -> None:
    """No check of the kit fails."""
    for module, what in ((tar_source, "shards/s-{0..1}.tar"), (parquet_source, "t.parquet")):
        (declared,) = module.tamis_sources()
        results = check_source(declared, location=f"s3://data/{what}", options={"endpoint": server.endpoint})
        assert [result for result in results if result.status == "failed"] == []


class _Counted:
    """A content that notes what is asked of it."""

    def __init__(self, content: bytes) -> None:
        self.content, self.asked = content, Counter[int]()

    def size(self) -> int:
        return len(self.content)

    def read(self, start: int, count: int) -> bytes:
        self.asked[count] += 1
        return self.content[start : start + count]


def test_much_is_read_by_several_requests_at_a_time(pages: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """In pieces, which are put together in their order; one that fails is the failure of all."""
    pages.contents["large"] = content = os.urandom(10_500)
    monkeypatch.setattr(files, "PIECE", 1000)
    large = finding.remote_file(f"{pages.url}/large", {})

    assert large.read(250, 10_000) == content[250:10_250]
    assert sorted(pages.sent["large"]) == [(at, at + 1000) for at in range(250, 10_250, 1000)]
    pages.answer = lambda path, count: ("status", 403) if count == 15 else None
    with pytest.raises(PermissionError, match="large: there is no right to read it"):
        large.read(0, 10_500)


def test_requests_grow_while_reading_goes_on() -> None:
    """Small members take few requests, and large ones are leapt over; what is read is what is there."""
    content = np.random.default_rng(0).bytes(3_000_000)
    small, large = _Counted(content), _Counted(content)
    for counted, step in ((small, 1000), (large, LEAP + 5000)):
        file = Leaping(counted)
        for start in range(0, len(content) - 600, step):
            file.seek(start)
            assert file.read(512) == content[start : start + 512]
        file.seek(-10, io.SEEK_END)
        assert file.read() == content[-10:]
        assert file.read(1) == b""
    assert sum(small.asked.values()) < 20
    assert set(large.asked) <= {4096, 512, 10}
