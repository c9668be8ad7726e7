"""Sections of the report: those of others beside the built-in ones, what they may show, and how much of it."""

from __future__ import annotations

import io
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tamis
from tamis import Dataset, Finding, Registry, Section, Selection, Store, Subject, blocks, errors
from tests.conftest import photograph
from tests.plugins.report_pages import Element, Page

NAMES = [f"frames/{number:02}.jpg" for number in range(30)]
VECTORS = np.random.default_rng(3).normal(size=(30, 5)).astype(np.float32)
CONFIG = {
    "n_samples": 6,
    "strategies": [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {"input": {"type": "METADATA", "key": "speed"}, "strategy": {"type": "WEIGHTS"}},
    ],
}
CONFIG_OF_VECTORS = {**CONFIG, "strategies": CONFIG["strategies"][:1]}


@pytest.fixture(scope="module")
def selection() -> Selection:
    """Six of thirty."""
    dataset = Dataset.from_embeddings(NAMES, VECTORS).with_metadata({"speed": [float(n) for n in range(30)]})
    return tamis.select(dataset, CONFIG)


def registry(*sections: Section) -> Registry:
    """The built-in plugins and these."""
    found = Registry(allow=["tamis"], environ=False)
    for section in sections:
        found.register(section)
    return found


def showing(*shown: Any, name: str = "acme", **options: Any) -> Section:
    """A section that shows these."""
    return Section(name, lambda subject, options: iter(shown), title=options.pop("title", "Acme"), **options)


def reported(
    selection: Selection | Subject, folder: Path, *sections: Section, **options: Any
) -> tuple[Page, list[str]]:
    """The page, and what was told of its sections."""
    notes = selection.export("report", folder / "r.html", registry=registry(*sections), force=True, **options)
    return Page(folder / "r.html"), [note for note in notes if " in the report: " in note]


def part(page: Page, key: str = "acme") -> Element:
    """A section of a page."""
    found = page.section(key)
    assert found is not None
    return found


def headings(page: Page) -> list[str]:
    """Those of the sections, in order."""
    return [each.text for each in page.root.all("h2")]


# Where they stand


def test_a_section_of_others_stands_where_it_says(selection: Selection, tmp_path: Path) -> None:
    """By its position among those of tamis; without one, before how the result was made."""
    first = showing(blocks.Text("one"), name="acme.first", title="First", position=0)
    middle = showing(blocks.Text("two"), name="acme-middle", title="Middle", position=45)
    last = showing(blocks.Text("three"), name="acme_last", title="Last")
    page, _ = reported(selection, tmp_path, last, middle, first)

    assert headings(page) == [
        *("First", "At a glance", "Picks", "Next in line", "Close pairs", "Middle", "Distributions", "Map", "Last"),
        "How it was made",
    ]
    links = {link["href"][1:] for link in page.root.all("nav")[0].all("a")}
    assert links >= {"acme-first", "acme-middle", "acme_last", "overview"}
    assert part(page, "acme-first").all("p")[0].text == "one"


def test_sections_are_chosen_and_left_out(selection: Selection, tmp_path: Path) -> None:
    """In the order given, with options of theirs."""

    def make(subject: Subject, options: Any) -> Iterator[blocks.Block]:
        yield blocks.Text(f"{options['word']} {len(subject.sets['random'])}")

    schema = {"properties": {"word": {"type": "string", "default": "some"}}}
    acme = Section("acme", make, title="Acme", schema=schema)
    page, _ = reported(selection, tmp_path, acme, sections=["map", {"type": "acme", "word": "all"}, "overview"])
    assert headings(page) == ["Map", "Acme", "At a glance"]
    assert "all 6" in part(page).text

    page, _ = reported(selection, tmp_path, acme, without=["picks", "next", "pairs", "run"])
    assert headings(page) == ["At a glance", "Distributions", "Map", "Acme"]
    assert "some 6" in part(page).text


def test_what_is_not_usual_is_there_where_it_is_asked_for(selection: Selection, tmp_path: Path) -> None:
    """At its position; so is a usual one, with other options."""

    def make(subject: Subject, options: Any) -> Iterator[blocks.Block]:
        yield blocks.Text(options["word"])

    schema = {"properties": {"word": {"type": "string", "default": "some"}}}
    rare = Section("rare", make, title="Rare", schema=schema, usual=False, position=5)
    often = Section("often", make, title="Often", schema=schema, position=1)
    page, _ = reported(selection, tmp_path, rare, often)
    assert headings(page)[:2] == ["Often", "At a glance"]
    assert part(page, "often").all("p")[0].text == "some"

    page, _ = reported(selection, tmp_path, rare, often, also=["rare:word=all", {"type": "often", "word": "new"}])
    assert headings(page)[:3] == ["Often", "Rare", "At a glance"]
    assert [part(page, key).all("p")[0].text for key in ("often", "rare")] == ["new", "all"]


