"""Inside a worker process: plugins rebuilt from what names them, and batches measured with them."""

from __future__ import annotations

import faulthandler
import io
import os
import pickle
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from platform import node
from threading import current_thread, main_thread
from typing import Any

import attrs

from tamis.dataset import decoder, pillow_log
from tamis.declarations.params import Params
from tamis.declarations.source import Images
from tamis.discovery.finding import Plugin
from tamis.discovery.registry import Registry
from tamis.errors import PluginError, RunError, described
from tamis.measuring.allocator import keep_freed_memory
from tamis.measuring.batch import At, Item, Measured, run_batch
from tamis.measuring.embedding import Embedding
from tamis.measuring.jobs import Job
from tamis.measuring.memory import limit
from tamis.measuring.object_metrics import ObjectMetric
from tamis.measuring.recipe import Recipe
from tamis.measuring.seeing import Seen
from tamis.measuring.sending import leave
from tamis.measuring.standard_streams import hold_places
from tamis.measuring.steps import Key
from tamis.measuring.vectors import Wanted
from tamis.measuring.worker_process import MARK
from tamis.measuring.workers import Workers

#: Seconds, months of them: more than systems can count is as good as none.
LONGEST = 1e7


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


@lru_cache(maxsize=4)
def _prepared(order: bytes) -> tuple[Recipe, Order]:
    unpacked: Order = pickle.loads(order)  # noqa: S301 (from our own process)
    keep_freed_memory()
    if unpacked.seen:
        unpacked.seen.check(unpacked.images, unpacked.fingerprint)
    return unpacked.recipe(), unpacked


@lru_cache(maxsize=64)
def _part(order: bytes, keys: tuple[Key, ...]) -> Recipe:
    return _prepared(order)[0].only(keys)


def measure_batch(
    order: bytes,
    keys: tuple[Key, ...],
    items: Sequence[Item],
    portion: Images | None = None,
    at: At = lambda position, step=None, images=1: None,
) -> Measured:
    """Measure some images in another process, for these steps of a recipe; as they travelled, or as in the order."""
    _, ordered = _prepared(order)
    decoder.set_to(ordered.decoder)
    alone = current_thread() is main_thread()
    images = portion or ordered.images
    measured = run_batch(_part(order, keys), items, images, ordered.fingerprint, at, alone=alone)
    return leave(measured, ordered.incoming)


def measure_apart(
    order: bytes, keys: tuple[Key, ...], items: Sequence[Item], portion: Images | None = None
) -> Measured:
    """The same in a process of this one's own: what ends that doesn't end the worker of a cluster.

    Raises:
        WorkerLostError: it has ended, and this is where.
    """
    with Workers(1) as workers:
        measured: Measured = workers.submit(measure_batch, order, keys, items, portion).result()
    return measured


@pillow_log.unprinted()
def serve() -> None:
    """Do what comes by stdin, until it ends; answer by stdout. What plugins print goes to stderr."""
    hold_places()
    commands = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _leave(commands.fileno(), answers.fileno()))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # as nothing is flushed when the process ends

    def answer(kind: str, content: Any) -> None:
        answers.write(pickle.dumps((kind, content), protocol=pickle.HIGHEST_PROTOCOL))
        answers.flush()

    try:
        answers.write(MARK)
        timeout = _greeted(pickle.load(commands))  # noqa: S301 (from our own process)
        answer("ready", None)

        def at(position: int, step: Key | None = None, images: int = 1) -> None:
            if timeout is not None and step is None:  # a thread below Python, so that nothing can hold it up
                faulthandler.dump_traceback_later(min(timeout * images, LONGEST), exit=True, file=devnull)
            answer("at", (position, step, images))

        with open(os.devnull, "w", encoding="utf-8") as devnull:  # noqa: PTH123
            while True:
                function, args, kwargs = pickle.load(commands)  # noqa: S301
                try:
                    result = function(*args, at=at, **kwargs)
                except BaseException as error:  # noqa: BLE001 (it's for the run to judge)
                    answer("error", _portable(error))
                else:
                    answer("result", result)
                finally:
                    faulthandler.cancel_dump_traceback_later()
    except (EOFError, BrokenPipeError, pickle.UnpicklingError):
        os._exit(0)  # the run has ended, one way or another; nothing here needs to be put away


def _leave(*pipes: int) -> None:
    """In a process that a plugin has forked: neither take what is for this one, nor answer in its place."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for pipe in pipes:
        os.dup2(nowhere, pipe)
    os.close(nowhere)


def _greeted(greeting: Any) -> float | None:
    """Take over what the run's process has settled."""
    warnings.filters[:], timeout, memory = greeting  # type: ignore[index]  # it's a list
    if memory is not None:
        limit(memory)
    return timeout  # type: ignore[no-any-return]


def _portable(error: BaseException) -> BaseException:
    """The error, or another that says the same and can travel."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001
        return RunError(described(error))
    return error if isinstance(error, Exception) else RunError(described(error))  # the user's Ctrl-C isn't seen here
