"""Which suite checks a declaration."""

from __future__ import annotations

from typing import Any

from tamis.discovery.hookspecs import EXTENSION_POINTS, PluginKind
from tamis.testing.annotations import AnnotationSuite
from tamis.testing.embedders import EmbedderSuite
from tamis.testing.executors import ExecutorSuite
from tamis.testing.exports import ExportSuite
from tamis.testing.inputs import InputSuite
from tamis.testing.issues import IssueSuite
from tamis.testing.metrics import MetricSuite
from tamis.testing.scorers import ScorerSuite
from tamis.testing.sections import SectionSuite
from tamis.testing.sources import SourceSuite
from tamis.testing.strategies import StrategySuite
from tamis.testing.suite import Suite
from tamis.testing.tasks import TaskSuite
from tamis.testing.views import ViewSuite

SUITES: dict[PluginKind, type[Suite]] = {
    suite.kind: suite
    for suite in (
        *(InputSuite, MetricSuite, ViewSuite, ScorerSuite, StrategySuite, EmbedderSuite, TaskSuite),
        *(SourceSuite, AnnotationSuite, ExportSuite, SectionSuite, ExecutorSuite, IssueSuite),
    )
}


def suite_of(declaration: Any, **options: Any) -> Suite:
    """The suite for a declaration of whatever kind. Raises `TypeError` if it is none."""
    for point in EXTENSION_POINTS.values():
        if isinstance(declaration, point.declaration):
            return SUITES[point.kind](declaration, **options)
    raise TypeError(f"{declaration!r} is no declaration, such as a tamis.Metric")
