"""The built-in issues: each finds what is planted, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

import tamis
from tamis import Dataset, Inspection, TaskSchema
from tamis.cli.demo_dataset import SCENES, draw, layout

BUILT_IN = tamis.Registry.built_in()
CARS = TaskSchema("cars", "object-detection", [0, 1, 2], ["car", "bus", "tram"])


def scene(number: int, variant: str = "sharp") -> Image.Image:
    """A drawn scene of 320 x 240 pixels."""
    return draw(number, SCENES[number], layout(number, SCENES[number]), variant)


def found(dataset: Dataset, *issues: str, **options: Any) -> dict[str, list[str]]:
    """The samples of each issue."""
    return {each.name: list(each.samples) for each in inspected(dataset, *issues, **options).summary}


def inspected(dataset: Dataset, *issues: str, **options: Any) -> Inspection:
    """By tamis's own issues."""
    return tamis.inspect(dataset, issues=issues or None, registry=BUILT_IN, **options)


def boxes(*given: tuple[float, ...], category: int = 0) -> list[dict[str, Any]]:
    """Objects in these boxes."""
    return [{"category_id": category, "bbox": list(box), "score": 1.0} for box in given]


def labelled(*objects: list[dict[str, Any]] | None) -> Dataset:
    """Images of 40 x 30 pixels with these objects each."""
    names = [f"{number}.png" for number in range(len(objects))]
    dataset = Dataset.from_images(names, [np.zeros((30, 40, 3), dtype=np.uint8)] * len(objects))
    given = {name: of for name, of in zip(names, objects, strict=True) if of is not None}
    return dataset.with_predictions("cars", CARS, given)


def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    """In eight drawn scenes: a dark, a bright, a blurred, a grey, an empty one and so on, each once."""
    clean = {f"{number}.png": scene(number) for number in range(8)}
    white = Image.blend(clean["3.png"], Image.new("RGB", (320, 240), "white"), 0.99)
    planted = {
        "dark": Image.blend(clean["0.png"], Image.new("RGB", (320, 240)), 0.85),
        "bright": white,
        "blurred": clean["1.png"].filter(ImageFilter.GaussianBlur(9)),
        "grayscale": clean["2.png"].convert("L").convert("RGB").transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        "low_information": Image.new("RGB", (320, 240), (90, 120, 90)),
        "tall": scene(8).crop((0, 0, 60, 240)).resize((120, 480)),
        "wide": scene(9).crop((0, 150, 320, 240)),
        "odd_size": scene(9).transpose(Image.Transpose.ROTATE_180).resize((40, 30)),
    }
    for name, image in {**clean, **{f"{name}.png": image for name, image in planted.items()}}.items():
        image.save(tmp_path / name)
    (tmp_path / "exact_duplicate.png").write_bytes((tmp_path / "4.png").read_bytes())
    clean["5.png"].save(tmp_path / "near_duplicate.jpg", quality=60)
    (tmp_path / "unreadable.png").write_bytes((tmp_path / "6.png").read_bytes()[:20000])
    names = found(Dataset.from_directory(tmp_path))

    for name in (*planted, "exact_duplicate", "near_duplicate", "unreadable"):
        assert any(sample.startswith(name) for sample in names[name]), name
    flagged = {sample for samples in names.values() for sample in samples}
    assert not flagged & set(clean)


