"""The folder of an inspection's results."""

from __future__ import annotations

from tamis.results.files import MANIFEST
from tamis.results.folder import ResultFolder

INSPECTION = ResultFolder("inspection.json", "flagged.txt", ("issues", "values"), others={MANIFEST: "a selection"})
