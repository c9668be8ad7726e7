"""``--shard``: a run over one part of its dataset, for as many machines as there are parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tamis.cli.saying import say

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions
    from tamis.dataset.dataset import Dataset

F = TypeVar("F", bound=Callable[..., Any])
#: Which shard, and of how many.
Which = tuple[int, int]


class ShardParam(click.ParamType):  # type: ignore[type-arg]
    """I/N: the I-th of N shards, from 1."""

    name = "shard"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Which:
        """Check and convert it."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", value, re.ASCII)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r} is no shard: say which of how many, from 1, such as 1/4 to 4/4", param, ctx)
        return int(found[1]), int(found[2])


def shard_option(function: F) -> F:
    """``--shard``."""
    return click.option(
        "--shard",
        type=ShardParam(),
        metavar="I/N",
        help="Do only the I-th of N parts of the images, and mark it as done in the store: for N machines, each with "
        "a store of its own, which `tamis store merge` makes one.",
    )(function)


def sharded(dataset: Dataset, shard: Which | None, options: RunOptions, *, quiet: bool) -> Dataset:
    """The shard of a dataset, if one is asked for, with a note on what it is."""
    if shard is None:
        return dataset
    if options.folder is None and options.stores:
        raise click.UsageError("--shard needs a store of its own: --store DIR, for `tamis store merge`, or --no-store")
    found = dataset.shard(*shard)
    if found.sharded and not quiet:
        of = found.sharded
        say(f"shard {of}: images {of.start + 1:,} to {of.stop:,} of {of.samples:,}")
    return found
