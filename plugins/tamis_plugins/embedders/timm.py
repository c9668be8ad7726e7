"""Any image model of timm (PyTorch Image Models), by name or from files, with the preprocessing that it was made for.

``model`` is a name of timm's with its weights, such as ``vit_small_patch14_dinov2.lvd142m``, ``convnext_tiny.in12k`` or
``resnet50.a1_in1k``; ``ORGANISATION/NAME`` of the hub of Hugging Face; or a folder, with ``config.json`` and weights as
timm saves them. ``weights`` is a file of weights for a model of timm's, in place of the published ones. The vector is
what the model makes before it names classes.

A name that is not on this machine yet is downloaded from the hub, once; ``--offline`` and ``HF_HUB_OFFLINE=1`` forbid
it. Only numbers are loaded from files of weights, never code.

Needs timm and PyTorch, a gigabyte or more: ``pip install 'tamis[timm]'``. On a GPU it computes with 16 bits. The
version of its vectors is the hash of the model and its weights, with the preprocessing, the versions of the libraries,
and the device. `tamis embed export` writes the model as an ONNX file. Which terms a model is under stands on its page.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models import hub
from tamis_plugins.models.published import library, loading, made, published
from tamis_plugins.models.torch_model import Torch

PURPOSE, EXTRA = "embedder 'timm'", "timm"


def load(params: Params) -> Torch:
    """Load the model, and try it on a black image."""
    timm = library("timm", "timm", PURPOSE, EXTRA)
    name, weights = params["model"], params.get("weights")
    overlay: dict[str, Any] = {}
    if Path(name).is_dir():
        source = f"local-dir:{name}"
    elif "/" in name:
        folder, _ = hub.fetched(name.removeprefix("hf-hub:"), params.get("revision"))
        source = f"local-dir:{folder}"
    else:
        source, overlay = name, {"file": str(_weights(timm, name, weights, params.get("revision")))}
    if weights and not overlay:
        raise errors.ParameterError("weights", "the model has its own: this is for a model that is named without them")
    with loading(weights or name), hub.local_only():
        model = timm.create_model(source, pretrained=True, pretrained_cfg_overlay=overlay)
        model.reset_classifier(0)
        config = timm.data.resolve_model_data_config(model)
        transform = timm.data.create_transform(**config, is_training=False)
    return made(params, model, _stated(config), transform, (timm,))


def _weights(timm: Any, name: str, file: str | None, revision: str | None) -> Path:
    """The file with the weights of a model that timm knows by name."""
    known = timm.list_models(pretrained=not file)
    plain, _, tag = name.partition(".")
    if not (timm.is_model(plain) if file and not tag else name in known or name in timm.list_models()):
        raise errors.ParameterError("model", f"timm has no model {name!r}{errors.did_you_mean(name, known)}")
    if file:
        if not Path(file).is_file():
            raise errors.ParameterError("weights", f"{file!r} is not a file")
        return Path(file)
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.has_weights:
        tagged = [each for each in known if each.partition(".")[0] == plain]
        choice = f": name those of {', '.join(tagged)}" if tagged else errors.did_you_mean(name, known)
        raise errors.ParameterError("model", f"timm has no such weights for {plain!r}{choice}")
    if not config.hf_hub_id:
        raise errors.ParameterError("model", f"its weights are not on the hub: download {config.url} for weights=")
    special = config.hf_hub_filename

    def choose(names: Any) -> list[str]:
        if not special:
            return hub.weights_among(names)
        alternatives = [Path(special).with_suffix(".safetensors").name, special]
        return [each for each in alternatives if each in names][:1]

    folder, chosen = hub.fetched(config.hf_hub_id, revision, choose)
    return folder / chosen[0]


def _stated(config: dict[str, Any]) -> dict[str, Any]:
    """How images are fed, by timm's own account of it."""
    _, height, width = config["input_size"]
    mode = config["crop_mode"] or "center"
    return {
        "size": [width, height],
        "resize": {"center": "shortest", "squash": "stretch", "border": "pad"}[mode],
        "edge": math.floor(min(height, width) / config["crop_pct"]),
        "interpolation": config["interpolation"],
        "mean": [float(value) for value in config["mean"]],
        "std": [float(value) for value in config["std"]],
    }


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare timm."""
    name = {"type": "string", "minLength": 1}
    options = {
        "model": {**name, "description": "A name of timm's, ORGANISATION/NAME of the hub, or a folder."},
        "weights": {**name, "description": "A file of weights, .safetensors or .pth, for a model of timm's."},
    }
    return [published("timm", load, options, __doc__ or "")]
