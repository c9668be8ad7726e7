"""Which issues are looked for, each with the limit that holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from tamis.data.names import names
from tamis.declarations.issue import Issue
from tamis.discovery.registry import Registry
from tamis.errors import ConfigError, PluginError, Problem, UnknownKeyError, did_you_mean


@attrs.frozen
class Choice:
    """The issues to look for.

    Attributes:
        issues: With the limits that hold.
        named: Whether the caller has named them: one that can't be looked for is an error then, else it is passed over.
        given: The names of those whose limit the caller has set.
        lacking: Why others can't be looked for, by name.
    """

    issues: tuple[Issue, ...]
    named: bool
    given: frozenset[str] = frozenset()
    lacking: Mapping[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, wanted: Iterable[str] | None, limits: Mapping[str, float], registry: Registry) -> Choice:
        """The issues of these names; by default all that are installed.

        Raises:
            PluginError: there is no such issue, or it can't be used; a limit is of none of them.
            ConfigError: a limit is no number, or beyond all values that its metric can have.
        """
        found: list[Issue] = []
        lacking: dict[str, str] = {}
        for name in registry.keys("issue") if wanted is None else dict.fromkeys(names(wanted)):
            try:
                found.append(registry.issue(name))
            except PluginError as error:
                if wanted is not None:
                    raise
                lacking[name] = str(error)
        _check_names(limits, found)
        try:
            issues = tuple(issue.with_limit(limits[issue.name]) if issue.name in limits else issue for issue in found)
        except ValueError as error:
            raise ConfigError((Problem("limits", str(error)),)) from error
        for issue in issues:
            if issue.name in limits:
                _check_range(issue, registry)
        return cls(issues, wanted is not None, frozenset(limits), lacking)


def _check_range(issue: Issue, registry: Registry) -> None:
    """Raise `ConfigError` if a limit is beyond all values that its metric can have: it's in another unit then."""
    if issue.key is None or issue.key not in registry.keys("metric"):
        return
    try:
        metric = registry.metric(issue.key)
    except PluginError:
        return  # which is said where it is to be measured
    low, high = metric.range
    if (low is not None and issue.limit < low) or (high is not None and issue.limit > high):
        ends = [f"at least {low:g}"] * (low is not None) + [f"at most {high:g}"] * (high is not None)
        why = f"'{issue.key}' is {' and '.join(ends)}, never {issue.limit:g}"
        raise ConfigError((Problem(f"limits.{issue.name}", why),))


def _check_names(limits: Iterable[str], issues: Iterable[Issue]) -> None:
    """Raise `UnknownKeyError` if a limit is of no issue that is looked for."""
    known = {issue.name: issue.key for issue in issues}
    for name in limits:
        if name not in known:
            by_key = [issue for issue, key in known.items() if key == name]
            hint = f": that of the issue '{by_key[0]}' is on it" if by_key else did_you_mean(name, known)
            raise UnknownKeyError(f"a limit is of an issue that is looked for, and '{name}' is none{hint}")
