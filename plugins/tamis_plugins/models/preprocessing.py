"""What the embedders that run a model of the user's do to an image before, and to the model's output after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Params, errors
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.scaling import centred, fitting, shortened

Floats = npt.NDArray[np.float32]

_THREE = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}

#: What holds where neither the user nor the model's file says something else.
DEFAULTS: dict[str, Any] = {
    "resize": "stretch",
    "interpolation": "bilinear",
    "rest": "even",
    "mean": [0, 0, 0],
    "std": [1, 1, 1],
    "channels": "rgb",
    "layout": "nchw",
    "pooling": "none",
}

#: JSON Schema of the options, by name. Those of `DEFAULTS` have none here, so that it can be told what the user says.
OPTIONS: dict[str, Any] = {
    "size": {
        "type": "array",
        "items": {"type": "integer", "minimum": 1},
        "minItems": 2,
        "maxItems": 2,
        "description": "Width and height in pixels that the model takes; by default what it is made for, or 224.",
    },
    "resize": {
        "enum": ["stretch", "crop", "shortest", "pad"],
        "description": "Whether an image is stretched to the size, by default; scaled to cover it, and cropped at the "
        "centre; scaled until its shorter side has as many pixels as edge says, in whole pixels, and cropped at the "
        "centre; or scaled to fit into the size, with the mean around it.",
    },
    "edge": {
        "type": "integer",
        "minimum": 1,
        "description": "Pixels of the shorter side where resize is shortest; by default that of the size.",
    },
    "rest": {
        "enum": ["even", "down"],
        "description": "Where resize is shortest, which half of an odd number of pixels is cut off first: half of them "
        "rounded to an even number, by default, as torchvision does, or down, as transformers does.",
    },
    "interpolation": {
        "enum": ["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"],
        "description": "How Pillow scales, with antialiasing; by default bilinear.",
    },
    "mean": {**_THREE, "description": "Pixels v are fed as (v / 255 - mean) / std; by default [0, 0, 0]."},
    "std": {**_THREE, "items": {"type": "number", "minimum": 1e-6}, "description": "By default [1, 1, 1]."},
    "channels": {"enum": ["rgb", "bgr"], "description": "Their order, of mean and std as well; by default rgb."},
    "layout": {"enum": ["nchw", "nhwc"], "description": "Axes of the model's input; by default nchw."},
    "pooling": {
        "enum": ["none", "first", "mean"],
        "description": "Of a (n, tokens, d) or (n, d, h, w) output: the first token, or the mean of all; by default "
        "none, for an output (n, d).",
    },
    "batch": {
        "type": "integer",
        "minimum": 1,
        "default": 1,
        "description": "Images per call of the model. More is faster on a GPU; a model may round otherwise in a batch.",
    },
}


@attrs.frozen
class Preprocessing:
    """From an image to the input of a model."""

    size: tuple[int, int]
    resize: Literal["stretch", "crop", "shortest", "pad"]
    edge: int
    rest: Literal["even", "down"]
    interpolation: str
    mean: Floats
    std: Floats
    bgr: bool
    channels_last: bool
    batch: int
    pooling: Literal["none", "first", "mean"]

    @classmethod
    def of(cls, params: Params, stated: Mapping[str, Any] | None = None) -> Preprocessing:
        """From options; ``stated`` is what a model's file says of itself, and holds where the user says nothing."""
        chosen = {"size": (224, 224), "batch": 1, **DEFAULTS, **(stated or {}), **params}
        width, height = chosen["size"]
        return cls(
            size=(width, height),
            resize=chosen["resize"],
            edge=chosen.get("edge", min(width, height)),
            rest=chosen["rest"],
            interpolation=chosen["interpolation"],
            mean=np.array(chosen["mean"], dtype=np.float32),
            std=np.array(chosen["std"], dtype=np.float32),
            bgr=chosen["channels"] == "bgr",
            channels_last=chosen["layout"] == "nhwc",
            batch=chosen["batch"],
            pooling=chosen["pooling"],
        )

    def stated(self) -> dict[str, Any]:
        """The options that make it again, as a model's file states them."""
        return {
            "size": list(self.size),
            "resize": self.resize,
            **({"edge": self.edge, "rest": self.rest} if self.resize == "shortest" else {}),
            "interpolation": self.interpolation,
            "mean": self.mean.tolist(),
            "std": self.std.tolist(),
            "channels": "bgr" if self.bgr else "rgb",
            "layout": "nhwc" if self.channels_last else "nchw",
            "pooling": self.pooling,
        }

    def fit(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """``(height, width, 3)`` of an image, scaled as Pillow does it."""
        image, filter_ = Image.fromarray(rgb), Image.Resampling[self.interpolation.upper()]
        if self.resize == "pad":
            whole = Image.new("RGB", self.size, self._grey)
            width, height = fitting(image.size, self.size)
            left, top = (self.size[0] - width) // 2, (self.size[1] - height) // 2
            whole.paste(image.resize((width, height), filter_), (left, top))
            return np.asarray(whole)
        if self.resize == "shortest":
            return self._centre(np.asarray(image.resize(shortened(image.size, self.edge), filter_)))
        box = centred(image.size, self.size) if self.resize == "crop" else None
        return np.asarray(image.resize(self.size, filter_, box))

    def _centre(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """``(height, width, 3)`` from the middle of an image, black where it ends before."""
        for axis, wanted in enumerate(self.size[::-1]):
            missing = max(wanted - pixels.shape[axis], 0)
            around = [(0, 0)] * 3
            around[axis] = (missing // 2, missing - missing // 2)
            pixels = np.pad(pixels, around) if missing else pixels
            over = pixels.shape[axis] - wanted
            start = round(over / 2) if self.rest == "even" else over // 2
            pixels = pixels.take(range(start, start + wanted), axis)
        return pixels

    @property
    def _grey(self) -> tuple[int, ...]:
        """The colour that is fed as zeros."""
        mean = self.mean[::-1] if self.bgr else self.mean
        return tuple(int(value) for value in np.clip(np.rint(mean * 255), 0, 255))

    def feed(self, images: Sequence[npt.NDArray[np.uint8]]) -> Floats:
        """The model's input, of images that have been fitted."""
        pixels = np.stack(images)[..., ::-1] if self.bgr else np.stack(images)
        values = (pixels.astype(np.float32) / np.float32(255) - self.mean) / self.std
        return np.ascontiguousarray(values if self.channels_last else values.transpose(0, 3, 1, 2))

    def vectors(self, output: npt.NDArray[Any], images: int) -> Floats:
        """``(images, d)`` of what the model gave for so many images.

        Raises:
            ValueError: it is of another form.
        """
        output = np.asarray(output)
        if self.pooling != "none" and output.ndim in (3, 4):
            tokens = output if output.ndim == 3 else output.reshape(*output.shape[:2], -1).swapaxes(1, 2)
            output = tokens[:, 0] if self.pooling == "first" else tokens.mean(axis=1)
        if output.ndim != 2 or len(output) != images:
            hint = ": choose pooling=first or pooling=mean" if output.ndim in (3, 4) and self.pooling == "none" else ""
            raise ValueError(f"the model gives shape {output.shape} for {images} images, not ({images}, d){hint}")
        return output.astype(np.float32)

    def run(self, images: Sequence[npt.NDArray[np.uint8]], model: Callable[[Floats], npt.NDArray[Any]]) -> Floats:
        """``(k, d)`` vectors of images that have been fitted.

        The model always gets batches of one size, so that an image is computed in the same way whatever the number of
        images: the last is filled up with its last image.
        """
        parts = []
        for start in range(0, len(images), self.batch):
            part = list(images[start : start + self.batch])
            fed = self.feed(part + part[-1:] * (self.batch - len(part)))
            parts.append(self.vectors(model(fed), self.batch)[: len(part)])
        return np.concatenate(parts)

    def dim(self, model: Callable[[Floats], npt.NDArray[Any]]) -> int:
        """The length of the vectors, found by trying a black image. Raises `ParameterError` if that fails."""
        try:
            return int(self.run([np.zeros((*self.size[::-1], 3), dtype=np.uint8)], model).shape[1])
        except Exception as error:
            raise errors.ParameterError("model", f"it can't embed an image: {first_line(error)}") from error
