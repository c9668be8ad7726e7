"""What is checked of functions of views: of metrics, views and tasks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from typing import Any

import attrs

from tamis import Dataset, Metric, Registry, compute, errors
from tamis.declarations.view import ROOT_VIEWS
from tamis.testing.checking import Skip, fail, require
from tamis.testing.comparing import copied, same
from tamis.testing.images import SAMPLES
from tamis.testing.suite import Suite

Views = Mapping[str, Any]


@attrs.frozen
class Lacking:
    """Why an image has no value, by the function's own word."""

    reason: str


def watching(views: tuple[str, ...], seen: Callable[[Views], Any]) -> Metric:
    """A metric that needs these views, and shows them."""

    def watch(**given: Any) -> int:
        seen(given)
        return 0

    keyword = inspect.Parameter.KEYWORD_ONLY
    watch.__signature__ = inspect.Signature([inspect.Parameter(view, keyword) for view in views])  # type: ignore[attr-defined]
    return Metric("testing.watch", watch)


def watched(dataset: Dataset, registry: Registry, names: tuple[str, ...]) -> list[Views]:
    """These views of every sample, as a run makes them, but as copies. Registers a metric for that."""
    found: list[Views] = []
    registry.register(watching(names, lambda given: found.append({name: copied(given[name]) for name in given})))
    table = compute(dataset, ["testing.watch"], registry=registry)
    if table.failures:
        fail(f"a view that it needs failed: {table.failures[0]}")
    return found


class FunctionSuite(Suite):
    """Checks of a function of views."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The views that it takes."""
        needs: tuple[str, ...] = self.declaration.needs
        return needs

    def call(self, views: Views) -> Any:
        """What it returns for these views."""
        return getattr(self.declaration, self.function)(**views)

    @cached_property
    def outcome(self) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        """What a run gives for each sample, and why some have nothing."""
        raise NotImplementedError

    @cached_property
    def views(self) -> list[Views]:
        """The views that it needs, of every sample."""
        self.skip_unless_ready()
        return watched(self.dataset, self.registry_with(self.declaration), self.needs)

    @cached_property
    def _unmet(self) -> errors.PluginError | None:
        """Why a view that it needs, or that one of those needs, can't be had."""
        known = set(ROOT_VIEWS)
        waiting = list(self.needs)
        try:
            while waiting:
                if (name := waiting.pop()) not in known:
                    known.add(name)
                    waiting += self.registry.view(name).needs
        except errors.PluginError as error:
            return error
        return None

    def skip_unless_ready(self) -> None:
        """Skip the check that is running if it can't be called at all, which one check says for all."""
        if self._unmet:
            raise Skip("a view that it needs can't be had: see 'needs'")

    def _results(self, views: list[Views]) -> list[Any]:
        return [self._result(each) for each in views]

    def _result(self, views: Views) -> Any:
        """What it returns for copies of these; why there is no value, if it says so."""
        try:
            return self.call({name: copied(value) for name, value in views.items()})
        except errors.NoValueError as error:
            return Lacking(str(error))

    def _image(self, name: str) -> None:
        self.skip_unless_ready()
        values, reasons = self.outcome
        sample = SAMPLES[name]
        if sample not in values and isinstance(lacking := self._result(self._views_of(sample)), Lacking):
            raise Skip(f"it says that such an image has no value: {lacking.reason}")
        require(sample in values, reasons.get(sample, "it has no value"))

    def _views_of(self, sample: str) -> Views:
        return self.views[self.dataset.samples.index(sample)]

    def check_needs(self) -> None:
        """Every view that it needs, or that one of those needs, can be had."""
        if self._unmet:
            raise self._unmet

    def check_rgb(self) -> None:
        """It works on a photograph."""
        self._image("rgb")

    def check_l(self) -> None:
        """It works on an 8-bit greyscale image."""
        self._image("l")

    def check_la(self) -> None:
        """It works on a greyscale image with alpha."""
        self._image("la")

    def check_palette(self) -> None:
        """It works on an image with a palette."""
        self._image("palette")

    def check_rgba(self) -> None:
        """It works on an image with alpha."""
        self._image("rgba")

    def check_cmyk(self) -> None:
        """It works on a CMYK image."""
        self._image("cmyk")

    def check_16_bit(self) -> None:
        """It works on a 16-bit greyscale image."""
        self._image("16_bit")

    def check_bilevel(self) -> None:
        """It works on an image of one bit per pixel."""
        self._image("bilevel")

    def check_float(self) -> None:
        """It works on an image of floats."""
        self._image("float")

    def check_one_pixel(self) -> None:
        """It works on an image of 1 x 1."""
        self._image("one_pixel")

    def check_one_row(self) -> None:
        """It works on an image of one row."""
        self._image("one_row")

    def check_one_column(self) -> None:
        """It works on an image of one column."""
        self._image("one_column")

    def check_black(self) -> None:
        """It works on an image that is black all over, where every deviation is 0."""
        self._image("black")

    def check_white(self) -> None:
        """It works on an image that is white all over."""
        self._image("white")

    def check_deterministic(self) -> None:
        """It returns the same for the same image, to the last bit."""
        for views in self.views:
            first, second = self._results([views, views])
            require(same(first, second), f"it returns {first!r:.80}, and then {second!r:.80} for the same image")

    def check_independent(self) -> None:
        """What it returns for an image doesn't depend on the images before: any split into batches gives the same."""
        forward = self._results(self.views)
        backward = self._results(self.views[::-1])[::-1]
        alone = [self._results([views])[0] for views in self.views[::2]]
        require(
            all(map(same, forward, backward)) and all(map(same, forward[::2], alone)),
            "it returns something else when images come in another order",
        )

    def check_threads(self) -> None:
        """Several threads may call it at once."""
        expected = self._results(self.views) * 4
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda views: self._results([views])[0], self.views * 4))
        require(all(map(same, expected, found)), "it returns something else when several threads call it at once")

    def check_read_only(self) -> None:
        """It changes no view: others share them."""
        for views in self.views:
            given = {name: copied(value) for name, value in views.items()}
            with suppress(errors.NoValueError):
                self.call(given)
            for name in views:
                require(same(views[name], given[name]), f"it changes the view '{name}', which others share")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing, on any image."""
        views = self.views
        self.quietly(lambda: self._results(views))
