"""The exports of labels, from a result folder alone: read back by tamis, and by the programs that they are for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree

import numpy as np
import pytest
from labelformat.formats.coco import COCOInstanceSegmentationInput, COCOObjectDetectionInput
from labelformat.formats.cvat import CVATObjectDetectionInput
from labelformat.formats.pascalvoc import PascalVOCObjectDetectionInput
from labelformat.formats.yolov8 import YOLOv8InstanceSegmentationInput, YOLOv8ObjectDetectionInput
from labelformat.model.bounding_box import BoundingBoxFormat
from labelformat.model.object_detection import ObjectDetectionInput
from PIL import Image
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO

from tamis import Dataset, Predictions, Registry, Selection, errors, fitted, select
from tests.plugins.exported import CATEGORIES, HEIGHT, NAMES, labels_of, make_result, pixels_in, read_result, width_of

REGISTRY = Registry(environ=False)
SELECTED = NAMES[1:]
LABELS = [str(category["name"]) for category in CATEGORIES]
IDS = [category["id"] for category in CATEGORIES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a result."""
    folder = tmp_path_factory.mktemp("exports")
    make_result(folder)
    return folder


@pytest.fixture(scope="module")
def selection(folder: Path) -> Selection:
    """Read back."""
    found = read_result(folder)
    assert found.selected == SELECTED
    return found


def read_again(format_: str, target: Path, task: str, samples: Sequence[str] = SELECTED, **options: Any) -> Predictions:
    """By tamis."""
    images = [np.zeros((2, 2, 3), np.uint8)] * len(samples)
    dataset = Dataset.from_images(samples, images).annotate(format_, target, registry=REGISTRY, **options)
    found = dataset.annotations.predictions(task, samples, lambda done, total: None)
    assert not found.reasons
    assert not found.orphans
    return fitted(found, np.array([(width_of(name), HEIGHT) for name in SELECTED]))


def boxes_of(predictions: Predictions) -> list[list[Any]]:
    """Category and box of the objects of each sample."""
    objects = [
        [predictions.schema.category_names[category], *np.round(box, 6).tolist()]
        for category, box in zip(predictions.categories, predictions.boxes, strict=True)
    ]
    return [objects[start:stop] for start, stop in zip(predictions.offsets[:-1], predictions.offsets[1:], strict=True)]


def boxes_by(read: ObjectDetectionInput) -> dict[str, list[list[Any]]]:
    """The same by labelformat, by the names of images."""
    return {
        label.image.filename: [
            [each.category.name, *np.round(each.box.to_format(BoundingBoxFormat.XYWH), 6).tolist()]
            for each in label.objects
        ]
        for label in read.get_labels()
    }


def xml(path: Path) -> ElementTree.Element:
    """The root of a file, which a text can be read as: without a declaration that lxml would refuse."""
    assert not path.read_text("utf-8").startswith("<?xml")
    return ElementTree.parse(path).getroot()  # noqa: S314


