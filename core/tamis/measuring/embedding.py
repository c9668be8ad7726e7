"""An embedder, ready to run, and what comes of one."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.declarations import Embedder, Params


@attrs.frozen(eq=False)
class Vectors:
    """Vectors that an embedder has found by the names of the samples.

    Attributes:
        values: ``(n, d)`` finite numbers, a row for each sample in the order asked for; rows without a vector may hold
            anything.
        valid: ``(n,)`` bool: which samples have a vector.
        reasons: Why a sample has none, by row, where there is more to say than that it hasn't.
        excluded: ``(n,)`` bool: samples that take no part at all, neither picked nor compared with.
        preselected: ``(n,)`` bool: samples that count as picked already.
        notes: What the user should know, such as vectors that belong to no sample.
    """

    values: npt.NDArray[Any]
    valid: npt.NDArray[np.bool_]
    reasons: Mapping[int, str] = attrs.field(factory=dict, kw_only=True)
    excluded: npt.NDArray[np.bool_] | None = attrs.field(default=None, kw_only=True)
    preselected: npt.NDArray[np.bool_] | None = attrs.field(default=None, kw_only=True)
    notes: tuple[str, ...] = attrs.field(default=(), kw_only=True)


@attrs.frozen(eq=False)
class Embedding:
    """An embedder with its options, ready to embed images.

    Attributes:
        embedder: The declaration.
        params: The options as given, with defaults: with the embedder's name, all that a worker needs to make it anew.
        dim: The length of its vectors.
        version: What they depend on, beside the version of the embedder's distribution and ``params``.
    """

    embedder: Embedder
    params: Params
    dim: int
    version: str
    _preprocess: Callable[..., Any]
    _embed: Callable[..., npt.NDArray[Any]]

    @classmethod
    def of(cls, embedder: Embedder, params: Params) -> Embedding:
        """Prepare it. Raises whatever the plugin does, `ParameterError` above all."""
        assert embedder.embed is not None  # noqa: S101 (the caller's choice)
        options = embedder.prepare(params)
        dim = embedder.dim(options) if callable(embedder.dim) else embedder.dim
        version = embedder.version(options) if callable(embedder.version) else embedder.version
        preprocess = embedder.preprocess or np.copy
        return cls(embedder, params, dim, version, _with(preprocess, options), _with(embedder.embed, options))

    def preprocess(self, rgb: npt.NDArray[np.uint8]) -> Any:
        """What waits for the batch, of one image or object, ``(H, W, 3)``."""
        return self._preprocess(rgb)

    def embed(self, images: Sequence[Any]) -> npt.NDArray[np.float32]:
        """``(k, dim)`` vectors of what `preprocess` returned.

        Raises:
            ValueError: the embedder returned something else, or a number that is not finite.
        """
        vectors = np.asarray(self._embed(list(images)), dtype=np.float32)
        if vectors.shape != (len(images), self.dim):
            raise ValueError(f"embed returned shape {vectors.shape} for {len(images)} images of {self.dim} dimensions")
        if not np.isfinite(vectors).all():
            raise ValueError("embed returned a number that is not finite")
        return vectors


def _with(function: Callable[..., Any], options: Any) -> Callable[..., Any]:
    """The function with the options filled in, if it takes any."""
    return partial(function, options=options) if "options" in inspect.signature(function).parameters else function
