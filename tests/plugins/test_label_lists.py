"""CVAT's, Labelbox's and YouTube-VIS's files: which objects, whose, and what is wrong or left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelformat.formats.cvat import CVATObjectDetectionInput
from labelformat.formats.labelbox import LabelboxObjectDetectionInput
from labelformat.formats.youtubevis import YouTubeVISObjectDetectionTrackInput
from PIL import Image, ImageDraw

from tamis import Dataset, Predictions, Registry, errors, select
from tamis.data.fitting import fitted
from tamis.testing import check_annotation_format
from tamis_plugins.annotations import cvat, labelbox, youtubevis

REGISTRY = Registry(allow=["tamis"], environ=False)
WIDTH, HEIGHT = 40, 30


def known(format_: str, path: Path, samples: Sequence[str], **options: Any) -> Dataset:
    """Samples with these annotations."""
    images = [np.zeros((2, 2, 3), np.uint8)] * len(samples)
    return Dataset.from_images(samples, images).annotate(format_, path, registry=REGISTRY, **options)


def read(format_: str, path: Path, task: str, samples: Sequence[str], **options: Any) -> Predictions:
    """As a run has them, with images of `WIDTH` x `HEIGHT`."""
    annotations = known(format_, path, samples, **options).annotations
    found = annotations.predictions(task, samples, lambda done, total: None)
    return fitted(found, np.full((len(samples), 2), (WIDTH, HEIGHT)))


def classes(found: Predictions) -> list[str]:
    """Of all objects."""
    return [found.schema.category_names[number] for number in found.categories]


def areas(found: Predictions) -> list[int]:
    """The pixels of each mask."""
    return [
        int(found.runs[slice(*found.run_offsets[number : number + 2])][1::2].sum())
        for number in range(len(found.scores))
    ]


# CVAT


def xml(folder: Path, *images: str, labels: Sequence[str] = ("dog", "cat"), holder: str = "task") -> Path:
    """An export, with the elements of each image."""
    listed = "".join(f"<label><name>{name}</name><color>#fff</color></label>" for name in labels)
    found = "".join(
        f'<image id="{number}" name="sub/{number}.png" width="{WIDTH}" height="{HEIGHT}">{inside}</image>'
        for number, inside in enumerate(images)
    )
    path = folder / "annotations.xml"
    meta = f"<meta><{holder}><name>x</name><labels>{listed}</labels></{holder}></meta>"
    path.write_text(
        f'<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>{meta}{found}</annotations>'
    )
    return path


BOX = '<box label="cat" source="manual" occluded="0" xtl="1.5" ytl="2" xbr="11.5" ybr="22" z_order="0"></box>'


@pytest.mark.parametrize("holder", ["task", "job", "project"])
def test_boxes_of_cvat_are_those_that_labelformat_reads(tmp_path: Path, holder: str) -> None:
    """And classes too; an image without objects has none, and one that isn't listed no prediction."""
    path = xml(tmp_path, BOX, "", BOX.replace("cat", "dog") + BOX, holder=holder)
    samples = ["2.png", "new.png", "sub/0.png", "sub/1.png"]
    found = read("cvat", path, "detection", samples)
    theirs = {each.image.filename: each.objects for each in CVATObjectDetectionInput(path).get_labels()}
    expected = [each for name in ("sub/2.png", "sub/0.png") for each in theirs[name]]

    assert found.boxes.tolist() == [
        [b.xmin, b.ymin, b.xmax - b.xmin, b.ymax - b.ymin] for b in (e.box for e in expected)
    ]
    assert classes(found) == [each.category.name for each in expected]
    assert found.schema.category_names == ("dog", "cat")
    assert (found.counts.tolist(), found.present.tolist()) == ([2, 0, 1, 0], [True, False, True, True])
    assert found.scores.tolist() == [1, 1, 1]


