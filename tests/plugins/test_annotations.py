"""Annotations from several places: beside each other, under other names, and of joined datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Annotations, Dataset, Registry, TaskSchema, errors, read_embeddings, select
from tamis.dataset.combining import Combined
from tamis.dataset.tags import tagged
from tests.plugins.lightly_folder import Folder

DETECTIONS = "object-detection"


def quiet(done: int, total: int) -> None:
    """A host that looks on."""


def box(category: int = 0, score: float = 0.5) -> dict[str, Any]:
    """An object inside an 8 x 6 image."""
    return {"category_id": category, "score": score, "bbox": [1, 1, 2, 2]}


def metadata(folder: Folder, path: str, data_type: str, values: dict[str, Any]) -> None:
    """A field of a folder, by stem."""
    folder.write(
        "metadata/schema.json", [{"name": path, "path": path, "defaultValue": None, "valueDataType": data_type}]
    )
    for stem, value in values.items():
        folder.write(f"metadata/{stem}.json", {"metadata": {path: value}})


def cells(dataset: Dataset, key: str) -> list[Any]:
    """The values of a field, None where there is none."""
    return dataset.annotations.metadata([key], dataset.samples, quiet).columns[key].cells()


@pytest.fixture
def one(tmp_path: Path) -> Folder:
    """Two images, with detections of cars and buses, and a temperature."""
    folder = Folder(tmp_path / "one", "a.png", "b.png")
    folder.task(DETECTIONS, ["car", "bus"], {"a": [box(1), box(0)], "gone": [box()]}, name="objects")
    metadata(folder, "temperature", "NUMERIC_INT", {"a": 2**53 + 1, "b": -4})
    return folder


@pytest.fixture
def two(tmp_path: Path) -> Folder:
    """An image in a folder of its own, with detections of the same."""
    folder = Folder(tmp_path / "two", "sub/a.png")
    folder.task(DETECTIONS, ["car", "bus"], {"sub/a": [box(0, 0.25)]}, name="objects")
    return folder


# Joined datasets


def joined(one: Folder, two: Folder) -> Dataset:
    """Both, the second first."""
    return Dataset.concat({"two": two.dataset, "one": one.dataset})


def test_samples_are_named_by_their_labels(one: Folder, two: Folder) -> None:
    """In the order of the datasets, each as it was."""
    dataset = joined(one, two)

    assert dataset.samples == ("two/sub/a.png", "one/a.png", "one/b.png")
    assert dataset.images is not None
    assert dataset.images.path("two/sub/a.png") == two.root / "sub" / "a.png"
    images = one.dataset.images
    assert images is not None
    assert dataset.images.fingerprint("one/a.png") == f"{images.identity} {images.fingerprint('a.png')}"


def test_predictions_of_one_task_are_put_together(one: Folder, two: Folder) -> None:
    """Rows as the samples are; what belongs to none says where it is."""
    dataset = joined(one, two)
    found = dataset.annotations.predictions("objects", dataset.samples, quiet)

    assert found.counts.tolist() == [1, 2, 0]
    assert found.categories.tolist() == [0, 1, 0]
    assert found.scores.tolist() == [0.25, 0.5, 0.5]
    assert found.orphans == ("one: gone.json",)
    backward = dataset.annotations.predictions("objects", dataset.samples[::-1], quiet)
    assert backward.counts.tolist() == [0, 2, 1]


def test_progress_of_the_parts_is_that_of_one_reading(one: Folder, two: Folder) -> None:
    """It never goes back, and is of all samples."""
    told: list[tuple[int, int]] = []
    dataset = joined(one, two)
    dataset.annotations.predictions("objects", dataset.samples, lambda done, total: told.append((done, total)))

    assert told == [(0, 3), (1, 3)]


def test_a_task_of_one_input_only(one: Folder, two: Folder) -> None:
    """The samples of the other have no prediction, by themselves too."""
    two.task("classification", ["day", "night"], {"sub/a": [{"category_id": 1}]}, name="light")
    two.write("predictions/tasks.json", ["objects", "light"])
    dataset = joined(one, two)
    found = dataset.annotations.predictions("light", dataset.samples, quiet)

    assert set(dataset.annotations.tasks()) == {"objects", "light"}
    assert found.present.tolist() == [True, False, False]
    alone = dataset.subset(["one/a.png", "one/b.png"])
    lacking = alone.annotations.predictions("light", alone.samples, quiet)
    assert lacking.present.tolist() == [False, False]
    assert lacking.schema.category_names == ("day", "night")


@pytest.mark.parametrize("categories", [["car", "van"], ["bus", "car"], ["car"]])
def test_tasks_with_other_categories_are_not_mixed_up(one: Folder, two: Folder, categories: list[str]) -> None:
    """A class that is a car here and a bus there is an error; under another name, both can be had."""
    two.task(DETECTIONS, categories, {"sub/a": [box()]}, name="objects")

    with pytest.raises(errors.PredictionError) as caught:
        joined(one, two).annotations.task("objects")
    assert "task 'objects' of the inputs 'two' and 'one' has another type or other categories" in str(caught.value)
    apart = Dataset.concat({"two": two.dataset.unannotated().annotate("lightly", two.root, "twos"), "one": one.dataset})
    assert set(apart.annotations.tasks()) == {"twos", "objects"}
    assert apart.annotations.predictions("twos", apart.samples, quiet).counts.tolist() == [1, 0, 0]


def test_a_task_that_nobody_has(one: Folder, two: Folder) -> None:
    """The nearest of all inputs is named."""
    with pytest.raises(errors.PredictionError, match=r"no task 'object' in .*Did you mean 'objects'"):
        joined(one, two).annotations.task("object")


def test_metadata_of_one_input_only(one: Folder, two: Folder) -> None:
    """Exact beyond 2**53; those of the other say why they have none, and the other's files are not read."""
    two.write("metadata/sub/a.json", b"no JSON")
    dataset = joined(one, two)
    found = dataset.annotations.metadata(["temperature"], dataset.samples, quiet).columns["temperature"]

    assert found.cells() == [None, 2**53 + 1, -4]
    assert found.reasons == {0: "input 'two' has no metadata 'temperature'"}


