"""The report: its numbers against their definitions, what it shows, and that names do no harm."""

from __future__ import annotations

import base64
import io
import json
import math
import os
import sys
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

import tamis
from tamis import Dataset, Selection, errors, testing
from tamis_plugins.exports import report
from tamis_plugins.statistics import measures
from tamis_plugins.statistics.distributions import Numbers
from tamis_plugins.statistics.points import nearest
from tamis_plugins.statistics.projection import principal, projected
from tamis_plugins.statistics.wording import DASH
from tests.conftest import photograph
from tests.plugins.report_pages import Element, Page

Vectors = npt.NDArray[np.float32]


def entry(input_: dict[str, Any], type_: str, **params: Any) -> dict[str, Any]:
    """A strategy of a config."""
    return {"input": input_, "strategy": {"type": type_, **params}}


def metadata(key: str) -> dict[str, Any]:
    """An input."""
    return {"type": "METADATA", "key": key}


def select(dataset: Dataset, count: int, *strategies: dict[str, Any], **options: Any) -> Selection:
    """A selection with these strategies."""
    return tamis.select(dataset, {"n_samples": count, "strategies": list(strategies)}, **options)


def exported(selection: Selection, folder: Path, name: str = "report.html", **options: Any) -> tuple[Page, Any]:
    """The page and the JSON of a report."""
    notes = selection.export("report", folder / name, **options)
    assert not [note for note in notes if " in the report: " in note]
    return Page(folder / name), json.loads((folder / name).with_suffix(".json").read_text("utf-8"))


@pytest.fixture
def vectors() -> Vectors:
    """Sixty points in five dimensions."""
    return np.random.default_rng(3).normal(size=(60, 5)).astype(np.float32) * np.float32([3, 2, 1, 1, 0.5])


def points(vectors: Vectors) -> Dataset:
    """A dataset of vectors, with a number, a category and predictions of each."""
    count = len(vectors)
    names = [f"frames/{number:03}.jpg" for number in range(count)]
    found = [
        [
            {"category_id": (number + place) % 3, "bbox": [1, 1, 2, 2], "score": (number % 7 + place) / 10}
            for place in range(number % 4)
        ]
        for number in range(count)
    ]
    schema = {
        "task_type": "object-detection",
        "categories": [{"id": number, "name": name} for number, name in enumerate(["car", "bus", "bike"])],
    }
    return (
        Dataset.from_embeddings(names, vectors)
        .with_metadata({"speed": [number * 1.5 for number in range(count)], "sky": ["sun", "rain", "sun"] * 20})
        .with_predictions("traffic", schema, found)
    )


STRATEGIES = [
    entry(metadata("speed"), "THRESHOLD", threshold=9, operation="BIGGER"),
    entry({"type": "EMBEDDINGS"}, "DIVERSITY"),
    entry(metadata("sky"), "BALANCE", target={"sun": 0.5, "rain": 0.5}),
    entry({"type": "SCORES", "task": "traffic", "score": "object_frequency"}, "WEIGHTS", strength=0.1),
]
GIVEN = ["frames/010.jpg", "frames/020.jpg", "frames/021.jpg"]


@pytest.fixture
def selection(vectors: Vectors) -> Selection:
    """Twelve of sixty, beside three preselected."""
    return select(points(vectors), 12, *STRATEGIES, preselected=GIVEN)


# Numbers


def test_the_counts_lead_from_the_input_to_the_selection(selection: Selection, tmp_path: Path) -> None:
    """Each step says what it takes away and what is left: 3 preselected, 7 of a speed of 9 or less."""
    page, data = exported(selection, tmp_path)
    rows = page.table("From the input to the selection")

    assert list(rows.values()) == [
        ["", "60"],
        ["0", "60"],
        ["-3", "57"],
        ["-7", "50"],
        ["", "50"],
        ["", "12"],
    ]
    assert list(rows)[3] == "Removed: not speed > 9"
    assert data["generalInformation"]["datasetInformation"]["datasetSizes"] == {
        "nInput": 60,
        "nCorrupt": 0,
        "nRemoved": 7,
        "nSelected": 12,
        "nPreselectedDatapool": 3,
        "nSelectedWithDatapool": 15,
    }


def rows_of(selection: Selection, data: Any) -> dict[str, list[int]]:
    """The rows of each set but the random one."""
    place = {name: row for row, name in enumerate(selection.samples)}
    picked, given = [place[name] for name in selection.selected], [place[name] for name in GIVEN]
    return {
        "input": list(range(len(place))),
        "selected": picked,
        "preselectedDatapool": given,
        "selectedWithDatapool": picked + given,
    }


def test_standings_have_their_rows_among_all(selection: Selection, tmp_path: Path) -> None:
    """Fresh, and read back."""
    selection.write(tmp_path / "out")
    for each in (selection, Selection.read(tmp_path / "out")):
        assert [each.samples[row] for row in each.standing_rows] == list(each.standings().samples)
        assert not {*each.standing_rows.tolist()} & {*each.rows.tolist()}


