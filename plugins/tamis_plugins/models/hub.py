"""Files of published models: from the hub of Hugging Face, downloaded once, and from then on from this machine.

Nothing is asked of the network if the files are here. Where one of these environment variables is set, nothing ever
is: ``TAMIS_OFFLINE``, which ``--offline`` sets, ``HF_HUB_OFFLINE`` and ``TRANSFORMERS_OFFLINE``.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tamis import errors
from tamis_plugins.models.downloading import Chooser, downloaded, repositories
from tamis_plugins.models.messages import first_line

#: What tells a library to use no network.
OFFLINE = ("TAMIS_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
#: What the files of weights are called, the likeliest to be safe and complete first.
STEMS = ("model", "open_clip_model", "open_clip_pytorch_model", "pytorch_model")
ENDINGS = (".safetensors", ".bin", ".pth", ".pt")


def offline() -> str | None:
    """The environment variable that says to use no network, if one does."""
    yes = ("1", "true", "yes", "on")
    return next((name for name in OFFLINE if os.environ.get(name, "").lower() in yes), None)


def weights_among(names: Collection[str]) -> list[str]:
    """The files of weights among those of a folder: one, or all parts of one; none if there are no weights."""
    for ending in ENDINGS:
        for stem in STEMS:
            if f"{stem}{ending}" in names:
                return [f"{stem}{ending}"]
            part = re.compile(rf"{stem}-\d+-of-(\d+){re.escape(ending)}")
            parts = sorted(name for name in names if part.fullmatch(name))
            if parts and len(parts) == int(part.fullmatch(parts[0])[1]):  # type: ignore[index]
                return parts
    return []


def fetched(repository: str, revision: str | None, choose: Chooser = weights_among) -> tuple[Path, list[str]]:
    """A folder with the files of a model of the hub, and the names of those that were chosen.

    Args:
        repository: Such as ``facebook/dinov2-small``.
        revision: A commit, branch or tag; by default what is here, or else the newest.
        choose: Of the names of all files, those that are large and needed; none if what is needed isn't there.

    Raises:
        ParameterError: there is no such model or revision, it lacks what is needed, or it isn't here and can't be had.
        Cancelled: the caller doesn't want to wait for it.
    """
    folder = here(repository, revision)
    if folder and (chosen := choose([path.name for path in folder.iterdir()])):
        return folder, chosen
    if variable := offline():
        near = errors.did_you_mean(repository, repositories())
        raise errors.ParameterError(
            "model", f"{repository!r} is not on this machine, and {variable} says not to download it{near}"
        )
    return downloaded(repository, revision, choose)


def here(repository: str, revision: str | None) -> Path | None:
    """Where the files of a model are that have been downloaded; None if there are none.

    Raises:
        ParameterError: that is no name of a model.
    """
    from huggingface_hub import errors as hub
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, revision=revision, local_files_only=True))
    except hub.HFValidationError as error:
        raise errors.ParameterError("model", f"{repository!r} is no name of a model: {first_line(error)}") from None
    except Exception:  # noqa: BLE001 (whatever is wrong with what is here, it isn't here)
        return None


@contextmanager
def local_only() -> Iterator[None]:
    """While a library makes a model of files that are here: it asks nothing of the hub, and shows no bars."""
    from huggingface_hub import constants
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    before, shown = constants.HF_HUB_OFFLINE, not are_progress_bars_disabled()
    constants.HF_HUB_OFFLINE = True
    disable_progress_bars()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
        if shown:
            enable_progress_bars()


def digest_of(paths: Iterable[Path]) -> str:
    """A hash of the contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.name} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
