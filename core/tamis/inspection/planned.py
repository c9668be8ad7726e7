"""A plan for all issues together: what has to be read and measured, checked before any image is opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from tamis.dataset.dataset import Dataset
from tamis.declarations.issue import Issue
from tamis.discovery.registry import Registry
from tamis.errors import ConfigError, DatasetError, Problem, TamisError
from tamis.inspection.choosing import Choice
from tamis.inspection.configuring import config_of, is_configurable
from tamis.measuring.recipe import Recipe
from tamis.planning.plan import Entry, Plan
from tamis.planning.planning import make_plan


@attrs.frozen(eq=False)
class Planned:
    """What issues need, and which of them can be had.

    Attributes:
        issues: Those that can be looked for.
        plan: Of the inputs that they are judged by.
        entries: Which entry of the plan an issue is judged by, by name.
        lacking: Why others can't be looked for, by name.
    """

    issues: tuple[Issue, ...]
    plan: Plan
    entries: Mapping[str, Entry]
    lacking: Mapping[str, str]

    @classmethod
    def of(cls, choice: Choice, dataset: Dataset, registry: Registry) -> Planned:
        """The plan for a choice of issues.

        Raises:
            TamisError: an issue that the caller has named can't be looked for.
        """
        try:
            return cls._all(choice.issues, dataset, registry, choice.lacking)
        except TamisError:
            pass  # one of them can't be looked for: the others are
        lacking: dict[str, str] = dict(choice.lacking)
        usable = []
        for issue in choice.issues:
            try:
                cls._all([issue], dataset, registry, {})
            except TamisError as error:
                if choice.named:
                    raise _of_issue(issue, error) from error
                lacking[issue.name] = _reason(error)
            else:
                usable.append(issue)
        return cls._all(usable, dataset, registry, lacking)

    @classmethod
    def _all(cls, issues: Iterable[Issue], dataset: Dataset, registry: Registry, lacking: Mapping[str, str]) -> Planned:
        issues = tuple(issues)
        judged = [issue for issue in issues if is_configurable(issue)]
        plan = make_plan(config_of(judged), registry, dataset.annotations) if judged else Plan({}, ())
        planned = cls(issues, plan, dict(zip([issue.name for issue in judged], plan.entries, strict=True)), lacking)
        if dataset.images is None and planned.needs:
            why = f": {dataset.imageless}" if dataset.imageless else ""
            raise DatasetError(f"the dataset has no images to measure it on{why}")
        Recipe.of(planned.needs, registry, plan.jobs)
        return planned

    @property
    def needs(self) -> tuple[str, ...]:
        """The metrics that any of the issues reads, each once."""
        return tuple(dict.fromkeys([*self.plan.needs, *(key for issue in self.issues for key in issue.needs)]))


def _of_issue(issue: Issue, error: TamisError) -> TamisError:
    """The error with the issue's name in place of the path in a config that its user has never seen."""
    if not isinstance(error, ConfigError):
        return error
    return ConfigError((Problem(f"issue '{issue.name}'", _reason(error)),))


def _reason(error: TamisError) -> str:
    """What is wrong, without where that is in a config."""
    return "; ".join(problem.message for problem in error.problems) if isinstance(error, ConfigError) else str(error)
