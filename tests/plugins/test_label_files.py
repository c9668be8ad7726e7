"""YOLO, VOC and KITTI: a label file for each image, against labelformat where that reads them, and by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelformat.formats.kitti import KittiObjectDetectionInput
from labelformat.formats.pascalvoc import PascalVOCObjectDetectionInput
from labelformat.formats.yolov8 import YOLOv8ObjectDetectionInput
from PIL import Image
from pycocotools import mask as coco_masks

from tamis import Dataset, Predictions, Registry, errors, select
from tamis.data.fitting import fitted
from tamis.testing import SAMPLES, check_annotation_format
from tamis_plugins.annotations import kitti, voc, yolo

REGISTRY = Registry(allow=["tamis"], environ=False)
SIZES = {"a.png": (40, 30), "b.png": (64, 48), "c.png": (33, 77)}


def images(folder: Path) -> Path:
    """Of `SIZES`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in SIZES.items():
        Image.new("RGB", size).save(folder / name)
    return folder


def texts(folder: Path, **contents: str) -> Path:
    """Label files by stem."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, content in contents.items():
        (folder / f"{stem}.txt").write_text(content)
    return folder


def read(format_: str, location: Path, samples: Sequence[str], task: str = "detection", **options: Any) -> Predictions:
    """As a run has them."""
    dataset = Dataset.from_images(samples, [np.zeros((2, 2, 3), np.uint8)] * len(samples))
    annotations = dataset.annotate(format_, location, registry=REGISTRY, **options).annotations
    found = annotations.predictions(task, samples, lambda done, total: None)
    return fitted(found, np.array([SIZES[Path(name).name] for name in samples]))


def listed(predictions: Predictions, samples: Sequence[str]) -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    """Categories and boxes (x, y, right, bottom) by the names of images."""
    found: dict[str, list[tuple[str, tuple[float, ...]]]] = {name: [] for name in samples}
    for row, category, (x, y, width, height) in zip(
        predictions.rows, predictions.categories, predictions.boxes.tolist(), strict=True
    ):
        box = tuple(round(number, 6) for number in (x, y, x + width, y + height))
        found[samples[row]].append((predictions.schema.category_names[category], box))
    return found


def by_labelformat(label_input: Any) -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    """The same, by another reader."""
    return {
        Path(label.image.filename).name: [
            (
                each.category.name,
                tuple(round(n, 6) for n in (each.box.xmin, each.box.ymin, each.box.xmax, each.box.ymax)),
            )
            for each in label.objects
        ]
        for label in label_input.get_labels()
    }


YAML = "path: .\ntrain: images/train\nval: images/val\nnames:\n  0: cat\n  1: dog\n"
LABELS = {
    "a": "0 0.5 0.5 0.25 0.5\n1 0.1 0.2 0.1 0.1\n",
    "b": "1 0.25 0.75 0.5 0.333333\n",
    "c": "",
}


def yolo_dataset(root: Path) -> Path:
    """With a description, and all images in train."""
    images(root / "images" / "train")
    texts(root / "labels" / "train", **LABELS)
    (root / "images" / "val").mkdir()
    (root / "labels" / "val").mkdir()
    (root / "data.yaml").write_text(YAML)
    return root / "data.yaml"


@pytest.mark.parametrize("prefix", ["images/train/", "train/", ""])
def test_yolo_boxes_are_those_of_labelformat(prefix: str, tmp_path: Path) -> None:
    """In pixels, whichever folder of the data set the samples are named from."""
    path = yolo_dataset(tmp_path)
    samples = [f"{prefix}{name}" for name in SIZES]
    found = listed(read("yolo", path, samples), samples)

    assert {Path(name).name: objects for name, objects in found.items()} == by_labelformat(
        YOLOv8ObjectDetectionInput(path, "train")
    )


def test_yolo_without_a_description(tmp_path: Path) -> None:
    """A folder of labels, with classes.txt or names; a file without a line is an image without objects."""
    folder = texts(tmp_path / "labels", **LABELS)
    samples = list(SIZES)
    by_names = read("yolo", folder, samples, names=["cat", "dog"])
    (folder / "classes.txt").write_text("cat\ndog\n")
    by_file = read("yolo", tmp_path, samples[::-1])

    assert by_names.counts.tolist() == [2, 1, 0]
    assert by_names.present.all()
    assert by_names.boxes[0].tolist() == [0.375 * 40, 0.25 * 30, 0.25 * 40, 0.5 * 30]
    assert by_file.counts.tolist() == [0, 1, 2]
    assert by_file.orphans == ()


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")  # pycocotools' own
def test_yolo_scores_and_polygons(tmp_path: Path) -> None:
    """A last number is a score; of a polygon, detection has the box around it, segmentation the mask in pixels."""
    points = [0.1, 0.1, 0.9, 0.15, 0.5, 0.8]
    line = " ".join(map(str, [1, *points]))
    folder = texts(tmp_path, a=f"{line}\n", b=f"{line} 0.25\n", c="0 0.5 0.5 0.5 0.5 0.75\n")
    boxes = read("yolo", folder, list(SIZES), names=["cat", "dog"])
    masks = read("yolo", folder, list(SIZES), "segmentation", names=["cat", "dog"])

    assert boxes.scores.tolist() == [1, 0.25, 0.75]
    assert boxes.boxes[0] == pytest.approx([0.1 * 40, 0.1 * 30, 0.8 * 40, 0.7 * 30])
    assert masks.reasons == {2: "c.txt: line 1: 5 numbers after the class, too few for a polygon"}
    for number, (width, height) in enumerate([SIZES["a.png"], SIZES["b.png"]]):
        flat = (np.array(points).reshape(-1, 2) * [width, height]).reshape(-1).tolist()
        expected = coco_masks.decode(coco_masks.frPyObjects([flat], height, width))[..., 0]
        runs = masks.runs[slice(*masks.run_offsets[number : number + 2])]
        assert np.array_equal(np.repeat(np.arange(len(runs)) % 2, runs).reshape(height, width), expected)


def test_yolo_objects_are_cut_out_as_if_they_were_in_pixels(tmp_path: Path) -> None:
    """Their vectors are those of the same boxes in pixels, though sizes aren't known when they are cut out."""
    rng = np.random.default_rng(0)
    names = ["a.png", "b.png", "c.png"]
    for name in names:
        width, height = SIZES[name]
        Image.fromarray(rng.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(tmp_path / name)
    folder = texts(tmp_path / "labels", a="0 0.5 0.5 0.5 0.5\n0 0.25 0.25 0.5 0.5\n", b="0 0.5 0.5 1 1\n", c="")
    dataset = Dataset.open(tmp_path, registry=REGISTRY)
    boxes = {"a.png": [[10, 7.5, 20, 15], [0, 0, 20, 15]], "b.png": [[0, 0, 64, 48]], "c.png": []}
    objects = {name: [{"category_id": 0, "score": 1.0, "bbox": box} for box in found] for name, found in boxes.items()}
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "x"}]}
    config = {
        "n_samples": 2,
        "strategies": [{"input": {"type": "EMBEDDINGS", "task": "detection"}, "strategy": {"type": "DIVERSITY"}}],
    }
    relative = dataset.annotate("yolo", folder, registry=REGISTRY, names=["x"])
    pixels = dataset.with_predictions("detection", schema, objects)
    found, expected = (select(each, config, registry=REGISTRY).columns[0] for each in (relative, pixels))

    assert np.array_equal(found.offsets, expected.offsets)
    assert np.array_equal(found.values, expected.values)


