"""Annotations are read before any image is opened, once, and all that is wrong with them is said together."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tamis import Annotations, Dataset, Kind, Metadata, MetadataField, Registry, errors, select, validate
from tamis.cli import cli
from tests.plugins.lightly_folder import Folder


def entry(input_: dict[str, Any], strategy: dict[str, Any] | None = None) -> dict[str, Any]:
    """One of a config's strategies."""
    return {"input": input_, "strategy": strategy or {"type": "WEIGHTS"}}


def config(*entries: dict[str, Any], n_samples: int = 1) -> dict[str, Any]:
    """A config of these."""
    return {"n_samples": n_samples, "strategies": list(entries)}


TEMPERATURE = {"type": "METADATA", "key": "temperature"}
WEATHER = {"type": "METADATA", "key": "weather"}
COUNT = {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"}
CLASSES = {"type": "PREDICTIONS", "task": "t", "name": "CLASS_DISTRIBUTION"}


def target(**shares: float) -> dict[str, Any]:
    """BALANCE with a target."""
    return {"type": "BALANCE", "target": shares}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Nine images, a number and a category for each but the last, and detections of cars in the first two."""
    names = [f"{letter}.png" for letter in "abcdefghi"]
    folder = Folder(tmp_path / "data", *names)
    folder.write(
        "metadata/schema.json",
        [
            {"name": "T", "path": "temperature", "defaultValue": None, "valueDataType": "NUMERIC_FLOAT"},
            {"name": "W", "path": "weather", "defaultValue": None, "valueDataType": "CATEGORICAL_STRING"},
        ],
    )
    for number, name in enumerate(names[:-1]):
        weather = "sunny" if number % 4 else "rainy"
        folder.write(f"metadata/{name[0]}.json", {"metadata": {"temperature": number, "weather": weather}})
    box = {"category_id": 0, "bbox": [0, 0, 1, 1], "score": 0.5}
    folder.task("object-detection", ["car", "bus"], {"a": [box, box], "b": [box]})
    return folder


def spoil(folder: Folder, letters: str) -> list[Path]:
    """Write a text for the temperature of these."""
    return [folder.write(f"metadata/{letter}.json", {"metadata": {"temperature": "warm"}}) for letter in letters]


def warm(path: Path) -> str:
    """What is said of one."""
    return f'{path}: temperature is "warm", and NUMERIC_FLOAT takes a number'


def registry() -> Registry:
    """The built-ins."""
    return Registry(allow=["tamis"], environ=False)


def test_wrong_metadata_is_found_before_any_image_is_opened(folder: Folder, counted: Counter[str]) -> None:
    """It costs no decode, and on a million images the run would have taken hours by then."""
    (path,) = spoil(folder, "c")
    width = {"type": "METADATA", "key": "lightly.width"}
    with pytest.raises(errors.MetadataError) as caught:
        select(folder.dataset, config(entry(width), entry(TEMPERATURE)), registry=registry())

    assert str(caught.value) == warm(path)
    assert not counted


def test_several_wrong_files_are_named_together(folder: Folder) -> None:
    """The first five, and how many more there are; the error holds all, and travels."""
    paths = spoil(folder, "bcdefgh")
    folder.write("metadata/a.json", b"{")
    with pytest.raises(errors.MetadataError) as caught:
        select(folder.dataset, config(entry(TEMPERATURE)), registry=registry())

    first, *following, last = str(caught.value).splitlines()
    assert first.startswith(f"{folder.root / '.lightly/metadata/a.json'}: not JSON: ")
    assert following == [warm(path) for path in paths[:4]]
    assert last == "and 3 more; tamis validate --data names them all"
    assert caught.value.problems == (first, *map(warm, paths))
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems  # noqa: S301 (our own)


def test_wrong_files_of_several_inputs_are_named_together(folder: Folder, tmp_path: Path) -> None:
    """Of datasets that are joined, and of annotations that are combined."""
    second = Folder(tmp_path / "second", "z.png")
    second.write("metadata/schema.json", (folder.root / ".lightly/metadata/schema.json").read_bytes())
    bad = [*spoil(folder, "b"), *spoil(second, "z")]
    joined = Dataset.concat({"one": folder.dataset, "two": second.dataset})
    with pytest.raises(errors.MetadataError) as of_joined:
        select(joined, config(entry(TEMPERATURE)), registry=registry())
    assert of_joined.value.problems == tuple(map(warm, bad))

    own = Folder(tmp_path / "own")
    name = {"name": "S", "path": "speed", "defaultValue": None, "valueDataType": "NUMERIC_INT"}
    own.write("metadata/schema.json", [name])
    slow = own.write("metadata/a.json", {"metadata": {"speed": "slow"}})
    combined = folder.dataset.annotate("lightly", own.root, registry=registry())
    both = config(entry(TEMPERATURE), entry({"type": "METADATA", "key": "speed"}))
    with pytest.raises(errors.MetadataError) as of_combined:
        select(combined, both, registry=registry())
    assert of_combined.value.problems == (
        warm(bad[0]),
        f'{slow}: speed is "slow", and NUMERIC_INT takes an integer',
    )


def test_predictions_that_are_all_missing_are_found_before_any_image_is_opened(
    folder: Folder, counted: Counter[str]
) -> None:
    """As the run could only end."""
    for letter in "ab":
        (folder.root / f".lightly/predictions/t/{letter}.json").unlink()
    with pytest.raises(errors.PredictionError, match=r"task 't': all predictions in .* are missing \(9\) or invalid"):
        select(folder.dataset, config(entry(COUNT)), registry=registry())

    assert not counted


def test_annotations_are_read_once(folder: Folder) -> None:
    """However many inputs use them, objects that are embedded among them."""

    class Counting(Annotations):
        def __init__(self, inner: Annotations) -> None:
            self.inner, self.where, self.read = inner, inner.where, Counter[str]()

        def __getattribute__(self, name: str) -> Any:
            if name in ("inner", "where", "read", "__class__"):
                return super().__getattribute__(name)
            self.read[name] += 1
            return getattr(self.inner, name)

    dataset = folder.dataset
    counting = Counting(dataset.annotations)
    dataset = Dataset(dataset.samples, dataset.images, annotations=counting)
    entries = [entry(each) for each in (TEMPERATURE, TEMPERATURE, COUNT)] + [
        entry(WEATHER, target(sunny=0.5)),
        entry(CLASSES, target(car=0.5)),
        entry({"type": "EMBEDDINGS", "task": "t"}, {"type": "DIVERSITY"}),
    ]
    selection = select(dataset, config(*entries, n_samples=2), registry=registry())

    assert len(selection.selected) == 2
    assert (counting.read["metadata"], counting.read["predictions"]) == (1, 1)


def test_a_format_that_fails_while_it_is_read_is_told_apart_from_bad_data(folder: Folder) -> None:
    """It is broken, with what it raised; the caller's own interruptions pass through."""

    class Bad(Annotations):
        where = "acme.db"

        def fields(self) -> dict[str, MetadataField]:
            return {"x": MetadataField("x", Kind.SCALAR)}

        def metadata(self, *arguments: Any) -> Metadata:
            raise ZeroDivisionError("no idea")

    dataset = Dataset(folder.dataset.samples, folder.dataset.images, annotations=Bad())
    with pytest.raises(
        errors.BrokenPluginError, match=r"the metadata in acme\.db can't be read: ZeroDivisionError: no"
    ):
        select(dataset, config(entry({"type": "METADATA", "key": "x"})), registry=registry())


def test_a_class_that_a_task_does_not_have_is_found_before_any_image_is_opened(
    folder: Folder, counted: Counter[str]
) -> None:
    """By its schema, which lists all that there can be."""
    entries = [entry({"type": "METADATA", "key": "lightly.width"}), entry(CLASSES, target(car=0.5, buss=0.5))]
    with pytest.raises(errors.ConfigError) as caught:
        select(folder.dataset, config(*entries), registry=registry())

    assert str(caught.value) == "strategies[1].strategy.target: the input has no 'buss'. Did you mean 'bus'?"
    assert not counted


def test_the_schema_of_a_task_is_enough_to_find_it(folder: Folder) -> None:
    """When a config is checked, without any prediction being read; a strategy that is left out has no say."""
    (folder.root / ".lightly/predictions/t/a.json").write_bytes(b"{")
    with pytest.raises(errors.ConfigError, match=r"strategies\[0\]\.strategy\.target: the input has no 'van'"):
        validate(config(entry(CLASSES, target(van=1.0))), lightly=folder.root, registry=registry())

    left_out = {**target(van=1.0), "strength": 0}
    validate(config(entry(CLASSES, left_out)), lightly=folder.root, registry=registry())


@pytest.mark.parametrize("shares", [{"snowy": 0.2, "sunny": 0.8}, {"snowy": 1.0}], ids=["one of two", "all"])
def test_a_category_of_metadata_may_be_missing_this_week(folder: Folder, shares: dict[str, float]) -> None:
    """A note says so: metadata is open."""
    selection = select(folder.dataset, config(entry(WEATHER, target(**shares))), registry=registry())

    assert any("target: no sample's weather is 'snowy'" in note for note in selection.notes)


def test_validate_says_how_much_there_is(folder: Folder, counted: Counter[str]) -> None:
    """Of every annotation that the config uses, and what is passed over with its reason; of nothing else."""
    bad = folder.write("predictions/t/c.json", {"predictions": [{"category_id": 7, "bbox": [0, 0, 1, 1], "score": 1}]})
    folder.write("predictions/t/zzz.json", {"predictions": []})
    folder.write("predictions/tasks.json", ["t", "unused"])
    entries = [entry(TEMPERATURE), entry(WEATHER, target(sunny=1)), entry(COUNT)]
    plan = validate(config(*entries), dataset=folder.dataset, data=True, registry=registry())

    none = "left out, such as i.png: no value, and the schema has no default"
    assert plan.notes == (
        "metadata 'temperature': 8 of 9 samples have a value; 0 to 7",
        f"metadata 'temperature': 1 {none}",
        "metadata 'weather': 8 of 9 samples have a value; sunny 6, rainy 2",
        f"metadata 'weather': 1 {none}",
        "task 't': 2 of 9 samples have a prediction, with 3 objects",
        "task 't': 6 without one count as empty, such as d.png",
        f"task 't': {bad.stem}.png is left out: predictions[0].category_id is 7, which the schema does not have",
        "task 't': 1 files belong to no sample: zzz.json",
    )
    assert validate(config(*entries), dataset=folder.dataset, registry=registry()).notes == ()
    assert not counted


def test_validate_says_all_that_would_end_a_run(folder: Folder) -> None:
    """Every wrong file of the metadata, and each task of which nothing can be used."""
    paths = spoil(folder, "abcdefgh")
    for letter in "ab":
        folder.write(f"predictions/t/{letter}.json", b"[]")
    both = config(entry(TEMPERATURE), entry(COUNT))
    with pytest.raises(errors.DataError) as caught:
        validate(both, dataset=folder.dataset, data=True, registry=registry())

    *of_metadata, of_task = caught.value.problems
    assert of_metadata == list(map(warm, paths))
    assert of_task.startswith(
        f"task 't': all predictions in {folder.root / '.lightly/predictions/t'} are missing (7) or "
    )
    assert "such as a.png: not an object with a list of predictions" in of_task


def test_validate_says_that_no_sample_has_all(folder: Folder) -> None:
    """Each by itself is there for some; together they are for none. And a field that no sample has."""
    for letter in "abcdefgh":
        folder.write(f"predictions/t/{letter}.json", b"{")
    folder.write("predictions/t/i.json", {"predictions": []})
    both = config(entry(TEMPERATURE), entry(COUNT))
    with pytest.raises(errors.DataError) as together:
        validate(both, dataset=folder.dataset, data=True, registry=registry())
    assert together.value.problems == ("no sample has all that the config uses: metadata 'temperature', task 't'",)

    regex = {**config(entry({"type": "METADATA", "key": "path.x"}, {"type": "BALANCE", "distribution": "INPUT"}))}
    regex["lightly_path_regex"] = "^(?P<x>z)"
    with pytest.raises(errors.DataError) as of_names:
        validate(regex, dataset=folder.dataset, data=True, registry=registry())
    assert of_names.value.problems == (
        "metadata 'path.x': no sample has a value, such as a.png: its name doesn't match ^(?P<x>z)",
    )


def test_validate_counts_the_tags_of_other_datasets(folder: Folder) -> None:
    """Those that a query names."""
    folder.write("tags/best.txt", b"a.png\nb.png\ngone.png\n")
    query = {"type": "EMBEDDINGS", "dataset_id": "reference", "tag_name": "best"}
    plan = validate(
        config(entry(query, {"type": "SIMILARITY"})),
        dataset=folder.dataset,
        data=True,
        datasets={"reference": folder.dataset},
        registry=registry(),
    )

    assert plan.notes == ("dataset 'reference': 2 of 9 samples are in tag 'best'",)


def test_annotations_are_of_a_dataset() -> None:
    """Without one there is nothing to read."""
    with pytest.raises(errors.DatasetError, match="annotations are of samples: to read them, name a dataset"):
        validate(config(entry({"type": "RANDOM"})), data=True, registry=registry())


def tamis(*arguments: object) -> Result:
    """Run the program, in this process."""
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_on_the_command_line(folder: Folder, tmp_path: Path) -> None:
    """What is there below the config's line, and status 0; all that would end a run, and status 2; quiet if asked."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(config(entry(WEATHER, {"type": "BALANCE", "distribution": "INPUT"}))))
    bad.write_text(json.dumps(config(entry(TEMPERATURE))))
    done = tamis("validate", good, "--input", folder.root, "--data")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{good} is valid: selects up to 1 of 9 samples",
        "  metadata 'weather': 8 of 9 samples have a value; sunny 6, rainy 2",
        "  metadata 'weather': 1 left out, such as i.png: no value, and the schema has no default",
    ]
    assert tamis("validate", good, "--input", folder.root, "--data", "--quiet").stdout == ""

    paths = spoil(folder, "abcdefg")
    done = tamis("validate", bad, "--input", folder.root, "--data")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines() == ["tamis: 7 problems in the data:", *(f"  {warm(path)}" for path in paths)]
    several = tamis("validate", bad, good, "--input", folder.root, "--data")
    assert several.exit_code == 2
    assert several.stderr.splitlines()[:2] == [f"{bad} is wrong:", f"  {warm(paths[0])}"]
    assert tamis("validate", bad, "--data").exit_code == 2