def test_other_shapes_of_cvat(tmp_path: Path) -> None:
    """Polygons and masks are outlines; ellipses and what is rotated boxes; tags classes; what is left out is told."""
    mask = np.zeros((6, 5), bool)
    mask[1:4, 2:] = True
    flat = mask.reshape(-1).astype(int)
    borders = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), len(flat)]
    rle = ", ".join(map(str, np.diff(borders)))
    inside = (
        '<polygon label="cat" points="0,0;10,0;10,10"/>'
        f'<mask label="dog" rle="{rle}" left="30" top="4" width="5" height="6"/>'
        '<ellipse label="cat" cx="20" cy="15" rx="4" ry="2" rotation="90"/>'
        '<box label="dog" xtl="10" ytl="10" xbr="20" ybr="14" rotation="90.0"/>'
        '<tag label="dog"/><polyline label="cat" points="1,1;2,2"/><points label="cat"/>'
        '<points label="cat"/>'
    )
    path = xml(tmp_path, inside, "<tag label='cat'/>")
    boxes = read("cvat", path, "detection", ["sub/0.png", "sub/1.png"])
    outlines = read("cvat", path, "segmentation", ["sub/0.png", "sub/1.png"])
    whole = read("cvat", path, "classification", ["sub/0.png", "sub/1.png"])

    expected = [[0, 0, 10, 10], [30, 4, 5, 6], [18, 11, 4, 8], [13, 7, 4, 10]]
    assert np.allclose(boxes.boxes, expected)
    assert (classes(outlines), areas(outlines)[1]) == (["cat", "dog"], int(mask.sum()))
    assert classes(whole) == ["dog", "cat"]
    assert outlines.notes[-2:] == (
        "2 objects have no outline, and are left out",
        "left out, as no task here has such: 2 points, 1 polyline",
    )
    assert set(known("cvat", path, ["a"]).annotations.tasks()) == {"detection", "segmentation", "classification"}


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (BOX.replace("cat", "bird"), "'bird' is none of the classes dog, cat"),
        (BOX.replace("11.5", "x"), "box[0]: could not convert string to float: 'x'"),
        (BOX.replace("11.5", "nan"), "box[0]: xbr is nan"),
        (BOX.replace('xbr="11.5"', ""), "box[0]: it has no xbr"),
        (BOX.replace("11.5", "0"), "box[0]: it is no box from left to right and top to bottom"),
        (BOX + "<box/>", "box[1] has no label"),
        ('<polygon label="cat" points="1,1;2,2"/>', "polygon[0]: a polygon has fewer than three points"),
        (
            '<mask label="cat" rle="3" left="0" top="0" width="2" height="2"/>',
            "mask[0]: its run lengths are not of 2 x 2",
        ),
        ('<mask label="cat" rle="4" left="39" top="0" width="2" height="2"/>', "mask[0]: it lies outside of its image"),
    ],
)
def test_what_is_wrong_with_an_image_of_cvat_costs_it(tmp_path: Path, element: str, reason: str) -> None:
    """The others go on."""
    found = read("cvat", xml(tmp_path, element, BOX), "detection", ["sub/0.png", "sub/1.png"])
    assert found.reasons[0].startswith(reason)
    assert found.counts.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<annotations><image name='a'>", "not XML"),
        ("<annotation/>", "its root is <annotation>, not <annotations>"),
        ("<annotations/>", "no image"),
        ("<annotations><track label='cat'><box/></track></annotations>", "export it as 'CVAT for images'"),
        ("<annotations><image id='1'/></annotations>", r"image\[0\] has no name"),
        ("<annotations><image name='a'/><image name='a'/></annotations>", "two images are called 'a'"),
        ("<annotations><image name='a'/></annotations>", "no object has a class"),
    ],
)
def test_what_is_no_file_of_cvat(tmp_path: Path, content: str, message: str) -> None:
    """It is said with the file's name."""
    path = tmp_path / "x.xml"
    path.write_text(content)
    with pytest.raises(errors.PredictionError, match=rf"x\.xml: .*{message}"):
        read("cvat", path, "detection", ["a"])


@pytest.mark.parametrize(
    ("task", "kind"), [("detection", "object-detection"), ("segmentation", "instance-segmentation")]
)
def test_what_is_exported_to_cvat_is_read_back(tmp_path: Path, task: str, kind: str) -> None:
    """The same objects, for tools that stand between."""
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "0.png")
    path = xml(tmp_path, '<polygon label="cat" points="1,1;9,1;9,9;1,9"/>' if task == "segmentation" else BOX)
    dataset = Dataset.from_directory(tmp_path).annotate("cvat", path, "x", registry=REGISTRY, task=task)
    entry = {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}
    selection = select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY)
    selection.export("cvat", str(tmp_path / "back.xml"), task="x", registry=REGISTRY)
    one, other = (read("cvat", file, task, ["0.png"]) for file in (path, tmp_path / "back.xml"))

    assert one.boxes.tolist() == other.boxes.tolist()
    assert (classes(one), areas(one)) == (classes(other), areas(other))


# Labelbox


