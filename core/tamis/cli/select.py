"""``tamis select``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from tamis.cli.loading import folder_of, load_config, load_dataset, load_datasets, load_name_lists, load_tasks
from tamis.cli.options import (
    dataset_options,
    embedder_options,
    name_lists_options,
    other_datasets_options,
    run_options,
    task_option,
)
from tamis.cli.paths import PathParam, hold
from tamis.cli.recorded_command import recorded_command
from tamis.cli.report import FORMAT, report_option
from tamis.cli.reporting import prints_to_stderr, progress, report_failures, standard_output
from tamis.cli.saying import say

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions
    from tamis.results.selection import Selection


@click.command()
@click.argument("config", type=PathParam())
@dataset_options(required=True)
@task_option
@embedder_options
@other_datasets_options
@click.option("-o", "--output", type=PathParam(), metavar="OUTDIR", help="Folder for the result files.")
@click.option("--report", is_flag=True, help="Write report.html to OUTDIR too: a page to look at.")
@report_option
@click.option("--json", "as_json", is_flag=True, help="Print the manifest instead of the names.")
@click.option(
    "--write-predictions",
    type=PathParam(),
    metavar="DIR",
    help="Write what auto tasks predict below DIR/.lightly/predictions.",
)
@name_lists_options
@click.option(
    "--memory",
    type=click.FloatRange(min=0, min_open=True),
    metavar="GB",
    help="How much memory to take at the most; beyond it, vectors are in temporary files (default: no bound).",
)
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    help="Work on the candidates in N shards, by --jobs or --executor, for very many samples; the picks are the same.",
)
@click.option(
    "--approximate",
    metavar="shards=N,per_shard=M,recall=R",
    help="Select in two levels, for very many samples: M of each of N shards, and then from those; and look for "
    "neighbours in an index that finds a share of R. Each may be left out (default: exact).",
)
@click.option(
    "--save-tag",
    metavar="NAME",
    help="Store the selection as a tag of the dataset, in .lightly/tags, for later runs to name.",
)
@run_options
@click.pass_context
def select(
    ctx: click.Context,
    config: Path,
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    tasks: tuple[str, ...],
    embedder: str,
    no_normalize: bool,
    datasets: tuple[str, ...],
    catalogue: Path | None,
    output: Path | None,
    report: bool,
    report_options: dict[str, Any],
    as_json: bool,
    write_predictions: Path | None,
    candidates: tuple[str, ...],
    exclude: tuple[str, ...],
    preselected: tuple[str, ...],
    memory: float | None,
    shards: int | None,
    approximate: str | None,
    save_tag: str | None,
    options: RunOptions,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Select samples as CONFIG says.

    CONFIG is a Lightly selection config: JSON, with or without comments, a Python literal, or YAML; - is standard
    input. Prints the names of the selected samples in the order picked; with -o, writes selected.txt, selection.json,
    errors.jsonl, and inputs and standings as .parquet (or .csv) to OUTDIR instead, for `tamis explain` and `tamis
    report` to read.
    """
    from tamis.config.choices import parse_choice, parse_options

    if report and not output:
        raise click.UsageError("--report goes with -o OUTDIR")
    if report_options and not report:
        raise click.UsageError("-O goes with --report")
    document = load_config(config, quiet=quiet)
    hold(write_predictions)
    if write_predictions:
        _check_room_for_predictions(write_predictions, document, lightly or Path(inputs[0]), tasks)
    settings = {
        "embedder": parse_choice(embedder, "embedder"),
        "normalize": not no_normalize,
        "datasets": load_datasets(datasets, catalogue),
        "memory": None if memory is None else int(memory * 1e9),
        "shards": shards,
        "approximate": None if approximate is None else parse_options(approximate.split(","), "approximate"),
        "query_images": folder_of(config),
    }
    selection = run_select(
        document,
        Data(inputs, lightly, annotations),
        tasks,
        output,
        options,
        strict,
        force,
        quiet,
        lists={"candidates": candidates, "exclude": exclude, "preselected": preselected},
        save_tag=save_tag,
        settings=settings,
        report=report_options if report else None,
    )
    if as_json:
        from tamis.writing import to_json

        click.echo(to_json(selection.manifest()), nl=False)
    elif not output:
        from tamis.data.names import name_lines

        with standard_output() as file:
            file.writelines(name_lines(selection.selected))
    if write_predictions:
        from tamis.dataset.writing import write_predictions as write

        made = {task["name"] for task in selection.config.get("auto_tasks", ())}
        used = [each for each in selection.predictions if each.schema.name in made]
        if not used and not quiet:
            say("note: no input uses an auto task, so there are no predictions to write")
        for predictions in used:
            folder = write(write_predictions, selection.dataset.samples, predictions)
            if not quiet:
                say(f"predictions -> {folder}")
    if is_empty(selection):
        ctx.exit(1)


