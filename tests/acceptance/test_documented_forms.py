"""Every documented form of a selection config runs, on every type of predictions and metadata; few are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Registry, errors, select, validate
from tests.plugins.lightly_folder import Folder

SAMPLES = 18
SIZE = (32, 24)
PREDICTIONS = {
    "classification": {},
    "object-detection": {"bbox": [2, 2, 10, 8]},
    "keypoint-detection": {"keypoints": [3, 3, 0.5, 6, 6, 0.9]},
    "instance-segmentation": {"bbox": [2, 2, 10, 8], "segmentation": [10, 20, 32 * 24 - 30]},
    "semantic-segmentation": {"segmentation": [10, 20, 32 * 24 - 30]},
}
DATA_TYPES = ("NUMERIC_INT", "NUMERIC_FLOAT", "CATEGORICAL_INT", "CATEGORICAL_STRING", "CATEGORICAL_BOOLEAN")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Noise, by day and by night and by two cameras, with a task of each type and metadata of each type."""
    names = [f"{'day' if number % 3 else 'night'}/cam{number % 2}/{number:02}.png" for number in range(SAMPLES)]
    folder = Folder(tmp_path_factory.mktemp("documented"), *names)
    random = np.random.default_rng(0)
    folder.write("predictions/tasks.json", list(PREDICTIONS))
    categories = [{"id": number, "name": name} for number, name in enumerate(("car", "person", "bus"))]
    for task in PREDICTIONS:
        folder.write(f"predictions/{task}/schema.json", {"task_type": task, "categories": categories})
    folder.write(
        "metadata/schema.json",
        [{"name": kind, "path": f"m.{kind}", "defaultValue": None, "valueDataType": kind} for kind in DATA_TYPES],
    )
    for number, name in enumerate(names):
        Image.fromarray(random.integers(0, 256, (*SIZE[::-1], 3), dtype=np.uint8)).save(folder.root / name)
        category, probabilities = ((0, [0.7, 0.2, 0.1]), (2, [0.1, 0.3, 0.6]))[number % 2]
        for task, fields in PREDICTIONS.items():
            found = {"category_id": category, "probabilities": probabilities, "score": 0.8, **fields}
            count = 1 if task == "classification" else 1 + number % 3
            folder.write(f"predictions/{task}/{name[:-4]}.json", {"file_name": name, "predictions": [found] * count})
        weather = ("sunny", "cloudy", "rainy")[number % 3]
        values = (number, number / 2, number % 4, weather, number % 2 == 0)
        metadata = {"m": dict(zip(DATA_TYPES, values, strict=True))}
        folder.write(f"metadata/{name[:-4]}.json", {"file_name": name, "type": "image", "metadata": metadata})
    return folder.dataset


EMBEDDINGS, QUERY = {"type": "EMBEDDINGS"}, {"type": "EMBEDDINGS", "dataset_id": "other", "tag_name": "initial-tag"}
COUNT = {"type": "PREDICTIONS", "task": "object-detection", "name": "CATEGORY_COUNT"}
CLASSES = {"type": "PREDICTIONS", "task": "object-detection", "name": "CLASS_DISTRIBUTION"}
RANDOM, DIVERSITY, WEIGHTS = {"type": "RANDOM"}, {"type": "DIVERSITY"}, {"type": "WEIGHTS"}
TYPICALITY, SIMILARITY, UNIFORM = {"type": "TYPICALITY"}, {"type": "SIMILARITY"}, {"distribution": "UNIFORM"}
HALVES = {"type": "CROP", "name": "halves", "bboxs": [[0, 0, 0.5, 1], [0.5, 0, 0.5, 1]]}
TILES = {"type": "TILING", "name": "tiles", "num_rows": 3, "num_cols": 2}


def objects(task: str) -> dict[str, Any]:
    """The objects of a task, embedded."""
    return {**EMBEDDINGS, "task": task}


def metadata(key: str) -> dict[str, Any]:
    """Metadata of a key."""
    return {"type": "METADATA", "key": key}


def score(task: str, name: str = "uncertainty_entropy") -> dict[str, Any]:
    """A score of a task."""
    return {"type": "SCORES", "task": task, "score": name}


def threshold(value: float, operation: str, **more: Any) -> dict[str, Any]:
    """THRESHOLD."""
    return {"type": "THRESHOLD", "threshold": value, "operation": operation, **more}


def balance(target: dict[str, float] | None = None, **more: Any) -> dict[str, Any]:
    """BALANCE."""
    return {"type": "BALANCE", **({} if target is None else {"target": target}), **more}