#: How XML has a name that it can't hold.
SPELLED = r"line\u2028end\x0b\x85.png"
#: Picks the widest first.
WIDEST = {
    "n_samples": 1,
    "strategies": [{"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}}],
}
#: What was given.
BOXES = {
    name: [[LABELS[IDS.index(each["category_id"])], *map(float, each["bbox"])] for each in labels_of(name)]
    for name in SELECTED
}


def test_coco(selection: Selection, tmp_path: Path) -> None:
    """Boxes and outlines are those that were given: by tamis, by labelformat, and, pixel by pixel, by pycocotools."""
    target = tmp_path / "out.json"
    assert selection.export("coco", target, task="segmentation") == (f"12 objects of 7 images -> {target}",)

    assert boxes_of(read_again("coco", target, "detection")) == list(BOXES.values())
    assert boxes_by(COCOObjectDetectionInput(target)) == BOXES
    official = COCO(target)
    assert [image["file_name"] for image in official.loadImgs([*range(1, 8)])] == list(SELECTED)
    for rank, name in enumerate(SELECTED, start=1):
        found = official.loadAnns(official.getAnnIds(rank))
        given = labels_of(name)
        assert [annotation["segmentation"] for annotation in found] == [each["segmentation"] for each in given]
        for annotation, each in zip(found, given, strict=True):
            inside = np.any([pixels_in(ring, width_of(name)) for ring in each["segmentation"]], axis=0)
            assert annotation["area"] == pytest.approx(inside.sum(), abs=12)
            assert annotation["iscrowd"] == 0
    outlines = {label.image.filename: label.objects for label in COCOInstanceSegmentationInput(target).get_labels()}
    assert [len(outlines[name]) for name in SELECTED] == [2] * 6 + [0]


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")  # pycocotools' own
def test_coco_of_masks_keypoints_and_scores(tmp_path: Path) -> None:
    """Run lengths are those of pycocotools, the box is around them; keypoints are visible or not; scores are kept."""
    mask = np.zeros((6, 8), np.uint8)
    mask[2:5, 3:7] = 1
    mask[2, 3] = 0
    changes = np.flatnonzero(np.diff(np.concatenate([[0], mask.reshape(-1), [2]])))
    runs = np.diff(np.concatenate([[0], changes])).tolist()
    dataset = Dataset.from_images(["a.png"], [np.zeros((6, 8, 3), np.uint8)])
    schema = {"task_type": "semantic-segmentation", "categories": [{"id": 0, "name": "road"}]}
    dataset = dataset.with_predictions("roads", schema, [[{"category_id": 0, "score": 0.5, "segmentation": runs}]])
    schema = {"task_type": "keypoint-detection", "categories": [{"id": 0, "name": "person"}]}
    points = [1, 2, 0.5, 5, 4, 0.25, 7, 5, 0]
    dataset = dataset.with_predictions("people", schema, [[{"category_id": 0, "score": 1, "keypoints": points}]])
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(dataset, config, registry=REGISTRY)
    with pytest.raises(errors.ConfigError, match=r"^export\.task: is needed: there are the tasks roads, people"):
        selection.export("coco", tmp_path / "none")
    assert not (tmp_path / "none").exists()

    selection.export("coco", tmp_path / "roads.json", task="roads")
    official = COCO(tmp_path / "roads.json")
    (found,) = official.loadAnns(official.getAnnIds(1))
    assert official.annToMask(found).tolist() == mask.tolist()
    assert found["bbox"] == coco_masks.toBbox(coco_masks.encode(np.asfortranarray(mask))).tolist()
    assert (found["area"], found["score"]) == (mask.sum(), 0.5)

    selection.export("coco", tmp_path / "people.json", task="people")
    (found,) = json.loads((tmp_path / "people.json").read_text())["annotations"]
    assert found["keypoints"] == [1, 2, 2, 5, 4, 2, 0, 0, 0]
    assert (found["num_keypoints"], found["bbox"]) == (2, [1, 2, 4, 2])
    assert "score" not in found


@pytest.mark.parametrize("images", ["copy", "none"])
def test_yolo(images: str, selection: Selection, folder: Path, tmp_path: Path) -> None:
    """The folder is a dataset with its labels: by tamis; by labelformat, which reads it as trainings do."""
    target = tmp_path / "out"
    notes = selection.export("yolo", target, task="detection", images=images)
    assert notes == (f"7 images -> {target}",)

    assert boxes_of(read_again("yolo", target / "data.yaml", "detection")) == list(BOXES.values())
    lines = [line for path in target.glob("labels/**/*.txt") for line in path.read_text().splitlines()]
    assert len(lines) == 12
    assert all(0 <= float(value) <= 1 for line in lines for value in line.split()[1:])
    if images == "copy":
        assert boxes_by(YOLOv8ObjectDetectionInput(target / "data.yaml", "train")) == BOXES
        for name in SELECTED:
            assert (target / "images" / name).read_bytes() == (folder / "photos" / name).read_bytes()
    else:
        assert not (target / "images").exists()


def test_yolo_of_outlines(selection: Selection, tmp_path: Path) -> None:
    """Two rings are one polygon, with a bridge that encloses nothing."""
    selection.export("yolo", tmp_path / "out", task="segmentation")
    read = YOLOv8InstanceSegmentationInput(tmp_path / "out" / "data.yaml", "train")
    found = {label.image.filename: label.objects for label in read.get_labels()}

    for name in SELECTED:
        for each, given in zip(found[name], labels_of(name), strict=True):
            (polygon,) = each.segmentation.polygons
            bridged = pixels_in(np.round(polygon, 9).reshape(-1).tolist(), width_of(name))
            rings = [pixels_in(ring, width_of(name)) for ring in given["segmentation"]]
            assert (bridged == np.any(rings, axis=0)).all()


def test_voc(selection: Selection, folder: Path, tmp_path: Path) -> None:
    """An XML file for each image, in its folder; of all that labelformat reads, which is what is in no folder."""
    target = tmp_path / "out"
    assert selection.export("voc", target, task="detection") == (f"7 images -> {target}",)

    assert boxes_of(read_again("voc", target, "detection", names=[LABELS[0], LABELS[1]])) == list(BOXES.values())
    read = boxes_by(PascalVOCObjectDetectionInput(target / "Annotations", ",".join(LABELS)))
    spelled = BOXES | {SPELLED: BOXES["line\u2028end\x0b\x85.png"]}
    assert len(read) == 4  # of three, a part is a folder
    assert read == {name: spelled[name] for name in read}
    assert SPELLED in read
    assert xml(target / "Annotations" / "a.b.c.xml").findtext("filename") == "a.b.c.png"
    listed = (target / "ImageSets/Main/selected.txt").read_bytes().decode().split("\n")
    assert listed == [*(name.removesuffix(".png") for name in SELECTED), ""]
    for name in SELECTED:
        assert (target / "JPEGImages" / name).read_bytes() == (folder / "photos" / name).read_bytes()


def test_cvat(selection: Selection, tmp_path: Path) -> None:
    """Boxes as labelformat reads them; polygons with their points."""
    target = tmp_path / "out.xml"
    selection.export("cvat", target, task="detection")
    found = boxes_by(CVATObjectDetectionInput(target))
    assert list(found.values()) == list(BOXES.values())
    assert [name for name in found if name not in SELECTED] == [SPELLED]

    selection.export("cvat", target, task="segmentation", force=True)
    images = xml(target).findall("image")
    points = [[polygon.get("points") for polygon in image.findall("polygon")] for image in images]
    assert points[0] == [
        "4.0,4.0;14.5,4.0;14.5,12.0;4.0,12.0",
        "20.0,10.0;25.0,20.0;15.0,20.0",
        "1.0,2.0;10.0,2.0;1.0,22.0",
    ]
    assert (images[0].get("width"), images[0].get("height")) == ("59", "30")


def test_labelstudio(selection: Selection, tmp_path: Path) -> None:
    """A task for each image, whose address leads to it; regions in percent, of tags that the configuration has."""
    target = tmp_path / "tasks.json"
    notes = selection.export("labelstudio", target, task="detection")
    assert notes == (f"labeling configuration -> {tmp_path}/tasks.xml", f"7 tasks -> {target}")

    tasks = json.loads(target.read_text())
    assert [task["data"]["sample"] for task in tasks] == list(SELECTED)
    assert [task["data"]["rank"] for task in tasks] == [*range(1, 8)]
    addresses = [urlparse(f"http://host{task['data']['image']}") for task in tasks]
    assert [parse_qs(address.query)["d"] for address in addresses] == [[name] for name in SELECTED]
    assert {(address.path, address.fragment) for address in addresses} == {("/data/local-files/", "")}
    configured = xml(tmp_path / "tasks.xml")
    drawn = configured.find("RectangleLabels")
    assert drawn is not None
    assert [label.get("value") for label in drawn] == LABELS
    image = configured.find("Image")
    assert image is not None
    assert image.get("value") == "$image"
    for name, task in zip(SELECTED, tasks, strict=True):
        (prediction,) = task["predictions"]
        assert prediction["model_version"] == "detection"
        boxes = []
        for region in prediction["result"]:
            value, wide, high = region["value"], region["original_width"], region["original_height"]
            assert (wide, high) == (width_of(name), HEIGHT)
            assert (region["from_name"], region["to_name"]) == (drawn.get("name"), image.get("name"))
            sides = ((value["x"], wide), (value["y"], high), (value["width"], wide), (value["height"], high))
            boxes.append([*value["rectanglelabels"], *(round(part * side / 100, 6) for part, side in sides)])
        assert boxes == BOXES[name]
        assert len({region["id"] for region in prediction["result"]}) == len(boxes)


def test_labelstudio_of_outlines_and_of_images_only(selection: Selection, tmp_path: Path) -> None:
    """A polygon for each ring; and without predictions nothing but addresses below the root that was given."""
    selection.export("labelstudio", tmp_path / "a.json", task="segmentation")
    regions = json.loads((tmp_path / "a.json").read_text())[0]["predictions"][0]["result"]
    assert [region["type"] for region in regions] == ["polygonlabels"] * 3
    points = np.array(regions[1]["value"]["points"]) * [0.59, 0.3]
    assert points == pytest.approx(np.array([[20, 10], [25, 20], [15, 20]]))

    notes = selection.export("labelstudio", tmp_path / "b", predictions=False, root="s3://bucket/in/")
    assert notes == (f"7 tasks -> {tmp_path}/b",)
    tasks = json.loads((tmp_path / "b").read_text())
    assert [task["data"]["image"] for task in tasks] == [f"s3://bucket/in/{name}" for name in SELECTED]
    assert all(task.keys() == {"data"} for task in tasks)
    assert not (tmp_path / "b.xml").exists()


@pytest.mark.parametrize("format_", ["yolo", "voc"])
def test_two_images_never_share_a_label_file(format_: str, tmp_path: Path) -> None:
    """They are named, with what helps; numbered, each has its own."""
    images = [np.zeros((4, 4 + number, 3), np.uint8) for number in range(2)]
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "cat"}]}
    objects = [[{"category_id": 0, "score": 0.5, "bbox": [0, 0, 2, 2 + number]}] for number in range(2)]
    dataset = Dataset.from_images(["x/a.png", "x/a.bmp"], images).with_predictions("cats", schema, objects)
    width = {"type": "METADATA", "key": "lightly.width"}
    config = {"n_samples": 2, "strategies": [{"input": width, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(dataset, config, registry=REGISTRY)
    with pytest.raises(
        errors.OutputError, match=r"'x/a.bmp' and 'x/a.png' would share .*: number them \(ranked=true\)"
    ):
        selection.export(format_, tmp_path / "out")
    assert not list(tmp_path.iterdir())

    notes = selection.export(format_, tmp_path / "out", ranked=True)
    assert re.fullmatch(r"\w+ has no place for scores: those of 2 objects are left out", notes[0])
    options = {} if format_ == "yolo" else {"names": ["cat"]}
    location = tmp_path / "out"
    numbered = ["1_a.bmp", "2_a.png"]
    found = read_again(format_, location, "detection", numbered, **options) if format_ == "voc" else None
    assert sorted(path.name for path in location.rglob("*_a.*") if path.suffix in (".png", ".bmp")) == numbered
    if found is not None:
        assert found.boxes.tolist() == [[0, 0, 2, 3], [0, 0, 2, 2]]


def test_names_that_are_those_of_a_yolo_data_set(tmp_path: Path) -> None:
    """Keep their places in it, where trainings look for labels: with `labels` for the last `images` of the path."""
    names = ["in/images/train/a.b.png", "in/images/val/c.png"]
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "cat"}]}
    objects = [[{"category_id": 0, "score": 1, "bbox": [0, 0, 2, 2]}]] * 2
    dataset = Dataset.from_images(names, [np.zeros((4, 4, 3), np.uint8)] * 2)
    config = {"n_samples": 2, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(dataset.with_predictions("cats", schema, objects), config, registry=REGISTRY)
    selection.export("yolo", tmp_path / "out")

    written = sorted(path.relative_to(tmp_path / "out").as_posix() for path in tmp_path.glob("out/images/*/*"))
    assert written == ["images/train/a.b.png", "images/val/c.png"]
    for path in tmp_path.glob("out/images/*/*"):
        label = "/labels/".join(str(path).rsplit("/images/", 1)).rsplit(".", 1)[0] + ".txt"
        assert Path(label).read_text() == "0 0.25 0.25 0.5 0.5\n"
    found = Dataset.from_images(names, [np.zeros((4, 4, 3), np.uint8)] * 2).annotate("yolo", tmp_path / "out")
    assert found.annotations.predictions("detection", names, lambda done, total: None).counts.tolist() == [1, 1]


def test_labels_that_are_not_clear_in_the_dataset_are_no_ones(tmp_path: Path) -> None:
    """Whichever samples were picked: that the other sample of a name was not picked makes nothing clear."""
    names = ["a/one.png", "a/two.png", "b/one.png"]
    images = [Image.new("RGB", (40 - number, 30)) for number in range(3)]  # the widest is picked first
    listed = [{"id": number, "file_name": name} for number, name in enumerate(["one.png", "two.png"])]
    objects = [{"id": id_, "image_id": id_, "category_id": 0, "bbox": [1, 2, 3, 4 + id_]} for id_ in range(2)]
    document = {"images": listed, "annotations": objects, "categories": [{"id": 0, "name": "cat"}]}
    (tmp_path / "labels.json").write_text(json.dumps(document))
    dataset = Dataset.from_images(names, images).annotate("coco", tmp_path / "labels.json", registry=REGISTRY)
    selection = select(dataset, {**WIDEST, "n_samples": 2}, registry=REGISTRY)
    assert selection.selected == ("a/one.png", "a/two.png")

    notes = selection.export("yolo", tmp_path / "out", images="none")
    assert any(note.startswith("in the whole dataset: 2 samples have none, because it isn't clear") for note in notes)
    written = {path.relative_to(tmp_path / "out/labels").as_posix() for path in tmp_path.glob("out/labels/*/*")}
    assert written == {"a/two.txt"}
    selection.export("lightly", tmp_path / "lightly")
    found = {path.name for path in tmp_path.glob("lightly/.lightly/predictions/detection/a/*")}
    assert found == {"two.json"}


@pytest.fixture
def partly_known() -> Selection:
    """Of an image with an object, one that is known to have none, one whose labels are invalid, and one without any."""
    images = [Image.new("RGB", (40 - number, 30)) for number in range(4)]
    dataset = Dataset.from_images(["some.png", "none.png", "wrong.png", "lacking.png"], images)
    schema = {"task_type": "object-detection", "categories": [{"id": 7, "name": "cat"}]}
    cat = {"category_id": 7, "score": 1, "bbox": [1, 2, 3, 4]}
    dataset = dataset.with_predictions("cats", schema, [[cat], [], [{**cat, "category_id": 8}], None])
    return select(dataset, {**WIDEST, "n_samples": 4}, registry=REGISTRY)


def listed_in_coco(target: Path) -> set[str]:
    """Images that a file says the objects of."""
    return {image["file_name"] for image in json.loads(target.read_text())["images"]}


def listed_in_cvat(target: Path) -> set[str]:
    """The same."""
    return {image.get("name", "") for image in xml(target).findall("image")}


def predicted_in_labelstudio(target: Path) -> set[str]:
    """The same."""
    return {task["data"]["sample"] for task in json.loads(target.read_text()) if "predictions" in task}


def with_a_file(pattern: str) -> Callable[[Path], set[str]]:
    """The same, of a folder that has files for these."""
    return lambda target: {f"{path.stem}.png" for path in target.glob(pattern)} - {"schema.png"}


@pytest.mark.parametrize(
    ("format_", "told_of", "outcome"),
    [
        ("coco", listed_in_coco, "they are left out"),
        ("cvat", listed_in_cvat, "they are left out"),
        ("labelstudio", predicted_in_labelstudio, "they have no predictions"),
        ("yolo", with_a_file("labels/*"), "they have no label file, which some trainings take for no objects"),
        ("voc", with_a_file("Annotations/*"), "they have no XML file"),
        ("lightly", with_a_file(".lightly/predictions/cats/*"), "they have no file"),
    ],
)
def test_what_is_not_known_is_never_written_as_no_objects(
    format_: str, told_of: Callable[[Path], set[str]], outcome: str, partly_known: Selection, tmp_path: Path
) -> None:
    """Labels that are invalid or missing make no image a negative, and a note says of how many they are."""
    notes = partly_known.export(format_, tmp_path / "out.xml")

    assert told_of(tmp_path / "out.xml") == {"some.png", "none.png"}
    told = [note.removeprefix("task 'cats': ") for note in notes]
    assert f"it isn't known which objects 2 images have, such as 'wrong.png': {outcome}" in told


def test_ranks_stay_where_an_image_is_left_out(tmp_path: Path) -> None:
    """The id of an image is its rank, and its annotations have it."""
    images = [Image.new("RGB", (40 - number, 30)) for number in range(2)]
    schema = {"task_type": "object-detection", "categories": [{"id": 7, "name": "cat"}]}
    objects = [None, [{"category_id": 7, "score": 1, "bbox": [1, 2, 3, 4]}]]
    dataset = Dataset.from_images(["first.png", "second.png"], images).with_predictions("cats", schema, objects)
    select(dataset, {**WIDEST, "n_samples": 2}, registry=REGISTRY).export("coco", tmp_path / "out.json")

    written = json.loads((tmp_path / "out.json").read_text())
    assert written["images"] == [{"id": 2, "file_name": "second.png", "width": 39, "height": 30}]
    assert [annotation["image_id"] for annotation in written["annotations"]] == [2]


@pytest.fixture
def renamed(tmp_path: Path) -> Callable[[Sequence[str]], Selection]:
    """Selects all images of these names, with COCO's labels of `a.png` and `b.png`."""

    def selected(names: Sequence[str]) -> Selection:
        listed = [{"id": id_, "file_name": name} for id_, name in enumerate(["a.png", "b.png"])]
        objects = [{"id": id_, "image_id": id_, "category_id": 0, "bbox": [1, 2, 3, 4]} for id_ in range(2)]
        document = {"images": listed, "annotations": objects, "categories": [{"id": 0, "name": "cat"}]}
        (tmp_path / "labels.json").write_text(json.dumps(document))
        images = [Image.new("RGB", (40 - number, 30)) for number in range(len(names))]
        dataset = Dataset.from_images(names, images).annotate("coco", tmp_path / "labels.json", registry=REGISTRY)
        return select(dataset, {**WIDEST, "n_samples": len(names)}, registry=REGISTRY)

    return selected


@pytest.mark.parametrize("format_", ["coco", "cvat", "labelstudio", "yolo", "voc"])
def test_labels_that_are_of_no_sample_make_no_export(
    format_: str, renamed: Callable[[Sequence[str]], Selection], tmp_path: Path
) -> None:
    """The error says how many entries there are, what they are called, and what samples are; nothing is written."""
    said = (
        rf"^task 'detection': all labels in {re.escape(str(tmp_path))}/labels.json are missing \(3\) or invalid \(0\); "
        rf"2 entries in .*labels.json belong to no sample, such as a.png, and samples are named like new-a.png$"
    )
    with pytest.raises(errors.PredictionError, match=said):
        renamed(["new-a.png", "new-b.png", "new-c.png"]).export(format_, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_labels_of_which_some_are_of_no_sample_are_counted(
    renamed: Callable[[Sequence[str]], Selection], tmp_path: Path
) -> None:
    """What belongs to a sample is written, and a note tells of the rest."""
    notes = renamed(["a.png", "new-b.png"]).export("coco", tmp_path / "out.json")

    assert notes == (
        f"1 entries in {tmp_path}/labels.json belong to no sample, such as b.png",
        "it isn't known which objects 1 images have, such as 'new-b.png': they are left out",
        f"1 objects of 1 images -> {tmp_path}/out.json",
    )
    notes = renamed(["new-a.png", "new-b.png"]).export("lightly", tmp_path / "lightly")
    assert notes[0] == f"task 'detection': 2 entries in {tmp_path}/labels.json belong to no sample, such as a.png"


def test_a_task_that_is_not_there(selection: Selection, folder: Path, tmp_path: Path) -> None:
    """Nor any at all, nor one that has no boxes: one line, and no trace."""
    schema = {"task_type": "classification", "categories": [{"id": 0, "name": "cat"}]}
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    bare = Dataset.from_directory(folder / "photos")
    classified = bare.with_predictions("pets", schema, [[]] * len(NAMES))
    with pytest.raises(errors.ConfigError, match=r"task: 'cats' is none of the tasks detection, segmentation"):
        selection.export("coco", tmp_path / "out", task="cats")
    with pytest.raises(errors.PredictionError, match=r"the dataset has no annotations with a task.*--annotations"):
        select(bare, config, registry=REGISTRY).export("yolo", tmp_path / "out")
    with pytest.raises(errors.ConfigError, match=r"task: 'pets' says what images show, and VOC says where objects are"):
        select(classified, config, registry=REGISTRY).export("voc", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_what_labels_are_read_from_is_never_replaced(selection: Selection, folder: Path) -> None:
    """Whatever force says."""
    before = (folder / "labels.json").read_bytes()
    with pytest.raises(errors.OutputError, match=r"labels.json', a source of the dataset: it can't be replaced"):
        selection.export("coco", folder / "labels.json", task="detection", force=True)
    with pytest.raises(errors.OutputError, match=r"an image of the dataset: it can't be replaced"):
        selection.export("yolo", folder / "photos", task="detection", force=True)
    assert (folder / "labels.json").read_bytes() == before