def test_what_can_not_be_decoded_is_unreadable(tmp_path: Path) -> None:
    """Text, an empty file, and a photograph whose second half is missing; with the reason of each."""
    scene(0).save(tmp_path / "whole.jpg")
    whole = (tmp_path / "whole.jpg").read_bytes()
    for name, content in {"text.jpg": b"text", "empty.jpg": b"", "half.jpg": whole[: len(whole) // 2]}.items():
        (tmp_path / name).write_bytes(content)
    (unreadable,) = inspected(Dataset.from_directory(tmp_path), "unreadable").summary

    assert unreadable.samples == ("empty.jpg", "half.jpg", "text.jpg")
    assert all(words.startswith("can't be read: ") for words in unreadable.words)
    assert "truncated" in unreadable.words[1]


def test_sizes_are_compared_with_the_median() -> None:
    """Of sides 40, 40, 40, 10, 9 and 161, those more than four times off."""
    sides = {"a": 40, "b": 40, "c": 40, "quarter": 10, "less": 9, "more": 161}
    dataset = Dataset.from_images(list(sides), [np.zeros((side, side, 3), np.uint8) for side in sides.values()])
    (odd,) = inspected(dataset, "odd_size").summary

    assert odd.samples == ("less", "more")
    assert odd.values.tolist() == [40 / 9, 161 / 40]
    assert odd.words[0] == "of odd size: 9 x 9 pixels, 4.44 times smaller across than the median image"
    assert odd.words[1] == "of odd size: 161 x 161 pixels, 4.03 times larger across than the median image"


def test_boxes_that_leave_the_image_or_have_no_area_are_out_of_range() -> None:
    """Counted by sample; a pixel beyond the edge is none, and neither is a sample without labels."""
    dataset = labelled(
        boxes((0, 0, 41, 31), (5, 5, 10, 10)),
        boxes((30, 5, 20, 10), (5, 5, 0, 10), (-3, 0, 5, 5)),
        boxes((1, 1, 5, -0.0)),
        [],
        None,
    )
    (out,) = inspected(dataset, "label_out_of_range").summary

    assert out.samples == ("1.png", "2.png")
    assert out.values.tolist() == [3, 1]
    assert out.words[0] == (
        "cars: box (30, 5, 20, 10) leaves the image of 40 x 30; cars: box (5, 5, 0, 10) has no area; "
        "cars: box (-3, 0, 5, 5) leaves the image of 40 x 30"
    )


def test_boxes_in_shares_of_an_image_are_judged_in_its_pixels(tmp_path: Path) -> None:
    """YOLO's are around a centre: one of half the width at 0.9 leaves it."""
    for name, line in {"a": "0 0.5 0.5 0.5 0.5", "b": "0 0.9 0.5 0.5 0.5"}.items():
        Image.new("RGB", (40, 30)).save(tmp_path / f"{name}.png")
        (tmp_path / f"{name}.txt").write_text(line)
    (tmp_path / "classes.txt").write_text("car\n")
    dataset = Dataset.from_directory(tmp_path).annotate("yolo", str(tmp_path))
    (out,) = inspected(dataset, "label_out_of_range").summary

    assert out.samples == ("b.png",)
    assert "(26, 7.5, 20, 15) leaves the image of 40 x 30" in out.words[0]


def test_labels_that_can_not_be_read_are_out_of_range(tmp_path: Path) -> None:
    """Of a ``.lightly`` folder, one file that is none."""
    folder = tmp_path / ".lightly" / "predictions"
    (folder / "cars").mkdir(parents=True)
    (folder / "tasks.json").write_text('["cars"]')
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    (folder / "cars" / "schema.json").write_text(json.dumps(schema))
    for name, text in {"a": json.dumps({"file_name": "a.png", "predictions": boxes((0, 0, 9, 9))}), "b": "{"}.items():
        Image.new("RGB", (40, 30)).save(tmp_path / f"{name}.png")
        (folder / "cars" / f"{name}.json").write_text(text)
    (out,) = inspected(Dataset.from_directory(tmp_path), "label_out_of_range").summary

    assert out.samples == ("b.png",)


def test_a_class_is_rare_by_its_objects_in_the_dataset() -> None:
    """Of cars, buses and no tram: three buses are below four, however many are in one image."""
    cars, buses = boxes(*[(0, 0, 9, 9)] * 2), boxes(*[(0, 0, 9, 9)] * 2, category=1)
    result = inspected(labelled(cars, cars + buses, cars, buses[:1], None), "rare_class", limits={"rare_class": 4})
    (rare,) = result.summary

    assert rare.samples == ("1.png", "3.png")
    assert rare.values.tolist() == [3, 3]
    assert rare.words[0] == "of a rare class: 'bus' of task 'cars' has 3 objects"
    assert result.notes == ("rare_class: task 'cars' has no object of 'tram'",)


@pytest.mark.parametrize("name", ["label_out_of_range", "rare_class"])
def test_without_labels_there_is_nothing_to_look_at(name: str) -> None:
    """Which is said, and is no finding."""
    result = inspected(Dataset.from_images(["a"], [np.zeros((4, 4, 3), np.uint8)]), name)

    assert result.summary == ()
    assert result.lacking == {name: "there are no labels"}


def test_without_an_image_that_opens_there_is_no_odd_size(tmp_path: Path) -> None:
    """And it isn't for lack of labels."""
    (tmp_path / "torn.jpg").write_bytes(b"torn")
    result = inspected(Dataset.from_directory(tmp_path), "odd_size")

    assert result.lacking == {"odd_size": "there are no labels and no image could be opened"}


def test_one_of_each_duplicate_stays() -> None:
    """The first; what is said of the others names it."""
    images = {"a": scene(0), "b": scene(1), "c": scene(0), "d": scene(0)}
    exact, near = inspected(
        Dataset.from_images(list(images), list(images.values())), *("exact_duplicate", "near_duplicate")
    ).summary

    assert exact.samples == near.samples == ("d", "c")
    assert exact.words[0] == "there twice: its kept duplicate is a, its distance is 0, its group is 1"


@pytest.mark.parametrize("orientation", [1, 6, 250])
def test_odd_images_are_no_trouble(orientation: int, tmp_path: Path) -> None:
    """One pixel, an animation, an EXIF that lies."""
    Image.new("RGB", (1, 1), "red").save(tmp_path / "one.png")
    frames = [Image.new("P", (20, 20), number) for number in range(3)]
    frames[0].save(tmp_path / "animated.gif", save_all=True, append_images=frames[1:])
    exif = Image.Exif()
    exif[0x0112] = orientation
    scene(3).save(tmp_path / "turned.jpg", exif=exif.tobytes())
    result = inspected(Dataset.from_directory(tmp_path))

    assert result.failures == ()
    assert result.readable.all()
    assert "turned.jpg" not in {name for each in result.summary if each.name != "odd_size" for name in each.samples}


def test_what_repeats_another_is_found_however_many_do(tmp_path: Path) -> None:
    """A robust limit is for numbers that vary about a median, not for a place among duplicates, or for yes and no."""
    for number in range(3):
        for copy in "abc":
            scene(number).convert("L").save(tmp_path / f"{number}{copy}.png")
    flagged = found(Dataset.from_directory(tmp_path), "exact_duplicate", "grayscale", deviations=3.5)

    assert sorted(flagged["exact_duplicate"]) == ["0b.png", "0c.png", "1b.png", "1c.png", "2b.png", "2c.png"]
    assert len(flagged["grayscale"]) == 9