def test_umap_keeps_neighbours_together(tmp_path: Path) -> None:
    """Three heaps in twenty dimensions are three on the map, each time the same; the selected ones are there first."""
    pytest.importorskip("umap")
    heaps = np.repeat(np.eye(3, 20) * 20, 40, axis=0) + np.random.default_rng(1).normal(size=(120, 20))
    names = [f"{number:03}.jpg" for number in range(120)]
    found = tamis.select(Dataset.from_embeddings(names, heaps.astype(np.float32), normalize=False), CONFIG_OF_VECTORS)
    subject = Subject.of_selection(found)
    (made,), (again,) = (subject.make_sections(["umap"], registry=registry()) for _ in range(2))
    (drawn,), (twice,) = made.blocks, again.blocks
    assert isinstance(drawn, blocks.Map)
    assert isinstance(twice, blocks.Map)
    assert np.array_equal(drawn.places, twice.places)
    heap = drawn.samples // 40
    near = np.linalg.norm(drawn.places[:, None] - drawn.places[None], axis=2)
    np.fill_diagonal(near, np.inf)
    assert (heap[near.argmin(axis=1)] == heap).all()
    (few, told) = subject.make_sections(["umap:points=10"], registry=registry())[0].blocks
    assert isinstance(few, blocks.Map)
    assert set(found.rows.tolist()) <= set(few.samples.tolist())
    assert isinstance(told, blocks.Text)
    assert told.text == "110 more points are not on this map."


