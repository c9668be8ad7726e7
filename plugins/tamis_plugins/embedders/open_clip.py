"""Any model of OpenCLIP, by name or from files: vectors of images, and of texts in the same space.

``model`` is a name of OpenCLIP's, such as ``ViT-B-32``, with ``weights``, the name of those to take, such as
``laion2b_s34b_b79k``, or a file of them; ``ORGANISATION/NAME`` of the hub of Hugging Face; or a folder, with
``open_clip_config.json`` and weights. Images are fed as the model was made for. A query by text is what its text tower
makes of the text.

A name that is not on this machine yet is downloaded from the hub, once; ``--offline`` and ``HF_HUB_OFFLINE=1`` forbid
it. Only numbers are loaded from files of weights, never code.

Needs open_clip_torch and PyTorch, a gigabyte or more: ``pip install 'tamis[open_clip]'``. On a GPU it computes with 16
bits. The version of its vectors is the hash of the model and its weights, with the preprocessing, the versions of the
libraries, and the device. `tamis embed export` writes the image tower as an ONNX file. Which terms a model is under
stands on its page.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models import hub
from tamis_plugins.models.downloading import DESCRIPTIONS
from tamis_plugins.models.published import library, loading, made, published
from tamis_plugins.models.torch_model import Torch

PURPOSE, EXTRA = "embedder 'open_clip'", "open_clip"


def load(params: Params) -> Torch:
    """Load the model, and try it on a black image."""
    open_clip = library("open_clip", "open_clip_torch", PURPOSE, EXTRA)
    name, weights, revision = params["model"], params.get("weights"), params.get("revision")
    arguments: dict[str, Any] = {}
    if Path(name).is_dir() or "/" in name:
        if weights:
            raise errors.ParameterError("weights", "the model has its own: this is for a model that is named")
        folder = Path(name) if Path(name).is_dir() else hub.fetched(name.removeprefix("hf-hub:"), revision)[0]
        source, also = f"local-dir:{folder}", hub.digest_of(folder.glob("*.json"))
    else:
        source, also = name, ""
        arguments = _weights(open_clip, name, weights, revision)
    with loading(weights or name):
        text = (open_clip.get_model_config(source) or {}).get("text_cfg", {})
        if "hf_model_name" in text:
            _fetch_description(text["hf_model_name"])
        with hub.local_only():
            model = open_clip.create_model(source, pretrained_text=False, require_pretrained=True, **arguments)
        config = open_clip.transform.PreprocessCfg(**open_clip.get_model_preprocess_cfg(model))
        transform = open_clip.transform.image_transform_v2(config, is_train=False)

    @cache
    def tokenizer() -> Any:
        if "hf_tokenizer_name" in text and not source.startswith("local-dir:"):
            _fetch_description(text["hf_tokenizer_name"])
        with loading(name), hub.local_only():
            return open_clip.get_tokenizer(source)

    def of_texts(texts: Sequence[str], device: str) -> Any:
        return model.encode_text(tokenizer()(list(texts)).to(device))

    return made(params, _images(model), _stated(config), transform, (open_clip,), of_texts, also)


def _weights(open_clip: Any, name: str, weights: str | None, revision: str | None) -> dict[str, Any]:
    """Where the weights are, and how they want to be fed, as arguments that make the model."""
    known = open_clip.list_models()
    if name not in known:
        raise errors.ParameterError("model", f"OpenCLIP has no model {name!r}{errors.did_you_mean(name, known)}")
    tags = open_clip.list_pretrained_tags_by_model(name)
    if not weights:
        raise errors.ParameterError("model", f"{name!r} needs weights=, which are {', '.join([*tags, 'or a file'])}")
    config = open_clip.get_pretrained_cfg(name, weights)
    if not config:
        if Path(weights).is_file():
            return {"pretrained": weights}
        message = f"{name!r} has no weights {weights!r}, and there is no such file"
        raise errors.ParameterError("weights", f"{message}{errors.did_you_mean(weights, tags)}")
    repository, _, file = config.get("hf_hub", "").rpartition("/")
    if not repository:
        raise errors.ParameterError("weights", f"they are not on the hub: download {config['url']}, and give weights=")

    def choose(names: Any) -> list[str]:
        return [file] if file in names else hub.weights_among(names)

    folder, chosen = hub.fetched(repository, revision, choose)
    fed = {key: config[key] for key in ("mean", "std", "interpolation", "resize_mode") if config.get(key)}
    return {
        "pretrained": str(folder / chosen[0]),
        "force_preprocess_cfg": fed,
        "force_quick_gelu": bool(config.get("quick_gelu")),
    }


def _fetch_description(name: str) -> None:
    """Have what says how texts are taken apart, and what the text tower is, unless it is in a folder."""
    if not Path(name).is_dir():
        hub.fetched(name, None, lambda names: [each for each in names if DESCRIPTIONS.fullmatch(each)])


def _images(model: Any) -> Any:
    """The image tower as a module of its own, with all weights of the model."""
    import torch

    class Images(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, image: Any) -> Any:
            return self.model.encode_image(image)

    return Images()


def _stated(config: Any) -> dict[str, Any]:
    """How images are fed, by OpenCLIP's own account of it."""
    height, width = (config.size, config.size) if isinstance(config.size, int) else config.size
    return {
        "size": [width, height],
        "resize": {"shortest": "shortest", "squash": "stretch", "longest": "pad"}[config.resize_mode],
        "interpolation": "bilinear" if config.interpolation == "bilinear" else "bicubic",
        "mean": list(config.mean),
        "std": list(config.std),
    }


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare open_clip."""
    name = {"type": "string", "minLength": 1}
    options = {
        "model": {**name, "description": "A name of OpenCLIP's, ORGANISATION/NAME of the hub, or a folder."},
        "weights": {**name, "description": "With a name of OpenCLIP's: which of its weights, or a file."},
    }
    return [published("open_clip", load, options, __doc__ or "", knows_texts=True)]
