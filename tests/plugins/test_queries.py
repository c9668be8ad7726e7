"""What EMBEDDINGS compares images with: texts, and images that the config names."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tamis import Dataset, Embedder, Params, Registry, Selection, Vectors, errors, select, validate
from tamis.cli import cli
from tamis.testing.suites import suite_of

#: Colours by the words that a text may hold.
WORDS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
COLORS = {"sky.png": (60, 90, 250), "rose.png": (250, 40, 60), "moss.png": (30, 160, 20), "brick.png": (180, 90, 60)}
SIMILARITY = {"type": "SIMILARITY"}


def seen(images: Sequence[Any]) -> Any:
    """The mean colour of each image."""
    return np.stack([image.mean(axis=(0, 1)) for image in images])


def told(texts: Sequence[str]) -> Any:
    """The mean of the colours that each text names."""
    named = [[color for word, color in WORDS.items() if word in text.split()] for text in texts]
    return np.array([np.mean(colors, axis=0) if colors else (0, 0, 0) for colors in named])


def two_towers(**fields: Any) -> Embedder:
    """Texts and images in the space of colours."""
    return Embedder("colors", seen, **{"dim": 3, "version": "1", "embed_texts": told, "doc": "Colours.", **fields})


def registry(embedder: Embedder | None = None) -> Registry:
    """What tamis provides, and the embedder."""
    found = Registry(allow=["tamis"], environ=False)
    found.register(embedder or two_towers())
    return found


def config(n: int = 2, strength: float = 1, **query: Any) -> dict[str, Any]:
    """Those that are like the query."""
    entry = {"input": {"type": "EMBEDDINGS", **query}, "strategy": {"type": "SIMILARITY", "strength": strength}}
    return {"n_samples": n, "strategies": [entry]}


def draw(folder: Path, colors: dict[str, tuple[int, int, int]] = COLORS) -> Path:
    """Images of one colour each."""
    folder.mkdir(exist_ok=True)
    for name, color in colors.items():
        Image.new("RGB", (8, 6), color).save(folder / name)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs, as they come."""
    return draw(tmp_path / "photos")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the images that have been opened."""
    from tamis_plugins.local_files.images import LocalImages

    names: list[str] = []
    open_ = LocalImages.open

    def noting(images: LocalImages, name: str) -> Any:
        names.append(name)
        return open_(images, name)

    monkeypatch.setattr(LocalImages, "open", noting)
    return names


def pick(dataset: Dataset | Path, query: dict[str, Any], **options: Any) -> Selection:
    """By the stand-in, if nothing else is said."""
    given = {"registry": registry(), "embedder": "colors", **options}
    dataset = dataset if isinstance(dataset, Dataset) else Dataset.from_directory(dataset)
    return select(dataset, query, **given)


def problem(call: Callable[[], object]) -> str:
    """What a config is told to be wrong."""
    with pytest.raises(errors.ConfigError) as caught:
        call()
    return str(caught.value)


def test_a_text_finds_what_it_names(folder: Path) -> None:
    """The nearest first: of unit length, rose is 0.28 from red, brick 0.55."""
    selection = pick(folder, config(text="something red"))

    assert selection.selected == ("rose.png", "brick.png")
    rose = np.array([250, 40, 60]) / np.linalg.norm([250, 40, 60])
    distance = np.linalg.norm(rose - [1, 0, 0])
    assert selection.table()["EMBEDDINGS 'something red'.distance to 'something red'"].cells()[2] == pytest.approx(
        distance
    )
    assert "mean distance to 'something red' 0." in selection.summaries[0]


def test_what_is_picked_by_a_text_is_explained_by_it(folder: Path, tmp_path: Path) -> None:
    """From the result as it was written, too; the manifest holds the texts."""
    pick(folder, config(text="something red")).write(tmp_path / "result")
    read = Selection.read(tmp_path / "result")

    assert "Its distance to 'something red' is 0.2799." in read.explain("rose.png")
    assert "The last pick's distance to 'something red' was" in read.explain("sky.png")
    assert read.manifest()["embeddings"]["queries"] == [{"texts": ["something red"]}]


def test_of_several_texts_the_nearest_counts(folder: Path) -> None:
    """And is named."""
    selection = pick(folder, config(n=3, text=["red", "blue"]))

    assert set(selection.selected) == {"rose.png", "sky.png", "brick.png"}
    nearest = selection.table()["EMBEDDINGS 'red', 'blue'.nearest_query_text"]
    assert dict(zip(selection.samples, nearest.cells(), strict=True)) == {
        "brick.png": "red",
        "moss.png": "red",
        "rose.png": "red",
        "sky.png": "blue",
    }
    assert "Its nearest query text is blue." in selection.explain("sky.png")


def test_a_negative_strength_keeps_away_from_a_text(folder: Path) -> None:
    """Moss and sky are the least red."""
    assert set(pick(folder, config(strength=-1, text="red")).selected) == {"moss.png", "sky.png"}


def test_texts_are_scaled_as_images_are(folder: Path) -> None:
    """Not at all, on request."""
    selection = pick(folder, config(n=1, text="red green"), normalize=False)

    distances = selection.table()["EMBEDDINGS 'red green'.distance to 'red green'"].cells()
    expected = [float(np.linalg.norm(np.subtract(COLORS[name], (127.5, 127.5, 0)))) for name in selection.samples]
    assert distances == pytest.approx(expected)


def test_an_embedder_without_texts_says_so_before_any_image_is_opened(folder: Path, opened: list[str]) -> None:
    """With the place in the config, and those that know texts."""
    told_of = problem(lambda: pick(folder, config(text="red"), embedder="descriptor"))

    assert told_of.startswith(
        "strategies[0].input.text: embedder 'descriptor' knows no texts; name one that does (--embedder): "
    )
    assert "colors" in told_of
    assert not opened


def test_vectors_from_elsewhere_know_no_texts(folder: Path, tmp_path: Path) -> None:
    """What has made them would have to be known."""
    own = Dataset.from_embeddings(["a", "b"], [[1, 0, 0], [0, 1, 0]])
    np.save(tmp_path / "v.npy", np.eye(4, 3, dtype=np.float32) + 1)
    (tmp_path / "v.txt").write_text("\n".join(COLORS))
    files = {"type": "files", "file": str(tmp_path / "v.npy")}

    assert "input.text: the dataset is of vectors" in problem(lambda: pick(own, config(text="red")))
    assert "and what has made the vectors that it finds isn't known" in problem(
        lambda: pick(folder, config(text="red"), embedder=files)
    )


def test_a_lookup_may_know_texts(folder: Path) -> None:
    """Such as a database of vectors with the model that has made them."""

    def lookup(dataset: Dataset, options: Any) -> Vectors:
        return Vectors(np.array([COLORS[name] for name in dataset.samples], "f4"), np.ones(len(dataset), dtype=bool))

    known = Embedder("colors", lookup=lookup, embed_texts=told, doc="Colours.")
    assert pick(folder, config(text="blue"), registry=registry(known)).selected[0] == "sky.png"


@pytest.mark.parametrize(
    ("embed_texts", "error", "message"),
    [
        (lambda texts: np.ones((len(texts), 2)), errors.BrokenPluginError, "shape (1, 2) for 1 texts of 3 dimensions"),
        (lambda texts: np.full((1, 3), np.nan), errors.BrokenPluginError, "a number that is not finite"),
        (lambda texts: np.zeros((1, 3)), errors.EmbeddingError, "the vector of the text 'red' is zero"),
        (lambda texts: 1 / 0, errors.BrokenPluginError, "ZeroDivisionError"),
    ],
)
def test_what_a_text_tower_does_wrong_is_told_before_any_image_is_opened(
    folder: Path, opened: list[str], embed_texts: Any, error: type[Exception], message: str
) -> None:
    """With the embedder's name."""
    with pytest.raises(error) as caught:
        pick(folder, config(text="red"), registry=registry(two_towers(embed_texts=embed_texts)))
    assert message in str(caught.value)
    assert "'colors'" in str(caught.value)
    assert not opened