def test_diversity_and_coverage_are_the_published_formulas(
    selection: Selection, vectors: Vectors, tmp_path: Path
) -> None:
    """Mean distance to the nearest neighbour in the set; 1 / (1 + mean distance of the input to the set)."""
    page, data = exported(selection, tmp_path)
    table = page.table("Beside chance")
    found = data["datasetAnalysis"]["embeddingInformation"]
    columns = {"input": 0, "selected": 1, "preselectedDatapool": 3, "selectedWithDatapool": 4}
    for name, rows in rows_of(selection, data).items():
        distances = [min(math.dist(vectors[row], vectors[other]) for other in rows if other != row) for row in rows]
        mean = sum(distances) / len(distances)
        assert found["distanceToNearestNeighborInSet"][name]["metrics"]["mean"] == pytest.approx(mean, rel=1e-6)
        assert float(table["Diversity"][columns[name]]) == pytest.approx(mean, rel=1e-3)

        apart = [min(math.dist(point, vectors[other]) for other in rows) for point in vectors]
        coverage = 1 / (1 + sum(apart) / len(apart))
        assert float(table["Coverage"][columns[name]]) == pytest.approx(coverage, rel=1e-3)
        if name != "input":
            assert found["distanceToCoverInput"][name]["metrics"]["max"] == pytest.approx(max(apart), rel=1e-6)


def test_balance_is_the_entropy_of_the_classes_that_occur(selection: Selection, tmp_path: Path) -> None:
    """Over the largest that as many classes can have."""
    page, data = exported(selection, tmp_path)
    counts: Counter[int] = Counter()
    for name in selection.selected:
        number = int(name[7:10])
        counts.update((number + place) % 3 for place in range(number % 4))
    shares = [count / counts.total() for count in counts.values()]
    balance = -sum(share * math.log(share) for share in shares) / math.log(3)

    assert float(page.table("Beside chance")["Balance of traffic"][1]) == pytest.approx(balance, rel=1e-3)
    task = data["predictionTaskInformation"]["traffic"]
    assert task["categoryDistribution"]["selected"]["metrics"]["normalizedEntropy"] == pytest.approx(balance)
    assert task["categoryDistribution"]["selected"]["counts"] == {
        name: counts[number] for number, name in enumerate(["car", "bus", "bike"])
    }


def test_the_random_set_is_as_large_the_same_each_time_and_from_what_there_was_to_choose(
    selection: Selection, tmp_path: Path
) -> None:
    """Thresholds or not; none of it was preselected."""
    _, data = exported(selection, tmp_path)
    _, again = exported(selection, tmp_path, "again.html")
    random = data["predictionTaskInformation"]["traffic"]["categoryToCountsPerSample"]["car"]["random"]
    speed = data["datasetAnalysis"]["metadataInformation"]["customNumeric"]["speed"]

    assert data == again
    assert sum(random["counts"]) == sum(speed["random"]["counts"]) == 12
    drawn = select(points(np.eye(60, dtype=np.float32)), 57, *STRATEGIES[1:2], preselected=GIVEN)
    _, everything = exported(drawn, tmp_path, "everything.html")
    together = everything["datasetAnalysis"]["embeddingInformation"]["distanceToCoverInput"]
    assert together["random"] == together["selected"]


def test_distributions_are_those_of_numpy(selection: Selection, tmp_path: Path) -> None:
    """Counts of the bars, and mean, standard deviation, least, median and largest value, of each set."""
    _, data = exported(selection, tmp_path)
    speed = data["datasetAnalysis"]["metadataInformation"]["customNumeric"]["speed"]
    for name, rows in rows_of(selection, data).items():
        values = np.array([1.5 * row for row in rows])
        counts, _ = np.histogram(values, speed["bins"], speed["range"])
        assert speed[name]["counts"] == counts.tolist()
        assert speed[name]["metrics"] == pytest.approx(
            {
                "mean": values.mean(),
                "std": values.std(),
                "min": values.min(),
                "median": np.median(values),
                "max": values.max(),
            }
        )


def test_quantiles_are_shown(selection: Selection, tmp_path: Path) -> None:
    """By linear interpolation, as numpy's."""
    page, _ = exported(selection, tmp_path)
    values = np.arange(60) * 1.5

    rows = page.table("speed")
    assert [float(rows[f"{percent} %"][0]) for percent in (5, 25, 50, 75, 95)] == pytest.approx(
        np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]), rel=1e-3
    )


def test_what_was_asked_for_stands_beside_what_was_reached(selection: Selection, tmp_path: Path) -> None:
    """As the selection sums it up, and beside that the shares of the random set."""
    page, data = exported(selection, tmp_path)
    random = data["datasetAnalysis"]["metadataInformation"]["customCategorical"]["sky"]["random"]["counts"]
    chance = f"sun {random['sun'] / 12:.2f}, rain {random['rain'] / 12:.2f}"

    rows = page.table("What was asked for, and reached")
    reached = selection.manifest()["summaries"]
    assert rows["strategies[2]"] == ["BALANCE", "sky", "target sun 0.5, rain 0.5", reached["strategies[2]"], chance]
    assert rows["strategies[0]"] == ["THRESHOLD", "speed", "> 9", reached["strategies[0]"], ""]
    assert rows["strategies[1]"][3] == reached["strategies[1]"]
    assert rows["strategies[1]"][4].startswith("the closest two are ")