def test_metadata_of_both_inputs(one: Folder, two: Folder) -> None:
    """Integers beside numbers are numbers; the labels of categories are those of both."""
    metadata(two, "temperature", "NUMERIC_FLOAT", {"sub/a": 1.5})
    one.write("metadata/a.json", {"metadata": {"temperature": 7}})
    assert cells(joined(one, two), "temperature") == [1.5, 7.0, -4.0]

    metadata(one, "town", "CATEGORICAL_STRING", {"a": "Ulm", "b": "Bern"})
    metadata(two, "town", "CATEGORICAL_STRING", {"sub/a": "Rome"})
    assert cells(joined(one, two), "town") == ["Rome", "Ulm", "Bern"]


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (np.array([2**64 - 1], np.uint64), np.array([3], np.uint64), [2**64 - 1, 3]),
        (np.array([2**62 + 1], np.uint64), np.array([-3], np.int64), [2**62 + 1, -3]),
        (np.array([200], np.uint8), np.array([-3], np.int8), [200, -3]),
        (["a"], ["b"], ["a", "b"]),
        ([None], [5], [None, 5]),
    ],
)
def test_joined_values_are_exact(left: Any, right: Any, expected: list[Any]) -> None:
    """In a type that holds both."""
    images = [np.zeros((2, 2, 3), dtype=np.uint8)]
    parts = {
        label: Dataset.from_images(["x"], images).with_metadata({"v": values})
        for label, values in (("l", left), ("r", right))
    }
    if left == [None]:  # of which nobody can tell what it would be
        with pytest.raises(errors.MetadataError, match="'v' of the input 'l' is a category, and of 'r' a num"):
            Dataset.concat(parts).annotations.fields()
        return
    assert cells(Dataset.concat(parts), "v") == expected


