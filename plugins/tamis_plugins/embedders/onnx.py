"""A model of your own, as an ONNX file: what it makes of an image is the vector.

``model`` takes images as ``(n, 3, H, W)`` float32 (``layout=nhwc``: ``(n, H, W, 3)``), where n may be fixed, and gives
``(n, d)``; of other outputs, ``pooling`` makes vectors. Images are resized to ``size`` and fed as
``(v / 255 - mean) / std``: see the training of the model. Such models are what torch.onnx.export writes, and what
`tamis embed train` trains.

Needs onnxruntime: ``pip install 'tamis[onnx]'``. ``providers`` name what it runs on, such as CUDAExecutionProvider; by
default the CPU. The version of its vectors is the hash of all files that the model is made
of, with the runtime and its providers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy.typing as npt

from tamis import Embedder, Params, errors, hookimpl
from tamis_plugins.models.model import Model, embedder
from tamis_plugins.models.onnx_files import digest_of
from tamis_plugins.models.preprocessing import OPTIONS, Floats, Preprocessing, first_line

CPU = "CPUExecutionProvider"


@attrs.frozen(kw_only=True)
class Onnx(Model):
    """A session of the runtime."""

    session: Any
    input_name: str
    output_name: str

    def __call__(self, batch: Floats) -> npt.NDArray[Any]:
        """What it gives for a batch."""
        output: npt.NDArray[Any] = self.session.run([self.output_name], {self.input_name: batch})[0]
        return output


def load(params: Params) -> Onnx:
    """Load the model, and try it on a black image."""
    session, version = _session(params)
    found = _named("input", session.get_inputs(), params.get("input"))
    output = _named("output", session.get_outputs(), params.get("output"))
    shape = [axis if isinstance(axis, int) else None for axis in found.shape]
    axes = (1, 2, 3) if params["layout"] == "nhwc" else (2, 3, 1)
    if len(shape) != 4 or shape[axes[2]] not in (3, None) or found.type != "tensor(float)":
        wanted = "(n, H, W, 3)" if params["layout"] == "nhwc" else "(n, 3, H, W)"
        raise errors.ParameterError("model", f"its input is {found.type} {found.shape}, not {wanted} float32")
    height, width = shape[axes[0]], shape[axes[1]]
    fixed = (width, height) if width and height else None
    if fixed and tuple(params.get("size", fixed)) != fixed:
        raise errors.ParameterError("size", f"is {params['size']}, and the model takes {list(fixed)} only")
    if shape[0] and params["batch"] not in (1, shape[0]):
        raise errors.ParameterError("batch", f"is {params['batch']}, and the model takes {shape[0]} images at a time")
    return Onnx(
        preprocessing=attrs.evolve(Preprocessing.of(params, fixed), batch=shape[0] or params["batch"]),
        version=version,
        on_device=session.get_providers()[0] != CPU,
        session=session,
        input_name=found.name,
        output_name=output.name,
    ).tried()


def _session(params: Params) -> tuple[Any, str]:
    """The runtime's session, and what identifies it."""
    try:
        import onnxruntime
    except ImportError:
        raise errors.MissingDependencyError("onnxruntime", "embedder 'onnx'", "onnx") from None
    path, providers = Path(params["model"]), params["providers"]
    if not path.is_file():
        raise errors.ParameterError("model", f"{params['model']!r} is not a file")
    there = onnxruntime.get_available_providers()
    if unknown := [name for name in providers if name not in there]:
        raise errors.ParameterError(
            "providers", f"{unknown[0]!r} is not in this onnxruntime (it has {', '.join(there)})"
        )
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = params["threads"]
    settings.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), settings, providers=providers)
    except Exception as error:
        raise errors.ParameterError("model", f"{params['model']!r} can't be loaded: {first_line(error)}") from error
    try:
        digest = digest_of(path)
    except OSError as error:
        raise errors.ParameterError("model", f"{error.filename!r} can't be read: {error.strerror}") from error
    return session, f"{digest} onnxruntime {onnxruntime.__version__} {','.join(session.get_providers())}"


def _named(what: str, there: Sequence[Any], name: str | None) -> Any:
    """The input or output of this name; the only one, if none is named."""
    names = [found.name for found in there]
    if name is None and len(there) == 1:
        return there[0]
    if name not in names:
        problem = f"the model has no {what} {name!r}" if name else f"the model has {len(there)} {what}s: name one"
        raise errors.ParameterError(what, f"{problem} ({', '.join(names)})")
    return there[names.index(name)]


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare onnx."""
    name = {"type": "string", "minLength": 1}
    options = {
        "model": {**name, "description": "Path of the ONNX file."},
        **OPTIONS,
        "input": {**name, "description": "Name of the model's input, if it has several."},
        "output": {**name, "description": "Name of the output that is the vector, if it has several."},
        "providers": {"type": "array", "items": name, "minItems": 1, "uniqueItems": True, "default": [CPU]},
        "threads": {
            "type": "integer",
            "minimum": 0,
            "default": 1,
            "description": "Threads for one call of the model; 0 for as many as there are cores.",
        },
    }
    return [embedder("onnx", load, options, __doc__ or "")]
