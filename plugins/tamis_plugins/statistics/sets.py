"""The sets that are put side by side, as `tamis.Subject.sets` names them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]

INPUT, SELECTED, RANDOM, PRESELECTED, TOGETHER = "input", "selected", "random", "preselected", "together"
