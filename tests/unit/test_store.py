"""The store: what was measured once is not measured again, and what has changed is; nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Registry, Store, Table, compute, errors
from tamis.discovery.code import code_digest
from tamis.measuring.embedding import Embedding
from tamis.measuring.jobs import Job
from tamis.measuring.measure import measure
from tamis.measuring.recipe import Recipe
from tamis.measuring.results import Measurements
from tamis.measuring.run import Run as MeasuringRun
from tamis.measuring.vectors import Boxes, Wanted
from tamis.progress import Monitor
from tests.conftest import Install, metric_module, photograph

KEYS = ["lightly.sharpness", "lightly.width"]


Run = Callable[..., Table]


@pytest.fixture
def run(photographs: Path, tmp_path: Path) -> Run:
    """Compute on the photographs, with a store."""

    def run(keys: Sequence[str] = KEYS, **options: Any) -> Table:
        dataset = Dataset.from_directory(photographs)
        return compute(dataset, keys, registry=Registry(environ=False), store=tmp_path / "store", **options)

    return run


def same(one: Table, other: Table) -> bool:
    """Bit for bit."""
    whole = (one.samples, one.failures, one.columns.keys()) == (other.samples, other.failures, other.columns.keys())
    return whole and all(
        column.values[column.valid].tobytes() == other[key].values[column.valid].tobytes()
        and np.array_equal(column.valid, other[key].valid)
        for key, column in one.columns.items()
    )


def test_a_second_run_opens_no_image(run: Run, counted: Counter[str]) -> None:
    """And gives the very same."""
    first = run()
    assert counted == {"open": 10, "decode": 10}
    counted.clear()

    assert same(run(), first)
    assert not counted


def test_what_changes_is_measured_and_nothing_else(run: Run, photographs: Path, counted: Counter[str]) -> None:
    """One changed file, one new one, one that is gone, one further metric; and a file that is as it was before."""
    run()
    counted.clear()
    shutil.copy2(photographs / "a/0.png", photographs / "before.keep")
    photograph(99, (20, 10)).save(photographs / "a/0.png")
    photograph(98).save(photographs / "b/new.png")
    (photographs / "b/9.png").unlink()
    table = run()
    assert counted == {"open": 2, "decode": 2}
    assert table["lightly.width"].values[0] == 20
    counted.clear()

    run([*KEYS, "lightly.height"])  # the header is known, the key isn't
    assert counted == {"open": 10}
    counted.clear()

    shutil.move(photographs / "before.keep", photographs / "a/0.png")
    assert run()["lightly.width"].values[0] == 48
    assert not counted


def test_content_can_be_hashed_instead(photographs: Path, tmp_path: Path, counted: Counter[str]) -> None:
    """A file that was touched is the same; one of the same size and time isn't."""
    store = Store(tmp_path / "store", fingerprint="sha256")
    dataset = Dataset.from_directory(photographs)
    compute(dataset, KEYS, store=store)
    counted.clear()
    os.utime(photographs / "a/0.png")
    compute(dataset, KEYS, store=store)
    assert not counted

    status = (photographs / "a/1.png").stat()
    content = bytearray((photographs / "a/1.png").read_bytes())
    content[-20] ^= 1
    (photographs / "a/1.png").write_bytes(content)
    os.utime(photographs / "a/1.png", ns=(status.st_atime_ns, status.st_mtime_ns))
    compute(dataset, KEYS, store=store)
    assert counted["open"] == 1


def test_an_upgraded_plugin_is_run_again(
    photographs: Path, tmp_path: Path, install: Install, counted: Counter[str]
) -> None:
    """Its values of another version are not taken for its own; those of others are, and no pixels decoded for them."""
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x"))
    dataset, keys, store = Dataset.from_directory(photographs), ["acme.x", "lightly.snr"], tmp_path / "store"
    first = compute(dataset, keys, store=store)
    assert first["acme.x"].values.tolist() == [1.0] * 10
    shutil.rmtree(tmp_path / "site-packages" / "acme-1.0.dist-info")
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_y"}},
        version="1.1",
        acme_y=metric_module("acme.x", body="return 2.0"),
    )
    counted.clear()
    second = compute(dataset, keys, store=store)

    assert second["acme.x"].values.tolist() == [2.0] * 10
    assert second["lightly.snr"].equals(first["lightly.snr"])
    assert counted == {"open": 10}


