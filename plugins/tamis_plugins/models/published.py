"""What embedders have in common whose models others publish, each with its own preprocessing."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Embedder, Params, errors
from tamis_plugins.models.messages import first_line
from tamis_plugins.models.model import embedder
from tamis_plugins.models.preprocessing import Preprocessing
from tamis_plugins.models.torch_model import Torch, device_of, export, hash_of

#: Images per call of a model on a GPU, unless the user says otherwise.
GPU_BATCH = 32

_NAME = {"type": "string", "minLength": 1}
#: JSON Schema of the options, by name.
OPTIONS: dict[str, Any] = {
    "revision": {
        **_NAME,
        "description": "Commit, branch or tag of a model of the hub; by default that which is on this machine, or else "
        "the newest.",
    },
    "device": {**_NAME, "default": "auto", "description": "auto, which is a GPU if there is one; cpu, cuda or mps."},
    "precision": {
        "enum": ["auto", "full", "half"],
        "default": "auto",
        "description": "Whether it computes with 32 bits or, where that is safe, with 16; auto is 16 on a GPU.",
    },
    "batch": {
        "type": "integer",
        "minimum": 1,
        "description": f"Images per call of the model; by default 1, and {GPU_BATCH} on a GPU. Where memory doesn't "
        "do, it is halved.",
    },
}


def library(name: str, package: str, purpose: str, extra: str) -> Any:
    """A library that is imported.

    Raises:
        MissingDependencyError: it isn't installed.
        EmbeddingError: it is, and doesn't work.
    """
    try:
        return import_module(name)
    except ImportError as error:
        if error.name and error.name.partition(".")[0] in (name, "torch"):
            package = package if error.name.partition(".")[0] == name else "torch"
            raise errors.MissingDependencyError(package, purpose, extra, why="") from None
        problem: Exception = error
    except Exception as error:  # noqa: BLE001 (such as of parts that were built for one another's other versions)
        problem = error
    what = f"{type(problem).__name__}: {first_line(problem)}"
    raise errors.EmbeddingError(f"{package} is installed, and can't be imported: {what}") from problem


@contextmanager
def loading(name: str) -> Iterator[None]:
    """Say of what a library raises that the model can't be loaded."""
    try:
        yield
    except errors.TamisError:
        raise
    except Exception as error:
        causes = list(_causes(error))
        if any(isinstance(cause, pickle.UnpicklingError) or "weights_only" in str(cause) for cause in causes):
            message = "its weights hold more than numbers, such as code, or are damaged, and are not loaded; safe "
            raise errors.ParameterError("model", f"{name!r}: {message}are files .safetensors") from error
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise errors.ParameterError("model", f"{name!r} can't be loaded: {reason}") from error


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def made(
    params: Params,
    module: Any,
    stated: Mapping[str, Any],
    reference: Callable[[Image.Image], Any],
    made_by: Sequence[Any],
    of_texts: Callable[[Sequence[str], str], Any] | None = None,
    also: str = "",
) -> Torch:
    """A model on its device, tried on a black image.

    Args:
        params: With `OPTIONS`.
        module: Of images, vectors.
        stated: How images are fed to it, as options of `Preprocessing`.
        reference: The same as the library does it: of an image, ``(3, height, width)``.
        made_by: The libraries.
        of_texts: Of texts and the device, a tensor ``(k, dim)``.
        also: What vectors depend on beside the weights.

    Raises:
        ParameterError: it can't be fed so, or doesn't give vectors.
    """
    import torch

    device = device_of(torch, params["device"])
    half = params["precision"] == "half" or (params["precision"] == "auto" and device != "cpu")
    batch = params.get("batch", 1 if device == "cpu" else GPU_BATCH)
    preprocessing = Preprocessing.of({**stated, "batch": batch})
    _compare(preprocessing, reference)
    module = module.eval().requires_grad_(False).to(device)
    versions = " ".join(f"{each.__name__} {each.__version__}" for each in (torch, *made_by))
    fed = json.dumps(preprocessing.stated(), sort_keys=True)
    return Torch(
        preprocessing=preprocessing,
        version=f"{hash_of(torch, module)} {also} {fed} {versions} {device}{' half' if half else ''}",
        on_device=device != "cpu",
        torch=torch,
        module=module,
        device=device,
        half=half,
        of_texts=(lambda texts: of_texts(texts, device)) if of_texts else None,
    ).tried()


def _compare(preprocessing: Preprocessing, reference: Callable[[Image.Image], Any]) -> None:
    """Raise `ParameterError` unless a wide and a high image become what the library makes of them."""
    random = np.random.default_rng(0)
    limit = 1.01 / 255 / preprocessing.std.min()  # what rounding to a whole value makes, and no more
    for shape in ((200, 301, 3), (411, 150, 3)):
        rgb = random.integers(0, 256, shape, dtype=np.uint8)
        found = preprocessing.feed([preprocessing.fit(rgb)])[0]
        expected: npt.NDArray[Any] = np.asarray(reference(Image.fromarray(rgb)), dtype=np.float32)
        if found.shape != expected.shape or not np.abs(found - expected).max() <= limit:
            raise errors.ParameterError(
                "model",
                f"how it wants to be fed is not known here (of an image it makes {expected.shape}): run it by 'torch', "
                "with a function of yours, or as an ONNX file",
            )


def texts(texts: Sequence[str], options: Torch) -> npt.NDArray[Any]:
    """Vectors of texts. Raises `EmbeddingError` if the model knows none."""
    return options.texts(texts)


def published(
    name: str,
    load: Callable[[Params], Torch],
    options: Mapping[str, Any],
    doc: str,
    *,
    knows_texts: bool = False,
    check_texts: Callable[[Params], object] | None = None,
) -> Embedder:
    """Declare one whose models are loaded by that."""
    return embedder(name, load, {**options, **OPTIONS}, doc, export, texts if knows_texts else None, check_texts)