def row(name: str, *objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A data row with a label of these objects."""
    label = {
        "label_kind": "Default",
        "annotations": {"objects": list(objects), "classifications": [], "relationships": []},
    }
    about = {"id": f"id-{name}", "global_key": name, "row_data": f"https://x/y/{name}?sig=1", **more}
    size = {"width": WIDTH, "height": HEIGHT}
    return {"data_row": about, "media_attributes": size, "projects": {"p1": {"name": "Cars", "labels": [label]}}}


def box(name: str = "cat") -> dict[str, Any]:
    """An object."""
    place = {"top": 2.0, "left": 1.5, "height": 20.0, "width": 10.0}
    return {
        "feature_id": "f",
        "name": name,
        "value": name,
        "annotation_kind": "ImageBoundingBox",
        "bounding_box": place,
    }


POLYGON = [{"x": 0.0, "y": 0.0}, {"x": 10.0, "y": 0.0}, {"x": 10.0, "y": 10.0}, {"x": 0.0, "y": 10.0}]


def lines(folder: Path, *rows: Any) -> Path:
    """An export."""
    path = folder / "export.ndjson"
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows) + "\n")
    return path


def test_boxes_of_labelbox_are_those_that_labelformat_reads(tmp_path: Path) -> None:
    """And classes too. The same in a list."""
    rows = [row("a.png", box("dog"), box()), row("b.png"), row("c.png", box())]
    path = lines(tmp_path, *rows)
    (tmp_path / "export.json").write_text(json.dumps(rows, indent=1))
    found = read("labelbox", path, "detection", ["c.png", "new.png", "x/a.png", "b.png"])
    theirs = {each.image.filename: each.objects for each in LabelboxObjectDetectionInput(path, "cat,dog").get_labels()}
    expected = [each for name in ("c.png", "a.png") for each in theirs[name]]

    assert found.boxes.tolist() == [
        [b.xmin, b.ymin, b.xmax - b.xmin, b.ymax - b.ymin] for b in (e.box for e in expected)
    ]
    assert classes(found) == [each.category.name for each in expected]
    assert (found.counts.tolist(), found.present.tolist()) == ([1, 0, 2, 0], [True, False, True, True])
    again = read("labelbox", tmp_path / "export.json", "detection", ["c.png", "new.png", "x/a.png", "b.png"])
    assert again.boxes.tolist() == found.boxes.tolist()


def test_what_labelbox_has_beside_boxes(tmp_path: Path) -> None:
    """Polygons are outlines, radio questions metadata; the rest is counted; what isn't labelled has no prediction."""
    polygon = {"name": "cat", "annotation_kind": "ImagePolygon", "polygon": POLYGON}
    mask = {"name": "cat", "annotation_kind": "ImageSegmentationMask", "mask": {"url": "https://x"}}
    first, second = row("a.png", polygon, mask, box()), row("b.png")
    answers = [
        {"name": "weather", "radio_answer": {"name": "rainy"}},
        {"name": "note", "text_answer": {"content": "x"}},
    ]
    first["projects"]["p1"]["labels"][0]["annotations"]["classifications"] = answers
    first["projects"]["p1"]["labels"].append(row("x", box("bird"))["projects"]["p1"]["labels"][0])
    second["projects"]["p1"]["labels"] = []
    path = lines(tmp_path, first, second)
    found = read("labelbox", path, "segmentation", ["a.png", "b.png"])
    metadata = known("labelbox", path, ["b.png", "a.png"]).annotations
    weather = metadata.metadata(("weather",), ["b.png", "a.png"], lambda done, total: None).columns["weather"]

    assert (found.boxes.tolist(), areas(found)) == ([[0, 0, 10, 10]], [100])
    assert found.present.tolist() == [True, False]
    assert found.notes == (
        "1 images have several labels, of which the first counts",
        "1 images have not been labelled",
        "1 objects have no outline, and are left out",
        "left out, as no task here has such: 1 SegmentationMask",
    )
    assert (list(metadata.fields()), weather.cells()) == (["weather"], [None, "rainy"])


def test_what_rows_of_labelbox_are_called(tmp_path: Path) -> None:
    """By the first key that is there, or the one that is said; a project is named where there are several."""
    one, two = row("a.png", box(), external_id="e.png"), row("", box("dog"), external_id=None)
    two["data_row"] |= {"row_data": "https://host/images/b.png?sig=1"}
    two["projects"]["p2"] = {"name": "Bikes", "labels": row("x", box("bike"))["projects"]["p1"]["labels"]}
    path = lines(tmp_path, one, two)
    with pytest.raises(errors.PredictionError, match="of several projects: say which, project='Bikes'"):
        read("labelbox", path, "detection", ["a.png"])

    assert classes(read("labelbox", path, "detection", ["a.png", "b.png"], project="Cars")) == ["cat", "dog"]
    assert classes(read("labelbox", path, "detection", ["a.png", "b.png"], project="p2")) == ["bike"]
    assert classes(read("labelbox", lines(tmp_path, one), "detection", ["e.png"], key="external_id")) == ["cat"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (['{"data_row"'], "line 1: not JSON"),
        ([row("a.png"), '{"data_row": {"global_key": "b'], "line 2: not JSON"),
        (["{}"], "line 1: not an object with data_row"),
        ([{"data_row": {"x": 1}}], "line 1: its data_row has no global_key"),
        ([{"data_row": {"id": "x"}, "projects": []}], "no object has a class"),
        ([{"data_row": {"id": "x"}, "projects": [1]}], "line 1: its projects are not an object of objects"),
        ([row("a.png"), row("a.png")], "two images are called 'a.png'"),
        ([], "no data row"),
    ],
)
def test_what_is_no_file_of_labelbox(tmp_path: Path, content: list[Any], message: str) -> None:
    """It is said with its line."""
    with pytest.raises(errors.PredictionError, match=rf"export\.ndjson.*{message}"):
        read("labelbox", lines(tmp_path, *content), "detection", ["a.png"])


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"annotation_kind": "ImageBoundingBox", "bounding_box": {"top": 1}, "name": "cat"}, "no 'left'"),
        ({**box(), "bounding_box": {**box()["bounding_box"], "top": "x"}}, "could not convert string to float: 'x'"),
        ({"name": "cat", "annotation_kind": "ImagePolygon", "polygon": POLYGON[:2]}, "fewer than three points"),
        (box("bird"), "'bird' is none of the classes cat, dog"),
        (5, "'int' object has no attribute 'get'"),
    ],
)
def test_what_is_wrong_with_a_row_of_labelbox_costs_it(tmp_path: Path, bad: Any, reason: str) -> None:
    """The others go on."""
    path = lines(tmp_path, row("a.png", bad), row("b.png", box()))
    found = read("labelbox", path, "detection", ["a.png", "b.png"], names=["cat", "dog"])
    assert reason in found.reasons[0]
    assert found.counts.tolist() == [0, 1]


