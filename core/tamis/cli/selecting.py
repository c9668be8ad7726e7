"""Selecting as the commands do it: the result is written, and told on stderr."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from tamis.cli.loading import load_dataset, load_name_lists, load_tasks
from tamis.cli.paths import hold
from tamis.cli.recorded_command import recorded_command
from tamis.cli.report import FORMAT
from tamis.cli.reporting import progress, report_failures
from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr

if TYPE_CHECKING:
    from tamis.cli.run_options import RunOptions
    from tamis.results.selection import Selection


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
