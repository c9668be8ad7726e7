"""The built-in embedders descriptor and files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from tamis import Dataset, Embedder, Vectors, errors, read_embeddings
from tamis.embedding import parquet_vectors
from tests.conftest import photograph
from tests.plugins.test_embeddings import column, flat, run


def descriptor(image: Image.Image, **options: Any) -> Any:
    """Of one image, not scaled."""
    return column(Dataset.from_images(["x"], [image]), normalize=False, **options).values[0]


def test_a_descriptor_is_of_edges_colours_and_a_constant() -> None:
    """A vertical edge in the second column of cells is in the bins around 0 and 180 degrees, and nowhere else."""
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:, 12:, 0] = 255
    found = descriptor(Image.fromarray(pixels))
    edges, colors = found[:144].reshape(4, 4, 9), found[144:192].reshape(4, 4, 3)

    assert found.shape == (193,)
    assert np.flatnonzero(edges[0, 1]).tolist() == [0, 8]
    assert edges[:, [0, 2, 3]].max() == 0
    assert edges[0, 1, 0] == edges[0, 1, 8] == edges[3, 1, 0]
    assert colors[0].tolist() == pytest.approx(np.array([[-1, -1, -1], [0, -1, -1], [1, -1, -1], [1, -1, -1]]) / 20)
    assert found[192] == pytest.approx(0.1)


def test_the_gradients_agree_with_a_slow_reference() -> None:
    """Pixel by pixel, on a photograph: strongest channel, nine orientations, shared between the two nearest."""
    image = photograph(3, (32, 32))
    v = np.asarray(image, dtype=np.float64) / 255
    cells = np.zeros((4, 4, 9))
    for y in range(32):
        for x in range(32):
            across = v[y, min(x + 1, 31)] - v[y, max(x - 1, 0)]
            down = v[min(y + 1, 31), x] - v[max(y - 1, 0), x]
            channel = int(np.argmax(np.hypot(across, down)))
            length = np.hypot(across[channel], down[channel])
            place = np.degrees(np.arctan2(down[channel], across[channel])) % 180 / 20 - 0.5
            lower = int(np.floor(place))
            cells[y // 8, x // 8, lower % 9] += length * (1 - (place - lower))
            cells[y // 8, x // 8, (lower + 1) % 9] += length * (place - lower)
    edges = np.sqrt(cells).ravel()

    assert descriptor(image)[:144] == pytest.approx(edges / np.sqrt(edges @ edges + 1), abs=2e-4)


def test_every_image_has_a_descriptor() -> None:
    """Also a single pixel, and grey that is no colour at all."""
    assert descriptor(Image.new("L", (1, 1), 127)).shape == (193,)
    assert len(run(flat((127, 128, 127), (0, 0, 0))).selected) == 2


def test_what_looks_alike_is_near() -> None:
    """A photograph is nearer to itself at half the size and with other light than to any of twenty others."""
    image = photograph(0, (96, 72))
    changed = Image.fromarray((np.asarray(image.resize((48, 36))) * 0.9).astype(np.uint8))
    images = [image, changed, *(photograph(seed, (96, 72)) for seed in range(1, 21))]
    found = column(Dataset.from_images([f"{number}" for number in range(22)], images)).values
    distances = np.linalg.norm(found[1:] - found[0], axis=1)

    assert distances.argmin() == 0


NAMES = ["a.png", "b/c.png", "d.png"]
POINTS = np.array([[3, 4], [0.1, -2e-7], [1, 0]], dtype=np.float32)


def dataset(*names: str) -> Dataset:
    """Images of which only the names matter."""
    names = names or tuple(NAMES)
    return Dataset.from_images(names, [Image.new("RGB", (4, 4))] * len(names))


def write(path: Path, names: list[str] = NAMES, points: Any = POINTS, **more: Any) -> Path:
    """A file of embeddings as another program would write it."""
    if path.suffix == ".npy":
        np.save(path, points)
        path.with_suffix(".txt").write_text("".join(f"{name}\n" for name in names))
        return path
    columns = {f"embedding_{number}": points[:, number] for number in range(points.shape[1])}
    frame = pd.DataFrame({"filenames": names, **columns, **more, "labels": 0})
    frame.to_csv(path, index=False) if path.suffix == ".csv" else frame.to_parquet(path)
    return path


FORMATS = pytest.mark.parametrize("suffix", [".csv", ".npy", ".parquet"])


@FORMATS
def test_vectors_are_found_by_name(tmp_path: Path, suffix: str) -> None:
    """In the order of the dataset, to the last bit."""
    path = write(tmp_path / f"vectors{suffix}")
    found = column(dataset("d.png", "a.png", "b/c.png"), embedder=f"files:file={path}", normalize=False)

    assert found.values.dtype == np.float32
    assert np.array_equal(found.values, POINTS[[2, 0, 1]])


@FORMATS
def test_an_image_without_a_row_and_a_row_without_an_image_are_named(tmp_path: Path, suffix: str) -> None:
    """The one is left out, the other noted."""
    path = write(tmp_path / f"vectors{suffix}")
    selection = run(dataset("a.png", "x.png", "d.png"), embedder=f"files:file={path}")

    assert selection.selected == ("a.png", "d.png")
    assert [str(failure) for failure in selection.failures] == [f"x.png: input EMBEDDINGS: no row in {path}"]
    assert f"{path}: 1 rows belong to no sample: b/c.png" in selection.notes


def test_lists_of_a_parquet_file_and_fixed_ones(tmp_path: Path) -> None:
    """One column instead of one for each dimension."""
    lists = pa.array(POINTS.tolist(), pa.list_(pa.float32()))
    for column_ in (lists, lists.cast(pa.list_(pa.float32(), 2))):
        pyarrow.parquet.write_table(pa.table({"filenames": NAMES, "embedding": column_}), tmp_path / "v.parquet")
        assert np.array_equal(read_embeddings(tmp_path / "v.parquet", NAMES).values, POINTS)


def test_arrows_own_type_for_vectors_is_read(tmp_path: Path) -> None:
    """Ray and LanceDB write fixed_shape_tensor; names may be bytes, and numbers integers."""
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(POINTS)
    pyarrow.parquet.write_table(pa.table({"filenames": NAMES, "embedding": tensors}), tmp_path / "v.parquet")
    assert np.array_equal(read_embeddings(tmp_path / "v.parquet", NAMES).values, POINTS)

    whole = pa.array([[1, 2], [3, 4]], pa.large_list(pa.int8()))
    table = pa.table({"filenames": [b"a.png", b"caf\xe9.png"], "embedding": whole})
    pyarrow.parquet.write_table(table, tmp_path / "v.parquet")
    found = read_embeddings(tmp_path / "v.parquet", ["caf\udce9.png", "a.png"])
    assert found.values.tolist() == [[3, 4], [1, 2]]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array(["[1, 2]", "[3, 4]"]), "'embedding' is of type string, and must be of lists of numbers"),
        (pa.array([{"v": [1.0]}, {"v": [3.0]}]), "'embedding' is of type struct"),
        (pa.array([1.0, 2.0]), "'embedding' is of type double, and must be of lists"),
        (pa.array([b"12", b"34"]), "'embedding' is of type binary, and must be of lists"),
        (pa.array([["a"], ["b"]]), "'embedding' is of string, and must be of numbers"),
        (pa.array([[1.0, None], [1.0, 2.0]]), "'embedding' lacks 1 numbers"),
        (pa.array([[1.0], None]), "must be lists of one length"),
        (pa.array([[1.0], [1.0, 2.0]]), "must be lists of one length"),
        (pa.array([[[1.0]], [[2.0]]]), "'embedding' is of list"),
        (pa.FixedShapeTensorArray.from_numpy_ndarray(np.ones((2, 3, 4))), r"of tensors of shape \(3, 4\)"),
    ],
)
def test_a_column_that_is_not_of_vectors_is_refused(tmp_path: Path, column: Any, message: str) -> None:
    """With the file, and the type that it has, rather than by an error of Arrow's."""
    pyarrow.parquet.write_table(pa.table({"filenames": NAMES[:2], "embedding": column}), tmp_path / "v.parquet")
    with pytest.raises(errors.EmbeddingError, match=f"v.parquet: .*{message}"):
        read_embeddings(tmp_path / "v.parquet", NAMES)


