"""Small models of timm, OpenCLIP and transformers, with random weights, saved as those libraries save them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

#: OpenCLIP's description of one.
OPEN_CLIP = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
FED = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4], "interpolation": "bicubic", "resize_mode": "shortest"}


def library(name: str) -> Any:
    """A library, or the test is skipped.

    timm and OpenCLIP need torchvision. PyPI has it for PyTorch with CUDA only: beside PyTorch without, it can't be
    imported.
    """
    pytest.importorskip("torch")
    if name != "transformers":
        pytest.importorskip("torchvision", exc_type=Exception)
    return pytest.importorskip(name)


def shaken(model: Any) -> Any:
    """With random weights, none of them zero."""
    import torch

    torch.manual_seed(3)
    for tensor in [*model.parameters(), *(each for each in model.buffers() if each.is_floating_point())]:
        torch.nn.init.normal_(tensor.data, 0, 0.05)
        tensor.data.abs_() if tensor.ndim == 1 else None  # variances, among others, are positive
    return model.eval()


def saved(kind: str, folder: Path) -> Path:
    """A model of this kind."""
    folder.mkdir()
    return globals()[f"_{kind}"](folder) or folder


def _timm(folder: Path) -> None:
    timm = library("timm")
    model = shaken(timm.create_model("test_vit", num_classes=7))
    timm.models.save_for_hf(model, folder, model_config={"num_classes": 7}, safe_serialization=True)


def _open_clip(folder: Path) -> None:
    open_clip = library("open_clip")
    from safetensors.torch import save_file

    model = shaken(open_clip.CLIP(**json.loads(json.dumps(OPEN_CLIP))))
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": OPEN_CLIP, "preprocess_cfg": FED}))


def _dinov2(folder: Path) -> None:
    transformers = library("transformers")
    config = transformers.Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14
    )
    shaken(transformers.Dinov2Model(config)).save_pretrained(folder)
    crop = {"height": 28, "width": 28}
    transformers.BitImageProcessorPil(size={"shortest_edge": 36}, crop_size=crop, resample=3).save_pretrained(folder)


def _vit(folder: Path) -> None:
    """Its summary of an image has no weights."""
    transformers = library("transformers")
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8
    )
    shaken(transformers.ViTModel(config, add_pooling_layer=False)).save_pretrained(folder)
    transformers.ViTImageProcessorPil(size={"height": 32, "width": 32}).save_pretrained(folder)


def _resnet(folder: Path) -> None:
    transformers = library("transformers")
    config = transformers.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    shaken(transformers.ResNetModel(config)).save_pretrained(folder)
    transformers.ConvNextImageProcessorPil(size={"shortest_edge": 32}, crop_pct=0.875).save_pretrained(folder)


def _clip(folder: Path) -> None:
    transformers = library("transformers")
    ends = {"bos_token_id": 598, "eos_token_id": 599}
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = transformers.CLIPConfig(
        text_config={
            **small,
            **ends,
            "vocab_size": 600,
            "max_position_embeddings": 16,
        },
        vision_config={**small, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    shaken(transformers.CLIPModel(config)).save_pretrained(folder)
    crop = {"height": 32, "width": 32}
    transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=crop).save_pretrained(folder)
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet())
    vocabulary = {name: number for number, name in enumerate([*letters, *(f"{letter}</w>" for letter in letters)])}
    vocabulary |= {"<|startoftext|>": 598, "<|endoftext|>": 599}
    transformers.CLIPTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
