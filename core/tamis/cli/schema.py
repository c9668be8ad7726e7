"""``tamis schema``."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of selection configs.

    It is composed of what every installed input and strategy plugin contributes.
    """
    from tamis.composition import composed_schema
    from tamis.outputs import to_json
    from tamis.registry import Registry

    composed, refused = composed_schema(Registry())
    for error in refused:
        click.echo(f"left out: {error}", err=True)
    click.echo(to_json(composed), nl=False)
