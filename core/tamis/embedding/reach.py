"""What queries can be of, as far as that is known before a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import attrs

from tamis.config.choices import attributing, settled
from tamis.dataset.dataset import Dataset
from tamis.dataset.name_lists import Finder
from tamis.dataset.tags import tagged
from tamis.declarations.embedder import Embedder
from tamis.declarations.params import Params, own
from tamis.discovery.registry import Registry
from tamis.embedding.choosing import PATH
from tamis.embedding.queries import ImageQuery, Query, TagQuery, TextQuery
from tamis.errors import DatasetError, EmbeddingError, TamisError, did_you_mean


@attrs.frozen(slots=False)
class Reach:
    """Where queries are looked for. What isn't known here isn't checked.

    Attributes:
        registry: The plugins.
        dataset: What is selected from; None if that isn't known.
        datasets: Other datasets by id; None if it isn't known which there are.
        embedder: The choice of what makes vectors; None if that isn't known.
        folder: Where image files are that an input may name; None if it may name samples only.
    """

    registry: Registry
    dataset: Dataset | None = None
    datasets: Mapping[str, Dataset] | None = None
    embedder: str | Mapping[str, Any] | None = None
    folder: Path | None = None

    def check(self, query: Query) -> None:
        """Raise `EmbeddingError` if there is no such thing, or nothing that could embed it."""
        if isinstance(query, TagQuery):
            self._check_tag(query)
        elif isinstance(query, TextQuery):
            self._check_texts()
        elif self.dataset is not None:
            self.located(query)

    def _check_tag(self, query: TagQuery) -> None:
        if self.datasets is None:
            return
        if query.dataset_id not in self.datasets:
            none = ": --dataset ID=DIR names one, and in Python datasets"
            hint = did_you_mean(query.dataset_id, self.datasets) if self.datasets else none
            raise EmbeddingError(f"there is no dataset '{query.dataset_id}'{hint}")
        try:
            tagged(self.datasets[query.dataset_id], query.tag_name)
        except DatasetError as error:
            raise EmbeddingError(f"dataset '{query.dataset_id}': {error}") from error

    def _check_texts(self) -> None:
        if self.dataset is not None and self.dataset.vectors is not None:
            raise EmbeddingError("the dataset is of vectors, and what has made them isn't known: it can't embed a text")
        if self._chosen is None:
            return
        embedder, params = self._chosen
        if embedder.embed_texts is not None:
            if embedder.check_texts is not None:
                with attributing("embedder", embedder.name, self.registry, PATH):
                    embedder.check_texts(own(params))
            return
        able = [each.name for each in self._embedders if each.embed_texts is not None]
        hint = (
            f"name one that does (--embedder): {', '.join(able)}" if able else "no other that is installed does either"
        )
        made = ", and what has made the vectors that it finds isn't known" if embedder.embed is None else ""
        raise EmbeddingError(f"embedder '{embedder.name}' knows no texts{made}; {hint}")

    def located(self, query: ImageQuery) -> list[int]:
        """The row of each image; -1 for one that is a file.

        A name is that of a sample, or else of a file in the folder.

        Raises:
            EmbeddingError: it is neither, or nothing can embed a file.
        """
        assert self.dataset is not None  # noqa: S101 (the caller has looked)
        rows = self._finder.rows_of(query.images)
        for name, row in zip(query.images, rows, strict=True):
            if row is None:
                self._check_file(name, self.dataset)
        return [-1 if row is None else row for row in rows]

    def _check_file(self, name: str, dataset: Dataset) -> None:
        if self.folder is None:
            raise EmbeddingError(f"there is no sample {name!r}{did_you_mean(name, dataset.samples)}")
        path, where = PurePosixPath(name), repr(str(self.folder.absolute()))
        if path.is_absolute() or ".." in path.parts:
            raise EmbeddingError(f"{name!r} is no sample, and a file is named by its path within {where}")
        if not (self.folder / path).is_file():
            near = _files_of((self.folder / path).parent, path.parent)
            hint = did_you_mean(name, [*dataset.samples, *near])
            raise EmbeddingError(f"{name!r} is neither a sample nor a file in {where}{hint}")
        embedder = self._chosen[0] if self._chosen and dataset.vectors is None else None
        if dataset.vectors is not None or (embedder is not None and embedder.embed is None):
            who = f"embedder '{embedder.name}' has" if embedder else "there are"
            raise EmbeddingError(f"{name!r} is a file and no sample, and {who} vectors of samples only")

    @cached_property
    def _finder(self) -> Finder:
        assert self.dataset is not None  # noqa: S101 (the caller has looked)
        return Finder(self.dataset)

    @cached_property
    def _chosen(self) -> tuple[Embedder, Params] | None:
        """What makes vectors, and its parameters; None if that isn't known, or has a problem of its own."""
        if self.embedder is None:
            return None
        try:
            return settled("embedder", self.embedder, self.registry, PATH)
        except TamisError:
            return None

    @property
    def _embedders(self) -> Sequence[Embedder]:
        """All that can be used."""
        found = []
        for key in self.registry.keys("embedder"):
            try:
                found.append(self.registry.embedder(key))
            except TamisError:
                continue
        return found


def _files_of(folder: Path, name: PurePosixPath) -> list[str]:
    """The names of the files in a folder that is called so."""
    try:
        return [(name / each.name).as_posix() for each in folder.iterdir() if each.is_file()]
    except (OSError, ValueError):
        return []
