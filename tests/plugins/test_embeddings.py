"""The EMBEDDINGS input: of images, of objects, of other datasets, and of datasets that are vectors and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tamis import (
    Column,
    Dataset,
    Embedder,
    Images,
    Kind,
    Params,
    Registry,
    Selection,
    Strategy,
    Vectors,
    compute,
    errors,
    select,
)

POINTS = [[3.0, 4.0], [0.0, 2.0], [-1.0, 0.0]]


def run(
    dataset: Dataset, seen: list[Column] | None = None, declared: Embedder | None = None, /, **options: Any
) -> Selection:
    """Select all by a strategy that takes anything in space, and shows what it was given.

    Options that `tamis.select` has are for it, the others are the input's.
    """

    def show(column: Column, params: Params) -> Any:
        if seen is not None:
            seen.append(column)
        return np.ones(len(column), dtype=bool)

    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("SHOW", accepts={Kind.VECTOR, Kind.VECTORS, Kind.QUERY}, filter=show))
    if declared:
        registry.register(declared)
    settings = {name: options.pop(name) for name in ("embedder", "normalize", "datasets", "jobs") if name in options}
    config = {
        "proportion_samples": 1,
        "strategies": [{"input": {"type": "EMBEDDINGS", **options}, "strategy": {"type": "SHOW"}}],
    }
    return select(dataset, config, registry=registry, **settings)


def column(dataset: Dataset, declared: Embedder | None = None, /, **options: Any) -> Column:
    """What the strategy was given."""
    seen: list[Column] = []
    run(dataset, seen, declared, **options)
    return seen[0]


def vectors(dataset: Dataset) -> Any:
    """The values of a VECTOR."""
    found = column(dataset)
    assert found.kind is Kind.VECTOR
    return found.values


def mean_color(calls: list[int] | None = None) -> Embedder:
    """The mean of each channel."""

    def embed(images: list[Any]) -> Any:
        if calls is not None:
            calls.append(len(images))
        return np.stack([image.mean(axis=(0, 1)) for image in images])

    return Embedder("mean_color", embed, dim=3, version="1")


def flat(*colors: tuple[int, int, int]) -> Dataset:
    """Images of one colour."""
    return Dataset.from_images(
        [f"{number}.png" for number in range(len(colors))], [Image.new("RGB", (8, 6), color) for color in colors]
    )


def test_the_hosts_own_vectors_are_taken_as_they_are() -> None:
    """In order, as float32, not scaled."""
    found = vectors(Dataset.from_embeddings(["a", "b", "c"], POINTS))

    assert found.dtype == np.float32
    assert found.tolist() == POINTS


def test_the_hosts_own_vectors_are_scaled_on_request() -> None:
    """3, 4 is 5 long."""
    found = vectors(Dataset.from_embeddings(["a", "b", "c"], POINTS, normalize=True))

    assert found == pytest.approx(np.array([[0.6, 0.8], [0, 1], [-1, 0]]))


def test_vectors_of_the_right_type_are_neither_copied_nor_changed() -> None:
    """They may be large, and mapped from a file."""
    array = np.array(POINTS, dtype=np.float32)
    dataset = Dataset.from_embeddings(["a", "b", "c"], array)

    assert np.shares_memory(dataset.vectors, array)  # type: ignore[arg-type]
    assert array.flags.writeable
    assert not dataset.vectors.flags.writeable  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "points", "normalize", "message"),
    [
        (["a"], POINTS, False, "1 names for 3 vectors"),
        (["a", "b", "c"], [[1, 2], [1, np.nan], [1, 2]], False, "the vector of 'b' has a number that is not finite"),
        (["a", "b", "c"], [[1, 2], [1, 2], [1e300, 2]], False, r"of 'c' has the number 1e\+300, too large for float32"),
        (
            ["a", "b", "c"],
            [[0, 0], [1, 2], [1e-200, 0]],
            False,
            "of 'c' has no number above 1e-200, too small for float32",
        ),
        (["a", "b", "c"], [[1, 2], [1, np.inf], [1e300, 2]], False, "the vector of 'b' has a number that is not fin"),
        (["a", "b", "c"], np.ma.array(POINTS, mask=[[0, 1]] * 3), False, "vectors are masked in 3 places: leave those"),
        (["a", "b", "c"], [[1, 2], [0, 0], [1, 2]], True, "the vector of 'b' is zero"),
        (["a", "b", "c"], [1, 2, 3], False, r"vectors are int64 of shape \(3,\)"),
        (["a", "b", "c"], np.zeros((3, 0)), False, r"of shape \(3, 0\)"),
        (["a", "b", "c"], [["x", "y"]] * 3, False, "vectors are <U1"),
        (["a", "a", "c"], POINTS, False, "2 samples named 'a'"),
    ],
)
def test_vectors_that_cannot_be_used_are_refused(names: list[str], points: Any, normalize: bool, message: str) -> None:
    """With the name of the sample."""
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.from_embeddings(names, points, normalize=normalize)


def test_what_needs_an_image_is_refused_where_there_are_vectors_only() -> None:
    """A dataset of vectors has no width."""
    with pytest.raises(errors.DatasetError, match=r"has no images, and lightly\.width has to be measured on them"):
        compute(Dataset.from_embeddings(["a", "b", "c"], POINTS), ["lightly.width"])


@pytest.mark.parametrize(
    ("input_", "problem"),
    [
        ({"dataset_id": "other"}, "input.tag_name: is missing: a query has it beside 'dataset_id'"),
        ({"tag_name": "initial-tag"}, "input.dataset_id: is missing: a query has it beside 'tag_name'"),
        ({"dataset_id": "o", "tag_name": "initial-tag", "task": "t"}, "input.task: a query is of whole images"),
        ({"task": "t"}, "input.task: no task 't'"),
        ({"task": "weather"}, "input.task: object embeddings are of object-detection, keypoint-detection or"),
        ({"datasetId": "o"}, "input.tag_name: is missing"),
        ({"data_set": "o"}, "input.data_set: unknown key"),
    ],
)
def test_what_an_input_cannot_be_is_said_before_any_image_is_opened(
    tmp_path: Path, input_: dict[str, Any], problem: str
) -> None:
    """With its place; the images are not there at all."""
    predictions = tmp_path / ".lightly" / "predictions"
    (predictions / "weather").mkdir(parents=True)
    (predictions / "tasks.json").write_text('["weather"]')
    schema = '{"task_type": "classification", "categories": [{"id": 0, "name": "sunny"}]}'
    (predictions / "weather" / "schema.json").write_text(schema)

    with pytest.raises(errors.ConfigError) as caught:
        run(Dataset.from_files(tmp_path, ["missing.png"]), **input_)
    assert str(caught.value).startswith(f"strategies[0].{problem}")


RED, BLUE, BLACK = (200, 0, 0), (0, 0, 100), (0, 0, 0)


def test_vectors_of_images_have_unit_length_unless_that_is_unwanted() -> None:
    """The mean colours of three images, by hand."""
    images = flat(RED, BLUE, (30, 40, 0))

    assert column(images, mean_color(), embedder="mean_color").values.tolist() == [
        [1, 0, 0],
        [0, 0, 1],
        pytest.approx([0.6, 0.8, 0]),
    ]
    raw = column(images, mean_color(), embedder={"type": "mean_color"}, normalize=False)
    assert raw.values.tolist() == [[200, 0, 0], [0, 0, 100], [30, 40, 0]]


def test_a_zero_vector_has_no_direction_and_costs_its_sample() -> None:
    """Named, with the reason; without scaling it is a vector like any other."""
    selection = run(flat(RED, BLACK), None, mean_color(), embedder="mean_color")

    assert selection.selected == ("0.png",)
    assert [str(failure) for failure in selection.failures] == [
        "1.png: input EMBEDDINGS: its vector is zero, and can't be scaled to unit length"
    ]
    assert len(run(flat(RED, BLACK), None, mean_color(), embedder="mean_color", normalize=False).selected) == 2


def test_an_image_that_cannot_be_read_is_named_once(photographs: Path) -> None:
    """Not a second time because it lacks a vector."""
    (photographs / "a" / "3.png").write_bytes(b"no image")
    selection = run(Dataset.from_directory(photographs))

    assert len(selection.selected) == 9
    assert [failure.stage for failure in selection.failures] == ["open"]


def test_vectors_do_not_depend_on_threads_batches_or_order(photographs: Path) -> None:
    """In one go on one thread, on three, and backwards."""
    dataset = Dataset.from_directory(photographs)
    once = column(dataset).values
    backwards = column(dataset.subset(reversed(dataset.samples))).values

    assert np.array_equal(once, column(dataset, jobs=3).values)
    assert np.array_equal(once, backwards[::-1])
    assert np.array_equal(once[:1], column(dataset.subset(dataset.samples[:1])).values)


def test_the_manifest_says_how_vectors_were_made() -> None:
    """Embedder, version, options, dimensions, and whether they were scaled."""
    manifest = run(flat(RED, BLUE), None, mean_color(), embedder="mean_color", normalize=False).manifest()

    assert manifest["embeddings"] == {
        "embedder": "mean_color",
        "version": "1",
        "options": {},
        "dimensions": 3,
        "normalized": False,
        "subjects": {"EMBEDDINGS": {"task": None, "padding": 0.0, "min_size": 1}},
        "queries": [],
    }
    assert "mean_color" in {plugin["key"] for plugin in manifest["plugins"]}
    assert run(Dataset.from_embeddings("a", [[1, 2]])).manifest()["embeddings"]["embedder"] is None


class Counting(Images):
    """Images in memory that count how often each is opened."""

    shareable = False

    def __init__(self, images: dict[str, Image.Image]) -> None:
        self.images, self.opened = images, Counter[str]()

    def open(self, name: str) -> AbstractContextManager[Image.Image]:
        self.opened[name] += 1
        return nullcontext(self.images[name].copy())


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Dataset, Counting]:
    """Three images with boxes: two in the first, none in the second, one that leaves the image in the third."""
    image = Image.new("RGB", (40, 20), BLACK)
    image.paste(RED, (0, 0, 10, 10))
    image.paste(BLUE, (20, 10, 40, 20))
    boxes = {"a": [[0, 0, 10, 10], [20, 10, 20, 10], [1, 1, 0, 5]], "b": [], "c": [[30, 10, 20, 10]]}
    folder = tmp_path / ".lightly" / "predictions"
    (folder / "cars").mkdir(parents=True)
    (folder / "tasks.json").write_text('["cars"]')
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    (folder / "cars" / "schema.json").write_text(json.dumps(schema))
    for name, found in boxes.items():
        objects = [{"category_id": 0, "bbox": box, "score": 0.5} for box in found]
        document = {"file_name": f"{name}.png", "predictions": objects}
        (folder / "cars" / f"{name}.json").write_text(json.dumps(document))
    source = Counting({f"{name}.png": image for name in boxes})
    return Dataset(tuple(source.images), source).annotate("lightly", tmp_path), source


def test_objects_are_cut_out_and_embedded(scene: tuple[Dataset, Counting]) -> None:
    """Red and blue of the first image, nothing of the second, blue of the third; a box without area is left out."""
    found = column(scene[0], mean_color(), task="cars", embedder="mean_color")

    assert found.kind is Kind.VECTORS
    assert found.offsets is not None
    assert found.offsets.tolist() == [0, 2, 2, 3]
    assert found.values.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]
    notes = run(scene[0], None, mean_color(), task="cars", embedder="mean_color").notes
    assert any(note.startswith("cars.EMBEDDINGS: 1 objects without a box, or less than 1 pixels") for note in notes)


def test_objects_are_cut_out_with_padding_and_from_a_size_on(scene: tuple[Dataset, Counting]) -> None:
    """Twice the size of 10 x 10 at the corner is 15 x 15 within the image: 100 of 225 pixels are red."""
    found = column(scene[0], mean_color(), task="cars", padding=1, min_size=11, embedder="mean_color", normalize=False)

    assert found.values[0].tolist() == pytest.approx([200 * 100 / 225, 0, 0], rel=1e-6)
    assert column(scene[0], mean_color(), task="cars", min_size=11, embedder="mean_color").offsets is not None


def test_instances_of_a_segmentation_are_cut_out_at_their_boxes(
    scene: tuple[Dataset, Counting], tmp_path: Path
) -> None:
    """As detections are; the mask, here of one pixel, has no say."""
    folder = tmp_path / ".lightly" / "predictions" / "cars"
    schema = {"task_type": "instance-segmentation", "categories": [{"id": 0, "name": "car"}]}
    (folder / "schema.json").write_text(json.dumps(schema))
    for name, boxes in {"a": [[0, 0, 10, 10], [20, 10, 20, 10]], "b": [], "c": [[30, 10, 10, 10]]}.items():
        objects = [{"category_id": 0, "bbox": box, "score": 0.5, "segmentation": [0, 1, 799]} for box in boxes]
        (folder / f"{name}.json").write_text(json.dumps({"predictions": objects}))
    found = column(scene[0], mean_color(), task="cars", embedder="mean_color")

    assert found.offsets is not None
    assert found.offsets.tolist() == [0, 2, 2, 3]
    assert found.values.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 1]]


def test_images_are_opened_once_whatever_is_embedded(scene: tuple[Dataset, Counting]) -> None:
    """Images, objects of a task, objects with padding, of tiles, and a metric: one open for each image."""
    dataset, source = scene
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("ALL", accepts=set(Kind), filter=lambda column, params: np.ones(len(column), bool)))
    inputs: list[dict[str, Any]] = [
        {"type": "EMBEDDINGS"},
        {"type": "EMBEDDINGS"},
        {"type": "EMBEDDINGS", "task": "cars"},
        {"type": "EMBEDDINGS", "task": "cars", "padding": 0.5},
        {"type": "EMBEDDINGS", "task": "tiles"},
        {"type": "METADATA", "key": "lightly.snr"},
    ]
    config = {
        "n_samples": 3,
        "auto_tasks": [{"type": "TILING", "name": "tiles", "num_rows": 2, "num_cols": 2}],
        "strategies": [{"input": input_, "strategy": {"type": "ALL"}} for input_ in inputs],
    }
    selection = select(dataset, config, registry=registry)

    assert len(selection.selected) == 3
    assert source.opened == dict.fromkeys(dataset.samples, 1)
    assert selection.columns[0] is selection.columns[1]


def test_a_sample_with_invalid_predictions_is_not_usable(scene: tuple[Dataset, Counting], tmp_path: Path) -> None:
    """It isn't one without objects."""
    dataset, _ = scene
    (tmp_path / ".lightly" / "predictions" / "cars" / "b.json").write_text("{")
    selection = run(dataset, task="cars")

    assert selection.selected == ("a.png", "c.png")
    assert [failure.sample for failure in selection.failures] == ["b.png"]


