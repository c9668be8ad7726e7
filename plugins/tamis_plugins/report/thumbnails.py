"""Small pictures of samples, each image opened once."""

from __future__ import annotations

import base64
import io
import os
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import attrs
from PIL import Image

from tamis import Dataset
from tamis_plugins.statistics.wording import counted
from tamis_plugins.views.rgb_image import rgb_image

#: The longer side in pixels, if there are so many at the most.
SIZES = ((60, 192), (200, 144))
#: If there are more.
SMALL = 96
QUALITY = 60
#: The tag of the EXIF orientation.
ORIENTATION = 0x0112


@attrs.frozen
class Thumbnail:
    """A small picture.

    Attributes:
        data: It, as base64 of a WebP file.
        width: Of the image that it is of, in pixels.
        height: Of that image.
        orientation: How the image is to be turned to be seen upright: the value of its EXIF tag, 1 if as it is.
    """

    data: str
    width: int
    height: int
    orientation: int


@attrs.frozen(eq=False)
class Thumbnails:
    """Those of the samples that a report shows.

    Attributes:
        found: By row.
        lost: Why there is none, by row.
        left: How many samples are shown without one, as there were too many.
    """

    found: dict[int, Thumbnail]
    lost: dict[int, str]
    left: int

    @property
    def note(self) -> str | None:
        """How many could not be made, and why the first of them; None if all could."""
        if not self.lost:
            return None
        told = f"{counted(len(self.lost), 'picture')} could not" if self.found else "No picture could"
        first, *others = dict.fromkeys(self.lost.values())
        return f"{told} be made ({first}{', and other reasons' if others else ''})"

    @classmethod
    def of(cls, dataset: Dataset | None, rows: Iterable[int], most: int, size: int | None = None) -> Thumbnails:
        """Make them.

        Args:
            dataset: Of the images; None if there is none to be had.
            rows: Which samples, the most important first; again is not twice.
            most: How many pictures at the most.
            size: The longer side in pixels; by default, the more there are the smaller.
        """
        wanted = list(dict.fromkeys(rows))
        if dataset is None or dataset.images is None:
            return cls({}, {}, 0)
        made = wanted[:most]
        size = size or next((pixels for number, pixels in SIZES if len(made) <= number), SMALL)

        def make(row: int) -> Thumbnail | str:
            return thumbnail(dataset, row, size)

        # Reading and decoding leave Python's lock.
        with warnings.catch_warnings(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            warnings.filterwarnings("ignore", module=r"PIL\.")  # remarks on odd files
            results = dict(zip(made, pool.map(make, made), strict=True))
        return cls(
            {row: each for row, each in results.items() if isinstance(each, Thumbnail)},
            {row: each for row, each in results.items() if isinstance(each, str)},
            len(wanted) - len(made),
        )


def on_white(image: Image.Image) -> Image.Image:
    """An image that can be seen through, on paper: what is drawn in black is seen then."""
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def thumbnail(dataset: Dataset, row: int, size: int) -> Thumbnail | str:
    """The small picture of a sample, or why there is none."""
    try:
        with dataset.image(dataset.samples[row]) as image:
            width, height = image.size
            orientation = image.getexif().get(ORIENTATION, 1)
            if image.mode in ("RGB", "L"):
                image.draft("RGB", (2 * size, 2 * size))
                small = image if image.mode == "RGB" else image.convert("RGB")
            else:
                small = on_white(image) if image.has_transparency_data else rgb_image(image)
            scale = min(1.0, size / max(width, height))
            target = max(1, round(width * scale)), max(1, round(height * scale))
            if target != small.size:
                small = small.resize(target, Image.Resampling.BILINEAR, reducing_gap=2.0)
            file = io.BytesIO()
            small.save(file, "WEBP", quality=QUALITY, method=2)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (decoders and sources raise all sorts of things)
        return getattr(error, "strerror", None) or str(error) or type(error).__name__
    turned = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
    return Thumbnail(base64.b64encode(file.getvalue()).decode(), width, height, turned)
