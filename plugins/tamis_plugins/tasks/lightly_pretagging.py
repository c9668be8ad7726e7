"""Objects found by a detector of your own, in the place of the one that came with Lightly's worker.

``model`` is an ONNX file that takes one image as ``(1, 3, H, W)`` float32, RGB, and has three outputs for it: boxes
``(n, 4)`` as left, top, right, bottom in pixels of its input, labels ``(n,)`` and scores ``(n,)``, as torchvision's
detectors do when exported; a leading axis of 1 is dropped. ``outputs`` names them. Pixels ``v`` are fed as
``(v / 255 - mean) / std``. The image is resized (bilinear) to ``input_size``, or fed as it is; boxes are scaled back.
Objects below ``score_threshold`` are dropped. ``classes`` names the labels from ``first_label`` on, others are dropped;
by default they are the seven of the original: bicycle, bus, car, motorcycle, person, train, truck.

With ``layout``, labels are those of a public detector that was trained on COCO, and ``classes`` the names of what is
kept of them, whatever their order. ``coco80``: 0 to 79, in COCO's order, as YOLOX and RT-DETR number them. ``coco91``:
1 to 90, the ids of COCO's categories with their gaps, as DETR does. ``torchvision``: those of its detectors, the same
ids beside 0 for the background. How to export two such detectors stands in the how-to on detectors.

Needs onnxruntime: ``pip install 'tamis[onnx]'``. Runs on the CPU, one thread per image at a time.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Params, Task, errors, hookimpl
from tamis_plugins.coco.detector_labels import LAYOUTS
from tamis_plugins.models.onnx_files import digest_of
from tamis_plugins.models.onnx_session import CPU, check_runtime, open_session, version_of

CLASSES = ["bicycle", "bus", "car", "motorcycle", "person", "train", "truck"]


@attrs.frozen
class Detector:
    """A loaded model, and what to do around it.

    ``category_of`` has the position in ``classes`` of each label from 0 on, -1 where it is none of them.
    """

    session: Any
    input_name: str
    input_size: tuple[int, int] | None
    mean: npt.NDArray[np.float32]
    std: npt.NDArray[np.float32]
    outputs: list[str]
    score_threshold: float
    category_of: npt.NDArray[np.int64]
    version: str

    def run(self, image: Image.Image) -> tuple[Any, Any, Any]:
        """Boxes, labels and scores, boxes in pixels of the model's input."""
        if self.input_size:
            image = image.resize(self.input_size, Image.Resampling.BILINEAR)
        values = (np.asarray(image, dtype=np.float32) / 255 - self.mean) / self.std
        blob = np.ascontiguousarray(values.transpose(2, 0, 1)[None], dtype=np.float32)
        boxes, labels, scores = self.session.run(self.outputs, {self.input_name: blob})
        if np.shape(boxes)[-1:] != (4,):
            raise ValueError(f"the model gives boxes of shape {np.shape(boxes)}, not (n, 4)")
        boxes, labels, scores = np.reshape(boxes, (-1, 4)), np.reshape(labels, -1), np.reshape(scores, -1)
        if not len(boxes) == len(labels) == len(scores):
            raise ValueError(f"the model gives {len(boxes)} boxes, {len(labels)} labels and {len(scores)} scores")
        if not all(np.isfinite(found).all() for found in (boxes, labels, scores)) or (labels % 1 != 0).any():
            raise ValueError("the model gives numbers that are not finite, or labels that are not whole")
        return boxes.astype(np.float64), labels.astype(np.int64), scores.astype(np.float64)


def _categories_of(params: Params) -> npt.NDArray[np.int64]:
    """The position in ``classes`` of each label from 0 on, -1 where it is none of them."""
    classes = params["classes"]
    if "layout" not in params:
        return np.concatenate([np.full(params["first_label"], -1), np.arange(len(classes))])
    if params["first_label"]:
        raise errors.ParameterError("first_label", "goes without layout, which says what the labels are")
    names = LAYOUTS[params["layout"]]
    if unknown := [name for name in classes if name not in names]:
        raise errors.ParameterError(
            "classes", f"COCO has no category {unknown[0]!r}{errors.did_you_mean(unknown[0], filter(None, names))}"
        )
    return np.array([classes.index(name) if name in classes else -1 for name in names])


