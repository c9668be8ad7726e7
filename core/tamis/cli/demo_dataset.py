"""What `tamis demo` selects from: drawn scenes, good and bad shots of each, and their ``.lightly`` folder.

Always the same: each random choice has a seed of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image, ImageDraw

#: The shots of each scene: a good one, out of focus, too dark, and torn as by a failed transfer.
VARIANTS = ("sharp", "soft", "dark", "torn")
SIZE = (320, 240)
TASK = "houses"
CATEGORIES = ("house", "tree")

Color = tuple[int, int, int]
#: Category, left, bottom and width, in pixels.
Object = tuple[str, int, int, int]


@attrs.frozen
class Scene:
    """What a place looks like, and its weather.

    Attributes:
        sky: What metadata calls it: clear, rain or snow.
        temperature: In degrees Celsius.
        top: The colour of the sky overhead.
        low: Its colour at the horizon.
        ground: The colour of the ground.
        horizon: Rows of sky.
    """

    sky: str
    temperature: float
    top: Color
    low: Color
    ground: Color
    horizon: int


SCENES = (
    Scene("clear", 21.5, (70, 130, 220), (190, 220, 245), (110, 170, 70), 110),  # a meadow at noon
    Scene("clear", 33.0, (110, 180, 235), (240, 230, 200), (225, 190, 130), 90),  # a desert
    Scene("clear", 16.5, (80, 70, 140), (250, 150, 90), (120, 95, 80), 135),  # dusk
    Scene("clear", 24.0, (40, 160, 215), (200, 240, 250), (70, 190, 190), 120),  # a lagoon
    Scene("clear", 11.0, (150, 190, 230), (250, 235, 215), (205, 120, 50), 80),  # leaves in autumn
    Scene("rain", 12.0, (110, 115, 125), (165, 170, 175), (95, 100, 105), 100),  # asphalt
    Scene("rain", 7.0, (85, 100, 125), (150, 165, 185), (60, 105, 70), 140),  # a moor
    Scene("rain", 15.0, (120, 110, 115), (190, 175, 165), (140, 100, 75), 95),  # a ploughed field
    Scene("snow", -4.0, (150, 165, 190), (225, 230, 240), (235, 240, 248), 105),
    Scene("snow", -11.5, (95, 110, 150), (190, 200, 225), (205, 215, 235), 125),
)


def write_demo_dataset(images: Path) -> None:
    """Write the images, one file that is none, and their predictions and metadata. Raises `OSError`."""
    import numpy as np

    lightly: dict[str, Any] = {
        "predictions/tasks.json": [TASK],
        f"predictions/{TASK}/schema.json": {
            "task_type": "object-detection",
            "categories": [{"id": number, "name": name} for number, name in enumerate(CATEGORIES)],
        },
        "metadata/schema.json": [
            _field("Temperature", "weather.temperature", "NUMERIC_FLOAT", None),
            _field("Sky", "weather.sky", "CATEGORICAL_STRING", "unknown"),
        ],
    }
    images.mkdir(parents=True, exist_ok=True)
    (images / "broken.jpg").write_text("This is not an image.\n", encoding="utf-8")
    for number, scene in enumerate(SCENES):
        objects = layout(number, scene)
        for shot, variant in enumerate(VARIANTS):
            name = f"scene{number}-{variant}"
            draw(number, scene, objects, variant).save(images / f"{name}.jpg", quality=90)
            scores = np.random.default_rng((number, shot)).uniform(0.4, 1, len(objects)).round(3).tolist()
            lightly[f"predictions/{TASK}/{name}.json"] = {
                "file_name": f"{name}.jpg",
                "predictions": [
                    {"category_id": CATEGORIES.index(what), "bbox": [x, y - 2 * size, size, 2 * size], "score": score}
                    for (what, x, y, size), score in zip(objects, scores, strict=True)
                ],
            }
            lightly[f"metadata/{name}.json"] = {
                "file_name": f"{name}.jpg",
                "type": "image",
                "metadata": {"weather": {"temperature": scene.temperature, "sky": scene.sky}},
            }
    for path, data in lightly.items():
        file = images / ".lightly" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _field(name: str, path: str, type_: str, default: str | None) -> dict[str, Any]:
    return {"name": name, "path": path, "defaultValue": default, "valueDataType": type_}


def layout(number: int, scene: Scene) -> list[Object]:
    """Houses and trees, the farthest first: what is nearer is larger, and covers what is behind it."""
    import numpy as np

    random = np.random.default_rng(number)
    objects: list[Object] = []
    for what, count in (("house", int(random.integers(4, 12))), ("tree", int(random.integers(1, 7)))):
        for _ in range(count):
            bottom = int(random.integers(scene.horizon + 8, SIZE[1] - 4))
            width = 12 + 36 * (bottom - scene.horizon) // (SIZE[1] - scene.horizon)
            objects.append((what, int(random.integers(0, SIZE[0] - width)), bottom, width))
    return sorted(objects, key=lambda each: each[2])


def draw(number: int, scene: Scene, objects: list[Object], variant: str) -> Image.Image:
    """One shot of a scene."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFilter

    random = np.random.default_rng((number, 99))
    image = Image.fromarray(_background(scene))
    pen = ImageDraw.Draw(image)
    if scene.sky == "clear":
        x, y = 40 + 30 * number, scene.horizon // 3
        pen.ellipse((x, y, x + 26, y + 26), fill=(255, 245, 200))
    for what, left, bottom, width in objects:
        (_house if what == "house" else _tree)(pen, random, scene, left, bottom, width)
    for _ in range({"rain": 150, "snow": 220}.get(scene.sky, 0)):
        x, y = random.integers(0, SIZE).tolist()
        if scene.sky == "rain":
            pen.line((x, y, x - 3, y + 11), fill=(200, 205, 215))
        else:
            pen.ellipse((x, y, x + 2, y + 2), fill="white")
    grain = np.random.default_rng((number, 98)).normal(0, 8, (SIZE[1], SIZE[0], 1))
    image = Image.fromarray((np.asarray(image) + grain).clip(0, 255).astype(np.uint8))
    if variant == "soft":
        return image.filter(ImageFilter.GaussianBlur(2.5))
    if variant == "dark":
        return image.point(lambda value: value // 8)
    if variant == "torn":
        image.paste((128, 128, 128), (0, SIZE[1] - 20 - 14 * number, *SIZE))
    return image


def _background(scene: Scene) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Sky that fades towards the horizon, and ground that darkens towards the viewer."""
    import numpy as np

    top, low, ground = (np.array(color, dtype=np.float64) for color in (scene.top, scene.low, scene.ground))
    down = np.linspace(0, 1, scene.horizon)[:, None]
    near = np.linspace(0, 0.25, SIZE[1] - scene.horizon)[:, None]
    rows = np.concatenate([top * (1 - down) + low * down, ground * (1 - near)])
    return np.repeat(rows[:, None], SIZE[0], axis=1).astype(np.uint8)


def _house(
    pen: ImageDraw.ImageDraw, random: np.random.Generator, scene: Scene, left: int, bottom: int, width: int
) -> None:
    """Walls, a roof with snow on it if it snows, two windows and a door."""
    right, eaves, unit = left + width, bottom - width, width // 6
    wall = tuple(random.integers(120, 250, 3).tolist())
    roof = ((140, 50, 40), (90, 70, 65), (75, 80, 95))[int(random.integers(3))]
    pen.rectangle((left, eaves, right, bottom), fill=wall, outline="black")
    pen.polygon(
        ((left - unit, eaves), (left + width // 2, eaves - width), (right + unit, eaves)),
        fill="white" if scene.sky == "snow" else roof,
        outline="black",
    )
    for x in (left + unit, right - 2 * unit):
        pen.rectangle((x, eaves + unit, x + unit, eaves + 2 * unit), fill=(60, 70, 90))
    pen.rectangle((left + 5 * unit // 2, bottom - 2 * unit, left + 7 * unit // 2, bottom), fill=(80, 50, 35))


def _tree(
    pen: ImageDraw.ImageDraw, random: np.random.Generator, scene: Scene, left: int, bottom: int, width: int
) -> None:
    """A trunk and a crown."""
    middle, trunk = left + width // 2, max(width // 10, 1)
    shade = int(random.integers(0, 50))
    crown = (205, 215, 225) if scene.sky == "snow" else (30 + shade, 90 + shade, 40)
    pen.rectangle((middle - trunk, bottom - width, middle + trunk, bottom), fill=(85, 60, 40))
    pen.ellipse((left, bottom - 2 * width, left + width, bottom - width // 2), fill=crown, outline="black")