def test_a_model_without_a_text_tower_says_so(folder: Path, opened: list[str]) -> None:
    """Where others of the same embedder have one."""

    def none(texts: Sequence[str]) -> Any:
        raise errors.EmbeddingError("model 'dino' has no text tower")

    with pytest.raises(errors.EmbeddingError, match="model 'dino' has no text tower"):
        pick(folder, config(text="red"), registry=registry(two_towers(embed_texts=none)))
    assert not opened


def test_a_model_may_be_known_to_know_no_texts_before_it_is_prepared(folder: Path) -> None:
    """By its options, which `validate` is told as well as a run."""

    def check(params: Params) -> None:
        if params["model"] == "dino":
            raise errors.EmbeddingError("model 'dino' has no text tower")

    def prepare(params: Params) -> None:
        raise errors.ParameterError("model", "it is not here")

    known = registry(two_towers(check_texts=check, prepare=prepare, schema={"properties": {"model": {}}}))
    query, dino = config(text="red"), {"type": "colors", "model": "dino"}

    validate(query, registry=known, embedder={"type": "colors", "model": "clip"})
    for call in (validate, lambda *given, **options: pick(folder, *given, **options)):
        found = problem(lambda: call(query, registry=known, embedder=dino))  # noqa: B023
        assert found == "strategies[0].input.text: model 'dino' has no text tower"


