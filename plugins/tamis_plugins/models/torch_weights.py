"""Weights that PyTorch wrote, read without it: the form of before 1.6, of pickles with the bytes behind them.

Nothing in the file is run: of what a pickle may name, a dictionary and tensors of numbers are made, and all else is
refused.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import attrs
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: What such a file begins with: a number, pickled; and the version of its form. As in torch/serialization.py.
_MAGIC, _PROTOCOL = pickle.dumps(0x1950A86A20F9469CFC6C, 2), 1001
_STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8"}


@attrs.frozen
class _Tensor:
    """Where the numbers of a tensor are: in which storage, from where on, and in which order."""

    storage: tuple[str, str]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def rebuilt(cls, storage: Any, offset: int, shape: Any, strides: Any, *_: object) -> _Tensor:
        """In place of torch._utils._rebuild_tensor_v2."""
        return cls(storage, int(offset), tuple(shape), tuple(strides))


class _Unpickler(pickle.Unpickler):
    """Makes dictionaries, and notes where tensors are."""

    def find_class(self, module: str, name: str) -> Any:
        """Allow what weights consist of."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor.rebuilt
        if module == "torch" and name in _STORAGES:
            return name
        raise ValueError(f"the file names {module}.{name}, which is no part of weights")

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        """The storage that a tensor lies in: its key and the type of its numbers."""
        _, kind, key, _, _, view = pid
        if view is not None:
            raise ValueError("a storage is a part of another")
        return str(key), _STORAGES[kind]


def read_weights(path: Path) -> dict[str, Array]:
    """The arrays of a state dictionary by name.

    Raises:
        OSError: the file can't be read.
        ValueError: it isn't such a file, is cut off, or holds something else.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("not weights in the form of PyTorch before 1.6")
        try:
            return _read(file)
        except (OSError, ValueError, MemoryError):
            raise
        except Exception as error:  # a pickle that is damaged fails in any way
            raise ValueError(f"not weights, or cut off: {error}") from error


def _read(file: IO[bytes]) -> dict[str, Array]:
    load: Callable[[], Any] = lambda: _Unpickler(file).load()  # noqa: E731 (pickles, one after the other)
    if load() != _PROTOCOL or not load()["little_endian"]:
        raise ValueError("not weights in the form of PyTorch before 1.6, little-endian")
    tensors = load()
    types = {tensor.storage[0]: tensor.storage[1] for tensor in tensors.values()}
    storages = {key: _storage(file, types[key]) for key in load()}
    return {name: _array(storages[tensor.storage[0]], tensor) for name, tensor in tensors.items()}


def _storage(file: IO[bytes], dtype: str) -> Array:
    """The next storage: how many numbers, and the numbers."""
    count = int.from_bytes(file.read(8), "little")
    data = file.read(count * np.dtype(dtype).itemsize)
    if len(data) < count * np.dtype(dtype).itemsize:
        raise ValueError("the file is cut off")
    return np.frombuffer(data, dtype)


def _array(storage: Array, tensor: _Tensor) -> Array:
    """The numbers of a tensor."""
    ends = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if tensor.offset < 0 or min(tensor.strides, default=0) < 0 or not ends < len(storage) or 0 in tensor.shape:
        raise ValueError("a tensor goes beyond its storage")
    strides = tuple(step * storage.itemsize for step in tensor.strides)
    return np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides, writeable=False)
