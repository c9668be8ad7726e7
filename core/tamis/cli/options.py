"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tamis.cli.paths import PathParam
from tamis.cli.run_options import resource_options

F = TypeVar("F", bound=Callable[..., Any])

#: The environment variable by which plugins are told not to download anything.
OFFLINE = "TAMIS_OFFLINE"
#: What the options of lists take.
LIST = "FILE|TAG|OUTDIR"


def dataset_options(required: bool) -> Callable[[F], F]:
    """``--input``, ``--lightly`` and ``--annotations``."""

    def decorate(function: F) -> F:
        for option in (
            click.option(
                "--annotations",
                "annotations",
                multiple=True,
                metavar="[NAME=]FORMAT:LOCATION",
                help="Predictions or metadata of the samples, such as lightly:labels; NAME calls its task, or begins "
                "its keys. Options of a format: FORMAT:LOCATION,OPTION=VALUE. Repeatable.",
            ),
            click.option(
                "--lightly",
                type=PathParam(),
                metavar="DIR",
                help="Folder that holds .lightly/ (default: what comes along with the input); for one at a URL, "
                "--annotations lightly:URL.",
            ),
            click.option(
                "--input",
                "inputs",
                multiple=True,
                required=required,
                metavar="[LABEL=]LOCATION",
                help="Where the images are: a folder, with its sub-folders; a list of files (.txt, .csv); a URL, such "
                "as s3://bucket/photos; or what another source takes, SOURCE:LOCATION[,OPTION=VALUE...]. Repeatable: "
                "samples are then named LABEL/path.",
            ),
        ):
            function = option(function)
        return function

    return decorate


def run_options(function: F) -> F:
    """``--strict``, ``--force``, ``--quiet``, and those of `resource_options`."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="No progress and no notes; errors only."),
        click.option("--force", is_flag=True, help="Replace results that are there already."),
        click.option("--strict", is_flag=True, help="Fail if anything fails on any sample."),
    ):
        function = option(function)
    return resource_options(function)


def spreadsheets_option(function: F) -> F:
    """``--for-spreadsheets``."""
    return click.option(
        "--for-spreadsheets",
        is_flag=True,
        help="Put an apostrophe before names and categories that a spreadsheet would take for formulas.",
    )(function)


def task_option(function: F) -> F:
    """``--task``."""
    return click.option(
        "--task",
        "tasks",
        multiple=True,
        metavar="NAME:OPTION=VALUE,...|FILE",
        help="An auto task, such as lightly_pretagging:model=x.onnx,layout=coco80; or that as JSON, or a file with it. "
        "Repeatable.",
    )(function)


def offline_option(function: F) -> F:
    """``--offline``."""
    return click.option(
        "--offline",
        is_flag=True,
        expose_value=False,
        callback=_offline,
        help="Download no model: take those only that are on this machine.",
    )(function)


def _offline(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    """Tell the plugins, in the processes of workers as well, until the command has ended."""
    if wanted:
        before = os.environ.get(OFFLINE)
        os.environ[OFFLINE] = "1"
        context.call_on_close(lambda: _restore(before))


def _restore(before: str | None) -> None:
    os.environ.pop(OFFLINE)
    if before is not None:
        os.environ[OFFLINE] = before


def embedder_options(function: F) -> F:
    """``--embedder``, ``--no-normalize`` and ``--offline``."""
    function = offline_option(function)
    for option in (
        click.option(
            "--no-normalize", is_flag=True, help="Take vectors as they are, instead of scaling them to unit length."
        ),
        click.option(
            "--embedder",
            default="descriptor",
            show_default=True,
            metavar="NAME[:OPTION=VALUE,...]",
            help="What makes embeddings: a plugin, and its options; or a JSON object.",
        ),
    ):
        function = option(function)
    return function


def name_lists_options(function: F) -> F:
    """``--candidates``, ``--exclude`` and ``--preselected``."""
    for option in (
        click.option(
            "--preselected",
            multiple=True,
            metavar=LIST,
            help="Samples that are selected already: they count, and are not picked again. Repeatable.",
        ),
        click.option(
            "--exclude",
            multiple=True,
            metavar=LIST,
            help="Samples that take no part, even if they are candidates. Repeatable.",
        ),
        click.option(
            "--candidates",
            multiple=True,
            metavar=LIST,
            help="The only samples that may be picked: a file with a name on each line, such as a selected.txt; a "
            "tag; or what an earlier run has selected, by its OUTDIR. What is neither one of them nor preselected "
            "counts in nothing. Repeatable.",
        ),
    ):
        function = option(function)
    return function


def other_datasets_options(function: F) -> F:
    """``--dataset`` and ``--datasets``."""
    for option in (
        click.option(
            "--datasets",
            "catalogue",
            type=PathParam(),
            metavar="FILE",
            help='Other datasets, as JSON: {"ID": "DIR", ...}.',
        ),
        click.option(
            "--dataset",
            "datasets",
            multiple=True,
            metavar="ID=DIR",
            help="Another dataset, which an EMBEDDINGS input names by dataset_id. Repeatable.",
        ),
    ):
        function = option(function)
    return function
