"""Metadata out of the names of samples: ``lightly_path_regex``, ``path.folder``, and expressions that never end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Images, Registry, Selection, errors, select, validate
from tamis.testing import check_annotation_format
from tamis_plugins.annotations import path
from tests.conftest import photograph
from tests.plugins.lightly_folder import Folder

BALANCE = {"type": "BALANCE", "distribution": "UNIFORM"}


def dataset(*names: str) -> Dataset:
    """Vectors: nothing of it has to be opened."""
    return Dataset.from_embeddings(names, np.arange(2.0 * len(names)).reshape(-1, 2))


def run(samples: Dataset, *keys: str, regex: str | None = None, n_samples: int | None = None, **more: Any) -> Selection:
    """Balance samples by metadata of these keys."""
    config: dict[str, Any] = {
        "n_samples": len(samples) if n_samples is None else n_samples,
        "strategies": [{"input": {"type": "METADATA", "key": key}, "strategy": BALANCE} for key in keys],
    }
    if regex is not None:
        config["lightly_path_regex"] = regex
    return select(samples, config, registry=Registry(allow=["tamis"], environ=False), **more)


def test_each_named_group_is_a_category() -> None:
    """What it finds in the names, wherever it is found first; groups without a name are none."""
    samples = dataset("day/cam1/000.jpg", "night/cam1/001.jpg", "night/cam2/002.jpg")
    selection = run(samples, "path.time", "path.camera", regex=r"(?P<time>\w+)/(cam)(?P<camera>\d)")

    time_of_day, camera = selection.columns
    assert (time_of_day.name, time_of_day.labels) == ("path.time", ("day", "night"))
    assert time_of_day.cells() == ["day", "night", "night"]
    assert camera.cells() == ["1", "1", "2"]


def test_a_selection_is_balanced_by_a_part_of_the_names() -> None:
    """Half of four is from each of two drives, though one of them has five times as many samples."""
    names = [f"long/{number}.jpg" for number in range(10)] + [f"short/{number}.jpg" for number in range(2)]
    selection = run(dataset(*names), "path.drive", regex="^(?P<drive>[^/]+)/", n_samples=4)

    assert sorted(name.partition("/")[0] for name in selection.selected) == ["long", "long", "short", "short"]


def test_a_target_names_what_the_group_finds() -> None:
    """TARGET, and by the name of the wire format."""
    config = {
        "nSamples": 2,
        "lightlyPathRegex": "^(?P<drive>.)",
        "strategies": [
            {
                "input": {"type": "METADATA", "key": "path.drive"},
                "strategy": {"type": "BALANCE", "target": {"b": 1.0}},
            }
        ],
    }
    selection = select(dataset("a1", "a2", "b1", "b2"), config, registry=Registry(allow=["tamis"], environ=False))

    assert sorted(selection.selected) == ["b1", "b2"]
    assert selection.config["lightly_path_regex"] == "^(?P<drive>.)"


def test_what_does_not_match_has_no_value_and_says_why() -> None:
    """A name without a match, a group that takes no part, and one that is empty."""
    samples = dataset("a-x", "b", "c-", "d-y")
    selection = run(samples, "path.tail", regex="(?P<head>[a-d])(?:-(?P<tail>x|y|))?$")

    assert [(failure.sample, failure.reason) for failure in selection.failures] == [
        ("b", "the group 'tail' of (?P<head>[a-d])(?:-(?P<tail>x|y|))?$ is empty in its name"),
        ("c-", "the group 'tail' of (?P<head>[a-d])(?:-(?P<tail>x|y|))?$ is empty in its name"),
    ]
    assert run(dataset("a-x", "zz"), "path.head", regex="^(?P<head>a)").failures[0].reason == (
        "its name doesn't match ^(?P<head>a)"
    )


def test_without_an_expression_the_folder_is_a_category() -> None:
    """The last of several; a sample in no folder has none. With an expression there are its groups only."""
    selection = run(dataset("top.jpg", "cats/1.jpg", "train/cats/2.jpg", "train/dogs/3.jpg"), "path.folder")

    assert selection.columns[0].cells() == [None, "cats", "cats", "dogs"]
    assert [(failure.sample, failure.reason) for failure in selection.failures] == [("top.jpg", "it is in no folder")]
    with pytest.raises(
        errors.ConfigError, match=r"input\.key: .*; such keys are the named groups of lightly_path_regex"
    ):
        run(dataset("a/1"), "path.folder", regex="(?P<x>.)")


def test_an_expression_that_fits_no_name_is_said_to(tmp_path: Path) -> None:
    """And not that the classes of a target aren't there, or that metadata is."""
    entry = {"input": {"type": "METADATA", "key": "path.x"}, "strategy": {"type": "BALANCE", "target": {"a": 1}}}
    config = {"n_samples": 1, "lightly_path_regex": "(?P<x>z)", "strategies": [entry]}
    registry = Registry(allow=["tamis"], environ=False)
    with pytest.raises(errors.RunError, match=r"none of 1 samples has a value .* its name doesn't match \(\?P<x>z\)"):
        select(dataset("a"), config, registry=registry)
    with pytest.raises(
        errors.DataError, match=r"metadata 'path\.x': no sample has a value, such as a: its name doesn't"
    ):
        validate(config, dataset=dataset("a"), data=True, registry=registry)

    config["strategies"] = [{**entry, "input": {"type": "METADATA", "key": "weather"}}]
    with pytest.raises(errors.ConfigError, match=r"there is no metadata in .*: name it by --lightly DIR"):
        select(Folder(tmp_path, "a.png").dataset, config, registry=registry)


