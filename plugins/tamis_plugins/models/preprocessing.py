"""What the embedders that run a model of the user's do to an image before, and to the model's output after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Params, errors

Floats = npt.NDArray[np.float32]

_THREE = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}

#: JSON Schema of the options, by name.
OPTIONS: dict[str, Any] = {
    "size": {
        "type": "array",
        "items": {"type": "integer", "minimum": 1},
        "minItems": 2,
        "maxItems": 2,
        "description": "Width and height in pixels that the model takes; by default what it is made for, or 224.",
    },
    "resize": {
        "enum": ["stretch", "crop"],
        "default": "stretch",
        "description": "Whether an image is stretched to the size, or scaled to cover it and cropped at the centre.",
    },
    "mean": {**_THREE, "default": [0, 0, 0], "description": "Pixels v are fed as (v / 255 - mean) / std."},
    "std": {**_THREE, "items": {"type": "number", "minimum": 1e-6}, "default": [1, 1, 1]},
    "channels": {"enum": ["rgb", "bgr"], "default": "rgb", "description": "Their order, of mean and std as well."},
    "layout": {"enum": ["nchw", "nhwc"], "default": "nchw", "description": "Axes of the model's input."},
    "pooling": {
        "enum": ["none", "first", "mean"],
        "default": "none",
        "description": "Of a (n, tokens, d) or (n, d, h, w) output: the first token, or the mean of all.",
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
    resize: Literal["stretch", "crop"]
    mean: Floats
    std: Floats
    bgr: bool
    channels_last: bool
    batch: int
    pooling: Literal["none", "first", "mean"]

    @classmethod
    def of(cls, params: Params, size: tuple[int, int] | None = None) -> Preprocessing:
        """From options; ``size`` is that of the model where none is given."""
        width, height = params.get("size") or size or (224, 224)
        return cls(
            size=(width, height),
            resize=params["resize"],
            mean=np.array(params["mean"], dtype=np.float32),
            std=np.array(params["std"], dtype=np.float32),
            bgr=params["channels"] == "bgr",
            channels_last=params["layout"] == "nhwc",
            batch=params["batch"],
            pooling=params["pooling"],
        )

    def fit(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """``(height, width, 3)`` of an image, bilinear with antialiasing as Pillow does it."""
        image, (width, height) = Image.fromarray(rgb), self.size
        box = None
        if self.resize == "crop":
            box = centred(image.size, self.size)
        return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR, box))

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


def centred(image: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest box in the middle of an image that has the proportions of a size: left, top, right, bottom.

    The side that limits it is the image's own. Computed from the other, it could come out longer, by rounding.
    """
    (width, height), (across, down) = image, (float(image[0]), float(image[1]))
    if width * size[1] <= height * size[0]:
        down = min(width * size[1] / size[0], down)
    else:
        across = min(height * size[0] / size[1], across)
    left, top = (width - across) / 2, (height - down) / 2
    return left, top, min(left + across, width), min(top + down, height)


def first_line(error: Exception) -> str:
    """What a library says first, without what it says beside."""
    return next(iter(str(error).splitlines()), type(error).__name__)