def poses(folder: Path, shape: str, **contents: str) -> Path:
    """Label files with a description that says which keypoints they have."""
    texts(folder / "labels", **contents)
    (folder / "data.yaml").write_text(f"names: [cat, dog]\ntrain: images\nkpt_shape: {shape}\n")
    return folder


def test_lines_of_yolo_poses_are_boxes_with_keypoints(tmp_path: Path) -> None:
    """Labelled ones, visible or not, have confidence 1, others 0; a score and confidences of a model stay."""
    box = "0.5 0.5 0.25 0.5"
    folder = poses(
        tmp_path,
        "[2, 3]",
        a=f"1 {box} 0.1 0.2 2 0 0 0\n0 {box} 0.5 0.5 1 1 1 2\n",
        b=f"0 {box} 0.25 0.5 0.75 0 0 0 0.5\n",
    )
    found = read("yolo", folder, ["a.png", "b.png"], "keypoints")
    boxes = read("yolo", folder, ["a.png", "b.png"], "detection")

    assert found.schema.task_type == "keypoint-detection"
    assert found.categories.tolist() == [1, 0, 0]
    assert found.scores.tolist() == boxes.scores.tolist() == [1, 1, 0.5]
    for each in (found, boxes):
        assert each.boxes.tolist() == [[15, 7.5, 10, 15], [15, 7.5, 10, 15], [24, 12, 16, 24]]
    assert found.keypoint_offsets.tolist() == [0, 2, 4, 6]
    assert found.keypoints == pytest.approx(
        np.array([[4, 6, 1], [0, 0, 0], [20, 15, 1], [40, 30, 1], [16, 24, 0.75], [0, 0, 0]])
    )
    assert len(boxes.keypoints) == 0


