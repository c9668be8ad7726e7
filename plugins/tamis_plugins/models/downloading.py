"""Downloading files of a model from the hub of Hugging Face, telling how far that is."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tamis import errors, report_download
from tamis_plugins.models.messages import first_line

#: Files that say what a model is and how it is fed, but for its weights.
DESCRIPTIONS = re.compile(r"[^/]+\.(json|txt|model|jinja)")
#: Seconds between two reports of how far a download is.
INTERVAL = 0.2

#: Of the names of all files, those that are large and needed.
Chooser = Callable[[Collection[str]], list[str]]


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
        near = errors.did_you_mean(repository, repositories())
        message = f"there is no model {repository!r} on the hub, or it is private{near}"
        raise errors.ParameterError("model", message) from None
    except hub.RevisionNotFoundError:
        raise errors.ParameterError("revision", f"model {repository!r} has no revision {revision!r}") from None
    except Exception as error:  # libraries of the network raise all sorts of things
        cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
        raise errors.ParameterError(
            "model", f"{repository!r} is not on this machine, and can't be downloaded: {first_line(cause)}"
        ) from error


def downloaded(repository: str, revision: str | None, choose: Chooser) -> tuple[Path, list[str]]:
    """The folder of a model, and the names of the files chosen; the small ones first: where the weights are, all is.

    Raises:
        ParameterError: there is no such model or revision, it lacks what is needed, or it can't be had.
        Cancelled: the caller doesn't want to wait for it.
    """
    from huggingface_hub import HfApi

    with _asking(repository, revision):
        info = HfApi().model_info(repository, revision=revision, files_metadata=True)
    sizes = {each.rfilename: each.size or 0 for each in info.siblings or ()}
    chosen = choose(sizes)
    if not chosen:
        raise errors.ParameterError(
            "model", f"{repository!r} has no weights that can be loaded here{_of_files(sorted(sizes))}"
        )
    wanted = [name for name in sizes if DESCRIPTIONS.fullmatch(name) and name not in chosen] + chosen
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


def repositories() -> list[str]:
    """Models of the hub that are on this machine."""
    from huggingface_hub import constants, scan_cache_dir

    try:
        found = scan_cache_dir(constants.HF_HUB_CACHE)
        return sorted(each.repo_id for each in found.repos if each.repo_type == "model")
    except Exception:  # noqa: BLE001 (there is no such folder, or it is damaged)
        return []
