"""Datasets that a program holds, by the library `datasets` itself; and that folders are read as that writes them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tamis import Dataset, Registry, Selection, Store, compute, errors, select
from tests.conftest import photograph
from tests.plugins.saved_datasets import images_of, save

datasets = pytest.importorskip("datasets")

REGISTRY = Registry.built_in()
KEYS = ["lightly.sharpness", "lightly.luminance"]
CONFIG = {
    "n_samples": 3,
    "strategies": [{"input": {"type": "METADATA", "key": KEYS[0]}, "strategy": {"type": "WEIGHTS"}}],
}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Photographs of two classes, as an image folder."""
    for number in range(6):
        path = tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(number).save(path)
    return tmp_path / "photos"


@pytest.fixture
def loaded(photos: Path, tmp_path: Path) -> Any:
    """As the library loads it: paths of files, and ClassLabels."""
    return datasets.load_dataset("imagefolder", data_dir=str(photos), cache_dir=str(tmp_path / "cache"))["train"]


@pytest.mark.parametrize("form", ["paths", "bytes", "structs", "saved and loaded", "split"])
def test_values_are_those_of_the_files(form: str, photos: Path, loaded: Any, tmp_path: Path) -> None:
    """Bit for bit, undecoded, however the library holds the images; labels are a task and metadata."""
    given, options, expected = loaded, {}, compute(Dataset.from_directory(photos), KEYS)
    if form in ("bytes", "structs"):
        rows = [{"bytes": Path(row["path"]).read_bytes(), "path": row["path"]} for row in undecoded(loaded)]
        plain = {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}
        features = {**loaded.features, "image": datasets.Image() if form == "bytes" else plain}
        given = datasets.Dataset.from_dict(
            {"image": rows, "label": loaded["label"]}, features=datasets.Features(features)
        )
    elif form == "saved and loaded":
        loaded.save_to_disk(tmp_path / "saved", num_shards=2)
        given = datasets.load_from_disk(tmp_path / "saved")
    elif form == "split":
        given, options = datasets.DatasetDict(train=loaded, test=loaded), {"split": "test"}
    dataset = Dataset.open(given, registry=REGISTRY, **options)
    found = compute(dataset, KEYS, registry=REGISTRY, jobs=2)
    label = dataset.annotations.metadata(["label"], dataset.samples, lambda done, total: None).columns["label"]

    names = [Path(name).name if form == "saved and loaded" else name for name in expected.samples]
    assert list(dataset.samples) == names
    assert all(found[key].equals(expected[key]) for key in KEYS)
    assert label.cells() == [Path(name).parent.name for name in expected.samples]
    assert list(dataset.annotations.tasks()) == ["label"]
    assert dataset.origin == {}


def undecoded(loaded: Any) -> list[dict[str, Any]]:
    """Its images as they are stored."""
    return list(loaded.cast_column("image", datasets.Image(decode=False))["image"])


def test_rows_give_the_selected_part_of_it(loaded: Any) -> None:
    """In the order picked; of a shuffled one, too."""
    shuffled = loaded.shuffle(seed=3).select(range(5))
    selection = select(Dataset.open(shuffled, registry=REGISTRY), CONFIG, registry=REGISTRY)
    picked = shuffled.select(selection.rows).add_column("rank", list(selection.ranks.values()))

    assert [Path(row["path"]).name for row in undecoded(picked)] == [Path(name).name for name in selection.selected]
    assert picked["rank"] == [1, 2, 3]


@pytest.mark.parametrize("form", ["object", "folder", "split"])
def test_a_selection_goes_back_to_it(form: str, loaded: Any, tmp_path: Path) -> None:
    """With all columns, in the order picked; from a folder, or a split in one, and after a selection is read, too."""
    shuffled = loaded.shuffle(seed=3)
    given, options = shuffled, {}
    if form == "folder":
        shuffled.save_to_disk(given := str(tmp_path / "saved"), num_shards=2)
    elif form == "split":
        datasets.DatasetDict(train=shuffled, test=loaded).save_to_disk(given := str(tmp_path / "saved"))
        options = {"split": "train"}
    dataset = Dataset.open(given, registry=REGISTRY, **options)
    selection = select(dataset, CONFIG, registry=REGISTRY)
    picked = dataset.to_huggingface(selection)

    assert isinstance(picked, datasets.Dataset)
    assert picked.features == loaded.features
    assert [Path(row["path"]).name for row in undecoded(picked)] == [Path(name).name for name in selection.selected]
    assert picked["label"] == [shuffled["label"][row] for row in selection.rows]
    assert dataset.to_huggingface([dataset.samples[4]])["label"] == [shuffled["label"][4]]
    assert len(dataset.to_huggingface([])) == 0
    assert "to_huggingface" in dir(dataset)
    if form == "folder":
        selection.write(tmp_path / "out")
        again = Selection.read(tmp_path / "out", registry=REGISTRY)
        assert undecoded(again.dataset.to_huggingface(again)) == undecoded(picked)


