"""What the options that commands share stand for: configs, datasets, tasks and lists of names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr

if TYPE_CHECKING:
    from tamis.dataset.dataset import Dataset
    from tamis.dataset.name_lists import NameList, NameLists
    from tamis.discovery.registry import Registry


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