@pytest.mark.parametrize(
    ("changed", "origin", "expected", "opened"),
    [
        ("measure.py", "a folder", 12.0, 10),
        ("helper.py", "a folder", 6.0, 10),
        ("measure.py", "no installer", 12.0, 10),
        ("measure.py", "an index", 2.0, 0),
    ],
)
def test_a_plugin_that_was_edited_is_run_again(
    changed: str, origin: str, expected: float, opened: int, photographs: Path, tmp_path: Path, install: Install
) -> None:
    """Under the version that it had: its module or another of its package. Nothing else is; nor is it, unedited.

    What came from an index is known by its version.
    """
    code = (
        "import sys, tamis\n"
        "from PIL.ImageFile import ImageFile\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "opened, real = [], ImageFile.__init__\n"
        "ImageFile.__init__ = lambda *a, **k: opened.append(1) or real(*a, **k)\n"
        "dataset = tamis.Dataset.from_directory(sys.argv[2])\n"
        "keys = ['acme.x', 'lightly.snr']\n"
        "table = tamis.compute(dataset, keys, store=sys.argv[3])\n"
        "print(table['acme.x'].values[0], table['lightly.snr'].values[0], len(opened))\n"
    )

    def run() -> list[float]:
        command = [sys.executable, "-B", "-c", code, str(package.parent), str(photographs), str(tmp_path / "store")]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [float(word) for word in done.stdout.split()]

    install("acme", {"tamis.metrics": {"acme.x": "acme_edited.measure"}})
    package = tmp_path / "site-packages" / "acme_edited"
    if origin == "no installer":  # as when a folder with an egg-info is on the path
        (package.parent / "acme-1.0.dist-info" / "INSTALLER").unlink()
    if origin == "a folder":
        record = {"url": package.parent.as_uri(), "dir_info": {"editable": True}}  # as installers write it
        (package.parent / "acme-1.0.dist-info" / "direct_url.json").write_text(json.dumps(record))
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "helper.py").write_text("ONE = 1.0\n")
    (package / "measure.py").write_text(
        metric_module("acme.x", body="from acme_edited.helper import ONE; return ONE * 2")
    )
    first = run()
    again = run()
    text = (package / changed).read_text()
    (package / changed).write_text(text.replace("1.0", "3.0").replace("* 2", "* 12"))

    assert (first[0], again, run()) == (2.0, [*first[:2], 0], [expected, first[1], opened])


def test_a_plugin_without_files_has_no_code_to_tell_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one in a zip archive, which is known by its version alone; one that is a single file is hashed alone."""
    with zipfile.ZipFile(tmp_path / "acme.zip", "w") as archive:
        archive.writestr("acme_zipped.py", "")
    (tmp_path / "acme_single.py").write_text("X = 1\n")
    (tmp_path / "neighbour.py").write_text("X = 1\n")
    for path in (tmp_path, tmp_path / "acme.zip"):
        monkeypatch.syspath_prepend(str(path))
    for module in ("acme_zipped", "acme_single"):
        import_module(module)
    content = (tmp_path / "acme_single.py").read_bytes()

    assert code_digest("acme_zipped") == code_digest("acme_never_imported") == ""
    assert code_digest("acme_single") == hashlib.sha256(b"acme_single.py:6:" + content).hexdigest()


LOGGING = """
import os
from contextlib import contextmanager
from PIL import Image
from tamis import Images