def test_a_parquet_file_is_read_part_by_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same result, marks included; columns beside the vectors aren't read; lengths are one in all parts."""
    monkeypatch.setattr(parquet_vectors, "_BATCH", 2)
    names, vectors = [f"{number}.png" for number in range(5)], [[float(number), 1.0] for number in range(5)]
    columns = {"filenames": names, "embedding": vectors, "masked": [0, 1, 0, 0, 1], "other": [{"x": [b"y"]}] * 5}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "v.parquet", row_group_size=3)
    found = read_embeddings(tmp_path / "v.parquet", names[::-1])
    columns["embedding"] = [*vectors[:4], [1.0]]
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "w.parquet")

    assert found.values.tolist() == vectors[::-1]
    assert found.excluded is not None
    assert found.excluded.tolist() == [True, False, False, True, False]
    with pytest.raises(errors.EmbeddingError, match="must be lists of one length"):
        read_embeddings(tmp_path / "w.parquet", names)


def test_a_missing_list_of_names_is_an_error_of_embeddings(tmp_path: Path) -> None:
    """With its path."""
    write(tmp_path / "v.npy").with_suffix(".txt").unlink()
    with pytest.raises(errors.EmbeddingError, match=r"v\.txt' can't be read: No such file"):
        read_embeddings(tmp_path / "v.npy", NAMES)


