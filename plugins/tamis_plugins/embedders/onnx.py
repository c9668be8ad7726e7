"""A model of your own, as an ONNX file: what it makes of an image is the vector.

``model`` takes images as ``(n, 3, H, W)`` float32 (``layout=nhwc``: ``(n, H, W, 3)``), where n may be fixed, and gives
``(n, d)``; of other outputs, ``pooling`` makes vectors. Images are resized to ``size`` and fed as
``(v / 255 - mean) / std``: see the training of the model. A file that `tamis embed export` wrote says all that itself:
its metadata holds these options as a JSON object under ``tamis.preprocessing``, and what is given here wins over it.
Other such models are what torch.onnx.export writes.

Needs onnxruntime: ``pip install 'tamis[onnx]'``. ``providers`` name what it runs on, such as CUDAExecutionProvider; by
default the CPU. The version of its vectors is the hash of all files that the model is made
of, with the runtime and its providers.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models import onnx_session
from tamis_plugins.models.model import embedder
from tamis_plugins.models.onnx_export import stated_by
from tamis_plugins.models.onnx_files import digest_of
from tamis_plugins.models.onnx_session import CPU, Onnx, check_runtime, named, open_session, version_of
from tamis_plugins.models.preprocessing import OPTIONS, Preprocessing


def load(params: Params) -> Onnx:
    """Load the model, and try it on a black image."""
    check_runtime("embedder 'onnx'", "onnx")
    path = Path(params["model"])
    if not path.is_file():
        raise errors.ParameterError("model", f"{params['model']!r} is not a file")
    session = open_session(str(path), params)
    try:
        digest = digest_of(path)
    except OSError as error:
        raise errors.ParameterError("model", f"{error.filename!r} can't be read: {error.strerror}") from error
    found = named("input", session.get_inputs(), params.get("input"))
    output = named("output", session.get_outputs(), params.get("output"))
    stated = stated_by(session)
    preprocessing = Preprocessing.of(params, stated)
    shape = [axis if isinstance(axis, int) else None for axis in found.shape]
    axes = (1, 2, 3) if preprocessing.channels_last else (2, 3, 1)
    if len(shape) != 4 or shape[axes[2]] not in (3, None) or found.type != "tensor(float)":
        wanted = "(n, H, W, 3)" if preprocessing.channels_last else "(n, 3, H, W)"
        raise errors.ParameterError("model", f"its input is {found.type} {found.shape}, not {wanted} float32")
    height, width = shape[axes[0]], shape[axes[1]]
    if width and height:
        if tuple(params.get("size", (width, height))) != (width, height):
            raise errors.ParameterError("size", f"is {params['size']}, and the model takes {[width, height]} only")
        preprocessing = attrs.evolve(preprocessing, size=(width, height))
    if shape[0] and params["batch"] not in (1, shape[0]):
        raise errors.ParameterError("batch", f"is {params['batch']}, and the model takes {shape[0]} images at a time")
    return Onnx(
        preprocessing=attrs.evolve(preprocessing, batch=shape[0] or params["batch"]),
        version=version_of(session, digest),
        on_device=session.get_providers()[0] != CPU,
        session=session,
        input_name=found.name,
        output_name=output.name,
    ).tried()


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare onnx."""
    name = {"type": "string", "minLength": 1}
    options = {
        "model": {**name, "description": "Path of the ONNX file."},
        **OPTIONS,
        "input": {**name, "description": "Name of the model's input, if it has several."},
        "output": {**name, "description": "Name of the output that is the vector, if it has several."},
        **onnx_session.OPTIONS,
    }
    return [embedder("onnx", load, options, __doc__ or "")]
