"""Checks of embedders."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tamis import Embedder, Memory, Params, Registry, Vectors, errors
from tamis.selection.plugin_calls import offering
from tamis.testing.checking import CheckResult, Skip, require, run_checks
from tamis.testing.comparing import same
from tamis.testing.configured import ConfiguredSuite
from tamis.testing.functions import watched

#: How far the vector of an image may move with what else is in its batch, relative to the largest number in it.
TOLERANCE = 1e-4
#: What is embedded of texts: of one word and of many, of letters that are not English, of more than a model takes in.
TEXTS = ("red", "a photograph of a person with an umbrella", "eine Straße im Schnee", "東京", " ".join(["rain"] * 200))


class EmbedderSuite(ConfiguredSuite):
    """Checks of an embedder."""

    kind = "embedder"

    @property
    def function(self) -> str:  # type: ignore[override]
        """How it makes its vectors."""
        return next(name for name in ("embed", "lookup") if getattr(self.declaration, name))

    @cached_property
    def options(self) -> Any:
        """What it prepares."""
        params = self.params[0]
        try:
            return self.keeping(self.declaration.prepare)(params)
        except errors.MissingDependencyError as error:
            raise Skip(str(error)) from error

    @cached_property
    def images(self) -> list[npt.NDArray[np.uint8]]:
        """The kit's images as RGB arrays, read-only as in a run."""
        images = [views["rgb"] for views in watched(self.dataset, Registry(environ=False), ("rgb",))]
        for image in images:
            image.flags.writeable = False
        return images

    def _of_options(self, value: Any) -> Any:
        return value(self.options) if callable(value) else value

    def _with_options(self, function: Callable[..., Any], *args: Any) -> Any:
        takes_options = "options" in inspect.signature(function).parameters
        return function(*args, **({"options": self.options} if takes_options else {}))

    def _embed(self, images: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[Any]:
        """Vectors of a batch."""
        if not self.declaration.embed:
            raise Skip("it looks vectors up, and embeds nothing")
        preprocess = self.declaration.preprocess or np.copy
        return np.asarray(
            self._with_options(self.declaration.embed, [self._with_options(preprocess, image) for image in images])
        )

    def check_dim_and_version(self) -> None:
        """It says how long its vectors are, and what they depend on."""
        if not self.declaration.embed:
            raise Skip("it looks vectors up, and embeds nothing")
        dim, version = self._of_options(self.declaration.dim), self._of_options(self.declaration.version)
        require(isinstance(dim, int) and dim > 0, f"its dim is {dim!r}, not a number from 1")
        require(isinstance(version, str) and version, f"its version is {version!r}, not a text")

    def check_embeds(self) -> None:
        """It makes a finite vector of that length of each image, of whatever size."""
        vectors = self._embed(self.images)
        shape = (len(self.images), self._of_options(self.declaration.dim))
        require(vectors.shape == shape, f"it returns shape {vectors.shape} for {shape[0]} images of dim {shape[1]}")
        require(vectors.dtype.kind in "iuf", f"it returns {vectors.dtype}, not numbers")
        require(np.isfinite(vectors).all(), "it returns a number that is not finite")

    def check_deterministic(self) -> None:
        """It returns the same for the same batch."""
        require(same(self._embed(self.images), self._embed(self.images)), "it returns something else the second time")

    def check_batches(self) -> None:
        """The vector of an image doesn't depend on what else is in its batch."""
        together = self._embed(self.images)
        alone = np.concatenate([self._embed([image]) for image in self.images])
        limit = TOLERANCE * np.abs(together).max(axis=1, keepdims=True, initial=1e-12)
        require((np.abs(together - alone) <= limit).all(), "it returns another vector for an image in another batch")

    def check_lookup(self) -> None:
        """It finds vectors by the names of the samples, each the same in any order of them."""
        if not self.declaration.lookup:
            raise Skip("it embeds images, and looks nothing up")
        samples = self.dataset.samples
        found = offering(self.declaration.lookup, memory=Memory())(self.dataset, self.options)
        require(isinstance(found, Vectors), f"lookup returns {type(found).__name__}, not Vectors")
        values, valid = np.asarray(found.values), np.asarray(found.valid)
        fits = values.ndim == 2 and len(values) == len(samples) and valid.shape == (len(samples),)
        require(fits and valid.dtype == bool, f"values of shape {values.shape} and valid of shape {valid.shape}")
        require(np.isfinite(values[valid]).all(), "a vector is not finite")
        mirrored = offering(self.declaration.lookup, memory=Memory())(self.dataset.subset(samples[::-1]), self.options)
        backwards = np.asarray(mirrored.values)[::-1], np.asarray(mirrored.valid)[::-1]
        require(
            np.array_equal(valid, backwards[1]) and np.array_equal(values[valid], backwards[0][valid]),
            "it finds other vectors when asked in another order",
        )

    def _embed_texts(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """Vectors of texts."""
        if not self.declaration.embed_texts:
            raise Skip("it embeds no texts")
        try:
            return np.asarray(self._with_options(self.declaration.embed_texts, list(texts)))
        except errors.EmbeddingError as error:
            raise Skip(str(error)) from error

    def check_texts(self) -> None:
        """It makes a finite vector of that length of each text, however long, and the same in any company."""
        vectors = self._embed_texts(TEXTS)
        dim = self._of_options(self.declaration.dim) or vectors.shape[-1]
        require(
            vectors.shape == (len(TEXTS), dim),
            f"it returns shape {vectors.shape} for {len(TEXTS)} texts, and its dim is {dim}",
        )
        require(vectors.dtype.kind in "iuf", f"it returns {vectors.dtype}, not numbers")
        require(np.isfinite(vectors).all(), "it returns a number that is not finite")
        require(same(vectors, self._embed_texts(TEXTS)), "it returns something else for the same texts")
        alone = np.concatenate([self._embed_texts([text]) for text in TEXTS])
        limit = TOLERANCE * np.abs(vectors).max(axis=1, keepdims=True, initial=1e-12)
        require((np.abs(vectors - alone) <= limit).all(), "it returns another vector for a text beside other texts")

    def check_quiet(self) -> None:
        """It prints nothing and warns of nothing."""
        options, images = self.options, self.images
        if self.declaration.embed_texts:
            with contextlib.suppress(Skip):
                self.quietly(lambda: self._embed_texts(TEXTS))
        if self.declaration.embed:
            self.quietly(lambda: self._embed(images))
        else:
            self.quietly(lambda: offering(self.declaration.lookup, memory=Memory())(self.dataset, options))


def check_embedder(
    embedder: Embedder,
    *,
    params: Sequence[Params] = (),
    plugins: Sequence[object] = (),
    expected_failures: Mapping[str, str] | None = None,
) -> list[CheckResult]:
    """Check an embedder on images of many formats and shapes. Arguments as for `check_input_provider`.

    An embedder that looks vectors up is asked for those of `SAMPLES`.
    """
    suite = EmbedderSuite(embedder, params=params, plugins=plugins, expected_failures=expected_failures)
    return run_checks(suite.checks())