def load(params: Params) -> Detector:
    """Load the model, and check that it has the outputs."""
    category_of = _categories_of(params)
    check_runtime("lightly_pretagging", "onnx")
    if not Path(params["model"]).is_file():
        raise errors.ParameterError("model", f"{params['model']!r} is not a file")
    session = open_session(params["model"], {"providers": [CPU], "threads": 1})
    inputs = session.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        shapes = ", ".join(f"{found.name} {found.shape}" for found in inputs)
        raise errors.ParameterError("model", f"its input is {shapes}, not one of (1, 3, H, W)")
    outputs = [params["outputs"][role] for role in ("boxes", "labels", "scores")]
    there = [found.name for found in session.get_outputs()]
    if missing := [name for name in outputs if name not in there]:
        raise errors.ParameterError("outputs", f"the model has no output {missing[0]!r} (it has {', '.join(there)})")
    size = params.get("input_size")
    return Detector(
        session=session,
        input_name=inputs[0].name,
        input_size=(size[0], size[1]) if size else None,
        mean=np.array(params["mean"], dtype=np.float32),
        std=np.array(params["std"], dtype=np.float32),
        outputs=outputs,
        score_threshold=params["score_threshold"],
        category_of=category_of,
        version=version_of(session, digest_of(params["model"])),
    )


def version(detector: Detector) -> str:
    """The hash of the model's files, and the runtime."""
    return detector.version


def detect(rgb_image: Image.Image, options: Detector) -> list[dict[str, Any]]:
    """Objects as a prediction file has them, boxes within the image."""
    boxes, labels, scores = options.run(rgb_image)
    limits = np.array([rgb_image.width, rgb_image.height] * 2, dtype=np.float64)
    if options.input_size:
        boxes *= limits / np.array(options.input_size * 2)
    boxes = boxes.clip(0, limits)
    known = (labels >= 0) & (labels < len(options.category_of))
    labels = np.where(known, options.category_of.take(labels, mode="clip"), -1)
    keep = (scores >= options.score_threshold) & (labels >= 0)
    return [
        {"category_id": int(label), "score": float(score), "bbox": [x0, y0, max(x1 - x0, 0.0), max(y1 - y0, 0.0)]}
        for (x0, y0, x1, y1), label, score in zip(boxes[keep].tolist(), labels[keep], scores[keep], strict=True)
    ]


def categories(params: Params) -> list[str]:
    """Those configured."""
    names: list[str] = params["classes"]
    return names


@hookimpl
def tamis_tasks() -> list[Task]:
    """Declare lightly_pretagging."""
    three = {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3}
    name = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "model": {**name, "description": "Path of the ONNX file."},
            "input_size": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1},
                "minItems": 2,
                "maxItems": 2,
                "description": "Width and height to resize images to.",
            },
            "mean": {**three, "default": [0, 0, 0]},
            "std": {**three, "items": {"type": "number", "minimum": 1e-6}, "default": [1, 1, 1]},
            "outputs": {
                "type": "object",
                "properties": {"boxes": name, "labels": name, "scores": name},
                "required": ["boxes", "labels", "scores"],
                "additionalProperties": False,
                "default": {"boxes": "boxes", "labels": "labels", "scores": "scores"},
                "description": "Names of the model's outputs.",
            },
            "score_threshold": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5},
            "first_label": {"type": "integer", "minimum": 0, "default": 0, "description": "Label of the first class."},
            "layout": {
                "enum": list(LAYOUTS),
                "description": "How a public detector numbers the categories of COCO; in place of first_label.",
            },
            "classes": {"type": "array", "items": name, "minItems": 1, "uniqueItems": True, "default": CLASSES},
        },
        "required": ["model"],
    }
    return [
        Task(
            "lightly_pretagging",
            detect,
            task_type="object-detection",
            categories=categories,
            schema=schema,
            prepare=load,
            version=version,
            doc=__doc__ or "",
        )
    ]
