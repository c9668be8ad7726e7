"""One open and one decode per image; views shared; failures kept apart."""

from __future__ import annotations

import io
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Header, Metric, Registry, View, compute, errors
from tamis.measuring.one_image import OneImage
from tamis.measuring.recipe import Recipe

#: Of the metrics that every image has; not every one has EXIF.
ALL_KEYS = tuple(key for key in Registry(allow=["tamis"], environ=False).keys("metric") if key.startswith("lightly."))


def test_all_keys_open_and_decode_each_image_once(photographs: Path, counted: Counter[str]) -> None:
    """Whatever is asked, and asked twice."""
    table = compute(Dataset.from_directory(photographs), [*ALL_KEYS, *ALL_KEYS], registry=Registry(environ=False))

    assert len(table) == 10
    assert not table.failures
    assert counted == {"open": 10, "decode": 10}


def test_width_height_and_size_decode_nothing(photographs: Path, counted: Counter[str]) -> None:
    """The header has them."""
    keys = ["lightly.width", "lightly.height", "lightly.sizeInBytes"]
    compute(Dataset.from_directory(photographs), keys, registry=Registry(environ=False))

    assert counted == {"open": 10}


def registry_with(*declarations: View | Metric) -> Registry:
    """The built-ins and these."""
    registry = Registry(allow=["tamis"], environ=False)
    for declaration in declarations:
        registry.register(declaration)
    return registry


@contextmanager
def gray(sample: str) -> Iterator[tuple[Image.Image, Header, None]]:
    """A small image, whatever the sample."""
    image = Image.new("RGB", (5, 4), "gray")
    yield image, Header.of(image), None


def test_a_view_is_computed_once_and_before_what_needs_it() -> None:
    """Two metrics and another view use it; all see the same object."""
    calls: list[str] = []
    seen: list[int] = []

    def base(gray: Any) -> Any:
        calls.append("base")
        return gray + 1

    def derived(base: Any) -> Any:
        seen.append(id(base))
        return base * 2

    def one(base: Any) -> float:
        seen.append(id(base))
        return float(base.mean())

    def two(derived: Any, base: Any) -> float:
        seen.append(id(base))
        return float(derived.mean())

    registry = registry_with(View("base", base), View("derived", derived), Metric("x.one", one), Metric("x.two", two))
    measured = OneImage(Recipe.of(["x.two", "x.one"], registry), "it").run(gray)
    values, failures = measured.values, measured.failures

    assert values == {"x.one": 129.0, "x.two": 258 % 256}
    assert calls == ["base"]
    assert len(set(seen)) == 1
    assert not failures


def test_views_are_freed_after_their_last_use() -> None:
    """Each is dropped by the step that is the last to need it, and steps that need the newest view come first."""
    recipe = Recipe.of(ALL_KEYS, Registry(allow=["tamis"], environ=False))
    last_use = {need: step.name for step in recipe.steps for need in step.needs}

    assert {name: step.name for step in recipe.steps for name in step.frees} == last_use
    order = [step.name for step in recipe.steps]
    assert order.index("lightly.sharpness") == order.index("laplacian") + 1


def test_pixels_are_freed_after_their_last_use(photographs: Path) -> None:
    """A file's image is gone once the views that are made of it are there, though its file is still open."""
    images: list[weakref.ref[Image.Image]] = []
    gone: list[bool] = []

    def first(rgb_image: Any) -> float:
        images.append(weakref.ref(rgb_image))
        return 0.0

    def last(gray: Any) -> float:
        gone.append(images[-1]() is None)
        return 0.0

    registry = registry_with(Metric("x.last", last), Metric("x.first", first))
    compute(Dataset.from_directory(photographs), ["x.last", "x.first"], registry=registry)

    assert gone == [True] * 10


def test_of_steps_that_need_the_same_view_the_one_with_least_behind_it_comes_first() -> None:
    """So that no large view waits for another branch: the histogram is done with before the luma is made."""
    recipe = Recipe.of(["lightly.sharpness", "lightly.snr"], Registry(allow=["tamis"], environ=False))

    assert [step.name for step in recipe.steps] == [
        *("rgb_image", "histogram", "moments", "lightly.snr"),
        *("gray_image", "gray", "laplacian", "lightly.sharpness"),
    ]


def test_a_function_may_be_any_callable() -> None:
    """An object with an equality of its own can't be hashed, and works all the same."""

    @attrs.define
    class Above:
        limit: int

        def __call__(self, gray: Any) -> float:
            return float((gray > self.limit).mean())

    values = OneImage(Recipe.of(["x.above"], registry_with(Metric("x.above", Above(100)))), "it").run(gray).values

    assert values == {"x.above": 1.0}


def test_a_parameter_with_a_default_is_not_a_need() -> None:
    """A metric's function may have settings of its own."""

    def bright(gray: Any, limit: int = 100) -> float:
        return float((gray > limit).mean())

    values = OneImage(Recipe.of(["x.bright"], registry_with(Metric("x.bright", bright))), "it").run(gray).values

    assert values == {"x.bright": 1.0}


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (float("nan"), "returned nan"),
        (float("inf"), "returned inf"),
        (np.zeros(3), "returned an array of shape (3,)"),
        ("5", "returned '5', not a number"),
        (None, "returned None, not a number"),
        (10**400, "too large"),
    ],
)
def test_what_is_no_number_costs_that_value_only(result: Any, reason: str) -> None:
    """The value is missing, with its reason and its plugin; the neighbour is there."""
    registry = registry_with(Metric("x.bad", lambda header: result), Metric("x.good", lambda header: header.width))
    measured = OneImage(Recipe.of(["x.bad", "x.good"], registry), "it").run(gray)
    values, failures = measured.values, measured.failures

    assert values == {"x.good": 5.0}
    (failure,) = failures
    assert (failure.sample, failure.stage, failure.key) == ("it", "metric", "x.bad")
    assert reason in failure.reason
    assert "(in process)" in failure.reason