# YouTube-VIS


def tracks(folder: Path, *found: dict[str, Any], name: str = "instances.json", listed: bool = True) -> Path:
    """Ground truth of two videos, of each of which every fifth frame is in it; or results."""
    videos = [
        {
            "id": 7,
            "width": WIDTH,
            "height": HEIGHT,
            "length": 3,
            "file_names": [f"walk/{n:05}.jpg" for n in (0, 5, 10)],
        },
        {"id": 9, "width": WIDTH, "height": HEIGHT, "length": 1, "file_names": ["run/00000.jpg"]},
    ]
    categories = [{"id": 3, "name": "person"}, {"id": 5, "name": "dog"}]
    whole = {"videos": videos, "categories": categories, "annotations": list(found)}
    (folder / name).write_text(json.dumps(whole if listed else list(found)))
    return folder / name


WALK = {
    "id": 1,
    "video_id": 7,
    "category_id": 5,
    "iscrowd": 0,
    "bboxes": [[1, 2, 10, 20], None, [3, 4, 5, 6]],
    "segmentations": [[[1, 2, 11, 2, 11, 22, 1, 22]], None, {"size": [HEIGHT, WIDTH], "counts": [0, 60, 1140]}],
    "areas": [200, None, 60],
}
RUN = {"id": 2, "video_id": 9, "category_id": 3, "bboxes": [[0, 0, 4, 4]], "segmentations": [[]], "areas": [16]}


def test_boxes_of_youtube_vis_are_those_that_labelformat_reads(tmp_path: Path) -> None:
    """At the frames that they are of, be these files in folders or frames of videos that are named by their number."""
    path = tracks(tmp_path, WALK, RUN)
    folders = ["walk/00000.jpg", "JPEGImages/walk/00005.jpg", "walk/00010.jpg", "walk/00001.jpg", "run/00000.jpg"]
    frames = ["walk-000-mp4.png", "walk-005-mp4.png", "walk-010-mp4.png", "walk-001-mp4.png", "sub/run-0-mov.png"]
    theirs = {each.video.filename: each.objects for each in YouTubeVISObjectDetectionTrackInput(path).get_labels()}
    expected = [each for name in ("walk", "run") for track in theirs[name] for each in track.boxes if each is not None]

    for samples in (folders, frames):
        found = read("youtubevis", path, "detection", samples)
        assert found.boxes.tolist() == [[b.xmin, b.ymin, b.xmax - b.xmin, b.ymax - b.ymin] for b in expected]
        assert classes(found) == ["dog", "dog", "person"]
        assert found.counts.tolist() == [1, 0, 1, 0, 1]
        assert found.present.tolist() == [True, True, True, False, True]


