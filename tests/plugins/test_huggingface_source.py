"""Folders of ``save_to_disk``: what their rows are called, their images, labels and metadata, and what may be wrong."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tamis import Dataset, Registry, Store, compute, errors, select
from tamis.testing import check_source
from tamis_plugins.sources import huggingface as plugin
from tests.conftest import photograph
from tests.plugins.saved_datasets import IMAGE, images_of, save

REGISTRY = Registry.built_in()
KEYS = ["lightly.sharpness", "lightly.width"]
PICTURE = {"image": {"_type": "Image"}}
LABEL = {"names": ["cat", "dog"], "_type": "ClassLabel"}
NUMBER = {"dtype": "int64", "_type": "Value"}
BOX = {"feature": {"dtype": "float32", "_type": "Value"}, "length": 4, "_type": "Sequence"}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Photographs."""
    (tmp_path / "photos").mkdir()
    found = [tmp_path / "photos" / f"{number}.png" for number in range(6)]
    for number, path in enumerate(found):
        photograph(number).save(path)
    return found


def opened(location: Path, **options: Any) -> Dataset:
    """By the source that claims it, or by name where there are options."""
    return Dataset.open(location, registry=REGISTRY, **options)


def cells(dataset: Dataset, *keys: str) -> dict[str, Any]:
    """Metadata of all samples."""
    found = dataset.annotations.metadata(keys, dataset.samples, lambda done, total: None)
    return {key: column.cells() for key, column in found.columns.items()}


def predicted(dataset: Dataset, task: str) -> list[Any]:
    """Of each sample, the category and the box of its objects; None where nothing is known."""
    found = dataset.annotations.predictions(task, dataset.samples, lambda done, total: None)
    assert not found.reasons
    objects = [
        (found.schema.category_names[category], box[:4].tolist())
        for category, box in zip(found.categories.tolist(), found.boxes, strict=True)
    ]
    return [
        objects[start:stop] if there else None
        for start, stop, there in zip(found.offsets[:-1], found.offsets[1:], found.present, strict=True)
    ]