def config(*pairs: tuple[dict[str, Any], dict[str, Any]], **top: Any) -> dict[str, Any]:
    """A config that selects five."""
    return {
        "n_samples": 5,
        "strategies": [{"input": input_, "strategy": strategy} for input_, strategy in pairs],
        **top,
    }


SCORES = {
    "classification": ("uncertainty_entropy", "uncertainty_margin", "uncertainty_least_confidence"),
    "object-detection": (
        *("uncertainty_entropy", "uncertainty_margin", "uncertainty_least_confidence"),
        *("object_frequency", "objectness_least_confidence"),
    ),
    "keypoint-detection": ("mean_uncertainty", "uncertainty_entropy"),
    "instance-segmentation": ("uncertainty_entropy", "object_frequency"),
    "semantic-segmentation": ("uncertainty_entropy",),
}
METRICS = (
    *("sharpness", "snr", "uniformRowRatio", "luminance", "width", "height", "meanRed", "meanGreen", "meanBlue"),
    *("contrast", "sizeInBytes"),
)

FORMS = {
    "diversity": config((EMBEDDINGS, DIVERSITY)),
    "strength": config((EMBEDDINGS, {**DIVERSITY, "strength": 0.6})),
    "minimum distance": config((EMBEDDINGS, {**DIVERSITY, "stopping_condition_minimum_distance": 0.2})),
    "minimum distance -1": config((EMBEDDINGS, {**DIVERSITY, "stopping_condition_minimum_distance": -1})),
    "no limit": config((EMBEDDINGS, {**DIVERSITY, "stopping_condition_minimum_distance": 0.01}), n_samples=-1),
    "proportion": {"proportion_samples": 0.1, "strategies": config((EMBEDDINGS, DIVERSITY))["strategies"]},
    **{
        f"objects of {task}": config((objects(task), DIVERSITY))
        for task in ("object-detection", "keypoint-detection", "instance-segmentation")
    },
    "typicality of objects": config((objects("object-detection"), TYPICALITY)),
    "similarity": config((QUERY, SIMILARITY)),
    "dissimilarity": config(
        ({**EMBEDDINGS, "datasetId": "other", "tagName": "initial-tag"}, {**SIMILARITY, "strength": -0.5})
    ),
    "typicality": config((EMBEDDINGS, TYPICALITY)),
    "typicality's parameters": config(
        (EMBEDDINGS, {**TYPICALITY, "num_nearest_neighbors": 5, "stopping_condition_minimum_typicality": 0.1})
    ),
    "typicality and diversity": config((EMBEDDINGS, TYPICALITY), (EMBEDDINGS, DIVERSITY)),
    **{f"{name} of {task}": config((score(task, name), WEIGHTS)) for task, names in SCORES.items() for name in names},
    "threshold of a score": config((score("object-detection"), threshold(0.1, "BIGGER"))),
    "active learning and diversity": config((score("classification"), WEIGHTS), (EMBEDDINGS, DIVERSITY)),
    **{f"classes of {task}": config(({**CLASSES, "task": task}, balance({"car": 0.4}))) for task in PREDICTIONS},
    **{f"count of {task}": config(({**COUNT, "task": task, "categories": ["car"]}, WEIGHTS)) for task in PREDICTIONS},
    "count of all": config((COUNT, WEIGHTS)),
    "threshold of a count": config((COUNT, threshold(1, "BIGGER_EQUAL"))),
    "maximum sum": config((COUNT, {**WEIGHTS, "stopping_condition_max_sum": 6})),
    "target range": config((COUNT, {**WEIGHTS, "target_range": {"min_sum": 4, "max_sum": 9}})),
    "targetRange": config((COUNT, {**WEIGHTS, "targetRange": {"minSum": 4, "maxSum": 9}})),
    "uniform": config((CLASSES, balance(distribution="UNIFORM"))),
    "like the input": config((CLASSES, balance(distribution="INPUT"))),
    "target": config((CLASSES, balance({"car": 1}, distribution="TARGET"))),
    "a target of less than 1": config((CLASSES, balance({"car": 0.2, "person": 0.1}))),
    "a target of more than 1": config((CLASSES, balance({"car": 2, "person": 1}))),
    "away from a target": config((CLASSES, balance({"car": 1}, strength=-1))),
    **{f"lightly.{name}": config((metadata(f"lightly.{name}"), WEIGHTS)) for name in METRICS},
    "broken frames": config(
        (metadata("lightly.uniformRowRatio"), threshold(0.025, "SMALLER")), (EMBEDDINGS, DIVERSITY)
    ),
    "threshold of strength 1": config((metadata("lightly.snr"), threshold(0, "BIGGER", strength=1.0))),
    "integers": config((metadata("m.NUMERIC_INT"), WEIGHTS)),
    "floats": config((metadata("m.NUMERIC_FLOAT"), threshold(3, "SMALLER_EQUAL"))),
    "strings": config((metadata("m.CATEGORICAL_STRING"), balance({"sunny": 0.2, "cloudy": 0.4, "rainy": 0.4}))),
    "categories that are integers": config((metadata("m.CATEGORICAL_INT"), balance({"0": 0.5, "1": 0.5}))),
    "random": config((RANDOM, WEIGHTS)),
    "random seed": config(({**RANDOM, "random_seed": 42}, WEIGHTS)),
    "randomSeed": config(({**RANDOM, "randomSeed": 42}, WEIGHTS)),
    "threshold of random numbers": config((RANDOM, threshold(0.5, "BIGGER"))),
    "tiles": config((objects("tiles"), DIVERSITY), auto_tasks=[{**TILES, "overlap": 0.2}]),
    "autoTasks": config(
        (objects("tiles"), TYPICALITY), autoTasks=[{"type": "TILING", "name": "tiles", "numRows": 1, "numCols": 2}]
    ),
    "crops": config((objects("halves"), DIVERSITY), auto_tasks=[HALVES]),
    "path regex": config((metadata("path.cam"), balance(**UNIFORM)), lightly_path_regex=r"/(?P<cam>cam\d)/"),
    "lightlyPathRegex": config((metadata("path.time"), balance({"day": 1})), lightlyPathRegex=r"^(?P<time>\w+)/"),
    "folder": config((metadata("path.folder"), balance(**UNIFORM))),
    "nulls": config(
        (EMBEDDINGS, {**DIVERSITY, "stopping_condition_minimum_distance": None}),
        proportion_samples=None,
        auto_tasks=None,
    ),
    "version 2": {"version": 2, "nSamples": 5, "strategies": config((EMBEDDINGS, DIVERSITY))["strategies"]},
    "six at once": config(
        (EMBEDDINGS, DIVERSITY),
        (score("object-detection"), WEIGHTS),
        (CLASSES, balance({"car": 0.5})),
        (metadata("lightly.sharpness"), threshold(0, "BIGGER")),
        (RANDOM, {**WEIGHTS, "strength": 0.1}),
        (metadata("m.CATEGORICAL_STRING"), balance(**UNIFORM)),
    ),
}  # fmt: skip

