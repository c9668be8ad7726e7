"""Names of samples: every one that a file system can hold goes round whole, and is matched however it is written."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tamis import Dataset, compute, embed, errors, name_lines, read_embeddings, read_names, select
from tamis.data.matching import matched
from tamis.dataset.tags import tagged
from tamis.embedding.writing_files import write_embeddings
from tests.plugins.lightly_folder import Folder

#: What Python, but no list with one name on each line, takes for the end of a line; a byte that is no text; a byte
#: order mark in front.
ODD = [
    "\ufeffmark.png",
    "b\u2028c.png",
    "d\x85e.png",
    "f\x0bg.png",
    "h\x0ci.png",
    "j\x1ck.png",
    " blank .png",
    "caf\udce9.png",
    'comma,"quote.png',
]
COMPOSED = unicodedata.normalize("NFC", "café")
DECOMPOSED = unicodedata.normalize("NFD", "café")

FILE_NAMES = st.binary(min_size=1, max_size=12).filter(lambda name: not set(name) & set(b"\n\r\0/")).map(os.fsdecode)


@given(st.lists(FILE_NAMES))
def test_a_list_of_names_is_read_as_it_was_written(names: list[str]) -> None:
    """Whatever bytes are in them, but for line breaks."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "names.txt")
        path.write_bytes(b"".join(name_lines(names)))

        assert read_names(path) == tuple(names)


def test_odd_names_go_through_tags(tmp_path: Path) -> None:
    """A tag is a list of names like any other."""
    folder = Folder(tmp_path, *ODD)
    folder.write("tags/odd.txt", b"".join(name_lines(ODD)))

    assert tagged(folder.dataset, "odd") == tuple(ODD)


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".parquet"])
def test_odd_names_go_through_embeddings(tmp_path: Path, suffix: str) -> None:
    """What is written is found again, in each of the formats."""
    Folder(tmp_path, *ODD)
    dataset = Dataset.from_directory(tmp_path)
    vectors, _ = embed(dataset)
    file = tmp_path / f"vectors{suffix}"
    with file.open("wb") as opened:
        write_embeddings(opened, suffix, dataset.samples, vectors.values)
    file.with_suffix(".txt").write_bytes(b"".join(name_lines(dataset.samples)))
    found = read_embeddings(file, dataset.samples[::-1])

    assert found.valid.all()
    assert not found.notes
    assert np.array_equal(found.values, vectors.values[::-1])


@pytest.mark.parametrize(
    ("wanted", "known", "positions"),
    [
        (["b", "a", "c", "a"], ["a", "b"], [1, 0, -1, 0]),
        ([COMPOSED], ["x", DECOMPOSED], [1]),
        ([DECOMPOSED, DECOMPOSED], [COMPOSED], [0, 0]),
        # What is there as it is belongs to its namesake, and to nobody else.
        ([COMPOSED, DECOMPOSED], [DECOMPOSED, COMPOSED], [1, 0]),
        ([COMPOSED, DECOMPOSED], [DECOMPOSED], [-1, 0]),
        # U+212B and U+0041 U+030A are two ways to write U+00C5.
        (["\u00c5"], ["\u212b", "A\u030a"], [-1]),
        (["\u212b", "A\u030a"], ["\u00c5"], [-1, -1]),
        (["caf\udce9"], ["caf\\udce9"], [0]),
        (["caf\\udce9"], ["caf\udce9"], [0]),
        (["Cafe"], ["cafe"], [-1]),
    ],
)
def test_a_name_is_itself_or_else_its_only_other_spelling(
    wanted: list[str], known: list[str], positions: list[int]
) -> None:
    """Where two could be meant, none is."""
    assert matched(wanted, known) == positions


def decomposed(tmp_path: Path) -> Folder:
    """Three images, one with a name as a Mac would have it."""
    return Folder(tmp_path, "a.png", "b.png", f"{DECOMPOSED}.png")


CONFIG: dict[str, Any] = {
    "n_samples": 1,
    "strategies": [
        {
            "input": {"type": "SCORES", "task": "t", "score": "uncertainty_entropy"},
            "strategy": {"type": "WEIGHTS"},
        }
    ],
}


def of(certainty: float) -> list[dict[str, Any]]:
    """A classification into two."""
    return [{"category_id": 0, "probabilities": [certainty, 1 - certainty]}]