def test_a_query_is_the_tag_of_another_dataset() -> None:
    """The same embedder, the same scaling; initial-tag is all of it."""
    others = {"good": flat(BLUE, RED, BLUE)}
    found = column(
        flat(RED, (30, 40, 0)),
        mean_color(),
        embedder="mean_color",
        datasets=others,
        dataset_id="good",
        tag_name="initial-tag",
    )

    assert found.kind is Kind.QUERY
    assert found.query is not None
    assert found.query.tolist() == [[0, 0, 1], [1, 0, 0], [0, 0, 1]]
    assert found.values.tolist() == [[1, 0, 0], pytest.approx([0.6, 0.8, 0])]


def test_a_query_may_be_of_vectors(tmp_path: Path) -> None:
    """And of a part of them, which a tag names."""
    tags = tmp_path / ".lightly" / "tags"
    tags.mkdir(parents=True)
    (tags / "the best.txt").write_text("y\ngone\n")
    other = Dataset.from_embeddings(["x", "y"], [[1, 2], [3, 4]]).annotate("lightly", tmp_path)
    own = Dataset.from_embeddings(["a", "b", "c"], POINTS)
    found = column(own, dataset_id="o", tag_name="the best", datasets={"o": other})

    assert found.query is not None
    assert found.query.tolist() == [[3, 4]]
    selection = run(own, dataset_id="o", tag_name="the best", datasets={"o": other})
    assert selection.manifest()["embeddings"]["queries"] == [{"dataset_id": "o", "tag_name": "the best", "samples": 1}]


