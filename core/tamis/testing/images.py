"""The images that the kit measures: every pixel format, and the shapes that formulas forget."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

#: File name by what is special about the image.
SAMPLES = {
    "rgb": "rgb.jpg",
    "l": "l.png",
    "la": "la.png",
    "palette": "palette.png",
    "rgba": "rgba.png",
    "cmyk": "cmyk.jpg",
    "16_bit": "16_bit.png",
    "bilevel": "bilevel.png",
    "float": "float.tif",
    "one_pixel": "one_pixel.png",
    "one_row": "one_row.png",
    "one_column": "one_column.png",
    "black": "black.png",
    "white": "white.png",
}


def write_images(folder: Path) -> None:
    """Write them all, with the EXIF of a photograph."""
    for name, image in images().items():
        image.save(folder / SAMPLES[name], exif=exif().tobytes())


def exif() -> Image.Exif:
    """What a camera writes beside a photograph."""
    found = Image.Exif()
    found.update({Base.Make: "Acme", Base.Model: "Acme One", Base.Orientation: 1})
    found.get_ifd(IFD.Exif).update(
        {
            Base.DateTimeOriginal: "2024:05:01 12:30:00",
            Base.OffsetTimeOriginal: "+02:00",
            Base.ExposureTime: 0.005,
            Base.FNumber: 2.8,
            Base.ISOSpeedRatings: 100,
            Base.FocalLength: 35.0,
            Base.LensModel: "Acme 35",
        }
    )
    found.get_ifd(IFD.GPSInfo).update(
        {
            GPS.GPSLatitudeRef: "N",
            GPS.GPSLatitude: (47.0, 22.0, 30.0),
            GPS.GPSLongitudeRef: "E",
            GPS.GPSLongitude: (8.0, 32.0, 15.0),
            GPS.GPSAltitudeRef: b"\0",
            GPS.GPSAltitude: 408.0,
        }
    )
    return found


def images() -> dict[str, Image.Image]:
    """By the names of `SAMPLES`. Always the same."""
    random = np.random.default_rng(0)
    coarse = Image.fromarray(random.integers(0, 256, (4, 4, 3), dtype=np.uint8)).resize((40, 30))
    rgb = Image.fromarray((np.asarray(coarse) + random.normal(0, 6, (30, 40, 3))).clip(0, 255).astype(np.uint8))
    gray, alpha = rgb.convert("L"), Image.linear_gradient("L").resize(rgb.size)
    luma = np.asarray(gray).astype(np.uint16)
    return {
        "rgb": rgb,
        "l": gray,
        "la": Image.merge("LA", (gray, alpha)),
        "palette": rgb.quantize(16),
        "rgba": Image.merge("RGBA", (*rgb.split(), alpha)),
        "cmyk": rgb.convert("CMYK"),
        "16_bit": Image.fromarray(luma * 257),
        "bilevel": gray.convert("1"),
        "float": Image.fromarray((luma / 255).astype(np.float32)),
        "one_pixel": rgb.crop((7, 7, 8, 8)),
        "one_row": rgb.crop((0, 7, 40, 8)),
        "one_column": rgb.crop((7, 0, 8, 30)),
        "black": Image.new("RGB", (16, 12)),
        "white": Image.new("RGB", (16, 12), "white"),
    }
