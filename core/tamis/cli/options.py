"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tamis.cli.paths import PathParam
from tamis.cli.run_options import resource_options
from tamis.cli.saying import say

if TYPE_CHECKING:
    from tamis.dataset.dataset import Dataset
    from tamis.dataset.name_lists import NameList, NameLists
    from tamis.discovery.registry import Registry

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


def load_datasets(datasets: Iterable[str], catalogue: Path | None) -> dict[str, Dataset]:
    """Those of ``--dataset`` and of the file of ``--datasets``; the former win."""
    from tamis.dataset.catalogue import catalogue_of, read_catalogue

    return {**(read_catalogue(catalogue) if catalogue else {}), **catalogue_of(datasets)}


def load_config(config: Path, *, quiet: bool) -> Any:
    """The data of a config, and notes on how it was found."""
    from tamis.config.reading import read_config

    document = read_config(config)
    if not quiet:
        for note in document.notes:
            say(f"note: {note}")
    return document.data


def folder_of(config: Path) -> Path:
    """Where the files are that a config may name: beside it; the current folder for standard input."""
    return config.parent


def load_tasks(tasks: Iterable[str]) -> list[Any]:
    """What ``--task`` says, or its files hold."""
    from tamis.config.choices import parse_choice
    from tamis.config.reading import read_data

    return [parse_choice(task, "--task") if _is_choice(task) else read_data(task) for task in tasks]


def _is_choice(task: str) -> bool:
    """Whether it is a task itself, and not a file with one."""
    return task.lstrip().startswith("{") or ("=" in task.partition(":")[2] and not Path(task).is_file())


def load_dataset(
    inputs: Sequence[str], lightly: Path | None, annotations: Sequence[str], registry: Registry, *, quiet: bool
) -> Dataset:
    """The dataset of ``--input``, ``--lightly`` and ``--annotations``, and a note on what was passed over."""
    from tamis.cli.reporting import prints_to_stderr
    from tamis.dataset.inputs import open_inputs

    with prints_to_stderr():
        dataset = open_inputs(inputs, annotations, registry, lightly=lightly)
    if dataset.ignored and not quiet:
        kinds = sorted(dataset.ignored_kinds.items(), key=lambda kind: (-kind[1], kind[0]))
        shown = ", ".join(f"{count} {kind}" for kind, count in kinds[:5]) + ", ..." * (len(kinds) > 5)
        which = f": {shown}" if shown else ""
        say(f"{dataset.ignored} files without an image suffix are ignored{which}")
    return dataset


def load_name_lists(sources: Iterable[str], dataset: Dataset) -> NameLists:
    """What ``--candidates``, ``--exclude`` or ``--preselected`` names: a path that is there, or else a tag.

    Raises:
        DatasetError: there is neither.
        OutputError: it is no result of a selection.
    """
    from tamis.dataset.name_lists import NameLists

    return NameLists(tuple(_name_list(source, dataset) for source in sources))


def _name_list(source: str, dataset: Dataset) -> NameList:
    from tamis.data.names import read_names
    from tamis.dataset.name_lists import NameList
    from tamis.dataset.tags import names_in_tag
    from tamis.errors import DatasetError
    from tamis.results.files import MANIFEST
    from tamis.results.reading import read_picks

    path = Path(source)
    if path.name == MANIFEST or (path / MANIFEST).is_file():
        names, origin = read_picks(path)
        return NameList(names, source, origin)
    if path.is_file():
        return NameList(read_names(path), source)
    try:
        return NameList(names_in_tag(dataset, source), source)
    except DatasetError as error:
        what = f"a folder without {MANIFEST}, and no tag" if path.is_dir() else "neither a file nor a tag"
        raise DatasetError(f"{source!r} is {what}: {error}") from error