def test_keypoints_of_yolo_without_visibility_are_certain(tmp_path: Path) -> None:
    """With 2 numbers each, none is said to be missing."""
    folder = poses(tmp_path, "[4, 2]", a="0 0.5 0.5 0.25 0.5 0.1 0.1 0.2 0.1 0.2 0.2 0.1 0.2\n")
    found = read("yolo", folder, ["a.png"], "keypoints")

    assert found.boxes.tolist() == [[15, 7.5, 10, 15]]
    assert found.keypoints == pytest.approx(np.array([[4, 3, 1], [8, 3, 1], [8, 6, 1], [4, 6, 1]]))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (
            "",
            "a.txt: line 2: 4 numbers after the class, not 10, for a box and 2 keypoints of 3 numbers each",
        ),
        (" 0.1 0.1 0.2 0.2", "a.txt: line 2: 8 numbers after the class, not 10, for a box"),
        (" 0.1 0.1 2 0.2 0.2 2 0.5 0.5", "a.txt: line 2: 12 numbers after the class, not 10, for a box"),
        (" 0.1 0.1 2 0.2 0.2 3", "a.txt: line 2: a visibility is 3, not 0, 1 or 2, nor a confidence from 0 to 1"),
        (" 0.1 0.1 2 0.2 8 2", "a.txt: line 2: 8.0 is not a share of the image's width or height, from 0 to 1"),
    ],
)
@pytest.mark.parametrize("task", ["detection", "keypoints"])
def test_a_line_of_yolo_poses_that_is_none_costs_its_sample(
    values: str, reason: str, task: str, tmp_path: Path
) -> None:
    """Its keypoints are never taken for a polygon, whichever task is wanted."""
    box = "0 0.5 0.5 0.25 0.5"
    folder = poses(tmp_path, "[2, 3]", a=f"{box} 0 0 0 0 0 0\n{box}{values}\n", b="")
    found = read("yolo", folder, ["a.png", "b.png"], task)

    assert (found.valid.tolist(), found.counts.tolist()) == ([False, True], [0, 0])
    assert found.reasons[0].startswith(reason)