def test_classes_are_counted_as_objects_and_images_with_their_scores(selection: Selection, tmp_path: Path) -> None:
    """For each set; images that have one of the class count once."""
    page, data = exported(selection, tmp_path)
    objects = [
        ((number + place) % 3, number, (number % 7 + place) / 10) for number in range(60) for place in range(number % 4)
    ]
    task = data["predictionTaskInformation"]["traffic"]
    shown = page.table("Images with the class, and mean scores")
    for number, name in enumerate(["car", "bus", "bike"]):
        images = len({row for category, row, _ in objects if category == number})
        scores = [score for category, _, score in objects if category == number]
        assert task["categoryToImageWithCategoryCount"]["input"]["counts"][name] == images
        assert shown[name][0] == str(images)
        assert float(shown[name][1]) == pytest.approx(sum(scores) / len(scores), rel=1e-3)
        per_sample = task["categoryToCountsPerSample"][name]
        expected = Counter(Counter(row for category, row, _ in objects if category == number)[row] for row in range(60))
        assert per_sample["input"]["counts"] == [expected[count] for count in range(max(expected) + 1)]
    assert task["predictionScoreDistribution"]["input"]["metrics"]["mean"] == pytest.approx(
        np.mean([score for _, _, score in objects])
    )
    assert task["activeLearningScoreDistributions"].keys() == {"object_frequency"}


@pytest.mark.parametrize(
    ("counts", "balance", "gini"),
    [
        ([5, 5, 5, 5], 1.0, 0.0),
        ([4, 0], 0.0, 0.5),
        ([1, 1, 2], (0.5 * math.log(4) + 0.5 * math.log(2)) / math.log(3), 1 / 6),
        ([0, 0], None, None),
        ([7], None, 0.0),
    ],
)
def test_balance_and_gini_by_hand(counts: list[int], balance: float | None, gini: float | None) -> None:
    """The entropy over its maximum; the mean absolute difference over twice the mean."""
    assert measures.balance(counts) == (balance if balance is None else pytest.approx(balance))
    assert measures.gini(counts) == (gini if gini is None else pytest.approx(gini))


@pytest.mark.parametrize("itself", [True, False])
def test_neighbours_are_those_of_a_full_search(vectors: Vectors, itself: bool) -> None:
    """Duplicates are neighbours of each other; a point is its own only where that is asked for."""
    values = np.concatenate([vectors, vectors[:3]])
    asked, among = np.arange(0, 63, 2), np.array([0, 1, 5, 6, 20, 33, 60, 61])
    near = nearest(values, asked, among, itself=itself)

    assert not near.sampled
    for point, other, distance in zip(near.points, near.others, near.distances, strict=True):
        others = [each for each in among if itself or each != point]
        expected = min(math.dist(values[point], values[each]) for each in others)
        assert distance == pytest.approx(expected, abs=1e-6)
        assert other in among
        assert itself or other != point


def test_one_point_alone_has_no_neighbour(vectors: Vectors) -> None:
    """And others have that one."""
    alone, asked = np.array([4]), np.array([4, 9])

    assert not len(nearest(vectors, alone, alone, itself=False).points)
    assert nearest(vectors, asked, alone, itself=False).points.tolist() == [9]
    assert not len(nearest(vectors, asked, alone[:0], itself=True).points)


def test_of_many_points_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its mean distance is close to that of all."""
    values = np.random.default_rng(0).normal(size=(3000, 3)).astype(np.float32)
    everything = np.arange(3000)
    full = nearest(values, everything, everything, itself=False)
    monkeypatch.setattr("tamis_plugins.statistics.points.BUDGET", 1e7)
    some = nearest(values, everything, everything, itself=False)

    assert some.sampled
    assert len(some.points) == int(1e7 / (3000 * 3))
    assert some.distances.mean() == pytest.approx(full.distances.mean(), rel=0.1)


@pytest.mark.parametrize(("count", "size"), [(60, 5), (5, 60), (40, 1), (1, 4), (2, 3)])
def test_the_map_is_the_first_two_principal_components(count: int, size: int) -> None:
    """As the singular vectors of the centred vectors have them, up to their directions."""
    values = np.random.default_rng(1).normal(size=(count, size)).astype(np.float32)
    places = projected(values, *principal(values))
    left, strengths, _ = np.linalg.svd(values - values.mean(axis=0, dtype=np.float64), full_matrices=False)
    expected = np.zeros((count, 2))
    expected[:, : min(2, len(strengths))] = (left * strengths)[:, :2]

    assert np.abs(places) == pytest.approx(np.abs(expected), abs=1e-5)


@pytest.mark.parametrize(
    ("values", "bins", "limits"),
    [
        ([1, 2, 2, 5], 5, (0.5, 5.5)),
        ([3.5, 3.5], 1, (3.5, math.nextafter(3.5, math.inf))),
        ([], 1, (0.0, 1.0)),
        ([1.0, math.nextafter(1, 2)], 1, (1.0, math.nextafter(1, 2))),
        ([-1e308, 1e308], 1, (-1e308, 1e308)),
    ],
)
def test_bars_fit_the_values(values: list[float], bins: int, limits: tuple[float, float]) -> None:
    """Whole numbers get one each; what can't be cut gets one for all; none is lost."""
    numbers = Numbers.of({"input": np.array(values, dtype=np.float64)})

    if values:
        assert (numbers.bins, numbers.range) == (bins, limits)
    assert numbers.counts["input"].sum() == len(values)


