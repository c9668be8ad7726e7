"""A small network trained on your own images without labels, by SimCLR; experimental.

Two random crops of an image, with their colours changed, are to be near each other and far from those of other images
(Chen et al., "A Simple Framework for Contrastive Learning of Visual Representations", 2020). The loss, the projection
head and the transforms are those of the Lightly framework, the network is torchvision's ResNet-18 at ``size`` pixels,
from random weights; the vectors are its 512 features before the projection head. On the few photographs that it was
measured on it tells classes apart worse than descriptor.

`tamis embed train --input DIR -o MODEL.onnx` trains and writes an ONNX file that normalises its input itself, to embed
with: ``--embedder onnx:model=MODEL.onnx``. After every epoch ``MODEL.onnx.checkpoint`` is replaced, and a training that
was interrupted goes on from there, to the same model as without. At most ``images`` images are used.

Needs lightly, torch and torchvision: ``pip install 'tamis[ssl]'``.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Dataset, Embedder, Params, errors, hookimpl
from tamis_plugins.models.torch_onnx import as_onnx
from tamis_plugins.views.rgb_image import rgb_image

#: Images are kept this much larger than what the network sees, for crops.
_MARGIN = 1.25

Pixels = npt.NDArray[np.uint8]


@attrs.frozen
class Libraries:
    """What the extra brings."""

    torch: Any
    head: Any
    loss: Any
    transform: Any
    resnet18: Any

    @classmethod
    def imported(cls) -> Libraries:
        """Raises `MissingDependencyError`."""
        try:
            import torch
            from lightly.loss import NTXentLoss
            from lightly.models.modules import SimCLRProjectionHead
            from lightly.transforms import SimCLRTransform
            from torchvision.models import resnet18
        except ImportError as error:
            raise errors.MissingDependencyError(error.name or "lightly", "training an embedder", "ssl") from None
        return cls(torch, SimCLRProjectionHead, NTXentLoss, SimCLRTransform, resnet18)


class Training:
    """A training, as far as it has come."""

    def __init__(self, libraries: Libraries, params: Params) -> None:
        self._of, self._params = libraries, params
        torch = libraries.torch
        with _seeded(torch, params["seed"]):
            backbone = libraries.resnet18(weights=None)
            backbone.fc = torch.nn.Identity()
            self._head = libraries.head(512, 512, 128)
        self._backbone = backbone
        weights = [*backbone.parameters(), *self._head.parameters()]
        self._optimizer = torch.optim.AdamW(weights, lr=params["learning_rate"], weight_decay=1e-4)
        self._loss = libraries.loss(temperature=params["temperature"])
        self._transform = libraries.transform(
            input_size=params["size"], min_scale=0.5, cj_strength=0.5, gaussian_blur=0.0, normalize=_NORMALIZE
        )
        self.losses: list[float] = []

    def state(self) -> dict[str, Any]:
        """All that the next epoch depends on."""
        parts = {"backbone": self._backbone, "head": self._head, "optimizer": self._optimizer}
        return {**{name: part.state_dict() for name, part in parts.items()}, "losses": self.losses}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        for name, part in (("backbone", self._backbone), ("head", self._head), ("optimizer", self._optimizer)):
            part.load_state_dict(state[name])
        self.losses = list(state["losses"])

    def epoch(self, images: list[Pixels]) -> None:
        """See every image once, but for those left over from the last batch."""
        torch, size = self._of.torch, min(self._params["batch"], len(images))
        self._backbone.train(), self._head.train()
        losses = []
        with _seeded(torch, self._params["seed"] + 1 + len(self.losses)):
            order = torch.randperm(len(images)).tolist()
            for start in range(0, len(order) - size + 1, size):
                one, other = self._pair([images[row] for row in order[start : start + size]])
                loss = self._loss(one, other)
                self._optimizer.zero_grad()
                loss.backward()
                self._optimizer.step()
                losses.append(float(loss.detach()))
        self.losses.append(sum(losses) / len(losses))

    def check(self, images: list[Pixels]) -> tuple[float, float]:
        """The loss of pairs as they are trained on, and that of images paired with one another at random."""
        torch = self._of.torch
        images = images[: self._params["batch"]]
        self._backbone.eval(), self._head.eval()
        with _seeded(torch, self._params["seed"]), torch.no_grad():
            one, other = self._pair(images)
            shuffled = other[torch.roll(torch.arange(len(images)), 1)]
            return float(self._loss(one, other)), float(self._loss(one, shuffled))

    def _pair(self, images: list[Pixels]) -> tuple[Any, Any]:
        torch = self._of.torch
        views = [self._transform(Image.fromarray(image)) for image in images]
        both = torch.cat([torch.stack([view[side] for view in views]) for side in (0, 1)])
        projected = self._head(self._backbone(both).flatten(start_dim=1))
        return projected[: len(images)], projected[len(images) :]

    def export(self, path: Path) -> None:
        """Write the network as ONNX, for pixels in 0..1."""
        torch, size = self._of.torch, self._params["size"]
        mean, std = (torch.tensor(_NORMALIZE[name]).view(1, 3, 1, 1) for name in ("mean", "std"))

        class Embed(torch.nn.Module):  # type: ignore[misc, name-defined]
            def __init__(self, backbone: Any) -> None:
                super().__init__()
                self.backbone = backbone
                self.register_buffer("mean", mean)
                self.register_buffer("std", std)

            def forward(self, image: Any) -> Any:
                return self.backbone((image - self.mean) / self.std)

        path.write_bytes(as_onnx(Embed(self._backbone).eval(), (2, 3, size, size)))


_NORMALIZE = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def train(dataset: Dataset, params: Params, path: Path, report: Callable[[int, int], None]) -> list[str]:
    """Train, and write the model to ``path``; notes on what came of it."""
    libraries = Libraries.imported()
    torch = libraries.torch
    rows = np.random.default_rng(params["seed"]).permutation(len(dataset))[: params["images"]]
    names = [dataset.samples[row] for row in sorted(rows)]
    done = 0
    images, unread = _small(dataset, names, round(params["size"] * _MARGIN), lambda: report(done, params["epochs"]))
    if len(images) < 2:
        raise errors.EmbeddingError(f"a training needs at least 2 images that can be read, and there are {len(images)}")
    digest = hashlib.sha256(json.dumps([dict(params), names, torch.__version__], sort_keys=True).encode())
    for image in images:
        digest.update(image.tobytes())
    training, checkpoint = Training(libraries, params), path.with_name(f"{path.name}.checkpoint")
    if checkpoint.exists():
        training.restore(_read(torch, checkpoint, digest.hexdigest()))
    while len(training.losses) < params["epochs"]:
        training.epoch(images)
        _write(lambda file: torch.save({"of": digest.hexdigest(), **training.state()}, file), checkpoint)
        report(len(training.losses), params["epochs"])
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        training.export(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    checkpoint.unlink(missing_ok=True)
    return list(_notes(training, images, unread))


def _notes(training: Training, images: list[Pixels], unread: list[str]) -> Iterator[str]:
    if unread:
        yield f"{len(unread)} images could not be read, such as {unread[0]}"
    paired, shuffled = training.check(images)
    yield f"loss {paired:.3f} for two views of one image, {shuffled:.3f} for views of different ones"
    if paired > 0.9 * shuffled:
        yield "the training has not converged: views of one image are hardly nearer than those of different ones"


def _small(
    dataset: Dataset, names: list[str], side: int, cancelled: Callable[[], None]
) -> tuple[list[Pixels], list[str]]:
    """Images at a square size, stretched as the embedder onnx does it, and what could not be read."""
    if dataset.images is None:
        raise errors.DatasetError("the dataset has no images to train on")
    images, unread = [], []
    for name in names:
        cancelled()
        try:
            with dataset.image(name) as opened:
                image = rgb_image(opened).resize((side, side), Image.Resampling.BILINEAR)
                images.append(np.asarray(image))
        except Exception as error:  # noqa: BLE001 (decoders raise all sorts of things)
            unread.append(f"{name}: {error}")
    return images, unread


def _read(torch: Any, checkpoint: Path, digest: str) -> dict[str, Any]:
    """A checkpoint, if it is of this training."""
    try:
        state = torch.load(checkpoint, weights_only=True)
        same = state["of"] == digest
    except Exception as error:
        raise errors.EmbeddingError(f"{checkpoint}: not a checkpoint: remove it to begin anew ({error})") from error
    if not same:
        raise errors.EmbeddingError(
            f"{checkpoint} is of a training with other images, options or another version: remove it to begin anew"
        )
    loaded: dict[str, Any] = state
    return loaded


def _write(content: Callable[[Any], None], path: Path) -> None:
    """Replace a file by a whole one."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        content(file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


@contextmanager
def _seeded(torch: Any, seed: int) -> Iterator[None]:
    """Draw from this seed within the block, and leave the generators of the process as they were."""
    before = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare ssl."""
    schema = {
        "properties": {
            "epochs": {"type": "integer", "minimum": 1, "default": 40, "description": "Times to see every image."},
            "seed": {"type": "integer", "minimum": 0, "default": 0},
            "size": {"type": "integer", "minimum": 32, "default": 64, "description": "Pixels across that it sees."},
            "batch": {"type": "integer", "minimum": 2, "default": 64},
            "learning_rate": {"type": "number", "exclusiveMinimum": 0, "default": 5e-4},
            "temperature": {"type": "number", "exclusiveMinimum": 0, "default": 0.2},
            "images": {
                "type": "integer",
                "minimum": 2,
                "default": 20_000,
                "description": "Train on so many at most, drawn at random; they are kept in memory.",
            },
        }
    }
    return [Embedder("ssl", train=train, schema=schema, doc=__doc__ or "")]