def test_metadata_of_ones_own_that_is_called_so_stays(tmp_path: Path) -> None:
    """A field ``path.folder`` of the schema is not hidden; one that an expression makes as well is an error."""
    folder = Folder(tmp_path, "a/1.png")
    entry = {"name": "F", "path": "path.folder", "defaultValue": "mine", "valueDataType": "CATEGORICAL_STRING"}
    folder.write("metadata/schema.json", [entry])

    assert run(folder.dataset, "path.folder").columns[0].cells() == ["mine"]
    with pytest.raises(errors.MetadataError, match=r"metadata 'path\.folder' is in .* and the names of samples"):
        run(folder.dataset, "path.folder", regex="^(?P<folder>.)")


def test_names_begin_with_the_label_of_their_input() -> None:
    """So that of several inputs each can be told."""
    joined = Dataset.concat({"week1": dataset("a/1.jpg"), "week2": dataset("a/1.jpg")})

    assert run(joined, "path.week", regex="^(?P<week>[^/]+)").columns[0].cells() == ["week1", "week2"]


def test_a_config_by_itself_is_checked_with_its_groups() -> None:
    """They're known without any data; another key is looked up in a dataset, as ever."""
    entry = {"input": {"type": "METADATA", "key": "path.x"}, "strategy": BALANCE}
    config = {"n_samples": 1, "lightly_path_regex": "(?P<x>.)", "strategies": [entry]}
    registry = Registry(allow=["tamis"], environ=False)

    assert validate(config, registry=registry).fields == ("path.x",)
    config["strategies"] = [{"input": {"type": "METADATA", "key": "weather"}, "strategy": BALANCE}]
    with pytest.raises(errors.ConfigError, match="metadata is looked up where a dataset is given"):
        validate(config, registry=registry)


def test_names_that_are_no_text_can_be_written(tmp_path: Path) -> None:
    """What of them stands for no character is written as the byte that it is."""
    selection = run(
        dataset("caf\udce9/1.jpg", "bar/1.jpg"), "path.folder", "path.x", regex="^(?P<folder>[^/]+)(?P<x>/)"
    )
    selection.write(tmp_path / "out")

    assert selection.columns[0].cells() == ["caf\\xe9", "bar"]