REFUSED = {
    "objects of a semantic segmentation": (
        config((objects("semantic-segmentation"), DIVERSITY)),
        "strategies[0].input.task: object embeddings are of object-detection, keypoint-detection or",
    ),
    "strength beside input and strategy": (
        {"n_samples": 5, "strategies": [{"input": EMBEDDINGS, "strategy": TYPICALITY, "strength": 0.5}]},
        "strategies[0].strength: goes inside 'strategy'",
    ),
    "threshold of another strength": (
        config((metadata("lightly.snr"), threshold(1, "BIGGER", strength=2))),
        "strategies[0].strategy.strength: 2 is not 1",
    ),
    "booleans": (
        config((metadata("m.CATEGORICAL_BOOLEAN"), balance({"true": 0.5}))),
        "strategies[0].input.key: categorical boolean metadata cannot be used for selection",
    ),
    "pretagging without a detector": (
        config((score("lightly_pretagging"), WEIGHTS)),
        "strategies[0].input.task: 'lightly_pretagging' is made by tamis",
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_it_is_valid_and_selects(dataset: Dataset, form: dict[str, Any]) -> None:
    """As written: checked with its data, and run. Nothing of it is an error, and something is selected."""
    registry, others = Registry(allow=["tamis"], environ=False), {"other": dataset.subset(dataset.samples[:3])}
    validate(form, dataset=dataset, datasets=others, data=True, registry=registry)
    selection = select(dataset, form, datasets=others, registry=registry)

    assert selection.selected
    assert not selection.failures


@pytest.mark.parametrize(("form", "message"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused(dataset: Dataset, form: dict[str, Any], message: str) -> None:
    """With the reason: what has no meaning, what the documentation refuses itself, and what needs a model."""
    with pytest.raises(errors.ConfigError) as caught:
        validate(form, dataset=dataset, registry=Registry(allow=["tamis"], environ=False))

    assert str(caught.value).startswith(message)