def test_the_kit_checks_texts() -> None:
    """And skips the check for an embedder that knows none, or a model that doesn't."""

    def none(texts: Sequence[str]) -> Any:
        raise errors.EmbeddingError("model 'dino' has no text tower")

    lengths = two_towers(embed_texts=lambda texts: np.array([[len(text), 1, 0] for text in texts]))
    checked = [lengths, two_towers(embed_texts=None), two_towers(embed_texts=none)]

    found = [check() for each in checked for check in suite_of(each).checks() if check.name == "texts"]
    assert [result.status for result in found] == ["passed", "skipped", "skipped"]


def test_an_image_of_a_query_is_a_sample_and_opened_once(folder: Path, opened: list[str]) -> None:
    """Its vector is made with the others."""
    selection = pick(folder, config(images=["./brick.png"]))

    assert selection.selected == ("brick.png", "rose.png")
    assert sorted(opened) == sorted(COLORS)
    column = selection.table()["EMBEDDINGS './brick.png'.distance to './brick.png'"]
    assert column.cells()[0] == 0
    assert selection.manifest()["embeddings"]["queries"] == [{"images": ["./brick.png"]}]


def test_an_image_of_a_query_may_be_a_file(folder: Path, tmp_path: Path) -> None:
    """In a folder that the caller names, embedded as samples are; with samples in one list."""
    (tmp_path / "asked").mkdir()
    draw(tmp_path / "asked" / "for", {"sea.png": (10, 60, 240)})
    query = config(n=2, images=["for/sea.png", "moss.png"])
    selection = pick(folder, query, query_images=tmp_path / "asked")

    assert set(selection.selected) == {"sky.png", "moss.png"}
    assert "Its nearest query image is for/sea.png." in selection.explain("sky.png")


def test_an_image_of_a_query_need_not_take_part(folder: Path) -> None:
    """What is excluded, and what is no candidate, is embedded all the same."""
    query = config(n=1, images=["rose.png"])

    assert pick(folder, query, exclude=["rose.png"]).selected == ("brick.png",)
    assert pick(folder, query, candidates=["sky.png", "brick.png"]).selected == ("brick.png",)


def test_an_image_that_is_named_twice_is_one(folder: Path, tmp_path: Path) -> None:
    """However it is written: a sample, one that takes no part, and a file."""
    draw(tmp_path / "asked", {"sea.png": (10, 60, 240)})
    named = ["rose.png", "./rose.png", "moss.png", "./moss.png", "sea.png", "./sea.png"]
    selection = pick(folder, config(n=3, images=named), query_images=tmp_path / "asked", exclude=["rose.png"])

    assert set(selection.selected) == {"moss.png", "sky.png", "brick.png"}


