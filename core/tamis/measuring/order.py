"""What travels to another process in place of a recipe: the names of all that it is made of."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from platform import node
from typing import Any

import attrs

from tamis.dataset import decoder
from tamis.declarations.params import Params
from tamis.declarations.source import Images
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.errors import PluginError, RunError, described
from tamis.measuring.embedding import Embedding
from tamis.measuring.jobs import Job
from tamis.measuring.object_metrics import ObjectMetric
from tamis.measuring.recipe import Recipe
from tamis.measuring.seeing import Seen
from tamis.measuring.vectors import Wanted


@attrs.frozen
class Order:
    """A recipe by the names of all that it is made of: what travels to a process in its place.

    Attributes:
        settings: Of the registry.
        keys: Of metrics.
        jobs: Name, type and parameters of auto tasks.
        embeddings: Name, embedder, its parameters, and the rest of each `Wanted`.
        objects: Metrics of objects.
        plugins: Those that the recipe was made with. Another one, or another version, is not accepted in its place.
        versions: What the tasks' predictions and the vectors depend on beside, such as the files of a model.
        images: How to open the images.
        fingerprint: What kind of fingerprint to take of each, if any.
        decoder: The decoder's settings, which the host may have changed.
        decoders: The versions of what decodes. Others may give other pixels, and are not accepted.
        seen: What of the images has to be seen from elsewhere, too; None if the workers are of this machine.
        incoming: The folder in which vectors are left, by those who see it; None if all of them travel.
    """

    settings: dict[str, Any]
    keys: tuple[str, ...]
    jobs: tuple[tuple[str, str, Params], ...]
    embeddings: tuple[tuple[str, str, Params, str | None, float, int], ...]
    objects: tuple[ObjectMetric, ...]
    plugins: tuple[Plugin, ...]
    versions: tuple[str, ...]
    images: Images
    fingerprint: str | None
    decoder: dict[str, Any]
    decoders: dict[str, str]
    seen: Seen | None
    incoming: Path | None

    @classmethod
    def of(
        cls,
        recipe: Recipe,
        images: Images,
        fingerprint: str | None,
        seen: Seen | None = None,
        incoming: Path | None = None,
    ) -> bytes:
        """A recipe as an order, pickled: it travels with every batch, and is unpacked once."""
        embeddings = tuple(
            (name, of.embedding.embedder.name, of.embedding.params, of.task, of.padding, of.min_size)
            for name, of in recipe.embeddings.items()
        )
        order = cls(
            dict(recipe.settings),
            tuple(metric.key for metric in recipe.metrics),
            tuple((name, job.task.name, job.params) for name, job in recipe.jobs.items()),
            embeddings,
            tuple(recipe.objects.values()),
            tuple(attrs.evolve(step.plugin, entry_point=None) for step in recipe.all_steps),
            _versions(recipe),
            images,
            fingerprint,
            decoder.settings(),
            decoder.versions(),
            seen,
            incoming,
        )
        try:
            return pickle.dumps(order, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            raise RunError(
                f"this can't be sent to other processes: {described(error)}; if what opens the images is meant, its "
                "source has to say so: Images.shareable = False"
            ) from error

    def recipe(self) -> Recipe:
        """The recipe, made anew. Raises `RunError` if the plugins here are others."""
        registry = Registry(**self.settings)
        jobs = {}
        for name, type_, params in self.jobs:
            with _preparing(type_):
                jobs[name] = Job.of(name, registry.task(type_), params)
        made: list[tuple[str, Params, Embedding]] = []
        wanted = {}
        for name, embedder, params, task, padding, min_size in self.embeddings:
            same = (embedding for other, given, embedding in made if (other, given) == (embedder, params))
            if (embedding := next(same, None)) is None:
                with _preparing(embedder):
                    embedding = Embedding.of(registry.embedder(embedder), params)
                made.append((embedder, params, embedding))
            wanted[name] = Wanted(embedding, task, padding, min_size)
        recipe = Recipe.of(self.keys, registry, jobs, wanted, self.objects)
        here = tuple(step.plugin for step in recipe.all_steps)
        for ours, theirs in zip(here, self.plugins, strict=False):
            if ours != theirs:
                raise RunError(
                    f"a worker ({node()}) has {ours}, and the run was started with {theirs}: have the same on all "
                    "machines"
                )
        decoders = decoder.versions()
        for name in {**self.decoders, **decoders}:
            found, other = decoders.get(name, "none"), self.decoders.get(name, "none")
            if found != other:
                raise RunError(
                    f"a worker ({node()}) has {name} {found}, and the run was started with {other}: another may "
                    "decode to other pixels, so have the same on all machines"
                )
        if (versions := _versions(recipe)) != self.versions:
            names = [*(name for name, *_ in self.jobs), *(embedder for _, embedder, *_ in self.embeddings)]
            name = next(name for name, a, b in zip(names, versions, self.versions, strict=True) if a != b)
            raise RunError(
                f"a worker ({node()}) has other files for '{name}', such as another model, than the run was started "
                "with: have the same on all machines"
            )
        return recipe


def _versions(recipe: Recipe) -> tuple[str, ...]:
    """What tasks and embedders depend on, beside the versions of their distributions and their parameters."""
    jobs = (job.version for job in recipe.jobs.values())
    return (*jobs, *(wanted.embedding.version for wanted in recipe.embeddings.values()))


@contextmanager
def _preparing(name: str) -> Iterator[None]:
    """What a worker can't have, such as a model that isn't there, is no matter of an image."""
    try:
        yield
    except PluginError:
        raise
    except Exception as error:
        raise RunError(f"a worker ({node()}) can't prepare '{name}': {described(error)}") from error
