"""``tamis.compare_embedders``: how well vectors tell classes apart."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis import Dataset, Embedder, Registry, compare_embedders, errors

REGISTRY = Registry(environ=False)
NAMES = ["cat/1", "cat/2", "cat/3", "dog/1", "dog/2"]
#: Degrees on the circle: the third cat is among the dogs.
ANGLES = [0, 10, 62, 60, 65]


def on_circle(angles: Any, names: Any = NAMES) -> Dataset:
    """Samples whose vectors are at these angles."""
    radians = np.radians(np.asarray(angles, dtype=float))
    return Dataset.from_embeddings(names, np.stack([np.cos(radians), np.sin(radians)], axis=1))


def test_a_sample_is_named_by_the_nearest_of_the_others() -> None:
    """One neighbour: both of the first cats are right, the third is taken for a dog, and so are the dogs for a cat."""
    (found,) = compare_embedders(on_circle(ANGLES), ["descriptor"], neighbours=1)

    assert found.accuracy == pytest.approx(2 / 5)
    assert found.chance == pytest.approx(3 / 5)
    assert (found.samples, found.dim, found.embedder) == (5, 2, "descriptor")


def test_each_model_is_loaded_once() -> None:
    """And all of them before the first runs."""
    seen = []

    def mean(images: Any, options: str) -> Any:
        seen.append(f"run {options}")
        return np.stack([image.mean(axis=(0, 1)) for image in images])

    def load(params: Any) -> str:
        seen.append(f"load {params['name']}")
        return str(params["name"])

    registry = Registry(allow=["tamis"], environ=False)
    schema = {"properties": {"name": {"type": "string"}}}
    registry.register(Embedder("acme", mean, dim=3, version="1", schema=schema, prepare=load))
    dataset = Dataset.from_images(NAMES, [np.full((4, 4, 3), value, np.uint8) for value in range(5)])
    compare_embedders(dataset, ["acme:name=a", "acme:name=b"], registry=registry)

    assert seen == ["load a", "load b", "run a", "run b"]


def test_classes_come_from_metadata_too() -> None:
    """A sample without one takes no part."""
    dataset = on_circle(ANGLES).with_metadata({"kind": ["a", "a", "b", "b", None]})
    (found,) = compare_embedders(dataset, ["descriptor"], "kind", neighbours=1)

    assert (found.accuracy, found.samples) == (1.0, 4)


@given(st.data())
def test_the_accuracy_is_that_of_counting_one_by_one(data: st.DataObject) -> None:
    """Vectors of whole degrees, many of them equal, against a loop."""
    count = data.draw(st.integers(2, 12))
    angles = data.draw(st.lists(st.integers(0, 6).map(lambda n: 15 * n), min_size=count, max_size=count))
    classes = data.draw(
        st.lists(st.sampled_from("abc"), min_size=count, max_size=count).filter(lambda c: len(set(c)) > 1)
    )
    neighbours = data.draw(st.integers(1, 6))
    names = [f"{kind}/{number}" for number, kind in enumerate(classes)]

    right = 0
    for row in range(count):
        others = sorted((abs(angles[row] - angles[other]), other) for other in range(count) if other != row)
        near = [classes[other] for _, other in others[:neighbours]]
        right += Counter(near).most_common(1)[0][0] == classes[row]  # of equals, the one met first
    dataset = on_circle(angles, names)
    (found,) = compare_embedders(dataset, ["descriptor"], neighbours=neighbours, registry=REGISTRY)

    assert found.accuracy == pytest.approx(right / count)


def test_embedders_are_compared_on_the_same_images() -> None:
    """One that sees how bright an image is, and one that sees nothing of it."""
    images = [np.full((8, 8, 3), value, dtype=np.uint8) for value in (1, 3, 250, 252)]
    dataset = Dataset.from_images(["dark/1", "dark/2", "light/1", "light/2"], images)
    registry = Registry(environ=False)
    registry.register(Embedder("bright", lambda found: [[i.mean(), 128] for i in found], dim=2, version="1"))
    registry.register(Embedder("blind", lambda found: [[1, 1]] * len(found), dim=2, version="1"))

    bright, blind = compare_embedders(dataset, ["bright", "blind"], neighbours=1, registry=registry)
    assert (bright.accuracy, blind.accuracy) == (1.0, 0.5)  # all as near: the first of the others is
    assert bright.seconds > 0


@pytest.mark.parametrize(
    ("names", "by", "message"),
    [
        (["a/1", "a/2"], None, "by: there must be at least two classes, and the first folders .* are 1"),
        (["1", "2"], None, "by: there must be at least two classes, and the first folders .* are 0"),
        (["a/1", "b/2"], "king", "by: there is no metadata 'king'.*kind"),
        (["a/1", "b/2"], "height", "by: metadata 'height' holds numbers, and classes are names"),
    ],
)
def test_what_gives_no_classes_is_refused(names: list[str], by: str | None, message: str) -> None:
    """With what there is."""
    dataset = on_circle([1, 2], names).with_metadata({"kind": ["a", "b"], "height": [1.5, 2.5]})

    with pytest.raises(errors.ConfigError, match=message):
        compare_embedders(dataset, ["descriptor"], by)


def test_an_embedder_that_is_not_there_is_said_before_the_others_run() -> None:
    """Nothing has been measured by then."""
    seen: list[object] = []

    with pytest.raises(errors.ConfigError, match="descriptor"):
        compare_embedders(on_circle(ANGLES), ["descriptor", "descripter"], progress=seen.append)
    assert seen == []
