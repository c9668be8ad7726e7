"""Files of published models: from the hub of Hugging Face, downloaded once, and from then on from this machine.

Nothing is asked of the network if the files are here. Where one of these environment variables is set, nothing ever
is: ``TAMIS_OFFLINE``, which ``--offline`` sets, ``HF_HUB_OFFLINE`` and ``TRANSFORMERS_OFFLINE``.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tamis import errors, report_download
from tamis_plugins.models.preprocessing import first_line

#: What tells a library to use no network.
OFFLINE = ("TAMIS_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
#: What the files of weights are called, the likeliest to be safe and complete first.
STEMS = ("model", "open_clip_model", "open_clip_pytorch_model", "pytorch_model")
ENDINGS = (".safetensors", ".bin", ".pth", ".pt")
#: Files that say what a model is and how it is fed, but for its weights.
SMALL = re.compile(r"[^/]+\.(json|txt|model|jinja)")
#: Seconds between two reports of how far a download is.
INTERVAL = 0.2

Chooser = Callable[[Collection[str]], list[str]]


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
        near = errors.did_you_mean(repository, _repositories())
        raise errors.ParameterError(
            "model", f"{repository!r} is not on this machine, and {variable} says not to download it{near}"
        )
    return _downloaded(repository, revision, choose)


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
def _asking(repository: str, revision: str | None) -> Iterator[None]:
    """Say of what the hub or the network answers what it means. Raises `ParameterError`."""
    from huggingface_hub import errors as hub

    try:
        yield
    except hub.GatedRepoError:
        message = "has terms to agree to: do so on its page, and log in with 'hf auth login'"
        raise errors.ParameterError("model", f"{repository!r} {message}") from None
    except hub.RepositoryNotFoundError:
        near = errors.did_you_mean(repository, _repositories())
        message = f"there is no model {repository!r} on the hub, or it is private{near}"
        raise errors.ParameterError("model", message) from None
    except hub.RevisionNotFoundError:
        raise errors.ParameterError("revision", f"model {repository!r} has no revision {revision!r}") from None
    except Exception as error:  # libraries of the network raise all sorts of things
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise errors.ParameterError(
            "model", f"{repository!r} is not on this machine, and can't be downloaded: {first_line(cause)}"
        ) from error


def _downloaded(repository: str, revision: str | None, choose: Chooser) -> tuple[Path, list[str]]:
    """The small files first: where the weights are, all is."""
    from huggingface_hub import HfApi

    with _asking(repository, revision):
        info = HfApi().model_info(repository, revision=revision, files_metadata=True)
    sizes = {each.rfilename: each.size or 0 for each in info.siblings or ()}
    chosen = choose(sizes)
    if not chosen:
        raise errors.ParameterError(
            "model", f"{repository!r} has no weights that can be loaded here{_of_files(sorted(sizes))}"
        )
    wanted = [name for name in sizes if SMALL.fullmatch(name) and name not in chosen] + chosen
    before, total, place = 0, sum(sizes[name] for name in wanted), Path()
    with ThreadPoolExecutor(1) as pool, _counter() as (bar, count):
        for name in wanted:
            future = pool.submit(_download, repository, name, revision, bar)
            while not future.done():
                wait([future], INTERVAL)
                report_download(before + min(count(), sizes[name]), total)
            place, before = future.result().parent, before + sizes[name]
    report_download(total, total)
    return place, chosen


def _download(repository: str, name: str, revision: str | None, bar: type[Any]) -> Path:
    """One file, in a thread of its own, so that the other can tell how far it is."""
    from huggingface_hub import hf_hub_download

    with _asking(repository, revision):
        return Path(hf_hub_download(repository, name, revision=revision, tqdm_class=bar))


def _of_files(names: list[str]) -> str:
    shown = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
    return f" (it has {shown})" if names else ""


@contextmanager
def _counter() -> Iterator[tuple[type[Any], Callable[[], int]]]:
    """A class of progress bars that shows nothing, and how many bytes the newest has counted."""
    from tqdm.std import tqdm

    newest: list[Any] = []
    stopped: list[bool] = []

    class Counting(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            kwargs.pop("name", None)
            super().__init__(*args, **{**kwargs, "file": io.StringIO(), "disable": False})
            newest[:] = [self]

        def update(self, n: float | None = 1) -> Any:
            if stopped:  # the caller has given up: so does the thread that downloads
                raise InterruptedError("stopped")
            return super().update(n)

    try:
        yield Counting, lambda: int(newest[0].n) if newest else 0
    except BaseException:
        stopped.append(True)
        raise


def _repositories() -> list[str]:
    """Models of the hub that are on this machine."""
    from huggingface_hub import constants, scan_cache_dir

    try:
        found = scan_cache_dir(constants.HF_HUB_CACHE)
        return sorted(each.repo_id for each in found.repos if each.repo_type == "model")
    except Exception:  # noqa: BLE001 (there is no such folder, or it is damaged)
        return []


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