def test_an_array_in_the_order_of_the_samples_is_mapped_and_not_read(tmp_path: Path) -> None:
    """It may be larger than memory."""
    found = read_embeddings(write(tmp_path / "v.npy"), NAMES)
    mapped = found.values
    while not isinstance(mapped, np.memmap):
        assert isinstance(mapped.base, np.ndarray)
        mapped = mapped.base

    assert found.valid.all()


def test_names_of_an_array_may_be_elsewhere(tmp_path: Path) -> None:
    """``names`` says where."""
    path = write(tmp_path / "v.npy")
    path.with_suffix(".txt").rename(tmp_path / "list")
    options = {"type": "files", "file": str(path), "names": str(tmp_path / "list")}

    assert column(dataset(), embedder=options, normalize=False).values.tolist() == POINTS.tolist()


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_masked_samples_take_no_part(tmp_path: Path, suffix: str) -> None:
    """They are no failures, and counted by themselves."""
    path = write(tmp_path / f"v{suffix}", masked=[0, 1, 0], selected=[1, 0, 0])
    selection = run(dataset(), embedder=f"files:file={path}")
    counts = selection.manifest()["counts"]

    assert selection.selected == ("d.png",)
    assert not selection.failures
    assert (counts["input"], counts["excluded"], counts["failed"], counts["candidates"]) == (3, 1, 0, 1)
    assert (counts["preselected"], selection.manifest()["preselected"]) == (1, ["a.png"])
    assert selection.explain("b/c.png") == "b/c.png was left out: it is masked where its vectors come from."
    assert read_embeddings(path, NAMES).preselected.tolist() == [True, False, False]  # type: ignore[union-attr]


@FORMATS
def test_the_manifest_says_which_file_vectors_are_of(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its absolute path, its size and when it was changed; that of names, too; twice the same."""
    path = write(tmp_path / f"v{suffix}")
    monkeypatch.chdir(tmp_path)
    files = [path, path.with_suffix(".txt")] if suffix == ".npy" else [path]
    for file in files:
        os.utime(file, ns=(0, 1_700_000_000_123_456_000))
    twice = [run(dataset(), embedder=f"files:file=v{suffix}").manifest()["embeddings"] for _ in range(2)]

    assert twice[0] == twice[1]
    assert twice[0]["files"] == [
        {"path": str(file), "bytes": file.stat().st_size, "changed": "2023-11-14T22:13:20.123456Z"} for file in files
    ]


def test_a_relative_path_is_looked_up_in_the_lightly_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder comes first."""
    folder = tmp_path / ".lightly" / "embeddings"
    folder.mkdir(parents=True)
    write(folder / "v.csv")
    images = Dataset(tuple(NAMES), dataset().images).annotate("lightly", tmp_path)
    assert column(images, embedder="files:file=v.csv", normalize=False).values.tolist() == POINTS.tolist()

    monkeypatch.chdir(tmp_path)
    write(tmp_path / "v.csv", points=POINTS + 1)
    assert column(images, embedder="files:file=v.csv", normalize=False).values[0].tolist() == [4, 5]


HEADER = "filenames,embedding_0,embedding_1,labels\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first column is '', not 'filenames'"),
        ("filename,embedding_0,labels\n", "the first column is 'filename', not 'filenames'"),
        ("filenames, embedding_0,labels\n", "the column name ' embedding_0' has white space around it"),
        ("filenames,embedding_0,label\n", "there is no column 'labels'. Did you mean 'label'?"),
        ("filenames,labels\n", "columns embedding_0, embedding_1, ... must be there, each once"),
        ("filenames,embedding_0,embedding_2,labels\n", "columns embedding_0, embedding_1, ... must be there"),
        ("filenames,embedding_0,embedding_0,labels\n", "columns embedding_0, embedding_1, ... must be there"),
        ("filenames,embedding_0,score,labels\n", "column 'score' is none of embedding_<number>, masked and selected"),
        (HEADER + "a.png,1,2,0\n\nd.png,1,2,0\n", "line 3: no cells for 4 columns"),
        (HEADER + "a.png,1,2,0\nd.png,1,0\n", "line 3: 3 cells for 4 columns"),
        (HEADER + "a.png,1,x,0\n", "line 2: could not convert string to float: 'x'"),
        (HEADER + "a.png,1,,0\n", "line 2: could not convert string to float: ''"),
        (HEADER + "a.png,1,nan,0\n", "the vector of 'a.png' has a number that is not finite"),
        (
            HEADER + "a.png,1,1e39,0\n",
            "the vector of 'a.png' has the number 1e+39, too large for float32: divide all",
        ),
        (HEADER + "a.png,1,2,0\na.png,1,2,0\n", "2 rows are named 'a.png'"),
        (HEADER + "A.png,1,2,0\n", "none of its 1 rows belongs to a sample, such as 'A.png'; samples are named like"),
        (HEADER, "none of its 0 rows belongs to a sample, for there are none"),
        ("filenames,embedding_0,masked,labels\na.png,1,2,0\n", "line 2: masked is '2', not 0 or 1"),
        (HEADER + "a.png,0,0,0\n", "the vector of 'a.png' is zero, and can't be scaled to unit length"),
    ],
)
def test_a_csv_file_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """As Lightly's reader does, and with the line."""
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(errors.EmbeddingError) as caught:
        run(dataset(), embedder=f"files:file={tmp_path / 'v.csv'}")
    assert message in str(caught.value)