def test_images_of_a_query_among_vectors(folder: Path, tmp_path: Path) -> None:
    """Where there is no embedder, samples have vectors, and files can't have any."""
    own = Dataset.from_embeddings(["a", "b", "c"], [[1, 0], [0, 1], [0.9, 0]])
    draw(tmp_path, {"file.png": (1, 2, 3)})

    assert pick(own, config(n=2, images=["c"])).selected == ("c", "a")
    assert "'file.png' is a file and no sample, and there are vectors of samples only" in problem(
        lambda: pick(own, config(images=["file.png"]), query_images=tmp_path)
    )
    np.save(tmp_path / "v.npy", np.array([[0, 1], [1, 0], [1, 1], [0, 2]], dtype=np.float32))
    (tmp_path / "v.txt").write_text("\n".join(sorted(COLORS)))
    files = {"type": "files", "file": str(tmp_path / "v.npy")}
    assert pick(folder, config(images=["sky.png"]), embedder=files).selected == ("brick.png", "sky.png")
    assert "and embedder 'files' has vectors of samples only" in problem(
        lambda: pick(folder, config(images=["file.png"]), embedder=files, query_images=tmp_path)
    )


@pytest.mark.parametrize(
    ("images", "with_folder", "message"),
    [
        (["brik.png"], False, "there is no sample 'brik.png'. Did you mean 'brick.png'?"),
        (["sea.png"], False, "there is no sample 'sea.png'"),
        (["seaa.png"], True, "'seaa.png' is neither a sample nor a file in "),
        (["seaa.png"], True, "Did you mean 'sea.png'?"),
        (["../secret.png"], True, "'../secret.png' is no sample, and a file is named by its path within "),
        (["/etc/passwd"], True, "'/etc/passwd' is no sample, and a file is named by its path within "),
        (["/etc/passwd"], False, "there is no sample '/etc/passwd'"),
    ],
)
def test_an_image_that_is_not_there_is_told_before_any_is_opened(
    folder: Path, tmp_path: Path, opened: list[str], images: list[str], with_folder: bool, message: str
) -> None:
    """With the nearest name; without a folder of the caller's, no file is looked for, wherever it is."""
    draw(tmp_path / "asked", {"sea.png": (10, 60, 240)})
    draw(tmp_path, {"secret.png": (0, 0, 0)})
    where = {"query_images": tmp_path / "asked"} if with_folder else {}
    found = problem(lambda: pick(folder, config(images=images), **where))

    assert found.startswith("strategies[0].input.images: ")
    assert message in found
    assert not opened


def test_an_image_of_a_query_that_can_not_be_read_ends_the_run(folder: Path, tmp_path: Path) -> None:
    """It was asked for, a file as well as a sample."""
    (folder / "torn.png").write_bytes(b"no image")
    draw(tmp_path / "asked", {"sea.png": (10, 60, 240)})
    (tmp_path / "asked" / "broken.png").write_bytes(b"no image")

    with pytest.raises(errors.RunError, match=r"strategies\[0\]\.input: 'torn\.png', an image of the query, has no"):
        pick(folder, config(images=["torn.png", "rose.png"]))
    with pytest.raises(errors.EmbeddingError, match=r"'broken\.png', an image of the query, has no vector: open"):
        pick(folder, config(images=["sea.png", "broken.png"]), query_images=tmp_path / "asked")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"text": ""}, "input.text: "),
        ({"text": "  "}, "input.text: "),
        ({"text": []}, "input.text: needs at least 1 item"),
        ({"text": ["red", ""]}, "input.text[1]: "),
        ({"text": ["red", "red"]}, "input.text: "),
        ({"text": 3}, "input.text: 3 is not a string or a list"),
        ({"images": "rose.png"}, 'input.images: "rose.png" is not a list'),
        ({"images": []}, "input.images: needs at least 1 item"),
        ({"text": "red", "images": ["rose.png"]}, "input.images: a query is of one thing: leave out either 'images'"),
        ({"text": "red", "tag_name": "x"}, "a query is of one thing"),
        ({"text": "red", "task": "cars"}, "input.task: a query is of whole images: leave out either 'task' or 'text'"),
        ({"text": "red", "padding": 0.1}, "input.padding: goes with 'task'"),
        ({"text": ["red", "\ud800"]}, "input.text: holds half a character"),
        ({"txt": "red"}, "input.txt: unknown key. Did you mean 'text'?"),
    ],
)
def test_what_is_no_query_is_refused(folder: Path, query: dict[str, Any], message: str) -> None:
    """With the place."""
    assert message in problem(lambda: pick(folder, config(**query)))