@pytest.mark.parametrize(
    ("dataset_id", "tag_name", "message"),
    [
        ("goood", "initial-tag", "there is no dataset 'goood'. Did you mean 'good'?"),
        ("good", "initial-tak", "dataset 'good': there is no tag 'initial-tak'. Did you mean 'initial-tag'?"),
        ("good", "empty", "dataset 'good': the tag 'empty' is empty"),
        ("good", "../x", "dataset 'good': there is no tag '../x'"),
    ],
)
def test_a_query_that_cannot_be_is_refused_before_any_image_is_opened(
    tmp_path: Path, dataset_id: str, tag_name: str, message: str
) -> None:
    """With the nearest name."""
    tags = tmp_path / ".lightly" / "tags"
    tags.mkdir(parents=True)
    (tags / "empty.txt").write_text("gone.png\n")
    other = Dataset.from_files(tmp_path, ["missing.png"])
    with pytest.raises(errors.ConfigError) as caught:
        run(other, dataset_id=dataset_id, tag_name=tag_name, datasets={"good": other})
    assert str(caught.value).startswith(f"strategies[0].input.dataset_id: {message}")


def test_vectors_of_different_origin_or_length_are_not_compared() -> None:
    """Own vectors with those of an embedder, and two with three dimensions."""
    own = Dataset.from_embeddings(["a", "b", "c"], POINTS)
    query = {"dataset_id": "o", "tag_name": "initial-tag"}

    with pytest.raises(errors.EmbeddingError, match="the dataset itself has vectors of its own and the other has not"):
        run(own, datasets={"o": flat(RED)}, **query)
    with pytest.raises(errors.EmbeddingError, match="'o' has vectors of its own and the other has not"):
        run(flat(RED), datasets={"o": own}, **query)
    with pytest.raises(errors.EmbeddingError, match="have 3 dimensions, and those of the dataset itself 2"):
        run(own, datasets={"o": Dataset.from_embeddings("x", [[1, 2, 3]])}, **query)


