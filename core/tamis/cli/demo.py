"""``tamis demo``: a small dataset with a ``.lightly`` folder, and a selection from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tamis.cli.means import Means
from tamis.cli.paths import PathParam
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
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {
            "input": {"type": "METADATA", "key": "weather.sky"},
            "strategy": {"type": "BALANCE", "target": {"clear": 0.65, "rain": 0.35}},
        },
        {"input": {"type": "RANDOM", "random_seed": 42}, "strategy": {"type": "WEIGHTS"}},
    ],
}

#: Scenes of the demo; each comes in `VARIANTS`.
SCENES = 6
VARIANTS = ("sharp", "soft", "dark", "torn")
#: The weather of each scene; the last is too cold for the config.
TEMPERATURES = (21.5, 18, 3.5, 12, 7, -4)
SKIES = ("clear", "clear", "clear", "rain", "rain", "snow")

Box = tuple[int, int, int]


@click.command()
@click.argument("directory", type=PathParam(), default=Path("tamis-demo"), metavar="[DIR]")
@click.option("--force", is_flag=True, help="Write into DIR even if it exists.")
def demo(directory: Path, force: bool) -> None:
    """Make a small dataset in DIR (default: tamis-demo) and select from it.

    Draws six scenes with houses, each sharp, out of focus, too dark, and torn as by a failed transfer; adds a file that
    is not an image, what a detector might predict, and the weather; and runs a config that leaves out the torn, the
    dark and the cold, and prefers sharp, different scenes, a third of them in rain, with many houses that the detector
    isn't sure of.
    """
    from tamis.errors import OutputError

    if directory.exists() and not force:
        raise OutputError(f"{str(directory)!r} exists already: name another folder, or use --force")
    images, config, output = directory / "images", directory / "config.json", directory / "selection"
    try:
        make(images)
        config.write_text(json.dumps(CONFIG, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"can't write {str(directory)!r}: {error.strerror or error}") from error
    click.echo(f"$ tamis select {config} --input {images} -o {output}", err=True)
    run_select(CONFIG, images, None, (), output, Means(stores=False), strict=False, force=force, quiet=False)
    names = (output / "selected.txt").read_text(encoding="utf-8")
    click.echo(names, nl=False)
    click.echo(f"Look at {images}, and ask why: tamis explain {output} {names.splitlines()[0]}", err=True)


def make(images: Path) -> None:
    """The images, and their ``.lightly`` folder."""
    import numpy as np

    lightly: dict[str, Any] = {
        "predictions/tasks.json": ["houses"],
        "predictions/houses/schema.json": {
            "task_type": "object-detection",
            "categories": [{"id": 0, "name": "house"}, {"id": 1, "name": "tree"}],
        },
        "metadata/schema.json": [
            {
                "name": "Temperature",
                "path": "weather.temperature",
                "defaultValue": None,
                "valueDataType": "NUMERIC_FLOAT",
            },
            {
                "name": "Sky",
                "path": "weather.sky",
                "defaultValue": "unknown",
                "valueDataType": "CATEGORICAL_STRING",
            },
        ],
    }
    images.mkdir(parents=True, exist_ok=True)
    (images / "broken.jpg").write_text("This is not an image.\n", encoding="utf-8")
    for scene in range(SCENES):
        houses = layout(scene)
        for number, variant in enumerate(VARIANTS):
            name = f"scene{scene}-{variant}"
            draw(scene, houses, variant).save(images / f"{name}.jpg", quality=90)
            scores = np.random.default_rng((scene, number)).uniform(0.4, 1, len(houses)).round(3).tolist()
            lightly[f"predictions/houses/{name}.json"] = {
                "file_name": f"{name}.jpg",
                "predictions": [
                    {"category_id": 0, "bbox": [x, y - 2 * size, size, 2 * size], "score": score}
                    for (x, y, size), score in zip(houses, scores, strict=True)
                ],
            }
            lightly[f"metadata/{name}.json"] = {
                "file_name": f"{name}.jpg",
                "type": "image",
                "metadata": {"weather": {"temperature": TEMPERATURES[scene], "sky": SKIES[scene]}},
            }
    for path, data in lightly.items():
        file = images / ".lightly" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def layout(scene: int) -> list[Box]:
    """Left, bottom and width of the houses of a scene, in pixels."""
    import numpy as np

    random = np.random.default_rng(scene)
    bounds = ((0, 270), (110, 220), (12, 48))
    return [
        (int(random.integers(*bounds[0])), int(random.integers(*bounds[1])), int(random.integers(*bounds[2])))
        for _ in range(int(random.integers(4, 14)))
    ]


def draw(scene: int, houses: list[Box], variant: str) -> Image.Image:
    """A 320 x 240 scene: sky, ground and houses, with some grain. Always the same for the same arguments."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    random = np.random.default_rng((scene, 99))
    rows = np.linspace(0, 1, 240)[:, None, None]
    sky, ground = random.integers(90, 255, (2, 1, 1, 3))
    image = Image.fromarray(np.broadcast_to(sky * (1 - rows) + ground * rows, (240, 320, 3)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for x, y, size in houses:
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
