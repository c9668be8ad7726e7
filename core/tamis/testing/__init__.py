"""The conformance kit: what tamis asks of a plugin, as checks that its author can run.

``check_metric(metric)`` and its siblings return a list of `CheckResult`; ``check_distribution(name)`` checks everything
that an installed distribution contributes, and so does ``tamis plugins check NAME``. With pytest,
``@parametrize_with_checks(...)`` makes each check a test. The kit needs no pytest itself, makes all data that it needs,
and reaches a plugin the way a run does: through a registry, `tamis.compute` and `tamis.select`.

What needs parameters takes them from ``params=``, or from the ``examples`` of its schema; sources and annotation
formats are checked on a ``location=`` of yours, or on the kit's folder if they take that. The samples that the kit
makes are named in `SAMPLES`; their ``.lightly`` folder has a task of each task type, named like the type, the metadata
paths ``temperature`` (a number), ``floor`` (an integer) and ``weather`` (a category), and for inputs there is a vector
for each.
"""

from __future__ import annotations

from tamis.testing.annotations import check_annotation_format
from tamis.testing.checking import Check, CheckResult
from tamis.testing.distributions import check_distribution
from tamis.testing.embedders import check_embedder
from tamis.testing.executors import check_executor
from tamis.testing.exports import check_export
from tamis.testing.images import SAMPLES
from tamis.testing.inputs import check_input_provider
from tamis.testing.issues import check_issue
from tamis.testing.metrics import check_metric
from tamis.testing.parametrizing import parametrize_with_checks
from tamis.testing.scorers import check_scorer
from tamis.testing.sections import check_section
from tamis.testing.sources import check_source
from tamis.testing.strategies import check_strategy
from tamis.testing.tasks import check_task
from tamis.testing.views import check_view

__all__ = [
    "SAMPLES",
    "Check",
    "CheckResult",
    "check_annotation_format",
    "check_distribution",
    "check_embedder",
    "check_executor",
    "check_export",
    "check_input_provider",
    "check_issue",
    "check_metric",
    "check_scorer",
    "check_section",
    "check_source",
    "check_strategy",
    "check_task",
    "check_view",
    "parametrize_with_checks",
]
