"""What a run may use, as options: where to work, and a store."""

from __future__ import annotations

import functools
import hashlib
import math
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from tamis.cli.paths import PathParam
from tamis.cli.saying import say

if TYPE_CHECKING:
    from tamis.store.store import FingerprintKind, Store

F = TypeVar("F", bound=Callable[..., Any])


@attrs.frozen
class RunOptions:
    """What ``--jobs``, ``--timeout``, ``--executor``, ``--store``, ``--no-store`` and ``--fingerprint`` say.

    Attributes:
        jobs: How many processes; None for what the executor does by itself.
        timeout: Seconds for an image.
        executor: Which, and its options.
        folder: Of the store; None for the usual place.
        stores: Whether there is to be a store.
        fingerprint: What stands for a file's content.
    """

    jobs: int | None = None
    timeout: float | None = None
    executor: str = "local"
    folder: Path | None = None
    stores: bool = True
    fingerprint: FingerprintKind = "stat"

    def arguments(self, inputs: Sequence[str], *, quiet: bool) -> dict[str, Any]:
        """Arguments of `tamis.compute` and `tamis.select` for these inputs."""
        from tamis.config.choices import parse_choice

        given = {name: value for name, value in (("jobs", self.jobs), ("timeout", self.timeout)) if value is not None}
        return {
            "executor": {**given, **parse_choice(self.executor, "--executor")},
            "store": self._store(inputs, quiet=quiet),
        }

    def _store(self, inputs: Sequence[str], *, quiet: bool) -> Store | None:
        from tamis.store.store import Store

        if not self.stores:
            return None
        if self.folder:
            return Store(self.folder, fingerprint=self.fingerprint, patience=math.inf)
        try:  # nobody has asked for it, so a run doesn't end for want of it
            folder = usual_store(inputs)
            problem = f"{str(folder.parent)!r} can't be written to"
            folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # names and values are nobody else's
            if os.access(folder.parent, os.W_OK | os.X_OK):
                return Store(folder, fingerprint=self.fingerprint, patience=math.inf)
        except OSError:
            pass
        except (RuntimeError, KeyError):  # neither HOME nor a user of this number
            problem = "there is no home folder"
        if not quiet:
            say(f"note: nothing is stored, since {problem}")
        return None


def usual_store(inputs: Sequence[str]) -> Path:
    """Where the store of these inputs is, unless ``--store`` says otherwise: below the user's cache folder."""
    from platformdirs import user_cache_path

    places = [os.path.realpath(text) if os.path.lexists(text) else text for text in inputs]
    digest = hashlib.sha256(os.fsencode("\n".join(places))).hexdigest()[:12]
    last = places[0].rstrip("/").rpartition("/")[2]
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in last)[:40]
    return user_cache_path("tamis", appauthor=False) / "stores" / f"{name}-{digest}"


def resource_options(function: F) -> F:
    """The options; the function gets them as ``options``."""

    @functools.wraps(function)
    def collected(
        *args: Any,
        jobs: int | None,
        timeout: float | None,
        executor: str,
        store: Path | None,
        no_store: bool,
        fingerprint: FingerprintKind,
        max_pixels: int | None,
        **kwargs: Any,
    ) -> Any:
        if store and no_store:
            raise click.UsageError("--store and --no-store exclude each other")
        if max_pixels:
            import warnings

            from PIL import Image

            from tamis.dataset.decoder import limit_pixels

            limit_pixels(max_pixels)
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # so many are asked for
        options = RunOptions(jobs, timeout, executor, store, not no_store, fingerprint)
        return function(*args, options=options, **kwargs)

    decorated: Any = collected
    for option in (
        click.option(
            "--fingerprint",
            type=click.Choice(["stat", "sha256"]),
            default="stat",
            show_default=True,
            help="How to tell whether a file has changed: by size and time of modification, or by content.",
        ),
        click.option(
            "--max-pixels",
            type=click.IntRange(min=1),
            metavar="N",
            help="Decode images of up to N pixels (default: 178,956,970), half as many of 32 bits a value. What needs "
            "no pixels has no limit.",
        ),
        click.option("--no-store", is_flag=True, help="Neither reuse nor keep what is measured."),
        click.option(
            "--store",
            type=PathParam(),
            metavar="DIR",
            help="Where to keep what is measured, for the next run (default: the user's cache folder).",
        ),
        click.option(
            "--executor",
            default="local",
            show_default=True,
            metavar="NAME[:OPTION=VALUE,...]",
            help="Where to measure: a plugin, and its options.",
        ),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0),
            metavar="SECONDS",
            help="Give an image up after so long (default: 120; 0: never).",
        ),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(min=1),
            help="How many processes to measure with (default: all cores).",
        ),
    ):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]
