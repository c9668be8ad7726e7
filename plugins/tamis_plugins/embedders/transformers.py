"""Any image model of Hugging Face's transformers, by name or from a folder, with its own image processor.

``model`` is ``ORGANISATION/NAME`` of the hub, such as ``facebook/dinov2-small`` or ``google/siglip-base-patch16-224``,
or a folder as ``save_pretrained`` writes it, with ``config.json``, ``preprocessor_config.json`` and weights. With two
towers, as of CLIP and SigLIP, the vector is that of the space in which texts are too, and a query by text is what the
text tower makes of it. Of other models it is their own summary of an image, if its weights are there, or else the first
token, or the mean over places; ``pooling`` chooses.

A name that is not on this machine yet is downloaded from the hub, once; ``--offline`` and ``HF_HUB_OFFLINE=1`` forbid
it. Only numbers are loaded from files of weights, never code, and code that comes with a model is not run.

Needs transformers and PyTorch, a gigabyte or more: ``pip install 'tamis[transformers]'``. On a GPU it computes with 16
bits. Images are scaled by Pillow, which differs from the processor's variant that torchvision runs by little. The
version of its vectors is the hash of the model and its weights, with the preprocessing, the versions of the libraries,
and the device. `tamis embed export` writes what makes vectors of images as an ONNX file. Which terms a model is under
stands on its page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models import hub
from tamis_plugins.models.downloading import DESCRIPTIONS
from tamis_plugins.models.published import library, loading, made, published
from tamis_plugins.models.torch_model import Torch, import_torch

PURPOSE, EXTRA = "embedder 'transformers'", "transformers"
#: Nothing is asked of the hub, and no code of a model is run.
SAFE = {"local_files_only": True, "trust_remote_code": False}


def load(params: Params) -> Torch:
    """Load the model, and try it on a black image."""
    torch = import_torch(PURPOSE, EXTRA)
    transformers = library("transformers", "transformers", PURPOSE, EXTRA)
    name = params["model"]
    if not Path(name).is_dir() and "/" not in name.strip("/"):
        raise errors.ParameterError("model", f"{name!r} is neither a folder nor ORGANISATION/NAME of the hub")
    folder = Path(name) if Path(name).is_dir() else hub.fetched(name, params.get("revision"))[0]
    with loading(name), hub.local_only(), _quiet(transformers):
        processor = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil", **SAFE)
        model, report = transformers.AutoModel.from_pretrained(
            folder, output_loading_info=True, dtype=torch.float32, **SAFE
        )
    missing = sorted(report["missing_keys"])
    if lacking := [key for key in missing if "pooler." not in key]:
        raise errors.ParameterError("model", f"{name!r}: its files lack weights, such as {lacking[0]!r}")
    towers = _has_towers(model)
    pooling, own = params["pooling"], not missing and params["pooling"] == "own"
    module = _images(torch, model, towers, own)
    stated = _stated(processor)
    if not towers and not own:
        # Of places, which are no tokens, there is no first.
        first = "mean" if model.main_input_name != "pixel_values" or not _has_tokens(torch, module, stated) else "first"
        stated["pooling"] = first if pooling == "own" else pooling

    @cache
    def tokenizer() -> Any:
        with loading(name), hub.local_only(), _quiet(transformers):
            return transformers.AutoTokenizer.from_pretrained(folder, **SAFE)

    def of_texts(texts: Sequence[str], device: str) -> Any:
        length = model.config.text_config.max_position_embeddings
        filled = {"padding": "max_length", "truncation": True, "max_length": length, "return_tensors": "pt"}
        return _summary(model.get_text_features(**tokenizer()(list(texts), **filled).to(device)))

    also = hub.digest_of(path for path in folder.iterdir() if DESCRIPTIONS.fullmatch(path.name))
    call = lambda image: processor(image, return_tensors="np")["pixel_values"][0]  # noqa: E731
    return made(params, module, stated, call, (transformers,), of_texts if towers else None, also)


def check_texts(params: Params) -> None:
    """Raise `EmbeddingError` if the model has one tower, which its class tells; nothing is downloaded or loaded."""
    name = params["model"]
    try:
        transformers = library("transformers", "transformers", PURPOSE, EXTRA)
        folder = Path(name) if Path(name).is_dir() else hub.here(name, params.get("revision"))
        if folder is None:
            return
        with hub.local_only(), _quiet(transformers):
            config = transformers.AutoConfig.from_pretrained(folder, **SAFE)
        kind = transformers.MODEL_MAPPING[type(config)]
    except Exception:  # noqa: BLE001 (what is wrong with it is told when it loads)
        return
    if not _has_towers(kind):
        raise errors.EmbeddingError(f"model {name!r} ({config.model_type}) makes vectors of images only, not of texts")


def _has_towers(model: Any) -> bool:
    """Whether a model, or a class of them, has two: of images, and of texts in the same space."""
    return hasattr(model, "get_image_features") and hasattr(model, "get_text_features")


def _images(torch: Any, model: Any, towers: bool, own: bool) -> Any:
    """What makes vectors of images, as a module with all weights of the model."""

    class Images(torch.nn.Module):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, image: Any) -> Any:
            if towers:
                return _summary(self.model.get_image_features(pixel_values=image))
            output = self.model(pixel_values=image)
            if own and getattr(output, "pooler_output", None) is not None:
                return output.pooler_output.flatten(1)
            return output.last_hidden_state

    return Images()


def _summary(output: Any) -> Any:
    """The vector that a tower gives, which some versions wrap."""
    return getattr(output, "pooler_output", output)


def _has_tokens(torch: Any, module: Any, stated: dict[str, Any]) -> bool:
    width, height = stated["size"]
    with torch.inference_mode():
        return bool(module.eval()(torch.zeros(1, 3, height, width)).ndim == 3)


def _stated(processor: Any) -> dict[str, Any]:
    """How images are fed, by the processor's own account of it."""
    size = processor.size
    crop = getattr(processor, "crop_size", None) if getattr(processor, "do_center_crop", False) else None
    edge = getattr(size, "shortest_edge", None)
    share = getattr(processor, "crop_pct", None)
    stated: dict[str, Any] = {"rest": "down"}
    if share and edge:  # as ConvNeXt's: small images are cropped, large ones are stretched
        stated |= {"size": [edge, edge], "resize": "shortest", "edge": int(edge / share)}
        stated |= {"resize": "stretch"} if edge >= 384 else {}
    elif edge and crop:
        stated |= {"size": [crop.width, crop.height], "resize": "shortest", "edge": edge}
    elif getattr(size, "height", None) and getattr(size, "width", None):
        stated |= {"size": [size.width, size.height], "resize": "stretch"}
    else:
        raise errors.ParameterError("model", f"its image processor makes no images of one size: {size}")
    normalized = bool(processor.do_normalize)
    return stated | {
        "interpolation": Image.Resampling(int(processor.resample)).name.lower(),
        "mean": [float(value) for value in processor.image_mean] if normalized else [0.0] * 3,
        "std": [float(value) for value in processor.image_std] if normalized else [1.0] * 3,
    }


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """While it loads: neither bars nor remarks."""
    logging = transformers.utils.logging
    level, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare transformers."""
    options = {
        "model": {"type": "string", "minLength": 1, "description": "ORGANISATION/NAME of the hub, or a folder."},
        "pooling": {
            "enum": ["own", "first", "mean"],
            "default": "own",
            "description": "Of a model with one tower: its own summary of an image, the first token, or the mean.",
        },
    }
    return [published("transformers", load, options, __doc__ or "", knows_texts=True, check_texts=check_texts)]