def test_objects_need_an_embedder_that_sees_them(scene: tuple[Dataset, Counting]) -> None:
    """Vectors of whole images that are there already won't do, and that is said before any image is opened."""
    dataset, source = scene

    def lookup(dataset: Dataset, options: Any) -> Vectors:
        return Vectors(np.ones((len(dataset), 2), dtype=np.float32), np.ones(len(dataset), dtype=bool))

    with pytest.raises(errors.EmbeddingError, match="task 'cars' can't be embedded: embedder 'known' has those of im"):
        run(dataset, None, Embedder("known", lookup=lookup), task="cars", embedder="known")
    assert not source.opened


@pytest.mark.parametrize(
    ("embedder", "message"),
    [
        ("descripter", "embedder.type: no installed plugin has the embedder 'descripter'. Did you mean 'descriptor'?"),
        ("", "embedder.type: no installed plugin has the embedder ''"),
        ("descriptor:size=3", "embedder.size: embedder 'descriptor' has no such option"),
        ("files", "embedder.file: is missing"),
        ("files:file", "embedder: 'file' is not OPTION=VALUE"),
        ("files:file=1", "embedder.file: 1 is not a string"),
        ({"type": 3}, "embedder: a choice of embedder is NAME, NAME:OPTION=VALUE,... or an object with 'type'"),
        ({"file": "x"}, "embedder: a choice of embedder is"),
        ('{"type": "files"', "embedder: not JSON"),
    ],
)
def test_an_embedder_that_cannot_be_is_refused(embedder: Any, message: str) -> None:
    """With the path of the option."""
    with pytest.raises(errors.ConfigError) as caught:
        run(flat(RED), embedder=embedder)
    assert any(message in line for line in str(caught.value).splitlines())