def test_what_can_not_go_back_is_told(loaded: Any, photos: Path, tmp_path: Path) -> None:
    """Samples that it doesn't have, a folder that is another by now, a dataset of something else."""
    loaded.save_to_disk(tmp_path / "saved")
    dataset = Dataset.open(tmp_path / "saved", registry=REGISTRY)
    with pytest.raises(errors.DatasetError, match="the dataset has no sample 'nobody'"):
        dataset.to_huggingface(["nobody"])
    with pytest.raises(TypeError, match="a collection of names"):
        dataset.to_huggingface("0.png")
    shutil.rmtree(tmp_path / "saved")
    loaded.select(range(5)).save_to_disk(tmp_path / "saved")
    with pytest.raises(errors.DatasetError, match="saved has changed since it was listed"):
        dataset.to_huggingface(dataset.samples)
    (tmp_path / "saved" / "state.json").unlink()
    with pytest.raises(errors.DatasetError, match="saved: the library datasets can't load it"):
        dataset.to_huggingface(dataset.samples)
    with pytest.raises(AttributeError, match="no attribute 'to_huggingface': what it was opened from has no such"):
        Dataset.from_directory(photos).to_huggingface(dataset.samples)


def test_what_the_page_says(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of the page on data run, and pick two of each class."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-data.md").read_text(encoding="utf-8")
    code = page.partition('```python title="pictures.py"\n')[2].partition("```")[0]
    monkeypatch.chdir(photos.parent)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    found: dict[str, Any] = {}
    exec(code, found)

    assert sorted(found["picked"]["label"]) == [0, 0, 1, 1]
    assert found["picked"]["rank"] == [1, 2, 3, 4]


def test_a_second_run_opens_nothing(loaded: Any, tmp_path: Path, counted: Any) -> None:
    """What is stored is found by the library's fingerprint and the file; another dataset is measured anew."""
    store = Store(tmp_path / "store")
    rows = undecoded(loaded)
    rows = [{"bytes": Path(row["path"]).read_bytes(), "path": f"{number}"} for number, row in enumerate(rows)]

    def opened(rows: list[Any], given: Any = None) -> int:
        counted.clear()
        features = datasets.Features({"image": datasets.Image()})
        given = given or datasets.Dataset.from_dict({"image": rows}, features=features)
        compute(Dataset.open(given, registry=REGISTRY), KEYS, registry=REGISTRY, store=store)
        return counted["decode"]

    assert [opened(rows), opened(rows), opened(rows[::-1])] == [6, 0, 6]
    assert [opened([], loaded), opened([], loaded)] == [6, 0]


def test_a_row_without_an_image_costs_itself(loaded: Any, tmp_path: Path) -> None:
    """Null, and a file that is gone."""
    features = datasets.Features({"image": datasets.Image()})
    rows = [undecoded(loaded)[0], None, {"bytes": None, "path": str(tmp_path / "gone.png")}]
    dataset = Dataset.open(datasets.Dataset.from_dict({"image": rows}, features=features), registry=REGISTRY)
    failures = compute(dataset, KEYS, registry=REGISTRY).failures

    assert [(failure.sample, failure.reason) for failure in failures] == [
        ("1", "the row has no image"),
        ("2", "No such file or directory"),
    ]


def test_what_can_not_be_opened_is_told(loaded: Any) -> None:
    """A stream, several splits, none of the name, no row."""
    both = datasets.DatasetDict(a=loaded, b=loaded)
    for given, options, message in (
        (loaded.to_iterable_dataset(), {}, "an IterableDataset has no rows that can be opened by number"),
        (both, {}, "the DatasetDict has the splits a, b: say which, split=NAME"),
        (both, {"split": "c"}, "the DatasetDict has no split 'c'"),
        (loaded, {"split": "a"}, "the Dataset has no splits"),
        (loaded.select([]), {}, "the Dataset has no row"),
    ):
        with pytest.raises((errors.DatasetError, errors.ConfigError), match=message):
            Dataset.open(given, registry=REGISTRY, **options)


def test_folders_of_tests_are_as_the_library_writes_them(photos: Path, tmp_path: Path) -> None:
    """It loads them, and its own have the same parts: so other tests need no library."""
    files = sorted(photos.rglob("*.png"))
    features = datasets.Features({"image": datasets.Image(), "n": datasets.Value("int64")})
    rows = {"image": [str(path) for path in files], "n": list(range(6))}
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(tmp_path / "theirs", num_shards=2)
    save(tmp_path / "ours", {"image": images_of(files), "n": range(6)}, features.to_dict(), files=2)
    theirs, ours = (Dataset.open(tmp_path / name, registry=REGISTRY) for name in ("theirs", "ours"))
    again = datasets.load_from_disk(tmp_path / "ours")

    assert [image.tobytes() for image in again["image"]] == [Image.open(path).tobytes() for path in files]
    assert (theirs.samples, theirs.parts) == (ours.samples, ours.parts)
    for name in theirs.samples:
        with theirs.images.open(name) as one, ours.images.open(name) as other:
            assert one.read() == other.read()
    state, info = (json.loads((tmp_path / "theirs" / f"{name}.json").read_text()) for name in ("state", "dataset_info"))
    assert state["_data_files"] == json.loads((tmp_path / "ours" / "state.json").read_text())["_data_files"]
    assert info["features"] == features.to_dict()