def test_masks_of_youtube_vis(tmp_path: Path) -> None:
    """Polygons, and run lengths column by column as COCO has them; results have scores, and videos of another file."""
    truth = tracks(tmp_path, WALK, RUN)
    samples = ["walk/00000.jpg", "walk/00010.jpg", "run/00000.jpg"]
    found = read("youtubevis", truth, "segmentation", samples)
    drawn = Image.new("1", (WIDTH, HEIGHT))
    ImageDraw.Draw(drawn).rectangle((1, 2, 10, 21), fill=1)
    scored = {key: value for key, value in WALK.items() if key != "bboxes"} | {"score": 0.25}
    results = tracks(tmp_path, scored, name="results.json", listed=False)
    predicted = read("youtubevis", results, "segmentation", samples, videos_from=str(truth))

    assert areas(found) == [int(np.asarray(drawn).sum()), 60]
    assert found.boxes.tolist() == [[1, 2, 10, 20], [3, 4, 5, 6]]
    assert found.notes[-1:] == ("1 objects have no segmentation, and are left out",)
    assert (predicted.scores.tolist(), areas(predicted)) == ([0.25, 0.25], areas(found))
    assert predicted.boxes.tolist() == [[1, 2, 10, 20], [0, 0, 2, 30]]


def test_the_id_of_a_video_may_be_written_as_text(tmp_path: Path) -> None:
    """A track is of the video whose number it is the text of."""
    found = read("youtubevis", tracks(tmp_path, {**RUN, "video_id": "9"}), "detection", ["run/00000.jpg"])

    assert (found.boxes.tolist(), found.notes) == ([[0, 0, 4, 4]], ())


@pytest.mark.parametrize(
    ("track", "message"),
    [
        ({**WALK, "bboxes": [[1, 2, 3, 4]]}, r"annotations\[0\]: bboxes is not a list of 3, one for each frame"),
        ({**WALK, "segmentations": 5}, r"annotations\[0\]: segmentations is not a list of 3"),
        ({"category_id": 5}, r"annotations\[0\] is not an object with the video_id"),
    ],
)
def test_a_track_that_is_none(tmp_path: Path, track: dict[str, Any], message: str) -> None:
    """It is said which."""
    with pytest.raises(errors.PredictionError, match=message):
        read("youtubevis", tracks(tmp_path, track), "detection", ["walk/00000.jpg"])


def test_what_is_no_file_of_youtube_vis(tmp_path: Path) -> None:
    """Cut off, COCO's images, results alone, an option that names no file; a wrong object costs its frame only."""
    path = tmp_path / "x.json"
    for content, message in (
        ('{"videos": [', "not JSON"),
        ('{"images": [], "annotations": []}', "neither an object with videos"),
        ("[]", "say videos_from=FILE"),
        ('{"videos": [{"id": 1}], "annotations": []}', r"videos\[0\] is not an object with file_names"),
        ('{"videos": [{"file_names": ["a"]}], "annotations": []}', r"videos\[0\] has no id of its own"),
        ('{"videos": [{"id": 1, "file_names": ["a", "a"]}], "annotations": []}', "two frames have the name 'a'"),
    ):
        path.write_text(content)
        with pytest.raises(errors.PredictionError, match=message):
            read("youtubevis", path, "detection", ["a"])
    with pytest.raises(errors.ConfigError, match=r"annotations\.videos_from: .*does not exist"):
        read("youtubevis", path, "detection", ["a"], videos_from=str(tmp_path / "none.json"))
    wrong = {**WALK, "bboxes": [[1, 2], None, [3, 4, 5, 6]]}
    found = read(
        "youtubevis", tracks(tmp_path, {**wrong, "category_id": 5}), "detection", ["walk/00000.jpg", "walk/00010.jpg"]
    )
    assert (list(found.reasons), found.counts.tolist()) == ([0], [0, 1])


@pytest.mark.parametrize("module", [cvat, labelbox, youtubevis])
def test_conformance(module: Any, tmp_path: Path) -> None:
    """No check of the kit fails."""
    path = {
        cvat: lambda: xml(tmp_path, BOX, BOX),
        labelbox: lambda: lines(tmp_path, row("a.png", box())),
        youtubevis: lambda: tracks(tmp_path, WALK, RUN),
    }[module]()
    (declared,) = module.tamis_annotation_formats()
    results = check_annotation_format(declared, location=str(path))
    assert [result for result in results if result.status == "failed"] == []