def test_options_are_json_or_text() -> None:
    """Lists, numbers, quoted text and plain text; commas within brackets are no end of an option."""
    seen: list[Params] = []
    free: dict[str, Any] = {"properties": {name: {} for name in "abcde"} | {"f": {"default": 7}}}
    embedder = Embedder(
        "free", lambda images: np.ones((len(images), 1)), dim=1, version="1", schema=free, prepare=seen.append
    )
    run(flat(RED), None, embedder, embedder='free:a=[1,2],b=3.5,c=C:\\x=y.onnx,d="1,2",e=true')

    assert seen == [{"a": [1, 2], "b": 3.5, "c": "C:\\x=y.onnx", "d": "1,2", "e": True, "f": 7}]


def test_an_embedder_is_not_touched_where_no_input_needs_it() -> None:
    """A config without EMBEDDINGS runs whatever the embedder is."""
    config = {
        "n_samples": 1,
        "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}],
    }
    selection = select(flat(RED), config, registry=Registry(allow=["tamis"], environ=False), embedder="nonsense")
    assert selection.manifest()["embeddings"] is None


@pytest.mark.parametrize(
    ("embed", "reason"),
    [
        (lambda images: np.ones((len(images), 2)), r"embed returned shape (1, 2) for 1 images of 3 dimensions"),
        (lambda images: np.full((len(images), 3), np.nan), "embed returned a number that is not finite"),
        (lambda images: 1 / 0, "ZeroDivisionError: division by zero"),
    ],
)
def test_what_an_embedder_does_wrong_costs_the_sample_and_names_the_plugin(embed: Any, reason: str) -> None:
    """All of them fail here, so the run does."""
    with pytest.raises(errors.RunError) as caught:
        run(flat(RED), None, Embedder("odd", embed, dim=3, version="1"), embedder="odd")
    assert reason in str(caught.value)
    assert "(in process)" in str(caught.value)
