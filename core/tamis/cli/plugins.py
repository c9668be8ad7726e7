"""``tamis plugins`` and its sub-commands."""

from __future__ import annotations

import json
from collections import Counter

import attrs
import click

from tamis.cli.facts import facts
from tamis.cli.listing import USABLE, aligned, in_order, listing
from tamis.cli.new import new
from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr
from tamis.discovery.hookspecs import EXTENSION_POINTS, HOOK_API, PluginKind
from tamis.discovery.registry import Registry
from tamis.printable import printable, printable_lines
from tamis.suggestion import did_you_mean


@click.group(invoke_without_command=True)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(in_order(EXTENSION_POINTS)),
    help="Only plugins of this kind. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def plugins(ctx: click.Context, kinds: tuple[PluginKind, ...], as_json: bool) -> None:
    """List the plugins that are installed, by kind.

    Reads entry points only: no plugin is imported. What can't be used is marked with "!", with the reason.
    """
    if ctx.invoked_subcommand:
        return
    statuses = [status for status in Registry().plugins() if not kinds or status.plugin.kind in kinds]
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
        for status in statuses
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for line in listing(statuses):
        click.echo(line)
    unusable = sum(status.state not in USABLE for status in statuses)
    count = f"{len(statuses)} plugins" + (f", {unusable} of which can't be used" if unusable else "")
    say(f"{count}, hook API {HOOK_API}")


@plugins.command()
@click.argument("key")
def show(key: str) -> None:
    """Describe one plugin: definition, unit, range, source.

    KEY is a metric key, an input or strategy type, or the name of any other plugin. Inputs and strategies come with an
    entry of a config to start from.
    """
    from tamis.cli.example_entry import example_entry

    registry = Registry()
    found = [status.plugin for status in registry.plugins()]
    kinds = dict.fromkeys(plugin.kind for plugin in found if plugin.key == key)
    if not kinds:
        keys = {plugin.key for plugin in found}
        raise click.UsageError(printable(f"no installed plugin has the key '{key}'{did_you_mean(key, keys)}"))
    described: list[str] = []
    for kind in kinds:
        with prints_to_stderr():
            declaration = registry.declaration(kind, key)
            example = example_entry(kind, key, registry)
        title = printable(f"{kind} {key}, of {registry.provider(kind, key)}")
        table = "\n".join(aligned(facts(declaration)))
        described += filter(None, (title, printable_lines(declaration.doc), table, example))
    click.echo("\n\n".join(described))


@plugins.command()
@click.argument("distribution")
@click.option(
    "--location",
    "locations",
    multiple=True,
    metavar="KEY:LOCATION",
    help="What to check a source or an annotation format on, such as an archive with a few images. Options of it: "
    "KEY:LOCATION,OPTION=VALUE. Repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(distribution: str, locations: tuple[str, ...], as_json: bool) -> None:
    """Check everything that an installed DISTRIBUTION contributes.

    Runs the conformance kit (`tamis.testing`): imports its plugins, and calls them on data made for that. Exits with
    status 1 if any check fails.
    """
    from tamis.testing import check_distribution

    with prints_to_stderr():
        results = check_distribution(distribution, locations=locations)
    if as_json:
        click.echo(json.dumps([attrs.asdict(result) for result in results], indent=2))
    else:
        rows = [(result.subject, result.name, result.status, result.reason) for result in results]
        click.echo("\n".join(aligned([("plugin", "check", "status", "reason"), *rows])))
    counts = Counter[str](result.status for result in results)
    summary = ", ".join(f"{counts[status]} {status}" for status in ("passed", "failed", "skipped"))
    say(f"{distribution}: {summary}")
    if counts["failed"]:
        raise click.exceptions.Exit(1)


plugins.add_command(new)