def test_without_its_library_the_page_says_how_to_have_umap(
    selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And has all else."""
    monkeypatch.setitem(sys.modules, "umap", None)
    page, notes = reported(selection, tmp_path, also=["umap"])
    assert notes == [
        "no 'Map by UMAP' in the report: section 'umap' needs umap-learn: pip install 'tamis[umap]'",
    ]
    assert "Map" in headings(page)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sections": ["mapp"]}, r"sections\[0\].*no installed plugin has the section 'mapp'\. Did you mean 'map'\?"),
        ({"sections": ["map", "map"]}, r"sections\[1\]: section 'map' is there twice"),
        ({"sections": ["map:zoom=2"]}, r"sections\[0\]\.zoom: section 'map' has no such option"),
        ({"also": ["mapp"]}, r"also\[0\]\.type: no installed plugin has the section 'mapp'\. Did you mean 'map'\?"),
        ({"also": ["map"], "sections": ["map"]}, "also: goes with the usual sections"),
        ({"without": ["pick"]}, r"without: no section is named 'pick'\. Did you mean 'picks'\?"),
    ],
)
def test_a_choice_that_cant_be_made_is_refused(
    selection: Selection, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    """Before anything is written."""
    with pytest.raises(errors.ConfigError, match=message):
        reported(selection, tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_a_section_with_nothing_to_show_is_not_there(selection: Selection, tmp_path: Path) -> None:
    """As those of datasets in the report of a selection."""
    page, notes = reported(selection, tmp_path, showing())

    assert not {"Acme", "Issues", "Examples", "Least and most"} & set(headings(page))
    assert notes == []


def test_what_sections_share_is_made_once(selection: Selection) -> None:
    """However many ask for it."""
    calls = []

    def expensive(subject: Subject) -> int:
        calls.append(subject)
        return len(subject.samples)

    subject = Subject.of_selection(selection)

    assert [subject.once(expensive) for _ in range(3)] == [30] * 3
    assert len(calls) == 1


# What goes wrong


def late(subject: Subject, options: Any) -> Iterator[blocks.Block]:
    """Fails when its cards are made."""

    def cards() -> Iterator[blocks.Card]:
        yield blocks.Card(NAMES[0])
        raise ValueError("no more cards")

    yield blocks.Gallery(cards(), fills=True)


def leaving(subject: Subject, options: Any) -> Iterator[blocks.Block]:
    """Ends the interpreter, if it may."""
    raise SystemExit(3)


def complaining(subject: Subject, options: Any) -> Iterator[blocks.Block]:
    """Says why there is nothing."""
    raise errors.DatasetError("the prices are on strike")


class Own(blocks.Block):
    """A block that no page knows."""


WRONG: list[tuple[Callable[..., Any], str]] = [
    (lambda subject, options: 1 / 0, "failed: ZeroDivisionError"),
    (lambda subject, options: None, "failed: TypeError: make gave None, not blocks"),
    (lambda subject, options: ["<b>bold</b>"], "which is no block of tamis.blocks"),
    (lambda subject, options: itertools.repeat(blocks.Text("x")), "it makes more than 200 blocks"),
    (lambda subject, options: [Own()], "can't show a block of the class Own"),
    (lambda subject, options: [blocks.Gallery([blocks.Card("nobody.png")])], "which is no sample"),
    (lambda subject, options: [blocks.Table("t", ["a", "b"], [["x"]])], "has 1 cells, and its header 2"),
    (lambda subject, options: [blocks.Table("t", ["a"], [[b"x"]])], "is no cell"),
    (lambda subject, options: [blocks.Image(b"no image", "x")], "UnidentifiedImageError"),
    (lambda subject, options: [blocks.Map("m", [[0, 0]], [99])], "a row that no sample has"),
    (lambda subject, options: [blocks.Histogram("h", {"a": [1], "b": [1, 2]}, (0, 1))], "1 intervals, and 2 numbers"),
    (late, "failed: ValueError: no more cards"),
    (leaving, "failed: SystemExit: 3"),
    (complaining, "could not be made: the prices are on strike"),
]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=[message[:30] for _, message in WRONG])
def test_a_section_that_fails_costs_only_itself(
    selection: Selection, tmp_path: Path, make: Callable[..., Any], message: str
) -> None:
    """The page and the notes say which and why."""
    page, notes = reported(selection, tmp_path, Section("acme", make, title="Acme"), sections=["picks", "acme", "run"])

    assert headings(page) == ["Picks", "Acme", "How it was made"]
    assert message in part(page).text
    assert len(part(page, "picks").all("figure")) == 6
    assert len(notes) == 1
    assert notes[0].startswith("no 'Acme' in the report: ")


def test_the_user_can_stop_a_section(selection: Selection, tmp_path: Path) -> None:
    """Ctrl-C is no failure of it."""

    def stopped(subject: Subject, options: Any) -> Iterable[blocks.Block]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reported(selection, tmp_path, Section("acme", stopped, title="Acme"))


def test_two_sections_of_one_name_are_a_conflict(selection: Selection, tmp_path: Path) -> None:
    """The page says so in its place, and has the rest."""
    page, notes = reported(selection, tmp_path, showing(blocks.Text("mine"), name="map"))

    assert "is claimed by" in part(page, "map").text
    assert len(notes) == 1


# How much there is room for


def test_whatever_a_section_makes_the_page_stays_small_and_says_so(selection: Selection, tmp_path: Path) -> None:
    """Of what is made on demand, no more is made than is shown."""
    made = Counter[str]()

    def rows() -> Iterator[list[Any]]:
        for number in itertools.count():
            made["rows"] += 1
            yield [f"row {number} " + "x" * 100, number]

    def cards() -> Iterator[blocks.Card]:
        for name in itertools.cycle(NAMES):
            made["cards"] += 1
            yield blocks.Card(name, reasons=["because"] * 1000)

    many = np.arange(300_000, dtype=float)
    shown = [
        blocks.Table("Endless", ["Row", "Number"], rows()),
        blocks.Gallery(cards()),
        blocks.Bars("Labels", [f"l{n}" for n in range(10_000)], {"input": np.ones(10_000)}),
        blocks.Lines("Line", many, {"input": many, "other": np.sin(many)}),
        blocks.Histogram("Fine", {"input": many}, (0, 1)),
        blocks.Text("word " * 1_000_000),
        blocks.Map("Points", np.zeros((200_000, 2)), np.zeros(200_000, dtype=int)),
        *(blocks.Table(f"t{n}", ["a"], [["y" * 2_000]] * 200) for n in range(20)),
    ]
    start = time.process_time()
    page, notes = reported(selection, tmp_path, showing(*shown), sections=["acme"])
    took, text = time.process_time() - start, part(page).text

    assert notes == []
    assert made == {"rows": 1001, "cards": 201}
    for said in (
        "The first 1,000 rows are shown; there are more.",
        "The first 200 are shown.",
        "The first 50 of 10,000 rows are shown; the shares are those of all.",
        "Every 300.0th of 300,000 points is shown.",
        "more characters)",
        "100,000 of 200,000 samples, at random",
        "more blocks of this section would make the page too large.",
    ):
        assert said in text
    assert len(page.source) < 7_000_000
    assert took < 15


def test_the_gallery_that_fills_the_page_takes_what_others_leave(selection: Selection, tmp_path: Path) -> None:
    """Pictures are shared among galleries: one that fills has what is left, and says how many it has not."""
    small = blocks.Gallery([blocks.Card(name) for name in NAMES[:4]], small=True)
    filling = blocks.Gallery((blocks.Card(name) for name in NAMES), total=30, told="All.", rest="a.txt", fills=True)
    page, _ = reported(selection, tmp_path, showing(small, filling), sections=["acme"], thumbnails=16)

    (main,) = part(page).all("div", "main")
    assert len(main.all("figure")) == 12
    assert "All. The first 12 of 30 are shown; a.txt." in main.text
    assert len(part(page).all("figure")) == 16


# What they look like


def picture() -> bytes:
    """A PNG file."""
    file = io.BytesIO()
    photograph(1, (1500, 30)).save(file, "PNG")
    return file.getvalue()


def everything(text: str) -> list[blocks.Block]:
    """A block of each kind, with a text wherever one can be."""
    card = blocks.Card(NAMES[0], label=text, told=[text], reasons=[text])
    return [
        blocks.Text(text),
        blocks.Text(text, tone="note"),
        blocks.Notes([text]),
        blocks.Code(text),
        blocks.Table(text, [text, text], [[text, 1.5], [text, None]], total=True),
        blocks.Bars(text, [text], {text: [1], "input": [2]}, targets={text: 0.5}, of=text),
        blocks.Histogram(text, {text: [1, 2], "selected": [2, 3]}, (0, 1), told=text, mark=0.5),
        blocks.Lines(text, [1, 2], {text: [1, float("nan")], "input": [2, 3]}, axis=text),
        blocks.Gallery([card], told=text, total=5, rest=text),
        blocks.Gallery([card], told=text, fills=True),
        blocks.Pairs([blocks.Pair(card, card, text)]),
        blocks.Image(picture(), text, caption=text),
        blocks.Map(text, [[0, 0], [1, 2]], [0, 1], groups={text: [1]}, axes=text),
        blocks.Halves([blocks.Group(text, [blocks.Folded(text, [blocks.Text(text)], about=text)])]),
        blocks.Grid([blocks.Group("", [blocks.Text(text)])]),
    ]


def test_text_stays_text_in_every_block(selection: Selection, tmp_path: Path) -> None:
    """Whatever it is: the page has the elements that it has of harmless text."""
    hostile = "</script></style><img src=x onerror='alert(1)'>\" onload=\"alert(2)\u202e\x1b[31m"

    def elements(text: str) -> Counter[tuple[str, ...]]:
        page, notes = reported(selection, tmp_path, showing(*everything(text), title=text), sections=["acme"])
        assert notes == []
        found: Counter[tuple[str, ...]] = Counter()
        for tag in ("script", "img", "style", "p", "figure", "td", "th", "svg", "li", "a", "h2", "h3", "div", "pre"):
            found.update((tag, *sorted(each.attributes)) for each in page.root.all(tag))
        assert not [char for char in page.source if not char.isprintable() and char != "\n"]
        return found

    assert elements(hostile) == elements("harmless")


def test_blocks_are_drawn_as_they_say(selection: Selection, tmp_path: Path) -> None:
    """Numbers in words, shares of all, and series of other names in colours of their own."""
    page, _ = reported(selection, tmp_path, showing(*everything("word")), sections=["acme"])
    section = part(page)

    assert page.table("word") if len(section.all("table")) == 1 else True
    table, bars = section.all("table")
    assert [[cell.text for cell in row.all("td")] for row in table.all("tbody")[0].all("tr")] == [["1.5"], ["\u2013"]]
    assert len(table.all("strong")) == 2
    assert [cell.text for cell in bars.all("tbody")[0].all("td")] == ["100.0 % 1", "100.0 % 2", "50.0 %"]
    histogram, lines = section.all("svg", "histogram")
    assert histogram["aria-label"] == "Histogram of word: word"
    assert [path["class"] for path in histogram.all("path")] == ["selected", "other0"]
    assert lines["aria-label"] == "word, by word: word from 1 to 1; Input from 2 to 3"
    (image,) = section.all("figure", "picture")
    assert image.all("img")[0]["alt"] == "word"
    assert image.all("img")[0]["src"].startswith("data:image/webp;base64,")
    assert [each["value"] for each in section.all("div", "choices")[0].all("input")] == ["input", "word"]


# Datasets


def test_a_page_about_a_dataset(tmp_path: Path) -> None:
    """What was measured, with its least and most; examples; what was found to be wrong; classes; a map."""
    shades = [10 * number for number in range(12)]
    images = [Image.new("RGB", (40, 30), (shade, shade, shade)) for shade in shades]
    names = [f"{number:02}.png" for number in range(12)]
    schema = {"task_type": "classification", "categories": [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]}
    found = [[{"category_id": number % 4 // 3, "score": 0.5}] for number in range(12)]
    dataset = Dataset.from_images(names, images).with_predictions("pets", schema, found)
    table = tamis.compute(dataset, ["lightly.luminance", "lightly.width"])
    vectors = tamis.Column("colours", tamis.Kind.VECTOR, VECTORS[:12])
    subject = Subject.of_dataset(
        dataset,
        table,
        vectors=vectors,
        predictions=[dataset.annotations.predictions("pets", names, lambda done, total: None)],
        findings=[
            Finding("too dark", names[:2], told=["black", "nearly black"], doc="Little is to be seen."),
            Finding("torn", [], doc="Half of it is there."),
        ],
        notes=["It is a test."],
    )
    page, notes = reported(subject, tmp_path)

    assert notes == []
    assert headings(page) == [
        *("At a glance", "Issues", "Examples", "Least and most", "Distributions", "Predictions", "Map")
    ]
    assert page.root.all("h1")[0].text == "What is in 12 samples"
    assert "It is a test." in part(page, "overview").text
    issues = page.table("What was looked for, and found")
    assert issues["too dark"] == ["Little is to be seen.", "2", "16.7 %"]
    assert issues["torn"] == ["Half of it is there.", "0", "0.0 %"]
    assert [each["title"] for each in part(page, "issues").all("span", "name")] == names[:2]
    assert [each.text for each in part(page, "issues").all("span", "told")] == ["black", "nearly black"]
    assert len(part(page, "examples").all("img")) == 12
    ends = [each["title"] for each in part(page, "extremes").all("span", "name")]
    assert ends == [*names[:6], *names[:5:-1]]
    assert page.table("Objects of each class") == {"cat": ["75.0 % 9"], "dog": ["25.0 % 3"]}
    assert "All 12 samples by the first two principal components of colours." in part(page, "map").text
    assert "Random" not in part(page, "distributions").text


def test_a_dataset_of_which_nothing_is_known_has_a_page(tmp_path: Path) -> None:
    """Of names alone."""
    page, notes = reported(Subject.of_dataset(Dataset(NAMES)), tmp_path)

    assert notes == []
    assert headings(page) == ["At a glance", "Examples"]


def test_a_subject_is_of_its_dataset(tmp_path: Path) -> None:
    """A table of other samples, or a column of another length, is refused."""
    dataset = Dataset(NAMES[:3])
    with pytest.raises(ValueError, match="other samples than the dataset"):
        Subject.of_dataset(dataset, tamis.Table(("a", "b", "c"), {}))
    with pytest.raises(ValueError, match="'v' has 30 rows, and the dataset 3 samples"):
        Subject.of_dataset(dataset, vectors=tamis.Column("v", tamis.Kind.VECTOR, VECTORS))
    with pytest.raises(errors.ConfigError, match="'files' writes selections only"):
        Subject.of_dataset(dataset).export("files", tmp_path / "x")


# Vectors of a result that was read back


def run(folder: Path, target: Path, store: Store) -> Selection:
    """A selection of images by their vectors, written as the command line does."""
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    selection = tamis.select(Dataset.from_directory(folder), {"n_samples": 3, "strategies": [entry]}, store=store)
    selection.write(target, command=["tamis", "select"], store=store)
    return selection


def test_the_map_comes_from_the_store_without_opening_an_image(photographs: Path, tmp_path: Path) -> None:
    """It is that of the run: each image is overwritten with something else of the same size and time."""
    fresh = run(photographs, tmp_path / "out", Store(tmp_path / "store"))
    before, _ = reported(fresh, tmp_path, thumbnails=0)
    for path in photographs.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            state = path.stat()
            path.write_bytes(bytes(state.st_size))
            os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    after, _ = reported(Selection.read(tmp_path / "out"), tmp_path, thumbnails=0)

    assert part(after, "map").text == part(before, "map").text
    assert after.table("Beside chance") == before.table("Beside chance")
    assert after.section("pairs") is not None


def test_vectors_that_cant_be_had_again_are_missed_with_a_remedy(photographs: Path, tmp_path: Path) -> None:
    """The store is gone; one image has changed, all have; there never was a store."""
    fresh = run(photographs, tmp_path / "out", Store(tmp_path / "store"))
    elsewhere = Selection.read(tmp_path / "out", store=tmp_path / "nothing")
    page, _ = reported(elsewhere, tmp_path, thumbnails=0)
    assert page.section("map") is None
    assert "There is no map of EMBEDDINGS: the store" in part(page, "overview").text
    assert "name the store that has them with --store" in part(page, "overview").text

    changed = photographs / fresh.selected[0]
    changed.write_bytes(changed.read_bytes() + b"\0")
    page, _ = reported(Selection.read(tmp_path / "out"), tmp_path, thumbnails=0)
    total = len(fresh.samples)
    assert f"All {total - 1} samples by" in part(page, "map").text
    assert (
        f"The map of EMBEDDINGS is not that of the run: 1 of {total} images has changed since the run, or the file "
        f"that holds it: {fresh.selected[0]!r}; run tamis select again, with --report"
    ) in part(page, "overview").text

    for name in fresh.samples:
        (photographs / name).write_bytes((photographs / name).read_bytes() + b"\0")
    page, _ = reported(Selection.read(tmp_path / "out"), tmp_path, thumbnails=0)
    first = ", ".join(map(repr, fresh.samples[:3]))
    assert page.section("map") is None
    assert (
        f"has vectors of none of these images: {total} of {total} images have changed since the run, or the file that "
        f"holds them: {first} and {total - 3} more; run tamis select again"
    ) in part(page, "overview").text

    fresh.write(tmp_path / "bare")
    page, _ = reported(Selection.read(tmp_path / "bare"), tmp_path, thumbnails=0)
    assert "the run has kept none in a store" in part(page, "overview").text


def test_vectors_of_a_file_are_read_again(photographs: Path, tmp_path: Path) -> None:
    """As long as it is there."""
    dataset = Dataset.from_directory(photographs)
    lines = [f"filenames,{','.join(f'embedding_{n}' for n in range(3))},labels"]
    lines += [f"{name},{number},{number % 3},1,0" for number, name in enumerate(dataset.samples)]
    (tmp_path / "v.csv").write_text("\n".join(lines))
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    chosen = {"type": "files", "file": str(tmp_path / "v.csv")}
    fresh = tamis.select(dataset, {"n_samples": 3, "strategies": [entry]}, embedder=chosen)
    fresh.write(tmp_path / "out")
    again = Selection.read(tmp_path / "out")

    assert again.vectors("EMBEDDINGS").equals(fresh.vectors("EMBEDDINGS"))
    (tmp_path / "v.csv").unlink()
    page, _ = reported(Selection.read(tmp_path / "out"), tmp_path, thumbnails=0)
    assert "There is no map of EMBEDDINGS: " in part(page, "overview").text
    with pytest.raises(KeyError):
        fresh.vectors("speed")


def test_a_file_of_vectors_that_has_changed_since_the_run_is_named(tmp_path: Path) -> None:
    """By its path; the same file is no news."""
    file, names = tmp_path / "v.npy", tmp_path / "v.txt"
    np.save(file, VECTORS)
    names.write_text("".join(f"{name}\n" for name in NAMES))
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    config = {"n_samples": 3, "strategies": [entry]}
    tamis.select(Dataset(NAMES), config, embedder=f"files:file={file}").write(tmp_path / "out")

    def notes() -> str:
        read = Selection.read(tmp_path / "out", dataset=Dataset(NAMES))
        return " ".join(Subject.of_selection(read).notes)

    assert "changed since" not in notes()
    np.save(file, VECTORS + 1)
    os.utime(file, ns=(0, 0))
    assert (
        f"The map of EMBEDDINGS is not that of the run: '{file}' changed since the run; run tamis select again, with "
        "--report."
    ) in notes()
