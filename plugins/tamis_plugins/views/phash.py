"""The bits of a perceptual hash: how the image's broad shapes lie, whatever its size, compression and brightness.

It is an ``(8, 8)`` array of bool. `gray_image` is scaled to 32 x 32 pixels by Pillow's Lanczos filter. Of its
two-dimensional discrete cosine transform (type II), the 8 x 8 coefficients of the lowest frequencies are taken, the
constant one among them. A bit says whether its coefficient is above the median of the 64:

    X[u, v] = 4 sum over y, x of p[y, x] cos(pi u (2 y + 1) / 64) cos(pi v (2 x + 1) / 64)
    bit[u, v] = X[u, v] > median(X)

Bits in which two images differ say how unlike they are. The bits are those of the function ``phash`` of imagehash, to
the last, for images whose luma is that of `gray_image`. Coefficients are rounded to 6 decimals, so that those of flat
images are 0 on any machine.

References:
    Buchner, J. ImageHash 4.3 (BSD-2-Clause), ``imagehash.phash``. <https://github.com/JohannesBuchner/imagehash>

    Zauner, C. (2010). Implementation and benchmarking of perceptual image hash functions. Diploma thesis, Upper Austria
    University of Applied Sciences, Hagenberg. <https://www.phash.org/docs/pubs/thesis_zauner.pdf>

Examples:
    A flat image has no coefficient but the constant one.

    >>> from PIL import Image
    >>> from tamis_plugins.views.phash import phash
    >>> bits = phash(Image.new("L", (9, 7), 93))
    >>> bits.shape, bits.sum().item(), bits[0, 0].item()
    ((8, 8), 1, True)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import View, hookimpl
from tamis_plugins.pixels import lanczos

#: Bits along a side, and pixels.
SIDE, SIZE = 8, 32
_WAVES = 2 * np.cos(np.pi * np.arange(SIDE)[:, None] * (2 * np.arange(SIZE) + 1) / (2 * SIZE))


def phash(gray_image: Image.Image) -> npt.NDArray[np.bool_]:
    """Transform it."""
    coefficients = (_WAVES @ lanczos.square(gray_image, SIZE) @ _WAVES.T).round(6)
    below, above = np.sort(coefficients, axis=None)[coefficients.size // 2 - 1 :][:2]
    bits: npt.NDArray[np.bool_] = coefficients > (below + above) / 2  # the median, in a fraction of the time
    return bits


@hookimpl
def tamis_views() -> list[View]:
    """Declare phash."""
    return [View("phash", phash, doc=__doc__ or "")]