# What is shown


def names(section: Element | None) -> list[str]:
    """The samples of a section's cards."""
    return [each["title"] for each in section.all("span", "name")] if section else []


def test_picks_are_shown_in_order_with_their_reasons(selection: Selection, tmp_path: Path) -> None:
    """Each with what `explain` says of it."""
    page, _ = exported(selection, tmp_path)
    picks = page.section("picks")

    assert picks is not None
    assert names(picks) == list(selection.selected)
    for rank, (name, card) in enumerate(zip(selection.selected, picks.all("figure"), strict=True), start=1):
        assert card.all("span", "label")[0].text == str(rank)
        told = [line.strip() for line in selection.explain(name).split("\n")[1:]]
        assert [item.text for item in card.all("li")] == told


def test_those_next_in_line_are_shown_in_their_order(selection: Selection, tmp_path: Path) -> None:
    """As the standings have them."""
    page, _ = exported(selection, tmp_path)
    line = sorted((row["in_line"], row["sample"]) for row in selection.standings().rows() if row["in_line"] is not None)

    assert names(page.section("next")) == [name for _, name in line[:24]]


def test_a_threshold_shows_those_just_inside_and_outside(selection: Selection, tmp_path: Path) -> None:
    """Closest first: speeds of 10.5, 12 ... and of 9, 7.5 ...; what was preselected is on neither side."""
    page, _ = exported(selection, tmp_path)

    inside = [7, 8, 9, 11, 12, 13]
    assert names(page.section("thresholds")) == [f"frames/{number:03}.jpg" for number in [*inside, 6, 5, 4, 3, 2, 1]]


def test_pairs_are_a_selected_sample_and_one_left_out_that_is_close(
    selection: Selection, vectors: Vectors, tmp_path: Path
) -> None:
    """The closest first, and each selected sample once; in the JSON as well."""
    page, data = exported(selection, tmp_path)
    pairs = data["generalInformation"]["selectedAndRemovedImageExamples"]
    taken = {*selection.selected, *GIVEN}

    assert pairs
    assert len({pair["selectedImage"] for pair in pairs}) == len(pairs)
    assert [pair["distance"] for pair in pairs] == sorted(pair["distance"] for pair in pairs)
    for pair in pairs:
        assert pair["selectedImage"] in selection.selected
        assert pair["removedImage"] not in taken
        here, there = (vectors[int(pair[key][7:10])] for key in ("removedImage", "selectedImage"))
        assert pair["distance"] == pytest.approx(math.dist(here, there), rel=1e-6)
    shown = names(page.section("pairs"))
    assert shown == [pair[key] for pair in pairs for key in ("selectedImage", "removedImage")]


def test_the_map_holds_all_points_with_their_names_and_sets(
    selection: Selection, vectors: Vectors, tmp_path: Path
) -> None:
    """Places as 16 bits of one scale, a bit for each set, and the names deflated."""
    page, data = exported(selection, tmp_path)
    chart = page.section("map")
    assert chart is not None
    (script,) = chart.all("script")
    packed = json.loads(script.text)
    places = np.frombuffer(base64.b64decode(packed["places"]), "<u2").reshape(-1, 2)
    flags = np.frombuffer(base64.b64decode(packed["flags"]), np.uint8)
    listed = zlib.decompress(base64.b64decode(packed["names"])).decode().split("\n")

    assert listed == list(selection.samples)
    assert [name for name, flag in zip(listed, flags, strict=True) if flag & 4] == sorted(selection.selected)
    assert [name for name, flag in zip(listed, flags, strict=True) if flag & 2] == GIVEN
    assert sum(bool(flag & 1) for flag in flags) == 12
    plotted = np.array(
        data["datasetAnalysis"]["embeddingInformation"]["scatterPlotData"]["pcaEmbeddingData"]["input2dEmbeddings"]
    )
    apart = plotted - plotted.min(axis=0)
    assert places == pytest.approx(apart / apart.max() * 65535, abs=1)


def test_a_map_of_too_many_points_says_so_and_keeps_the_selected(selection: Selection, tmp_path: Path) -> None:
    """The rest is a random sample."""
    page, _ = exported(selection, tmp_path, points=30)
    chart = page.section("map")
    assert chart is not None
    packed = json.loads(chart.all("script")[0].text)
    listed = zlib.decompress(base64.b64decode(packed["names"])).decode().split("\n")

    assert len(listed) == 30
    assert {*selection.selected, *GIVEN} <= set(listed)
    assert "30 of 60 samples, at random but for those selected" in chart.text


def test_boxes_are_drawn_where_the_objects_are(tmp_path: Path) -> None:
    """In pixels of the image, whatever the size of the picture; with class and score."""
    dataset = Dataset.from_images(["a.png"], [photograph(1, (640, 480))]).with_predictions(
        "t",
        {"task_type": "object-detection", "categories": [{"id": 4, "name": "a & b"}]},
        [[{"category_id": 4, "bbox": [10, 20, 300, 200], "score": 0.25}]],
    )
    entry_ = entry({"type": "SCORES", "task": "t", "score": "object_frequency"}, "WEIGHTS")
    page, data = exported(select(dataset, 1, entry_), tmp_path)
    (drawing,) = page.root.all("svg", "boxes")
    (box,) = drawing.all("rect")

    assert drawing["viewbox"] == "0 0 640 480"
    assert [box[name] for name in ("x", "y", "width", "height")] == ["10", "20", "300", "200"]
    assert drawing.all("title")[0].text == "a & b 0.25"
    assert data["predictionTaskInformation"]["t"]["categoryIdToName"] == {"4": "a & b"}


