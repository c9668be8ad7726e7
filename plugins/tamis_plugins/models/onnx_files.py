"""Which files an ONNX model is made of: its own, and those that it names for weights that are kept elsewhere.

Only what says where weights are is read of the model: a walk through its Protocol Buffers, without the package onnx.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from pathlib import Path

#: Where tensors may be, by message: the numbers of the fields that hold a message, and which. As in onnx.proto.
_INSIDE = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "external"},
    "external": {},
}
_KEY, _VALUE = 1, 2


def digest_of(model: str | Path) -> str:
    """A hash of all files of a model, which changes with any byte of them.

    Raises:
        OSError: one of them can't be read.
    """
    path = Path(model)
    digest = hashlib.sha256()
    for part in (path, *(path.parent / name for name in external_files(path))):
        with part.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        digest.update(b"\0")
    return digest.hexdigest()


def external_files(model: Path) -> tuple[str, ...]:
    """The files that a model names for its weights, relative to its folder, sorted.

    A file that is no ONNX model, whatever the runtime makes of it, names none.
    """
    with model.open("rb") as file:
        if not model.stat().st_size:
            return ()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content, memoryview(content) as view:
            try:
                return tuple(sorted(set(_locations(view, "model"))))
            except (IndexError, ValueError):
                return ()


def _locations(message: memoryview, kind: str) -> Iterator[str]:
    """The locations in a message, and in those inside."""
    key, value = b"", b""
    for number, part in _fields(message):
        if kind == "external":
            key, value = (bytes(part), value) if number == _KEY else (key, bytes(part) if number == _VALUE else value)
        elif inner := _INSIDE[kind].get(number):
            yield from _locations(part, inner)
    if key == b"location":
        yield value.decode()


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """The fields of a message that hold bytes, by number. Raises `ValueError` or `IndexError` if it is none."""
    position, end = 0, len(message)
    while position < end:
        tag, position = _varint(message, position)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            _, position = _varint(message, position)
        elif wire in (1, 5):
            position += 8 if wire == 1 else 4
        elif wire == 2:
            length, position = _varint(message, position)
            if position + length > end:
                raise ValueError("a field goes beyond its message")
            yield number, message[position : position + length]
            position += length
        else:
            raise ValueError(f"there is no wire type {wire}")


def _varint(message: memoryview, position: int) -> tuple[int, int]:
    """A number, and where it ends."""
    value = shift = 0
    while True:
        byte = message[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7
        if shift > 63:
            raise ValueError("a number has more than 64 bits")