class Logging(Images):
    shareable = True

    def __init__(self, root, log):
        self.root, self.log = root, log

    def note(self, what, sample):
        with open(self.log, "a") as file:
            file.write(f"{what} {sample}\\n")

    @contextmanager
    def open(self, sample):
        self.note("open", sample)
        with Image.open(f"{self.root}/{sample}") as image:
            decode = image.load
            def load():
                if image.tile:
                    self.note("decode", sample)
                return decode()
            image.load = load
            yield image

    def fingerprint(self, sample):
        return str(os.stat(f"{self.root}/{sample}").st_mtime_ns)
"""


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_open_and_decode_counts(photographs: Path, tmp_path: Path, install: Install, jobs: int) -> None:
    """By image, in every process: once each for all metrics together, and then for what is new and nothing else."""
    install("acme", {}, acme_loader=LOGGING)
    from acme_loader import Logging  # type: ignore[import-not-found]

    log = tmp_path / "log"

    def run(*keys: str) -> Counter[str]:
        log.write_text("")
        names = Dataset.from_directory(photographs).samples
        compute(Dataset(names, Logging(str(photographs), str(log))), keys, jobs=jobs, store=tmp_path / "store")
        return Counter(log.read_text().splitlines())

    def each(what: str, *samples: str) -> Counter[str]:
        return Counter(f"{what} {sample}" for sample in samples)

    names = Dataset.from_directory(photographs).samples
    assert run("lightly.snr", "lightly.contrast") == each("open", *names) + each("decode", *names)
    assert run("lightly.contrast", "lightly.snr") == Counter()
    photograph(99).save(photographs / "a/0.png")
    photograph(98).save(photographs / "new.png")
    (photographs / "b/9.png").unlink()
    assert run("lightly.snr", "lightly.contrast") == each("open", "a/0.png", "new.png") + each(
        "decode", "a/0.png", "new.png"
    )
    names = Dataset.from_directory(photographs).samples
    assert run("lightly.snr", "lightly.width") == each("open", *names)
    assert run("lightly.snr", "lightly.sharpness") == each("open", *names) + each("decode", *names)


def test_plugins_of_the_host_are_not_stored(photographs: Path, tmp_path: Path) -> None:
    """They have no version that could tell one from the next."""
    from tamis import Metric

    dataset, store = Dataset.from_directory(photographs), Store(tmp_path / "store")
    for value in (1.0, 2.0):
        registry = Registry(environ=False)
        registry.register(Metric("host.x", lambda header, value=value: value))
        assert compute(dataset, ["host.x"], registry=registry, store=store)["host.x"].values.tolist() == [value] * 10
    assert {stored.output.name for stored in store.info()} == {"file"}


def test_images_in_memory_are_not_stored(tmp_path: Path) -> None:
    """There is nothing to tell whether one has changed."""
    for value in (10, 200):
        dataset = Dataset.from_images(["a"], [np.full((4, 4, 3), value, dtype=np.uint8)])
        table = compute(dataset, ["lightly.meanRed"], store=tmp_path / "store")
        assert table["lightly.meanRed"].values[0] == pytest.approx(value / 255)


def test_failures_are_kept_and_told_again(run: Run, photographs: Path, counted: Counter[str]) -> None:
    """Torn pixels, no image at all, and an empty file: each is tried once; what the header has is there."""
    torn = (photographs / "a/0.png").read_bytes()
    (photographs / "a/0.png").write_bytes(torn[: len(torn) // 2])
    (photographs / "a/1.png").write_bytes(b"no image")
    (photographs / "a/2.png").write_bytes(b"")
    first = run()
    assert [(f.sample, f.stage) for f in first.failures] == [
        ("a/0.png", "decode"), ("a/1.png", "open"), ("a/2.png", "open")
    ]  # fmt: skip
    assert first["lightly.width"].valid.tolist() == [True, False, False] + [True] * 7
    counted.clear()

    assert same(run(), first)
    more = run([*KEYS, "lightly.snr", "lightly.height"])
    assert counted == {"open": 8, "decode": 7}  # the torn one for its height, those without a header not again
    assert more.failures == first.failures


def test_what_the_system_refuses_is_tried_again(run: Run, photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that can't be read now may be readable later, without any change to show for it."""
    import tamis_plugins.local_files.images

    def refusing(path: str, *args: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(tamis_plugins.local_files.images, "open", refusing, raising=False)
        with pytest.raises(errors.RunError, match="Permission denied"):
            run()

    assert not run().failures


def test_a_plugin_that_fails_is_not_run_again(photographs: Path, tmp_path: Path, install: Install) -> None:
    """Its failure is told again, with the plugin's version; a view that fails is told once."""
    calls = tmp_path / "calls"
    install(
        "acme",
        {"tamis.metrics": {"acme.x": "acme_x", "acme.y": "acme_x"}, "tamis.views": {"acme_v": "acme_v"}},
        acme_x=metric_module("acme.x", "acme.y").replace("(header)", "(acme_v)"),
        acme_v=f"""
from tamis import View, hookimpl
def view(header):
    with open({str(calls)!r}, "a") as file: file.write("x")
    if header.width > 30: raise ValueError("too wide")
    return header
@hookimpl
def tamis_views():
    yield View("acme_v", view)
""",
    )
    photograph(5, (20, 20)).save(photographs / "a/0.png")
    dataset, store = Dataset.from_directory(photographs), tmp_path / "store"
    first = compute(dataset, ["acme.x", "acme.y"], store=store)
    assert len(first.failures) == 9
    assert first.failures[0].reason == "ValueError: too wide (acme 1.0 [acme_v])"

    assert same(compute(dataset, ["acme.x", "acme.y"], store=store), first)
    assert calls.read_text() == "x" * 10


def test_cancelling_keeps_what_is_done(run: Run, photographs: Path, counted: Counter[str]) -> None:
    """And the next run does the rest."""
    stop = threading.Event()

    def progress(at: Any) -> None:
        if at.done:
            stop.set()

    with pytest.raises(errors.Cancelled):
        run(progress=progress, cancel=stop)
    done = counted["open"]
    assert 0 < done < 10

    run()
    assert counted["open"] == 10


@pytest.fixture
def embedded(photographs: Path, tmp_path: Path, install: Install) -> Callable[..., Measurements]:
    """A pass for vectors of images, of tiles and of boxes, with a store, by an installed embedder that counts."""
    install(
        "acme",
        {"tamis.embedders": {"size": "acme_size"}},
        acme_size="""
import numpy as np
from tamis import Embedder, hookimpl
calls = []
def embed(images):
    calls.extend(images)
    return np.array([[*image.shape[:2], image.mean()] for image in images])
@hookimpl
def tamis_embedders():
    yield Embedder("size", embed, dim=3, version="1")
""",
    )

    def run(boxes: Any, rows: int = 2) -> Measurements:
        registry = Registry(environ=False)
        embedding = Embedding.of(registry.embedder("size"), {})
        tiles = Job.of("tiles", registry.task("TILING"), {"num_rows": rows, "num_cols": 1, "overlap": 0})
        wanted = {name: Wanted(embedding, task) for name, task in (("i", None), ("t", "tiles"), ("b", "boxes"))}
        recipe = Recipe.of(["lightly.width"], registry, {"tiles": tiles}, wanted)
        of_boxes = Boxes(np.arange(0, 11), np.array(boxes, dtype=float))
        dataset = Dataset.from_directory(photographs)
        return measure(
            dataset, recipe, MeasuringRun(registry, Monitor(), store=Store(tmp_path / "store")), {"boxes": of_boxes}
        )

    return run


def test_vectors_and_predictions_are_stored(
    embedded: Callable[..., Measurements], counted: Counter[str], tmp_path: Path
) -> None:
    """Those of objects as long as their boxes are the same."""
    import acme_size

    boxes = [[0, 0, 10, 10]] * 9 + [[np.nan] * 4]
    first = embedded(boxes)
    assert len(acme_size.calls) == 10 + 20 + 9
    assert counted == {"open": 10, "decode": 10}
    acme_size.calls.clear()
    counted.clear()

    second = embedded(boxes)
    assert not counted
    assert second.reused == 10
    assert second.objects == first.objects
    for name in ("i", "t", "b"):
        one, other = first.vectors[name], second.vectors[name]
        assert one.values.tobytes() == other.values.tobytes()
        assert np.array_equal(one.valid, other.valid)
        assert np.array_equal(one.dropped, other.dropped)
        assert (one.offsets is None) == (other.offsets is None)
        assert one.offsets is None or np.array_equal(one.offsets, other.offsets)
    assert second.vectors["b"].dropped.tolist() == [0] * 9 + [1]

    boxes[3] = [0, 0, 5, 5]
    third = embedded(boxes)
    assert counted == {"open": 1, "decode": 1}
    assert [image.shape for image in acme_size.calls] == [(5, 5, 3)]
    assert third.vectors["b"].values[3, :2].tolist() == [5, 5]
    acme_size.calls.clear()

    assert embedded(boxes, rows=3).vectors["t"].values.shape == (30, 3)
    assert len(acme_size.calls) == 30

    for part in (tmp_path / "store" / "vectors").rglob("*.npy"):
        part.write_bytes(part.read_bytes()[:-1] + b"\1")
    with pytest.raises(errors.StoreError, match=r"is damaged \(.*npy: its checksum is another\).*tamis store clear"):
        embedded(boxes)


@pytest.mark.parametrize("damage", ["text", "torn", "foreign", "newer", "folder"])
def test_what_is_no_store_is_refused_and_left_alone(run: Run, tmp_path: Path, damage: str) -> None:
    """A damaged file, another program's database, a newer version, a folder of other things: with the way out."""
    folder = tmp_path / "store"
    ledger = folder / "ledger.db"
    if damage == "folder":
        folder.mkdir()
        (folder / "thesis.tex").write_text("years of work")
    elif damage == "foreign":
        folder.mkdir()
        with sqlite3.connect(ledger) as connection:
            connection.execute("CREATE TABLE sample (x)")
        connection.close()
    else:
        run()
        if damage == "newer":
            with sqlite3.connect(ledger) as connection:
                connection.execute("PRAGMA user_version = 99")
            connection.close()
        else:
            ledger.write_bytes(b"text" * 1000 if damage == "text" else ledger.read_bytes()[:5000])
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".db", ".tex")}

    with pytest.raises(errors.StoreError, match=r"name another folder|name a new or an empty folder"):
        run()
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".db", ".tex")} == before


