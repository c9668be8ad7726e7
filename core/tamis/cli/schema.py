"""``tamis schema``."""

from __future__ import annotations

import click

from tamis.cli.saying import say
from tamis.cli.streams import prints_to_stderr


@click.command()
def schema() -> None:
    """Print the JSON Schema of selection configs.

    It is composed of what every installed input and strategy plugin contributes.
    """
    from tamis.config.composition import composed_schema
    from tamis.discovery.registry import Registry
    from tamis.writing import to_json

    with prints_to_stderr():
        composed, refused = composed_schema(Registry())
    for error in refused:
        say(*f"left out: {error}".split("\n"))
    click.echo(to_json(composed), nl=False)