def test_the_tasks_of_yolo_are_those_that_its_lines_can_have(tmp_path: Path) -> None:
    """Poses have no outlines, and without kpt_shape nothing says what keypoints there are."""
    posed = poses(tmp_path / "posed", "[1, 2]", a="0 0.5 0.5 0.25 0.5 0.1 0.1\n")
    plain = texts(tmp_path / "plain", a="0 0.5 0.5 0.25 0.5\n")
    dataset = Dataset.from_images(["a.png"], [np.zeros((2, 2, 3), np.uint8)])

    assert list(dataset.annotate("yolo", posed, registry=REGISTRY).annotations.tasks()) == ["detection", "keypoints"]
    with pytest.raises(
        errors.DatasetError,
        match=r"data\.yaml has no task 'segmentation', as kpt_shape says that .* takes detection or keypoints",
    ):
        dataset.annotate("yolo", posed, registry=REGISTRY, task="segmentation")
    with pytest.raises(errors.DatasetError, match=r"plain has no task 'keypoints', as no kpt_shape says what"):
        dataset.annotate("yolo", plain, registry=REGISTRY, task="keypoints", names=["cat"])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("cat 0.5 0.5 0.5 0.5", "line 2: cat 0.5 0.5 0.5 0.5 are not numbers"),
        ("0 0.5 0.5", "line 2: 2 numbers after the class, too few for a box"),
        ("0.5 0.5 0.5 0.5 0.5", "line 2: .* are not the number of a class"),
        ("0 nan 0.5 0.5 0.5", "line 2: .* are not the number of a class"),
        ("7 0.5 0.5 0.5 0.5", "a.txt: line 2: class 7 has no name: names= lists 1 classes, from 0 to 0"),
        ("0 0.5 0.5 0.5 0.5 1.5", "score: 1.5 is greater than the maximum of 1"),
    ],
)
def test_a_wrong_line_costs_its_sample(line: str, reason: str, tmp_path: Path) -> None:
    """With its number; the others are as they were."""
    folder = texts(tmp_path, a=f"0 0.5 0.5 0.5 0.5\n{line}\n", b="0 0.5 0.5 0.5 0.5\n")
    found = read("yolo", folder, ["a.png", "b.png"], names=["x"])

    assert (found.valid.tolist(), found.counts.tolist()) == ([False, True], [0, 1])
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(found.reasons[0])


@pytest.mark.parametrize(
    ("name", "content", "listed"),
    [
        ("data.yaml", "names: {1: cat, 5: dog}\ntrain: images\n", "2 classes, from 1 to 5"),
        ("data.yaml", "names: [cat, dog]\ntrain: images\nkpt_shape: [1, 2]\n", "2 classes, from 0 to 1"),
        ("classes.txt", "cat\ndog\n", "2 classes, from 0 to 1"),
    ],
)
def test_a_class_of_yolo_without_a_name_is_told_with_what_lists_them(
    name: str, content: str, listed: str, tmp_path: Path
) -> None:
    """The label file and the line come first, so that either can be corrected."""
    (tmp_path / name).write_text(content)
    keypoint = " 0.5 0.5" if "kpt_shape" in content else ""
    texts(tmp_path / "labels", a=f"1 0.5 0.5 0.5 0.5{keypoint}\n\n3 0.5 0.5 0.5 0.5{keypoint}\n")
    found = read("yolo", tmp_path, ["a.png"])

    assert found.reasons == {0: f"a.txt: line 3: class 3 has no name: {tmp_path / name} lists {listed}"}


def test_names_of_yolo_classes_are_as_they_are_written(tmp_path: Path) -> None:
    """YAML would take some for booleans, numbers, or times."""
    names = "{0: no, 1: Yes, 2: 1.10, 3: 007, 4: 12:30, 5: 2024-01-01, 6: 7, 7: 'null', 8: été}"
    (tmp_path / "data.yaml").write_text(f"names: {names}\ntrain: images\nval:\n", encoding="utf-8")
    found = read("yolo", texts(tmp_path / "labels", a="0 0.5 0.5 0.5 0.5\n").parent, ["a.png"])

    assert found.schema.category_ids == tuple(range(9))
    assert found.schema.category_names == ("no", "Yes", "1.10", "007", "12:30", "2024-01-01", "7", "null", "été")


