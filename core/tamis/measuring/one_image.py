"""Following a recipe with one image: it is opened and decoded once, and each step gets what it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from typing import IO, Any

import attrs
from PIL import Image

from tamis.data.failure import Failure
from tamis.data.header import Header
from tamis.dataset.images import content_of, decode, exif_of, info_of
from tamis.measuring.calling import call, frozen, objects_of, value
from tamis.measuring.object_metrics import crops, opening
from tamis.measuring.recipe import Recipe
from tamis.measuring.result import Result
from tamis.measuring.steps import DECODING, Key, Step
from tamis.measuring.vectors import Floats, boxes_of

Opened = Callable[[str], AbstractContextManager[tuple[Image.Image, Header, IO[bytes] | None]]]

#: What is read of an opened image and its file before it is decoded, by the name of the view.
UNDECODED: Mapping[str, Callable[[Image.Image, IO[bytes] | None], Any]] = {
    "exif": lambda image, _: exif_of(image),
    "info": lambda image, _: info_of(image),
    "content": lambda _, file: content_of(file),
}


@attrs.frozen
class OneImage:
    """One image, and how its recipe is followed. It never raises for what is wrong with the image.

    Attributes:
        recipe: What is wanted of it.
        sample: Its name.
        boxes: ``(k, 4)`` boxes of objects, by the name of the task, of those that aren't predicted here.
        without: Steps that are known not to come to an end with this image; they, and what needs them, are left out.
        at: Called with each step before it is done.
        passing: What is raised by others than plugins, and goes through them.
        keeping: What a plugin of others is called within.
        views: What steps have made of it so far, by name.
        measured: What came of its objects so far, by the name of the task; None of one without a pixel.
        result: What came of it so far.
    """

    recipe: Recipe
    sample: str
    boxes: Mapping[str, Floats] = attrs.field(factory=dict)
    without: Collection[Key] = ()
    at: Callable[[Key], None] = lambda step: None
    passing: tuple[type[BaseException], ...] = (KeyboardInterrupt,)
    keeping: Callable[[], AbstractContextManager[None]] = nullcontext
    views: dict[str, Any] = attrs.field(factory=dict, init=False)
    measured: dict[str, list[Result | None]] = attrs.field(factory=dict, init=False)
    result: Result = attrs.field(factory=Result, init=False)

    def run(self, opened: Opened) -> Result:
        """Open it, and take each step."""
        try:
            with opened(self.sample) as (image, header, file):
                self.result.header = self.views["header"] = header
                self.views["file_size"] = header.file_size
                self._read(image, file)
                if self.recipe.decodes and DECODING not in self.without:
                    self._decode(image)
                del image  # its pixels are freed after their last use
                self._take_steps()
        except self.passing:
            raise
        except BaseException as error:  # noqa: BLE001 (functions that open images may raise anything)
            self.result.fail(self.sample, "open", None, error)
        return self.result

    def of_file(self, size: int) -> Result:
        """Take each step that needs no more than the size of its file; the image isn't opened."""
        self.views["file_size"] = size
        self._take_steps()
        return self.result

    def _take_steps(self) -> None:
        for step in self.recipe.steps:
            self._step(step)
            for name in step.frees:
                self.views.pop(name, None)

    def _read(self, image: Image.Image, file: IO[bytes] | None) -> None:
        """What needs no pixels."""
        for name, read in UNDECODED.items():
            if name in self.recipe.reads and ("view", name) not in self.without:
                self.at(("view", name))
                try:
                    self.views[name] = read(image, file)
                except Exception as error:  # noqa: BLE001 (what is damaged raises all sorts of things)
                    self.result.fail(self.sample, "view", name, error)

    def _decode(self, image: Image.Image) -> None:
        self.at(DECODING)
        try:
            decode(image)
            self.views["image"] = frozen(image)
        except Exception as error:  # noqa: BLE001 (decoders raise all sorts of things)
            self.result.fail(self.sample, "decode", None, error)

    def _step(self, step: Step) -> None:
        """Take a step, unless something that it needs is missing, and that has been recorded."""
        try:
            needed = self._arguments(step)
            if needed is None or step.key in self.without:
                return
            if step.stage == "object":
                self._take_objects(step, needed)
                return
            self.at(step.key)
            with self.keeping() if step.plugin.third_party else nullcontext():
                made = copy_context().run(call, step.compute, needed)  # what it sets there is its own
            if step.stage == "metric":
                self.result.values[step.name] = value(made, step.dtype)
            elif step.stage == "task":
                self.result.objects[step.name] = objects_of(made)
            elif step.stage == "embed":
                self.result.cuts[step.name] = made
            else:
                self.views[step.name] = frozen(made)
        except self.passing:
            raise
        except BaseException as error:  # noqa: BLE001 (a plugin may raise anything)
            self.result.fail(self.sample, step.stage, step.name, error, f" ({step.plugin})")

    def _arguments(self, step: Step) -> dict[str, Any] | None:
        """What a step is called with; None if something of that is missing."""
        try:
            needed = {need: self.views[need] for need in step.needs}
        except KeyError:
            return None
        if "header" in needed:  # copies: what a plugin does to them is nobody else's
            needed["header"] = attrs.evolve(needed["header"])
        if "info" in needed:
            needed["info"] = dict(needed["info"])
        if (task := self.recipe.task_of(step)) is not None:
            if task not in self.result.objects and task not in self.boxes:
                return None
            predicted = self.result.objects.get(task)
            needed["boxes"] = self.boxes[task] if predicted is None else boxes_of(predicted)
        return needed

    def _take_objects(self, step: Step, needed: Mapping[str, Any]) -> None:
        """Take in one metric of each object, and the first failure."""
        of = self.recipe.objects[step.name]
        if of.task not in self.measured:
            self.measured[of.task] = self._measure_objects(of.task, **needed)
        measured, result = self.measured[of.task], self.result
        parts = {("open", None), ("decode", None), *(part.key for part in self.recipe.closure_of_object(of))}
        result.object_values[step.name] = [each.values.get(of.key) if each else None for each in measured]
        for number, each in enumerate(measured, start=1):
            wrong = [f for f in each.failures if f not in each.lacking and (f.stage, f.key) in parts] if each else []
            if each and wrong:
                reason = f"object {number} of {len(measured)}: {wrong[0].reason}"
                result.failures.append(failure := Failure(self.sample, "object", step.name, reason))
                if wrong[0] in each.passing:
                    result.passing.append(failure)
                return

    def _measure_objects(self, task: str, header: Header, image: Image.Image, boxes: Floats) -> list[Result | None]:
        """What came of each object of a task; None of one without a pixel."""
        steps: dict[Key, Key] = {
            ("metric", of.key): ("object", name) for name, of in self.recipe.objects.items() if of.task == task
        }
        without = {key for key in self.without if key[0] == "view"}
        without |= {key for key, step in steps.items() if step in self.without}

        def run(crop: tuple[Image.Image, Header]) -> Result:
            one = OneImage(
                self.recipe.of_objects[task],
                self.sample,
                without=without,
                at=lambda key: self.at(steps.get(key, key)),
                keeping=self.keeping,
            )
            return one.run(lambda _: opening(crop))

        return [None if crop is None else run(crop) for crop in crops(image, header, boxes)]
