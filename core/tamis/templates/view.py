"""Absolute difference of horizontal neighbours in the greyscale image: ``(H, W - 1)`` int16."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import View, hookimpl


def derive(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.int16]:
    """From the greyscale image, ``(H, W)``, which must not be changed."""
    wide = gray.astype(np.int16)
    difference: npt.NDArray[np.int16] = np.abs(wide[:, 1:] - wide[:, :-1])
    return difference


@hookimpl
def tamis_views() -> list[View]:
    """Declare the view."""
    return [View("template_key", derive, doc=__doc__ or "")]