NEVER = "^(?P<x>(a+)+)$"


@pytest.mark.parametrize("regex", [NEVER, "(?P<x>.*.*.*.*.*.*.*.*)=", r"^(?P<x>(\w+\d?)*)\W\W$", "(?P<x>(?:a|aa)+)$"])
def test_an_expression_that_never_ends_is_ended(regex: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the name that it would not end on, whatever stands before that."""
    monkeypatch.setattr(path, "LIMIT", 0.5)
    bad = "a" * 400 + "!"
    start = time.monotonic()
    with pytest.raises(errors.MetadataError) as caught:
        run(dataset(*(f"{number}=-a" for number in range(50)), bad, "last"), "path.x", regex=regex)

    assert time.monotonic() - start < 30
    assert str(caught.value).startswith(f"{regex} takes longer than 0.5 seconds on the name '{bad}': it tries too many")


def test_it_is_ended_before_any_image_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """As all that is known of the samples is read before that."""

    class Closed(Images):
        shareable = False

        def open(self, name: str) -> Any:
            raise AssertionError("an image was opened")

    monkeypatch.setattr(path, "LIMIT", 0.5)
    with pytest.raises(errors.MetadataError, match="takes longer than"):
        run(Dataset(["a" * 100 + "!"], Closed()), "path.x", regex=NEVER)


def test_the_caller_can_stop_it_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before its time is over."""
    monkeypatch.setattr(path, "LIMIT", 60.0)
    cancel = threading.Event()
    threading.Timer(1.0, cancel.set).start()
    start = time.monotonic()
    with pytest.raises(errors.Cancelled):
        run(dataset("a" * 100 + "!"), "path.x", regex=NEVER, cancel=cancel)

    assert time.monotonic() - start < 20


def test_many_names_take_a_process_and_little_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are sent many at a time, and each is looked at once."""
    submitted: list[int] = []

    class Watched(path.Workers):  # type: ignore[name-defined,misc]
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            submitted.append(len(args[1]))
            return super().submit(fn, *args, **kwargs)

    monkeypatch.setattr(path, "Workers", Watched)
    names = [f"{number % 7}/{number}.jpg" for number in range(10_000)]
    selection = run(dataset(*names), "path.x", "path.y", regex=r"^(?P<x>\d)/(?P<y>\d)", n_samples=7)

    assert submitted == [4096, 4096, 1808]
    assert selection.columns[0].cells()[:8] == ["0", "1", "2", "3", "4", "5", "6", "0"]


@pytest.mark.parametrize(
    ("location", "samples"), [("^(?P<x>.)(?P<y>.)?", ["ab", "c"]), ("", ["d/e"])], ids=["expression", "folder"]
)
def test_as_a_format_it_meets_every_check(location: str, samples: Iterable[str]) -> None:
    """The conformance kit's, and it can annotate any dataset under a name of its own."""
    registry = Registry(allow=["tamis"], environ=False)
    annotated = dataset(*samples).annotate("path", location, "own", registry=registry)
    assert set(annotated.annotations.fields()) == ({"own.path.x", "own.path.y"} if location else {"own.path.folder"})
    if location:
        results = check_annotation_format(registry.annotation_format("path"), location=location)
        assert [result for result in results if result.status == "failed"] == []


def test_expressions_of_pythons_re_are_taken(tmp_path: Path) -> None:
    """Lookbehind, flags, back references: whatever it compiles; on real files."""
    for name in ("A_1_A.png", "b_2_c.png"):
        photograph(0).save(tmp_path / name)
    selection = run(Dataset.from_directory(tmp_path), "path.d", regex=r"(?i)(?P<a>[a-z])_(?P<d>(?<=_)\d)_(?P=a)\.")

    assert selection.columns[0].cells() == ["1", None]
