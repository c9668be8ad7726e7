"""Vectors in the plane: their first two principal components."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis_plugins.statistics.points import Floats

#: Products of two numbers that the covariances may take; beyond, they are those of a sample of the points.
BUDGET = 1e9
FEWEST, MOST = 2_000, 20_000


def principal(values: Floats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The mean, and the ``(d, 2)`` axes of the largest variance; of one dimension, the second is zero.

    An axis points to where its largest part is positive, so that the same vectors give the same picture.
    """
    count, size = values.shape
    most = max(FEWEST, min(MOST, int(BUDGET / size**2)))
    if count > most:
        values = values[np.sort(np.random.default_rng(0).choice(count, most, replace=False))]
    centre = values.mean(axis=0, dtype=np.float64)
    apart = values - centre
    axes = np.zeros((size, 2))
    if len(apart) < size:  # few points: their products with each other say the same
        strengths, weights = np.linalg.eigh(apart @ apart.T)
        # The largest come last.
        vectors = apart.T @ weights[:, ::-1][:, :2]
        lengths = np.linalg.norm(vectors, axis=0)
        kept = strengths[::-1][:2] > np.finfo(np.float64).eps * max(strengths[-1], 0) * size
        axes[:, : len(kept)][:, kept] = vectors[:, kept] / lengths[kept]
    else:
        vectors = np.linalg.eigh(apart.T @ apart)[1][:, ::-1][:, :2]
        axes[:, : vectors.shape[1]] = vectors
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(2)])
    return centre, axes * np.where(signs == 0, 1, signs)


def projected(
    values: Floats, centre: npt.NDArray[np.float64], axes: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """``(n, 2)`` the places of vectors on the axes."""
    places: npt.NDArray[np.float64] = values @ axes - centre @ axes
    return places