def test_many_categories_in_small_integers() -> None:
    """Labels of several parts need more room than those of each."""
    images = [np.zeros((2, 2, 3), dtype=np.uint8)] * 100
    names = [f"{number}" for number in range(100)]
    parts = {
        label: Dataset.from_images(names, images).with_metadata({"v": [f"{label}{name}" for name in names]})
        for label in ("x", "y", "z")
    }

    assert cells(Dataset.concat(parts), "v") == [f"{label}{name}" for label in ("x", "y", "z") for name in names]


def test_fields_of_two_kinds_are_named_with_both_inputs(one: Folder, two: Folder) -> None:
    """When metadata is looked at."""
    metadata(two, "temperature", "CATEGORICAL_STRING", {"sub/a": "warm"})

    with pytest.raises(errors.MetadataError) as caught:
        joined(one, two).annotations.fields()
    assert "metadata 'temperature' of the input 'two' is a category, and of 'one' a number" in str(caught.value)


def test_tags_of_joined_datasets(one: Folder, two: Folder) -> None:
    """Each tag is that of all inputs that have it, in their order; an empty one is not a missing one."""
    one.write("tags/good.txt", b"b.png\na.png\n")
    two.write("tags/good.txt", b"sub/a.png\n")
    one.write("tags/none.txt", b"")
    dataset = joined(one, two)

    assert set(dataset.annotations.tags()) == {"good", "none"}
    assert tagged(dataset, "good") == ("two/sub/a.png", "one/b.png", "one/a.png")
    assert list(dataset.annotations.tag("none")) == []
    with pytest.raises(errors.DatasetError, match="the tag 'none' is empty: it names 0 samples"):
        tagged(dataset, "none")
    with pytest.raises(errors.DatasetError, match=r"there is no tag 'god'.*Did you mean 'good'"):
        tagged(dataset, "god")
    with pytest.raises(errors.DatasetError, match="the tag 'new' can't be kept: there is no place for tags"):
        dataset.annotations.tag_file("new")


def test_a_joined_dataset_selects(one: Folder, two: Folder) -> None:
    """By predictions of both and metadata of one."""
    entries = [
        {"input": {"type": "METADATA", "key": "temperature"}, "strategy": {"type": "WEIGHTS"}},
        {
            "input": {"type": "PREDICTIONS", "task": "objects", "name": "CLASS_DISTRIBUTION"},
            "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
        },
    ]
    result = select(joined(one, two), {"n_samples": 3, "strategies": entries}, registry=Registry())

    assert result.selected[0] == "one/a.png"
    assert {failure.sample for failure in result.failures} >= {"two/sub/a.png"}


def test_samples_of_no_input_have_nothing(one: Folder, two: Folder) -> None:
    """Annotations may be asked about any name."""
    dataset = joined(one, two)
    samples = ["three/a.png", "one/a.png", "a.png"]

    assert dataset.annotations.predictions("objects", samples, quiet).counts.tolist() == [0, 2, 0]
    found = dataset.annotations.metadata(["temperature"], samples, quiet).columns["temperature"]
    assert found.cells() == [None, 2**53 + 1, None]


def test_vectors_of_the_host_are_joined() -> None:
    """As they are, and never beside images or vectors of another length."""
    left = Dataset.from_embeddings(["a", "b"], [[1, 0], [0, 1]])
    right = Dataset.from_embeddings(["a"], [[0.5, 0.5]])
    dataset = Dataset.concat({"l": left, "r": right})

    assert dataset.samples == ("l/a", "l/b", "r/a")
    assert dataset.vectors is not None
    assert dataset.vectors.tolist() == [[1, 0], [0, 1], [0.5, 0.5]]
    assert dataset.vectors.dtype == np.float32
    assert not dataset.vectors.flags.writeable
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    assert len(select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=Registry()).selected) == 2
    images = Dataset.from_images(["a"], [np.zeros((2, 2, 3), dtype=np.uint8)])
    for other in (images, Dataset.from_embeddings(["a"], [[1, 2, 3]])):
        with pytest.raises(errors.DatasetError, match="inputs can't be joined"):
            Dataset.concat({"l": left, "r": other})


