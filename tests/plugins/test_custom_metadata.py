"""METADATA with keys of ``.lightly/metadata``: typed values by nested paths, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tamis import Column, Kind, Metric, Registry, Selection, Strategy, errors, select
from tests.plugins.lightly_folder import Folder, reads


def field(path: str, data_type: str, default: Any = None) -> dict[str, Any]:
    """An entry of the schema."""
    return {"name": path.title(), "path": path, "defaultValue": default, "valueDataType": data_type}


def run(folder: Folder, *keys: str, registry: Registry | None = None, strategy: str = "ANY") -> Selection:
    """Select all by METADATA of these keys."""
    registry = registry or Registry(allow=["tamis"], environ=False)
    if strategy == "ANY":
        registry.register(Strategy("ANY", accepts=set(Kind), filter=lambda column, params: column.valid))
    entries = [{"input": {"type": "METADATA", "key": key}, "strategy": {"type": strategy}} for key in keys]
    return select(folder.dataset, {"proportion_samples": 1, "strategies": entries}, registry=registry)


def column(folder: Folder, key: str) -> Column:
    """One key's column."""
    return run(folder, key).columns[0]


@pytest.fixture
def weather(tmp_path: Path) -> Folder:
    """Three images, of which one has no file."""
    folder = Folder(tmp_path, "a.png", "sub/b.png", "c.png")
    folder.write(
        "metadata/schema.json",
        [
            field("weather.temperature", "NUMERIC_FLOAT", 20),
            field("weather.description", "CATEGORICAL_STRING", "unknown"),
            field("stops[1].count", "NUMERIC_INT", -1),
            field("place", "CATEGORICAL_INT"),
            field("acme.place", "NUMERIC_INT", 1),
            field("night", "CATEGORICAL_BOOLEAN", False),
            field("when", "CATEGORICAL_DATETIME"),
            field("stamp", "CATEGORICAL_TIMESTAMP"),
            field("note", "OTHER_STRING"),
        ],
    )
    folder.write(
        "metadata/a.json",
        {
            "file_name": "a.png",
            "type": "image",
            "metadata": {
                "weather": {"temperature": 3, "description": "rain"},
                "stops": [{}, {"count": 7.0}],
                "place": 4,
            },
        },
    )
    folder.write("metadata/sub/b.json", {"metadata": {"weather": {"temperature": None}, "stops": [1], "place": 3}})
    return folder


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("weather.temperature", [3.0, 20.0, 20.0]),
        ("weather.description", ["rain", "unknown", "unknown"]),
        ("stops[1].count", [7, -1, -1]),
        ("place", ["4", None, "3"]),
    ],
)
def test_values_defaults_and_nulls(weather: Folder, key: str, cells: list[Any]) -> None:
    """A path that leads nowhere, null and a missing file have the default; without one, no value. c comes before sub."""
    if None in cells:
        selection = run(weather, key)
        assert [(f.sample, f.reason) for f in selection.failures] == [
            ("c.png", "no value, and the schema has no default")
        ]
    assert column(weather, key).cells() == cells


def test_kinds_follow_the_data_type(weather: Folder) -> None:
    """Numbers are SCALAR, integers stay integers; categories are CATEGORY, sorted by name."""
    temperature, description, count, place = (
        column(weather, key) for key in ("weather.temperature", "weather.description", "stops[1].count", "place")
    )

    assert (temperature.kind, temperature.values.dtype.kind) == (Kind.SCALAR, "f")
    assert (count.kind, count.values.dtype.kind) == (Kind.SCALAR, "i")
    assert (description.kind, description.labels) == (Kind.CATEGORY, ("rain", "unknown"))
    assert (place.kind, place.labels) == (Kind.CATEGORY, ("3", "4"))


