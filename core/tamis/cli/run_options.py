"""What a run may use, as options: processes, and a store."""

from __future__ import annotations

import functools
import hashlib
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from tamis.cli.paths import PathParam

if TYPE_CHECKING:
    from tamis.store.store import FingerprintKind, Store

F = TypeVar("F", bound=Callable[..., Any])


@attrs.frozen
class RunOptions:
    """What ``--jobs``, ``--timeout``, ``--store``, ``--no-store`` and ``--fingerprint`` say.

    Attributes:
        jobs: How many processes.
        timeout: Seconds for an image.
        folder: Of the store; None for the usual place.
        stores: Whether there is to be a store.
        fingerprint: What stands for a file's content.
    """

    jobs: int = 1
    timeout: float | None = None
    folder: Path | None = None
    stores: bool = True
    fingerprint: FingerprintKind = "stat"

    @contextmanager
    def arguments(self, images: Path, *, quiet: bool) -> Iterator[dict[str, Any]]:
        """Arguments of `tamis.compute` and `tamis.select` for a folder of images."""
        from tamis.measuring.workers import Workers

        with Workers(self.jobs, timeout=self.timeout) as workers:
            yield {"executor": workers, "store": self._store(images, quiet=quiet)}

    def _store(self, images: Path, *, quiet: bool) -> Store | None:
        from tamis.store.store import Store

        if not self.stores:
            return None
        if self.folder:
            return Store(self.folder, fingerprint=self.fingerprint, patience=math.inf)
        folder = usual_store(images)
        try:  # nobody has asked for it, so a run doesn't end for want of it
            folder.parent.mkdir(parents=True, exist_ok=True)
            usable = os.access(folder.parent, os.W_OK | os.X_OK)
        except OSError:
            usable = False
        if not usable and not quiet:
            click.echo(f"note: nothing is stored, since {str(folder.parent)!r} can't be written to", err=True)
        return Store(folder, fingerprint=self.fingerprint, patience=math.inf) if usable else None


def usual_store(images: Path) -> Path:
    """Where the store of a folder of images is, unless ``--store`` says otherwise: below the user's cache folder."""
    from platformdirs import user_cache_path

    root = images.resolve()
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in root.name)[:40]
    return user_cache_path("tamis", appauthor=False) / "stores" / f"{name}-{digest}"


def resource_options(function: F) -> F:
    """The options; the function gets them as ``options``."""

    @functools.wraps(function)
    def collected(
        *args: Any,
        jobs: int,
        timeout: float | None,
        store: Path | None,
        no_store: bool,
        fingerprint: FingerprintKind,
        **kwargs: Any,
    ) -> Any:
        if store and no_store:
            raise click.UsageError("--store and --no-store exclude each other")
        return function(*args, options=RunOptions(jobs, timeout, store, not no_store, fingerprint), **kwargs)

    decorated: Any = collected
    for option in (
        click.option(
            "--fingerprint",
            type=click.Choice(["stat", "sha256"]),
            default="stat",
            show_default=True,
            help="How to tell whether a file has changed: by size and time of modification, or by content.",
        ),
        click.option("--no-store", is_flag=True, help="Neither reuse nor keep what is measured."),
        click.option(
            "--store",
            type=PathParam(),
            metavar="DIR",
            help="Where to keep what is measured, for the next run (default: the user's cache folder).",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help="Give an image up after so long (default: never).",
        ),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(min=1),
            default=_cores,
            show_default="all cores",
            help="How many processes to measure with.",
        ),
    ):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