def test_a_folder_needs_no_option(files: list[Path], tmp_path: Path) -> None:
    """It goes before `folder`, and a split is chosen by its name."""
    save(tmp_path / "all" / "train", {"image": images_of(files)}, PICTURE, files=2)
    save(tmp_path / "all" / "test", {"image": images_of(files[:2])}, PICTURE)
    (tmp_path / "all" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    train = opened(tmp_path / "all" / "train")

    assert train.samples == tuple(path.name for path in files)
    assert (train.origin["source"], train.parts) == ("huggingface", (0, 3))
    assert opened(tmp_path / "all", split="test").samples == ("0.png", "1.png")
    with pytest.raises(errors.DatasetError, match=r"all has the splits train, test: say which, split=NAME"):
        opened(tmp_path / "all")
    with pytest.raises(errors.ConfigError, match=r"input\.split: .* has no split 'tset'.*'test'"):
        opened(tmp_path / "all", split="tset")


def test_images_are_read_one_by_one_where_they_lie(
    files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly their bytes, each once; a second run reads none, and needs no library of Hugging Face."""
    from tamis_plugins.huggingface import images

    monkeypatch.setitem(sys.modules, "datasets", None)
    save(tmp_path / "saved", {"n": range(6), "image": images_of(files)}, PICTURE, files=2, batch=2)
    read: list[bytes] = []
    real = images.read_at
    monkeypatch.setattr(images, "read_at", lambda *place: read.append(real(*place)) or read[-1])
    store = Store(tmp_path / "store")
    first = compute(opened(tmp_path / "saved"), KEYS, registry=REGISTRY, store=store)
    assert read == [path.read_bytes() for path in files]
    read.clear()
    second = compute(opened(tmp_path / "saved"), KEYS, registry=REGISTRY, store=store)

    assert read == []
    assert all(first[key].equals(second[key]) for key in KEYS)


def test_images_may_be_bytes_or_elsewhere(files: list[Path], tmp_path: Path) -> None:
    """A column of bytes; and paths, whose common folder is no part of a name."""
    save(tmp_path / "plain", {"png": pa.array([path.read_bytes() for path in files], pa.large_binary())}, {})
    nested = tmp_path / "photos" / "sub" / "6.png"
    nested.parent.mkdir()
    photograph(6).save(nested)
    paths = [{"bytes": None, "path": str(path)} for path in (*files, nested)]
    save(tmp_path / "paths", {"image": pa.array(paths, IMAGE)}, PICTURE)
    plain, elsewhere = (compute(opened(tmp_path / name), KEYS, registry=REGISTRY) for name in ("plain", "paths"))
    expected = compute(Dataset.from_directory(tmp_path / "photos"), KEYS, registry=REGISTRY)

    assert plain.samples == tuple("012345")
    assert elsewhere.samples == expected.samples == (*(path.name for path in files), "sub/6.png")
    assert elsewhere[KEYS[0]].equals(expected[KEYS[0]])
    assert plain[KEYS[0]].values.tolist() == expected[KEYS[0]].values[:6].tolist()


def test_rows_are_named_by_paths_numbers_or_a_column(files: list[Path], tmp_path: Path) -> None:
    """Paths count only if each row has one of its own; names of a column have to."""
    columns = {"image": images_of([*files[:2], files[0]]), "id": ["x", "y", "z"], "place": ["a", "b", "a"]}
    save(tmp_path / "saved", columns, PICTURE)

    assert opened(tmp_path / "saved").samples == ("0", "1", "2")
    assert opened(tmp_path / "saved", column="id").samples == ("x", "y", "z")
    with pytest.raises(errors.DatasetError, match=r"rows 0 and 2 are both called 'a' in column 'place'"):
        opened(tmp_path / "saved", column="place")


def test_other_features_are_metadata(files: list[Path], tmp_path: Path) -> None:
    """ClassLabels by the names of the classes. One that can't be metadata is told when a config names it."""
    columns = {"image": images_of(files[:3]), "label": [1, -1, None], "n": [1, 2, 3], "vector": [[1.0], [2.0], [3.0]]}
    save(tmp_path / "saved", columns, {**PICTURE, "label": LABEL, "n": NUMBER}, files=2)
    dataset = opened(tmp_path / "saved")
    entry = {"input": {"type": "METADATA", "key": "vector"}, "strategy": {"type": "WEIGHTS"}}

    assert cells(dataset, "label", "n") == {"label": ["dog", None, None], "n": [1, 2, 3]}
    with pytest.raises(errors.ConfigError, match=r"key: column 'vector' of .*saved is list<.*double>, which can't be"):
        select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY)


def test_labels_and_objects_are_tasks(files: list[Path], tmp_path: Path) -> None:
    """As one label, several, or objects with boxes, in each of the forms that they are written in."""
    split = {"bbox": [[8, 8, 4, 2], [1, 2, 3, 4]], "category": [1, 0]}
    joined = [{"box": [8, 8, 4, 2], "label": "tree"}, {"box": [1, 2, 3, 4], "label": "car"}]
    columns = {
        "image": images_of(files[:3]),
        "label": [1, -1, None],
        "labels": [[0, 1], [], None],
        "objects": [split, {"bbox": [], "category": []}, None],
        "things": [joined, [], None],
    }
    features = {
        **PICTURE,
        "label": LABEL,
        "labels": {"feature": LABEL, "_type": "List"},
        "objects": {"feature": {"bbox": BOX, "category": LABEL}, "_type": "Sequence"},
        "things": [{"box": BOX, "label": {"dtype": "string", "_type": "Value"}}],
    }
    save(tmp_path / "saved", columns, features, batch=2)
    dataset = opened(tmp_path / "saved")
    nan = [float("nan")] * 4

    assert list(dataset.annotations.tasks()) == ["label", "labels", "objects", "things"]
    assert str(predicted(dataset, "label")) == str([[("dog", nan)], None, None])
    assert str(predicted(dataset, "labels")) == str([[("cat", nan), ("dog", nan)], None, None])
    boxes = [8.0, 8.0, 4.0, 2.0], [1.0, 2.0, 3.0, 4.0]
    assert predicted(dataset, "objects") == [[("dog", boxes[0]), ("cat", boxes[1])], [], None]
    assert predicted(dataset, "things") == [[("tree", boxes[0]), ("car", boxes[1])], [], None]


def test_boxes_that_may_be_corners_are_asked_about(files: list[Path], tmp_path: Path) -> None:
    """Nothing is guessed where all of them could be both."""
    columns = {"image": images_of(files[:1]), "objects": [{"bboxes": [[1, 2, 5, 8]], "categories": [7]}]}
    members = {"bboxes": {"feature": BOX, "_type": "Sequence"}, "categories": {"feature": NUMBER, "_type": "Sequence"}}
    save(tmp_path / "saved", columns, {**PICTURE, "objects": members})

    with pytest.raises(errors.PredictionError, match=r"column 'objects' may be x, y, width and height, or two corners"):
        predicted(opened(tmp_path / "saved"), "objects")
    assert predicted(opened(tmp_path / "saved", boxes="xywh"), "objects") == [[("7", [1.0, 2.0, 5.0, 8.0])]]
    assert predicted(opened(tmp_path / "saved", boxes="corners"), "objects") == [[("7", [1.0, 2.0, 4.0, 6.0])]]


def test_an_object_that_is_wrong_costs_its_sample(files: list[Path], tmp_path: Path) -> None:
    """A box of three numbers, a category that there isn't."""
    good = {"bbox": [[9, 9, 1, 1]], "category": [0]}
    wrong = [
        {"bbox": [[9, 9, 1]], "category": [0]},
        {"bbox": [[9, 9, 1, 1]], "category": [5]},
        {"bbox": [], "category": [0]},
    ]
    members = {"bbox": {"feature": BOX, "_type": "Sequence"}, "category": {"feature": LABEL, "_type": "Sequence"}}
    save(
        tmp_path / "saved", {"image": images_of(files[:4]), "objects": [good, *wrong]}, {**PICTURE, "objects": members}
    )
    dataset = opened(tmp_path / "saved")
    found = dataset.annotations.predictions("objects", dataset.samples, lambda done, total: None)

    assert found.valid.tolist() == [True, False, False, False]
    assert set(found.reasons) == {1, 2, 3}


def test_a_row_without_an_image_costs_itself(files: list[Path], tmp_path: Path) -> None:
    """And one whose image is empty, damaged, or somewhere that is not here."""
    good = files[0].read_bytes()
    rows = [
        {"bytes": good, "path": "a"},
        None,
        {"bytes": None, "path": None},
        {"bytes": b"", "path": "d"},
        {"bytes": None, "path": "hf://datasets/x/e.png"},
        {"bytes": None, "path": str(tmp_path / "gone.png")},
    ]
    save(tmp_path / "saved", {"image": pa.array(rows, IMAGE)}, PICTURE)
    table = compute(opened(tmp_path / "saved"), KEYS, registry=REGISTRY)

    assert table[KEYS[0]].valid.tolist() == [True] + [False] * 5
    assert {failure.sample: failure.reason for failure in table.failures} == {
        "1": "the row has no image",
        "2": "the row has no image",
        "3": "the image is empty",
        "4": "the row has no image, only the name of one: hf://datasets/x/e.png",
        "5": "No such file or directory",
    }


def test_a_file_that_is_cut_off_is_named_and_the_rest_is_used(files: list[Path], tmp_path: Path) -> None:
    """Within a batch, between two, and before the first."""
    paths = save(tmp_path / "saved", {"image": images_of(files)}, PICTURE, files=2, batch=1)
    whole = paths[1].read_bytes()
    for size, left in ((len(whole) - 500, 2), (len(whole) - 8, 3), (100, 0), (0, 0)):
        paths[1].write_bytes(whole[:size])
        dataset = opened(tmp_path / "saved")
        table = compute(dataset, KEYS, registry=REGISTRY)

        assert dataset.samples == tuple(path.name for path in files[: 3 + left])
        assert [failure.sample for failure in dataset.failures] == [paths[1].name]
        assert "cut off" in dataset.failures[0].reason
        assert table[KEYS[0]].valid.all()
    paths[0].unlink()
    with pytest.raises(errors.DatasetError, match=r"has no row\n.*No such file.*\n.*cut off"):
        opened(tmp_path / "saved")


def test_what_is_cut_off_in_the_meantime_costs_its_samples(files: list[Path], tmp_path: Path) -> None:
    """Those that come before are measured; the next run measures again what has changed."""
    (path,) = save(tmp_path / "saved", {"image": images_of(files)}, PICTURE, batch=1)
    dataset = opened(tmp_path / "saved")
    content = path.read_bytes()
    path.write_bytes(content[:-3000])
    store = Store(tmp_path / "store")
    table = compute(dataset, KEYS, registry=REGISTRY, store=store)
    valid = table[KEYS[0]].valid.tolist()
    assert valid == sorted(valid, reverse=True)
    assert 0 < sum(valid) < 6
    path.write_bytes(content)

    assert compute(opened(tmp_path / "saved"), KEYS, registry=REGISTRY, store=store)[KEYS[0]].valid.all()


def test_rows_are_not_taken_for_others_when_a_file_goes(files: list[Path], tmp_path: Path) -> None:
    """A worker that comes to it later says so, in place of counting the rows of what is left."""
    paths = save(tmp_path / "saved", {"image": images_of([files[0]] * 6)}, PICTURE, files=2)
    dataset = opened(tmp_path / "saved")
    paths[0].unlink()

    with pytest.raises(errors.RunError, match="saved has changed since it was listed"):
        compute(dataset, KEYS, registry=REGISTRY, executor="local:jobs=1")


@pytest.mark.parametrize(
    ("columns", "features", "options", "message"),
    [
        ({"x": b"a", "y": b"b"}, {}, {}, r"x, y could be images: say which, image=COLUMN"),
        ({"x": b"a", "y": b"b"}, {"x": {"_type": "Image"}, "y": {"_type": "Image"}}, {}, r"x, y are images: say which"),
        ({"x": b"a", "n": 1}, {}, {"image": "picture"}, r"input\.image: .* has no column 'picture' \(there is n, x\)"),
        ({"x": b"a", "n": 1}, {}, {"image": "n"}, r"input\.image: column 'n' of .* is int64, neither bytes nor"),
        ({"x": b"a", "n": 1}, {}, {"column": "m"}, r"input\.column: .* has no column 'm' \(there is n, x\)"),
        ({"x": b"a", "n": "a\nb"}, {}, {"column": "n"}, r"row 0: 'a\\nb' in column 'n' can't be a name"),
        ({"x": b"a"}, {}, {"split": "train"}, r"input\.split: .* is one dataset, and has no splits"),
        ({"x": b"a"}, {}, {"boxes": "yolo"}, r'input\.boxes: "yolo" is not one of'),
    ],
)
def test_what_is_wrong_with_a_dataset_is_said(
    columns: dict[str, Any], features: dict[str, Any], options: dict[str, str], message: str, tmp_path: Path
) -> None:
    """Before any work."""
    save(tmp_path / "saved", {name: [value] for name, value in columns.items()}, features)
    with pytest.raises(errors.TamisError, match=message):
        opened(tmp_path / "saved", **options)


def test_the_one_image_among_columns_of_bytes_is_found(files: list[Path], tmp_path: Path) -> None:
    """Sounds and other bytes are none, where the features say so; with no image, metadata will do."""
    columns = {"sound": images_of(files), "raw": [b"x"] * 6, "image": images_of(files)}
    save(tmp_path / "saved", columns, {"sound": {"_type": "Audio"}, **PICTURE})
    save(tmp_path / "none", {"sound": images_of(files), "n": range(6)}, {"sound": {"_type": "Audio"}})
    entry = {"input": {"type": "METADATA", "key": "n"}, "strategy": {"type": "WEIGHTS"}}
    selected = select(opened(tmp_path / "none"), {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY).selected

    assert compute(opened(tmp_path / "saved"), KEYS, registry=REGISTRY)[KEYS[0]].valid.all()
    assert opened(tmp_path / "none").images is None
    assert selected == ("5",)


def test_a_folder_that_is_damaged_is_told(tmp_path: Path) -> None:
    """What is no JSON, lists nothing, or isn't there."""
    (path,) = save(tmp_path / "saved", {"n": [1]}, {})

    def told(state: str) -> str:
        (tmp_path / "saved" / "state.json").write_text(state)
        with pytest.raises(errors.DatasetError) as caught:
            opened(tmp_path / "saved")
        return str(caught.value)

    assert "state.json: not JSON" in told("{")
    assert "state.json: not an object" in told("[]")
    assert "its _data_files are no list of files" in told('{"_data_files": 3}')
    assert "has no row" in told('{"_data_files": [{"filename": "gone.arrow"}]}')
    other = save(tmp_path / "other", {"m": [1]}, {})[0]
    shutil.copy(other, tmp_path / "saved" / "other.arrow")
    both = json.dumps({"_data_files": [{"filename": path.name}, {"filename": "other.arrow"}]})
    assert "other.arrow: not the columns of the other files: m, n" in told(both)
    with pytest.raises(errors.DatasetError, match=r"holds neither state\.json nor dataset_dict\.json"):
        Dataset.open(tmp_path, "huggingface", registry=REGISTRY)


def test_compressed_batches_are_refused(files: list[Path], tmp_path: Path) -> None:
    """`save_to_disk` writes none, and an image in one can't be read by itself."""
    (path,) = save(tmp_path / "saved", {"image": images_of(files)}, PICTURE)
    table = pa.ipc.open_stream(path.read_bytes()).read_all()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)

    with pytest.raises(errors.RunError, match=r"its batches are compressed, which save_to_disk doesn't do"):
        compute(opened(tmp_path / "saved"), KEYS, registry=REGISTRY)


def test_conformance(files: list[Path], tmp_path: Path) -> None:
    """No check of the kit fails, with images and without."""
    (declared,) = plugin.tamis_sources()
    save(tmp_path / "a", {"image": images_of(files), "n": range(6)}, PICTURE, files=2)
    save(tmp_path / "b", {"n": range(3)}, {})
    for name in ("a", "b"):
        results = check_source(declared, location=str(tmp_path / name))
        assert [result for result in results if result.status == "failed"] == []