def _check_room_for_predictions(target: Path, document: Any, lightly: Path, tasks: tuple[str, ...]) -> None:
    """Before they are made. Raises `OutputError` if there are some already."""
    from tamis.dataset.writing import check_predictions
    from tamis.planning.validating import validate

    for name in validate(document, lightly=lightly, tasks=load_tasks(tasks)).jobs:
        check_predictions(target, name)


@attrs.frozen
class Data:
    """What ``--input``, ``--lightly`` and ``--annotations`` say."""

    inputs: tuple[str, ...]
    lightly: Path | None = None
    annotations: tuple[str, ...] = ()


def run_select(
    document: Any,
    data: Data,
    tasks: tuple[str, ...],
    output: Path | None,
    options: RunOptions,
    strict: bool,
    force: bool,
    quiet: bool,
    *,
    lists: Mapping[str, Sequence[str]] | None = None,
    save_tag: str | None = None,
    settings: Mapping[str, Any] | None = None,
    report: Mapping[str, Any] | None = None,
) -> Selection:
    """Select as a config's data says, write the result if there is a place for it, and report.

    ``lists`` are what ``--candidates``, ``--exclude`` and ``--preselected`` say, ``settings`` further arguments of
    `tamis.select`; ``report`` are the options of a page to look at, which is added to the result unless they are None.
    """
    from tamis.data.names import name_lines
    from tamis.dataset.tags import tag_file
    from tamis.discovery.registry import Registry
    from tamis.results.exporting import check
    from tamis.results.files import SELECTION
    from tamis.results.folder import ERRORS, REPORT
    from tamis.selection.select import select as run
    from tamis.writing import check_target, write_file

    auto_tasks = load_tasks(tasks)
    if output:
        hold(output)
        SELECTION.check(output, force=force)
    registry = Registry()
    if output and report is not None:
        check(FORMAT, str(output / REPORT[0]), {**report, "force": force}, registry)
    dataset = load_dataset(data.inputs, data.lightly, data.annotations, registry, quiet=quiet)
    tag = tag_file(dataset, save_tag) if save_tag else None
    if tag:
        hold(tag)
        check_target(tag, force=force)
    named: dict[str, Any] = {
        name: load_name_lists(sources, dataset) for name, sources in (lists or {}).items() if sources
    }
    used = options.arguments(data.inputs, quiet=quiet)
    with progress(quiet=quiet) as callback:
        selection = run(
            dataset,
            document,
            registry=registry,
            progress=callback,
            strict=strict,
            tasks=auto_tasks,
            **used,
            **named,
            **(settings or {}),
        )
    if output:
        selection.write(output, force=force, command=recorded_command(), store=used["store"])
    if tag:
        write_file(tag, lambda file: file.writelines(name_lines(selection.selected)), force=force)
    report_failures(selection.failures, output / ERRORS if output else None)
    counts = selection.manifest()["counts"]
    telling = not quiet or is_empty(selection)
    if telling:
        for note in selection.notes:
            if note not in selection.outlook:  # said when it was known
                say(f"note: {note}")
        for line in selection.summaries:
            say(line)
        if counts["selected"] < min(counts["asked_for"], counts["candidates"]):
            say(f"stopped: {selection.stopped}")
    if not quiet:
        where = f" -> {output}" if output else ""
        if tag:
            say(f"tag {save_tag} -> {tag}")
        say(f"selected {counts['selected']} of {len(dataset)} samples{where}")
    if output and report is not None:  # last: if there is no room for it, the selection is there, and said to be
        with prints_to_stderr():
            notes = selection.export(FORMAT, output / REPORT[0], registry=registry, **{**report, "force": True})
        for note in () if quiet else notes:
            say(note)
    return selection


def is_empty(selection: Selection) -> bool:
    """Whether nothing is selected, though something was asked for."""
    return not selection.selected and bool(selection.manifest()["counts"]["asked_for"])
