"""Modules of PyTorch as ONNX."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

from tamis import errors
from tamis_plugins.models.messages import first_line


def as_onnx(module: Any, shape: tuple[int, ...], device: str = "cpu") -> bytes:
    """A module as ONNX, for batches of any number of images if it permits that, and else for so many as ``shape`` has.

    Args:
        module: A `torch.nn.Module` of one input and one output, in evaluation mode.
        shape: Of a batch.
        device: Where the module is.

    Raises:
        EmbeddingError: it can't be exported.
        MissingDependencyError: onnxscript isn't installed.
    """
    import torch

    try:
        import onnxscript  # noqa: F401 (the exporter needs it)
    except ImportError:
        raise errors.MissingDependencyError("onnxscript", "exporting a model", "torch") from None
    image = torch.zeros(max(shape[0], 2), *shape[1:], device=device)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        path = Path(folder, "model.onnx")
        try:
            torch.onnx.export(
                module,
                (image,),
                path,
                input_names=["image"],
                output_names=["tamis_embedding"],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                dynamo=True,
                external_data=False,
                verbose=False,
            )
        except Exception as error:
            raise errors.EmbeddingError(f"the model can't be written as ONNX: {first_line(error)}") from error
        return path.read_bytes()