@pytest.mark.parametrize("label", ["", "a/b", ".", ".."])
def test_a_label_that_can_be_none(label: str) -> None:
    """`a/b` would collide with a folder b of the input a."""
    with pytest.raises(errors.DatasetError, match="can't be the label of an input: it is a name without '/'"):
        Dataset.concat({label: Dataset.from_embeddings(["a"], [[1, 2]])})


def test_nothing_can_be_joined_to_nothing() -> None:
    """No samples are none."""
    with pytest.raises(errors.DatasetError, match="the dataset has no samples"):
        Dataset.concat({})


def test_parts_are_those_of_the_joined(one: Folder) -> None:
    """Moved to where the samples are now."""
    import attrs

    left, right = attrs.evolve(one.dataset, parts=(0, 1)), attrs.evolve(one.dataset, parts=(0,))

    assert Dataset.concat({"l": left, "r": right}).parts == (0, 1, 2)


def test_a_joined_dataset_is_opened_again(one: Folder, two: Folder, tmp_path: Path) -> None:
    """From what a result says of it, annotations included."""
    from tamis import Selection

    dataset = joined(one, two).annotate("lightly", one.root, "again")
    entry = {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}}
    select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=Registry()).write(tmp_path / "out")
    found = Selection.read(tmp_path / "out").dataset

    assert found.samples == dataset.samples
    assert set(found.annotations.tasks()) == {"objects", "again"}
    assert found.annotations.predictions("objects", found.samples, quiet).counts.tolist() == [1, 2, 0]


# Several annotations of one dataset


def test_a_single_task_takes_the_name_and_keys_a_prefix(one: Folder) -> None:
    """Those that came along are still there."""
    dataset = one.dataset.annotate("lightly", one.root, "labels")

    assert set(dataset.annotations.tasks()) == {"objects", "labels"}
    assert dataset.annotations.task("labels") == TaskSchema("labels", DETECTIONS, (0, 1), ("car", "bus"))
    found = dataset.annotations.predictions("labels", dataset.samples, quiet)
    assert (found.schema.name, found.counts.tolist()) == ("labels", [2, 0])
    assert set(dataset.annotations.fields()) == {"temperature", "labels.temperature"}
    assert cells(dataset, "labels.temperature") == [2**53 + 1, -4]


def test_each_of_several_tasks_takes_the_name_as_a_prefix(one: Folder) -> None:
    """`name.task`, and no task is called `name`."""
    one.task("classification", ["day", "night"], {"a": [{"category_id": 1}]}, name="light")
    one.write("predictions/tasks.json", ["objects", "light"])
    dataset = one.dataset.unannotated().annotate("lightly", one.root, "l")

    assert list(dataset.annotations.tasks()) == ["l.objects", "l.light"]
    assert dataset.annotations.predictions("l.light", dataset.samples, quiet).present.tolist() == [True, False]
    for unknown in ("l", "light", "l.ligt"):
        with pytest.raises(errors.PredictionError, match=f"no task '{unknown}' in .*l.light"):
            dataset.annotations.task(unknown)
        with pytest.raises(errors.PredictionError, match=f"no task '{unknown}' in .*l.light"):
            dataset.annotations.predictions(unknown, dataset.samples, quiet)
    for unknown in ("temperature", "l.temperatur", "l.l.temperature"):
        with pytest.raises(errors.MetadataError, match=f"no metadata '{unknown}'. Did you mean 'l.temperature'"):
            dataset.annotations.metadata([unknown], dataset.samples, quiet)


