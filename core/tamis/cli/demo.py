"""``tamis demo``: a small dataset, and a selection from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tamis.cli.options import PathParam
from tamis.cli.select import run_select

if TYPE_CHECKING:
    from PIL import Image

CONFIG: dict[str, Any] = {
    "proportion_samples": 0.25,
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
            "input": {"type": "METADATA", "key": "lightly.sharpness"},
            "strategy": {"type": "WEIGHTS", "strength": 0.5},
        },
        {"input": {"type": "RANDOM", "random_seed": 42}, "strategy": {"type": "WEIGHTS"}},
    ],
}

#: Scenes of the demo; each comes in `VARIANTS`.
SCENES = 6
VARIANTS = ("sharp", "soft", "dark", "torn")


@click.command()
@click.argument("directory", type=PathParam(), default=Path("tamis-demo"), metavar="[DIR]")
@click.option("--force", is_flag=True, help="Write into DIR even if it exists.")
def demo(directory: Path, force: bool) -> None:
    """Make a small dataset in DIR (default: tamis-demo) and select from it.

    Draws six scenes, each sharp, out of focus, too dark, and torn as by a failed transfer; adds a file that is
    not an image; and runs a config that leaves out the torn and the dark and prefers the sharp.
    """
    from tamis.errors import OutputError

    if directory.exists() and not force:
        raise OutputError(f"{str(directory)!r} exists already: name another folder, or use --force")
    images, config, output = directory / "images", directory / "config.json", directory / "selection"
    try:
        images.mkdir(parents=True, exist_ok=True)
        for scene in range(SCENES):
            for variant in VARIANTS:
                draw(scene, variant).save(images / f"scene{scene}-{variant}.jpg", quality=90)
        (images / "broken.jpg").write_text("This is not an image.\n", encoding="utf-8")
        config.write_text(json.dumps(CONFIG, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"can't write {str(directory)!r}: {error.strerror or error}") from error
    click.echo(f"$ tamis select {config} --input {images} -o {output}", err=True)
    run_select(config, images, None, output, as_json=False, jobs=1, strict=False, force=force, quiet=False)
    click.echo((output / "selected.txt").read_text(encoding="utf-8"), nl=False)
    click.echo(f"Look at {images}, and at {output}/selection.json for how it went.", err=True)


def draw(scene: int, variant: str) -> Image.Image:
    """A 320 x 240 scene: a sky, hills and houses, with some grain. Always the same for the same arguments."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    random = np.random.default_rng(scene)
    rows = np.linspace(0, 1, 240)[:, None, None]
    sky, ground = random.integers(90, 255, (2, 1, 1, 3))
    image = Image.fromarray(np.broadcast_to(sky * (1 - rows) + ground * rows, (240, 320, 3)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, size = (int(random.integers(*bounds)) for bounds in ((0, 300), (110, 220), (12, 48)))
        color = tuple(random.integers(0, 255, 3).tolist())
        pen.rectangle((x, y - size, x + size, y), fill=color, outline="black")
        pen.polygon(((x, y - size), (x + size // 2, y - 2 * size), (x + size, y - size)), fill="brown")
    pixels = np.asarray(image) + random.normal(0, 12, (240, 320, 1))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    if variant == "soft":
        return image.filter(ImageFilter.GaussianBlur(2.5))
    if variant == "dark":
        return image.point(lambda value: value // 8)
    if variant == "torn":
        image.paste((128, 128, 128), (0, 240 - 20 * (scene + 1), 320, 240))
    return image
