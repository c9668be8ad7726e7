"""The recipes of the how-to on detectors, word for word, with random weights in place of those that are downloaded."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tamis import Dataset
from tamis_plugins.coco.detector_labels import LAYOUTS
from tests.conftest import photograph
from tests.plugins.small_models import library
from tests.plugins.test_tasks import run

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "detectors.md"
RECIPES = re.findall(r'^```python title="export_detector.py"\n(.*?)^```$', PAGE.read_text(), re.DOTALL | re.MULTILINE)


def ssdlite() -> Any:
    """Detects everywhere, as its weights are random."""
    import torchvision

    return torchvision.models.detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, score_thresh=0.0, detections_per_img=50
    )


def rtdetr() -> Any:
    """A small one."""
    import torch

    transformers = library("transformers")
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 32, 64],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    sizes = {"encoder_hidden_dim": 32, "d_model": 32, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "num_queries": 30}
    config = transformers.RTDetrV2Config(
        **sizes,
        backbone_config=backbone,
        encoder_in_channels=[16, 32, 64],
        decoder_in_channels=[32, 32, 32],
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        num_labels=80,
    )
    model = transformers.RTDetrV2ForObjectDetection(config)
    for head in (model.model.enc_score_head, *model.model.decoder.class_embed):  # so that no two places are as likely
        torch.nn.init.normal_(head.weight, 0, 3)
    return model


#: How the recipe has its model, what takes its place, the size it is exported for, and how its labels are numbered.
CASES = {
    "ssdlite": (r"torchvision\.models\..*\(weights=\"COCO_V1\"\)", ssdlite, 320, "torchvision"),
    "rtdetr": (r"transformers\.AutoModel.*\(\"[^\"]*\"\)", rtdetr, 640, "coco80"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_a_recipe_exports_what_the_model_finds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same objects, by the ONNX file as the task runs it, and by the module itself."""
    torch = pytest.importorskip("torch")
    if name == "ssdlite":
        pytest.importorskip("torchvision.ops", exc_type=Exception)
    pattern, make, side, layout = CASES[name]
    recipe = next(each for each in RECIPES if f"{name}.onnx" in each)
    code, replaced = re.subn(pattern, "make()", recipe)
    torch.manual_seed(5)
    made: dict[str, Any] = {"make": make}
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(PAGE), "exec"), made)
    image = photograph(3, (200, 150))
    fed = torch.from_numpy(np.asarray(image.resize((side, side), Image.Resampling.BILINEAR), "f4") / 255)
    with torch.inference_mode():
        boxes, labels, scores = (
            each.numpy() for each in made["Detector"](made["model"]).eval()(fed.permute(2, 0, 1)[None])
        )
    names = LAYOUTS[layout]
    classes = sorted({names[label] for label in labels if names[label]})
    task = {"type": "lightly_pretagging", "model": f"{name}.onnx", "layout": layout, "input_size": [side, side]}
    task |= {"classes": classes, "score_threshold": 0.0, "name": "found"}
    selection = run(Dataset.from_images(["x"], [image]), task, task="found")
    found = selection.predictions[0]

    kept = [row for row, label in enumerate(labels) if names[label]]
    assert (replaced, selection.failures) == (1, ())
    assert len(kept) > 5
    expected = [(names[labels[row]], *_corners(boxes[row], image.size, side), scores[row]) for row in kept]
    corners = np.concatenate([found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]], axis=1)
    those = [(classes[each], *corners[row], found.scores[row]) for row, each in enumerate(found.categories)]
    assert len(those) == len(expected)
    for some, others in ((those, expected), (expected, those)):  # in any order: many are as likely as others
        assert all(any(_same(one, other) for other in others) for one in some)


def _corners(box: Any, size: tuple[int, int], side: int) -> Any:
    """In pixels of the image, within it."""
    limits = np.array([*size, *size])
    return (box * limits / side).clip(0, limits)


def _same(one: Any, other: Any) -> bool:
    """The same category, the corners to a tenth of a pixel, the score to a thousandth."""
    return one[0] == other[0] and np.allclose(one[1:5], other[1:5], atol=0.1) and abs(one[5] - other[5]) < 1e-3