@pytest.mark.parametrize(("result", "stored"), [(np.int64(7), 7), (True, 1), (2.0, None), (2**63, None)])
def test_an_integer_metric_returns_integers(result: Any, stored: int | None) -> None:
    """A float is refused even if it is whole: the column would promise what the function doesn't."""
    registry = registry_with(Metric("x.count", lambda header: result, dtype="int"))
    measured = OneImage(Recipe.of(["x.count"], registry), "it").run(gray)
    values, failures = measured.values, measured.failures

    assert values.get("x.count") == stored
    assert bool(failures) == (stored is None)


def test_a_metric_that_exits_is_a_failure() -> None:
    """``sys.exit`` in a plugin doesn't end the host."""

    def leave(header: Header) -> float:
        raise SystemExit(1)

    failures = OneImage(Recipe.of(["x.exit"], registry_with(Metric("x.exit", leave))), "it").run(gray).failures

    assert failures[0].reason.startswith("SystemExit: 1")


def test_an_error_that_can_not_be_told_costs_that_value_only() -> None:
    """A plugin's own class of errors may be wrong, too."""

    class UntoldError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def fails(header: Header) -> float:
        raise UntoldError

    registry = registry_with(Metric("x.bad", fails), Metric("x.good", lambda header: header.width))
    measured = OneImage(Recipe.of(["x.bad", "x.good"], registry), "it").run(gray)

    assert measured.values == {"x.good": 5.0}
    assert [failure.reason for failure in measured.failures] == ["UntoldError ((in process) [x.bad])"]


def test_what_needs_no_view_is_called_all_the_same() -> None:
    """A constant that metrics share, and a metric of nothing."""
    registry = Registry(autoload=False)
    registry.register(View("acme_kernel", lambda: np.ones(3)))
    registry.register(Metric("acme.kernel", lambda acme_kernel: acme_kernel.sum()))
    registry.register(Metric("acme.five", lambda: 5))
    dataset = Dataset.from_images(["a", "b"], [np.zeros((2, 2, 3), dtype=np.uint8)] * 2)
    table = compute(dataset, ["acme.kernel", "acme.five"], registry=registry)

    assert [column.cells() for column in table.columns.values()] == [[3.0, 3.0], [5.0, 5.0]]


def test_a_failing_view_is_recorded_once() -> None:
    """Two metrics lose their value to it, and the record is one."""

    def torn(gray: Any) -> Any:
        raise ValueError("no\nluck")

    registry = registry_with(
        View("torn", torn), Metric("x.a", lambda torn: 1), Metric("x.b", lambda torn: 1), Metric("x.c", lambda gray: 1)
    )
    measured = OneImage(Recipe.of(["x.a", "x.b", "x.c"], registry), "it").run(gray)
    values, failures = measured.values, measured.failures

    assert values == {"x.c": 1.0}
    assert [(f.stage, f.key) for f in failures] == [("view", "torn")]
    assert failures[0].reason.startswith("ValueError: no luck (")


def test_an_unknown_view_is_named_before_any_image_is_opened() -> None:
    """With the metric that needs it, and the nearest."""
    with pytest.raises(errors.UnknownKeyError, match=r"metric 'x\.m' of \(in process\).*'grey'.*Did you mean 'gray'\?"):
        Recipe.of(["x.m"], registry_with(Metric("x.m", lambda grey: 1)))


def test_views_that_need_each_other_are_refused() -> None:
    """The circle is drawn."""
    registry = registry_with(
        View("chicken", lambda egg: egg), View("egg", lambda chicken: chicken), Metric("x.m", lambda egg: 1)
    )

    with pytest.raises(errors.BrokenPluginError, match="egg -> chicken -> egg"):
        Recipe.of(["x.m"], registry)


@pytest.mark.parametrize("name", ["header", "exif", "content", "image", "Gray", "two words", ""])
def test_a_view_name_is_a_free_parameter_name(name: str) -> None:
    """What tamis provides itself can't be replaced."""
    with pytest.raises(ValueError, match="name"):
        View(name, lambda gray: gray)


class Unseekable(io.RawIOBase):
    """A stream that can only be read on, as from a pipe."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._file.readinto(buffer)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp", ".gif"])
@pytest.mark.parametrize("of", [io.BytesIO, Unseekable])
def test_a_metric_may_have_the_bytes_of_the_file(suffix: str, of: Any) -> None:
    """All of them, also of a stream; and the image is decoded as if nobody had read them."""
    file = io.BytesIO()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)).save(file, Image.registered_extensions()[suffix])
    content = file.getvalue()
    seen: list[bytes] = []

    def size(content: bytes) -> int:
        seen.append(content)
        return len(content)

    registry = registry_with(Metric("x.size", size, dtype="int"))
    dataset = Dataset.from_items([f"it{suffix}"], lambda name: of(content))
    both = compute(dataset, ["lightly.meanRed", "x.size"], registry=registry)
    alone = compute(dataset, ["lightly.meanRed"], registry=registry)

    assert seen == [content]
    assert both["lightly.meanRed"].values[0] == alone["lightly.meanRed"].values[0]


def test_nothing_is_read_for_content_that_nobody_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It costs what it did before."""
    asked: list[Any] = []
    monkeypatch.setattr("tamis.measuring.one_image.content_of", asked.append)
    compute(Dataset.from_images(["a"], [np.zeros((2, 2, 3), np.uint8)]), ["lightly.width", "lightly.snr"])

    assert not asked
