"""What a recipe yields, as a store knows it: with everything that its values depend on beside the image."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import version
from typing import Any

from tamis.dataset import decoder
from tamis.declarations.view import ROOT_VIEWS
from tamis.discovery.code import code_digest
from tamis.discovery.finding import OWN_DISTRIBUTION, Plugin
from tamis.measuring.recipe import Recipe
from tamis.measuring.steps import Key, Step
from tamis.store.records import Output
from tamis.store.rows import OutputKind

_KINDS: Mapping[str, OutputKind] = {"metric": "metric", "task": "task", "embed": "vectors"}


#: What ended the process that worked on an image, without saying anything about its file.
ENDED = ("crash", "timeout")


class RecipeOutputs:
    """All that a recipe yields.

    Attributes:
        steps: What yields each, by its key.
        keys: The keys of all.
        parts: The steps that have a part in each, and the views of the image itself.
        pixels: Those that need the image decoded.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self.steps: dict[Key, Step] = {step.key: step for step in recipe.yields}
        self.keys: tuple[Key, ...] = tuple(self.steps)
        closures = {key: recipe.closure(step) for key, step in self.steps.items()}
        self.parts: dict[Key, set[tuple[str, str | None]]] = {
            key: {step.key for step in closure}
            | {("view", need) for step in closure for need in step.needs if need in ROOT_VIEWS}
            for key, closure in closures.items()
        }
        self.pixels = {key for key, closure in closures.items() if any("image" in step.needs for step in closure)}

    # A run without a store asks for neither of these, and reads no plugin's files for them.

    @cached_property
    def file(self) -> Output:
        """The header of an image."""
        return file_output()

    @cached_property
    def by_key(self) -> dict[Key, Output | None]:
        """What a store keeps under each key; None if it keeps nothing."""
        return {key: output_of(self._recipe, step) for key, step in self.steps.items()}

    def of(self, keys: Iterable[Key]) -> list[Output]:
        """What a store keeps of these keys, and of the file itself."""
        return [self.file, *(output for key in keys if (output := self.by_key[key]))]


def file_output() -> Output:
    """The header of an image. Another version of a decoder may read more of them, so it has a say here."""
    versions = {"plugins": [[OWN_DISTRIBUTION, version(OWN_DISTRIBUTION)]], "decoder": decoder.identity()}
    return Output("file", "file", _json(versions))


def output_of(recipe: Recipe, step: Step) -> Output | None:
    """What a step yields; None if it can't be kept, since plugins that a host registers itself have no version."""
    of = recipe.objects[step.name] if step.stage == "object" else None
    plugins = [part.plugin for part in (recipe.closure_of_object(of) if of else recipe.closure(step))]
    if any(plugin.entry_point is None for plugin in plugins):
        return None
    # What comes of the header alone depends on the decoder, too: which modes it knows, and how it counts pixels.
    name, identity = step.name, {"plugins": _versions(plugins), "decoder": decoder.identity()}
    if step.stage == "task":
        job = recipe.jobs[step.name]
        name = job.task.name
        identity |= {"params": job.params, "version": job.version}
    elif step.stage == "embed":
        wanted = recipe.embeddings[step.name]
        name = wanted.embedding.embedder.name
        identity |= {"params": wanted.embedding.params, "version": wanted.embedding.version}
        if wanted.task is not None:
            name = f"{name} objects"
            identity |= {"task": wanted.task, "padding": wanted.padding, "min_size": wanted.min_size}
    if of:
        return Output("objects", of.key, _json(identity | {"task": of.task}))
    return Output("category" if step.dtype == "category" else _KINDS[step.stage], name, _json(identity))


def _versions(plugins: list[Plugin]) -> Any:
    """Whose they are; where a version doesn't tell what the code is, that too."""
    return sorted(
        {
            (plugin.distribution, plugin.version, *([] if plugin.from_index else [code_digest(plugin.module)]))
            for plugin in plugins
        }
    )


def _json(identity: Mapping[str, Any]) -> str:
    return json.dumps(identity, sort_keys=True)
