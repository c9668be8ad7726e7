"""An embedder, ready to run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.memory import Memory
from tamis.data.vectors import Vectors, blocks, checked
from tamis.declarations.embedder import Embedder
from tamis.declarations.params import Params, own

if TYPE_CHECKING:
    from tamis.dataset.dataset import Dataset


@attrs.frozen(eq=False)
class Embedding:
    """An embedder with its options, ready to embed images, or to find the vectors that it has.

    Attributes:
        embedder: The declaration.
        params: The options as given, with defaults: with the embedder's name, all that a worker needs to make it anew.
        dim: The length of its vectors; 0 if it has them already.
        version: What they depend on, beside the version of the embedder's distribution and ``params``.
        device: Whether it needs a device of which there is one.
    """

    embedder: Embedder
    params: Params
    dim: int
    version: str
    device: bool
    _preprocess: Callable[..., Any]
    _embed: Callable[..., npt.NDArray[Any]] | None
    _lookup: Callable[[Dataset, Memory], Vectors] | None
    _embed_texts: Callable[..., npt.NDArray[Any]] | None

    @classmethod
    def of(cls, embedder: Embedder, params: Params) -> Embedding:
        """Prepare it. Raises whatever the plugin does, `ParameterError` above all."""
        options = embedder.prepare(own(params))
        dim: Any = embedder.dim(options) if callable(embedder.dim) else embedder.dim
        if not isinstance(dim, (int, np.integer)) or dim < 0:
            raise TypeError(f"dim returned {dim!r}, not a number of dimensions")
        version = embedder.version(options) if callable(embedder.version) else embedder.version
        device = embedder.device(options) if callable(embedder.device) else embedder.device
        preprocess = embedder.preprocess or np.copy
        return cls(
            embedder,
            params,
            int(dim),
            version,
            device,
            _with(preprocess, options),
            _with(embedder.embed, options) if embedder.embed else None,
            partial(_looked_up, embedder.lookup, options) if embedder.lookup else None,
            _with(embedder.embed_texts, options) if embedder.embed_texts else None,
        )

    @property
    def embeds(self) -> bool:
        """Whether it makes vectors of images, rather than have them already."""
        return self._embed is not None

    def lookup(self, dataset: Dataset, memory: Memory) -> Vectors:
        """The vectors that it has of a dataset's images.

        Args:
            dataset: The images.
            memory: Where large arrays are.

        Raises:
            EmbeddingError: they can't be had.
            ValueError: the embedder returned something else.
        """
        assert self._lookup is not None  # noqa: S101 (the caller has asked)
        return self._lookup(dataset, memory)

    def preprocess(self, rgb: npt.NDArray[np.uint8]) -> Any:
        """What waits for the batch, of one image or object, ``(H, W, 3)``."""
        return self._preprocess(rgb)

    def embed(self, images: Sequence[Any]) -> npt.NDArray[np.float32]:
        """``(k, dim)`` vectors of what `preprocess` returned.

        Raises:
            ValueError: the embedder returned something else, or a number that is not finite.
        """
        assert self._embed is not None  # noqa: S101 (the caller has asked)
        vectors = np.asarray(self._embed(list(images)), dtype=np.float32)
        if vectors.shape != (len(images), self.dim):
            raise ValueError(f"embed returned shape {vectors.shape} for {len(images)} images of {self.dim} dimensions")
        if not np.isfinite(vectors).all():
            raise ValueError("embed returned a number that is not finite")
        return vectors

    def embed_texts(self, texts: Sequence[str], dim: int) -> npt.NDArray[np.float32]:
        """``(k, dim)`` vectors of texts, where the embedder knows any.

        Args:
            texts: The texts.
            dim: The length of the vectors that they are to be compared with.

        Raises:
            EmbeddingError: the chosen model knows no texts.
            ValueError: the embedder returned something else, or a number that is not finite.
        """
        assert self._embed_texts is not None  # noqa: S101 (the caller has asked)
        vectors = np.asarray(self._embed_texts(list(texts)), dtype=np.float32)
        if vectors.shape != (len(texts), dim):
            raise ValueError(f"embed_texts returned shape {vectors.shape} for {len(texts)} texts of {dim} dimensions")
        if not np.isfinite(vectors).all():
            raise ValueError("embed_texts returned a number that is not finite")
        return vectors


def _looked_up(lookup: Callable[..., Vectors], options: Any, dataset: Dataset, memory: Memory) -> Vectors:
    """What an embedder has, held to its word."""
    offered = {"memory": memory} if "memory" in inspect.signature(lookup).parameters else {}
    found, n = lookup(dataset, options, **offered), len(dataset)
    if not isinstance(found, Vectors):
        raise TypeError(f"lookup returned {type(found).__name__}, not Vectors")
    for flags in (found.valid, found.excluded, found.preselected):
        if flags is not None and (np.shape(flags) != (n,) or flags.dtype != bool):
            raise ValueError(f"lookup returned flags that are not {n} booleans")
    values = _without_noise(np.asarray(found.values), found.valid, memory)
    return attrs.evolve(found, values=checked(dataset.samples, values, normalize=False))


def _without_noise(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_], memory: Memory) -> npt.NDArray[Any]:
    """The vectors, with 0 for those that aren't valid if any of these isn't finite."""
    if values.dtype.kind != "f" or len(values) != len(valid):
        return values
    parts = [(rows, ~valid[rows]) for rows in blocks(len(valid))]
    if all(np.isfinite(values[rows][lacking]).all() for rows, lacking in parts):
        return values
    kept = memory.empty(values.shape, values.dtype)
    for rows, lacking in parts:
        kept[rows] = values[rows]
        kept[rows][lacking] = 0
    return kept


def _with(function: Callable[..., Any], options: Any) -> Callable[..., Any]:
    """The function with the options filled in, if it takes any."""
    return partial(function, options=options) if "options" in inspect.signature(function).parameters else function