def test_two_images_never_share_a_label_file(tmp_path: Path) -> None:
    """Whose it is can't be told: neither has it, and both say why."""
    folder = texts(tmp_path, a="0 0.5 0.5 0.5 0.5\n")
    dataset = Dataset.from_images(["a.png", "a.jpg", "b.png"], [np.zeros((2, 2, 3), np.uint8)] * 3)
    annotations = dataset.annotate("yolo", folder, registry=REGISTRY, names=["x"]).annotations
    found = annotations.predictions("detection", dataset.samples, lambda done, total: None)

    assert found.counts.tolist() == [0, 0, 0]
    assert found.reasons == dict.fromkeys([0, 1], "a.txt would be of another sample, too, of another suffix")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("names: [a]\ntrain: images/train\n", {"split": "val"}, r"has no split 'val'"),
        ("train: images/train\n", {}, r"nothing says what the classes are called"),
        ("names: 3\n", {}, r"names is neither a list nor a mapping"),
        ("names: {a: 1}\n", {}, r"names: 'a' is not an id"),
        ("names: [a]\ntrain: images/gone\n", {}, r"folder of labels '.*labels/gone' does not exist$"),
        ("names: [a]\ntrain: images/gone\nval: images/no\n", {}, r"gone' does not exist: split= takes one of several"),
        ("names: [a, null]\n", {}, r"names: 1 is None, not a name; put one such as null in quotes"),
        ("names: {0: [a]}\n", {}, r"names: 0 is \['a'\], not a name"),
        ("names: {yes: a}\n", {}, r"names: 'yes' is not an id"),
        ("names: [a]\nkpt_shape: 17\n", {}, r"kpt_shape is 17, not the number of keypoints and 2 or 3"),
        ("names: [a]\nkpt_shape: [17, 4]\n", {}, r"kpt_shape is \[17, 4\], not the number"),
        ("- a\n", {}, r"not the description of a data set"),
        ("a: [\n", {}, r"not YAML"),
    ],
)
def test_a_wrong_description_is_said(content: str, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """Before any label is read."""
    (tmp_path / "data.yaml").write_text(content)
    with pytest.raises(errors.DatasetError, match=rf"data\.yaml.*{message}"):
        read("yolo", tmp_path / "data.yaml", ["a.png"], **options)


@pytest.mark.parametrize(
    ("format_", "options"), [("yolo", {"names": ["cat"]}), ("voc", {}), ("voc", {"names": ["cat"]}), ("kitti", {})]
)
def test_a_folder_without_label_files_is_refused(format_: str, options: dict[str, Any], tmp_path: Path) -> None:
    """Most likely another was meant: that of the images, for instance."""
    images(tmp_path / "photos")
    suffix = ".xml" if format_ == "voc" else ".txt"
    with pytest.raises(errors.DatasetError, match=rf"no label file \({suffix}\) below '.*photos'"):
        read(format_, tmp_path / "photos", ["a.png"], **options)


def voc_file(folder: Path, stem: str, *objects: str) -> None:
    """An XML file."""
    folder.mkdir(exist_ok=True)
    width, height = SIZES[f"{stem}.png"]
    size = f"<size><width>{width}</width><height>{height}</height><depth>3</depth></size>"
    text = f"<annotation><filename>{stem}.png</filename>{size}{''.join(objects)}</annotation>"
    (folder / f"{stem}.xml").write_text(text)


def voc_object(name: str, *corners: float, difficult: int = 0) -> str:
    """An element."""
    box = "".join(
        f"<{key}>{value}</{key}>" for key, value in zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    )
    return f"<object><name>{name}</name><difficult>{difficult}</difficult><bndbox>{box}</bndbox></object>"


def test_voc_boxes_are_those_of_labelformat(tmp_path: Path) -> None:
    """The categories are those that occur, in alphabetical order."""
    folder = tmp_path / "Annotations"
    voc_file(folder, "a", voc_object("dog", 1, 2, 30, 20), voc_object("cat", 4.5, 5, 40, 30))
    voc_file(folder, "b", voc_object("dog", 1, 1, 64, 48))
    voc_file(folder, "c")
    found = read("voc", tmp_path, list(SIZES))

    assert found.schema.category_names == ("cat", "dog")
    assert listed(found, list(SIZES)) == by_labelformat(PascalVOCObjectDetectionInput(folder, "cat,dog"))


def test_voc_options(tmp_path: Path) -> None:
    """Difficult objects may be left out, categories be named, and pixels be counted from 1."""
    voc_file(tmp_path, "a", voc_object("dog", 1, 2, 30, 20, difficult=1), voc_object("dog", 1, 1, 40, 30))
    samples = ["x/a.png"]

    assert read("voc", tmp_path, samples).counts.tolist() == [2]
    found = read("voc", tmp_path, samples, difficult=False, names=["cat", "dog"], first=1)
    assert (found.boxes.tolist(), found.categories.tolist()) == ([[0, 0, 40, 30]], [1])
    reasons = read("voc", tmp_path, samples, names=["cat"]).reasons
    assert reasons == {0: "a.xml: 'dog' is none of the categories cat"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("<annotation>", r"a\.xml: not XML: "),
        (
            f"<annotation>{voc_object('x', 1, 1, 2, 2)}{voc_object('', 1, 1, 2, 2)}</annotation>",
            r"a\.xml: object\[1\] has no name",
        ),
        (f"<annotation>{voc_object('x', 9, 1, 2, 2)}</annotation>", r"a\.xml: object\[0\] has no name, or no box"),
        (
            "<annotation><object><name>x</name><bndbox/></object></annotation>",
            r"a\.xml: object\[0\]\.bndbox: .* are not four numbers",
        ),
        (
            f"<annotation>{voc_object('x', 1, 1, 2, 2)}<object><name>x</name></object></annotation>",
            r"a\.xml: object\[1\] has no bndbox, the box that an object needs",
        ),
    ],
)
def test_a_wrong_xml_file_costs_its_sample(content: str, reason: str, tmp_path: Path) -> None:
    """The others are as they were."""
    (tmp_path / "a.xml").write_text(content)
    voc_file(tmp_path, "b", voc_object("dog", 1, 1, 64, 48))
    found = read("voc", tmp_path, ["a.png", "b.png"])

    assert found.valid.tolist() == [False, True]
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(found.reasons[0])


