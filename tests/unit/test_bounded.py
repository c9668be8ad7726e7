"""What somebody else has written takes time and memory in proportion to its length, and is refused beyond a limit."""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from PIL import Image

from tamis import Dataset, Registry, Selection, compute, embed, errors, read_embeddings, read_names, select, validate
from tamis.config.choices import _items
from tamis.validation import find_problems
from tests.conftest import photograph

RANDOM = {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}


def config(**more: Any) -> dict[str, Any]:
    """One that is right, and more."""
    return {"n_samples": 1, "strategies": [RANDOM], **more}


def predictions_input(**params: Any) -> dict[str, Any]:
    """A config with an input of predictions."""
    parts = {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT", **params}
    return config(strategies=[{"input": parts, "strategy": {"type": "WEIGHTS"}}])


def seconds(do: Callable[[], Any]) -> float:
    """How long it takes to be refused, or done, by this process."""
    start = time.process_time()
    with suppress(errors.TamisError):
        do()
    return time.process_time() - start


def test_time_grows_with_the_columns_of_vectors_and_not_with_their_square(tmp_path: Path) -> None:
    """100,000 of them are read as soon as they are parsed."""
    names = ",".join(f"embedding_{number}" for number in range(100_000))
    (tmp_path / "v.csv").write_text(f"filenames,{names},labels\na.png,{'0.5,' * 100_000}0\n")
    assert seconds(lambda: read_embeddings(tmp_path / "v.csv", ["a.png"])) < 6


@pytest.fixture
def one() -> Dataset:
    """One image in memory."""
    return Dataset.from_images(["a"], [np.zeros((4, 4), np.uint8)])


def test_time_grows_with_the_length_of_a_config_and_not_with_its_square(one: Dataset) -> None:
    """Lists that hold something of several types, very many strategies, a choice that is all brackets."""
    registry = Registry(environ=False)
    mixed = [i if i % 2 else str(i) for i in range(20_000)]
    assert seconds(lambda: validate(predictions_input(categories=mixed), registry=registry)) < 10
    many = [{"input": {"type": "X"}, "strategy": {"type": "WEIGHTS"}}] * 20_000
    assert seconds(lambda: validate(config(strategies=many), registry=registry)) < 10
    for opening in ("[", "{", '"', '\\"', '["'):
        assert seconds(lambda opening=opening: embed(one, "x:" + opening * 100_000, registry=registry)) < 5  # type: ignore[misc]


def test_a_config_has_a_thousand_strategies_at_the_most() -> None:
    """One more is refused, by the schema as well as at once."""
    registry = Registry(environ=False)
    validate(config(strategies=[RANDOM]), registry=registry)
    with pytest.raises(errors.ConfigError, match="strategies: has 1001 items, and 1000 are the most"):
        validate(config(strategies=[RANDOM] * 1001), registry=registry)


@given(
    st.lists(
        st.recursive(
            st.sampled_from([0, 1, 1.0, True, False, None, "1", ""]),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
            max_leaves=4,
        ),
        max_size=5,
    )
)
def test_what_is_there_twice_is_what_json_schema_says(items: list[Any]) -> None:
    """As the library has it, which compares each with each."""
    schema = {"uniqueItems": True}
    assert bool(find_problems(items, schema)) != Draft202012Validator(schema).is_valid(items)


_REFERENCE = re.compile(r"""(?:\[[^\]]*\]|\{[^}]*\}|"(?:[^"\\]|\\.)*"|[^,])+""", re.DOTALL)


@given(st.text(alphabet='ab=,[]{}"', max_size=12))
def test_a_choice_is_divided_at_its_commas(text: str) -> None:
    """But for those in lists, objects and quoted texts: as the expression that tries every bracket."""
    assert _items(text) == _REFERENCE.findall(text)


@pytest.mark.parametrize(
    "do",
    [
        lambda one: validate(config(**{"9" * 4301: 1})),
        lambda one: validate(config(**{"a" + "9" * 5000 + "b": 1})),
        lambda one: embed(one, {"type": "onnx", "model": nested(10_000)}),
        lambda one: embed(one, "onnx:model=" + "[" * 1000),
        lambda one: validate(predictions_input(categories=nested(10_000))),
        lambda one: select(one, config(auto_tasks=[{"type": "TILING", "num_rows": 10**9, "num_cols": 1}])),
    ],
)
def test_what_is_too_deep_or_too_long_ends_in_an_error_of_tamis(do: Callable[[Dataset], Any], one: Dataset) -> None:
    """Whatever Python would say to it."""
    with pytest.raises(errors.TamisError):
        do(one)


def nested(depth: int) -> list[Any]:
    """Lists in lists."""
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


def test_numbers_that_a_schema_takes_can_be_used(one: Dataset) -> None:
    """A whole number that float64 has, and whose square it hasn't."""
    far = {"type": "DIVERSITY", "stopping_condition_minimum_distance": 10**200}
    images = Dataset.from_images(["a", "b"], [np.zeros((9, 9), np.uint8), np.full((9, 9), 9, np.uint8)])
    found = select(images, config(n_samples=2, strategies=[{"input": {"type": "EMBEDDINGS"}, "strategy": far}]))
    assert len(found.selected) == 1


def test_balance_of_as_many_categories_as_samples_needs_little_memory() -> None:
    """With a target of one of them: the classes that it doesn't list are one."""
    names = [f"{number}" for number in range(30_000)]
    dataset = Dataset.from_embeddings(names, np.ones((len(names), 1), np.float32))
    dataset = dataset.with_metadata({"k": [f"id{number}" for number in range(len(names))]})
    balance = {"type": "BALANCE", "target": {"id5": 0.5, "id9": 0.5}}
    found = select(
        dataset, config(n_samples=2, strategies=[{"input": {"type": "METADATA", "key": "k"}, "strategy": balance}])
    )
    assert sorted(found.selected) == ["5", "9"]


def test_what_is_no_file_is_not_waited_for(photographs: Path, tmp_path: Path) -> None:
    """A FIFO in place of a list of names, the names of an .npy, or a file of a result."""
    os.mkfifo(tmp_path / "fifo.txt")
    with pytest.raises(errors.DatasetError, match="is not a regular file"):
        read_names(tmp_path / "fifo.txt")
    np.save(tmp_path / "fifo.npy", np.ones((1, 2), np.float32))
    with pytest.raises(errors.EmbeddingError, match="is not a regular file"):
        read_embeddings(tmp_path / "fifo.npy", ["a"])
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    with pytest.raises(errors.DatasetError, match="is not a regular file"):
        read_names(tmp_path / "zero.txt")
    select(Dataset.from_directory(photographs), config()).write(tmp_path / "out")
    for name in sorted(path.name for path in (tmp_path / "out").iterdir()):
        content = (tmp_path / "out" / name).read_bytes()
        (tmp_path / "out" / name).unlink()
        os.mkfifo(tmp_path / "out" / name)
        with pytest.raises(errors.OutputError, match="is not a regular file"):
            Selection.read(tmp_path / "out").standings()
        (tmp_path / "out" / name).unlink()
        (tmp_path / "out" / name).write_bytes(content)


@pytest.mark.parametrize("content", ["[]", "{}", "[" * 5000, '{"picks": 1}', "\x00", '{"a": ' * 3000])
@pytest.mark.parametrize("name", ["selection.json", "errors.jsonl"])
def test_a_result_that_was_edited_is_an_error(photographs: Path, tmp_path: Path, name: str, content: str) -> None:
    """Of tamis's own, which names the folder."""
    select(Dataset.from_directory(photographs), config()).write(tmp_path / "out")
    (tmp_path / "out" / name).write_text(content)
    with pytest.raises(errors.OutputError, match="can't be read"):
        Selection.read(tmp_path / "out")


def test_texts_of_any_length_and_kind_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A category of 140,000 characters, and one that no text encoding has, with pyarrow and without."""
    photograph(0).save(tmp_path / "a.png")
    long, odd = "x" * 140_000, "half \ud800"
    dataset = Dataset.from_directory(tmp_path).with_metadata({"k": [long], "o": [odd]})
    uniform = {"type": "BALANCE", "distribution": "UNIFORM"}
    entries = [{"input": {"type": "METADATA", "key": key}, "strategy": uniform} for key in "ko"]
    found = select(dataset, config(strategies=entries))
    found.write(tmp_path / "arrow")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    found.write(tmp_path / "csv")
    monkeypatch.undo()
    for folder in ("arrow", "csv"):
        row = Selection.read(tmp_path / folder).table().row("a.png")
        assert row["k"] == long
        assert row["o"] == "half \\ud800"


def test_names_that_are_no_text_can_be_written_and_read(tmp_path: Path) -> None:
    """As names of samples, and as the nearest of others."""
    for number in range(3):
        photograph(number).save(tmp_path / os.fsdecode(b"\xe9%d.png" % number))
    dataset = Dataset.from_directory(tmp_path)
    diversity = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    found = select(dataset, config(n_samples=2, strategies=[diversity]))
    found.write(tmp_path / "out")
    assert Selection.read(tmp_path / "out").selected == found.selected
    assert "\\udce9" in found.standings().to_arrow()["strategies[0].nearest"][0].as_py()


@pytest.mark.parametrize(("mode", "pixels"), [("L", 100), ("F", 50), ("I", 50)])
def test_images_of_32_bits_may_have_half_as_many_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, pixels: int
) -> None:
    """As what is made of them takes twice the memory; what needs no pixels has no limit."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)  # a host's limit is half of what is refused
    for count in (pixels, pixels + 1):
        Image.new(mode, (count, 1)).save(tmp_path / f"{count:03}.tiff")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        table = compute(Dataset.from_directory(tmp_path), ["lightly.luminance", "lightly.width"])
    assert table["lightly.luminance"].valid.tolist() == [True, False]
    assert table["lightly.width"].values.tolist() == [pixels, pixels + 1]
    assert f"more than the {pixels} that may be decoded" in table.failures[0].reason
