"""Having the vectors of an earlier run again: from where they were found, or from the store that keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tamis.data.column import Column
from tamis.dataset.dataset import Dataset
from tamis.discovery.registry import Registry
from tamis.embedding.choosing import choose
from tamis.embedding.embeddings import IMAGE, Embeddings, Subject
from tamis.embedding.file_identity import others
from tamis.errors import EmbeddingError
from tamis.measuring.recalling import recall
from tamis.measuring.recipe import Recipe
from tamis.measuring.vectors import Boxes
from tamis.store.store import Store

#: Images to name that have changed.
NAMED = 3


def vectors_again(
    dataset: Dataset, made: Mapping[str, Any], name: str, registry: Registry, store: Store | None
) -> tuple[Column, str]:
    """The vectors of a column of an earlier run, and which are lacking as their images have changed; none is opened.

    Args:
        dataset: What they are of.
        made: How they were made, as `Embeddings.manifest` has it.
        name: Of the column.
        registry: The plugins.
        store: That of the run; None if it isn't known.

    Raises:
        TamisError: they can't be had; the message says why, and what to do.
    """
    if name not in made.get("subjects", {}):
        raise EmbeddingError("it isn't known how they were made")
    subject = Subject(**made["subjects"][name])
    embeddings = _embeddings(dataset, made, registry)
    if embeddings.found is not None:
        return embeddings.column(subject, {}), others(made.get("files", embeddings.files), embeddings.files)
    if store is None:
        raise EmbeddingError("the run has kept none in a store; name the store that has them with --store")
    if store.fingerprint != "stat":
        raise EmbeddingError(
            "the store tells images by their content, so that all of them would have to be read; "
            "tamis select --report writes a report with them"
        )
    recipe = Recipe.of((), registry, embeddings=embeddings.wanted([subject]))
    measured, rows = recall(dataset, recipe, store, _boxes(dataset, subject))
    column = embeddings.column(subject, measured.vectors)
    changed = _changed(dataset, rows)
    if column.valid.any():
        return column, changed
    why = changed or (
        "name the store that has them with --store, or make the report with the run: tamis select --report"
    )
    raise EmbeddingError(f"the store {str(store.path)!r} has vectors of none of these images: {why}")


def _changed(dataset: Dataset, rows: Sequence[int]) -> str:
    """Which images have changed since their vectors were kept, and what to do; empty if none has."""
    if not rows:
        return ""
    names = ", ".join(repr(dataset.samples[row]) for row in rows[:NAMED])
    more = f" and {len(rows) - NAMED:,} more" if len(rows) > NAMED else ""
    have, them = ("has", "it") if len(rows) == 1 else ("have", "them")
    return (
        f"{len(rows):,} of {len(dataset):,} images {have} changed since the run, or the file that holds {them}: "
        f"{names}{more}; run tamis select again, with --report"
    )


def _embeddings(dataset: Dataset, made: Mapping[str, Any], registry: Registry) -> Embeddings:
    """Where they come from, as then."""
    if made["embedder"] is None:
        if dataset.vectors is None:
            raise EmbeddingError("they were in memory; pass the dataset with its vectors (dataset=)")
        return Embeddings.of(dataset, None, registry, normalize=False)
    embedding = choose({**made["options"], "type": made["embedder"]}, registry)
    if embedding.version != made["version"]:
        raise EmbeddingError(
            f"embedder '{made['embedder']}' is another than then ({embedding.version}, and was {made['version']}); "
            "make the report with a new run: tamis select --report"
        )
    return Embeddings.of(dataset, embedding, registry, normalize=made["normalized"])


def _boxes(dataset: Dataset, subject: Subject) -> dict[str, Boxes]:
    """Those of a subject's objects; none of whole images."""
    if subject == IMAGE or subject.task is None:
        return {}
    if subject.task not in dataset.annotations.tasks():
        raise EmbeddingError(
            f"the objects of task '{subject.task}' do not come with the dataset; tamis select --report writes a report "
            "with them"
        )
    read = dataset.annotations.predictions(subject.task, dataset.samples, lambda done, total: None)
    return {subject.task: Boxes.unfitted(read)}