def test_a_damaged_store_can_be_cleared(run: Run, tmp_path: Path) -> None:
    """By name, and then there is none."""
    run()
    (tmp_path / "store/ledger.db").write_bytes(b"text" * 1000)
    Store(tmp_path / "store").clear()

    assert not run().failures


def test_one_run_writes_at_a_time_and_others_read(run: Run, tmp_path: Path, photographs: Path) -> None:
    """A second writer is refused at once; a reader isn't, and sees what was committed."""
    store = Store(tmp_path / "store")
    run()
    with store.writing():
        assert len(store.info()) == 3
        assert not run().failures
        photograph(99).save(photographs / "a/0.png")
        with pytest.raises(errors.StoreError, match="another run is writing to the store") as caught:
            run()
        assert str(caught.value).endswith("; give Store(..., patience=SECONDS) to have a run wait")
        with pytest.raises(errors.StoreError, match=r"or use no store$"):  # which doesn't wait, whatever its patience
            Store(tmp_path / "store", patience=1).clear()
    run()


def test_a_run_may_wait_for_another(run: Run, tmp_path: Path, photographs: Path, counted: Counter[str]) -> None:
    """And then reuses what that has stored."""
    store = Store(tmp_path / "store", patience=20)
    dataset, stages, tables = Dataset.from_directory(photographs), [], []
    with store.writing():

        def progress(at: Any) -> None:
            stages.append(at.stage)
            waiting.set()

        waiting = threading.Event()
        work = lambda: tables.append(compute(dataset, KEYS, store=store, progress=progress))  # noqa: E731
        thread = threading.Thread(target=work)
        thread.start()
        assert waiting.wait(10)
        assert stages == ["waiting"]
    thread.join()

    assert same(tables[0], run())
    assert counted["open"] == 10