def test_pictures_are_small_and_those_of_the_image(photographs: Path, tmp_path: Path) -> None:
    """A WebP file each, of the size asked for, that looks like the image."""
    selection = select(Dataset.from_directory(photographs), 4, entry(metadata("lightly.luminance"), "WEIGHTS"))
    page, _ = exported(selection, tmp_path, size=24)
    picks = page.section("picks")
    assert picks is not None
    for name, image in zip(selection.selected, picks.all("img"), strict=True):
        head, _, content = image["src"].partition(",")
        small = Image.open(io.BytesIO(base64.b64decode(content)))
        with Image.open(photographs / name) as whole:
            expected = np.asarray(whole.convert("RGB").resize((24, 18)), dtype=float)
        assert head == "data:image/webp;base64"
        assert small.size == (24, 18)
        assert np.abs(np.asarray(small.convert("RGB"), dtype=float) - expected).mean() < 12


def test_an_image_that_lies_on_its_side_is_turned(tmp_path: Path) -> None:
    """As its EXIF orientation says; its boxes with it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "in").mkdir()
    photograph(0).save(tmp_path / "in" / "a.jpg", exif=exif)
    selection = select(Dataset.from_directory(tmp_path / "in"), 1, entry(metadata("lightly.luminance"), "WEIGHTS"))
    page, _ = exported(selection, tmp_path)

    assert page.root.all("div", "turned6")


def test_no_more_pictures_than_asked_for(photographs: Path, tmp_path: Path) -> None:
    """Picks come first, and the page says how many are left; with none, names are shown."""
    selection = select(Dataset.from_directory(photographs), 8, entry(metadata("lightly.luminance"), "WEIGHTS"))
    page, _ = exported(selection, tmp_path, thumbnails=4)
    bare, _ = exported(selection, tmp_path, "bare.html", thumbnails=0)

    assert len(page.root.all("img")) <= 4
    assert "of 8 are shown" in page.source
    assert not bare.root.all("img")
    assert names(bare.section("picks")) == list(selection.selected)


def test_failures_are_listed_with_their_reasons(photographs: Path, tmp_path: Path) -> None:
    """What can't be read is no sample of any set."""
    (photographs / "torn.png").write_bytes(b"not an image")
    selection = select(Dataset.from_directory(photographs), 2, entry(metadata("lightly.luminance"), "WEIGHTS"))
    page, data = exported(selection, tmp_path)
    failed = page.section("failures")
    assert failed is not None

    assert "torn.png" in failed.text
    assert "not an image in a format that can be read" in failed.text
    assert data["generalInformation"]["datasetInformation"]["datasetSizes"]["nCorrupt"] == 1
    assert page.table("Beside chance")["Samples"] == ["10", "2", "2"]


# Any selection


def test_a_selection_that_was_read_back_shows_the_same(tmp_path: Path) -> None:
    """But for what its folder doesn't hold, which it names."""
    folder = tmp_path / "in"
    for number in range(12):
        path = folder / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        photograph(number).save(path)
    table = {"sample": [f"{n}.png" for n in range(12)], "sky": ["sun", "rain"] * 6, "haze": range(12)}
    dataset = Dataset.from_directory(folder).with_metadata(table)
    strategies = [
        entry(metadata("haze"), "THRESHOLD", threshold=3, operation="BIGGER"),
        entry(metadata("sky"), "BALANCE", target={"sun": 0.5, "rain": 0.5}),
        entry({"type": "EMBEDDINGS"}, "DIVERSITY"),
    ]
    selection = select(dataset, 4, *strategies)
    selection.write(tmp_path / "out")
    fresh, of_run = exported(selection, tmp_path, "fresh.html")
    back, recorded = exported(Selection.read(tmp_path / "out"), tmp_path, "back.html")

    caption = "From the input to the selection"
    assert back.table(caption) == fresh.table(caption)
    assert names(back.section("picks")) == names(fresh.section("picks"))
    assert names(back.section("thresholds")) == names(fresh.section("thresholds"))
    assert names(back.section("next")) == names(fresh.section("next"))
    assert len(back.root.all("img")) > 4
    assert recorded["generalInformation"] != of_run["generalInformation"]  # pairs, of vectors
    assert recorded["datasetAnalysis"]["metadataInformation"] == of_run["datasetAnalysis"]["metadataInformation"]
    assert fresh.section("map")
    assert not back.section("map")
    assert "There is no map of EMBEDDINGS: the run has kept none in a store" in back.source


