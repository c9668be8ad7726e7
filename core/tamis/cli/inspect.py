"""``tamis inspect``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tamis.cli.loading import load_dataset
from tamis.cli.options import dataset_options, run_options
from tamis.cli.paths import PathParam
from tamis.cli.recorded_command import recorded_command
from tamis.cli.report import FORMAT, report_option
from tamis.cli.reporting import progress, report_failures
from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions
    from tamis.inspection.inspection import Inspection


@click.command()
@dataset_options(required=True)
@click.option("-o", "--output", type=PathParam(), metavar="OUTDIR", help="Folder for the result files.")
@click.option("--issue", "issues", multiple=True, metavar="NAME", help="Look for this issue only. Repeatable.")
@click.option(
    "--limit",
    "limits",
    multiple=True,
    metavar="ISSUE=NUMBER",
    help="Another limit of an issue, on the same side. Repeatable.",
)
@click.option(
    "--robust",
    "deviations",
    type=click.FloatRange(min=0, min_open=True),
    is_flag=False,
    flag_value=3.5,
    metavar="[DEVIATIONS]",
    help="Judge by what is usual in this dataset: an issue is further from the median than so many robust deviations "
    "(1.4826 times the median absolute deviation; 3.5 unless a number follows). What --limit says holds.",
)
@click.option(
    "--write-config",
    type=PathParam(),
    metavar="FILE",
    help="Write a selection config (JSON) that leaves out what was found.",
)
@report_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@run_options
@click.pass_context
def inspect(
    ctx: click.Context,
    inputs: tuple[str, ...],
    lightly: Path | None,
    annotations: tuple[str, ...],
    output: Path | None,
    issues: tuple[str, ...],
    limits: tuple[str, ...],
    deviations: float | None,
    write_config: Path | None,
    report_options: dict[str, Any],
    as_json: bool,
    options: RunOptions,
    strict: bool,
    force: bool,
    quiet: bool,
) -> None:
    """Tell what may be wrong in a dataset.

    Prints a table of the issues that were found: how many samples have each, its limit, and the worst of them. An issue
    is a plugin: `tamis plugins --kind issue` lists them, and `tamis plugins show ISSUE` says what it is and where its
    limit comes from. With -o, writes inspection.json, flagged.txt (the names of all that have an issue), errors.jsonl,
    the tables issues and values as .parquet (or .csv), and report.html, a page to look at, to OUTDIR.
    """
    from tamis.cli.found import print_found
    from tamis.discovery.registry import Registry
    from tamis.inspection.files import INSPECTION
    from tamis.inspection.inspecting import inspect as run
    from tamis.results.exporting import check
    from tamis.results.folder import ERRORS, REPORT
    from tamis.writing import check_target, to_json, write_file, write_together

    if report_options and not output:
        raise click.UsageError("-O goes with -o OUTDIR")
    given = _numbers(limits)
    report_options = {**report_options, "force": force}
    registry = Registry()
    if output:
        INSPECTION.check(output, force=force)
        check(FORMAT, str(output / REPORT[0]), report_options, registry)
    if write_config:
        check_target(write_config, force=force)
    dataset = load_dataset(inputs, lightly, annotations, registry, quiet=quiet)
    used = options.arguments(inputs, quiet=quiet)
    with progress(quiet=quiet) as callback:
        found = run(
            dataset,
            issues=issues or None,
            limits=given,
            deviations=deviations,
            registry=registry,
            progress=callback,
            strict=strict,
            **used,
        )
    if output:
        found.write(output, force=force, command=recorded_command())
    if write_config and not found.configurable:
        write_together({}, [write_config], force=force)  # that of an earlier run says something else
    elif write_config:
        text = to_json(found.config())
        write_file(write_config, lambda file: file.write(text.encode("utf-8", "backslashreplace")), force=force)
    if as_json:
        click.echo(to_json(found.manifest()), nl=False)
    else:
        print_found(found.summary, len(dataset))
    report_failures(found.failures, output / ERRORS if output else None)
    if not quiet:
        for note in _notes(found, write_config):
            say(f"note: {note}")
        where = f" -> {output}" if output else ""
        have = "has" if len(found.flagged) == 1 else "have"
        say(f"{len(found.flagged)} of {len(dataset)} samples {have} an issue{where}")
    if output:  # last: if there is no room for it, the result is there, and said to be
        with prints_to_stderr():
            notes = found.export(FORMAT, output / REPORT[0], registry=registry, **{**report_options, "force": True})
        if not quiet:
            for note in notes:
                if note not in found.absences:  # which have been told
                    say(note)
    if not found.readable.any():
        say(f"tamis: none of {len(dataset)} images could be read")
        ctx.exit(1)


def _numbers(limits: Iterable[str]) -> dict[str, float]:
    """What ``--limit`` says. Raises `click.BadParameter`."""
    given: dict[str, float] = {}
    for text in limits:
        name, separator, value = text.rpartition("=")
        try:
            number = json.loads(value)
        except ValueError:
            number = None
        if not separator or isinstance(number, bool) or not isinstance(number, (int, float)):
            raise click.BadParameter(f"{text!r} is not ISSUE=NUMBER", param_hint="--limit")
        if name in given:
            raise click.BadParameter(f"{name!r} is there twice", param_hint="--limit")
        given[name] = number
    return given


def _notes(found: Inspection, config: Path | None) -> Iterable[str]:
    """What the user should know about the result."""
    yield from found.notes
    yield from found.absences
    if config is None:
        return
    if left_out := ", ".join(each.name for each in found.configurable):
        yield f"{config} leaves out: {left_out}"
    else:
        yield f"nothing was found that a config can leave out: {config} is not written"
    if others := [each.name for each in found.summary if len(each) and each not in found.configurable]:
        yield f"no config can say: {', '.join(others)}; --exclude with flagged.txt, of -o, leaves all out"