@pytest.mark.parametrize("name", ["", "my labels", "é", "a//b", "../x", "lightly", "lightly.x"])
def test_a_name_that_can_be_none(one: Folder, name: str) -> None:
    """Before anything is read."""
    with pytest.raises(errors.DatasetError, match="annotations can't be named "):
        one.dataset.annotate("lightly", one.root, name)


def test_the_same_annotations_twice_are_no_conflict(one: Folder) -> None:
    """As where one names what comes along with the input anyway."""
    dataset = one.dataset.annotate("lightly", one.root).annotate("lightly", one.root)

    assert list(dataset.annotations.tasks()) == ["objects"]
    assert dataset.annotations.task("objects").category_names == ("car", "bus")


def test_two_tasks_of_one_name_are_an_error_where_the_name_is_used(one: Folder, two: Folder) -> None:
    """It says how to tell them apart; what has a name of its own is not concerned."""
    dataset = one.dataset.annotate("lightly", two.root)

    with pytest.raises(errors.PredictionError) as caught:
        dataset.annotations.task("objects")
    assert str(caught.value).startswith(
        f"task 'objects' is in {one.root / '.lightly'} and {two.root / '.lightly'}: give"
    )
    assert cells(dataset, "temperature") == [2**53 + 1, -4]
    again = dataset.with_metadata({"temperature": [1, 2]})
    with pytest.raises(
        errors.MetadataError, match=r"metadata 'temperature' is in .*lightly and memory: give one a name"
    ):
        cells(again, "temperature")


def test_annotations_that_can_not_be_compared_are_kept(one: Folder) -> None:
    """Whatever a plugin's class says to being compared."""

    class Odd(Annotations):
        where = "odd"

        def __eq__(self, other: object) -> bool:
            raise ValueError("the truth value of an array is ambiguous")

        __hash__ = None  # type: ignore[assignment]

    from tamis.dataset.combining import combined

    found = combined([Odd(), Odd(), combined([one.dataset.annotations])])
    assert isinstance(found, Combined)
    assert [part.where for part in found.parts] == ["odd", "odd", str(one.root / ".lightly")]


def test_an_unknown_format_is_named_with_the_nearest(one: Folder) -> None:
    """Or with what there is."""
    with pytest.raises(errors.ConfigError, match=r"no installed plugin has the annotation 'lightli'.*'lightly'"):
        one.dataset.annotate("lightli", one.root)
    with pytest.raises(errors.ConfigError, match=r"no installed plugin has the annotation 'quux'.*lightly"):
        one.dataset.annotate("quux", one.root)


@pytest.mark.parametrize(
    ("where", "message"),
    [("nowhere", "does not exist"), ("a.png", "is not a folder"), (".lightly", "is the one that holds .lightly")],
)
def test_a_lightly_folder_that_is_none(one: Folder, where: str, message: str) -> None:
    """What is there, and what should be."""
    with pytest.raises(errors.DatasetError, match=message):
        one.dataset.annotate("lightly", one.root / where)


def test_no_location_is_no_folder(one: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty text, as from a variable that isn't set, is not the current folder."""
    monkeypatch.chdir(one.root)

    with pytest.raises(errors.DatasetError, match="the lightly folder '' does not exist"):
        one.dataset.annotate("lightly", "")


def test_files_of_vectors_are_those_of_one_dataset(one: Folder, two: Folder) -> None:
    """Their rows are named without labels, so a joined dataset has none."""
    one.write("embeddings/v.csv", b"filenames,embedding_0,labels\na.png,1,\nb.png,2,\n")

    path = one.dataset.annotations.vectors("v.csv")
    assert path is not None
    assert read_embeddings(path, one.dataset.samples).values.tolist() == [[1], [2]]
    assert joined(one, two).annotations.vectors("v.csv") is None