def test_an_older_schema_is_brought_up_to_date(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it holds."""
    from tamis.store import ledger

    first = run()
    added = "\n    CREATE TABLE further (x);\n    INSERT INTO further VALUES (5);\n"
    monkeypatch.setattr(ledger, "MIGRATIONS", (*ledger.MIGRATIONS, added))

    assert same(run(), first)
    connection = sqlite3.connect(tmp_path / "store/ledger.db")
    assert connection.execute("SELECT x FROM further").fetchall() == [(5,)]
    assert connection.execute("PRAGMA user_version").fetchone() == (len(ledger.MIGRATIONS),)
    connection.close()


def test_a_store_of_before_checksums_is_begun_anew(run: Run, tmp_path: Path, counted: Counter[str]) -> None:
    """Nothing tells whether what it holds is as it was written: it is measured again, once."""
    first = run()
    ledger = tmp_path / "store/ledger.db"
    ledger.unlink()
    with sqlite3.connect(ledger) as connection:
        connection.executescript(
            """
            CREATE TABLE sample (id INTEGER PRIMARY KEY, name BLOB NOT NULL, fingerprint TEXT NOT NULL);
            CREATE TABLE output (id INTEGER PRIMARY KEY, kind TEXT, name TEXT, identity TEXT);
            CREATE TABLE output_1 (sample INTEGER PRIMARY KEY, value);
            CREATE TABLE "odd""name" (x);
            INSERT INTO output_1 VALUES (1, -5.0);
            PRAGMA application_id = 1952542057;
            PRAGMA user_version = 1;
            """
        )
    connection.close()
    counted.clear()

    assert same(run(), first)
    assert counted["open"] == 10
    assert same(run(), first)
    assert counted["open"] == 10
    assert len(Store(tmp_path / "store").info()) == 3


def test_a_run_that_ended_before_the_store_was_made_leaves_nothing_in_the_way(run: Run, tmp_path: Path) -> None:
    """An empty ledger, as of a process that was killed then."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store/writing.db").touch()
    (tmp_path / "store/ledger.db").touch()

    assert not run().failures
    assert len(Store(tmp_path / "store").info()) == 3


