"""``tamis plugins`` and its sub-commands."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs
import click

from tamis.cli.facts import facts
from tamis.cli.new import new
from tamis.cli.reporting import prints_to_stderr
from tamis.discovery.hookspecs import HOOK_API
from tamis.discovery.registry import Registry
from tamis.suggestion import did_you_mean


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plugins(ctx: click.Context, as_json: bool) -> None:
    """List the plugins that are installed.

    Reads entry points only: no plugin is imported.
    """
    if ctx.invoked_subcommand:
        return
    rows = [
        {
            "kind": status.plugin.kind,
            "key": status.plugin.key,
            "distribution": status.plugin.distribution,
            "version": status.plugin.version,
            "state": status.state,
            "reason": status.reason,
            "module": status.plugin.value,
            "hook_api": HOOK_API,
        }
        for status in Registry().plugins()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    names = ("kind", "key", "distribution", "version", "state", "reason")
    click.echo("\n".join(_aligned([names, *([str(row[name]) for name in names] for row in rows)])))
    click.echo(f"{len(rows)} plugins, hook API {HOOK_API}", err=True)


@plugins.command()
@click.argument("key")
def show(key: str) -> None:
    """Describe one plugin: definition, unit, range, source.

    KEY is a metric key, an input or strategy type, or the name of a view.
    """
    registry = Registry()
    found = [status.plugin for status in registry.plugins()]
    kinds = dict.fromkeys(plugin.kind for plugin in found if plugin.key == key)
    if not kinds:
        keys = {plugin.key for plugin in found}
        raise click.UsageError(f"no installed plugin has the key '{key}'{did_you_mean(key, keys)}")
    described: list[str] = []
    for kind in kinds:
        with prints_to_stderr():
            declaration = registry.declaration(kind, key)
        title = f"{kind} {key}, of {registry.provider(kind, key)}"
        described += filter(None, (title, declaration.doc, "\n".join(_aligned(facts(declaration)))))
    click.echo("\n\n".join(described))


@plugins.command()
@click.argument("distribution")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(distribution: str, as_json: bool) -> None:
    """Check everything that an installed DISTRIBUTION contributes.

    Runs the conformance kit (`tamis.testing`): imports its plugins, and calls them on data made for that. Exits with
    status 1 if any check fails.
    """
    from tamis.testing import check_distribution

    with prints_to_stderr():
        results = check_distribution(distribution)
    if as_json:
        click.echo(json.dumps([attrs.asdict(result) for result in results], indent=2))
    else:
        rows = [(result.subject, result.name, result.status, result.reason) for result in results]
        click.echo("\n".join(_aligned([("plugin", "check", "status", "reason"), *rows])))
    counts = Counter[str](result.status for result in results)
    summary = ", ".join(f"{counts[status]} {status}" for status in ("passed", "failed", "skipped"))
    click.echo(f"{distribution}: {summary}", err=True)
    if counts["failed"]:
        raise click.exceptions.Exit(1)


plugins.add_command(new)


def _aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
