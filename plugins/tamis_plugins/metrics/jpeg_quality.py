"""JPEG quality: the setting from 1 to 100 at which libjpeg would have saved the image so.

A JPEG file holds the table by which its luma was divided and rounded: the larger its 64 numbers, the more was lost.
libjpeg, and Pillow with it, makes the table out of that of the JPEG standard, and of the quality ``q``:

    percent = 5000 // q if q < 50 else 200 - 2 * q
    table   = (standard * percent + 50) // 100, from 1 to 255 each

The value is the ``q`` whose table differs least from the file's, by the sum of absolute differences; of several, the
highest. Of a file that libjpeg saved, that is the setting itself. Other encoders have tables of their own, and the
value says what comes closest. Nothing is decoded. Saving a file again leaves only the last table in it.

The range is 1 to 100, without a unit. Low values mean small files with visible blocks and ringing. High values mean
files that are close to what was saved. An image that isn't a JPEG file has no value.

References:
    ITU-T T.81 (1992). Information technology. Digital compression and coding of continuous-tone still images.
    Requirements and guidelines, Annex K, table K.1. <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>

    Independent JPEG Group (1998). libjpeg 6b, ``jcparam.c``, ``jpeg_quality_scaling``. <https://www.ijg.org>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from tamis import Dataset, compute
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (8, 8)).save(Path(folder, "it.jpg"), quality=60)
    ...     compute(Dataset.from_directory(folder), ["tamis.jpegQuality"])["tamis.jpegQuality"].values
    array([60])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tamis import Metric, errors, hookimpl

#: Table K.1 of the standard, row by row.
_STANDARD = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61),
        *(12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56),
        *(14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77),
        *(24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101),
        *(72, 92, 95, 98, 112, 100, 103, 99),
    ]
)
_QUALITIES = np.arange(100, 0, -1)[:, None]
_PERCENT = np.where(_QUALITIES < 50, 5000 // _QUALITIES, 200 - 2 * _QUALITIES)
#: The table of each quality, from 100 down to 1.
_TABLES = ((_STANDARD * _PERCENT + 50) // 100).clip(1, 255)


def jpeg_quality(info: dict[str, Any]) -> int:
    """Of the first table, which is that of the luma. Raises `NoValueError` if there is none."""
    tables = info.get("quantization")
    if not tables:
        raise errors.NoValueError("the image is no JPEG file: it has no quantisation table")
    distances = np.abs(_TABLES - np.array(tables[min(tables)])).sum(axis=1)
    return int(_QUALITIES[distances.argmin(), 0])


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.jpegQuality."""
    return [Metric("tamis.jpegQuality", jpeg_quality, doc=__doc__ or "", dtype="int", range=(1, 100))]
