"""ONNX models as the runtime runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy.typing as npt

from tamis import Params, errors
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.model import Model
from tamis_plugins.models.preprocessing import Floats

CPU = "CPUExecutionProvider"

#: JSON Schema of the options about what a model runs on, by name.
OPTIONS: dict[str, Any] = {
    "providers": {
        "type": "array",
        "items": {"type": "string", "minLength": 1},
        "minItems": 1,
        "uniqueItems": True,
        "default": [CPU],
        "description": "What the runtime runs it on, such as CUDAExecutionProvider.",
    },
    "threads": {
        "type": "integer",
        "minimum": 0,
        "default": 1,
        "description": "Threads for one call of the model; 0 for as many as there are cores.",
    },
}


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


def check_runtime(purpose: str, extra: str) -> None:
    """Raise `MissingDependencyError` if the runtime isn't installed, with what needs it and the extra that has it."""
    try:
        import onnxruntime  # noqa: F401 (to see whether it is there)
    except ImportError:
        raise errors.MissingDependencyError("onnxruntime", purpose, extra) from None


def open_session(model: str | bytes, params: Params) -> Any:
    """A session of the runtime.

    Args:
        model: The path of a model, or the model.
        params: With the options `OPTIONS`.

    Raises:
        ParameterError: it has no such provider, or can't load the model.
    """
    import onnxruntime

    there = onnxruntime.get_available_providers()
    if unknown := [name for name in params["providers"] if name not in there]:
        raise errors.ParameterError(
            "providers", f"{unknown[0]!r} is not in this onnxruntime (it has {', '.join(there)})"
        )
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = params["threads"]
    settings.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(model, settings, providers=params["providers"])
    except Exception as error:
        named = f"{model!r} " if isinstance(model, str) else ""
        raise errors.ParameterError("model", f"{named}can't be loaded: {first_line(error)}") from error


def version_of(session: Any, digest: str) -> str:
    """What identifies the vectors of a model with that digest: the runtime computes otherwise from one to another."""
    import onnxruntime

    return f"{digest} onnxruntime {onnxruntime.__version__} {','.join(session.get_providers())}"


def named(what: str, there: Sequence[Any], name: str | None) -> Any:
    """The input or output of this name; the only one, if none is named. Raises `ParameterError`."""
    names = [found.name for found in there]
    if name is None and len(there) == 1:
        return there[0]
    if name not in names:
        problem = f"the model has no {what} {name!r}" if name else f"the model has {len(there)} {what}s: name one"
        raise errors.ParameterError(what, f"{problem} ({', '.join(names)})")
    return there[names.index(name)]
