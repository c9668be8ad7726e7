"""What the embedders that run a model of the user's have in common, whichever runtime it is of."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from tamis import Embedder, Params
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.preprocessing import Floats, Preprocessing

#: How runtimes say that there is too little memory: it says nothing of an image, and is no failure to keep.
OUT_OF_MEMORY = re.compile(
    r"OutOfMemory|out of memory|bad_alloc|failed to allocate memory|can't allocate memory|not enough memory",
    re.IGNORECASE,
)

M = TypeVar("M", bound="Model")


@attrs.frozen(kw_only=True)
class Model(ABC):
    """A loaded model.

    Attributes:
        preprocessing: What it takes, and how vectors are made of what it gives.
        version: What its vectors depend on, beside the options.
        on_device: Whether it runs on anything but the CPU.
        dim: The length of its vectors, once it has been tried.
    """

    preprocessing: Preprocessing
    version: str
    on_device: bool
    dim: int = 0

    @abstractmethod
    def __call__(self, batch: Floats) -> npt.NDArray[Any]:
        """What it gives for a batch."""

    def tried(self: M) -> M:
        """The same, tried on a black image."""
        return attrs.evolve(self, dim=self.preprocessing.dim(self))


def embedder(
    name: str,
    load: Callable[[Params], Model],
    options: Mapping[str, Any],
    doc: str,
    export: Callable[[Any], bytes] | None = None,
    embed_texts: Callable[..., npt.NDArray[Any]] | None = None,
    check_texts: Callable[[Params], object] | None = None,
) -> Embedder:
    """Declare one whose models are loaded by that. The option ``model`` is required where there is one."""
    return Embedder(
        name,
        embed,
        preprocess=preprocess,
        dim=dim_of,
        version=version_of,
        prepare=load,
        device=needs_device,
        export=export,
        embed_texts=embed_texts,
        check_texts=check_texts,
        schema={"properties": options, "required": [name for name in options if name == "model"]},
        doc=doc,
    )


def preprocess(rgb: npt.NDArray[np.uint8], options: Model) -> npt.NDArray[np.uint8]:
    """The image at the size of the model."""
    return options.preprocessing.fit(rgb)


def embed(images: Sequence[npt.NDArray[np.uint8]], options: Model) -> Floats:
    """Run the model. Raises `MemoryError` where it has run out of memory, of whichever kind."""
    try:
        return options.preprocessing.run(images, options)
    except Exception as error:
        if OUT_OF_MEMORY.search(f"{type(error).__name__}: {error}"):
            raise MemoryError(first_line(error)) from error
        raise


def dim_of(options: Model) -> int:
    """The length of its vectors."""
    return options.dim


def version_of(options: Model) -> str:
    """What its vectors depend on, beside the options."""
    return options.version


def needs_device(options: Model) -> bool:
    """Whether it runs on anything but the CPU."""
    return options.on_device