def test_kitti_boxes_are_those_of_labelformat(tmp_path: Path) -> None:
    """What is DontCare is no object here."""
    rest = "1.5 1.6 3.7 -1.0 1.8 46.7 -1.59"
    folder = texts(
        tmp_path / "labels",
        a=f"Car 0.00 0 -1.57 1.5 2.5 20.25 25 {rest}\nPerson sitting 0.5 1 0.1 3 4 10 12 {rest}\n",
        b=f"Car 0.00 0 -1.57 0 0 64 48 {rest}\n",
        c="",
    )
    images(tmp_path / "images")
    expected = by_labelformat(KittiObjectDetectionInput(folder, "Car,Person sitting"))
    with (folder / "c.txt").open("a") as file:
        file.write(f"DontCare -1 -1 -10 1 1 9 9 {rest}\n")

    assert listed(read("kitti", folder, list(SIZES)), list(SIZES)) == expected


def test_where_no_file_has_an_object_the_first_that_is_wrong_is_named(tmp_path: Path) -> None:
    """Most likely they are of another format."""
    texts(tmp_path, a="", b="0 0.5 0.5 0.1 0.1\n", c="0 0.5 0.5 0.1 0.1\n")
    with pytest.raises(
        errors.PredictionError, match=r"no object in any of 3 files; b\.txt: line 1: 0 0\.5 .* is not a ca"
    ):
        read("kitti", tmp_path, ["a.png"])