def test_what_float32_can_not_hold_is_told_of_parquet_too(tmp_path: Path) -> None:
    """It is finite in the file."""
    pa.parquet.write_table(
        pa.table({"filenames": ["x", "a.png"], "embedding": [[1.0, 2.0], [1e300, 0.0]]}), tmp_path / "v.parquet"
    )
    with pytest.raises(errors.EmbeddingError, match=r"the vector of 'a.png' has the number 1e\+300, too large"):
        read_embeddings(tmp_path / "v.parquet", ["x", "a.png"])


def test_columns_after_labels_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    """Scores were appended there once; masked is found wherever it is."""
    text = 'filenames,embedding_1,embedding_0,labels,al_score,masked\n"a,b.png",1,2,7,0.5,1\n'
    (tmp_path / "v.csv").write_text(text, encoding="utf-8-sig")
    found = read_embeddings(tmp_path / "v.csv", ["a,b.png"])

    assert found.values.tolist() == [[2, 1]]
    assert found.excluded.tolist() == [True]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("v.npy", b"no array", "not an array"),
        ("v.npy", b"", "not an array"),
        ("v.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr': 5 5 5,\n", "not an array"),
        ("v.csv", b"filenames," + b"x" * 200_000, "line 1: field larger than field limit"),
        ("v.parquet", b"no parquet", "not Parquet"),
        ("v.csv", b"filenames\xff\n", "the first column is"),
        ("v.json", b"{}", "embeddings are read from .csv, .npy, .parquet"),
        ("other", None, "there is no file"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    """With its path."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
        (tmp_path / "v.txt").write_text("a.png\n")
    with pytest.raises(errors.EmbeddingError, match=message) as caught:
        run(dataset(), embedder=f"files:file={tmp_path / name}")
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("points", "names", "message"),
    [
        (np.zeros((3, 2, 2)), NAMES, r"vectors are float64 of shape \(3, 2, 2\), not \(n, d\) numbers"),
        (np.array([["a", "b"]] * 3), NAMES, "vectors are <U1"),
        (POINTS, NAMES[:2], "2 names for 3 vectors"),
        (np.array([{}, {}, {}]), NAMES, "not an array"),
    ],
)
def test_an_array_of_another_form_is_refused(tmp_path: Path, points: Any, names: list[str], message: str) -> None:
    """Objects in it are not unpickled."""
    with pytest.raises(errors.EmbeddingError, match=message):
        read_embeddings(write(tmp_path / "v.npy", names, points), NAMES)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "lookup returned NoneType, not Vectors"),
        (Vectors(np.ones((2, 2), dtype=np.float32), np.ones(3, dtype=bool)), "3 names for 2 vectors"),
        (Vectors(np.ones((3, 2), dtype=np.float32), np.ones(2, dtype=bool)), "flags that are not 3 booleans"),
    ],
)
def test_a_third_partys_lookup_is_held_to_its_word(returned: Any, message: str) -> None:
    """Named as the plugin's fault."""
    with pytest.raises(errors.BrokenPluginError, match=message):
        run(dataset(), None, Embedder("known", lookup=lambda dataset, options: returned), embedder="known")