def test_info_failures_and_table(run: Run, photographs: Path, tmp_path: Path) -> None:
    """What the store says about itself."""
    (photographs / "a/0.png").write_bytes(b"")
    run()
    store = Store(tmp_path / "store")

    assert [(s.output.kind, s.output.name, s.rows, s.failed) for s in store.info()] == [
        ("file", "file", 10, 1),
        ("metric", "lightly.sharpness", 9, 0),
        ("metric", "lightly.width", 9, 0),
    ]
    assert [str(failure) for failure in store.failures()] == ["a/0.png: open: the file is empty"]
    table = store.table()
    assert len(table) == 10
    assert table["lightly.width"].cells() == [None] + [48] * 9
    assert table["lightly.width"].values.dtype == np.int64
    assert table.failures == store.failures()
    store.clear(["lightly.width"])
    assert len(store.info()) == 2
    store.clear()
    assert store.info() == ()
    assert not (tmp_path / "store/ledger.db").exists()
    assert Store(tmp_path / "nowhere").info() == ()
    assert not (tmp_path / "nowhere").exists()


def test_names_that_are_no_text_are_stored(tmp_path: Path, counted: Counter[str]) -> None:
    """A file system takes any bytes."""
    folder = tmp_path / "odd"
    folder.mkdir()
    name = os.fsdecode(b"\xff\xfe.png")
    photograph(1).save(folder / "x.png")
    (folder / "x.png").rename(folder / name)
    dataset = Dataset.from_directory(folder)
    for _ in range(2):
        compute(dataset, ["lightly.width"], store=tmp_path / "store")

    assert counted["open"] == 1
    assert Store(tmp_path / "store").table().samples == (name,)
