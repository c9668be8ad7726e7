"""Issues in the words of a selection config: thresholds that remove what has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tamis.declarations.issue import Issue

#: What a threshold keeps, by the side on which the issue is.
KEEPS = {"below": "BIGGER_EQUAL", "above": "SMALLER_EQUAL"}


def is_configurable(issue: Issue) -> bool:
    """Whether a config can say it: whether its number is that of an input."""
    return issue.rate is None


def entry_of(issue: Issue) -> dict[str, Any]:
    """An entry of a config's ``strategies`` that removes the samples with an issue."""
    given = {"type": "METADATA", "key": issue.key} if issue.input is None else dict(issue.input)
    return {
        "input": given,
        "strategy": {"type": "THRESHOLD", "threshold": issue.limit, "operation": KEEPS[issue.side]},
    }


def config_of(issues: Iterable[Issue]) -> dict[str, Any]:
    """A config that selects every sample without these issues."""
    return {"proportion_samples": 1.0, "strategies": [entry_of(issue) for issue in issues]}
