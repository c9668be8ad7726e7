"""ONNX files that say how images are fed to them, and give what the model gave that they were made of."""

from __future__ import annotations

import json
from typing import Any

import attrs
import numpy as np

from tamis import errors
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.model import Model
from tamis_plugins.models.onnx_session import OPTIONS as RUNTIME
from tamis_plugins.models.onnx_session import Onnx, check_runtime, open_session
from tamis_plugins.models.preprocessing import OPTIONS

#: The key of a file's metadata under which the options of its preprocessing stand, as a JSON object.
KEY = "tamis.preprocessing"
#: How far a vector may be from the original's, relative to the largest number in it.
TOLERANCE = 1e-4


def stated_by(session: Any) -> dict[str, Any]:
    """The options of preprocessing that a model's file states; none if it states nothing.

    Raises:
        ParameterError: what it states is no such options.
    """
    import jsonschema

    text = session.get_modelmeta().custom_metadata_map.get(KEY, "{}")
    try:
        stated: dict[str, Any] = json.loads(text)
        jsonschema.validate(stated, {"type": "object", "properties": OPTIONS, "additionalProperties": False})
    except (ValueError, RecursionError, jsonschema.ValidationError) as error:
        raise errors.ParameterError("model", f"its metadata {KEY!r} is wrong: {first_line(error)}") from error
    return stated


def exported(model: Model, content: bytes) -> bytes:
    """A model as ONNX that states its preprocessing, checked against the original.

    Args:
        model: The original.
        content: The same as ONNX, with one input and one output.

    Raises:
        EmbeddingError: it gives other vectors than the original.
    """
    check_runtime("checking a model", "onnx")
    try:
        import onnx
    except ImportError:
        raise errors.MissingDependencyError("onnx", "writing a model as ONNX", "pretrained") from None
    proto = onnx.load_model_from_string(content)
    onnx.helper.set_model_props(proto, {KEY: json.dumps(model.preprocessing.stated())})
    stating: bytes = proto.SerializeToString()
    params = {name: option["default"] for name, option in RUNTIME.items()}
    session = open_session(stating, params)
    written = Onnx(
        preprocessing=attrs.evolve(model.preprocessing, batch=1),
        version="",
        on_device=False,
        session=session,
        input_name=session.get_inputs()[0].name,
        output_name=session.get_outputs()[0].name,
    )
    far = _distance(model, written)
    if not far <= TOLERANCE:
        raise errors.EmbeddingError(f"the model as ONNX gives other vectors: they differ by {far:.1e} of the largest")
    return stating


def _distance(model: Model, written: Model) -> float:
    """The largest difference of vectors of generated images, relative to the largest number in each."""
    random = np.random.default_rng(0)
    width, height = model.preprocessing.size
    noise = random.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    ramp = np.broadcast_to(np.linspace(0, 255, width)[:, None], (height, width, 3)).astype(np.uint8)
    images = [*noise, ramp, np.zeros_like(ramp)]
    expected = model.preprocessing.run(images, model)
    found = written.preprocessing.run(images, written)
    return float(np.max(np.abs(found - expected) / np.abs(expected).max(axis=1, keepdims=True, initial=1e-12)))
