"""Embedders: images, or objects cut out of them, as vectors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from tamis.declarations.checks import (
    clean,
    is_function,
    is_length_or_function,
    is_name,
    is_schema,
    is_text,
    is_text_or_function,
    may_be_function,
    unprepared,
)
from tamis.declarations.params import Params

if TYPE_CHECKING:
    import numpy.typing as npt

    from tamis.data.vectors import Vectors


@attrs.frozen
class Embedder:
    """Turns images, or objects cut out of them, into vectors.

    It runs in the same pass over the images as the metrics, batch by batch; or it has the vectors already, and finds
    them by the names of the samples. Either ``embed`` or ``lookup`` is given.

    Attributes:
        name: What ``--embedder`` calls it. The entry-point name.
        embed: ``embed(images) -> (k, dim)`` numbers, a finite vector for each of a list of k images, in their order.
            The images are what ``preprocess`` made of each. Takes ``options`` too if it has such a parameter. A vector
            must not depend on what else is in the batch. Called from one thread at a time.
        dim: The length of its vectors, or ``dim(options)``.
        version: Identifies, beside the version of its distribution, everything that its vectors depend on: the model's
            hash, the preprocessing, what makes vectors of texts. Or ``version(options)``. Vectors of another version
            are not reused.
        lookup: ``lookup(dataset, options) -> Vectors``, a row for each of its samples, in place of ``embed``. Takes
            ``memory`` too if it has such a parameter: a `Memory`, for arrays that needn't be in memory. May raise
            `EmbeddingError`.
        embed_texts: ``embed_texts(texts) -> (k, dim)`` numbers, a finite vector for each of a list of k texts, in their
            order: near those of the images that a text describes. Takes ``options`` too if it has such a parameter.
            Called before any image is opened, in the process that runs the selection. May raise `EmbeddingError`, such
            as where the model that was chosen knows no texts. None if it knows none, whichever model.
        check_texts: ``check_texts(params)`` raises `EmbeddingError` if the model that these parameters choose knows no
            texts, as far as that can be told without loading it and without the network. Called where a config with a
            query by text is checked, before ``prepare``. None if only a loaded model tells, or all of them know texts.
        preprocess: ``preprocess(rgb)``, and ``options`` if it has such a parameter, makes of one image, ``(H, W, 3)``
            uint8 and read-only, what waits for its batch: small, if images are large. By default a copy of the image.
            May be called from several threads.
        export: ``export(options) -> bytes``: its model as the content of a file that another embedder runs. May raise
            `EmbeddingError`. None if it can't.
        schema: As for `InputProvider`, of its options.
        prepare: ``prepare(params)`` makes the ``options``, such as a loaded model, before any image is opened, once in
            every process. May raise `ParameterError`.
        device: Whether it needs a device of which there is one, such as a GPU: it then runs in one process only. Or
            ``device(options)``.
        note: What a user of its vectors should know, such as what they can't tell apart; said once in a run. May be
            empty.
        doc: What its vectors are, and how they are made.
    """

    name: str = attrs.field(validator=is_name)
    embed: Callable[..., npt.NDArray[Any]] | None = attrs.field(default=None, validator=may_be_function)
    dim: int | Callable[[Any], int] = attrs.field(default=0, kw_only=True, validator=is_length_or_function)
    version: str | Callable[[Any], str] = attrs.field(default="", kw_only=True, validator=is_text_or_function)
    lookup: Callable[..., Vectors] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    embed_texts: Callable[..., npt.NDArray[Any]] | None = attrs.field(
        default=None, kw_only=True, validator=may_be_function
    )
    check_texts: Callable[[Params], object] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    preprocess: Callable[..., Any] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    export: Callable[[Any], bytes] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    prepare: Callable[[Params], Any] = attrs.field(default=unprepared, kw_only=True, validator=is_function)
    device: bool | Callable[[Any], bool] = attrs.field(default=False, kw_only=True)
    note: str = attrs.field(default="", kw_only=True, validator=is_text)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)

    def __attrs_post_init__(self) -> None:
        if (self.embed is None) == (self.lookup is None):
            raise TypeError("an Embedder has either embed or lookup")
        if self.embed is not None and (not self.version or not self.dim):
            raise TypeError("an Embedder that embeds images has a dim and a version")
