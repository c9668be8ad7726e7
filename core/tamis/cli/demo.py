"""``tamis demo``: a small dataset with a ``.lightly`` folder, and a selection from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from tamis.cli.invocation import command_line
from tamis.cli.paths import PathParam
from tamis.cli.run_options import RunOptions
from tamis.cli.saying import say
from tamis.cli.selecting import Data, run_select

CONFIG: dict[str, Any] = {
    "n_samples": 6,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "lightly.uniformRowRatio"},
            "strategy": {"type": "THRESHOLD", "threshold": 0.025, "operation": "SMALLER_EQUAL"},
        },
        {
            "input": {"type": "METADATA", "key": "lightly.luminance"},
            "strategy": {"type": "THRESHOLD", "threshold": 20, "operation": "BIGGER"},
        },
        {
            "input": {"type": "METADATA", "key": "weather.temperature"},
            "strategy": {"type": "THRESHOLD", "threshold": 0, "operation": "BIGGER_EQUAL"},
        },
        {
            "input": {"type": "METADATA", "key": "lightly.sharpness"},
            "strategy": {"type": "WEIGHTS"},
        },
        {
            "input": {"type": "SCORES", "task": "houses", "score": "objectness_least_confidence"},
            "strategy": {"type": "WEIGHTS"},
        },
        {
            "input": {"type": "PREDICTIONS", "task": "houses", "name": "CATEGORY_COUNT", "categories": ["house"]},
            "strategy": {"type": "WEIGHTS", "strength": 0.5},
        },
        {
            "input": {"type": "EMBEDDINGS"},
            "strategy": {"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.2},
        },
        {
            "input": {"type": "METADATA", "key": "weather.sky"},
            "strategy": {"type": "BALANCE", "target": {"clear": 0.65, "rain": 0.35}},
        },
        {"input": {"type": "RANDOM", "random_seed": 42}, "strategy": {"type": "WEIGHTS"}},
    ],
}


@click.command()
@click.argument("directory", type=PathParam(), default=Path("tamis-demo"), metavar="[DIR]")
@click.option("--force", is_flag=True, help="Write into DIR even if it exists.")
def demo(directory: Path, force: bool) -> None:
    """Make a small dataset in DIR (default: tamis-demo) and select from it.

    Draws ten scenes with houses and trees, each sharp, out of focus, too dark, and torn as by a failed transfer; adds a
    file that is not an image, what a detector might predict, and the weather. Runs a config that leaves out the torn,
    the dark and the cold, and selects six of the rest: all sharp, no two of one scene, two of them in rain, and with
    many houses that the detector isn't sure of.
    """
    from tamis.cli.demo_dataset import write_demo_dataset
    from tamis.errors import OutputError
    from tamis.results.folder import REPORT

    if directory.exists() and not force:
        raise OutputError(f"{str(directory)!r} exists already: name another folder, or use --force")
    images, config, output = directory / "images", directory / "config.json", directory / "selection"
    try:
        write_demo_dataset(images)
        config.write_text(json.dumps(CONFIG, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"can't write {str(directory)!r}: {error.strerror or error}") from error
    say("$ " + command_line("select", config, "--input", images, "-o", output, "--report"))
    run_select(
        CONFIG,
        Data((str(images),)),
        (),
        output,
        RunOptions(jobs=1, stores=False),
        strict=False,
        force=force,
        quiet=False,
        report={},
    )
    names = (output / "selected.txt").read_text(encoding="utf-8")
    click.echo(names, nl=False)
    say(f"Look at them beside what was left out: open {output / REPORT[0]} in a browser.")
    say("Ask why the first was picked:")
    say(command_line("explain", output, names.splitlines()[0]))
