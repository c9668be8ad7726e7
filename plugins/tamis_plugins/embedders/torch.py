"""A PyTorch model of your own: what it makes of an image is the vector.

``model`` is ``module:factory``, where the factory is called without arguments and returns a `torch.nn.Module` with its
weights, or a file ``.pt2`` of an exported program (torch.export.save). It is put into evaluation mode on ``device``,
such as cpu, cuda or mps, and takes images and gives vectors as described for onnx. The module is imported from where
Python finds modules.

Needs torch: ``pip install 'tamis[torch]'``. The version of its vectors is the hash of the weights and of the model's
structure, with the version of torch and the device. `tamis embed export` writes the model as ONNX, with its
preprocessing; that needs the package onnxscript beside torch.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.model import embedder
from tamis_plugins.models.preprocessing import OPTIONS, Preprocessing
from tamis_plugins.models.torch_model import Torch, device_of, export, hash_of, import_torch


def load(params: Params) -> Torch:
    """Load the model, and try it on a black image."""
    torch = import_torch("embedder 'torch'", "torch")
    name, device = params["model"], device_of(torch, params["device"])
    module = _exported(torch, name) if name.endswith(".pt2") else _made(torch, name).eval()
    module = module.to(device)
    return Torch(
        preprocessing=Preprocessing.of(params),
        version=f"{hash_of(torch, module)} torch {torch.__version__} {device}",
        on_device=device != "cpu",
        torch=torch,
        module=module,
        device=device,
    ).tried()


def _made(torch: Any, name: str) -> Any:
    """What the factory returns."""
    where, _, attribute = name.partition(":")
    if not where or not attribute:
        raise errors.ParameterError("model", f"{name!r} is neither module:factory nor a file .pt2")
    try:
        module = getattr(import_module(where), attribute)()
    except Exception as error:
        raise errors.ParameterError("model", f"{name!r} can't be made: {type(error).__name__}: {error}") from error
    if not isinstance(module, torch.nn.Module):
        raise errors.ParameterError("model", f"{name!r} returns a {type(module).__name__}, not a torch.nn.Module")
    return module


def _exported(torch: Any, name: str) -> Any:
    """The module of an exported program."""
    if not Path(name).is_file():
        raise errors.ParameterError("model", f"{name!r} is not a file")
    try:
        return torch.export.load(name).module()
    except Exception as error:
        raise errors.ParameterError("model", f"{name!r} can't be loaded: {first_line(error)}") from error


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare torch."""
    name = {"type": "string", "minLength": 1}
    options = {
        "model": {**name, "description": "module:factory, or the path of an exported program, .pt2."},
        **OPTIONS,
        "device": {**name, "default": "cpu", "description": "What torch calls it, such as cuda or mps."},
    }
    return [embedder("torch", load, options, __doc__ or "", export)]