def test_each_file_is_read_once(weather: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many keys the config names."""
    read = reads(monkeypatch)
    run(weather, "weather.temperature", "weather.description", "stops[1].count")

    assert sorted(path.name for path in read if path.name != "schema.json") == ["a.json", "b.json", "c.json"]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("night", "categorical boolean metadata cannot be used for selection"),
        ("when", "CATEGORICAL_DATETIME can't be used"),
        ("stamp", "CATEGORICAL_TIMESTAMP can't be used"),
        ("note", "OTHER_STRING can't be used"),
        ("weather.temperatur", "Did you mean 'weather.temperature'?"),
        ("lightly.sharpnes", "Did you mean 'lightly.sharpness'?"),
    ],
)
def test_keys_that_cant_be_selected_by(weather: Folder, key: str, message: str) -> None:
    """Refused with their place in the config, before an image or a metadata file is opened."""
    weather.write("metadata/a.json", b"damaged")

    with pytest.raises(errors.ConfigError) as caught:
        run(weather, key)
    assert str(caught.value).startswith("strategies[0].input.key: ")
    assert message in str(caught.value)


def test_categories_dont_fit_weights(weather: Folder) -> None:
    """WEIGHTS takes numbers."""
    with pytest.raises(
        errors.ConfigError, match="WEIGHTS takes a number for each sample, and this METADATA input is a category"
    ):
        run(weather, "weather.description", strategy="WEIGHTS")


def test_a_metric_and_a_path_of_one_name_are_a_clash(weather: Folder) -> None:
    """The error names both."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Metric("acme.place", lambda header: 1))

    with pytest.raises(
        errors.ConfigError, match=r"'acme\.place' is a metric of an installed plugin, and metadata of .*\.lightly"
    ):
        run(weather, "acme.place", registry=registry)


GOOD = {"metadata": {"weather": {"temperature": 1}}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "a.json: not JSON"),
        ([], "a.json: not an object with an object metadata"),
        ({"metadata": []}, "a.json: not an object with an object metadata"),
        ({**GOOD, "type": "crop"}, "only metadata of full images or video frames can be used for selection"),
        ({**GOOD, "file_name": "../a.png"}, "a.json: its file_name is '../a.png', and its image is 'a.png'"),
        (
            {"metadata": {"weather": {"temperature": "3"}}},
            'a.json: weather.temperature is "3", and NUMERIC_FLOAT takes a number',
        ),
        ({"metadata": {"weather": {"temperature": True}}}, "is true, and NUMERIC_FLOAT takes a number"),
        ({"metadata": {"weather": {"temperature": 10**400}}}, "weather.temperature is 1000"),
        (
            {"metadata": {"stops": [0, {"count": 2**63}], "weather": {"temperature": "x"}}},
            "a.json: weather.temperature",
        ),
        (b'{"metadata": {"weather": {"temperature": NaN}}}', "is NaN, and NUMERIC_FLOAT takes a number"),
    ],
)
def test_an_invalid_file_ends_the_run(weather: Folder, content: Any, message: str) -> None:
    """With the file, the path, what was expected and what was found."""
    weather.write("metadata/a.json", content)

    with pytest.raises(errors.MetadataError) as caught:
        run(weather, "weather.temperature")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("place", 1.5, "place is 1.5, and CATEGORICAL_INT takes an integer"),
        ("place", "1", 'place is "1", and CATEGORICAL_INT takes an integer'),
        ("place", 2.0, None),
    ],
)
def test_whole_floats_are_integers_and_others_are_not(
    weather: Folder, key: str, value: Any, message: str | None
) -> None:
    """As JSON has it."""
    weather.write("metadata/a.json", {"metadata": {key: value}})
    if message is None:
        assert column(weather, key).cells()[0] == "2"
        return
    with pytest.raises(errors.MetadataError, match="takes an integer") as caught:
        run(weather, key)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (b"[", "schema.json: not JSON"),
        ({}, "not a list of entries"),
        ([5], "[0]: not an object"),
        ([{**field("x", "NUMERIC_INT"), "path": ""}], "[0]: path is '', not a name"),
        ([field("x", "NUMBER")], "[0]: valueDataType is 'NUMBER', not one of NUMERIC_INT"),
        ([field("x", "NUMERIC_INT"), field("x", "NUMERIC_INT")], "[1]: the path 'x' is there twice"),
        ([field("lightly.x", "NUMERIC_INT")], "the path 'lightly.x' is tamis's own"),
        ([field("lightly", "NUMERIC_INT")], "the path 'lightly' is tamis's own"),
        ([field("x", "NUMERIC_INT", "no")], '[0]: defaultValue: x is "no", and NUMERIC_INT takes an integer'),
        ([field("x..y", "NUMERIC_INT")], "'x..y' is not a path"),
        ([{"name": "x", "path": "x", "valueDataType": "NUMERIC_INT"}], "defaultValue is missing"),
    ],
)
def test_an_invalid_schema_is_refused(weather: Folder, schema: Any, message: str) -> None:
    """Before any image is opened."""
    weather.write("metadata/schema.json", schema)

    with pytest.raises(errors.ConfigError) as caught:
        run(weather, "x")
    assert message in str(caught.value)


def test_two_images_of_one_file_end_the_run(tmp_path: Path) -> None:
    """It could belong to either."""
    folder = Folder(tmp_path, "a.png", "a.jpg")
    folder.write("metadata/schema.json", [field("x", "NUMERIC_INT", 1)])

    with pytest.raises(errors.MetadataError, match=r"a\.json would belong to a\.jpg and a\.png"):
        run(folder, "x")


def test_a_path_like_lightly_is_free(tmp_path: Path) -> None:
    """Only the namespace is reserved."""
    folder = Folder(tmp_path, "a.png")
    folder.write("metadata/schema.json", [field("lightlyish", "NUMERIC_INT", 5)])

    assert column(folder, "lightlyish").cells() == [5]


def test_how_many_samples_have_a_default_is_told(weather: Folder) -> None:
    """Of each key that is used, once, so that files in the wrong folder don't pass for values."""
    notes = run(weather, "weather.description", "weather.description", "stops[1].count", "acme.place", "place").notes

    assert notes == (
        'metadata: 2 of 3 samples have no weather.description, and take the default, "unknown"',
        "metadata: 2 of 3 samples have no stops[1].count, and take the default, -1",
        "metadata: 3 of 3 samples have no acme.place, and take the default, 1",
    )


def test_a_key_without_a_schema_says_where_one_was_looked_for(tmp_path: Path) -> None:
    """It's no metric, and there are no files: perhaps they are in another folder."""
    folder = Folder(tmp_path, "a.png")

    with pytest.raises(
        errors.ConfigError, match=r"no installed plugin has .*; there is no metadata in .*\.lightly.*--annotations"
    ):
        run(folder, "weather.temperature")


def test_files_that_belong_to_no_image_are_named(weather: Folder) -> None:
    """As for predictions."""
    weather.write("metadata/z.json", GOOD)

    assert run(weather, "weather.temperature").notes[0] == "metadata: 1 files belong to no sample: z.json"
