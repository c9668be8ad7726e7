"""The first of many, against a sort of all."""

from __future__ import annotations

import numpy as np
import pytest

from tamis_plugins.statistics.least import least


@pytest.mark.parametrize("count", [1, 5, 59, 60, 100])
def test_the_least_are_those_that_a_stable_sort_puts_first(count: int) -> None:
    """Of equal ones the first in their order."""
    values = np.random.default_rng(0).integers(0, 9, 60)
    assert least(values, count).tolist() == np.argsort(values, kind="stable")[:count].tolist()