def test_predictions_and_metadata_are_found_in_either_unicode_form(tmp_path: Path) -> None:
    """By the path of their file, and by the name in it."""
    folder = decomposed(tmp_path)
    inside = {"file_name": f"{COMPOSED}.png", "predictions": of(0.5)}
    folder.task("classification", ["x", "y"], {"a": of(0.9), "b": of(0.8), COMPOSED: inside})
    folder.write(
        "metadata/schema.json", [{"name": "n", "path": "n", "defaultValue": 0, "valueDataType": "NUMERIC_INT"}]
    )
    told = {"file_name": f"{COMPOSED}.png", "type": "image", "metadata": {"n": 7}}
    folder.write(f"metadata/{COMPOSED}.json", told)
    metadata = folder.dataset.annotations.metadata(["n"], folder.dataset.samples, lambda done, total: None)
    result = select(folder.dataset, CONFIG, preselected=[])

    assert result.selected == (f"{DECOMPOSED}.png",)
    assert metadata.columns["n"].values.tolist() == [0, 0, 7]
    assert not [note for note in (*metadata.notes, *result.manifest()["notes"]) if "belong to no sample" in note]


def test_a_file_of_two_spellings_is_of_its_namesake(tmp_path: Path) -> None:
    """The other image has no prediction, rather than that one's."""
    folder = Folder(tmp_path, f"{COMPOSED}.png", f"{DECOMPOSED}.png")
    folder.task("classification", ["x", "y"], {COMPOSED: of(0.9)})
    annotations, samples = folder.dataset.annotations, folder.dataset.samples
    found = annotations.predictions("t", samples, lambda done, total: None)

    assert dict(zip(samples, found.present.tolist(), strict=True)) == {
        f"{COMPOSED}.png": True,
        f"{DECOMPOSED}.png": False,
    }


def test_what_a_host_has_in_memory_is_matched_too(tmp_path: Path) -> None:
    """Preselected names, a table of metadata, predictions by name."""
    dataset = decomposed(tmp_path).dataset
    name = f"{COMPOSED}.png"
    table = dataset.with_metadata({"sample": [name, "a.png"], "n": [7, 8]})
    schema = {"task_type": "classification", "categories": [{"id": 0, "name": "x"}, {"id": 1, "name": "y"}]}
    given = dataset.with_predictions("t", schema, {"a.png": of(0.9), "b.png": of(0.8), name: of(0.5)})
    column = table.annotations.metadata(["n"], dataset.samples, lambda done, total: None).columns["n"]

    assert (column.values.tolist(), column.valid.tolist()) == ([8, 0, 7], [True, False, True])
    assert select(given, CONFIG).selected == (f"{DECOMPOSED}.png",)
    assert select(given, CONFIG, preselected=[name]).manifest()["preselected"] == [f"{DECOMPOSED}.png"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([1, 2], "the name 1, that of sample 0, is of type int, and names are text"),
        (
            [Path("a.png"), Path("b.png")],
            r"the name .*Path\('a.png'\), that of sample 0, is of type .*Path, and names are",
        ),
        (["a", "b\n"], r"the name 'b\\n', that of sample 1, holds a line break"),
        (["a", "\ud800"], r"the name '\\ud800', that of sample 1, holds half a character"),
    ],
)
def test_what_can_be_no_name_is_refused_with_its_place(names: list[Any], message: str) -> None:
    """By every way to make a dataset in memory."""
    pixels = np.zeros((4, 4, 3), np.uint8)
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.from_embeddings(names, [[1, 2], [3, 4]])
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.from_images(names, [pixels, pixels])


def test_files_and_rows_are_named_by_text(tmp_path: Path) -> None:
    """What is no text is refused where files are listed, and is nobody's name elsewhere."""
    Folder(tmp_path, "a.png")
    with pytest.raises(errors.DatasetError, match=r"files\[1\] is .*Path\('b'\), which is of type .*Path, and names"):
        Dataset.from_files(tmp_path, ["a.png", Path("b")])  # type: ignore[list-item]
    with pytest.raises(errors.DatasetError, match="preselected: one of the names is of type int"):
        select(Dataset.from_directory(tmp_path), CONFIG, preselected=[1])  # type: ignore[list-item]
    assert matched([1, None, "a"], ["b", "a"]) == [-1, -1, 1]


def test_a_list_of_files_may_be_of_another_unicode_form(tmp_path: Path) -> None:
    """The files are found, and known to the store by what they are."""
    decomposed(tmp_path)
    dataset = Dataset.from_files(tmp_path, ["a.png", f"{COMPOSED}.png"])
    table = compute(dataset, ["lightly.width"], store=tmp_path / "store")

    assert table["lightly.width"].cells() == [8, 8]
    assert dataset.images is not None
    assert dataset.images.path(f"{COMPOSED}.png") == tmp_path / f"{DECOMPOSED}.png"
    assert dataset.images.fingerprint(f"{COMPOSED}.png") is not None


def test_text_of_a_kind_is_text() -> None:
    """Names out of a NumPy array are taken."""
    dataset = Dataset.from_images(np.array(["a", "b"]), [Image.new("L", (4, 4))] * 2)  # type: ignore[arg-type]

    assert compute(dataset, ["lightly.width"])["lightly.width"].values.tolist() == [4, 4]