def test_kitti_results_have_scores(tmp_path: Path) -> None:
    """As a last number, which labelformat takes for the category's; a line that is neither costs its sample."""
    numbers = "0.00 0 -1.57 1 2 20 25 1.5 1.6 3.7 -1.0 1.8 46.7 -1.59"
    folder = texts(tmp_path, a=f"Car {numbers} 0.75\n", b=f"Car {numbers}\nCar 1 2 3\n")
    found = read("kitti", folder, ["a.png", "b.png"])

    assert found.scores.tolist() == [0.75]
    assert found.reasons == {1: "b.txt: line 2: Car 1 2 3 is not a category and 14 numbers, or one more"}


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails."""
    for folder in ("yolo", "voc", "kitti"):
        (tmp_path / folder).mkdir()
    for name in list(SAMPLES.values())[:-1]:
        stem = Path(name).stem
        (tmp_path / "yolo" / f"{stem}.txt").write_text("0 0.5 0.5 0.5 0.5\n")
        (tmp_path / "voc" / f"{stem}.xml").write_text(f"<annotation>{voc_object('cat', 0, 0, 1, 1)}</annotation>")
        (tmp_path / "kitti" / f"{stem}.txt").write_text(f"Car 0 0 0 0 0 1 1 {' 0' * 7}\n")
    (tmp_path / "yolo" / "classes.txt").write_text("cat\n")
    results = [
        result
        for module in (kitti, voc, yolo)
        for declared in module.tamis_annotation_formats()
        for result in check_annotation_format(declared, location=str(tmp_path / declared.name))
    ]

    assert [result for result in results if result.status == "failed"] == []


def test_a_label_file_of_two_images_is_of_neither_wherever_the_images_lie(tmp_path: Path) -> None:
    """By the folder of labels and by the description, whose images lie in a folder below; no image counts as empty."""
    for name in ("images/same.jpg", "images/same.png", "images/own.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8)).save(path)
    (tmp_path / "labels").mkdir()
    for name in ("same", "own"):
        (tmp_path / f"labels/{name}.txt").write_text("0 0.5 0.5 0.2 0.2\n", encoding="utf-8")
    (tmp_path / "data.yaml").write_text("path: .\ntrain: images\nnames: [cat]\n", encoding="utf-8")
    dataset = Dataset.from_directory(tmp_path / "images")
    registry = Registry(environ=False)
    for location in (tmp_path / "data.yaml", tmp_path / "labels"):
        found = dataset.annotate(
            "yolo", location, registry=registry, task="detection", **({} if location.suffix else {"names": ["cat"]})
        ).annotations.predictions("detection", dataset.samples, lambda done, of: None)

        assert sorted(found.reasons) == [dataset.samples.index(name) for name in ("same.jpg", "same.png")]
        assert np.diff(found.offsets).tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("99999999999999999999 0.5 0.5 0.1 0.1", "line 1: class 99999999999999999999 has no name"),
        ("1_0 0.5 0.5 0.1 0.1", "line 1: 1_0 0.5 0.5 0.1 0.1 are not numbers"),
        ("0 0.5 0.5 2.0 0.1", "line 1: 2.0 is not a share of the image's width or height, from 0 to 1"),
        ("0 -0.5 0.5 0.1 0.1", "line 1: -0.5 is not a share of the image's width or height, from 0 to 1"),
        ("0 12 20 30 40", "line 1: 12.0 is not a share of the image's width or height, from 0 to 1"),
        ("0 0 0 1 0 1 1.5", "line 1: 1.5 is not a share of the image's width or height, from 0 to 1"),
    ],
)
def test_a_line_of_yolo_that_is_none_costs_its_sample(line: str, reason: str, tmp_path: Path) -> None:
    """Each number is taken for what is written, and one that is no share is named."""
    found = read("yolo", texts(tmp_path, a=line), ["a.png"], names=["cat"])

    assert reason in found.reasons[0]


def test_shares_off_by_rounding_are_taken(tmp_path: Path) -> None:
    """A box that reaches over the edge by them is one on the edge."""
    found = read("yolo", texts(tmp_path, a="0 0.5 0.5 1.001 1"), ["a.png"], names=["cat"])

    assert found.boxes.tolist() == [[0, 0, *SIZES["a.png"]]]


@pytest.mark.parametrize(
    ("format_", "suffix", "content"),
    [
        ("kitti", "txt", "cat 0 0 0 1_0 20 30 40 0 0 0 0 0 0 0"),
        ("voc", "xml", f"<annotation>{voc_object('x', '1_0', 20, 30, 40)}</annotation>"),
    ],
)
def test_underscores_are_no_part_of_numbers(format_: str, suffix: str, content: str, tmp_path: Path) -> None:
    """Python's own way of writing them is nobody else's."""
    (tmp_path / f"a.{suffix}").write_text(content)
    found = read(format_, tmp_path, ["a.png"], names=["cat", "x"])

    assert "1_0" in found.reasons[0]