def test_predictions_are_read_again_where_the_dataset_has_them(tmp_path: Path) -> None:
    """Of a selection that was read back."""
    from tests.plugins.lightly_folder import Folder

    folder = Folder(tmp_path / "in", "a.png", "b.png", "c.png")
    objects = {"a": [{"category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}], "b": [], "c": []}
    folder.task("object-detection", ["car", "bus"], objects)
    score = {"type": "SCORES", "task": "t", "score": "objectness_least_confidence"}
    select(folder.dataset, 2, entry(score, "WEIGHTS")).write(tmp_path / "out")
    page, data = exported(Selection.read(tmp_path / "out"), tmp_path)

    assert data["predictionTaskInformation"]["t"]["categoryDistribution"]["input"]["counts"] == {"bus": 1}
    assert page.root.all("svg", "boxes")


def test_without_images_there_is_a_report_without_pictures(selection: Selection, tmp_path: Path) -> None:
    """Of vectors only."""
    page, _ = exported(selection, tmp_path)

    assert not page.root.all("img")
    assert page.section("map")


def test_images_that_are_gone_are_missed(photographs: Path, tmp_path: Path) -> None:
    """One, or the whole folder: the page says why, and the rest is there."""
    selection = select(Dataset.from_directory(photographs), 4, entry(metadata("lightly.luminance"), "WEIGHTS"))
    selection.write(tmp_path / "out")
    (photographs / selection.selected[0]).unlink()
    page, _ = exported(selection, tmp_path, "one.html")
    for name in selection.selected[1:]:
        (photographs / name).unlink()
    notes = selection.export("report", tmp_path / "none.html", without=["next", "thresholds"])
    photographs.rename(tmp_path / "elsewhere")
    bare, _ = exported(Selection.read(tmp_path / "out"), tmp_path, "all.html")

    picks = page.section("picks")
    assert picks is not None
    assert len(picks.all("img")) == 3
    assert "1 picture could not be made" in picks.text
    assert notes[0] == "No picture could be made (No such file or directory)"
    assert not bare.root.all("img")
    assert "There are no pictures: " in bare.source
    assert names(bare.section("picks")) == list(selection.selected)


def test_images_in_memory_have_pictures(tmp_path: Path) -> None:
    """Of any mode that Pillow has."""
    modes = ["RGB", "L", "RGBA", "P", "CMYK", "1", "I;16", "F"]
    images = [photograph(number).convert("F" if mode == "I;16" else mode) for number, mode in enumerate(modes)]
    images[modes.index("I;16")] = Image.fromarray(np.arange(48 * 36, dtype=np.uint16).reshape(36, 48) * 30)
    dataset = Dataset.from_images([f"{mode}.png" for mode in modes], images)
    page, _ = exported(select(dataset, len(modes), entry(metadata("lightly.width"), "WEIGHTS")), tmp_path)

    picks = page.section("picks")
    assert picks is not None
    assert len(picks.all("img")) == len(modes)


@pytest.mark.parametrize("count", [0, 1])
def test_few_selected(vectors: Vectors, tmp_path: Path, count: int) -> None:
    """None, or one: what can't be said is a dash."""
    threshold = entry(metadata("speed"), "THRESHOLD", threshold=(58 + 0.5) * 1.5 if count else 100, operation="BIGGER")
    selection = select(points(vectors), 5, threshold, *STRATEGIES[1:])
    page, data = exported(selection, tmp_path)

    assert len(selection.selected) == count
    notes = selection.export("report", tmp_path / "again.html")
    assert ("nothing was selected: the report is about what there was to choose from" in notes) == (not count)
    assert ("Nothing was selected of 60 samples: what follows is about these." in page.source) == (not count)
    table = page.table("Beside chance")
    assert table["Samples"] == ["60", str(count), str(count)]
    assert table["Diversity"][1:] == [DASH, DASH]
    assert (DASH in table["Coverage"]) == (not count)
    assert len(names(page.section("picks"))) == count
    assert "selected" not in data["datasetAnalysis"]["embeddingInformation"]["distanceToNearestNeighborInSet"]


def test_objects_are_points_of_a_map(photographs: Path, tmp_path: Path) -> None:
    """Each is one; diversity and coverage are of objects then."""
    names_ = [f"a/{n}.png" for n in range(5)] + [f"b/{n}.png" for n in range(5, 10)]
    found = [
        [{"category_id": 0, "bbox": [2 + 9 * k, 3, 12, 20], "score": 0.9} for k in range(1 + n % 3)] for n in range(10)
    ]
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    dataset = Dataset.from_files(photographs, names_).with_predictions("t", schema, found)
    page, _ = exported(select(dataset, 3, entry({"type": "EMBEDDINGS", "task": "t"}, "DIVERSITY")), tmp_path)
    chart = page.section("map")
    assert chart is not None
    packed = json.loads(chart.all("script")[0].text)

    assert len(base64.b64decode(packed["flags"])) == sum(map(len, found))
    assert "objects by the first two principal components" in chart.text
    assert any(row.startswith("Diversity of ") for row in page.table("Beside chance"))


# Nothing that is in a name does harm

HOSTILE = [
    "<script>alert(1)</script>.png",
    "\"onerror='alert(2)' x=\".png",
    "</title></style></script><img src=x onerror=alert(3)>.png",
    "&lt;b&gt;&amp;.png",
    "=cmd|' 'A0.png",
    "--><!--.png",
    "a\tb\x07\x1b[31m.png",
    "right\u202egnp.exe.png",
    "nul\u2028line.png",
    "n" * 240 + ".png",
    "Müller-図-🙂.png",
]


def test_names_stay_names(tmp_path: Path) -> None:
    """Whatever is in them, they are shown as text, and the page has the elements that it has without them."""
    plain = [f"{number}.png" for number in range(len(HOSTILE))]
    images = [photograph(number) for number in range(len(HOSTILE))]

    def page_of(names_: list[str], target: str) -> Page:
        labels = {"label": names_}
        schema = {
            "task_type": "classification",
            "categories": [{"id": n, "name": name} for n, name in enumerate(names_)],
        }
        found = [[{"category_id": number, "score": 0.5}] for number in range(len(names_))]
        dataset = Dataset.from_images(names_, images).with_metadata(labels).with_predictions("t", schema, found)
        strategies = [
            entry(metadata("label"), "BALANCE", target={names_[0]: 0.5}),
            entry(
                {"type": "PREDICTIONS", "task": "t", "name": "CLASS_DISTRIBUTION"}, "BALANCE", target={names_[2]: 0.5}
            ),
            entry({"type": "EMBEDDINGS"}, "DIVERSITY"),
            entry(metadata("lightly.luminance"), "THRESHOLD", threshold=0, operation="BIGGER"),
        ]
        return exported(select(dataset, 8, *strategies), tmp_path, target)[0]

    hostile, harmless = page_of(HOSTILE, "hostile.html"), page_of(plain, "plain.html")

    def elements(page: Page) -> Counter[tuple[str, ...]]:
        found: Counter[tuple[str, ...]] = Counter()
        for tag in ("script", "img", "style", "title", "b", "figure", "td", "th", "svg", "meta", "input", "a"):
            found.update((tag, *sorted(each.attributes)) for each in page.root.all(tag))
        return found

    assert elements(hostile) == elements(harmless)
    shown = set(names(hostile.section("picks")) + names(hostile.section("next")))
    assert shown == {
        name.replace("\t", "\\t")
        .replace("\x07", "\\x07")
        .replace("\x1b", "\\x1b")
        .replace("\u202e", "\\u202e")
        .replace("\u2028", "\\u2028")
        for name in HOSTILE
    }
    assert not [char for char in hostile.source if not char.isprintable() and char != "\n"]


def test_labels_with_line_ends_stay_on_their_line(tmp_path: Path) -> None:
    """They are spelled out."""
    dataset = Dataset.from_images(["a", "b"], [photograph(0), photograph(1)]).with_metadata({"k": ["x\ny", "x\r\nz"]})
    page, data = exported(select(dataset, 1, entry(metadata("k"), "BALANCE", distribution="UNIFORM")), tmp_path)

    assert page.table("Shares of k").keys() == {"x\\ny", "x\\r\\nz"}
    assert data["datasetAnalysis"]["metadataInformation"]["customCategorical"]["k"]["input"]["counts"] == {
        "x\ny": 1,
        "x\r\nz": 1,
    }


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
@pytest.mark.parametrize("back", [False, True])
def test_names_that_are_no_text_are_spelled_out(tmp_path: Path, back: bool) -> None:
    """And their pictures found all the same, of a selection that was read back as well."""
    folder = os.fsencode(tmp_path / "in")
    os.mkdir(folder)  # noqa: PTH102 (a path of bytes)
    for number, name in enumerate((b"caf\xe9.png", b"\xff\xfe.png", b"plain.png")):
        file = io.BytesIO()
        photograph(number).save(file, "PNG")
        with open(os.path.join(folder, name), "wb") as target:  # noqa: PTH118, PTH123
            target.write(file.getvalue())
    selection = select(Dataset.from_directory(tmp_path / "in"), 3, entry(metadata("lightly.luminance"), "WEIGHTS"))
    if back:
        selection.write(tmp_path / "out")
        selection = Selection.read(tmp_path / "out")
    page, _ = exported(selection, tmp_path)
    picks = page.section("picks")
    assert picks is not None

    assert sorted(names(picks)) == ["\\udcff\\udcfe.png", "caf\\udce9.png", "plain.png"]
    assert len(picks.all("img")) == 3


def test_the_page_may_load_nothing(selection: Selection, tmp_path: Path) -> None:
    """Its policy forbids it, and it has no address of anything but its own parts."""
    page, _ = exported(selection, tmp_path)
    (policy,) = [each["content"] for each in page.root.all("meta") if "http-equiv" in each.attributes]

    assert policy.split("; ")[0] == "default-src 'none'"
    assert {each["href"][0] for each in page.root.all("a")} == {"#"}
    assert not page.root.all("link")
    assert not [each for each in page.root.all("script") if "src" in each.attributes]
    assert "http://" not in page.source
    assert "https://" not in page.source
    for link in page.root.all("a"):
        assert page.root.by_id(link["href"][1:]) is not None


# Files

#: The keys of LightlyOne's report_v2.json, where any name may stand for ``*``.
DISTRIBUTION = {"bins", "range", "input", "selected", "random", "preselectedDatapool", "selectedWithDatapool"}
SHARES = DISTRIBUTION - {"bins", "range"}
KEYS: dict[str, set[str]] = {
    "": {"generalInformation", "datasetAnalysis", "predictionTaskInformation"},
    "generalInformation": {
        "workerInformation",
        "runInformation",
        "datasetInformation",
        "annotationSavings",
        "selectedAndRemovedImageExamples",
    },
    "generalInformation.runInformation": {"startTimestamp", "endTimestamp", "totalProcessingTimeS", "runId", "runUrl"},
    "generalInformation.workerInformation": {"buildTime", "buildVersion"},
    "generalInformation.datasetInformation": {
        "datasetSizes",
        "videoLevelSizes",
        "datasetId",
        "datasetUrl",
        "datasetName",
    },
    "generalInformation.datasetInformation.datasetSizes": {
        "nInput",
        "nCorrupt",
        "nDuplicate",
        "nRemoved",
        "nSelected",
        "nPreselectedDatapool",
        "nSelectedWithDatapool",
    },
    "datasetAnalysis": {"embeddingInformation", "metadataInformation"},
    "datasetAnalysis.embeddingInformation": {
        "distanceToNearestNeighborInSet",
        "distanceToCoverInput",
        "scatterPlotData",
    },
    "datasetAnalysis.embeddingInformation.scatterPlotData": {"pcaEmbeddingData", "umapEmbeddingData"},
    "datasetAnalysis.embeddingInformation.scatterPlotData.pcaEmbeddingData": {
        "input2dEmbeddings",
        "datapool2dEmbeddings",
        "selectedExcludingDatapool2dEmbeddings",
        "exampleImages",
    },
    "datasetAnalysis.metadataInformation": {"lightlyNumeric", "customNumeric", "customCategorical"},
    "predictionTaskInformation.*": {
        "taskType",
        "categoryIdToName",
        "activeLearningScoreDistributions",
        "categoryDistribution",
        "categoryToCountsPerSample",
        "predictionScoreDistribution",
        "detectionTaskInformation",
        "categoryToImageWithCategoryCount",
    },
    "numeric": DISTRIBUTION,
    "categorical": SHARES,
}


def test_the_json_has_the_published_keys_and_no_other(selection: Selection, tmp_path: Path) -> None:
    """A reader of ``report_v2.json`` refuses any that it doesn't know."""
    _, data = exported(selection, tmp_path)

    def at(path: str) -> Any:
        found = data
        for part in path.split(".") if path else []:
            found = found[part]
        return found

    for path, keys in KEYS.items():
        if "*" not in path and path not in ("numeric", "categorical"):
            assert at(path).keys() <= keys, path
    task = data["predictionTaskInformation"]["traffic"]
    assert task.keys() <= KEYS["predictionTaskInformation.*"]
    numeric = [
        *data["datasetAnalysis"]["metadataInformation"]["customNumeric"].values(),
        *task["activeLearningScoreDistributions"].values(),
        *task["categoryToCountsPerSample"].values(),
        task["predictionScoreDistribution"],
    ]
    for found in numeric:
        assert found.keys() == DISTRIBUTION
        assert {each for name in SHARES for each in found[name]} == {"counts", "metrics"}
        assert {each for name in SHARES for each in found[name]["metrics"]} == {"mean", "std", "min", "median", "max"}
    for found in (task["categoryDistribution"], task["categoryToImageWithCategoryCount"]):
        assert found.keys() == SHARES
        assert {each for name in SHARES for each in found[name]["metrics"]} == {"giniImbalance", "normalizedEntropy"}


def test_lightlys_own_reader_takes_each_part(selection: Selection, tmp_path: Path) -> None:
    """Its models, as the last client had them: of every part for which tamis has all facts."""
    models = pytest.importorskip("lightly.openapi_generated.swagger_client.models", exc_type=ImportError)
    _, data = exported(selection, tmp_path)
    general, analysis = data["generalInformation"], data["datasetAnalysis"]
    embedding = analysis["embeddingInformation"]

    assert models.DatasetSizes.from_dict({**general["datasetInformation"]["datasetSizes"], "nDuplicate": 0})
    assert models.MetadataInformation.from_dict(analysis["metadataInformation"])
    assert models.NumericDistributionPerSet.from_dict(embedding["distanceToNearestNeighborInSet"])
    assert models.EmbeddingData2D.from_dict(embedding["scatterPlotData"]["pcaEmbeddingData"])
    assert models.PredictionTaskInformation.from_dict(data["predictionTaskInformation"]["traffic"])
    for pair in general["selectedAndRemovedImageExamples"]:
        assert models.SelectedAndRemovedImagePair.from_dict(pair)


def test_either_both_files_are_there_or_none(selection: Selection, tmp_path: Path) -> None:
    """What is there already is kept, unless it is to be replaced."""
    (tmp_path / "report.json").write_text("mine")
    with pytest.raises(errors.OutputError, match=r"report\.json' exists already"):
        selection.export("report", tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]

    assert selection.export("report", tmp_path / "report.html", force=True)[-1].startswith("report -> ")
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json"}


def test_the_json_lies_beside_the_page(selection: Selection, tmp_path: Path) -> None:
    """Under its name."""
    selection.export("report", tmp_path / "week.1")

    assert {path.name for path in tmp_path.iterdir()} == {"week.1", "week.1.json"}


def test_the_kits_checks_hold() -> None:
    """With and without options."""
    (declared,) = report.tamis_exports()
    registry = tamis.Registry(block=["report"], allow=["tamis"], environ=False)
    assert "report" not in registry.keys("export")
    results = testing.check_export(declared, params=[{}, {"thumbnails": 1, "size": 16}, {"points": 1}])

    assert [result for result in results if result.status == "failed"] == []