def test_a_config_is_checked_as_far_as_is_known(folder: Path) -> None:
    """Without a dataset no sample is looked up, and without an embedder no text."""
    both = config(images=["nowhere.png"])
    dataset = Dataset.from_directory(folder)

    validate(both, registry=registry())
    validate(config(text="red"), registry=registry(), dataset=dataset)
    validate(config(text="red"), registry=registry(), dataset=dataset, embedder="colors")
    assert "there is no sample 'nowhere.png'" in problem(
        lambda: validate(both, registry=registry(), dataset=dataset, embedder="colors")
    )
    assert "embedder 'descriptor' knows no texts" in problem(
        lambda: validate(config(text="red"), registry=registry(), embedder="descriptor")
    )
    assert "embedder.type: " in problem(lambda: validate(both, registry=registry(), embedder="colours"))


ACME = """
import numpy as np
from tamis import Embedder, hookimpl

WORDS = {"red": (255, 0, 0), "blue": (0, 0, 255)}

def seen(images):
    return np.stack([image.mean(axis=(0, 1)) for image in images])

def told(texts):
    return np.array([WORDS[text] for text in texts])

@hookimpl
def tamis_embedders():
    yield Embedder("acme_colors", seen, dim=3, version="1", embed_texts=told, doc="Colours.")
"""


def test_from_the_config_to_the_explanation(folder: Path, tmp_path: Path, install: Callable[..., None]) -> None:
    """By the commands, with an embedder of somebody else's."""
    install("acme", {"tamis.embedders": {"acme_colors": "acme_colors"}}, acme_colors=ACME)
    written, result = tmp_path / "config.json", str(tmp_path / "result")
    written.write_text(json.dumps(config(n=1, text="blue")))
    run = CliRunner().invoke
    chosen = ["--input", str(folder), "--embedder", "acme_colors"]

    valid = run(cli, ["validate", str(written), *chosen])
    picked = run(cli, ["select", str(written), *chosen, "-j", "1", "--no-store", "-o", result])
    explained = run(cli, ["explain", result, "sky.png"])
    lacking = run(cli, ["select", str(written), "--input", str(folder)])

    assert (valid.exit_code, picked.exit_code, explained.exit_code, lacking.exit_code) == (0, 0, 0, 2), picked.output
    assert "Its distance to 'blue' is 0.4" in explained.output
    assert "embedder 'descriptor' knows no texts; name one that does (--embedder): acme_colors" in lacking.output


def test_commands_look_for_files_beside_the_config(folder: Path, tmp_path: Path) -> None:
    """Wherever they are run."""
    place = draw(tmp_path / "query", {"sea.png": (10, 60, 240)})
    written = place / "config.json"
    written.write_text(json.dumps(config(n=1, images=["sea.png"])))
    run = CliRunner().invoke

    valid = run(cli, ["validate", str(written), "--input", str(folder)])
    picked = run(cli, ["select", str(written), "--input", str(folder), "-j", "1", "--no-store", "-q"])

    assert (valid.exit_code, picked.exit_code, picked.stdout) == (0, 0, "sky.png\n"), valid.output + picked.output
