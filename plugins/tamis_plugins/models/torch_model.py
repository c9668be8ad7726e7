"""Modules of PyTorch that make vectors, on the device that they run on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis import errors
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.model import OUT_OF_MEMORY, Model
from tamis_plugins.models.onnx_export import exported
from tamis_plugins.models.preprocessing import Floats
from tamis_plugins.models.torch_onnx import as_onnx


@attrs.frozen(kw_only=True)
class Torch(Model):
    """A module of torch, on its device.

    Attributes:
        torch: The library.
        module: In evaluation mode; of images, a tensor.
        device: Where the module is.
        half: Whether it computes in half precision where that is safe.
        of_texts: Of texts, a tensor ``(k, dim)``, if the model knows any.
    """

    torch: Any
    module: Any
    device: str
    half: bool = False
    of_texts: Callable[[Sequence[str]], Any] | None = None

    def __call__(self, batch: Floats) -> npt.NDArray[Any]:
        """What it gives for a batch; for its halves, where the whole is more than the memory holds."""
        try:
            return self._computed(lambda: self.module(self.torch.from_numpy(batch).to(self.device)))
        except RuntimeError as error:
            if len(batch) == 1 or not OUT_OF_MEMORY.search(f"{type(error).__name__}: {error}"):
                raise
        if self.device.startswith("cuda"):
            self.torch.cuda.empty_cache()
        middle = len(batch) // 2
        return np.concatenate([self(batch[:middle]), self(batch[middle:])])

    def texts(self, texts: Sequence[str]) -> npt.NDArray[Any]:
        """``(k, dim)`` of texts. Raises `EmbeddingError` if it knows none."""
        of_texts = self.of_texts
        if of_texts is None:
            raise errors.EmbeddingError("the model makes vectors of images only, not of texts")
        return np.concatenate([self._computed(partial(of_texts, [text])) for text in texts])

    def _computed(self, compute: Callable[[], Any]) -> npt.NDArray[Any]:
        kind = self.device.partition(":")[0]
        with (
            self.torch.inference_mode(),
            self.torch.autocast(kind, dtype=self.torch.float16, enabled=self.half),
        ):
            output = compute()
        if not isinstance(output, self.torch.Tensor):
            raise TypeError(f"the model gives a {type(output).__name__}, not a tensor")
        vectors: npt.NDArray[Any] = output.float().cpu().numpy()
        return vectors


def import_torch(purpose: str, extra: str) -> Any:
    """PyTorch. Raises `MissingDependencyError`, with what needs it and the extra that has it."""
    try:
        import torch
    except ImportError:
        raise errors.MissingDependencyError("torch", purpose, extra) from None
    return torch


def device_of(torch: Any, name: str) -> str:
    """The device of this name, where ``auto`` is a GPU if there is one. Raises `ParameterError` if it can't be used."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except Exception as error:
        raise errors.ParameterError("device", f"{name!r} can't be used: {first_line(error)}") from error
    return name


def hash_of(torch: Any, module: Any) -> str:
    """A hash of a module's structure and weights, which changes with any byte of them."""
    digest = hashlib.sha256(str(module).encode())
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(dtype=torch.uint8).numpy())
    return digest.hexdigest()


def export(options: Torch) -> bytes:
    """The model as an ONNX file."""
    (width, height), last = options.preprocessing.size, options.preprocessing.channels_last
    shape = (options.preprocessing.batch, *((height, width, 3) if last else (3, height, width)))
    return exported(attrs.evolve(options, half=False), as_onnx(options.module, shape, options.device))
